//! Drawing a class, then one of its examples.

use nn::{Stream, Streams};

use crate::sampling::Sampling;

/// Draws with replacement: a class by its probability, then any of its examples alike.
pub(crate) struct ByClass {
    /// Positions of each class's examples, `[n_classes][n_k]`.
    members: Vec<Vec<u32>>,
    /// `[n_classes]`; 0 for a class without examples.
    probabilities: Vec<f64>,
    n_train: usize,
    streams: Streams,
}

impl ByClass {
    /// Draws class `k` with a probability proportional to `n_k^exponent`.
    pub(crate) fn new(targets: &[u32], n_classes: usize, exponent: f64, streams: &Streams) -> Self {
        let members = members(targets, n_classes);
        let counts: Vec<u32> = members.iter().map(|members| members.len() as u32).collect();
        let probabilities = class_probabilities(&counts, exponent);
        ByClass { members, probabilities, n_train: targets.len(), streams: streams.clone() }
    }

    fn draw(&self, stream: &mut Stream) -> u32 {
        let members = &self.members[stream.choice(&self.probabilities)];
        members[stream.below(members.len())]
    }
}

impl Sampling for ByClass {
    fn epoch(&mut self, epoch: usize, order: &mut Vec<u32>) {
        let mut stream = self.streams.indexed("batches", epoch as u64);
        order.clear();
        order.extend((0..self.n_train).map(|_| self.draw(&mut stream)));
    }
}

/// Positions of each class's examples, `[n_classes][n_k]`.
pub(crate) fn members(targets: &[u32], n_classes: usize) -> Vec<Vec<u32>> {
    let mut members = vec![Vec::new(); n_classes];
    for (i, &y) in targets.iter().enumerate() {
        members[y as usize].push(i as u32);
    }
    members
}

/// `n_k^exponent / Σ_j n_j^exponent` over the classes that have examples; 0 for the others.
pub(crate) fn class_probabilities(counts: &[u32], exponent: f64) -> Vec<f64> {
    let power = |&n: &u32| if n == 0 { 0.0 } else { libm::pow(f64::from(n), exponent) };
    let powers: Vec<f64> = counts.iter().map(power).collect();
    let sum: f64 = powers.iter().sum();
    powers.iter().map(|power| if sum == 0.0 { 0.0 } else { power / sum }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_without_examples_is_never_drawn() {
        assert_eq!(class_probabilities(&[4, 0, 12], 0.0), [0.5, 0.0, 0.5]);
        assert_eq!(class_probabilities(&[0, 0], 0.0), [0.0, 0.0]);
        let mut order = Vec::new();
        ByClass::new(&[2, 0, 2], 3, 0.0, &Streams::new([1; 32])).epoch(0, &mut order);
        assert_eq!(order.len(), 3);
    }

    #[test]
    fn an_epoch_of_nothing_is_empty() {
        let mut order = vec![1];
        ByClass::new(&[], 2, 0.0, &Streams::new([1; 32])).epoch(0, &mut order);
        assert_eq!(order, [0_u32; 0]);
    }
}
