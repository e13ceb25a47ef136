//! Class-aware sampling: classes come in turns, and each shows some of its examples when it does.
//!
//! ```text
//! order: a permutation of the classes, another one whenever all have had their turn
//! turn:  the next samples_per_class examples of the class, in a random order of its own, shuffled anew at its end
//! ```
//!
//! - `samples_per_class`: 4, as in the code of Kang and others
//! - an epoch is as many rows as there are training examples, so that it has the steps of any epoch; it may end within a
//!   turn
//! - every class is shown alike, as `class_balanced` does, but nothing is left to chance: of a class no example comes twice
//!   before all have come once, within an epoch
//! - a classical learner, which has no epochs, is fitted to the rows of one; boosted trees draw anew each round
//!
//! Source: Shen, Lin, Huang, *Relay Backpropagation for Effective Learning of Deep Convolutional Neural Networks*, ECCV
//! 2016; Kang and others, *Decoupling Representation and Classifier for Long-Tailed Recognition*, ICLR 2020, whose code has
//! `samples_per_class`.
//! Differs: there an epoch is `K n_max` rows (`K` classes, `n_max` examples of the largest), and the orders go on from one
//! epoch to the next; here an epoch depends on its number alone.

use std::num::NonZeroUsize;

use nn::{Stream, Streams};
use serde::{Deserialize, Serialize};

use crate::losses::Epoch;
use crate::sampling::by_class::{class_probabilities, members, shown};
use crate::sampling::definition::Definition;
use crate::sampling::{Batches, Pool, Sampling};

/// Parameters of class-aware sampling.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ClassAwareSampling {
    /// Examples that a class shows in a row; default 4.
    pub samples_per_class: NonZeroUsize,
}

impl Default for ClassAwareSampling {
    fn default() -> Self {
        ClassAwareSampling { samples_per_class: NonZeroUsize::new(4).expect("4 > 0") }
    }
}

impl Definition for ClassAwareSampling {
    fn code(&self) -> &'static str {
        include_str!("class_aware.rs")
    }

    fn version(&self) -> u32 {
        1
    }

    fn build(&self, targets: &[u32], n_classes: usize, streams: &Streams) -> Box<dyn Sampling> {
        Box::new(ClassAware {
            members: members(targets, n_classes),
            n_train: targets.len(),
            samples_per_class: self.samples_per_class.get(),
            streams: streams.clone(),
        })
    }

    fn probabilities(&self, counts: &[u32]) -> Option<Vec<f64>> {
        Some(class_probabilities(counts, 0.0))
    }

    fn turn(&self) -> Option<NonZeroUsize> {
        Some(self.samples_per_class)
    }
}

/// Classes in turns.
struct ClassAware {
    /// Positions of each class's examples, `[n_classes][n_k]`.
    members: Vec<Vec<u32>>,
    n_train: usize,
    samples_per_class: usize,
    streams: Streams,
}

impl Sampling for ClassAware {
    /// Takes turns among the classes that the pool shows anything of.
    fn epoch(&mut self, epoch: &Epoch<'_>, pool: &Pool, batches: &mut Batches) {
        let mut stream = self.streams.indexed("batches", epoch.number as u64);
        let shown = shown(&self.members, pool);
        let present = shown.iter().filter(|members| !members.is_empty());
        let mut cycles: Vec<Cycle> = present.map(|members| Cycle::of(members.clone())).collect();
        let mut order = Cycle::of((0..cycles.len() as u32).collect());
        batches.walk(self.n_train, |rows| {
            if cycles.is_empty() {
                return;
            }
            let class = order.next(&mut stream) as usize;
            rows.extend((0..self.samples_per_class).map(|_| cycles[class].next(&mut stream)));
        });
    }
}

/// Items one after the other, in another order each time that all have come.
struct Cycle {
    items: Vec<u32>,
    at: usize,
}

impl Cycle {
    fn of(items: Vec<u32>) -> Self {
        Cycle { items, at: 0 }
    }

    fn next(&mut self, stream: &mut Stream) -> u32 {
        if self.at == 0 {
            stream.shuffle(&mut self.items);
        }
        let item = self.items[self.at];
        self.at = (self.at + 1) % self.items.len();
        item
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Three classes of 20, 6 and 3.
    fn targets() -> Vec<u32> {
        (0..29).map(|i| u32::from(20 <= i) + u32::from(26 <= i)).collect()
    }

    fn rows(samples_per_class: usize, number: usize) -> Vec<u32> {
        let samples_per_class = NonZeroUsize::new(samples_per_class).unwrap();
        let sampling = ClassAwareSampling { samples_per_class };
        let mut batches = Batches::new(7);
        let mut sampling = sampling.build(&targets(), 3, &Streams::new([8; 32]));
        sampling.epoch(&Epoch { number, ..Epoch::at(0.0) }, &Pool::full(29), &mut batches);
        batches.rows
    }

    #[test]
    fn every_class_has_its_turn_before_any_has_two() {
        let targets = targets();
        for (n, number) in [(1, 0), (2, 0), (4, 0), (4, 3)] {
            let rows = rows(n, number);
            assert_eq!(rows.len(), 29);
            let classes: Vec<u32> = rows.iter().map(|&row| targets[row as usize]).collect();
            for turn in classes.chunks(n) {
                assert!(turn.iter().all(|class| *class == turn[0]), "{classes:?}");
            }
            let turns: Vec<u32> = classes.chunks(n).map(|turn| turn[0]).collect();
            for round in turns.chunks(3) {
                let (n_turns, mut round) = (round.len(), round.to_vec());
                round.sort_unstable();
                round.dedup();
                assert_eq!(round.len(), n_turns, "{turns:?}");
            }
        }
    }

    #[test]
    fn no_example_of_a_class_comes_twice_before_all_have_come() {
        let rows = rows(4, 1);
        for (class, size) in [(20..26, 6), (26..29, 3)] {
            let of_class: Vec<u32> =
                rows.iter().copied().filter(|row| class.contains(row)).collect();
            assert!(size < of_class.len(), "{rows:?}");
            for pass in of_class.chunks(size) {
                let mut distinct = pass.to_vec();
                distinct.sort_unstable();
                distinct.dedup();
                assert_eq!(distinct.len(), pass.len(), "{of_class:?}");
            }
        }
    }
}
