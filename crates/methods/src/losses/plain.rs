//! The plain loss of a readout: cross-entropy, or binary cross-entropy summed over the logits, of the logits as they
//! are read, scaled and moved. It is what meta sets and surveys score by.

use nn::{Matrix, Real};

use crate::losses::{Batch, BinaryCrossEntropy, CrossEntropy, Link, Loss, PerExample, Readout};

/// The plain loss, with its workspace. Logits with a temperature go through the plain softmax.
#[derive(Clone, Debug)]
pub struct Plain<T> {
    link: Link,
    scale: T,
    offsets: Vec<T>,
    /// The logits as they are read.
    moved: Matrix<T>,
}

impl<T: Real> Plain<T> {
    /// Of logits that are read by `readout`.
    pub fn new(readout: &Readout) -> Self {
        Plain {
            link: readout.link,
            scale: T::of(readout.scale),
            offsets: readout.offsets.iter().map(|&offset| T::of(offset)).collect(),
            moved: Matrix::default(),
        }
    }

    /// What slopes at the logits as they are read are multiplied by to be those at the logits.
    pub(crate) fn scale(&self) -> T {
        self.scale
    }

    /// The loss of each example, and its slopes at the logits as they are read.
    pub fn score(&mut self, logits: &Matrix<T>, targets: &[u32], out: &mut PerExample<T>) {
        let Plain { link, scale, offsets, moved } = self;
        moved.reshape(targets.len(), logits.n_columns());
        for (moved, logits) in moved.rows_mut().zip(logits.rows()) {
            moved.iter_mut().zip(logits).for_each(|(moved, &z)| *moved = *scale * z);
            moved.iter_mut().zip(&*offsets).for_each(|(moved, &offset)| *moved += offset);
        }
        let batch = Batch::new(moved, targets);
        match link {
            Link::Softmax => CrossEntropy {}.evaluate(&batch, out),
            Link::Sigmoid => BinaryCrossEntropy {}.evaluate(&batch, out),
        }
    }
}
