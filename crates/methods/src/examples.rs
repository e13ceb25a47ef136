//! Examples: rows of features with their classes. One type for every part of the data, in every crate.

use nn::{Matrix, Real};

/// Examples to learn from or to measure on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Examples<T> {
    /// `[n_examples, n_features]`.
    pub features: Matrix<T>,
    /// `[n_examples]`, each below the number of classes.
    pub targets: Vec<u32>,
}

impl<T: Real> Examples<T> {
    /// Becomes `rows` of `other`, one after the other.
    pub fn gather(&mut self, other: &Examples<T>, rows: &[u32]) {
        self.features.gather(&other.features, rows);
        self.targets.clear();
        self.targets.extend(rows.iter().map(|&row| other.targets[row as usize]));
    }
}
