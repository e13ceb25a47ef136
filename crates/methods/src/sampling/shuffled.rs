//! Every row once an epoch, in random order.

use nn::Streams;

use crate::losses::Epoch;
use crate::sampling::{Batches, Pool, Sampling};

/// A permutation of the rows for each epoch.
pub(crate) struct Shuffled {
    n_rows: usize,
    streams: Streams,
}

impl Shuffled {
    pub(crate) fn new(n_rows: usize, streams: &Streams) -> Self {
        Shuffled { n_rows, streams: streams.clone() }
    }
}

impl Sampling for Shuffled {
    /// What is left out is left out of the full order, so that methods with and without a pool see the others in
    /// the same one.
    fn epoch(&mut self, epoch: &Epoch<'_>, pool: &Pool, batches: &mut Batches) {
        let mut stream = self.streams.indexed("batches", epoch.number as u64);
        batches.walk(self.n_rows, |rows| {
            let start = rows.len();
            rows.extend(0..self.n_rows as u32);
            stream.shuffle(&mut rows[start..]);
            if !pool.is_full() {
                rows.retain(|&row| pool.shows(row));
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_is_seen_once() {
        let mut batches = Batches::new(100);
        Shuffled::new(100, &Streams::new([1; 32])).epoch(
            &Epoch { number: 3, ..Epoch::at(0.5) },
            &Pool::full(100),
            &mut batches,
        );
        let mut order = batches.rows;
        assert!(order.windows(2).any(|pair| pair[1] < pair[0]), "not shuffled");
        order.sort_unstable();
        assert!(order.iter().copied().eq(0..100));
    }
}
