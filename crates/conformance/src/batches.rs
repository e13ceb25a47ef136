//! Batches to try losses on, and the losses at work.

use methods::MethodError;
use methods::losses::{Batch, Epoch, Loss, LossSpec, PerExample};
use methods::setting::{ClassCounts, Setting};
use nn::{Matrix, Real, Stream, Streams};

/// Logits and targets.
#[derive(Clone, Debug)]
pub(crate) struct Sample {
    pub(crate) logits: Matrix<f64>,
    pub(crate) targets: Vec<u32>,
    /// Last hidden activations, for losses that read them.
    pub(crate) hidden: Matrix<f64>,
}

/// A loss, and the classes it is tried on.
#[derive(Clone, Debug)]
pub struct Subject {
    pub(crate) spec: LossSpec,
    pub(crate) counts: ClassCounts,
}

impl Subject {
    /// A loss on classes with these counts; without counts on three classes, or two for a loss that
    /// knows no more.
    ///
    /// # Errors
    /// If a parameter of the loss does not fit the classes.
    pub fn new(spec: LossSpec, counts: Option<&[u32]>) -> Result<Self, MethodError> {
        let few: &[u32] = if spec.traits().two_classes { &[40, 10] } else { &[40, 10, 5] };
        Subject::with(spec, ClassCounts::new(counts.unwrap_or(few).to_vec()))
    }

    /// The loss.
    pub fn spec(&self) -> &LossSpec {
        &self.spec
    }

    /// Training examples of each class.
    pub fn counts(&self) -> &[f64] {
        self.counts.get()
    }

    /// The same with counts that need not be whole.
    pub(crate) fn with(spec: LossSpec, counts: ClassCounts) -> Result<Self, MethodError> {
        spec.build::<f64>(&Setting { counts: &counts, streams: &streams() })?;
        Ok(Subject { spec, counts })
    }
}

pub(crate) fn streams() -> Streams {
    Streams::new([9; 32])
}

pub(crate) fn built<T: Real>(spec: &LossSpec, counts: &ClassCounts) -> Box<dyn Loss<T>> {
    let streams = streams();
    spec.build(&Setting { counts, streams: &streams })
        .unwrap_or_else(|error| panic!("a subject fits its classes: {error}"))
}

/// A loss in an epoch, told how well the classes are recognised if it asks.
pub(crate) fn begun<T: Real>(
    spec: &LossSpec,
    counts: &ClassCounts,
    progress: f64,
) -> Box<dyn Loss<T>> {
    let mut loss = built(spec, counts);
    let n_classes = if spec.traits().reads_recalls { counts.n_classes() } else { 0 };
    let recalls: Vec<Option<f64>> = (0..n_classes).map(|k| Some(0.9 / (k + 1) as f64)).collect();
    loss.begin_epoch(&Epoch { recalls: &recalls, ..Epoch::at(progress) });
    loss
}

/// Share of the epochs that is done where only one epoch is tried: whatever a loss defers counts there.
pub(crate) const LATE: f64 = 0.9;

impl Sample {
    /// `n` examples with logits of the given spread.
    pub(crate) fn random(
        n: usize,
        n_classes: usize,
        width: usize,
        spread: f64,
        stream: &mut Stream,
    ) -> Self {
        let values = |n: usize, stream: &mut Stream| (0..n).map(|_| stream.normal()).collect();
        let mut logits = Matrix::from_values(width, values(n * width, stream));
        logits.values_mut().iter_mut().for_each(|z| *z *= spread);
        // Every class is there, whatever is drawn.
        let targets = (0..n)
            .map(|i| if i < n_classes { i as u32 } else { stream.below(n_classes) as u32 })
            .collect();
        Sample { logits, targets, hidden: Matrix::from_values(4, values(n * 4, stream)) }
    }

    /// What a fresh loss says of it.
    pub(crate) fn evaluate(&self, loss: &mut dyn Loss<f64>) -> PerExample<f64> {
        let mut out = PerExample::default();
        let batch = Batch { hidden: Some(&self.hidden), ..Batch::new(&self.logits, &self.targets) };
        loss.evaluate(&batch, &mut out);
        out
    }

    /// The same in 32 bits; `hidden` and `logits` are rounded.
    pub(crate) fn evaluate_single(&self, loss: &mut dyn Loss<f32>) -> PerExample<f32> {
        let single = |matrix: &Matrix<f64>| {
            let values = matrix.values().iter().map(|&x| x as f32).collect();
            Matrix::from_values(matrix.n_columns(), values)
        };
        let (logits, hidden) = (single(&self.logits), single(&self.hidden));
        let mut out = PerExample::default();
        let batch = Batch { hidden: Some(&hidden), ..Batch::new(&logits, &self.targets) };
        loss.evaluate(&batch, &mut out);
        out
    }
}

/// `name[{label of parameters}]`, as a failure tells it.
pub(crate) fn described(spec: &LossSpec) -> String {
    serde_json::to_string(spec).unwrap_or_else(|_| spec.name().to_owned())
}
