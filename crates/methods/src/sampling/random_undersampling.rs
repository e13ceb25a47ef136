//! Random under-sampling: every class is cut to the size of the smallest.
//!
//! ```text
//! an epoch: of each class, n_min of its training examples without replacement
//! ```
//!
//! - `n_min`: number of training examples of the smallest class that has any
//! - an epoch of a network draws anew, so that it sees all examples in the end; a classical learner is
//!   fitted to the draws of the first epoch
//!
//! Source: Kubat, Matwin, *Addressing the Curse of Imbalanced Training Sets: One-Sided Selection*, ICML
//! 1997; Japkowicz, Stephen, *The class imbalance problem: A systematic study*, Intelligent Data Analysis
//! 2002.
//! Trap: with a smallest class of ten rows, two classes are learnt from twenty rows: results vary much
//! with the draw, so that several seeds are needed.

use nn::Streams;
use serde::{Deserialize, Serialize};

use crate::losses::Epoch;
use crate::sampling::by_class::{class_probabilities, members, shown};
use crate::sampling::definition::Definition;
use crate::sampling::{Batches, Pool, Sampling};

/// Under-sampling of all classes but the smallest. It has no parameters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RandomUndersampling {}

impl Definition for RandomUndersampling {
    fn code(&self) -> &'static str {
        include_str!("random_undersampling.rs")
    }

    fn version(&self) -> u32 {
        1
    }

    fn build(&self, targets: &[u32], n_classes: usize, streams: &Streams) -> Box<dyn Sampling> {
        Box::new(Undersampled { members: members(targets, n_classes), streams: streams.clone() })
    }

    fn epoch_size(&self, counts: &[u32]) -> usize {
        let present = counts.iter().filter(|&&n| 0 < n);
        present.clone().count() * present.min().map_or(0, |&n| n as usize)
    }

    fn probabilities(&self, counts: &[u32]) -> Option<Vec<f64>> {
        Some(class_probabilities(counts, 0.0))
    }
}

/// As many of each class as the smallest has.
struct Undersampled {
    /// Positions of each class's examples, `[n_classes][n_k]`.
    members: Vec<Vec<u32>>,
    streams: Streams,
}

impl Sampling for Undersampled {
    /// Under-samples what the pool shows, again and again until the epoch has its length.
    fn epoch(&mut self, epoch: &Epoch<'_>, pool: &Pool, batches: &mut Batches) {
        let mut stream = self.streams.indexed("batches", epoch.number as u64);
        let sizes = self.members.iter().map(Vec::len).filter(|&n| 0 < n);
        let n_rows = sizes.clone().count() * sizes.min().unwrap_or(0);
        let shown = shown(&self.members, pool);
        let present = shown.iter().filter(|members| !members.is_empty());
        let smallest = present.clone().map(Vec::len).min().unwrap_or(0);
        batches.walk(n_rows, |rows| {
            let start = rows.len();
            for members in present.clone() {
                let positions = stream.permutation(members.len());
                rows.extend(positions[..smallest].iter().map(|&at| members[at as usize]));
            }
            stream.shuffle(&mut rows[start..]);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_equal_and_no_example_comes_twice() {
        let targets = [0, 0, 0, 2, 0, 2, 0];
        let mut sampling = RandomUndersampling {}.build(&targets, 3, &Streams::new([1; 32]));
        let mut seen = std::collections::BTreeSet::new();
        for number in 0..20 {
            let epoch = Epoch { number, ..Epoch::at(0.0) };
            let mut batches = Batches::new(4);
            sampling.epoch(&epoch, &Pool::full(7), &mut batches);
            let order = batches.rows;
            assert_eq!(order.len(), RandomUndersampling {}.epoch_size(&[5, 0, 2]));
            assert_eq!(order.iter().filter(|&&i| targets[i as usize] == 2).count(), 2);
            let distinct: std::collections::BTreeSet<u32> = order.iter().copied().collect();
            assert_eq!(distinct.len(), order.len());
            seen.extend(order);
        }
        assert_eq!(seen.len(), 7, "twenty epochs see every example");
    }
}
