//! What is measured.

/// Predicted class probabilities beside the true classes.
#[derive(Clone, Copy, Debug)]
pub struct Predictions<'a> {
    /// `[n_examples, n_classes]`, row by row.
    pub probabilities: &'a [f64],
    /// Number of classes.
    pub n_classes: usize,
    /// `[n_examples]`, each below `n_classes`.
    pub targets: &'a [u32],
    /// The classes decided for, `[n_examples]`; `None`: the most probable, of equals the first.
    pub decided: Option<&'a [u32]>,
}

impl<'a> Predictions<'a> {
    pub(crate) fn rows(&self) -> impl Iterator<Item = &'a [f64]> + use<'a> {
        self.probabilities.chunks_exact(self.n_classes.max(1))
    }

    /// Nothing is measured on no examples, or on probabilities that are not numbers.
    pub(crate) fn measurable(&self) -> bool {
        !self.targets.is_empty() && self.probabilities.iter().all(|p| p.is_finite())
    }

    /// Whether each class is among the targets.
    pub(crate) fn present(&self) -> Vec<bool> {
        let mut present = vec![false; self.n_classes];
        self.targets.iter().for_each(|&target| present[target as usize] = true);
        present
    }
}
