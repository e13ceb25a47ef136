//! Losses of proposals: their slopes, their divisors, and what is mined from them.

use std::sync::Arc;

use boxes::BoundingBox;
use methods::control::{ControlSpec, Controlled};
use methods::examples::Examples;
use methods::losses::proposals::{
    BalancedL1, BoxDivisor, BoxLossSpec, DeltaColumns, GhmR, LabelBase, Proposals, Regions,
    SmoothL1,
};
use methods::losses::{Batch, Link, Loss, LossSpec, PerExample, Readout, corners};
use methods::mining::{Mined, Mining, MiningSpec, Selection};
use methods::mixing::MixingSpec;
use methods::reweighting::{Reweighed, ReweightingSpec};
use methods::sampling::Pool;
use methods::setting::{ClassCounts, Setting};
use methods::step::{Descent, Methods, Stepped};
use nn::{
    Activation, Architecture, Head, Initialization, LayerSpec, Matrix, Network, OptimizerSpec,
    Pass, Shape, Stream, Streams,
};
use proptest::prelude::*;

const N_CLASSES: usize = 2;
const TARGETS: [u32; 7] = [1, 0, 2, 2, 0, 1, 0];

fn stream(name: &str) -> Stream {
    Streams::new([3; 32]).stream(name)
}

/// Twenty training rows in three images, of which a batch has seven, in no order.
fn regions(labels: LabelBase) -> Regions {
    let mut stream = stream("regions");
    let mut deltas = || std::array::from_fn(|_| 0.4 * stream.normal());
    Regions {
        images: (0..20).map(|row| row / 7).collect(),
        bounds: vec![BoundingBox::of_size([0.0, 0.0, 1.0, 1.0]); 20],
        deltas: (0..20).map(|_| deltas()).collect(),
        labels,
        n_classes: N_CLASSES,
    }
}

const ROWS: [u32; 7] = [19, 3, 11, 4, 0, 8, 15];

fn built(spec: &LossSpec) -> Box<dyn Loss<f64>> {
    let counts = ClassCounts::new(vec![40, 10, 5]);
    spec.build(&Setting { counts: &counts, streams: &Streams::new([8; 32]) }).unwrap()
}

fn proposals(classes: &LossSpec, boxes: &BoxLossSpec, columns: DeltaColumns) -> Proposals<f64> {
    Proposals::new(built(classes), classes.traits().reduction, boxes.build(), columns)
}

struct Case<'a> {
    classes: &'a LossSpec,
    boxes: &'a BoxLossSpec,
    columns: DeltaColumns,
    regions: &'a Regions,
    /// Which examples are kept.
    kept: &'a [f64],
}

impl Case<'_> {
    fn evaluate(&self, logits: &Matrix<f64>) -> PerExample<f64> {
        let mut loss = proposals(self.classes, self.boxes, self.columns);
        let mut out = PerExample::default();
        let regions = Some(self.regions);
        let batch = Batch { rows: &ROWS, regions, ..Batch::new(logits, &TARGETS) };
        loss.evaluate(&batch, &mut out);
        out
    }

    /// The loss that a step goes down, and its gradient.
    fn settled(&self, logits: &Matrix<f64>) -> (f64, Matrix<f64>) {
        let mut out = self.evaluate(logits);
        let divisor: f64 = self.kept.iter().zip(&out.mass).map(|(v, mass)| v * mass).sum();
        let divisor = divisor.max(out.least_divisor);
        out.settle(self.kept, divisor);
        let weights: Vec<f64> = self.kept.iter().map(|v| v / divisor).collect();
        out.weigh(&weights);
        (out.losses.iter().zip(&weights).map(|(loss, w)| loss * w).sum(), out.gradient)
    }
}

fn logits(n_columns: usize) -> Matrix<f64> {
    let mut stream = stream("logits");
    Matrix::from_values(
        n_columns,
        (0..TARGETS.len() * n_columns).map(|_| stream.normal()).collect(),
    )
}

fn box_losses() -> [BoxLossSpec; 4] {
    let objects = BoxDivisor::Objects;
    [
        BoxLossSpec::SmoothL1(SmoothL1::default()),
        BoxLossSpec::SmoothL1(SmoothL1 { divisor: objects, ..SmoothL1::default() }),
        BoxLossSpec::BalancedL1(BalancedL1 { divisor: objects, ..BalancedL1::default() }),
        BoxLossSpec::GhmR(GhmR::default()),
    ]
}

#[test]
fn slopes_of_any_loss_of_classes_beside_any_of_boxes_are_central_differences() {
    const H: f64 = 1e-6;
    let regions = regions(LabelBase::OneBasedBackgroundFirst);
    let affine = |spec: &LossSpec| spec.traits().head == Head::Affine;
    // Its slope is not that of its value, as published.
    let detached =
        |spec: &LossSpec| matches!(spec, LossSpec::Asymmetric(loss) if loss.detach_focus);
    let corners = corners();
    let pointwise = corners
        .iter()
        .filter(|s| s.is_pointwise() && !s.traits().two_classes && affine(s) && !detached(s));
    let mut n_tried = 0;
    for (i, classes) in pointwise.enumerate() {
        let columns = [DeltaColumns::Shared, DeltaColumns::PerClass][i % 2];
        let boxes = &box_losses()[i % 4];
        let kept =
            [[1.0; 7], [1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0], [0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0]];
        let case = Case { classes, boxes, columns, regions: &regions, kept: &kept[i % 3] };
        let z = logits(classes.n_outputs(3) + columns.n_columns(N_CLASSES));
        let (_, gradient) = case.settled(&z);
        for at in (0..z.values().len()).step_by(3) {
            let moved = |step: f64| {
                let mut z = z.clone();
                z.values_mut()[at] += step;
                case.settled(&z).0
            };
            let difference = (moved(H) - moved(-H)) / (2.0 * H);
            let slope = gradient.values()[at];
            let near = (slope - difference).abs() < 1e-6 * (1.0 + difference.abs());
            assert!(near, "{} beside {boxes:?}, {at}: {slope}, not {difference}", classes.name());
        }
        n_tried += 1;
    }
    assert!(30 < n_tried, "{n_tried}");
}

#[test]
fn each_loss_keeps_the_divisor_of_what_is_kept() {
    let regions = regions(LabelBase::OneBasedBackgroundFirst);
    let classes: LossSpec = toml::from_str("ghm_c.momentum = 0").unwrap();
    let z = logits(3 + 4);
    for boxes in &box_losses() {
        for kept in [[1.0; 7], [1.0, 1.0, 0.0, 1.0, 1.0, 0.0, 0.0]] {
            let columns = DeltaColumns::Shared;
            let case = Case { classes: &classes, boxes, columns, regions: &regions, kept: &kept };
            let raw = case.evaluate(&z);
            let of_classes = {
                let values = z.rows().flat_map(|row| row[..3].to_vec()).collect();
                let mut out = PerExample::default();
                built(&classes)
                    .evaluate(&Batch::new(&Matrix::from_values(3, values), &TARGETS), &mut out);
                out
            };
            let n_objects = |kept: &[f64]| {
                kept.iter().zip(TARGETS).filter(|&(&v, y)| v == 1.0 && y != 0).count() as f64
            };
            let own = match boxes {
                BoxLossSpec::SmoothL1(loss) if loss.divisor == BoxDivisor::Proposals => {
                    kept.iter().sum()
                }
                BoxLossSpec::GhmR(_) => 4.0 * n_objects(&kept),
                _ => n_objects(&kept),
            };
            let sum = |losses: &mut dyn Iterator<Item = f64>| -> f64 {
                losses.zip(kept).map(|(loss, v)| v * loss).sum()
            };
            let mass = sum(&mut of_classes.mass.iter().copied());
            let parts = raw
                .losses
                .iter()
                .zip(&of_classes.losses)
                .map(|(both, of_classes)| both - of_classes);
            let expected =
                sum(&mut of_classes.losses.iter().copied()) / mass + sum(&mut { parts }) / own;
            let (settled, _) = case.settled(&z);
            assert!((settled - expected).abs() < 1e-12, "{boxes:?}: {settled}, not {expected}");
        }
    }
}

/// The loss of classes of each row, alone.
fn of_classes(classes: &LossSpec, z: &Matrix<f64>, targets: &[u32]) -> Vec<f64> {
    let logits = Matrix::from_values(3, z.rows().flat_map(|row| row[..3].to_vec()).collect());
    let mut out = PerExample::default();
    built(classes).evaluate(&Batch::new(&logits, targets), &mut out);
    out.losses
}

#[test]
fn losses_that_objects_share_are_divided_by_how_many_are_kept() {
    let regions = regions(LabelBase::OneBasedBackgroundFirst);
    let classes: LossSpec = toml::from_str("focal.divisor = 'objects'").unwrap();
    let (boxes, columns) = (&box_losses()[1], DeltaColumns::Shared);
    let z = logits(3 + 4);
    let alone = of_classes(&classes, &z, &TARGETS);
    for (kept, n_objects) in [
        ([1.0; 7], 4.0),
        ([1.0, 1.0, 0.0, 1.0, 1.0, 0.0, 0.0], 2.0),
        // Background alone: by 1.
        ([0.0, 1.0, 0.0, 0.0, 1.0, 0.0, 1.0], 1.0),
    ] {
        let case = Case { classes: &classes, boxes, columns, regions: &regions, kept: &kept };
        let sum = |losses: &[f64]| losses.iter().zip(kept).map(|(l, v)| l * v).sum::<f64>();
        // Those of boxes are shared among the objects as well.
        let expected = sum(&case.evaluate(&z).losses) / n_objects;
        let (settled, _) = case.settled(&z);
        assert!((settled - expected).abs() < 1e-12, "{settled}, not {expected}");
        assert!(n_objects != 1.0 || (settled - sum(&alone)).abs() < 1e-12);
    }
}

#[test]
fn the_background_has_no_box_wherever_it_stands_among_the_labels() {
    let classes: LossSpec = toml::from_str("cross_entropy = {}").unwrap();
    let boxes = BoxLossSpec::SmoothL1(SmoothL1::default());
    let z = logits(3 + 8);
    for (labels, objects) in [
        (LabelBase::OneBasedBackgroundFirst, TARGETS.map(|y| y.checked_sub(1))),
        (LabelBase::ZeroBasedBackgroundLast, TARGETS.map(|y| (y < 2).then_some(y))),
    ] {
        let regions = regions(labels);
        let columns = DeltaColumns::PerClass;
        let case =
            Case { classes: &classes, boxes: &boxes, columns, regions: &regions, kept: &[1.0; 7] };
        let gradient = case.evaluate(&z).gradient;
        for (row, object) in gradient.rows().zip(objects) {
            let with_slope: Vec<usize> = (3..11).filter(|&column| row[column] != 0.0).collect();
            let expected: Vec<usize> = object
                .map_or_else(Vec::new, |k| (3 + 4 * k as usize..7 + 4 * k as usize).collect());
            assert_eq!(with_slope, expected, "{labels:?}");
        }
    }
}

/// A network of 5 inputs that says 3 classes and a box that they share.
fn network(streams: &Streams) -> Network<f64> {
    let architecture = Architecture {
        input: Shape::flat(5),
        body: LayerSpec::mlp(&[4], Activation::Tanh, 0.0),
        n_outputs: 3 + 4,
        initialization: Initialization::HeNormal,
        head: Head::Affine,
        output_biases: Vec::new(),
    };
    Network::<f64>::new(architecture, &mut streams.stream("init"))
}

/// 20 rows, which have the classes of the batch where it has them.
fn training_rows(streams: &Streams) -> Examples<f64> {
    let mut train = Examples { features: Matrix::zeros(20, 5), targets: vec![0; 20] };
    let mut stream = streams.stream("features");
    train.features.values_mut().iter_mut().for_each(|x| *x = stream.normal());
    ROWS.iter().zip(TARGETS).for_each(|(&row, y)| train.targets[row as usize] = y);
    train
}

/// The loss before a step on these of the training rows, beside GHM-R, and what the network says of them.
fn loss_of_a_step(classes: &LossSpec, rows: &[u32]) -> (f64, Matrix<f64>) {
    let (streams, regions) = (Streams::new([1; 32]), regions(LabelBase::OneBasedBackgroundFirst));
    let counts = ClassCounts::new(vec![40, 10, 5]);
    let setting = Setting { counts: &counts, streams: &streams };
    let readout = Readout::plain(Link::Softmax);
    let (mut network, train) = (network(&streams), training_rows(&streams));
    let mut batch = Examples::default();
    batch.gather(&train, rows);
    let mut pass = Pass::default();
    network.forward(&batch.features, &mut pass);

    let controlled = Controlled { targets: &train.targets, readout: &readout, setting: &setting };
    let reweighed = Reweighed { meta: None, loss: classes, readout: &readout, setting: &setting };
    let mined = Mined {
        targets: &train.targets,
        setting: &setting,
        scores: None,
        readout: &readout,
        background: None,
    };
    let boxes = BoxLossSpec::GhmR(GhmR::default());
    let mut descent = Descent::new(Methods {
        mixing: MixingSpec::default().build(&setting, None).unwrap(),
        loss: Box::new(proposals(classes, &boxes, DeltaColumns::Shared)),
        mining: MiningSpec::default().build(&mined),
        reweighting: ReweightingSpec::default().build(reweighed),
        control: ControlSpec::default().build(&controlled),
    })
    .on_regions(Some(Arc::new(regions)));
    let mut optimizer = OptimizerSpec::default().build::<f64>(network.n_parameters());
    let (pool, mut dropout) = (Pool::full(20), streams.stream("dropout"));
    let taken =
        descent.step(&mut network, optimizer.as_mut(), &train, (rows, &pool), 1.0, &mut dropout);
    let Stepped::Taken(loss) = taken else { panic!("something is learnt") };
    (loss, pass.logits().clone())
}

#[test]
fn a_step_goes_down_the_loss_whose_parts_have_divisors_of_their_own() {
    let regions = regions(LabelBase::OneBasedBackgroundFirst);
    for classes in ["cross_entropy = {}", "focal.divisor = 'objects'"] {
        let classes: LossSpec = toml::from_str(classes).unwrap();
        let (loss, said) = loss_of_a_step(&classes, &ROWS);
        let boxes = BoxLossSpec::GhmR(GhmR::default());
        let columns = DeltaColumns::Shared;
        let case =
            Case { classes: &classes, boxes: &boxes, columns, regions: &regions, kept: &[1.0; 7] };
        let (expected, _) = case.settled(&said);
        assert!((loss - expected).abs() < 1e-12, "{loss}, not {expected}");
    }
}

#[test]
fn a_step_on_background_alone_is_of_the_sum_where_objects_share_the_loss() {
    let classes: LossSpec = toml::from_str("focal.divisor = 'objects'").unwrap();
    let (loss, said) = loss_of_a_step(&classes, &[3, 0, 15]);
    let expected: f64 = of_classes(&classes, &said, &[0; 3]).iter().sum();
    assert!((loss - expected).abs() < 1e-12, "{loss}, not {expected}");
}

/// What a miner keeps of a batch of regions.
fn kept(spec: &str, losses: &[f64], targets: &[u32], regions: &Regions) -> Vec<f64> {
    let spec: MiningSpec = toml::from_str(spec).unwrap();
    let setting =
        Setting { counts: &ClassCounts::new(vec![9, 2, 1]), streams: &Streams::new([0; 32]) };
    let readout = Readout::plain(Link::Softmax);
    let mined =
        Mined { targets, setting: &setting, scores: None, readout: &readout, background: None };
    let mut miner: Box<dyn Mining<f64>> = spec.build(&mined);
    let rows: Vec<u32> = (0..targets.len() as u32).collect();
    let evaluated =
        PerExample::new(losses.to_vec(), Matrix::zeros(rows.len(), 3), vec![1.0; rows.len()]);
    let regions = Some(regions);
    let batch = Batch { rows: &rows, regions, ..Batch::new(&evaluated.gradient, targets) };
    let mut selection = Selection::default();
    miner.select(&batch, &evaluated, &mut selection);
    selection.weights
}

proptest! {
    #[test]
    fn at_an_overlap_of_1_the_hardest_regions_are_the_hardest_rows(
        drawn in prop::collection::vec((0.0..9.0_f64, 0_u32..3, 0_u32..3, 0_u8..9), 1..40), keep in 0.01..1.0_f64
    ) {
        let losses: Vec<f64> = drawn.iter().map(|row| row.0).collect();
        let targets: Vec<u32> = drawn.iter().map(|row| row.1).collect();
        let regions = Regions {
            images: drawn.iter().map(|row| row.2).collect(),
            bounds: drawn.iter().map(|row| BoundingBox::of_size([f64::from(row.3), 0.0, 5.0, 5.0])).collect(),
            ..regions(LabelBase::OneBasedBackgroundFirst)
        };
        let of_regions = kept(&format!("ohem = {{ keep = {keep}, overlap = 1 }}"), &losses, &targets, &regions);
        prop_assert_eq!(&of_regions, &kept(&format!("ohem.keep = {keep}"), &losses, &targets, &regions));
        // Of equal regions of an image and a class the hardest alone is kept.
        let same = Regions { bounds: vec![BoundingBox::of_size([0.0, 0.0, 1.0, 1.0]); drawn.len()], ..regions.clone() };
        let apart = kept("ohem = { keep = 1, overlap = 0.7 }", &losses, &targets, &same);
        let mut groups: Vec<(u32, u32)> = drawn.iter().map(|row| (row.1, row.2)).collect();
        groups.sort_unstable();
        groups.dedup();
        prop_assert_eq!(apart.iter().sum::<f64>() as usize, groups.len());
    }

    #[test]
    fn the_regions_that_are_kept_are_the_hardest_of_those_that_no_kept_or_harder_one_hides(
        drawn in prop::collection::vec((0_u8..20, 0_u32..2, 0_u32..2, 0_u8..9), 1..60), count in 1_usize..12
    ) {
        let losses: Vec<f64> = drawn.iter().map(|row| f64::from(row.0)).collect();
        let targets: Vec<u32> = drawn.iter().map(|row| row.1).collect();
        let regions = Regions {
            images: drawn.iter().map(|row| row.2).collect(),
            bounds: drawn.iter().map(|row| BoundingBox::of_size([f64::from(row.3), 0.0, 5.0, 5.0])).collect(),
            ..regions(LabelBase::OneBasedBackgroundFirst)
        };
        let mut order: Vec<usize> = (0..drawn.len()).collect();
        order.sort_by(|&a, &b| losses[b].total_cmp(&losses[a]));
        let mut survivors: Vec<usize> = Vec::new();
        for j in order {
            let hides = |&i: &usize| {
                let same = regions.images[i] == regions.images[j] && targets[i] == targets[j];
                same && 0.5 < regions.bounds[i].iou(&regions.bounds[j])
            };
            if !survivors.iter().any(hides) {
                survivors.push(j);
            }
        }
        let mut expected = vec![0.0; drawn.len()];
        survivors.iter().take(count).for_each(|&i| expected[i] = 1.0);
        let spec = format!("ohem = {{ keep = {{ count = {count} }}, overlap = 0.5 }}");
        prop_assert_eq!(kept(&spec, &losses, &targets, &regions), expected);
    }
}

/// The parameters after some steps of cross-entropy beside smooth L1, with this control.
fn after_steps(control: &str, mining: &str) -> Vec<f64> {
    let streams = Streams::new([1; 32]);
    let regions = regions(LabelBase::OneBasedBackgroundFirst);
    let counts = ClassCounts::new(vec![40, 10, 5]);
    let setting = Setting { counts: &counts, streams: &streams };
    let readout = Readout { beside: 4, ..Readout::plain(Link::Softmax) };
    let classes: LossSpec = toml::from_str("cross_entropy = {}").unwrap();
    let (mut network, train) = (network(&streams), training_rows(&streams));
    let controlled = Controlled { targets: &train.targets, readout: &readout, setting: &setting };
    let reweighed = Reweighed { meta: None, loss: &classes, readout: &readout, setting: &setting };
    let mined = Mined {
        targets: &train.targets,
        setting: &setting,
        scores: None,
        readout: &readout,
        background: None,
    };
    let boxes = BoxLossSpec::SmoothL1(SmoothL1::default());
    let mut descent = Descent::new(Methods {
        mixing: MixingSpec::default().build(&setting, None).unwrap(),
        loss: Box::new(proposals(&classes, &boxes, DeltaColumns::Shared)),
        mining: toml::from_str::<MiningSpec>(mining).unwrap().build(&mined),
        reweighting: ReweightingSpec::default().build(reweighed),
        control: toml::from_str::<ControlSpec>(control).unwrap().build(&controlled),
    })
    .on_regions(Some(Arc::new(regions)));
    let mut optimizer = OptimizerSpec::default().build::<f64>(network.n_parameters());
    let mut dropout = streams.stream("dropout");
    let rows = (&ROWS[..], &Pool::full(20));
    for _ in 0..5 {
        descent.step(&mut network, optimizer.as_mut(), &train, rows, 1.0, &mut dropout);
    }
    network.parameters().to_vec()
}

#[test]
fn the_plain_direction_of_a_detector_is_that_of_both_losses() {
    let plain = after_steps("none = {}", "none = {}");
    let matched = after_steps("norm_matched = {}", "none = {}");
    // The same sum, divided at another place.
    assert!(plain.iter().zip(&matched).all(|(a, b)| (a - b).abs() < 1e-12));
    let mined = after_steps("none = {}", "ohem.keep.count = 2");
    let control = after_steps("norm_matched = {}", "ohem.keep.count = 2");
    assert!(mined.iter().zip(&control).any(|(a, b)| 1e-3 < (a - b).abs()));
}
