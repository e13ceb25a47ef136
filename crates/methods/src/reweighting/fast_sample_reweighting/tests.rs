use super::*;
use crate::losses::Link;
use crate::mining::Selection;
use crate::reweighting::testing::{Scene, assert_close, dot, slopes};
use nn::{Matrix, Streams};
use proptest::prelude::*;

fn from_the_start(clip: bool) -> FastSampleReweighting {
    FastSampleReweighting { start: UnitInterval::new(0.0), clip, ..Default::default() }
}

fn queued(method: &FastSampleReweighting, scene: &Scene) -> Queued<f64> {
    scene.build(|reweighed| method.queued(&reweighed))
}

/// A queue of at most `capacity` rows of each of two classes over rows with these classes and margins.
fn queue(capacity: usize, targets: &[u32], margins: &[Option<f64>]) -> Queue<f64> {
    let mut queue = Queue {
        capacity,
        n_drawn: 2,
        classes: vec![Vec::new(); 2],
        margins: margins.to_vec(),
        is_due: true,
        stream: Streams::new([5; 32]).stream("queue"),
        rows: Vec::new(),
        batch: Examples::default(),
    };
    queue.fill(targets);
    queue
}

#[test]
fn the_queue_holds_the_rows_of_each_class_that_fell_most() {
    let targets = [0, 0, 1, 1, 0, 1, 0];
    let margins = [0.1, 0.9, -0.5, 0.3, 0.9, 0.2, -2.0].map(Some);
    assert_eq!(queue(2, &targets, &margins).classes, [vec![1, 4], vec![3, 5]]);
    assert_eq!(queue(9, &targets, &margins).classes, [vec![1, 4, 0, 6], vec![3, 5, 2]]);
    let unmet = [None, Some(0.1), None, Some(-0.3), None, Some(0.2), None];
    assert_eq!(queue(2, &targets, &unmet).classes, [vec![1], vec![5, 3]]);
}

#[test]
fn a_class_that_was_not_met_has_random_rows_of_its_own() {
    let targets: Vec<u32> = (0..40).map(|i| i % 2).collect();
    let queue = queue(5, &targets, &[None; 40]);
    for (class, queued) in queue.classes.iter().enumerate() {
        assert!(queued.len() == 5 && queued.iter().all(|&row| row as usize % 2 == class));
        assert!(!queued.is_sorted());
    }
}

#[test]
fn as_many_rows_of_each_class_are_drawn_and_other_ones_each_time() {
    let targets: Vec<u32> = (0..40).map(|i| u32::from(i == 7)).collect();
    let train = Examples { features: Matrix::zeros(40, 1), targets: targets.clone() };
    let mut queue = queue(20, &targets, &[None; 40]);
    let mut draws = Vec::new();
    for _ in 0..3 {
        assert_eq!(queue.draw(&train).targets, [0, 0, 1]);
        assert_ne!(queue.rows[0], queue.rows[1]);
        draws.push(queue.rows.clone());
    }
    assert!(draws[0] != draws[1] || draws[1] != draws[2]);
}

#[test]
fn margins_are_what_the_step_takes_off_the_losses_and_are_smoothed() {
    let mut scene = Scene::new(Link::Softmax, &[4], 2);
    let kept = FastSampleReweighting {
        margin_kept: BelowOne::new(0.25),
        look_ahead: VirtualStep::Plain,
        ..Default::default()
    };
    let mut method = queued(&kept, &scene);
    scene.weigh(&mut method);
    let gradient = scene.gradient(&[1.0 / 6.0; 6]);
    let before = scene.evaluated.losses.clone();
    let at = scene.network.clone();
    let eta = scene.optimizer.learning_rate();
    let moved = scene.network.parameters_mut().iter_mut().zip(&gradient);
    moved.for_each(|(p, g)| *p -= eta * g);
    scene.evaluate();
    let after = scene.evaluated.losses.clone();
    scene.network = at;
    scene.evaluate();
    let expected: Vec<f64> = before.iter().zip(&after).map(|(a, b)| a - b).collect();
    let noted = |method: &Queued<f64>| -> Vec<f64> {
        method.queue.margins.iter().map(|margin| margin.unwrap()).collect()
    };
    assert_close(&noted(&method), &expected, 1e-15);
    // The same step again leaves them, and another one goes three quarters of the way.
    scene.weigh(&mut method);
    assert_close(&noted(&method), &expected, 1e-15);
    method.queue.margins.fill(Some(1.0));
    scene.weigh(&mut method);
    let smoothed: Vec<f64> = expected.iter().map(|margin| 0.25 + 0.75 * margin).collect();
    assert_close(&noted(&method), &smoothed, 1e-15);
}

#[test]
fn weights_follow_the_slopes_of_the_loss_of_the_queue() {
    for clip in [false, true] {
        let mut scene = Scene::new(Link::Softmax, &[4], 2);
        let mined = vec![1.0, 0.5, 0.0, 1.0, 1.0, 1.0];
        scene.selection = Selection { weights: mined.clone(), divisor: 4.5 };
        let plain =
            FastSampleReweighting { look_ahead: VirtualStep::Plain, ..from_the_start(clip) };
        let mut method = queued(&plain, &scene);
        let weights = scene.weigh(&mut method);
        // The whole queue is drawn: it is the training part.
        scene.meta = method.queue.batch.clone();
        assert_eq!(scene.meta.targets.len(), 6);
        let after = |e: &[f64]| {
            let coefficients: Vec<f64> = mined.iter().zip(e).map(|(v, e)| v * e).collect();
            let gradient = scene.gradient(&coefficients);
            scene.meta_loss_after(&gradient)
        };
        let slopes = slopes(&[1.0 / 4.5; 6], after);
        let of_mined = (0..6).filter(|&i| i != 2).map(|i| slopes[i]);
        let largest = of_mined.fold(f64::NEG_INFINITY, f64::max);
        let raw = |s: f64| if clip { (-s).max(0.0) } else { largest - s + 1.0 / 4.5 };
        let shares: Vec<f64> = mined.iter().zip(&slopes).map(|(v, &s)| v * raw(s)).collect();
        let sum = shares.iter().sum::<f64>() + 1e-5;
        let expected: Vec<f64> = shares.iter().map(|share| share / sum).collect();
        assert_close(&weights, &expected, 1e-7);
        assert!(expected.iter().any(|w| 1e-3 < *w));
    }
}

#[test]
fn every_example_counts_alike_before_the_start_while_margins_are_noted() {
    let mut scene = Scene::new(Link::Softmax, &[4], 2);
    let mut method = queued(&FastSampleReweighting::default(), &scene);
    for (progress, is_mean) in [(0.0, true), (0.79, true), (0.8, false)] {
        method.begin_epoch(&Epoch::at(progress));
        assert_eq!(scene.weigh(&mut method) == [1.0 / 6.0; 6], is_mean, "{progress}");
        assert!(method.queue.margins.iter().all(Option::is_some));
    }
}

#[test]
fn the_meta_set_is_not_read() {
    let mut scene = Scene::new(Link::Softmax, &[4], 2);
    let method = from_the_start(false);
    let with = scene.weigh(&mut queued(&method, &scene));
    scene.meta.targets.iter_mut().for_each(|target| *target = 1 - *target);
    assert_eq!(with, scene.weigh(&mut queued(&method, &scene)));
}

proptest! {
    #[test]
    fn weights_are_not_negative_and_sum_to_one_but_for_the_published_constant(
        seed in 0..200_u8, clip in prop::bool::ANY,
        mined in prop::collection::vec(prop::sample::select(vec![0.0, 1.0]), 6)
    ) {
        let mut scene = Scene::new(Link::Softmax, &[4], seed);
        scene.selection = Selection { weights: mined.clone(), divisor: mined.iter().sum() };
        let weights = scene.weigh(&mut queued(&from_the_start(clip), &scene));
        let is_right = |(w, v): (&f64, &f64)| 0.0 <= *w && (0.0 < *v || *w == 0.0);
        prop_assert!(weights.iter().zip(&mined).all(is_right), "{:?}", weights);
        let sum = dot(&weights, &[1.0; 6]);
        prop_assert!(sum <= 1.0, "{}", sum);
        if !clip && mined.iter().any(|&v| 0.0 < v) {
            prop_assert!(0.9999 < sum, "{}", sum);
            prop_assert!(weights.iter().zip(&mined).all(|(w, v)| (0.0 < *w) == (0.0 < *v)));
        }
    }
}
