use super::*;
use crate::losses::{Link, LossSpec};
use crate::named;
use crate::reweighting::meta::{LookAhead, VirtualStep};
use crate::reweighting::testing::{
    LINKS, Scene, are_close, assert_close, dot, get, optimizer, published, slopes,
};
use nn::{Activation, Architecture, LayerSpec};
use serde_json::json;

const COEFFICIENTS: [f64; 6] = [0.2, 0.05, 0.3, 0.0, 0.15, -0.1];

fn steps(k: usize) -> LookAheadSteps {
    LookAheadSteps(NonZeroUsize::new(k).unwrap())
}

/// A look-ahead of `k` steps.
fn look(scene: &Scene, k: usize) -> LookAhead<f64> {
    let look = LookAhead::new(&scene.readout, VirtualStep::Plain);
    scene.build(|reweighed| look.of_steps(&steps(k), &reweighed))
}

/// `∂L_meta(θ_k)/∂c`.
fn unrolled(scene: &mut Scene, k: usize, coefficients: &[f64]) -> Vec<f64> {
    let (meta, mut slopes) = (scene.meta.clone(), Vec::new());
    look(scene, k).slopes(&mut scene.step(), coefficients, &meta, &mut slopes);
    slopes
}

/// `θ_k`, by whole steps.
fn after(scene: &mut Scene, k: usize, coefficients: &[f64]) -> Vec<f64> {
    let at = scene.network.clone();
    let eta = scene.optimizer.learning_rate() * scene.rate;
    for _ in 0..k {
        let gradient = scene.gradient(coefficients);
        let parameters = scene.network.parameters_mut().iter_mut().zip(&gradient);
        parameters.for_each(|(p, g)| *p -= eta * g);
        scene.evaluate();
    }
    let after = scene.network.parameters().to_vec();
    scene.network = at;
    scene.evaluate();
    after
}

/// The same slopes by central differences over whole steps.
fn by_differences(scene: &mut Scene, k: usize, coefficients: &[f64]) -> Vec<f64> {
    slopes(coefficients, |c| {
        let after = after(scene, k, c);
        scene.meta_loss(&after)
    })
}

/// Central differences err by the square of the step and by rounding over it.
fn assert_near(ours: &[f64], expected: &[f64]) {
    let largest = expected.iter().fold(0.0_f64, |largest, x| largest.max(x.abs()));
    assert!(1e-3 < largest, "nothing to tell apart");
    assert_close(ours, expected, 1e-7 * largest);
}

/// A scene whose steps are long enough for second derivatives to show.
fn long(mut scene: Scene) -> Scene {
    let n_parameters = scene.network.n_parameters();
    scene.optimizer = optimizer(json!({"sgd": {"learning_rate": 0.5}}), n_parameters);
    scene
}

#[test]
fn slopes_through_several_steps_are_those_of_whole_trainings() {
    for link in LINKS {
        for (scene, _) in Scene::all(link, 3) {
            let mut scene = long(scene);
            for k in [1, 2, 4] {
                let ours = unrolled(&mut scene, k, &COEFFICIENTS);
                assert_near(&ours, &by_differences(&mut scene, k, &COEFFICIENTS));
            }
        }
    }
}

#[test]
fn every_loss_that_can_be_differentiated_twice_is_looked_ahead_through() {
    for loss in [
        json!({"focal": {"gamma": 2}}),
        json!({"ldam": {"head": "affine", "scale": 3}}),
        json!({"logit_adjustment": {}}),
        json!({"generalized_cross_entropy": {}}),
        json!({"class_balanced": {"form": "softmax"}}),
        json!({"deferred_reweighting": {}}),
    ] {
        let mut scene = long(Scene::new(Link::Softmax, &[4], 3));
        scene.loss = named::deserialize::<_, LossSpec>(loss).unwrap();
        assert_eq!(scene.loss.not_twice(), None);
        scene.evaluate();
        let ours = unrolled(&mut scene, 3, &COEFFICIENTS);
        assert_near(&ours, &by_differences(&mut scene, 3, &COEFFICIENTS));
    }
}

#[test]
fn two_steps_are_what_differentiating_twice_gives() {
    let golden = include_str!("../../../tests/golden/lookahead_derivative.json");
    let (cases, near) = published(golden);
    for case in &cases {
        let weights: Vec<f64> = get(&case["inputs"]["weights"]);
        let mut scene = Scene::published(case, &case["inputs"]);
        let sgd = json!({"sgd": {"learning_rate": case["params"]["step"]}});
        scene.optimizer = optimizer(sgd, scene.network.n_parameters());
        let expected = &case["expected"]["two_steps"];
        near(&after(&mut scene, 2, &weights), &expected["theta_hat"], "parameters");
        near(&unrolled(&mut scene, 2, &weights), &expected["dval_dw"], "slopes");
    }
}

#[test]
fn a_look_ahead_that_leaves_second_derivatives_out_is_noticed() {
    let mut scene = long(Scene::new(Link::Softmax, &[4], 3));
    let exact = unrolled(&mut scene, 3, &COEFFICIENTS);
    let eta = scene.optimizer.learning_rate();
    let at = scene.network.clone();
    let last = after(&mut scene, 3, &COEFFICIENTS);
    scene.network.parameters_mut().copy_from_slice(&last);
    let v = scene.meta_gradient();
    scene.network = at;
    let mut naive = [0.0; 6];
    for t in 0..3 {
        let (from, parameters) = (scene.network.clone(), after(&mut scene, t, &COEFFICIENTS));
        scene.network.parameters_mut().copy_from_slice(&parameters);
        scene.evaluate();
        for (i, sum) in naive.iter_mut().enumerate() {
            *sum -= eta * dot(&scene.gradient_of(i), &v);
        }
        scene.network = from;
        scene.evaluate();
    }
    let largest = exact.iter().fold(0.0_f64, |largest, x| largest.max(x.abs()));
    assert!(!are_close(&exact, &naive, 0.05 * largest), "{exact:?} {naive:?}");
}

/// A scene with dropout.
fn dropped() -> Scene {
    let mut scene = long(Scene::new(Link::Softmax, &[8], 2));
    let architecture = Architecture {
        body: LayerSpec::mlp(&[8], Activation::Tanh, 0.5),
        ..scene.network.architecture().clone()
    };
    scene.network = Network::new(architecture, &mut scene.streams.stream("init"));
    scene.evaluate();
    scene
}

#[test]
fn every_step_has_the_masks_of_the_batch() {
    let mut scene = dropped();
    let ours = unrolled(&mut scene, 3, &COEFFICIENTS);
    assert_near(&ours, &by_differences(&mut scene, 3, &COEFFICIENTS));
    scene.dropout.bits();
    let others = unrolled(&mut scene, 3, &COEFFICIENTS);
    assert!(!are_close(&ours, &others, 1e-4));
}

#[test]
fn nothing_moves_in_a_look_ahead_of_several_steps() {
    let (mut looked, mut plain) = (dropped(), dropped());
    let before = looked.network.clone();
    unrolled(&mut looked, 3, &COEFFICIENTS);
    assert!(looked.network == before);
    assert_eq!(looked.pass.logits(), plain.pass.logits());
    assert_eq!(looked.dropout.bits(), plain.dropout.bits());
    // The optimiser's state shows in its next step.
    for scene in [&mut looked, &mut plain] {
        let gradient = scene.gradient(&COEFFICIENTS);
        scene.optimizer.step(scene.network.parameters_mut(), &gradient, 1.0);
    }
    assert!(looked.network == plain.network);
}

#[test]
fn nothing_is_allocated_after_the_first_look() {
    let mut scene = dropped();
    let meta = scene.meta.clone();
    let (mut look, mut slopes, mut addresses) = (look(&scene, 3), Vec::new(), Vec::new());
    for _ in 0..3 {
        look.slopes(&mut scene.step(), &COEFFICIENTS, &meta, &mut slopes);
        let unrolled = look.unrolled.as_ref().unwrap();
        let Unrolled { still, moving, networks, moved, features, coefficients, agreements, .. } =
            unrolled;
        addresses.push((
            [&still.gradient, &still.evaluated.losses, agreements].map(Vec::as_ptr),
            [&moving.gradient, &moving.evaluated.losses, coefficients].map(Vec::as_ptr),
            networks.iter().map(|network| network.parameters().as_ptr()).collect::<Vec<_>>(),
            still.pass.logits().values().as_ptr(),
            [moving.pass.logits(), features].map(|m| m.values().as_ptr()),
            moved.as_ref().unwrap().parameters().as_ptr(),
        ));
    }
    assert_eq!(addresses[1], addresses[2]);
}

#[test]
fn a_single_step_is_a_look_ahead_as_ever() {
    let mut scene = Scene::new(Link::Softmax, &[4], 3);
    assert!(scene.build(|reweighed| Unrolled::new(0, &reweighed)).is_none());
    let ours = unrolled(&mut scene, 1, &COEFFICIENTS);
    let (meta, mut slopes) = (scene.meta.clone(), Vec::new());
    let mut look = LookAhead::new(&scene.readout, VirtualStep::Plain);
    look.slopes(&mut scene.step(), &COEFFICIENTS, &meta, &mut slopes);
    assert_eq!(ours, slopes);
}
