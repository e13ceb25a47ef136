//! One law over all layers: the three passes are of one function, and they move nothing.

mod allocations;
pub(super) mod alone;
mod buffers;
mod curvature;
mod silent;
mod vectors;

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
}

/// Every layer there is; `every_layer_is_under_the_law` counts them.
fn kinds() -> Vec<Kind> {
    let layers = [
        LayerSpec::Dense(6),
        LayerSpec::Conv2d(kernel(2, 3, 1, 1)),
        LayerSpec::MaxPool(2),
        LayerSpec::AveragePool(2),
        LayerSpec::BatchNorm,
        LayerSpec::GroupNorm(2),
        LayerSpec::Normalize,
        identity_block(),
        dense_block(),
    ];
    let listed = layers.into_iter().map(Kind::Listed);
    listed.chain([Kind::Cosine]).chain(pointwise_kinds()).collect()
}

fn pointwise_kinds() -> Vec<Kind> {
    let activations = Activation::iter().map(LayerSpec::Activation);
    let layers = [LayerSpec::Dropout(0.3), LayerSpec::Dropout2d(0.3)].into_iter();
    layers.chain(activations).map(Kind::Listed).collect()
}

const TANH: LayerSpec = LayerSpec::Activation(Activation::Tanh);

/// A residual block over its input, whatever that is.
fn identity_block() -> LayerSpec {
    LayerSpec::Residual { body: vec![LayerSpec::BatchNorm, TANH], shortcut: vec![] }
}

/// A residual block that begins and ends with layers that work in place.
fn dense_block() -> LayerSpec {
    let dense = LayerSpec::Dense(6);
    let body = vec![TANH, dense.clone(), LayerSpec::Dropout(0.3)];
    LayerSpec::Residual { body, shortcut: vec![dense, TANH] }
}

/// A residual block that makes images smaller.
fn conv_block() -> LayerSpec {
    let conv = |size, stride, padding| LayerSpec::Conv2d(kernel(4, size, stride, padding));
    let body = vec![conv(3, 2, 1), LayerSpec::BatchNorm, TANH, conv(3, 1, 1), LayerSpec::BatchNorm];
    LayerSpec::Residual { body, shortcut: vec![conv(1, 2, 0), LayerSpec::BatchNorm] }
}

fn kernel(filters: usize, size: usize, stride: usize, padding: usize) -> Kernel {
    Kernel { filters, size, stride, padding, biases: true }
}

const INPUT: Shape = Shape { height: 4, width: 3, channels: 2 };
const N_OUTPUTS: usize = 2;
const N: usize = 6;

/// Each body with each of `kinds` behind it.
fn longer(bodies: &[Vec<Kind>], kinds: &[Kind]) -> Vec<Vec<Kind>> {
    let longer = |body: &Vec<Kind>| {
        let body = body.clone();
        kinds.iter().map(move |kind| [body.clone(), vec![kind.clone()]].concat())
    };
    bodies.iter().flat_map(longer).collect()
}

/// Nothing; all layers; all layers behind all layers; and where one may overwrite what another made: all layers, two
/// pointwise ones, and a layer that reads what they have left. Below every layer, and the longest below each head.
fn networks() -> impl Iterator<Item = (String, Network<f64>)> {
    let nothing = vec![vec![]];
    let one = longer(&nothing, &kinds());
    let two = longer(&one, &kinds());
    let pointwise = longer(&longer(&one, &pointwise_kinds()), &pointwise_kinds());
    let readers = [LayerSpec::Dense(6), LayerSpec::BatchNorm, dense_block()].map(Kind::Listed);
    let read = longer(&pointwise, &readers);
    let bodies = [nothing, one, two, pointwise, read].concat();
    let stacked = bodies.into_iter().flat_map(|body| {
        let heads = if body.len() < 3 { kinds() } else { heads().to_vec() };
        heads.into_iter().map(move |head| (INPUT, body.clone(), head))
    });
    stacked
        .chain(images())
        .map(|(input, body, head)| (format!("{body:?} {head:?}"), network(input, &body, &head)))
}

fn heads() -> [Kind; 2] {
    [Kind::Listed(LayerSpec::Dense(6)), Kind::Cosine]
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
    let channels = [LayerSpec::BatchNorm, LayerSpec::GroupNorm(3), LayerSpec::Dropout2d(0.3)];
    let layers = kernels.into_iter().map(LayerSpec::Conv2d).chain(windows);
    layers.chain(channels).chain([conv_block()]).flat_map(move |layer| {
        let body = [LayerSpec::Conv2d(kernel(18, 3, 1, 1)), TANH, layer, TANH];
        let body = body.map(Kind::Listed).to_vec();
        heads().map(|head| (input, body.clone(), head))
    })
}

fn layer<T: Real>(kind: &Kind, builder: &mut Builder<'_, T>) -> Layer {
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
    }
}

fn network<T: Real>(input: Shape, body: &[Kind], head: &Kind) -> Network<T> {
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
        output_biases: Vec::new(),
    };
    let mut network = Network::assemble(architecture, body, head, builder.finish());
    // Biases, shifts and scales away from where they begin, and running statistics.
    let mut stream = Streams::new([2; 32]).stream("biases");
    network.parameters_mut().iter_mut().for_each(|p| *p += T::of(0.1 * stream.normal()));
    let mut pass = Pass::default();
    run(&network, true, &mut pass);
    network.absorb(&pass);
    network
}

fn stream(name: &str) -> Stream {
    Streams::new([3; 32]).stream(name)
}

fn random<T: Real>(n_columns: usize, name: &str) -> Matrix<T> {
    let mut stream = stream(name);
    Matrix::from_values(n_columns, (0..N * n_columns).map(|_| T::of(stream.normal())).collect())
}

fn features<T: Real>(network: &Network<T>) -> Matrix<T> {
    random(network.architecture().input.n_values(), "features")
}

/// A forward pass, always with the same masks.
fn run<T: Real>(network: &Network<T>, training: bool, pass: &mut Pass<T>) {
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
    let mut builder = Builder::<f64>::new(INPUT, Initialization::XavierNormal, &mut stream);
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
        let ends = [-2.0, -1.0, 1.0, 2.0].map(|steps| {
            let (mut moved, mut pass) = (network.clone(), Pass::default());
            let parameters = moved.parameters_mut().iter_mut().zip(&direction);
            parameters.for_each(|(p, d)| *p += steps * h * d);
            run(&moved, training, &mut pass);
            pass
        });
        let check = |tangents: &Matrix<f64>, ends: [&Matrix<f64>; 4]| {
            let size = size(tangents.values());
            for (i, tangent) in tangents.values().iter().enumerate() {
                let [a, b, c, d] = ends.map(|end| end.values()[i]);
                // Differences over four points err by h⁴ and by rounding / h.
                let slope = (8.0 * (c - b) - (d - a)) / (12.0 * h);
                assert!((slope - tangent).abs() < 1e-7 * size, "{name}: {slope} {tangent}");
            }
        };
        check(pass.logit_tangents(), ends.each_ref().map(Pass::logits));
        let hidden = ends.each_ref().map(Pass::last_hidden);
        match (pass.hidden_tangents(), hidden) {
            (Some(tangents), [Some(a), Some(b), Some(c), Some(d)]) => check(tangents, [a, b, c, d]),
            (None, hidden) => assert!(hidden.iter().all(|h| *h == hidden[0]), "{name}"),
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
