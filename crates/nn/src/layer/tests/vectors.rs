//! All passes through all layers give the same bits on whatever vectors the machine has.

use super::*;
use crate::OptimizerSpec;
use crate::wide::tests::{every_arch, on};

/// Bits of all that a training step and a look in its direction make.
fn bits(network: &Network<f32>) -> Vec<u32> {
    let mut network = network.clone();
    let (mut pass, mut gradient) = (Pass::default(), Vec::new());
    let mut found = Vec::new();
    let mut optimizer = OptimizerSpec::default().build::<f32>(network.n_parameters());
    for _ in 0..2 {
        run(&network, true, &mut pass);
        let logits = pass.logits().clone();
        found.extend_from_slice(logits.values());
        let mut residuals = Matrix::default();
        let targets: Vec<u32> = (0..N as u32).map(|i| i % logits.n_columns() as u32).collect();
        crate::softmax_residuals(&logits, &targets, &mut residuals, &mut Vec::new());
        network.backward(&features(&network), &residuals, None, &mut pass, &mut gradient);
        network.tangent(&features(&network), &gradient, &mut pass);
        found.extend_from_slice(pass.logit_tangents().values());
        optimizer.step(network.parameters_mut(), &gradient, 1.0);
        network.absorb(&pass);
        found.extend_from_slice(&gradient);
    }
    run(&network, false, &mut pass);
    found.extend_from_slice(pass.logits().values());
    found.extend(network.parameters().iter().chain(network.buffers()));
    found.iter().map(|x| x.to_bits()).collect()
}

#[test]
fn a_network_has_the_same_bits_on_all_vectors() {
    // Every kind with every other above it, over 18 channels: whole vectors, and what is left.
    let below = [Kind::Listed(LayerSpec::Conv2d(kernel(18, 3, 1, 1)))];
    let stacked = longer(&longer(&[below.to_vec()], &kinds()), &kinds());
    let block = [&below[..], &[Kind::Listed(conv_block())]].concat();
    for body in stacked.into_iter().chain([block]) {
        let network = network::<f32>(INPUT, &body, &heads()[0]);
        let [(_, scalar), wider @ ..] = &every_arch()[..] else { unreachable!() };
        let expected = on(*scalar, || bits(&network));
        for (name, arch) in wider {
            assert_eq!(on(*arch, || bits(&network)), expected, "{name} {body:?}");
        }
    }
}
