//! Random over-sampling: every class is brought to the size of the largest.
//!
//! ```text
//! an epoch: every training example once, and of class k another n_max - n_k draws with replacement
//! ```
//!
//! - `n_k`: number of training examples of class `k`, `n_max` of the largest class
//! - an epoch of a network draws anew; a classical learner is fitted to the draws of the first epoch
//!
//! Source: Chawla and others, *SMOTE: Synthetic Minority Over-sampling Technique*, JAIR 2002 (as the
//! method to beat); the rule, every original kept and the rest drawn, is that of imbalanced-learn.
//! Differs: class-balanced sampling draws all examples, so that it may leave some out.
//! Trap: done before the split, copies of test rows are learnt from. Here it sees the training part only.

use nn::Streams;
use serde::{Deserialize, Serialize};

use crate::losses::Epoch;
use crate::sampling::by_class::{class_probabilities, members, shown};
use crate::sampling::definition::Definition;
use crate::sampling::{Batches, Pool, Sampling};

/// Over-sampling of all classes but the largest. It has no parameters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RandomOversampling {}

impl Definition for RandomOversampling {
    fn code(&self) -> &'static str {
        include_str!("random_oversampling.rs")
    }

    fn version(&self) -> u32 {
        1
    }

    fn build(&self, targets: &[u32], n_classes: usize, streams: &Streams) -> Box<dyn Sampling> {
        Box::new(Oversampled { members: members(targets, n_classes), streams: streams.clone() })
    }

    fn epoch_size(&self, counts: &[u32]) -> usize {
        let n_present = counts.iter().filter(|&&n| 0 < n).count();
        n_present * counts.iter().max().map_or(0, |&n| n as usize)
    }

    fn probabilities(&self, counts: &[u32]) -> Option<Vec<f64>> {
        Some(class_probabilities(counts, 0.0))
    }
}

/// Every example once, and draws that make the classes equal.
struct Oversampled {
    /// Positions of each class's examples, `[n_classes][n_k]`.
    members: Vec<Vec<u32>>,
    streams: Streams,
}

impl Sampling for Oversampled {
    /// Over-samples what the pool shows.
    fn epoch(&mut self, epoch: &Epoch<'_>, pool: &Pool, batches: &mut Batches) {
        let mut stream = self.streams.indexed("batches", epoch.number as u64);
        let sizes = self.members.iter().map(Vec::len);
        let n_present = sizes.clone().filter(|&n| 0 < n).count();
        let largest = sizes.max().unwrap_or(0);
        let shown = shown(&self.members, pool);
        batches.walk(n_present * largest, |rows| {
            let start = rows.len();
            for members in shown.iter().filter(|members| !members.is_empty()) {
                rows.extend(members);
                let drawn = (members.len()..largest).map(|_| members[stream.below(members.len())]);
                rows.extend(drawn);
            }
            stream.shuffle(&mut rows[start..]);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_equal_and_every_example_is_there() {
        let targets = [0, 0, 0, 2, 0, 2, 0];
        let mut batches = Batches::new(10);
        let mut sampling = RandomOversampling {}.build(&targets, 3, &Streams::new([1; 32]));
        sampling.epoch(&Epoch::at(0.0), &Pool::full(7), &mut batches);
        let order = batches.rows;
        assert_eq!(order.len(), RandomOversampling {}.epoch_size(&[5, 0, 2]));
        let of_two = order.iter().filter(|&&i| targets[i as usize] == 2).count();
        assert_eq!((order.len(), of_two), (10, 5));
        assert!((0..7).all(|i| order.contains(&i)), "{order:?}");
    }
}
