use super::*;
use crate::losses::Link;
use crate::reweighting::testing::{
    LINKS, Scene, are_close, assert_close, dot, get, optimizer, parameters, published, slopes,
};
use nn::{Activation, Architecture, LayerSpec, Optimizer};
use proptest::prelude::*;
use serde_json::{Value, json};

/// `∂L_meta(θ̂(c))/∂c` by one tangent pass.
fn by_tangent(scene: &mut Scene, by: VirtualStep, coefficients: &[f64]) -> Vec<f64> {
    let (meta, mut slopes) = (scene.meta.clone(), Vec::new());
    let mut look = LookAhead::new(&scene.readout, by);
    look.slopes(&mut scene.step(), coefficients, &meta, &mut slopes);
    slopes
}

/// The same by central differences over whole steps of the optimiser.
fn by_differences(scene: &mut Scene, by: VirtualStep, coefficients: &[f64]) -> Vec<f64> {
    slopes(coefficients, |c| {
        let gradient = scene.gradient(c);
        match by {
            VirtualStep::Plain => scene.meta_loss_after(&gradient),
            VirtualStep::Optimizer => {
                let mut ahead = gradient.clone();
                let parameters = scene.network.parameters();
                scene.optimizer.look_ahead(parameters, &gradient, scene.rate, &mut ahead);
                scene.meta_loss(&ahead)
            }
        }
    })
}

/// Optimisers of the rows of the table; after each the share by which a look-ahead that forgets its preconditioner is wrong
/// at least.
fn rows() -> [(Value, f64); 6] {
    [
        (json!({"sgd": {"learning_rate": 0.3, "momentum": 0, "weight_decay": 0}}), 0.0),
        (json!({"sgd": {"learning_rate": 0.3, "momentum": 0, "weight_decay": 0.05}}), 0.0),
        (json!({"sgd": {"learning_rate": 0.3, "momentum": 0.9, "weight_decay": 0}}), 0.0),
        (json!({"sgd": {"learning_rate": 0.3, "nesterov": true, "weight_decay": 0.05}}), 0.4),
        (json!({"adamw": {"learning_rate": 0.03, "weight_decay": 0.1}}), 0.4),
        (json!({"adam": {"learning_rate": 0.03, "weight_decay": 0.1}}), 0.4),
    ]
}

const COEFFICIENTS: [f64; 6] = [0.2, 0.05, 0.3, 0.0, 0.15, -0.1];

/// A scene whose optimiser has taken three steps.
fn under_way(link: Link, hidden: &[usize], spec: &Value) -> Scene {
    let mut scene = Scene::new(link, hidden, 2);
    scene.optimizer = optimizer(spec.clone(), scene.network.n_parameters());
    for i in 0..3 {
        let gradient = scene.gradient(&[[0.5, 0.1, 0.1, 0.1, 0.2, 0.4][i]; 6]);
        scene.optimizer.step(scene.network.parameters_mut(), &gradient, 0.9);
        scene.evaluate();
    }
    scene.rate = 0.8;
    scene
}

#[test]
fn the_slopes_of_the_meta_loss_are_those_of_whole_steps_whatever_the_optimiser() {
    for (spec, _) in rows() {
        for link in LINKS {
            for hidden in [&[][..], &[4], &[4, 3]] {
                for by in [VirtualStep::Plain, VirtualStep::Optimizer] {
                    let mut scene = under_way(link, hidden, &spec);
                    let ours = by_tangent(&mut scene, by, &COEFFICIENTS);
                    let expected = by_differences(&mut scene, by, &COEFFICIENTS);
                    // Central differences err by the square of the step and by rounding / step.
                    let largest = expected.iter().fold(0.0_f64, |largest, x| largest.max(x.abs()));
                    assert!(1e-4 < largest, "{spec}: nothing to tell apart");
                    assert_close(&ours, &expected, 1e-9);
                }
            }
        }
    }
}

#[test]
fn tangent_passes_backward_passes_of_single_examples_and_differences_agree() {
    for link in LINKS {
        for (mut scene, examples_meet) in Scene::all(link, 3) {
            let ours = by_tangent(&mut scene, VirtualStep::Plain, &COEFFICIENTS);
            let expected = by_differences(&mut scene, VirtualStep::Plain, &COEFFICIENTS);
            assert_close(&ours, &expected, 1e-9);
            let eta = scene.optimizer.learning_rate();
            let gradient = scene.gradient(&COEFFICIENTS);
            let at = scene.network.clone();
            let moved = scene.network.parameters_mut().iter_mut().zip(&gradient);
            moved.for_each(|(p, g)| *p -= eta * g);
            let v = scene.meta_gradient();
            scene.network = at;
            let by_example: Vec<f64> =
                (0..6).map(|i| -eta * dot(&scene.gradient_of(i), &v)).collect();
            assert_close(&ours, &by_example, 1e-12);
            // One example at a time, those that meet are another function.
            let alone: Vec<f64> =
                (0..6).map(|i| -eta * dot(&scene.gradient_alone(i), &v)).collect();
            assert_eq!(are_close(&ours, &alone, 1e-12), !examples_meet);
            assert!(!examples_meet || !are_close(&ours, &alone, 1e-4));
        }
    }
}

#[test]
fn a_look_ahead_that_forgets_the_preconditioner_is_noticed() {
    for (spec, wrong) in rows() {
        let mut scene = under_way(Link::Softmax, &[4], &spec);
        let exact = by_tangent(&mut scene, VirtualStep::Optimizer, &COEFFICIENTS);
        let eta = scene.optimizer.learning_rate() * scene.rate;
        let gradient = scene.gradient(&COEFFICIENTS);
        let mut ahead = gradient.clone();
        scene.optimizer.look_ahead(scene.network.parameters(), &gradient, scene.rate, &mut ahead);
        let at = scene.network.clone();
        scene.network.parameters_mut().copy_from_slice(&ahead);
        let v = scene.meta_gradient();
        scene.network = at;
        let naive: Vec<f64> = (0..6).map(|i| -eta * dot(&scene.gradient_alone(i), &v)).collect();
        let largest = exact.iter().fold(0.0_f64, |largest, x| largest.max(x.abs()));
        let off = naive.iter().zip(&exact).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
        assert_eq!(wrong != 0.0, wrong * largest < off && 1e-9 < off, "{spec}: {off} of {largest}");
    }
}

#[test]
fn nothing_moves_in_a_look_ahead() {
    for (spec, _) in rows() {
        for by in [VirtualStep::Plain, VirtualStep::Optimizer] {
            let (mut looked, mut plain) =
                (under_way(Link::Softmax, &[4], &spec), under_way(Link::Softmax, &[4], &spec));
            let before = looked.network.clone();
            by_tangent(&mut looked, by, &COEFFICIENTS);
            assert!(looked.network == before, "{spec}");
            assert_eq!(looked.pass.logits(), plain.pass.logits(), "{spec}");
            // The optimiser's state shows in its next step.
            for scene in [&mut looked, &mut plain] {
                let gradient = scene.gradient(&COEFFICIENTS);
                scene.optimizer.step(scene.network.parameters_mut(), &gradient, 1.0);
            }
            assert!(looked.network == plain.network, "{spec}");
        }
    }
}

#[test]
fn the_tangent_pass_has_the_masks_of_the_batch() {
    let mut scene = Scene::new(Link::Softmax, &[8], 2);
    let architecture = Architecture {
        body: LayerSpec::mlp(&[8], Activation::Tanh, 0.5),
        ..scene.network.architecture().clone()
    };
    scene.network = Network::new(architecture, &mut scene.streams.stream("init"));
    let mut dropout = scene.streams.stream("dropout");
    scene.network.forward_training(&scene.train.features, &mut dropout, &mut scene.pass);
    let (pass, targets) = (&scene.pass, &scene.train.targets);
    Plain::new(&scene.readout).score(pass.logits(), targets, &mut scene.evaluated);
    let untouched = dropout.clone().bits();
    // Every evaluation of the differences goes backward through the same masks.
    let ours = by_tangent(&mut scene, VirtualStep::Plain, &COEFFICIENTS);
    assert_close(&ours, &by_differences(&mut scene, VirtualStep::Plain, &COEFFICIENTS), 1e-9);
    assert_eq!(dropout.bits(), untouched);
    // Other masks would be noticed.
    let features = scene.train.features.clone();
    scene.network.forward(&features, &mut scene.pass);
    let others = by_tangent(&mut scene, VirtualStep::Plain, &COEFFICIENTS);
    assert!(!are_close(&ours, &others, 1e-4));
}

#[test]
fn a_slope_at_the_hidden_activations_is_part_of_the_step_and_of_the_products() {
    let mut scene = Scene::new(Link::Softmax, &[4], 2);
    let mut stream = scene.streams.stream("slopes");
    let slopes = Matrix::from_values(4, (0..24).map(|_| stream.normal()).collect());
    scene.evaluated.hidden_gradient = slopes;
    let ours = by_tangent(&mut scene, VirtualStep::Plain, &COEFFICIENTS);
    assert_close(&ours, &by_differences(&mut scene, VirtualStep::Plain, &COEFFICIENTS), 1e-9);
    scene.evaluated.hidden_gradient = Matrix::default();
    let without = by_tangent(&mut scene, VirtualStep::Plain, &COEFFICIENTS);
    assert!(!are_close(&ours, &without, 1e-4));
}

#[test]
fn nothing_is_allocated_after_the_first_look() {
    let mut scene = Scene::new(Link::Softmax, &[8], 2);
    let size = NonZeroUsize::new(3).unwrap();
    let mut batches = MetaBatches::new(Some(scene.meta.clone()), size, &scene.streams);
    let mut look = LookAhead::new(&scene.readout, VirtualStep::Optimizer);
    let (mut slopes, mut addresses) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        let meta = batches.draw();
        look.slopes(&mut scene.step(), &COEFFICIENTS, meta, &mut slopes);
        let ahead = look.ahead.as_ref().unwrap();
        addresses.push([
            slopes.as_ptr(),
            look.gradient.as_ptr(),
            look.weighed.gradient.values().as_ptr(),
            ahead.parameters().as_ptr(),
            meta.features.values().as_ptr(),
            look.meta.values.as_ptr(),
            look.meta.weights.as_ptr(),
            look.meta.pass.logits().values().as_ptr(),
            look.meta.evaluated.gradient.values().as_ptr(),
        ]);
    }
    assert_eq!(addresses[1], addresses[2]);
}

/// An optimiser that is not one of ours: descent with momentum and dampening, or along a gradient that is cut to a length.
struct Foreign {
    rate: f64,
    decay: f64,
    momentum: f64,
    share: f64,
    direction: Vec<f64>,
    longest: f64,
}

impl Foreign {
    /// What the gradient is multiplied by.
    fn cut(&self, gradient: &[f64]) -> f64 {
        (self.longest / dot(gradient, gradient).sqrt()).min(1.0)
    }
}

impl Optimizer<f64> for Foreign {
    fn learning_rate(&self) -> f64 {
        self.rate
    }

    fn step(&mut self, _: &mut [f64], _: &[f64], _: f64) {
        panic!("a look-ahead takes no step");
    }

    fn look_ahead(&self, parameters: &[f64], gradient: &[f64], _: f64, ahead: &mut [f64]) {
        let cut = self.cut(gradient);
        for (i, to) in ahead.iter_mut().enumerate() {
            let g = self.share * (cut * gradient[i] + self.decay * parameters[i]);
            *to = parameters[i] - self.rate * (self.momentum * self.direction[i] + g);
        }
    }

    fn precondition(&self, _: &[f64], gradient: &[f64], _: f64, v: &mut [f64]) {
        let cut = self.cut(gradient);
        let along = if cut < 1.0 { dot(gradient, v) / dot(gradient, gradient) } else { 0.0 };
        for (v, g) in v.iter_mut().zip(gradient) {
            *v = self.rate * self.share * cut * (*v - along * g);
        }
    }
}

/// The optimiser of a row of the published file, in the state that it is in there.
fn of_row(row: &str, case: &Value) -> Box<dyn Optimizer<f64>> {
    let params = &case["params"];
    let of = |name: &str| params[name].as_f64().unwrap();
    let first = parameters(&case["inputs"]["momentum_buffer_or_adam_m"]);
    let foreign = Foreign {
        rate: of("step"),
        decay: 0.0,
        momentum: 0.0,
        share: 1.0,
        direction: vec![0.0; first.len()],
        longest: f64::INFINITY,
    };
    match row {
        "momentum_dampening" => {
            let (momentum, share) = (of("momentum"), 1.0 - of("dampening"));
            return Box::new(Foreign { momentum, share, direction: first, ..foreign });
        }
        "norm_clip" => return Box::new(Foreign { longest: of("clip_norm"), ..foreign }),
        "adam" => return adam(&params["adam"], &first, &parameters(&case["inputs"]["adam_v"])),
        _ => {}
    }
    let momentum = if matches!(row, "momentum" | "nesterov") { of("momentum") } else { 0.0 };
    let decay = if row == "weight_decay" { of("weight_decay") } else { 0.0 };
    let sgd = json!({"sgd": {"learning_rate": of("step"), "momentum": momentum,
        "nesterov": row == "nesterov", "weight_decay": decay}});
    let mut sgd = optimizer(sgd, first.len());
    // A first step along the buffer, from parameters at 0, makes it the buffer.
    sgd.step(&mut vec![0.0; first.len()], &first, 1.0);
    sgd
}

/// Adam with the moments `m` and `s` after three steps: along `x`, `y` and 0, of which those are the moments.
fn adam(params: &Value, m: &[f64], s: &[f64]) -> Box<dyn Optimizer<f64>> {
    let of = |name: &str| params[name].as_f64().unwrap();
    assert_eq!(of("t"), 4.0);
    let (beta1, beta2) = (of("beta1"), of("beta2"));
    let adam = json!({"adam": {"learning_rate": of("step"), "beta1": beta1, "beta2": beta2, "epsilon": of("eps")}});
    let mut adam = optimizer(adam, m.len());
    let [a, b] = [beta1 * beta1, beta1].map(|share| (1.0 - beta1) * share);
    let [c, d] = [beta2 * beta2, beta2].map(|share| (1.0 - beta2) * share);
    let pairs = m.iter().zip(s).map(|(m, s)| {
        // a x + b y = m and c x² + d y² = s.
        let (p, q, r) = (c * b * b + d * a * a, -2.0 * d * a * m, d * m * m - s * b * b);
        let x = (-q + (q * q - 4.0 * p * r).sqrt()) / (2.0 * p);
        (x, (m - a * x) / b)
    });
    let (x, y): (Vec<f64>, Vec<f64>) = pairs.unzip();
    let mut scratch = vec![0.0; m.len()];
    for gradient in [x, y, vec![0.0; m.len()]] {
        adam.step(&mut scratch, &gradient, 1.0);
    }
    adam
}

#[test]
fn look_aheads_are_what_differentiating_twice_gives() {
    let (cases, near) = published(include_str!("../../../tests/golden/lookahead_derivative.json"));
    let rows =
        ["sgd", "weight_decay", "momentum", "momentum_dampening", "nesterov", "adam", "norm_clip"];
    for case in &cases {
        let weights: Vec<f64> = get(&case["inputs"]["weights"]);
        for row in rows {
            let mut scene = Scene::published(case, &case["inputs"]);
            scene.optimizer = of_row(row, case);
            let ours = by_tangent(&mut scene, VirtualStep::Optimizer, &weights);
            let what = format!("{} {row}", case["name"]);
            near(&ours, &case["expected"][row]["dval_dw"], &what);
            if row == "sgd" {
                near(
                    &by_tangent(&mut scene, VirtualStep::Plain, &weights),
                    &case["expected"][row]["dval_dw"],
                    &what,
                );
            }
        }
    }
}

#[test]
fn the_meta_set_is_walked_in_permutations_of_full_batches() {
    let set = Examples { targets: (0..7).collect(), features: Matrix::<f64>::zeros(7, 3) };
    let (size, streams) = (NonZeroUsize::new(3).unwrap(), Streams::new([1; 32]));
    let mut batches = MetaBatches::new(Some(set), size, &streams);
    let mut walks = Vec::new();
    for _ in 0..4 {
        let mut walk: Vec<u32> = Vec::new();
        for _ in 0..2 {
            batches.draw();
            assert_eq!((batches.batch.targets.len(), batches.batch.features.n_rows()), (3, 3));
            walk.extend(&batches.batch.targets);
        }
        let mut distinct = walk.clone();
        distinct.sort_unstable();
        distinct.dedup();
        assert_eq!(distinct.len(), 6, "an example came twice in {walk:?}");
        walks.push(walk);
    }
    assert!(walks[0] != walks[1] && walks[1] != walks[2]);
}

#[test]
fn a_small_meta_set_is_used_whole_and_in_order() {
    let set = Examples { targets: (0..5).collect(), features: Matrix::<f64>::zeros(5, 3) };
    let mut batches = MetaBatches::new(Some(set), META_BATCH_SIZE, &Streams::new([1; 32]));
    for _ in 0..3 {
        batches.draw();
        assert_eq!(batches.batch.targets, [0, 1, 2, 3, 4]);
    }
}

proptest! {
    #[test]
    fn slopes_are_exact_at_any_coefficients(
        seed in 0..200_u8, coefficients in prop::collection::vec(-1.0..1.0, 6)
    ) {
        let mut scene = Scene::new(Link::Softmax, &[4], seed);
        let ours = by_tangent(&mut scene, VirtualStep::Plain, &coefficients);
        let expected = by_differences(&mut scene, VirtualStep::Plain, &coefficients);
        prop_assert!(are_close(&ours, &expected, 1e-9), "{:?} is not {:?}", ours, expected);
    }
}
