//! What holds for every method. A method that is not in `laws.toml` fails a test that says so.

use std::collections::BTreeMap;
use std::fmt::Debug;

use methods::decoupling::DecouplingSpec;
use methods::examples::Examples;
use methods::losses::{
    Batch, Epoch, GhmState, GradientSums, Link, Loss, LossSpec, PerExample, Readout, Reduction,
    SaddlePoint,
};
use methods::mining::{Mined, Mining, MiningSpec, Selection, Survey};
use methods::mixing::MixingSpec;
use methods::reweighting::{Reweighed, ReweightingSpec, Step};
use methods::sampling::{Batches, Pool, SamplingSpec};
use methods::setting::{ClassCounts, Setting, counts_of};
use nn::{
    Activation, Architecture, Dual, Initialization, LayerSpec, Matrix, Network, OptimizerSpec,
    Pass, Real, Shape, Streams,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use strum::IntoEnumIterator;

const N_CLASSES: usize = 3;
const COUNTS: [u32; N_CLASSES] = [40, 10, 5];

/// Three classes, or two for a loss that is defined for no more.
fn n_classes(spec: &LossSpec) -> usize {
    if spec.traits().two_classes { 2 } else { N_CLASSES }
}

fn streams() -> Streams {
    Streams::new([9; 32])
}

/// The specifications of one family in `laws.toml`.
fn laws<M: DeserializeOwned>(family: &str) -> Vec<M> {
    let file: BTreeMap<String, Vec<toml::Value>> =
        toml::from_str(include_str!("laws.toml")).unwrap();
    let named = |entry: &toml::Value| match entry {
        toml::Value::String(name) => {
            toml::Table::from_iter([(name.clone(), toml::Table::new().into())]).into()
        }
        parameters => parameters.clone(),
    };
    file[family].iter().map(|entry| named(entry).try_into().unwrap()).collect()
}

fn losses() -> Vec<LossSpec> {
    methods::losses::corners()
}

fn built<T: Real>(spec: &LossSpec) -> Box<dyn Loss<T>> {
    let counts = ClassCounts::new(COUNTS[..n_classes(spec)].to_vec());
    spec.build(&Setting { counts: &counts, streams: &streams() }).unwrap()
}

fn evaluate(spec: &LossSpec, logits: &Matrix<f64>, targets: &[u32]) -> PerExample<f64> {
    let mut out = PerExample::default();
    built(spec).evaluate(&Batch::new(logits, targets), &mut out);
    out
}

/// Eight examples, `[8, width]`, of three classes.
fn batch(width: usize) -> (Matrix<f64>, Vec<u32>) {
    let mut stream = Streams::new([3; 32]).stream("batch");
    let values = (0..8 * width).map(|_| 2.0 * stream.normal()).collect();
    (Matrix::from_values(width, values), vec![0, 1, 2, 0, 2, 1, 1, 0])
}

/// The same for the classes of a loss.
fn batch_of(spec: &LossSpec) -> (Matrix<f64>, Vec<u32>) {
    let n_classes = n_classes(spec);
    let (logits, mut targets) = batch(spec.n_outputs(n_classes));
    targets.iter_mut().for_each(|y| *y %= n_classes as u32);
    (logits, targets)
}

/// Losses that may be negative: their value is a bound, a saddle or a ratio, not a cost.
fn may_be_negative(spec: &LossSpec) -> bool {
    matches!(
        spec,
        LossSpec::SuperLoss(_)
            | LossSpec::AucMargin(_)
            | LossSpec::AveragePrecision(_)
            | LossSpec::ProxyNca(_)
    )
}

/// The methods of a family that are not among `present`.
fn absent<M: DeserializeOwned + IntoEnumIterator>(
    present: &[M],
    name: fn(&M) -> &'static str,
) -> Vec<&'static str> {
    let present: Vec<&str> = present.iter().map(name).collect();
    M::iter().map(|spec| name(&spec)).filter(|name| !present.contains(name)).collect()
}

#[test]
fn every_method_is_under_the_laws() {
    let absent = [
        absent(&losses(), LossSpec::name),
        absent(&laws("mining"), MiningSpec::name),
        absent(&laws("mixing"), MixingSpec::name),
        absent(&laws("decoupling"), DecouplingSpec::name),
        absent(&laws("sampling"), SamplingSpec::name),
        absent(&laws("reweighting"), ReweightingSpec::name),
    ];
    assert!(
        absent.concat().is_empty(),
        "add to src/losses/corners.toml or tests/laws.toml: {absent:?}"
    );
}

fn survive<M: Serialize + DeserializeOwned + PartialEq + Debug>(specs: &[M]) {
    for spec in specs {
        let json = serde_json::to_string(&spec).unwrap();
        assert_eq!(serde_json::from_str::<M>(&json).unwrap(), *spec, "{json}");
        let toml = toml::to_string(&spec).unwrap();
        assert_eq!(toml::from_str::<M>(&toml).unwrap(), *spec, "{toml}");
        let nonsense = json.replacen(":{", ":{\"gama\":1,", 1).replace(",}", "}");
        assert!(serde_json::from_str::<M>(&nonsense).is_err(), "{nonsense} is accepted");
    }
}

#[test]
fn names_and_parameters_survive_a_round_trip_and_misspelt_ones_are_refused() {
    survive(&losses());
    survive(&laws::<MiningSpec>("mining"));
    survive(&laws::<MixingSpec>("mixing"));
    survive(&laws::<DecouplingSpec>("decoupling"));
    survive(&laws::<SamplingSpec>("sampling"));
    survive(&laws::<ReweightingSpec>("reweighting"));
}

#[test]
fn states_survive_a_round_trip() {
    fn survives<S: Serialize + DeserializeOwned + PartialEq + Debug>(state: &S) {
        let json = serde_json::to_string(state).unwrap();
        assert_eq!(serde_json::from_str::<S>(&json).unwrap(), *state, "{json}");
    }
    survives(&GhmState { sums: vec![0.1, 0.0, 1e-300], updates: vec![2, 0, 1] });
    survives(&GradientSums { positive: vec![0.1], negative: vec![1e9], ratio: vec![1.0 / 3.0] });
    survives(&SaddlePoint { a: 0.1, b: -0.2, alpha: 1e-9 });
}

#[test]
fn losses_and_masses_are_not_negative() {
    for spec in losses() {
        let (logits, targets) = batch_of(&spec);
        let out = evaluate(&spec, &logits, &targets);
        let not_negative = out.losses.iter().all(|&x| 0.0 <= x) || may_be_negative(&spec);
        assert!(not_negative && out.mass.iter().all(|&x| 0.0 <= x), "{spec:?}");
        assert_eq!(
            (out.losses.len(), out.mass.len(), out.gradient.n_rows()),
            (8, 8, 8),
            "{spec:?}"
        );
    }
}

/// `[n_examples]`, once the loss acts.
fn masses(spec: &LossSpec, logits: &Matrix<f64>, targets: &[u32]) -> Vec<f64> {
    let (mut loss, mut out) = (built(spec), PerExample::default());
    loss.begin_epoch(&Epoch::at(spec.traits().acts_from));
    loss.evaluate(&Batch::new(logits, targets), &mut out);
    out.mass
}

#[test]
fn masses_are_what_the_reduction_says() {
    let mut seen = Vec::new();
    for spec in losses() {
        let (logits, targets) = batch_of(&spec);
        let counts = ClassCounts::new(COUNTS[..n_classes(&spec)].to_vec());
        let reduction = spec.traits().reduction;
        seen.push(reduction);
        let of_class = |weights: &[f64]| targets.iter().map(|&y| weights[y as usize]).collect();
        let expected: Vec<f64> = match (reduction, &spec) {
            (Reduction::Mean | Reduction::Rows | Reduction::Objects, _) => vec![1.0; 8],
            (Reduction::ValidElements, _) => vec![logits.n_columns() as f64; 8],
            (Reduction::WeightedMean, LossSpec::WeightedCrossEntropy(loss)) => {
                of_class(&loss.scheme.weights(&counts).unwrap())
            }
            (Reduction::WeightedMean, LossSpec::DeferredReweighting(wrapper)) => {
                let inner = masses(&wrapper.loss, &logits, &targets);
                let weights: Vec<f64> = of_class(&wrapper.scheme.weights(&counts).unwrap());
                inner.iter().zip(&weights).map(|(mass, weight)| mass * weight).collect()
            }
            (Reduction::WeightedMean, other) => panic!("what weighs the classes in {other:?}?"),
        };
        assert_eq!(masses(&spec, &logits, &targets), expected, "{spec:?}");
    }
    for reduction in [
        Reduction::Mean,
        Reduction::Rows,
        Reduction::WeightedMean,
        Reduction::ValidElements,
        Reduction::Objects,
    ] {
        assert!(seen.contains(&reduction), "no corner has the reduction {reduction:?}");
    }
}

#[test]
fn classes_that_nobody_learns_have_no_proxies() {
    fn said<T: Real>(
        toml: &str,
        counts: Vec<u32>,
        c: &Matrix<T>,
        targets: &[u32],
    ) -> PerExample<T> {
        let (counts, streams) = (ClassCounts::new(counts), Streams::new([8; 32]));
        let loss = toml::from_str::<LossSpec>(toml).unwrap();
        let mut loss = loss.build(&Setting { counts: &counts, streams: &streams }).unwrap();
        let mut out = PerExample::default();
        loss.evaluate(&Batch::new(c, targets), &mut out);
        out
    }
    // Columns 0, 2, 4 of five are of classes with rows; the others are nearer to every example.
    let all = Matrix::from_rows(&[[0.7, 0.9, -0.2, 0.8, 0.1], [0.3, 0.9, 0.4, 1.0, -0.6]]);
    let learnt = all.rows().flat_map(|row| [row[0], row[2], row[4]]).collect();
    let learnt = Matrix::from_values(3, learnt);
    for toml in [
        "normalized_softmax = {}",
        "proxy_nca = {}",
        "proxy_nca.denominator = 'all'",
        "proxy_anchor = {}",
    ] {
        let own = said(toml, vec![4, 0, 3, 0, 5], &all, &[0, 4]);
        let expected = said(toml, vec![4, 3, 5], &learnt, &[0, 2]);
        // The same sums in another order.
        let near = |a: f64, b: f64| (a - b).abs() <= 1e-12 * (1.0 + b.abs());
        assert!(own.losses.iter().zip(&expected.losses).all(|(&a, &b)| near(a, b)), "{toml}");
        for (slopes, expected) in own.gradient.rows().zip(expected.gradient.rows()) {
            assert_eq!([slopes[1], slopes[3]], [0.0; 2], "{toml}");
            let own = [slopes[0], slopes[2], slopes[4]];
            assert!(own.iter().zip(expected).all(|(&a, &b)| near(a, b)), "{toml}");
        }
        let narrow = all.values().iter().map(|&c| c as f32).collect();
        let narrow =
            said(toml, vec![4, 0, 3, 0, 5], &Matrix::<f32>::from_values(5, narrow), &[0, 4]);
        for (a, b) in narrow.gradient.values().iter().zip(own.gradient.values()) {
            assert!((f64::from(*a) - b).abs() < 1e-4 * (1.0 + b.abs()), "{toml}: {a}, not {b}");
        }
    }
}

#[test]
fn a_loss_does_not_depend_on_the_order_of_the_batch() {
    // What is drawn for an example depends on its place.
    let draws = |spec: &LossSpec| matches!(spec, LossSpec::SoftmaxEqualization(_));
    let close = |a: f64, b: f64| (a - b).abs() <= 1e-13 * (1.0 + b.abs());
    for spec in losses().into_iter().filter(|spec| !draws(spec)) {
        let (logits, targets) = batch_of(&spec);
        let order = [5, 2, 7, 0, 1, 6, 3, 4];
        let mut turned = Matrix::default();
        turned.gather(&logits, &order);
        let turned_targets: Vec<u32> = order.iter().map(|&i| targets[i as usize]).collect();
        let (out, other) =
            (evaluate(&spec, &logits, &targets), evaluate(&spec, &turned, &turned_targets));
        for (place, &i) in order.iter().enumerate() {
            // Sums over a batch are taken in its order.
            assert!(close(other.losses[place], out.losses[i as usize]), "{spec:?}");
            let slopes = other.gradient.row(place).iter().zip(out.gradient.row(i as usize));
            assert!(slopes.into_iter().all(|(&a, &b)| close(a, b)), "{spec:?}");
        }
    }
}

/// The slopes of the first two of eight examples after a batch of others, beside others: what a function of logits
/// and label does not see.
fn slopes_beside(spec: &LossSpec, others: u64) -> Vec<f64> {
    let n_classes = n_classes(spec);
    let mut stream = Streams::new([7; 32]).indexed("others", others);
    // Rare enough for losses that spare rare classes.
    let counts = ClassCounts::new(vec![100_000, 10, 5][..n_classes].to_vec());
    let streams = Streams::new([others as u8; 32]);
    let mut loss: Box<dyn Loss<f64>> =
        spec.build(&Setting { counts: &counts, streams: &streams }).unwrap();
    loss.begin_epoch(&Epoch::at(spec.traits().acts_from));
    let (mut logits, mut targets) = batch_of(spec);
    let mut out = PerExample::default();
    for _ in 0..2 {
        for (i, y) in targets.iter_mut().enumerate().skip(2) {
            logits.row_mut(i).iter_mut().for_each(|z| *z = 3.0 * stream.normal());
            *y = stream.below(n_classes) as u32;
        }
        let hidden = (0..16).map(|_| stream.normal()).collect();
        let hidden = Matrix::from_values(2, hidden);
        loss.evaluate(&Batch { hidden: Some(&hidden), ..Batch::new(&logits, &targets) }, &mut out);
    }
    [out.gradient.row(0), out.gradient.row(1)].concat()
}

/// Whether the slopes of examples depend on more than their logits and labels, but for a common factor of the batch.
fn sees_others(spec: &LossSpec) -> bool {
    let norm = |slopes: &[f64]| slopes.iter().map(|s| s * s).sum::<f64>().sqrt();
    let a = slopes_beside(spec, 0);
    (1..6).any(|others| {
        let b = slopes_beside(spec, others);
        let (length, factor) = (norm(&b), norm(&b) / norm(&a));
        a.iter().zip(&b).any(|(a, b)| 1e-9 * length < (a * factor - b).abs())
    })
}

#[test]
fn a_loss_says_it_is_of_logits_and_label_alone_if_it_sees_nothing_else() {
    let mut more = BTreeMap::new();
    for spec in losses() {
        let sees_others = sees_others(&spec);
        assert!(!(sees_others && spec.is_pointwise()), "{spec:?}");
        if !spec.is_pointwise() {
            // At a corner a loss may be the plain one.
            *more.entry(spec.name()).or_insert(false) |= sees_others;
        }
    }
    assert!(more.values().all(|&sees_others| sees_others), "{more:?}");
    assert!(10 < more.len());
}

#[test]
fn what_a_buffer_held_before_does_not_matter() {
    for spec in losses() {
        let (logits, targets) = batch_of(&spec);
        let garbage = Matrix::from_values(7, vec![f64::NAN; 77]);
        let mut used = PerExample::new(vec![f64::NAN; 11], garbage.clone(), vec![f64::NAN; 11]);
        used.hidden_gradient = garbage;
        built(&spec).evaluate(&Batch::new(&logits, &targets), &mut used);
        assert_eq!(used, evaluate(&spec, &logits, &targets), "{spec:?}");
    }
}

#[test]
fn two_classes_are_learnt_through_as_many_logits_as_the_loss_asks_for() {
    for spec in losses() {
        let counts = ClassCounts::new(vec![30, 3]);
        let setting = Setting { counts: &counts, streams: &streams() };
        let Ok(mut loss) = spec.build::<f64>(&setting) else { continue };
        let (logits, _) = batch(spec.n_outputs(2));
        let mut out = PerExample::default();
        loss.evaluate(&Batch::new(&logits, &[0, 1, 1, 0, 0, 1, 0, 1]), &mut out);
        let mut probabilities = Vec::new();
        let values = logits.values().iter().map(|&z| z as f32).collect();
        spec.readout(&counts).unwrap().probabilities(
            &Matrix::from_values(logits.n_columns(), values),
            2,
            &mut probabilities,
        );
        assert_eq!(probabilities.len(), 16);
        // A step against the gradient of a positive raises the logit of class 1.
        let falls = out.gradient.row(1).last().is_some_and(|&slope| slope <= 0.0);
        assert!(falls || spec.is_batch_level(), "{spec:?}");
    }
}

/// A miner of rows with these classes and random scores.
fn miner(spec: &MiningSpec, targets: &[u32], seed: u8) -> Box<dyn Mining<f64>> {
    let counts = ClassCounts::new(counts_of(targets, N_CLASSES));
    let streams = Streams::new([seed; 32]);
    let mut stream = streams.stream("scores");
    let scores: Vec<f32> = targets.iter().map(|_| stream.uniform() as f32).collect();
    let setting = Setting { counts: &counts, streams: &streams };
    let readout = Readout::plain(Link::Softmax);
    spec.build(&Mined {
        targets,
        setting: &setting,
        scores: Some(&scores),
        readout: &readout,
        background: None,
    })
}

#[test]
fn a_miner_weighs_rows_from_0_to_1_leaves_some_and_gives_the_same_pool_again() {
    let targets: Vec<u32> =
        (0..300).map(|i| u32::from(i % 10 == 0) + u32::from(i % 50 == 0)).collect();
    let mut stream = streams().stream("survey");
    let outputs = Matrix::from_values(3, (0..900).map(|_| stream.normal()).collect());
    let losses: Vec<f64> = (0..300).map(|_| stream.uniform()).collect();
    for spec in laws::<MiningSpec>("mining") {
        let mut twice: [Box<dyn Mining<f64>>; 2] =
            [miner(&spec, &targets, 4), miner(&spec, &targets, 4)];
        for number in 0..5 {
            let epoch = Epoch { number, ..Epoch::at(number as f64 / 5.0) };
            let survey = Survey { losses: &losses, outputs: &outputs };
            let pools = twice.each_mut().map(|miner| {
                let mut pool = Pool::full(300);
                miner.pool(&epoch, &survey, &mut pool);
                pool
            });
            assert_eq!(pools[0], pools[1], "{spec:?}");
            let weights: Vec<f64> = (0..300).map(|row| pools[0].weight(row)).collect();
            assert!(weights.iter().all(|w| (0.0..=1.0).contains(w)), "{spec:?}");
            assert!(weights.iter().any(|&w| 0.0 < w), "{spec:?} shows nothing");
        }
    }
}

#[test]
fn mining_divides_by_the_mass_it_keeps() {
    let losses = vec![0.5, f64::NAN, 2.0, 0.0, 2.0, 0.1];
    let mass = vec![1.0, 2.0, 0.5, 4.0, 0.25, 8.0];
    for spec in laws::<MiningSpec>("mining") {
        let mut selection = Selection { weights: vec![7.0; 9], divisor: 7.0 };
        let evaluated = PerExample::new(losses.clone(), Matrix::zeros(6, 3), mass.clone());
        let batch = Batch::new(&evaluated.gradient, &[0, 1, 2, 0, 1, 2]);
        miner(&spec, batch.targets, 4).select(&batch, &evaluated, &mut selection);
        let kept: f64 = selection.weights.iter().zip(&mass).map(|(v, m)| v * m).sum();
        assert_eq!((selection.weights.len(), selection.divisor), (6, kept), "{spec:?}");
        assert!(selection.weights.iter().all(|v| (0.0..=1.0).contains(v)), "{spec:?}");
        assert!(0.0 < kept, "{spec:?} keeps nothing");
    }
}

/// Whether the classes' numbers of training rows say how many rows are learnt from.
fn is_known_before(spec: &SamplingSpec, counts: &[u32]) -> bool {
    spec.resampled_bounds(counts).iter().all(|bounds| bounds.start() == bounds.end())
}

/// The classes of the rows that are learnt from, where those of the training rows are `targets`.
fn resampled(spec: &SamplingSpec, targets: &[u32]) -> Vec<u32> {
    let mut stream = streams().stream("features");
    let values = targets.iter().flat_map(|_| [stream.normal() as f32, stream.normal() as f32]);
    let features = Matrix::from_values(2, values.collect());
    let train = Examples { features, targets: targets.to_vec() };
    let made = spec.resample(&train, &[], N_CLASSES, &streams()).unwrap();
    made.map_or(train.targets, |made| made.examples.targets)
}

#[test]
fn resampling_keeps_to_what_a_plan_knows_and_makes_rows_of_the_class_they_are_made_from() {
    let targets: Vec<u32> = (0..80).map(|i| u32::from(i % 8 == 0) + u32::from(i == 8)).collect();
    let mut stream = streams().stream("features");
    let values = (0..160).map(|_| stream.normal() as f32).collect();
    let train = Examples { features: Matrix::from_values(2, values), targets: targets.clone() };
    let counts = counts_of(&targets, N_CLASSES);
    for spec in laws::<SamplingSpec>("sampling") {
        let resample =
            |seed| spec.resample(&train, &[], N_CLASSES, &Streams::new([seed; 32])).unwrap();
        let made = resample(1);
        assert_eq!(made, resample(1), "{spec:?}");
        let learnt = made.as_ref().map_or(&train, |made| &made.examples);
        let n = learnt.targets.len();
        let bounds = spec.resampled_bounds(&counts);
        let found = counts_of(&learnt.targets, N_CLASSES);
        let within = bounds.iter().zip(&found).all(|(bounds, n)| bounds.contains(n));
        assert!(within, "{spec:?}: {found:?}, not {bounds:?}");
        if is_known_before(&spec, &counts) {
            let known = spec.counts(&learnt.targets, N_CLASSES);
            assert_eq!(known, spec.expected_counts(&counts), "{spec:?}");
        }
        let Some(made) = &made else { continue };
        assert_eq!((made.origins.len(), learnt.features.n_rows()), (n, n), "{spec:?}");
        for (&origin, &target) in made.origins.iter().zip(&learnt.targets) {
            assert_eq!(targets[origin as usize], target, "{spec:?}");
        }
    }
}

/// Where epoch `number` of three stands. What changes along the epochs is what a loss reads in the middle one.
fn of_three(number: usize) -> Epoch<'static> {
    Epoch { number, ..Epoch::at(number as f64 / 3.0) }
}

#[test]
fn sampling_depends_on_seed_and_epoch_alone_and_has_its_frequencies() {
    let targets: Vec<u32> =
        (0..6000).map(|i| u32::from(i % 10 == 0) + u32::from(i % 40 == 0)).collect();
    let counts = [5400, 450, 150];
    for spec in laws::<SamplingSpec>("sampling") {
        let targets = resampled(&spec, &targets);
        let pool = Pool::full(targets.len());
        let order = |seed: u8, epoch: usize| {
            let mut batches = Batches::new(64);
            batches.rows = vec![9; 3];
            let mut sampling = spec.build(&targets, N_CLASSES, &Streams::new([seed; 32]));
            sampling.epoch(&of_three(epoch), &pool, &mut batches);
            batches.rows
        };
        let mut twice = spec.build(&targets, N_CLASSES, &Streams::new([1; 32]));
        let mut batches = Batches::new(64);
        twice.epoch(&of_three(0), &pool, &mut batches);
        twice.epoch(&of_three(1), &pool, &mut batches);
        let second = batches.rows;
        assert_eq!(order(1, 1), second, "{spec:?}");
        assert!(order(1, 0) != order(1, 1) && order(1, 0) != order(2, 0), "{spec:?}");

        let mut drawn = [0.0; N_CLASSES];
        for &i in &second {
            drawn[targets[i as usize] as usize] += 1.0;
        }
        let n = second.len() as f64;
        if is_known_before(&spec, &counts) {
            assert_eq!(second.len(), spec.epoch_size(&counts), "{spec:?}");
        }
        let shown = spec.counts(&targets, N_CLASSES);
        let size: f64 = shown.get().iter().sum();
        for (drawn, p) in drawn.iter().zip(shown.get().iter().map(|shown| shown / size)) {
            // Five standard deviations of a binomial.
            let deviation = (n * p * (1.0 - p)).sqrt();
            assert!((drawn - n * p).abs() <= 5.0 * deviation, "{spec:?} {drawn}");
        }
    }
}

#[test]
fn an_epoch_of_a_pool_has_the_steps_of_any_epoch_and_shows_the_pool_alone() {
    let targets: Vec<u32> = (0..600).map(|i| u32::from(i % 10 == 0)).collect();
    for spec in laws::<SamplingSpec>("sampling") {
        let targets = resampled(&spec, &targets);
        let mut sampling = spec.build(&targets, N_CLASSES, &streams());
        let mut epoch = |shown: &dyn Fn(usize) -> bool| {
            let mut pool = Pool::full(targets.len());
            pool.change(|weights| {
                let weights = weights.iter_mut().enumerate();
                weights.filter(|(row, _)| !shown(*row)).for_each(|(_, w)| *w = 0.0);
            });
            let mut batches = Batches::new(32);
            sampling.epoch(&of_three(2), &pool, &mut batches);
            batches
        };
        let full = epoch(&|_| true);
        let pools: [fn(usize) -> bool; 3] = [|row| row % 3 == 0, |row| row < 25, |row| row == 7];
        for shown in pools {
            let some = epoch(&shown);
            assert_eq!(some.ends, full.ends, "{spec:?}");
            assert!(some.rows.iter().all(|&row| shown(row as usize)), "{spec:?}");
        }
        assert!(epoch(&|_| false).rows.is_empty(), "{spec:?}");
    }
}

/// Slopes of `loss` at `logits + h · direction`.
fn slopes_along(
    spec: &LossSpec,
    (logits, direction): (&Matrix<f64>, &Matrix<f64>),
    targets: &[u32],
    h: f64,
) -> Vec<f64> {
    let values = logits.values().iter().zip(direction.values()).map(|(z, d)| z + h * d);
    let moved = Matrix::from_values(logits.n_columns(), values.collect());
    evaluate(spec, &moved, targets).gradient.values().to_vec()
}

#[test]
fn a_loss_in_moving_numbers_has_its_slopes_and_theirs_unless_it_says_that_it_has_not() {
    let mut n_moved = 0;
    for spec in losses() {
        let (logits, targets) = batch_of(&spec);
        let mut stream = Streams::new([3; 32]).stream("direction");
        let values = logits.values().iter().map(|_| stream.normal()).collect();
        let direction = Matrix::from_values(logits.n_columns(), values);
        let dual = |(&value, &slope): (&f64, &f64)| Dual { value, slope };
        let moving = logits.values().iter().zip(direction.values()).map(dual).collect();
        let moving = Matrix::from_values(logits.n_columns(), moving);
        let mut out = PerExample::default();
        built::<Dual<f64>>(&spec).evaluate(&Batch::new(&moving, &targets), &mut out);
        if spec.not_twice().is_some() {
            continue;
        }
        let still = evaluate(&spec, &logits, &targets);
        assert!(out.losses.iter().map(|loss| loss.value).eq(still.losses), "{spec:?}");
        let values = out.gradient.values().iter().map(|g| g.value);
        assert!(values.eq(still.gradient.values().iter().copied()), "{spec:?}");
        let along = |h: f64| slopes_along(&spec, (&logits, &direction), &targets, h);
        let h = 1e-4;
        let [a, b, c, d] = [-2.0 * h, -h, h, 2.0 * h].map(along);
        for (i, g) in out.gradient.values().iter().enumerate() {
            // Differences over four points err by h⁴ and by rounding / h.
            let slope = (8.0 * (c[i] - b[i]) - (d[i] - a[i])) / (12.0 * h);
            let near = (g.slope - slope).abs() < 1e-7 * (1.0 + slope.abs());
            assert!(near, "{spec:?} {i}: {} {slope}", g.slope);
            n_moved += usize::from(1e-3 < slope.abs());
        }
    }
    assert!(500 < n_moved, "only {n_moved} slopes move: too few to tell");
}

/// The weights of two steps of a network with dropout.
fn weights(spec: &ReweightingSpec, loss: &LossSpec, mined: [f32; 8]) -> Vec<f32> {
    let streams = Streams::new([4; 32]);
    let architecture = Architecture {
        input: Shape::flat(2),
        body: LayerSpec::mlp(&[5], Activation::Relu, 0.3),
        n_outputs: loss.n_outputs(N_CLASSES),
        initialization: Initialization::HeNormal,
        head: loss.traits().head,
        output_biases: Vec::new(),
    };
    let network = Network::<f32>::new(architecture, &mut streams.stream("init"));
    let (inputs, targets) = batch(2);
    let features = Matrix::from_values(2, inputs.values().iter().map(|&x| x as f32).collect());
    let meta = Examples { features: features.clone(), targets: targets.clone() };
    let train = meta.clone();
    let meta = spec.needs_meta().then_some(meta);
    let counts = ClassCounts::new(COUNTS.to_vec());
    let readout = loss.readout(&counts).unwrap();
    let setting = Setting { counts: &counts, streams: &streams };
    let mut method = spec.build(Reweighed { meta, loss, readout: &readout, setting: &setting });
    let optimizer = OptimizerSpec::default().build(network.n_parameters());
    let (mut loss, mut pass, mut dropout) =
        (built(loss), Pass::default(), streams.stream("dropout"));
    let (mut evaluated, mut weights, mut all) = (PerExample::default(), vec![7.0; 3], Vec::new());
    for _ in 0..2 {
        let before_masks = dropout.clone();
        network.forward_training(&features, &mut dropout, &mut pass);
        let before = pass.logits().clone();
        loss.evaluate(&Batch::new(&before, &targets), &mut evaluated);
        let divisor = mined.iter().zip(&evaluated.mass).map(|(v, m)| v * m).sum();
        let selection = Selection { weights: mined.to_vec(), divisor };
        let step = Step {
            network: &network,
            features: &features,
            targets: &targets,
            rows: &[0, 1, 2, 3, 4, 5, 6, 7],
            train: &train,
            pass: &mut pass,
            evaluated: &evaluated,
            selection: &selection,
            optimizer: optimizer.as_ref(),
            rate: 1.0,
            dropout: &before_masks,
        };
        method.weigh(step, &mut weights);
        assert_eq!(*pass.logits(), before, "{spec:?} moved the activations");
        assert_eq!(weights.len(), 8, "{spec:?}");
        all.extend(&weights);
    }
    all
}

#[test]
fn example_weights_are_reproducible_not_negative_unless_they_may_be_and_only_for_what_was_mined() {
    let mined = [1.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0, 1.0];
    for spec in laws::<ReweightingSpec>("reweighting") {
        // Losses of whole batches cannot be weighed.
        let of_examples = |loss: &LossSpec| {
            let is_far = spec.further_steps() != 0;
            !loss.is_batch_level() && (!is_far || loss.not_twice().is_none())
        };
        for loss in losses().into_iter().filter(of_examples) {
            let all = weights(&spec, &loss, mined);
            assert_eq!(all, weights(&spec, &loss, mined), "{spec:?} {loss:?}");
            let is_right = |w: &f32| w.is_finite() && (0.0 <= *w || spec.may_be_negative());
            assert!(all.iter().all(is_right), "{spec:?} {loss:?} {all:?}");
            assert!(all.iter().zip(mined.iter().cycle()).all(|(w, v)| *v == 1.0 || *w == 0.0));
        }
    }
}

#[test]
fn a_batch_of_which_nothing_was_mined_weighs_nothing() {
    for spec in laws::<ReweightingSpec>("reweighting") {
        assert!(weights(&spec, &losses()[0], [0.0; 8]).iter().all(|&w| w == 0.0), "{spec:?}");
    }
}
