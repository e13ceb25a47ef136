//! When buffers move, and what a network that goes back to its copy gets back.

use super::*;

/// Layers over two channels and over six, and one within a residual block.
fn normed() -> Network<f64> {
    let layers =
        [LayerSpec::BatchNorm, LayerSpec::Dense(6), LayerSpec::BatchNorm, identity_block()];
    network(INPUT, &layers.map(Kind::Listed), &Kind::Cosine)
}

#[test]
fn buffers_move_when_a_training_pass_is_absorbed_and_at_no_other_time() {
    let mut network = normed();
    let before = network.clone();
    let (mut looking, mut pass) = (Pass::default(), Pass::default());
    run(&network, false, &mut pass);
    network.absorb(&pass);
    assert_eq!(network, before, "a pass in evaluation has nothing to absorb");

    run(&network, true, &mut pass);
    run(&network, true, &mut looking);
    let (d_logits, direction) = (pass.logits().clone(), network.parameters().to_vec());
    for pass in [&mut looking, &mut pass] {
        network.backward(&features(&network), &d_logits, None, pass, &mut Vec::new());
        network.tangent(&features(&network), &direction, pass);
    }
    assert_eq!(network, before, "looking ahead moves nothing");
    network.absorb(&pass);
    assert_eq!(network.parameters(), before.parameters());
    assert_eq!(network.buffers().len(), 2 * (2 + 6 + 6));
    assert!(before.buffers().iter().zip(network.buffers()).all(|(before, after)| before != after));

    // In evaluation the layers read what has been absorbed.
    let (mut ahead, mut behind) = (Pass::default(), Pass::default());
    run(&network, false, &mut ahead);
    run(&before, false, &mut behind);
    assert_ne!(ahead.logits(), behind.logits());
}

#[test]
fn running_statistics_move_a_tenth_of_the_way_to_those_of_a_batch() {
    // `network` has absorbed one pass.
    let network = normed();
    let features = features(&network);
    let n = (features.values().len() / 2) as f64;
    for k in 0..2 {
        let values = || features.values().iter().skip(k).step_by(2);
        let mean = values().sum::<f64>() / n;
        let variance = values().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (n - 1.0);
        let [running_mean, running_variance] = [k, 2 + k].map(|k| network.buffers()[k]);
        assert!((running_mean - 0.1 * mean).abs() < 1e-15);
        assert!((running_variance - (0.9 + 0.1 * variance)).abs() < 1e-15);
    }
}

#[test]
fn a_network_that_goes_back_to_its_copy_has_its_buffers_back() {
    let mut network = normed();
    let kept = network.clone();
    let mut pass = Pass::default();
    run(&network, true, &mut pass);
    network.absorb(&pass);
    assert_ne!(network, kept);
    network.clone_from(&kept);
    assert_eq!((network.buffers(), network.parameters()), (kept.buffers(), kept.parameters()));
}
