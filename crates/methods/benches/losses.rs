//! Forward and backward of every loss at its defaults, in 32 bits on one thread, beside a plain copy that reads
//! the logits and writes as many gradients. Batches of `[examples, logits]`; losses for two classes are taken at
//! one logit only, the slowest on smaller batches.

use divan::Bencher;
use divan::counter::ItemsCount;
use methods::losses::{Batch, LossSpec, PerExample};
use methods::setting::{ClassCounts, Setting};
use nn::{Matrix, Streams};
use strum::IntoEnumIterator;

fn main() {
    divan::main();
}

const SHAPES: [(usize, usize); 4] = [(1_000_000, 1), (100_000, 10), (10_000, 100), (10_000, 1000)];

fn logits(n: usize, width: usize) -> Matrix<f32> {
    let mut stream = Streams::new([0; 32]).stream("logits");
    Matrix::from_values(width, (0..n * width).map(|_| 3.0 * stream.normal() as f32).collect())
}

#[divan::bench(args = SHAPES, sample_count = 20)]
fn copy(bencher: Bencher<'_, '_>, (n, width): (usize, usize)) {
    let logits = logits(n, width);
    let mut gradient = Matrix::<f32>::zeros(n, width);
    bencher.counter(ItemsCount::new(n * width)).bench_local(|| {
        gradient.values_mut().copy_from_slice(divan::black_box(logits.values()));
    });
}

/// A loss at a shape.
#[derive(Clone, Debug)]
struct Case {
    spec: LossSpec,
    shape: (usize, usize),
}

impl std::fmt::Display for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {:?}", self.spec.name(), self.shape)
    }
}

fn cases() -> Vec<Case> {
    let of_loss = |spec: LossSpec| {
        SHAPES.into_iter().filter_map(move |(n, width)| {
            let single = spec.n_outputs(2) == 1;
            let two = spec.traits().two_classes;
            if (width == 1 && !single) || (two && width != 1) {
                return None;
            }
            // Quadratic in the batch, or with a normaliser that is iterated.
            let n = match spec {
                LossSpec::AveragePrecision(_) => 1000,
                LossSpec::BiTempered(_) => n / 100,
                _ => n,
            };
            Some(Case { spec: spec.clone(), shape: (n, width) })
        })
    };
    LossSpec::iter().flat_map(of_loss).collect()
}

#[divan::bench(args = cases(), sample_count = 10)]
fn forward_backward(bencher: Bencher<'_, '_>, case: &Case) {
    let &Case { ref spec, shape: (n, width) } = case;
    let n_classes = width.max(2);
    let logits = logits(n, width);
    let targets: Vec<u32> = (0..n as u32).map(|i| i % n_classes as u32).collect();
    let counts = ClassCounts::new((1..=n_classes as u32).map(|k| 10_000 / k).collect());
    let setting = Setting { counts: &counts, streams: &Streams::new([0; 32]) };
    let mut loss = spec.build::<f32>(&setting).expect("the classes fit the loss");
    let mut out = PerExample::default();
    bencher
        .counter(ItemsCount::new(n * width))
        .bench_local(|| loss.evaluate(&Batch::new(&logits, &targets), &mut out));
}
