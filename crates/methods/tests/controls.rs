//! Controls take the step of a method without what the method knows.

use methods::control::{Control, ControlSpec, Controlled};
use methods::direction::{Direction, Lie};
use methods::examples::Examples;
use methods::losses::{Epoch, LossSpec, Readout};
use methods::mining::{Mined, MiningSpec};
use methods::mixing::MixingSpec;
use methods::pairs::PairLoss;
use methods::reweighting::{Reweighed, ReweightingSpec};
use methods::sampling::Pool;
use methods::setting::{ClassCounts, Setting, counts_of};
use methods::step::{Descent, Methods, Stepped};
use nn::{
    Activation, Architecture, Head, Initialization, LayerSpec, Matrix, Network, Optimizer,
    OptimizerSpec, Real, Shape, Streams,
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use strum::IntoEnumIterator;

fn get<T: DeserializeOwned>(value: Value) -> T {
    methods::named::deserialize(value).unwrap()
}

fn streams() -> Streams {
    Streams::new([8; 32])
}

/// 60 rows of three classes.
fn targets() -> Vec<u32> {
    (0..60).map(|i| u32::from(i % 6 == 0) + u32::from(i % 12 == 0)).collect()
}

fn control(spec: &ControlSpec, targets: &[u32]) -> Box<dyn Control<f64>> {
    let (counts, streams) = (ClassCounts::new(counts_of(targets, 3)), streams());
    let setting = Setting { counts: &counts, streams: &streams };
    let readout = LossSpec::default().readout(&counts).unwrap();
    spec.build(&Controlled { targets, readout: &readout, setting: &setting })
}

#[test]
fn rows_are_dealt_out_once_so_that_what_grows_still_grows() {
    let targets = targets();
    for name in ["permuted", "permuted_within_class"] {
        let mut control = control(&get(json!(name)), &targets);
        let mut shown = |n: u32| {
            let mut pool = Pool::full(60);
            pool.change(|weights| weights[n as usize..].fill(0.0));
            control.pool(&mut pool);
            (0..60).filter(|&row| pool.shows(row)).collect::<Vec<u32>>()
        };
        let (few, more) = (shown(20), shown(40));
        assert_eq!((few.len(), more.len()), (20, 40), "{name}");
        assert!(few.iter().all(|row| more.contains(row)), "{name}");
        assert!(few.iter().any(|&row| 20 <= row), "{name}");
    }
}

/// A small network, what it learns from, and steps that are the gradient times a rate.
struct Small<T> {
    network: Network<T>,
    train: Examples<T>,
    optimizer: Box<dyn Optimizer<T>>,
}

fn small<T: Real>(n_outputs: usize, head: Head) -> Small<T> {
    let streams = streams();
    let architecture = Architecture {
        input: Shape::flat(4),
        body: LayerSpec::mlp(&[6], Activation::Tanh, 0.2),
        n_outputs,
        initialization: Initialization::XavierNormal,
        head,
        output_biases: Vec::new(),
    };
    let network = Network::new(architecture, &mut streams.stream("init"));
    let mut stream = streams.stream("features");
    let values = (0..240).map(|_| T::of(stream.normal())).collect();
    let train = Examples { features: Matrix::from_values(4, values), targets: targets() };
    // Without momentum and decay.
    let sgd = json!({ "sgd": { "learning_rate": 0.5, "momentum": 0, "weight_decay": 0 } });
    let optimizer = get::<OptimizerSpec>(sgd).build(network.n_parameters());
    Small { network, train, optimizer }
}

fn methods<T: Real>(
    [mixing, mining, reweighting]: [Value; 3],
    loss: &LossSpec,
    control: &ControlSpec,
    train: &Examples<T>,
    setting: &Setting<'_>,
) -> Methods<T> {
    let (targets, readout) = (&train.targets, &loss.readout(setting.counts).unwrap());
    let mined = Mined { targets, setting, scores: None, readout, background: None };
    let meta = Some(train.clone());
    let reweighted = Reweighed { meta, loss, readout, setting };
    Methods {
        mixing: get::<MixingSpec>(mixing).build(setting, None).unwrap(),
        loss: loss.build::<T>(setting).unwrap(),
        mining: get::<MiningSpec>(mining).build(&mined),
        reweighting: get::<ReweightingSpec>(reweighting).build(reweighted),
        control: control.build(&Controlled { targets, readout, setting }),
    }
}

/// The parameters of a small network before and after three steps.
struct Course<T> {
    parameters: Vec<Vec<T>>,
    stepped: Vec<Stepped>,
    lie: Option<Lie>,
}

fn course<T: Real>(
    loss: Value,
    mining: Value,
    reweighting: Value,
    control: &ControlSpec,
) -> Course<T> {
    mixed_course(json!("none"), loss, mining, reweighting, (control, false))
}

/// With `looks`, the gradients are compared with the plain ones.
fn mixed_course<T: Real>(
    mixing: Value,
    loss: Value,
    mining: Value,
    reweighting: Value,
    (control, looks): (&ControlSpec, bool),
) -> Course<T> {
    let (streams, targets) = (streams(), targets());
    let loss: LossSpec = get(loss);
    let counts = ClassCounts::new(counts_of(&targets, 3));
    let setting = Setting { counts: &counts, streams: &streams };
    let Small { mut network, train, mut optimizer } = small(loss.n_outputs(3), loss.traits().head);
    let readout: Readout = loss.readout(&counts).unwrap();
    let methods = methods([mixing, mining, reweighting], &loss, control, &train, &setting);
    let mut descent = Descent::new(methods);
    if looks {
        descent = descent.beside_plain(Direction::new(&readout));
    }
    let mut dropout = streams.stream("dropout");
    let mut parameters = vec![network.parameters().to_vec()];
    let mut stepped = Vec::new();
    descent.methods.loss.begin_epoch(&Epoch::at(0.0));
    // Some reweightings act late.
    descent.methods.reweighting.begin_epoch(&Epoch::at(0.9));
    for step in 0..3_u32 {
        let rows: Vec<u32> = (20 * step..20 * step + 20).collect();
        let rows = (&rows[..], &Pool::full(60));
        let optimizer = optimizer.as_mut();
        stepped.push(descent.step(&mut network, optimizer, &train, rows, 1.0, &mut dropout));
        parameters.push(network.parameters().to_vec());
    }
    Course { parameters, stepped, lie: descent.lie() }
}

#[test]
fn plain_training_under_any_control_is_plain_training_to_the_bit_mixed_or_not() {
    fn check<T: Real + std::fmt::Debug>() {
        let mixings = ["none", "mixup", "remix"];
        for (loss, mixing) in ["cross_entropy", "binary_cross_entropy"]
            .into_iter()
            .flat_map(|loss| mixings.map(|mixing| (loss, mixing)))
        {
            let course = |control: &ControlSpec| {
                let none = || json!("none");
                mixed_course::<T>(json!(mixing), json!(loss), none(), none(), (control, false))
            };
            let plain = course(&ControlSpec::default());
            for control in ControlSpec::iter() {
                let own = course(&control);
                assert_eq!(own.parameters, plain.parameters, "{loss} {mixing} {control:?}");
                assert_eq!(own.stepped, plain.stepped, "{loss} {mixing} {control:?}");
            }
        }
    }
    check::<f32>();
    check::<f64>();
}

#[test]
fn the_norm_matched_step_is_as_long_as_the_methods_and_has_the_plain_direction() {
    for (loss, mining, reweighting) in [
        ("focal", "none", "none"),
        ("cross_entropy", "ohem", "none"),
        ("ghm_c", "none", "none"),
        ("ldam", "ohem", "l2rw"),
        ("cross_entropy", "none", "l2rw"),
        ("cross_entropy", "none", "meta_weight_net"),
        ("focal", "ohem", "class_aware_meta_weight_net"),
        ("cross_entropy", "none", "meta_class_weights"),
        ("cross_entropy", "none", "fast_sample_reweighting"),
    ] {
        let first = |loss, mining, reweighting, control: &str| {
            let spec = get(json!(control));
            let course = course::<f64>(json!(loss), json!(mining), json!(reweighting), &spec);
            let steps = course.parameters[1].iter().zip(&course.parameters[0]);
            steps.map(|(after, before)| after - before).collect::<Vec<f64>>()
        };
        let norm = |step: &[f64]| step.iter().map(|d| d * d).sum::<f64>().sqrt();
        let method = first(loss, mining, reweighting, "none");
        let control = first(loss, mining, reweighting, "norm_matched");
        assert!((norm(&control) / norm(&method) - 1.0).abs() < 1e-12, "{loss} {mining}");
        // ldam has a cosine head, and ghm_c sigmoids: their plain losses are of another network.
        if loss == "ldam" || loss == "ghm_c" {
            continue;
        }
        let plain = first("cross_entropy", "none", "none", "none");
        let along = control.iter().zip(&plain).map(|(a, b)| a * b).sum::<f64>();
        assert!((along / (norm(&control) * norm(&plain)) - 1.0).abs() < 1e-12, "{loss} {mining}");
    }
}

#[test]
fn every_control_takes_another_step_than_every_reweighting() {
    for spec in ReweightingSpec::iter().filter(|spec| spec.name() != "none") {
        let under = |control: &ControlSpec| {
            let none = json!("none");
            course::<f64>(json!("cross_entropy"), none, json!(spec.name()), control)
        };
        let method = under(&ControlSpec::default());
        for control in ControlSpec::iter().filter(|control| !control.is_none()) {
            let Course { parameters, stepped, .. } = under(&control);
            assert_ne!(parameters, method.parameters, "{spec:?} {control:?}");
            let is_taken = |stepped: &Stepped| matches!(stepped, Stepped::Taken(_));
            assert!(stepped.iter().all(is_taken), "{spec:?} {control:?}");
            assert!(parameters.iter().flatten().all(|p| p.is_finite()), "{spec:?} {control:?}");
        }
    }
}

#[test]
fn how_a_method_lies_to_plain_training_is_measured_and_moves_no_bit() {
    let of = |loss, mining, looks| {
        let none = || json!("none");
        let control = get(none());
        mixed_course::<f64>(none(), json!(loss), json!(mining), none(), (&control, looks))
    };
    let step = |course: &Course<f64>| -> Vec<f64> {
        let steps = course.parameters[1].iter().zip(&course.parameters[0]);
        steps.map(|(after, before)| after - before).collect()
    };
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let plain = step(&of("cross_entropy", "none", false));
    for (loss, mining) in [("cross_entropy", "none"), ("cross_entropy", "ohem"), ("focal", "none")]
    {
        let (course, unseen) = (of(loss, mining, true), of(loss, mining, false));
        assert!(course.parameters == unseen.parameters && unseen.lie.is_none(), "{loss} {mining}");
        let method = step(&course);
        let lengths = [&method, &plain].map(|step| dot(step, step).sqrt());
        // Of three steps the first is looked at.
        let lie = course.lie.unwrap();
        assert!((lie.length_ratio - lengths[0] / lengths[1]).abs() < 1e-12, "{loss} {mining}");
        let cosine = dot(&method, &plain) / (lengths[0] * lengths[1]);
        assert!((lie.cosine - cosine).abs() < 1e-12, "{loss} {mining}");
        assert_eq!(lie.length_ratio == 1.0, loss == "cross_entropy" && mining == "none");
    }
}

#[test]
fn a_cosine_head_is_matched_through_its_scale() {
    let spec = get(json!("norm_matched"));
    let course = course::<f64>(json!("ldam"), json!("none"), json!("none"), &spec);
    assert!(course.stepped.iter().all(|stepped| matches!(stepped, Stepped::Taken(_))));
    assert_eq!(
        LossSpec::iter().find(|loss| loss.name() == "ldam").unwrap().traits().head,
        Head::Cosine
    );
}

/// The second step of a small network by a loss of pairs; the first is taken without the control.
fn step_of_pairs(pairs: &PairLoss, control: &str) -> Vec<f64> {
    let streams = streams();
    let counts = ClassCounts::new(counts_of(&targets(), 3));
    let setting = Setting { counts: &counts, streams: &streams };
    let Small { mut network, train, mut optimizer } = small::<f64>(3, Head::Affine);
    let (loss, none) = (LossSpec::default(), ControlSpec::default());
    let methods = methods([(); 3].map(|()| json!("none")), &loss, &none, &train, &setting);
    let mut descent = Descent::new(Methods { loss: Box::new(pairs.build(&setting)), ..methods });
    let mut dropout = streams.stream("dropout");
    let mut step = |descent: &mut Descent<f64>, first: u32| {
        let rows: Vec<u32> = (first..first + 20).collect();
        let before = network.parameters().to_vec();
        let rows = (&rows[..], &Pool::full(60));
        descent.step(&mut network, optimizer.as_mut(), &train, rows, 1.0, &mut dropout);
        network.parameters().iter().zip(before).map(|(after, before)| after - before).collect()
    };
    let _: Vec<f64> = step(&mut descent, 0);
    let plain = Box::new(pairs.plainly().build(&setting));
    if let Some(control) = get::<ControlSpec>(json!(control)).of_batches(plain) {
        descent.methods.control = control;
    }
    step(&mut descent, 20)
}

#[test]
fn beside_a_loss_of_pairs_the_plain_direction_is_that_of_all_pairs() {
    let pairs = |mining: &str, memory: Value| -> PairLoss {
        let json = json!({ "term": { "triplet": {} }, "mining": { mining: {} }, "memory": memory });
        serde_json::from_value(json).unwrap()
    };
    let norm = |step: &[f64]| step.iter().map(|d| d * d).sum::<f64>().sqrt();
    // The memory acts from the second step on: without mining the first is that of all pairs.
    for (mining, memory) in [
        ("batch_hard", Value::Null),
        ("none", json!({ "size": 40, "start": 1 })),
        ("semi_hard", json!({ "size": 40, "start": 1 })),
    ] {
        let of = pairs(mining, memory);
        let (method, control) = (step_of_pairs(&of, "none"), step_of_pairs(&of, "norm_matched"));
        assert!((norm(&control) / norm(&method) - 1.0).abs() < 1e-12, "{mining}");
        assert_ne!(method, control);
        if mining == "none" {
            let plain = step_of_pairs(&pairs("none", Value::Null), "none");
            let along = control.iter().zip(&plain).map(|(a, b)| a * b).sum::<f64>();
            assert!((along / (norm(&control) * norm(&plain)) - 1.0).abs() < 1e-12, "{mining}");
        }
    }
    let plain = pairs("none", Value::Null);
    assert_eq!(step_of_pairs(&plain, "norm_matched"), step_of_pairs(&plain, "none"));
    let by_weights = ControlSpec::iter().filter(|control| control.name() != "norm_matched");
    let (counts, streams) = (ClassCounts::new(vec![1; 3]), streams());
    let setting = Setting { counts: &counts, streams: &streams };
    for control in by_weights {
        let plain = Box::new(plain.build::<f64>(&setting));
        assert!(control.of_batches(plain).is_none(), "{control:?}");
    }
}
