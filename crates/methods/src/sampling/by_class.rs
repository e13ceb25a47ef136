//! Drawing a class, then one of its examples.

use std::borrow::Cow;

use nn::{Stream, Streams};

use crate::losses::Epoch;
use crate::sampling::{Batches, Pool, Sampling};

/// Draws with replacement: a class by its probability, then any of its examples alike.
pub(crate) struct ByClass {
    /// Positions of each class's examples, `[n_classes][n_k]`.
    members: Vec<Vec<u32>>,
    n_train: usize,
    streams: Streams,
}

impl ByClass {
    pub(crate) fn new(targets: &[u32], n_classes: usize, streams: &Streams) -> Self {
        let members = members(targets, n_classes);
        ByClass { members, n_train: targets.len(), streams: streams.clone() }
    }

    /// Draws as if the pool were the training part; `probabilities` says those of the classes, `[n_classes]`, from how
    /// many rows of each the pool shows.
    pub(crate) fn draw(
        &self,
        epoch: &Epoch<'_>,
        pool: &Pool,
        batches: &mut Batches,
        probabilities: impl FnOnce(&[u32]) -> Vec<f64>,
    ) {
        let mut stream = self.stream(epoch);
        let members = self.shown(pool);
        let counts = sizes(&members);
        let probabilities = probabilities(&counts);
        batches.walk(self.n_train, |rows| {
            if counts.iter().any(|&n| 0 < n) {
                rows.push(pick(&mut stream, &members, &probabilities).1);
            }
        });
    }

    /// What the rows of an epoch are drawn from.
    pub(crate) fn stream(&self, epoch: &Epoch<'_>) -> Stream {
        self.streams.indexed("batches", epoch.number as u64)
    }

    /// Those of each class's examples that `pool` shows.
    pub(crate) fn shown(&self, pool: &Pool) -> Cow<'_, [Vec<u32>]> {
        shown(&self.members, pool)
    }
}

/// A class by its probability, and one of its `members`.
pub(crate) fn pick(
    stream: &mut Stream,
    members: &[Vec<u32>],
    probabilities: &[f64],
) -> (usize, u32) {
    let class = stream.choice(probabilities);
    (class, members[class][stream.below(members[class].len())])
}

/// Examples of each class.
pub(crate) fn sizes(members: &[Vec<u32>]) -> Vec<u32> {
    members.iter().map(|members| members.len() as u32).collect()
}

/// Draws class `k` with a probability proportional to `n_k^exponent`, in every epoch.
pub(crate) struct Drawn {
    by_class: ByClass,
    exponent: f64,
}

impl Drawn {
    pub(crate) fn new(targets: &[u32], n_classes: usize, exponent: f64, streams: &Streams) -> Self {
        Drawn { by_class: ByClass::new(targets, n_classes, streams), exponent }
    }
}

impl Sampling for Drawn {
    fn epoch(&mut self, epoch: &Epoch<'_>, pool: &Pool, batches: &mut Batches) {
        let exponent = self.exponent;
        self.by_class.draw(epoch, pool, batches, |counts| class_probabilities(counts, exponent));
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

/// The smallest class that has rows, the first of equally small ones.
pub(crate) fn smallest(counts: &[u32]) -> Option<usize> {
    let present = (0..counts.len()).filter(|&class| 0 < counts[class]);
    present.min_by_key(|&class| counts[class])
}

/// Those of each class's examples that `pool` shows.
pub(crate) fn shown<'a>(members: &'a [Vec<u32>], pool: &Pool) -> Cow<'a, [Vec<u32>]> {
    if pool.is_full() {
        return Cow::Borrowed(members);
    }
    let of_class =
        |members: &Vec<u32>| members.iter().copied().filter(|&row| pool.shows(row)).collect();
    members.iter().map(of_class).collect()
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
        let mut batches = Batches::new(3);
        let mut sampling = Drawn::new(&[2, 0, 2], 3, 0.0, &Streams::new([1; 32]));
        sampling.epoch(&Epoch::at(0.0), &Pool::full(3), &mut batches);
        assert_eq!(batches.rows.len(), 3);
    }

    #[test]
    fn an_epoch_of_nothing_is_empty() {
        let mut batches = Batches::new(3);
        let mut sampling = Drawn::new(&[], 2, 0.0, &Streams::new([1; 32]));
        sampling.epoch(&Epoch::at(0.0), &Pool::full(0), &mut batches);
        assert_eq!(batches.iter().len(), 0);
    }
}
