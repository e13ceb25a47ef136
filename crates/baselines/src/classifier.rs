//! A learner that was fitted: what it has learnt, and of which classes.

use crate::error::{BaselineError, Result};
use crate::training_set::{CompactLabels, Features, TrainingSet};

/// What a learner has learnt: the shares of the classes that were present in the training data.
pub(crate) trait ClassShares: Send {
    /// The shares of these classes, `[n_rows][n_present]`. There is at least one row.
    fn shares(&self, rows: Features<'_>) -> Result<Vec<Vec<f64>>>;

    /// Whether the solver came as close to its optimum as it was asked to; `None` of a learner that does
    /// not iterate towards one.
    fn converged(&self) -> Option<bool> {
        None
    }
}

/// A fitted learner.
pub struct Classifier {
    learner: &'static str,
    learnt: Box<dyn ClassShares>,
    present: Vec<u32>,
    n_classes: usize,
    n_features: usize,
}

impl Classifier {
    pub(crate) fn new(
        learner: &'static str,
        learnt: Box<dyn ClassShares>,
        examples: &TrainingSet<'_>,
        labels: CompactLabels,
    ) -> Self {
        let TrainingSet { n_classes, n_features, .. } = *examples;
        Classifier { learner, learnt, present: labels.present, n_classes, n_features }
    }

    /// Class probabilities, `[n_examples, n_classes]` row by row; classes that were absent from the
    /// training data get 0. The class with the largest, the first of equals, is the one that the learner
    /// itself predicts.
    ///
    /// - `features`: `[n_examples, n_features]`, row by row
    ///
    /// # Errors
    /// If the library cannot predict.
    pub fn probabilities(&self, features: &[f64]) -> std::result::Result<Vec<f64>, BaselineError> {
        // smartcore has no matrix without rows.
        if features.is_empty() {
            return Ok(Vec::new());
        }
        let rows = Features { n_columns: self.n_features, values: features };
        let mut all = vec![0.0; rows.n_rows() * self.n_classes];
        let shares = self.learnt.shares(rows).map_err(|failure| failure.of(self.learner))?;
        for (row, shares) in all.chunks_exact_mut(self.n_classes).zip(shares) {
            self.present.iter().zip(shares).for_each(|(&class, p)| row[class as usize] = p);
        }
        Ok(all)
    }

    /// Whether the solver came as close to its optimum as it was asked to; `None` of a learner that does
    /// not iterate towards one.
    pub fn converged(&self) -> Option<bool> {
        self.learnt.converged()
    }
}
