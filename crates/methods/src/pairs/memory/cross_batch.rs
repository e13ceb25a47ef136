//! Cross-batch memory (XBM): anchors are also compared with the embeddings of past batches.
//!
//! ```text
//! L = L(x, x) + w L(x, M)          from the step `start` on; before, L(x, x)
//! M   the last `size` embeddings, a ring: the oldest is overwritten first
//! ```
//!
//! - `x`: embeddings of the batch, `[n_examples, width]`; `M`: `[size, width]`, held constant: gradients go into the batch
//!   alone, and `L` is any pair loss, with its miner
//! - `size`: 8192, `weight` `w`: 1, `start`: 1000 steps (the authors' code; its default start is 2000, its examples' 1000)
//! - `with_batch`: whether the batch is put into the memory before it is compared with it, as the authors do
//! - `decay`: what the slope at an embedding is multiplied by for each step since it was put there; 1 (ours) for not at all
//! - an anchor makes no pair with what its own row has left in the memory, now or earlier
//! - without embeddings in it, and at `size = 0`, the memory adds nothing
//!
//! What the network makes of an example drifts away from what is remembered of it. Where a row of the batch is in the memory
//! from an earlier step, the cosine between the two says how far ([`Memory::drift`]).
//!
//! Source: Wang, Zhang, Huang, Scott, *Cross-Batch Memory for Embedding Learning*, CVPR 2020.
//! Differs: the authors' code overwrites the last places a second time where a batch does not fit to the end, takes a full
//! memory whose last label is 0 for one that is not full, and knows an anchor's pair with itself by its cosine.
//! Trap: a memory that holds a large part of the training rows has few negatives that are new.
//! Trap: `start` counts steps: a short training never gets there. The embeddings of the first steps drift fast.
//! Trap: with `decay` below 1 the slopes are those of a loss whose pairs are weighed, where it is a sum over pairs; elsewhere
//! they are no gradient of the value.

use std::num::NonZeroUsize;

use nn::Real;
use nn::range::{Fraction, NonNegative};
use serde::{Deserialize, Serialize};

use crate::pairs::definition::References;

/// Parameters of the cross-batch memory.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CrossBatchMemory {
    /// Embeddings that it holds; default 8192, 0 for none.
    pub size: usize,
    /// Steps before it acts; default 1000.
    pub start: u64,
    /// What its loss is multiplied by; default 1.
    pub weight: NonNegative,
    /// Whether it holds the batch that is compared with it; default true.
    pub with_batch: bool,
    /// What slopes are multiplied by for each step since an embedding was put there; default 1.
    pub decay: Fraction,
}

impl Default for CrossBatchMemory {
    fn default() -> Self {
        CrossBatchMemory {
            size: 8192,
            start: 1000,
            weight: NonNegative::new(1.0),
            with_batch: true,
            decay: Fraction::new(1.0),
        }
    }
}

impl CrossBatchMemory {
    /// An empty memory; `None` if it is to hold nothing.
    pub fn build<T: Real>(&self) -> Option<Memory<T>> {
        let size = NonZeroUsize::new(self.size)?;
        Some(Memory {
            parameters: self.clone(),
            size,
            next: 0,
            embeddings: Vec::new(),
            targets: Vec::new(),
            rows: Vec::new(),
            steps: Vec::new(),
            drifted: (0.0, 0),
        })
    }
}

/// A ring of the last embeddings.
#[derive(Clone, Debug)]
pub struct Memory<T> {
    parameters: CrossBatchMemory,
    size: NonZeroUsize,
    /// The place that is written next.
    next: usize,
    /// `[n_filled, width]`: a ring that is larger than the training needs takes no memory.
    embeddings: Vec<T>,
    targets: Vec<u32>,
    rows: Vec<u32>,
    /// When each was put there.
    steps: Vec<u64>,
    /// Sum and number of the cosines between what is remembered of a row and what has become of it.
    drifted: (f64, u64),
}

impl<T: Real> Memory<T> {
    pub(in crate::pairs) fn parameters(&self) -> &CrossBatchMemory {
        &self.parameters
    }

    /// What it holds, in the order of its places.
    pub fn references(&self) -> References<'_, T> {
        let Memory { embeddings, targets, rows, .. } = self;
        References { embeddings, targets, rows }
    }

    /// Mean cosine between what was remembered of a row and what the network makes of it now, over the rows that came back
    /// while it was remembered; `None` if none did.
    pub fn drift(&self) -> Option<f64> {
        let (sum, count) = self.drifted;
        (count != 0).then(|| sum / count as f64)
    }

    /// Forgets what it knows of drift, not what it holds.
    pub(in crate::pairs) fn measure_drift_anew(&mut self) {
        self.drifted = (0.0, 0);
    }

    /// Sum and number of the cosines of an anchor at `step` with what its `own` row has left earlier: places and cosines.
    pub(in crate::pairs) fn drift_of(&self, step: u64, own: &[(u32, T)]) -> (f64, u64) {
        let earlier = own.iter().filter(|&&(j, _)| self.steps[j as usize] != step);
        earlier.fold((0.0, 0), |(sum, n), (_, s)| (sum + s.to_f64(), n + 1))
    }

    /// Takes note of a sum and number of such cosines.
    pub(in crate::pairs) fn note_drift(&mut self, (sum, count): (f64, u64)) {
        self.drifted.0 += sum;
        self.drifted.1 += count;
    }

    /// What slopes at what it holds are multiplied by at `step`; empty where that is 1.
    pub(in crate::pairs) fn fill_pulls(&self, step: u64, pulls: &mut Vec<T>) {
        pulls.clear();
        let decay = T::of(self.parameters.decay.get());
        if decay != T::ONE {
            pulls.extend(self.steps.iter().map(|&then| decay.powf(T::of((step - then) as f64))));
        }
    }

    /// Puts a batch of rows of length 1 into it.
    pub(in crate::pairs) fn remember(&mut self, step: u64, batch: References<'_, T>) {
        let n = batch.targets.len();
        if n == 0 {
            return;
        }
        let width = batch.embeddings.len() / n;
        for i in 0..n {
            let place = self.next;
            self.next = (place + 1) % self.size;
            let embedding = &batch.embeddings[i * width..][..width];
            if place * width == self.embeddings.len() {
                self.embeddings.extend_from_slice(embedding);
            } else {
                self.embeddings[place * width..][..width].copy_from_slice(embedding);
            }
            put(&mut self.targets, place, batch.targets[i]);
            put(&mut self.rows, place, batch.rows[i]);
            put(&mut self.steps, place, step);
        }
    }
}

/// Writes at a place that is there, or the first after the end.
fn put<V>(list: &mut Vec<V>, place: usize, value: V) {
    if place == list.len() {
        list.push(value);
    } else {
        list[place] = value;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A memory that has seen batches of these sizes, in which each row is its own number.
    fn after(size: usize, batches: &[usize]) -> Memory<f64> {
        let mut memory = CrossBatchMemory { size, ..CrossBatchMemory::default() }.build().unwrap();
        let mut first = 0;
        for (step, &n) in batches.iter().enumerate() {
            let rows: Vec<u32> = (first..first + n as u32).collect();
            let embeddings: Vec<f64> = rows.iter().flat_map(|&r| [f64::from(r), 0.5]).collect();
            let targets: Vec<u32> = rows.iter().map(|r| r % 3).collect();
            let batch = References { embeddings: &embeddings, targets: &targets, rows: &rows };
            memory.remember(step as u64, batch);
            first += n as u32;
        }
        memory
    }

    #[test]
    fn a_memory_of_nothing_is_none() {
        assert!(
            CrossBatchMemory { size: 0, ..CrossBatchMemory::default() }.build::<f64>().is_none()
        );
    }

    #[test]
    fn a_ring_of_any_size_takes_the_room_of_what_it_holds() {
        let memory = after(usize::MAX, &[2, 1]);
        assert_eq!(memory.references().rows, [0, 1, 2]);
        assert_eq!(memory.references().embeddings.len(), 6);
    }

    #[test]
    fn slopes_decay_by_the_step() {
        let mut memory = after(4, &[2, 1]);
        let mut pulls = vec![9.0];
        memory.fill_pulls(3, &mut pulls);
        assert_eq!(pulls, [0.0; 0]);
        memory.parameters.decay = Fraction::new(0.5);
        memory.fill_pulls(3, &mut pulls);
        assert_eq!(pulls, [0.125, 0.125, 0.25]);
    }

    #[test]
    fn drift_is_of_rows_that_come_back() {
        let mut memory = after(4, &[2, 1]);
        assert_eq!(memory.drift(), None);
        let drifted = memory.drift_of(1, &[(0, 0.5), (1, 0.75), (2, 1.0)]);
        assert_eq!(drifted, (1.25, 2), "what was put there in this step has not drifted");
        memory.note_drift(drifted);
        memory.note_drift((0.0, 0));
        assert_eq!(memory.drift(), Some(0.625));
        memory.measure_drift_anew();
        assert_eq!(memory.drift(), None);
    }

    proptest! {
        #[test]
        fn it_holds_the_last_in_a_ring(
            size in 1..20_usize, batches in prop::collection::vec(0..9_usize, 0..12)
        ) {
            let memory = after(size, &batches);
            let held = memory.references();
            let n: usize = batches.iter().sum();
            let mut rows = held.rows.to_vec();
            // From the oldest on.
            if n > size {
                rows.rotate_left(n % size);
            }
            let last: Vec<u32> = (n.saturating_sub(size) as u32..n as u32).collect();
            prop_assert_eq!(rows, last);
            for (j, &row) in held.rows.iter().enumerate() {
                prop_assert_eq!(held.targets[j], row % 3);
                prop_assert_eq!(&held.embeddings[2 * j..][..2], [f64::from(row), 0.5]);
            }
        }
    }
}
