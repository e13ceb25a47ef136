use super::*;
use crate::losses::Link;
use crate::mining::Selection;
use crate::reweighting::testing::{Scene, assert_close, optimizer, published, slopes};
use serde_json::json;

fn from_the_start(epsilon_rate: f64) -> MetaClassWeights {
    MetaClassWeights {
        start: UnitInterval::new(0.0),
        epsilon_rate: NonNegative::new(epsilon_rate),
        ..MetaClassWeights::default()
    }
}

#[test]
fn whole_steps_are_those_of_the_authors_program() {
    let (cases, near) =
        published(include_str!("../../../tests/golden/meta_class_weights_jamal.json"));
    for case in &cases {
        let (params, expected) = (&case["params"], &case["expected"]);
        let of = |name: &str| params[name].as_f64().unwrap();
        let mut scene = Scene::published(case, &case["inputs"]);
        let sgd = |rate: f64, momentum: f64, decay: f64| {
            json!({"sgd": {"learning_rate": rate, "momentum": momentum, "nesterov": 0.0 < momentum,
                "weight_decay": decay}})
        };
        let n_parameters = scene.network.n_parameters();
        scene.optimizer = optimizer(sgd(of("meta_lr"), 0.0, 0.0), n_parameters);
        let method =
            MetaClassWeights { beta: BelowOne::new(of("beta")), ..from_the_start(of("eps_lr")) };
        let mut per_class = scene.build(|reweighed| method.build(reweighed));
        let weights = scene.weigh(per_class.as_mut());
        let n = weights.len() as f64;
        let undivided: Vec<f64> = weights.iter().map(|w| w * n).collect();
        near(&undivided, &expected["final_weight"], &format!("{} weight", case["name"]));
        let loss = weights.iter().zip(&scene.evaluated.losses).map(|(w, loss)| w * loss).sum();
        near(&[loss], &json!([expected["outer_loss"]]), &format!("{} loss", case["name"]));
        let step = sgd(of("lr"), of("momentum"), of("weight_decay"));
        let mut optimizer = optimizer(step, n_parameters);
        let gradient = scene.gradient(&weights);
        optimizer.step(scene.network.parameters_mut(), &gradient, 1.0);
        let theta = &expected["theta_after"];
        near(scene.network.parameters(), theta, &format!("{} theta", case["name"]));
    }
}

#[test]
fn the_part_of_an_example_is_the_slope_of_the_meta_loss_after_a_step_along_the_sum() {
    let mut scene = Scene::new(Link::Softmax, &[4], 2);
    let mined = vec![1.0, 0.5, 0.0, 1.0, 1.0, 1.0];
    scene.selection = Selection { weights: mined.clone(), divisor: 4.5 };
    let mut weigh = |rate: f64| {
        let mut per_class = scene.build(|reweighed| from_the_start(rate).build(reweighed));
        scene.weigh(per_class.as_mut())
    };
    let (at_rest, moved) = (weigh(0.0), weigh(3.0));
    let epsilon: Vec<f64> =
        mined.iter().zip(moved.iter().zip(&at_rest)).map(|(v, (a, b))| (a - b) * 4.5 / v).collect();
    let weights: Vec<f64> = mined.iter().zip(&at_rest).map(|(v, w)| w * 4.5 / v).collect();
    let expected = slopes(&[0.0; 6], |epsilon| {
        let sum =
            |i: usize| if mined[i] == 0.0 { 0.0 } else { mined[i] * (weights[i] + epsilon[i]) };
        let gradient = scene.gradient(&(0..6).map(sum).collect::<Vec<f64>>());
        scene.meta_loss_after(&gradient)
    });
    for i in (0..6).filter(|&i| mined[i] != 0.0) {
        assert!((epsilon[i] + 3.0 * expected[i]).abs() < 1e-8, "{i}");
    }
    assert_eq!((at_rest[2], moved[2]), (0.0, 0.0));
}

#[test]
fn examples_that_stay_at_rest_have_the_weights_of_their_classes() {
    let mut scene = Scene::new(Link::Softmax, &[4], 2);
    let scheme = ClassWeights::EffectiveNumber(EffectiveNumber { beta: BelowOne::new(0.9999) });
    let weights = scheme.weights(&scene.counts).unwrap();
    let expected: Vec<f64> =
        scene.train.targets.iter().map(|&y| weights[y as usize] / 6.0).collect();
    let mut at_rest = scene.build(|reweighed| from_the_start(0.0).build(reweighed));
    assert_close(&scene.weigh(at_rest.as_mut()), &expected, 1e-15);
    let mut without =
        scene.build(|reweighed| from_the_start(1.0).build(Reweighed { meta: None, ..reweighed }));
    assert_close(&scene.weigh(without.as_mut()), &expected, 1e-15);
}

#[test]
fn a_weight_may_be_below_0() {
    let mut scene = Scene::new(Link::Softmax, &[4], 2);
    let mut method = scene.build(|reweighed| from_the_start(1e3).build(reweighed));
    assert!(scene.weigh(method.as_mut()).iter().any(|&w| w < 0.0));
}

#[test]
fn every_example_counts_alike_before_the_start() {
    let mut scene = Scene::new(Link::Softmax, &[4], 2);
    let mut method = scene.build(|reweighed| MetaClassWeights::default().build(reweighed));
    for (progress, is_mean) in [(0.0, true), (0.79, true), (0.8, false)] {
        method.begin_epoch(&Epoch::at(progress));
        assert_eq!(scene.weigh(method.as_mut()) == [1.0 / 6.0; 6], is_mean, "{progress}");
    }
}
