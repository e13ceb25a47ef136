//! What a method knows before the first batch.

use nn::Streams;

/// The classes and the streams of a trial.
#[derive(Clone, Copy, Debug)]
pub struct Setting<'a> {
    /// Training examples of each class, as they are sampled.
    pub counts: &'a ClassCounts,
    /// For methods that draw.
    pub streams: &'a Streams,
}

/// Number of training examples of each class as a network meets them in an epoch, `[n_classes]`.
#[derive(Clone, Debug, PartialEq)]
pub struct ClassCounts(Vec<f64>);

impl ClassCounts {
    /// Counts in the order of the classes.
    pub fn new(counts: Vec<u32>) -> Self {
        ClassCounts(counts.into_iter().map(f64::from).collect())
    }

    /// What is expected of an epoch of as many examples as there are, if classes are drawn with
    /// `probabilities`, `[n_classes]`.
    pub fn expected(n_examples: usize, probabilities: &[f64]) -> Self {
        ClassCounts(probabilities.iter().map(|p| p * n_examples as f64).collect())
    }

    /// The counts in the order of the classes.
    pub fn get(&self) -> &[f64] {
        &self.0
    }

    /// The classes without a training row: of a split by classes, those that are tested alone.
    pub fn without_rows(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.0.len()).filter(|&class| self.0[class] == 0.0)
    }

    /// Number of classes.
    pub fn n_classes(&self) -> usize {
        self.0.len()
    }
}

/// How many of `targets` are of each of `n_classes`.
pub fn counts_of(targets: &[u32], n_classes: usize) -> Vec<u32> {
    let mut counts = vec![0; n_classes];
    targets.iter().for_each(|&target| counts[target as usize] += 1);
    counts
}
