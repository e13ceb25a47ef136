//! One law over all layers: the three passes are of one function, and they move nothing.

pub(super) mod centering;

use std::collections::HashSet;
use std::mem::discriminant;

use strum::{EnumCount, IntoEnumIterator};

use super::builder::Builder;
use super::*;
use crate::architecture::{Architecture, Head};
use crate::initialization::Initialization;
use crate::layer::activation::Activation;
use crate::layer::conv::Kernel;
use crate::layer::spec::LayerSpec;
use crate::shape::Shape;
use crate::{Network, Pass, Stream, Streams};

/// A layer of the law.
#[derive(Clone, Debug)]
enum Kind {
    Listed(LayerSpec),
    Cosine,
    Centering,
}

/// Every layer there is; `every_layer_is_under_the_law` counts them.
fn kinds() -> Vec<Kind> {
    let layers = [
        LayerSpec::Dense(5),
        LayerSpec::Conv2d(kernel(2, 3, 1, 1)),
        LayerSpec::MaxPool(2),
        LayerSpec::AveragePool(2),
        LayerSpec::Dropout(0.3),
    ];
    let activations = Activation::iter().map(LayerSpec::Activation);
    let listed = layers.into_iter().chain(activations).map(Kind::Listed);
    listed.chain([Kind::Cosine, Kind::Centering]).collect()
}

fn kernel(filters: usize, size: usize, stride: usize, padding: usize) -> Kernel {
    Kernel { filters, size, stride, padding, biases: true }
}

const INPUT: Shape = Shape { height: 4, width: 3, channels: 2 };
const N_INPUTS: usize = 24;
const N_OUTPUTS: usize = 2;
const N: usize = 6;

/// Nothing, and all layers behind all layers behind all layers: that which may overwrite what, too. Below every layer, and
/// the longest below each head.
fn networks() -> impl Iterator<Item = (String, Network<f64>)> {
    let mut bodies = vec![vec![]];
    let mut longest = bodies.clone();
    for _ in 0..3 {
        let longer = |body: &Vec<Kind>| {
            let body = body.clone();
            kinds().into_iter().map(move |kind| [body.clone(), vec![kind]].concat())
        };
        longest = longest.iter().flat_map(longer).collect();
        bodies.extend(longest.clone());
    }
    let stacked = bodies.into_iter().flat_map(|body| {
        let heads = if body.len() < 3 { kinds() } else { heads().to_vec() };
        heads.into_iter().map(move |head| (INPUT, body.clone(), head))
    });
    stacked
        .chain(images())
        .map(|(input, body, head)| (format!("{body:?} {head:?}"), network(input, &body, &head)))
}

fn heads() -> [Kind; 2] {
    [Kind::Listed(LayerSpec::Dense(5)), Kind::Cosine]
}

/// Every geometry of kernels and windows, over images that move.
fn images() -> impl Iterator<Item = (Shape, Vec<Kind>, Kind)> {
    let input = Shape { height: 7, width: 6, channels: 2 };
    let kernels = [
        kernel(3, 1, 1, 0),
        Kernel { biases: false, ..kernel(3, 5, 1, 0) },
        kernel(3, 5, 1, 2),
        kernel(3, 3, 2, 1),
        kernel(3, 1, 2, 0),
        kernel(3, 2, 3, 0),
        kernel(3, 4, 3, 2),
        kernel(3, 3, 2, 3),
    ];
    let windows = [2, 3, 5].into_iter().flat_map(|size| {
        [LayerSpec::MaxPool(size), LayerSpec::AveragePool(size), LayerSpec::GlobalAveragePool]
    });
    let tanh = || LayerSpec::Activation(Activation::Tanh);
    let layers = kernels.into_iter().map(LayerSpec::Conv2d).chain(windows);
    layers.flat_map(move |layer| {
        let body = [LayerSpec::Conv2d(kernel(18, 3, 1, 1)), tanh(), layer, tanh()];
        let body = body.map(Kind::Listed).to_vec();
        heads().map(|head| (input, body.clone(), head))
    })
}

fn layer(kind: &Kind, builder: &mut Builder<'_, f64>) -> Layer {
    let Shape { height, width, .. } = builder.shape;
    // A window that is no larger than the image.
    let fit = |size: usize| size.min(height).min(width);
    match kind {
        Kind::Listed(LayerSpec::MaxPool(size)) => LayerSpec::MaxPool(fit(*size)).build(builder),
        Kind::Listed(LayerSpec::AveragePool(size)) => {
            LayerSpec::AveragePool(fit(*size)).build(builder)
        }
        Kind::Listed(layer) => layer.build(builder),
        Kind::Cosine => Layer::Cosine(cosine::CosineHead::new(N_OUTPUTS, builder)),
        Kind::Centering => Layer::Centering(centering::Centering::new(builder)),
    }
}

fn network(input: Shape, body: &[Kind], head: &Kind) -> Network<f64> {
    let mut stream = Streams::new([2; 32]).stream("init");
    let initialization = Initialization::XavierNormal;
    let mut builder = Builder::new(input, initialization, &mut stream);
    let body = body.iter().map(|kind| layer(kind, &mut builder)).collect();
    let head = layer(head, &mut builder);
    let architecture = Architecture {
        input,
        body: Vec::new(),
        n_outputs: N_OUTPUTS,
        initialization,
        head: Head::Affine,
        output_bias: 0.0,
    };
    let mut network = Network::assemble(architecture, body, head, builder.finish());
    // Biases and running statistics away from 0.
    let mut stream = Streams::new([2; 32]).stream("biases");
    network.parameters_mut().iter_mut().for_each(|p| *p += 0.1 * stream.normal());
    let mut pass = Pass::default();
    run(&network, true, &mut pass);
    network.absorb(&pass);
    network
}

fn stream(name: &str) -> Stream {
    Streams::new([3; 32]).stream(name)
}

fn random(n_columns: usize, name: &str) -> Matrix<f64> {
    let mut stream = stream(name);
    Matrix::from_values(n_columns, (0..N * n_columns).map(|_| stream.normal()).collect())
}

fn features(network: &Network<f64>) -> Matrix<f64> {
    random(network.architecture().input.n_values(), "features")
}

/// A forward pass, always with the same masks.
fn run(network: &Network<f64>, training: bool, pass: &mut Pass<f64>) {
    if training {
        network.forward_training(&features(network), &mut stream("dropout"), pass);
    } else {
        network.forward(&features(network), pass);
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn size(values: &[f64]) -> f64 {
    values.iter().fold(1.0, |size: f64, x| size.max(x.abs()))
}

/// Every network of the law, with its name, in training and in evaluation.
fn cases() -> impl Iterator<Item = (String, Network<f64>, bool)> {
    networks().flat_map(|(name, network)| {
        [true, false].map(|training| (format!("{name} {training}"), network.clone(), training))
    })
}

#[test]
fn every_layer_is_under_the_law() {
    let (mut layers, mut pointwise) = (HashSet::new(), HashSet::new());
    let mut stream = stream("init");
    let mut builder = Builder::new(INPUT, Initialization::XavierNormal, &mut stream);
    for kind in kinds() {
        let layer = layer(&kind, &mut builder);
        layers.insert(discriminant(&layer));
        if let Layer::Pointwise(layer) = &layer {
            pointwise.insert(discriminant(layer));
        }
    }
    assert_eq!(layers.len(), Layer::COUNT, "add the new layer to `kinds`");
    assert_eq!(pointwise.len(), Pointwise::COUNT, "add the new pointwise layer to `kinds`");
}

#[test]
fn tangents_are_the_slopes_of_the_forward_pass() {
    let mut pass = Pass::default();
    for (name, network, training) in cases() {
        let mut stream = stream("direction");
        let direction: Vec<f64> = network.parameters().iter().map(|_| stream.normal()).collect();
        run(&network, training, &mut pass);
        network.tangent(&features(&network), &direction, &mut pass);
        let h = 1e-6;
        let [ahead, behind] = [h, -h].map(|by| {
            let (mut moved, mut pass) = (network.clone(), Pass::default());
            let steps = moved.parameters_mut().iter_mut().zip(&direction);
            steps.for_each(|(p, d)| *p += by * d);
            run(&moved, training, &mut pass);
            pass
        });
        let check = |tangents: &Matrix<f64>, ahead: &Matrix<f64>, behind: &Matrix<f64>| {
            let size = size(tangents.values());
            let ends = ahead.values().iter().zip(behind.values());
            for (tangent, (ahead, behind)) in tangents.values().iter().zip(ends) {
                let slope = (ahead - behind) / (2.0 * h);
                // Central differences err by h² and by rounding / h.
                assert!((slope - tangent).abs() < 1e-7 * size, "{name}: {slope} {tangent}");
            }
        };
        check(pass.logit_tangents(), ahead.logits(), behind.logits());
        match (pass.hidden_tangents(), ahead.last_hidden(), behind.last_hidden()) {
            (Some(tangents), Some(ahead), Some(behind)) => check(tangents, ahead, behind),
            (None, ahead, behind) => assert_eq!(ahead, behind, "{name}"),
            _ => panic!("{name}: what does not exist moves"),
        }
    }
}

#[test]
fn backward_is_the_transpose_of_tangent() {
    let mut pass = Pass::default();
    for (name, network, training) in cases() {
        let mut stream = stream("direction");
        let direction: Vec<f64> = network.parameters().iter().map(|_| stream.normal()).collect();
        run(&network, training, &mut pass);
        let d_logits = random(pass.logits().n_columns(), "d_logits");
        network.tangent(&features(&network), &direction, &mut pass);
        let d_hidden = pass.last_hidden().map(|hidden| random(hidden.n_columns(), "d_hidden"));
        for d_hidden in [None, d_hidden.as_ref()] {
            let mut gradient = Vec::new();
            network.backward(&features(&network), &d_logits, d_hidden, &mut pass, &mut gradient);
            // ⟨d_logits, J v⟩ + ⟨d_hidden, J_h v⟩ = ⟨Jᵀ d_logits + J_hᵀ d_hidden, v⟩
            let tangents = pass.logit_tangents().values();
            let hidden = d_hidden.zip(pass.hidden_tangents());
            let hidden = hidden.map_or(0.0, |(d, moved)| dot(d.values(), moved.values()));
            let one = dot(d_logits.values(), tangents) + hidden;
            let other = dot(&gradient, &direction);
            let size = size(tangents).max(hidden.abs());
            assert!((one - other).abs() < 1e-10 * size, "{name}: {one} {other}");
        }
    }
}

#[test]
fn passes_move_neither_the_network_nor_what_the_forward_pass_found() {
    // Of one network after another, as different as they are: nothing is left over.
    let (mut used, mut used_gradient) = (Pass::default(), vec![1.0; 1000]);
    for (name, network, training) in cases() {
        let before = network.clone();
        let mut all = Vec::new();
        for (pass, gradient) in
            [(&mut used, &mut used_gradient), (&mut Pass::default(), &mut Vec::new())]
        {
            run(&network, training, pass);
            let (logits, hidden) = (pass.logits().clone(), pass.last_hidden().cloned());
            let d_logits = random(logits.n_columns(), "d_logits");
            for _ in 0..2 {
                network.backward(&features(&network), &d_logits, hidden.as_ref(), pass, gradient);
                network.tangent(&features(&network), network.parameters(), pass);
                assert_eq!((pass.logits(), pass.last_hidden()), (&logits, hidden.as_ref()));
                let moved = (pass.logit_tangents().clone(), pass.hidden_tangents().cloned());
                all.push((logits.clone(), hidden.clone(), gradient.clone(), moved));
            }
        }
        assert!(all.iter().all(|found| *found == all[0]), "{name}");
        assert_eq!(network, before, "{name}");
    }
}

#[test]
fn buffers_move_when_a_training_pass_is_absorbed_and_at_no_other_time() {
    let mut network = {
        let dense = Kind::Listed(LayerSpec::Dense(5));
        network(INPUT, &[Kind::Centering, dense, Kind::Centering], &Kind::Cosine)
    };
    let before = network.clone();
    let (mut looking, mut pass) = (Pass::default(), Pass::default());
    run(&network, false, &mut pass);
    network.absorb(&pass);
    assert_eq!(network, before, "a pass in evaluation has nothing to absorb");

    run(&network, true, &mut pass);
    run(&network, true, &mut looking);
    network.absorb(&pass);
    assert_eq!(network.parameters(), before.parameters());
    let means: Vec<f64> = (0..N_INPUTS)
        .map(|k| features(&network).rows().map(|row| row[k]).sum::<f64>() / N as f64)
        .collect();
    // Twice by a quarter of the way: `network` has absorbed one pass before.
    for (k, mean) in means.iter().enumerate() {
        assert!((network.buffers()[k] - 0.4375 * mean).abs() < 1e-15);
    }
    assert_eq!(network.buffers().len(), N_INPUTS + 5);
    assert!(before.buffers().iter().zip(network.buffers()).all(|(before, after)| before != after));

    // In evaluation the layers read what has been absorbed.
    let (mut ahead, mut behind) = (Pass::default(), Pass::default());
    run(&network, false, &mut ahead);
    run(&before, false, &mut behind);
    assert_ne!(ahead.logits(), behind.logits());
}

#[test]
fn a_network_that_goes_back_to_its_copy_has_its_buffers_back() {
    let mut network = network(INPUT, &[Kind::Centering], &Kind::Cosine);
    let kept = network.clone();
    let mut pass = Pass::default();
    run(&network, true, &mut pass);
    network.absorb(&pass);
    assert_ne!(network, kept);
    network.clone_from(&kept);
    assert_eq!((network.buffers(), network.parameters()), (kept.buffers(), kept.parameters()));
}
