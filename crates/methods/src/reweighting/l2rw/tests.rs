use super::*;
use crate::examples::Examples;
use crate::losses::Link;
use crate::reweighting::testing::{LINKS, Scene, assert_close, dot, slopes};
use nn::Matrix;
use proptest::prelude::*;

/// `u` as the method computes it.
fn u(scene: &mut Scene) -> Vec<f64> {
    let mut gradient = MetaGradient::new(&scene.readout);
    let (direction, mut u) = (gradient.of(&scene.network, &scene.meta).to_vec(), Vec::new());
    agreements(&mut scene.step(), &direction, &mut u);
    u
}

fn weigh(scene: &mut Scene) -> Vec<f64> {
    let mut method = scene.build(|reweighed| L2rw::default().build(reweighed));
    scene.weigh(method.as_mut())
}

#[test]
fn agreement_is_the_product_of_the_gradients() {
    for link in LINKS {
        let mut scene = Scene::new(link, &[4], 2);
        let mean = scene.meta_gradient();
        let expected: Vec<f64> = (0..6).map(|i| dot(&scene.gradient_alone(i), &mean)).collect();
        assert_close(&u(&mut scene), &expected, 1e-13);
    }
}

#[test]
fn agreement_is_the_slope_of_the_meta_loss_along_a_step_on_the_example() {
    for link in LINKS {
        let mut scene = Scene::new(link, &[4], 2);
        let u = u(&mut scene);
        let after = |epsilon: &[f64]| {
            let gradient = scene.gradient(epsilon);
            scene.meta_loss_after(&gradient)
        };
        let slopes = slopes(&[0.0; 6], after);
        let eta = scene.optimizer.learning_rate();
        let expected: Vec<f64> = u.iter().map(|u| -eta * u).collect();
        // Central differences err by the square of the step and by rounding / step.
        assert_close(&slopes, &expected, 1e-9);
    }
}

#[test]
fn agreement_in_a_linear_model_is_a_product_of_examples_and_errors() {
    for link in LINKS {
        let mut scene = Scene::new(link, &[], 2);
        let u = u(&mut scene);
        let of_train = scene.evaluated.gradient.clone();
        let train = scene.train.clone();
        scene.train = scene.meta.clone();
        scene.evaluate();
        let of_meta = &scene.evaluated.gradient;
        let with = |i: usize, j: usize| {
            let likeness = dot(train.features.row(i), scene.meta.features.row(j)) + 1.0;
            likeness * dot(of_train.row(i), of_meta.row(j)) / 5.0
        };
        let expected: Vec<f64> = (0..6).map(|i| (0..5).map(|j| with(i, j)).sum()).collect();
        assert_close(&u, &expected, 1e-14);
    }
}

#[test]
fn agreement_counts_as_far_as_mining_kept_the_example() {
    let mut u = [4.0, 2.0, -1.0, 1.0];
    normalize(&mut u, &Selection { weights: vec![0.5, 1.0, 1.0, 0.0], divisor: 2.5 });
    assert_eq!(u, [0.5, 0.5, 0.0, 0.0]);
}

/// A batch of one example, whose meta set is that example, or says the opposite of it.
fn of_one(contradicts: bool) -> Scene {
    let Scene { network, train, readout, streams, .. } = Scene::new(Link::Softmax, &[4], 2);
    let features = Matrix::from_values(3, train.features.row(0).to_vec());
    let one = Examples { features, targets: vec![train.targets[0]] };
    let mut meta = one.clone();
    if contradicts {
        meta.targets[0] = 1 - meta.targets[0];
    }
    Scene::of(network, one, meta, readout, streams)
}

#[test]
fn a_batch_that_is_the_meta_set_of_one_example_weighs_one() {
    assert_eq!(weigh(&mut of_one(false)), [1.0]);
}

#[test]
fn a_batch_that_contradicts_the_meta_set_leaves_the_step_empty() {
    assert_eq!(weigh(&mut of_one(true)), [0.0]);
}

#[test]
fn without_meta_examples_every_mined_example_counts_alike() {
    let mut scene = Scene::new(Link::Softmax, &[4], 2);
    let weights = vec![1.0, 0.0, 0.0, 1.0, 0.0, 0.0];
    scene.selection = Selection { weights, divisor: 2.0 };
    for meta in [None, Some(Examples::default())] {
        let mut method =
            scene.build(|reweighed| L2rw::default().build(Reweighed { meta, ..reweighed }));
        assert_eq!(scene.weigh(method.as_mut()), [0.5, 0.0, 0.0, 0.5, 0.0, 0.0]);
    }
}

#[test]
fn a_network_that_is_not_finite_says_so() {
    let mut scene = Scene::new(Link::Softmax, &[4], 2);
    scene.network.parameters_mut()[0] = f64::NAN;
    scene.evaluate();
    assert!(weigh(&mut scene).iter().any(|w| w.is_nan()));
}

#[test]
fn the_caller_can_still_run_backward() {
    let mut scene = Scene::new(Link::Softmax, &[4], 2);
    let before = scene.gradient(&[1.0; 6]);
    weigh(&mut scene);
    assert_eq!(before, scene.gradient(&[1.0; 6]));
}

proptest! {
    #[test]
    fn weights_are_not_negative_and_sum_to_one_or_zero(
        seed in 0..200_u8, mined in prop::collection::vec(prop::sample::select(vec![0.0, 1.0]), 6)
    ) {
        for link in LINKS {
            let mut scene = Scene::new(link, &[4], seed);
            scene.selection = Selection { weights: mined.clone(), divisor: mined.iter().sum() };
            let weights = weigh(&mut scene);
            let sum: f64 = weights.iter().sum();
            prop_assert!(weights.iter().all(|&w| 0.0 <= w));
            prop_assert!(weights.iter().zip(&mined).all(|(&w, &v)| 0.0 < v || w == 0.0));
            prop_assert!(weights.iter().all(|&w| w == 0.0) || (sum - 1.0).abs() < 1e-12, "{}", sum);
        }
    }
}
