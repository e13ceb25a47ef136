use super::*;
use crate::{Activation, Initialization, Kernel, LayerSpec, Shape, Streams};

fn network<T: Real>(hidden: &[usize], dropout: f64, head: Head) -> Network<T> {
    let architecture = Architecture {
        input: Shape::flat(3),
        body: LayerSpec::mlp(hidden, Activation::Tanh, dropout),
        n_outputs: 2,
        initialization: Initialization::XavierNormal,
        head,
        output_biases: vec![0.25, -0.5],
    };
    Network::new(architecture, &mut Streams::new([2; 32]).stream("init"))
}

fn features<T: Real>(n: usize) -> Matrix<T> {
    let mut stream = Streams::new([3; 32]).stream("features");
    Matrix::from_values(3, (0..3 * n).map(|_| T::of(stream.normal())).collect())
}

#[test]
fn parameters_lie_layer_by_layer_and_biases_begin_where_the_architecture_says() {
    let network = network::<f64>(&[5, 4], 0.0, Head::Affine);
    let [first, second, last] = [3 * 5, 5 * 4, 4 * 2];
    let mut stream = Streams::new([2; 32]).stream("init");
    let mut expected = Vec::new();
    for (n, (n_in, n_out), biases) in
        [(first, (3, 5), &[0.0; 5][..]), (second, (5, 4), &[0.0; 4]), (last, (4, 2), &[0.25, -0.5])]
    {
        let deviation = (2.0 / f64::from(n_in + n_out)).sqrt();
        expected.extend((0..n).map(|_| deviation * stream.normal()));
        expected.extend(biases);
    }
    assert_eq!(network.parameters(), expected);
    assert!(network.buffers().is_empty());
}

#[test]
fn the_biases_of_a_cosine_head_stay_0() {
    let network = network::<f64>(&[4], 0.0, Head::Cosine);
    let biases = network.n_parameters() - 2..;
    assert_eq!(network.parameters()[biases.clone()], [0.0; 2]);
    let (mut pass, mut gradient) = (Pass::default(), vec![1.0; network.n_parameters()]);
    network.forward(&features(5), &mut pass);
    let d_logits = pass.logits().clone();
    network.backward(&features(5), &d_logits, None, &mut pass, &mut gradient);
    assert_eq!(gradient[biases], [0.0; 2]);
}

#[test]
fn masks_are_drawn_row_by_row_and_layer_by_layer() {
    let (network, n) = (network::<f64>(&[5, 4], 0.3, Head::Affine), 7);
    let streams = Streams::new([4; 32]);
    let (mut dropout, mut pass) = (streams.stream("dropout"), Pass::default());
    network.forward_training(&features(n), &mut dropout, &mut pass);
    let mut expected = streams.stream("dropout");
    (0..5 * n).for_each(|_| _ = expected.uniform());
    let dropped: Vec<bool> = (0..4 * n).map(|_| expected.uniform() < 0.3).collect();
    let hidden = pass.last_hidden().expect("there are hidden layers");
    assert_eq!(hidden.values().iter().map(|&h| h == 0.0).collect::<Vec<_>>(), dropped);
    assert!(dropped.contains(&true) && dropped.contains(&false));
    assert_eq!(dropout.uniform().to_bits(), expected.uniform().to_bits());
}

#[test]
fn nothing_is_dropped_in_evaluation() {
    let [with, without] = [0.3, 0.0].map(|drop| network::<f64>(&[5, 4], drop, Head::Affine));
    let (mut pass, mut plain) = (Pass::default(), Pass::default());
    with.forward_training(&features(7), &mut Streams::new([4; 32]).stream("dropout"), &mut pass);
    without.forward(&features(7), &mut plain);
    assert_ne!(pass.logits(), plain.logits());
    with.forward(&features(7), &mut pass);
    assert_eq!(pass.logits(), plain.logits());
}

/// A network of every layer that has room of its own, over images.
fn convolutions() -> Network<f32> {
    let kernel = Kernel { filters: 6, size: 3, stride: 2, padding: 1, biases: true };
    let mut body = vec![LayerSpec::Conv2d(kernel), LayerSpec::Conv2d(kernel)];
    body.extend([LayerSpec::MaxPool(2), LayerSpec::Activation(Activation::Relu)]);
    body.extend([LayerSpec::Conv2d(kernel), LayerSpec::AveragePool(1)]);
    body.extend(LayerSpec::mlp(&[8], Activation::Tanh, 0.3));
    let architecture = Architecture {
        input: Shape { height: 9, width: 12, channels: 2 },
        body,
        ..network::<f32>(&[], 0.0, Head::Affine).architecture().clone()
    };
    Network::new(architecture, &mut Streams::new([2; 32]).stream("init"))
}

#[test]
fn nothing_is_allocated_after_the_first_batch() {
    let mlps = [Head::Affine, Head::Cosine].map(|head| network::<f32>(&[8, 8], 0.3, head));
    for network in mlps.into_iter().chain([convolutions()]) {
        let (mut pass, mut gradient) = (Pass::default(), Vec::new());
        let mut stream = Streams::new([3; 32]).stream("features");
        let n_inputs = network.architecture().input.n_values();
        let values = (0..16 * n_inputs).map(|_| stream.normal() as f32).collect();
        let features = Matrix::from_values(n_inputs, values);
        let (d_logits, d_hidden) = (Matrix::zeros(16, 2), Matrix::zeros(16, 8));
        let mut dropout = Streams::new([4; 32]).stream("dropout");
        let mut addresses = Vec::new();
        for _ in 0..6 {
            // In evaluation as well, which needs no mask: the one of training keeps its place.
            network.forward(&features, &mut pass);
            network.forward_training(&features, &mut dropout, &mut pass);
            network.backward(&features, &d_logits, Some(&d_hidden), &mut pass, &mut gradient);
            network.tangent(&features, &gradient, &mut pass);
            let layers = pass.body.memories.iter().chain([&pass.head]);
            let mut kept: Vec<*const f32> = layers
                .flat_map(|memory| [&memory.output, &memory.mask])
                .map(|matrix| matrix.values().as_ptr())
                .collect();
            let moving = pass.body.moving.iter().chain([&pass.hidden_tangents]);
            let mut moving: Vec<_> = moving.map(|matrix| matrix.values().as_ptr()).collect();
            // The three moving matrices trade places.
            moving.sort_unstable();
            kept.extend(moving);
            kept.extend(pass.scratch.addresses());
            kept.extend([pass.logit_tangents.values().as_ptr(), gradient.as_ptr()]);
            addresses.push(kept);
        }
        assert_eq!(addresses[4], addresses[5]);
    }
}

#[test]
fn a_network_that_is_not_finite_says_so() {
    for activation in [Activation::Relu, Activation::Tanh] {
        let architecture = Architecture {
            body: LayerSpec::mlp(&[4], activation, 0.0),
            ..network::<f64>(&[4], 0.0, Head::Affine).architecture().clone()
        };
        let mut network = Network::new(architecture, &mut Streams::new([2; 32]).stream("init"));
        network.parameters_mut()[0] = f64::NAN;
        let mut pass = Pass::default();
        network.forward(&features(5), &mut pass);
        assert!(pass.logits().values().iter().any(|z| z.is_nan()));
    }
}
