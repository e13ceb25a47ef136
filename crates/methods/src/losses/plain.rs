//! The plain loss of a readout: cross-entropy, or binary cross-entropy summed over the logits, of the logits as they
//! are read, scaled and moved. It is what meta sets and surveys score by. What a network says beside the logits, as of boxes,
//! costs nothing here.

use nn::{Matrix, Real};

use crate::losses::{Batch, BinaryCrossEntropy, CrossEntropy, Link, Loss, PerExample, Readout};

/// The plain loss, with its workspace. Logits with a temperature go through the plain softmax.
#[derive(Clone, Debug)]
pub struct Plain<T> {
    link: Link,
    scale: T,
    offsets: Vec<T>,
    /// Columns after the logits.
    beside: usize,
    /// The logits as they are read.
    moved: Matrix<T>,
    /// What is said of them, where there are columns beside.
    of_logits: PerExample<T>,
}

impl<T: Real> Plain<T> {
    /// Of logits that are read by `readout`.
    pub fn new(readout: &Readout) -> Self {
        Plain {
            link: readout.link,
            scale: T::of(readout.scale),
            offsets: readout.offsets.iter().map(|&offset| T::of(offset)).collect(),
            beside: readout.beside,
            moved: Matrix::default(),
            of_logits: PerExample::default(),
        }
    }

    /// What slopes at the logits as they are read are multiplied by to be those at the logits.
    pub(crate) fn scale(&self) -> T {
        self.scale
    }

    /// The loss of each example, and its slopes at the logits as they are read.
    pub fn score(&mut self, logits: &Matrix<T>, targets: &[u32], out: &mut PerExample<T>) {
        let Plain { link, scale, offsets, beside, moved, of_logits } = self;
        let n_logits = logits.n_columns() - *beside;
        moved.reshape(targets.len(), n_logits);
        for (moved, logits) in moved.rows_mut().zip(logits.rows()) {
            moved.iter_mut().zip(logits).for_each(|(moved, &z)| *moved = *scale * z);
            moved.iter_mut().zip(&*offsets).for_each(|(moved, &offset)| *moved += offset);
        }
        let batch = Batch::new(moved, targets);
        let found = if *beside == 0 { &mut *out } else { &mut *of_logits };
        match link {
            Link::Softmax => CrossEntropy {}.evaluate(&batch, found),
            Link::Sigmoid => BinaryCrossEntropy {}.evaluate(&batch, found),
        }
        if *beside != 0 {
            std::mem::swap(&mut out.losses, &mut of_logits.losses);
            std::mem::swap(&mut out.mass, &mut of_logits.mass);
            out.gradient.reshape(targets.len(), logits.n_columns());
            for (row, slopes) in out.gradient.rows_mut().zip(of_logits.gradient.rows()) {
                let (own, rest) = row.split_at_mut(n_logits);
                own.copy_from_slice(slopes);
                rest.fill(T::ZERO);
            }
        }
    }
}

/// As a loss its slopes are those at the logits.
impl<T: Real> Loss<T> for Plain<T> {
    fn evaluate(&mut self, batch: &Batch<'_, T>, out: &mut PerExample<T>) {
        self.score(batch.logits, batch.targets, out);
        if self.scale != T::ONE {
            out.gradient.values_mut().iter_mut().for_each(|slope| *slope *= self.scale);
        }
    }
}
