//! Near duplicates in a batch: of examples of one class that lie close together, the hardest alone is up for choice.
//!
//! ```text
//! d_ij = ‖h_i - h_j‖₂
//! τ    = the value at place ⌊q P⌋, from 0, of all P = n (n - 1) / 2 distances of the batch, the least first
//! j is left out if one of its class that is harder, and not left out itself, has d_ij < τ or d_ij = 0
//! ```
//!
//! - `h`: the activations that the last layer reads, `[n_examples, width]`; the inputs of a network without hidden layers
//! - `q`: a quantile of at least 0 and below 1; 0 leaves out exact duplicates alone

use nn::{Matrix, Real};

/// Leaves out near duplicates, with its workspace.
pub(super) struct NearDuplicates {
    quantile: f64,
    /// `d_ij²` for `i < j`, row after row.
    distances: Vec<f64>,
    sorted: Vec<f64>,
    survivors: Vec<u32>,
}

impl NearDuplicates {
    pub(super) fn below(quantile: f64) -> Self {
        NearDuplicates {
            quantile,
            distances: Vec::new(),
            sorted: Vec::new(),
            survivors: Vec::new(),
        }
    }

    /// Keeps of `order`, the positions in a batch of these classes, the hardest first, those that are not left out.
    pub(super) fn leave_out<T: Real>(
        &mut self,
        order: &mut Vec<u32>,
        hidden: &Matrix<T>,
        targets: &[u32],
    ) {
        let n = targets.len();
        let Some(least) = self.measure(hidden) else { return };
        let NearDuplicates { distances, survivors, .. } = self;
        survivors.clear();
        for &j in &*order {
            let is_twin = |&i: &u32| {
                let d = distances[place(n, i.min(j) as usize, i.max(j) as usize)];
                targets[i as usize] == targets[j as usize] && (d < least || d == 0.0)
            };
            if !survivors.iter().any(is_twin) {
                survivors.push(j);
            }
        }
        order.clone_from(survivors);
    }

    /// Finds all distances; `τ²`, unless there are none.
    fn measure<T: Real>(&mut self, hidden: &Matrix<T>) -> Option<f64> {
        let NearDuplicates { quantile, distances, sorted, .. } = self;
        distances.clear();
        for i in 0..hidden.n_rows() {
            for j in i + 1..hidden.n_rows() {
                let differences = hidden.row(i).iter().zip(hidden.row(j)).map(|(&a, &b)| a - b);
                distances.push(differences.map(|d| d * d).sum::<T>().to_f64());
            }
        }
        sorted.clone_from(distances);
        let at = (*quantile * sorted.len() as f64 + 1e-9) as usize;
        let at = at.min(sorted.len().checked_sub(1)?);
        Some(*sorted.select_nth_unstable_by(at, f64::total_cmp).1)
    }
}

/// Where the pair `i < j` of `n` stands.
fn place(n: usize, i: usize, j: usize) -> usize {
    i * (2 * n - i - 1) / 2 + j - i - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn survivors(quantile: f64, hidden: &[[f64; 1]], targets: &[u32]) -> Vec<u32> {
        let mut order: Vec<u32> = (0..targets.len() as u32).rev().collect();
        let hidden = Matrix::<f64>::from_rows(hidden);
        NearDuplicates::below(quantile).leave_out(&mut order, &hidden, targets);
        order
    }

    #[test]
    fn pairs_stand_one_after_the_other() {
        let pairs = (0..7).flat_map(|i| (i + 1..7).map(move |j| place(7, i, j)));
        assert!(pairs.eq(0..21));
    }

    #[test]
    fn the_harder_of_two_near_ones_of_a_class_stays() {
        // Distances: 1, 1, 8, 9, 9, 10.
        let hidden = [[0.0], [1.0], [9.0], [10.0]];
        assert_eq!(survivors(0.34, &hidden, &[0; 4]), [3, 1]);
        assert_eq!(survivors(0.34, &hidden, &[0, 1, 0, 0]), [3, 1, 0]);
        assert_eq!(survivors(0.0, &hidden, &[0; 4]), [3, 2, 1, 0]);
    }

    #[test]
    fn what_is_left_out_leaves_nothing_out() {
        // 1 is near 2, and 0 is near 1 alone.
        let hidden = [[0.0], [1.0], [2.0], [50.0], [90.0], [140.0]];
        assert_eq!(survivors(2.0 / 15.0, &hidden, &[0; 6]), [5, 4, 3, 2, 0]);
    }

    #[test]
    fn the_quantile_0_leaves_out_exact_duplicates_alone() {
        let hidden = [[1.0], [1.0], [1.0], [1.5]];
        assert_eq!(survivors(0.0, &hidden, &[0, 0, 1, 0]), [3, 2, 1]);
        assert_eq!(survivors(0.0, &[[1.0], [1.0]], &[0, 0]), [1]);
        assert_eq!(survivors(0.5, &[[1.0]], &[0]), [0]);
        assert_eq!(survivors(0.5, &[], &[]), [0; 0]);
    }

    #[test]
    fn what_is_no_number_is_near_to_nothing() {
        assert_eq!(survivors(0.9, &[[f64::NAN], [f64::NAN], [1.0]], &[0; 3]), [2, 1, 0]);
    }
}
