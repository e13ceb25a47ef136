use super::*;
use crate::Streams;

fn network(hidden: &[usize], activation: Activation, dropout: f64) -> Network<f64> {
    network_with(hidden, activation, dropout, Head::Affine)
}

fn network_with(
    hidden: &[usize],
    activation: Activation,
    dropout: f64,
    head: Head,
) -> Network<f64> {
    let architecture = Architecture {
        n_inputs: 3,
        hidden: hidden.to_vec(),
        n_outputs: 2,
        activation,
        dropout,
        initialization: Initialization::XavierNormal,
        head,
        output_bias: 0.0,
    };
    let mut network = Network::new(architecture, &mut Streams::new([2; 32]).stream("init"));
    // Biases away from 0, so that their gradients are tested as well.
    let mut stream = Streams::new([2; 32]).stream("biases");
    network.parameters_mut().iter_mut().for_each(|p| *p += 0.1 * stream.normal());
    network
}

fn features() -> Matrix<f64> {
    let mut stream = Streams::new([3; 32]).stream("features");
    Matrix::from_values(3, (0..15).map(|_| stream.normal()).collect())
}

fn run(network: &Network<f64>, features: &Matrix<f64>) -> Pass<f64> {
    let mut pass = Pass::default();
    let mut dropout = Streams::new([4; 32]).stream("dropout");
    network.forward_training(features, &mut dropout, &mut pass);
    pass
}

fn all_networks() -> Vec<Network<f64>> {
    let mut networks = vec![network(&[], Activation::Relu, 0.0)];
    networks.push(network_with(&[], Activation::Relu, 0.0, Head::Cosine));
    networks.push(network_with(&[5], Activation::Tanh, 0.4, Head::Cosine));
    for activation in [Activation::Relu, Activation::Tanh] {
        for dropout in [0.0, 0.4] {
            networks.push(network(&[4], activation, dropout));
            networks.push(network(&[5, 4], activation, dropout));
        }
    }
    networks
}

#[test]
fn backward_and_tangent_are_the_slopes_of_the_logits() {
    let features = features();
    for network in all_networks() {
        let mut stream = Streams::new([5; 32]).stream("direction");
        let direction: Vec<f64> = network.parameters().iter().map(|_| stream.normal()).collect();
        let d_logits = Matrix::from_values(2, (0..10).map(|_| stream.normal()).collect());
        let mut pass = run(&network, &features);
        let d_hidden = pass.last_hidden().map(|hidden| {
            let values = hidden.values().iter().map(|_| stream.normal()).collect();
            Matrix::from_values(hidden.n_columns(), values)
        });
        network.tangent(&features, &direction, &mut pass);
        let mut gradient = Vec::new();
        network.backward(&features, &d_logits, d_hidden.as_ref(), &mut pass, &mut gradient);

        let moved = |by: f64| {
            let mut moved = network.clone();
            let steps = moved.parameters_mut().iter_mut().zip(&direction);
            steps.for_each(|(p, d)| *p += by * d);
            run(&moved, &features)
        };
        let h = 1e-6;
        let (ahead, behind) = (moved(h), moved(-h));
        let check = |ahead: &Matrix<f64>, behind: &Matrix<f64>, tangents: &Matrix<f64>| {
            for (i, tangent) in tangents.values().iter().enumerate() {
                let slope = (ahead.values()[i] - behind.values()[i]) / (2.0 * h);
                // Central differences err by h^2 and by rounding / h.
                assert!((slope - tangent).abs() < 1e-7, "{:?}", network.architecture());
            }
        };
        let tangents = pass.logit_tangents();
        check(ahead.logits(), behind.logits(), tangents);
        assert_eq!(pass.hidden_tangents().is_some(), pass.last_hidden().is_some());
        if let Some(tangents) = pass.hidden_tangents() {
            check(ahead.last_hidden().unwrap(), behind.last_hidden().unwrap(), tangents);
        }
        // <d_logits, J direction> + <d_hidden, J_h direction> = <J^T d_logits + J_h^T d_hidden, direction>
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let hidden = d_hidden.iter().zip(pass.hidden_tangents());
        let hidden: f64 = hidden.map(|(d, tangents)| dot(d.values(), tangents.values())).sum();
        let one = dot(d_logits.values(), tangents.values()) + hidden;
        let other = dot(&gradient, &direction);
        assert!((one - other).abs() < 1e-12, "{one} {other}");
    }
}

#[test]
fn backward_and_tangent_leave_the_activations_alone() {
    let (features, network) = (features(), network(&[5, 4], Activation::Tanh, 0.0));
    let mut pass = Pass::default();
    network.forward(&features, &mut pass);
    let (mut first, mut second) = (Vec::new(), Vec::new());
    let d_logits = pass.logits().clone();
    network.backward(&features, &d_logits, None, &mut pass, &mut first);
    network.tangent(&features, &first, &mut pass);
    assert_eq!(*pass.logits(), d_logits);
    network.backward(&features, &d_logits, None, &mut pass, &mut second);
    assert_eq!(first, second);
}

#[test]
fn nothing_is_allocated_after_the_first_batch() {
    let network = Network::<f32>::new(
        Architecture { hidden: vec![8, 8], ..network(&[], Activation::Relu, 0.0).architecture },
        &mut Streams::new([6; 32]).stream("init"),
    );
    let (mut pass, mut gradient) = (Pass::default(), Vec::new());
    let features = Matrix::<f32>::zeros(16, 3);
    let mut addresses = Vec::new();
    for _ in 0..6 {
        network.forward(&features, &mut pass);
        let d_logits = Matrix::zeros(16, 2);
        network.backward(&features, &d_logits, None, &mut pass, &mut gradient);
        network.tangent(&features, &gradient, &mut pass);
        let mut buffers: Vec<*const f32> =
            pass.hidden.iter().map(|h| h.values().as_ptr()).collect();
        let mut moving: Vec<_> = pass.moving.iter().map(|m| m.values().as_ptr()).collect();
        moving.push(pass.logit_tangents.values().as_ptr());
        moving.push(pass.hidden_tangents.values().as_ptr());
        // The four moving buffers trade places.
        moving.sort_unstable();
        buffers.extend(moving);
        buffers.push(gradient.as_ptr());
        addresses.push(buffers);
    }
    assert_eq!(addresses[4], addresses[5]);
}

#[test]
fn initial_weights_have_their_variance() {
    let mut stream = Streams::new([7; 32]).stream("variance");
    for (initialization, expected) in [
        (Initialization::HeNormal, 0.02),
        (Initialization::HeUniform, 0.02),
        (Initialization::XavierNormal, 0.01),
        (Initialization::XavierUniform, 0.01),
    ] {
        let draws: Vec<f64> =
            (0..20_000).map(|_| initialization.draw(100, 100, &mut stream)).collect();
        let variance = draws.iter().map(|x| x * x).sum::<f64>() / draws.len() as f64;
        // Five standard errors of a variance of 20,000 draws: at most 5 %.
        assert!((variance / expected - 1.0).abs() < 0.05, "{initialization:?} {variance}");
    }
}

#[test]
fn a_network_that_is_not_finite_says_so() {
    let mut network = network(&[4], Activation::Relu, 0.0);
    network.parameters_mut()[0] = f64::NAN;
    assert!(run(&network, &features()).logits().values().iter().any(|z| z.is_nan()));
}
