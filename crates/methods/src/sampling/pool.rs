//! Which training rows an epoch may show, and the batches that it shows them in.

/// The weight of each training row in an epoch. A row of weight 0 is not shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Pool {
    weights: Vec<f64>,
    n_shown: usize,
    /// Whether a weight is neither 0 nor 1.
    is_weighted: bool,
}

impl Pool {
    /// All of `n` rows, with weight 1.
    pub fn full(n: usize) -> Self {
        Pool { weights: vec![1.0; n], n_shown: n, is_weighted: false }
    }

    /// Changes the weights of all rows, `[n_train]`, each from 0 to 1.
    pub fn change(&mut self, change: impl FnOnce(&mut [f64])) {
        change(&mut self.weights);
        self.n_shown = self.weights.iter().filter(|&&w| w != 0.0).count();
        self.is_weighted = self.weights.iter().any(|&w| w != 0.0 && w != 1.0);
    }

    /// The weight of `row`.
    pub fn weight(&self, row: u32) -> f64 {
        self.weights[row as usize]
    }

    /// Whether `row` may be shown.
    pub fn shows(&self, row: u32) -> bool {
        self.weight(row) != 0.0
    }

    /// Rows that there are.
    pub fn n_rows(&self) -> usize {
        self.weights.len()
    }

    /// Rows that may be shown.
    pub fn n_shown(&self) -> usize {
        self.n_shown
    }

    /// Whether every row may be shown.
    pub fn is_full(&self) -> bool {
        self.n_shown == self.weights.len()
    }

    /// Whether a weight is neither 0 nor 1.
    pub fn is_weighted(&self) -> bool {
        self.is_weighted
    }
}

/// The rows of an epoch, batch after batch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Batches {
    /// Rows of all batches, positions in the training part.
    pub rows: Vec<u32>,
    /// Where each batch ends in `rows`.
    pub ends: Vec<usize>,
    /// Rows of a batch that nothing else ends.
    size: usize,
}

impl Batches {
    /// None yet; `size` rows in a batch, at least 1.
    pub fn new(size: usize) -> Self {
        Batches { rows: Vec::new(), ends: Vec::new(), size }
    }

    /// Becomes `n_rows` rows in batches of the size; the last may be smaller. `order` appends all rows that may be
    /// shown, in an order of its own, and is asked again until there are enough: an epoch has as many steps as it
    /// would have if nothing were left out. If there is nothing to show there are no batches.
    pub(crate) fn walk(&mut self, n_rows: usize, mut order: impl FnMut(&mut Vec<u32>)) {
        self.rows.clear();
        while self.rows.len() < n_rows {
            let before = self.rows.len();
            order(&mut self.rows);
            if self.rows.len() == before {
                break;
            }
        }
        self.rows.truncate(n_rows);
        self.ends.clear();
        let n_rows = self.rows.len();
        self.ends.extend((0..n_rows).step_by(self.size.min(n_rows).max(1)).skip(1));
        self.ends.extend((n_rows != 0).then_some(n_rows));
    }

    /// The rows of batch `i`, to draw anew.
    pub fn batch_mut(&mut self, i: usize) -> &mut [u32] {
        let start = if i == 0 { 0 } else { self.ends[i - 1] };
        &mut self.rows[start..self.ends[i]]
    }

    /// The rows of each batch.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &[u32]> {
        (0..self.ends.len()).map(|i| {
            let start = if i == 0 { 0 } else { self.ends[i - 1] };
            &self.rows[start..self.ends[i]]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_walked_again_until_an_epoch_has_its_length() {
        let mut batches = Batches::new(4);
        let mut walks = 0;
        batches.walk(10, |rows| {
            walks += 1;
            rows.extend([walks, 10 * walks, 100 * walks]);
        });
        assert_eq!(batches.rows, [1, 10, 100, 2, 20, 200, 3, 30, 300, 4]);
        assert_eq!(batches.iter().map(<[u32]>::len).collect::<Vec<_>>(), [4, 4, 2]);
        batches.walk(10, |_| {});
        assert_eq!(batches.iter().len(), 0);
    }

    #[test]
    fn a_pool_knows_what_it_shows() {
        let mut pool = Pool::full(3);
        assert!(pool.is_full() && !pool.is_weighted());
        pool.change(|weights| weights[1] = 0.0);
        assert!(!pool.is_full() && !pool.is_weighted() && !pool.shows(1) && pool.shows(2));
        pool.change(|weights| weights.copy_from_slice(&[0.5, 1.0, 1.0]));
        assert!(pool.is_full() && pool.is_weighted());
        assert_eq!(pool.weight(0).to_bits(), 0.5_f64.to_bits());
    }
}
