use super::*;
use crate::losses::Link;
use crate::mining::Selection;
use crate::reweighting::testing::{
    LINKS, Scene, are_close, assert_close, optimizer, published, slopes,
};
use proptest::prelude::*;
use serde_json::{Value, json};

fn variants() -> Vec<MetaWeightNet> {
    let mut all = Vec::new();
    for detach in [true, false] {
        for normalize in [Normalize::Mean, Normalize::Sum] {
            all.push(MetaWeightNet { detach, normalize, ..MetaWeightNet::default() });
        }
    }
    all
}

/// The gradient of the meta loss after a look-ahead in the parameters of the weight network.
fn gradient(method: &MetaWeightNet, scene: &mut Scene) -> Vec<f64> {
    let mut weighing = scene.build(|reweighed| method.weighing(reweighed));
    weighing.look(&mut scene.step());
    weighing.net.gradient
}

/// The same by central differences over whole look-aheads, whose gradients are differences of weighted losses too.
fn by_differences(method: &MetaWeightNet, scene: &Scene) -> Vec<f64> {
    let net = scene.build(|reweighed| method.weighing(reweighed)).net;
    let shares = Shares { by: method.normalize, is_sum_constant: false, detach: true };
    let at = scene.network.parameters().to_vec();
    let losses = scene.evaluated.losses.clone();
    let weights = |parameters: &[f64], losses: &[f64]| {
        let mut net = fresh(method, scene);
        net.parameters.copy_from_slice(parameters);
        net.evaluate(losses, [0; 6].into_iter());
        let (mut weights, slopes) = (Vec::new(), vec![0.0; 6]);
        let batch = crate::reweighting::shares::Valued {
            losses,
            selection: &scene.selection,
            values: &net.values,
            slopes: &slopes,
        };
        shares.weights(&batch, &mut weights);
        weights
    };
    let losses_at = |parameters: &[f64]| {
        let mut moved = Scene::new(Link::Softmax, &[4], 2);
        moved.network.parameters_mut().copy_from_slice(parameters);
        moved.evaluate();
        moved.evaluated.losses
    };
    let meta_loss = |theta: &[f64]| {
        let held = weights(theta, &losses);
        let weighted = |parameters: &[f64]| {
            let losses = losses_at(parameters);
            let weights = if method.detach { held.clone() } else { weights(theta, &losses) };
            weights.iter().zip(&losses).map(|(w, loss)| w * loss).sum()
        };
        scene.meta_loss_after(&slopes(&at, weighted))
    };
    slopes(&net.parameters, meta_loss)
}

fn fresh(method: &MetaWeightNet, scene: &Scene) -> WeightNet<f64> {
    scene.build(|reweighed| method.weighing(reweighed)).net
}

/// A weight network of five units, whose slopes show: weights that differ, and a long look-ahead.
fn small(method: MetaWeightNet) -> (MetaWeightNet, Scene) {
    let mut scene = Scene::new(Link::Softmax, &[4], 2);
    scene.rate = 20.0;
    (MetaWeightNet { hidden: NonZeroUsize::new(5).unwrap(), ..method }, scene)
}

#[test]
fn the_gradient_of_the_weight_network_is_that_of_whole_look_aheads() {
    for method in variants() {
        let (method, mut scene) = small(method);
        let ours = gradient(&method, &mut scene);
        let expected = by_differences(&method, &scene);
        let largest = ours.iter().fold(0.0_f64, |largest, x| largest.max(x.abs()));
        assert!(1e-3 < largest, "{method:?}: nothing to tell apart");
        // Differences of differences err by 1e-11, the inner rounding, over 1e-5, the outer step.
        assert_close(&ours, &expected, 1e-5);
    }
}

#[test]
fn the_detached_formula_is_wrong_where_weights_move_with_the_losses() {
    for normalize in [Normalize::Mean, Normalize::Sum] {
        let moving = MetaWeightNet { detach: false, normalize, ..MetaWeightNet::default() };
        let (moving, mut scene) = small(moving);
        let held = gradient(&MetaWeightNet { detach: true, ..moving.clone() }, &mut scene);
        let expected = by_differences(&moving, &scene);
        assert!(!are_close(&held, &expected, 1e-3), "{normalize:?}");
    }
}

fn optimizer_of(kind: &Value, n_parameters: usize) -> Box<dyn nn::Optimizer<f64>> {
    let or_0 = |name: &str| kind[name].as_f64().unwrap_or(0.0);
    let (rate, decay) = (or_0("lr"), or_0("weight_decay"));
    let spec = match kind["kind"].as_str() {
        Some("adam") => json!({"adam": {"learning_rate": rate, "weight_decay": decay}}),
        _ => {
            json!({"sgd": {"learning_rate": rate, "weight_decay": decay, "momentum": or_0("momentum"),
            "nesterov": kind["nesterov"] == json!(true)}})
        }
    };
    optimizer(spec, n_parameters)
}

#[test]
fn whole_steps_are_those_of_the_authors_programs() {
    let (cases, near) = published(include_str!("../../../tests/golden/meta_weight_net.json"));
    for case in &cases {
        let (params, inputs) = (&case["params"], &case["inputs"]);
        let is_noise = params["variant"] == json!("detached_mean");
        let method = MetaWeightNet {
            hidden: crate::reweighting::testing::get(&params["vnet_hidden"]),
            detach: is_noise,
            normalize: if is_noise { Normalize::Mean } else { Normalize::Sum },
            ..MetaWeightNet::default()
        };
        let mut scene = Scene::published(case, &inputs["steps"][0]);
        let model = &params["optimisers"]["model"];
        // The look-ahead's learning rate is the training's.
        assert_eq!(model["lr"], params["inner_lr"]);
        scene.optimizer = optimizer_of(model, scene.network.n_parameters());
        let mut weighing = scene.build(|reweighed| method.weighing(reweighed));
        let theta = crate::reweighting::testing::parameters(&inputs["vnet"]);
        weighing.net.parameters.copy_from_slice(&theta);
        weighing.optimizer = optimizer_of(&params["optimisers"]["vnet"], theta.len());
        let steps = inputs["steps"].as_array().unwrap();
        for (step, expected) in steps.iter().zip(case["expected"]["steps"].as_array().unwrap()) {
            let what = |field: &str| format!("{} {field}", case["name"]);
            scene.take(step);
            let n = scene.train.targets.len();
            scene.selection = Selection { weights: vec![1.0; n], divisor: n as f64 };
            weighing.meta =
                MetaBatches::new(Some(scene.meta.clone()), META_BATCH_SIZE, &scene.streams);
            let weights = scene.weigh(&mut weighing);
            near(&scene.evaluated.losses, &expected["train_loss"], &what("loss"));
            near(&weighing.net.gradient, &expected["vnet_meta_gradient"], &what("gradient"));
            near(&weighing.net.parameters, &expected["vnet_after"], &what("weight net"));
            // In the file the mean is over n weights that are not yet divided.
            let times = if is_noise { n as f64 } else { 1.0 };
            let final_weights: Vec<f64> = weights.iter().map(|w| w * times).collect();
            near(&final_weights, &expected["weights_final"], &what("weights"));
            let gradient = scene.gradient(&weights);
            scene.optimizer.step(scene.network.parameters_mut(), &gradient, 1.0);
            near(scene.network.parameters(), &expected["theta_after"], &what("theta"));
        }
    }
}

#[test]
fn a_weight_network_that_is_constant_is_the_mean() {
    for normalize in [Normalize::Mean, Normalize::Sum] {
        let method = MetaWeightNet { normalize, ..MetaWeightNet::default() };
        let mut scene = Scene::new(Link::Softmax, &[4], 2);
        let mut weighing = scene.build(|reweighed| method.weighing(reweighed));
        weighing.net.parameters.fill(0.0);
        // A rate so small that nothing is learnt.
        let rest = json!({"sgd": {"learning_rate": 1e-300, "momentum": 0, "weight_decay": 0}});
        weighing.optimizer = optimizer(rest, weighing.net.parameters.len());
        let share = if normalize == Normalize::Mean { 0.5 / 6.0 } else { 1.0 / 6.0 };
        assert_close(&scene.weigh(&mut weighing), &[share; 6], 1e-16);
    }
}

#[test]
fn without_meta_examples_every_mined_example_counts_alike_and_nothing_is_learnt() {
    let mut scene = Scene::new(Link::Softmax, &[4], 2);
    let mut weighing = scene.build(|reweighed| {
        MetaWeightNet::default().weighing(Reweighed { meta: None, ..reweighed })
    });
    let before = weighing.net.parameters.clone();
    assert_eq!(scene.weigh(&mut weighing), [1.0 / 6.0; 6]);
    assert_eq!(weighing.net.parameters, before);
}

#[test]
fn the_weight_network_has_a_stream_of_its_own() {
    let scene = Scene::new(Link::Softmax, &[4], 2);
    let net = fresh(&MetaWeightNet::default(), &scene);
    let mut stream = scene.streams.stream("weight net");
    assert_eq!(net.parameters[0], 2.0 * stream.uniform() - 1.0);
}

proptest! {
    #[test]
    fn weights_are_positive_where_mined_and_bounded(
        seed in 0..200_u8, mined in prop::collection::vec(prop::sample::select(vec![0.0, 0.5, 1.0]), 6)
    ) {
        for (link, method) in LINKS.into_iter().zip(variants()) {
            let mut scene = Scene::new(link, &[4], seed);
            let divisor: f64 = mined.iter().sum();
            scene.selection = Selection { weights: mined.clone(), divisor };
            let mut weighing = scene.build(|reweighed| method.weighing(reweighed));
            for _ in 0..3 {
                let weights = scene.weigh(&mut weighing);
                let is_right = |(w, v): (&f64, &f64)| (0.0 < *w) == (0.0 < *v) && 0.0 <= *w && *w <= 1.0;
                prop_assert!(weights.iter().zip(&mined).all(is_right), "{:?}", weights);
                let sum: f64 = weights.iter().sum();
                prop_assert!(sum <= 1.0 + 1e-12, "{}", sum);
            }
        }
    }
}
