//! Probabilities of classes beside the true ones: what is fitted after training learns from them.

/// The predictions of a part.
#[derive(Clone, Copy, Debug)]
pub struct Judged<'a> {
    /// `[n_examples, n_classes]`, row by row.
    pub probabilities: &'a [f64],
    /// Number of classes.
    pub n_classes: usize,
    /// `[n_examples]`, each below `n_classes`.
    pub targets: &'a [u32],
}

impl<'a> Judged<'a> {
    /// Whether anything can be fitted to it: it has examples of two classes, and its probabilities are numbers.
    pub fn tells(&self) -> bool {
        self.probabilities.iter().all(|p| p.is_finite())
            && self.targets.iter().any(|target| *target != self.targets[0])
    }

    pub(crate) fn rows(&self) -> impl Iterator<Item = &'a [f64]> + use<'a> {
        self.probabilities.chunks_exact(self.n_classes.max(1))
    }

    /// Whether there is an example of `class`.
    pub(crate) fn has(&self, class: usize) -> bool {
        self.targets.iter().any(|&target| target as usize == class)
    }

    /// The probability of `class` and whether it is the true one, example by example.
    pub(crate) fn against_rest(&self, class: usize) -> Vec<(f64, bool)> {
        let rows = self.rows().zip(self.targets);
        rows.map(|(row, &target)| (row[class], target as usize == class)).collect()
    }
}

/// The class of the largest of `scores`, the first of equals.
pub(crate) fn largest(scores: impl Iterator<Item = f64>) -> usize {
    let mut best = (0, f64::NEG_INFINITY);
    for (class, score) in scores.enumerate() {
        if best.1 < score {
            best = (class, score);
        }
    }
    best.0
}

/// Divides each row of `n_classes` by its sum; one whose sum is 0 becomes uniform.
pub(crate) fn renormalise(probabilities: &mut [f64], n_classes: usize) {
    for row in probabilities.chunks_exact_mut(n_classes.max(1)) {
        let sum: f64 = row.iter().sum();
        let uniform = 1.0 / n_classes as f64;
        row.iter_mut().for_each(|p| *p = if 0.0 < sum { *p / sum } else { uniform });
    }
}
