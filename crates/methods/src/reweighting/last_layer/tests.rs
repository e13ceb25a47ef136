use nn::Matrix;

use super::*;
use crate::losses::{Link, Plain};
use crate::reweighting::testing::{LINKS, Scene, assert_close, dot, slopes};

const SIZE: NonZeroUsize = NonZeroUsize::new(5).unwrap();
/// As uneven as weights can be.
const WEIGHTS: [f64; 6] = [0.3, 0.0, 0.1, 1.5, 0.05, 0.2];

fn last_layer(scene: &Scene, readout: &Readout) -> LastLayer<f64> {
    let meta = (scene.meta.clone(), SIZE);
    LastLayer::new(scene.network.architecture(), readout, meta, &scene.streams)
}

fn hidden(scene: &Scene) -> &Matrix<f64> {
    scene.pass.last_hidden().unwrap_or(&scene.train.features)
}

fn eta(scene: &Scene) -> f64 {
    scene.optimizer.learning_rate() * scene.rate
}

fn look(scene: &Scene, weights: &[f64]) -> Vec<f64> {
    let mut last_layer = last_layer(scene, &scene.readout);
    let of_step = (weights, eta(scene));
    last_layer.look(&scene.network, hidden(scene), &scene.evaluated, of_step);
    last_layer.slopes().to_vec()
}

/// `gradient` of the parameters of the head alone.
fn of_head(scene: &Scene, mut gradient: Vec<f64>) -> Vec<f64> {
    let n_below = gradient.len() - scene.network.head().len();
    gradient[..n_below].fill(0.0);
    gradient
}

/// The network after the step of its last layer.
fn after(scene: &mut Scene, weights: &[f64]) -> nn::Network<f64> {
    let (eta, gradient) = (eta(scene), scene.gradient(weights));
    let gradient = of_head(scene, gradient);
    let mut network = scene.network.clone();
    network.parameters_mut().iter_mut().zip(gradient).for_each(|(p, g)| *p -= eta * g);
    network
}

#[test]
fn the_slopes_are_products_of_gradients_and_central_differences() {
    for link in LINKS {
        for (mut scene, meet) in Scene::all(link, 3) {
            let ours = look(&scene, &WEIGHTS);
            let network = after(&mut scene, &WEIGHTS);
            let here = std::mem::replace(&mut scene.network, network);
            let v = of_head(&scene, scene.meta_gradient());
            scene.network = here;
            // Where examples meet in the layers below, one alone has other activations.
            let own = |scene: &mut Scene, i| {
                if meet { scene.gradient_of(i) } else { scene.gradient_alone(i) }
            };
            let eta = eta(&scene);
            let products = (0..6)
                .map(|i| -eta * WEIGHTS[i] * dot(&v, &own(&mut scene, i)))
                .collect::<Vec<_>>();
            assert_close(&ours, &products, 1e-13);

            let differences = slopes(&[1.0; 6], |c| {
                let weights: Vec<f64> = c.iter().zip(WEIGHTS).map(|(c, w)| c * w).collect();
                let network = after(&mut scene, &weights);
                scene.meta_loss(network.parameters())
            });
            // Central differences err by the square of the step and by rounding / step.
            assert_close(&ours, &differences, 1e-9);
        }
    }
}

#[test]
fn of_a_dense_layer_they_are_products_of_activations_and_of_errors() {
    for link in LINKS {
        let mut scene = Scene::new(link, &[4], 5);
        let ours = look(&scene, &WEIGHTS);
        let (ahead, mut pass) = (after(&mut scene, &WEIGHTS), Pass::default());
        let mut errors = PerExample::default();
        ahead.forward(&scene.meta.features, &mut pass);
        Plain::new(&scene.readout).score(pass.logits(), &scene.meta.targets, &mut errors);
        let of_meta = pass.last_hidden().unwrap();
        let with = |i: usize, j: usize| {
            let likeness = dot(hidden(&scene).row(i), of_meta.row(j)) + 1.0;
            likeness * dot(scene.evaluated.gradient.row(i), errors.gradient.row(j)) / 5.0
        };
        let kernel = |i: usize| (0..5).map(|j| with(i, j)).sum::<f64>();
        let expected: Vec<f64> = (0..6).map(|i| -eta(&scene) * WEIGHTS[i] * kernel(i)).collect();
        assert_close(&ours, &expected, 1e-13);
    }
}

#[test]
fn logits_that_are_read_with_a_scale_have_its_slopes() {
    let mut scene = Scene::new(Link::Softmax, &[4], 5);
    let readout = Readout { scale: 3.0, ..Readout::plain(Link::Softmax) };
    let mut last_layer = last_layer(&scene, &readout);
    last_layer.look(&scene.network, hidden(&scene), &scene.evaluated, (&WEIGHTS, eta(&scene)));
    scene.readout = readout;
    let differences = slopes(&[1.0; 6], |c| {
        let weights: Vec<f64> = c.iter().zip(WEIGHTS).map(|(c, w)| c * w).collect();
        let network = after(&mut scene, &weights);
        scene.meta_loss(network.parameters())
    });
    assert_close(last_layer.slopes(), &differences, 1e-9);
}

#[test]
fn nothing_is_said_of_a_batch_that_does_not_count_or_without_a_meta_set() {
    let mut scene = Scene::new(Link::Softmax, &[4], 5);
    assert!(look(&scene, &[0.0; 6]).is_empty());
    scene.meta = Examples::default();
    assert!(look(&scene, &WEIGHTS).is_empty());
}
