//! Several classes by a learner that tells two apart: each class against all others.

use crate::classifier::ClassShares;
use crate::error::Result;
use crate::training_set::{CompactLabels, Features};

/// What a learner has learnt of one class against the others.
pub(crate) trait Binary: Send + Sized {
    /// The share of its class that each of `all` gives every row, `[n_all][n_rows]`.
    fn shares(all: &[Self], rows: Features<'_>) -> Result<Vec<Vec<f64>>>;

    /// As [`ClassShares::converged`].
    fn converged(&self) -> Option<bool> {
        None
    }
}

/// The second of two classes against the first; or, of more than two, each class against all others.
pub(crate) struct OneAgainstRest<B>(Vec<B>);

impl<B: Binary> OneAgainstRest<B> {
    /// Fits what tells a class, by its number among those that are present, from the others.
    pub(crate) fn fit(
        labels: &CompactLabels,
        fit: impl FnMut(usize) -> Result<B>,
    ) -> Result<OneAgainstRest<B>> {
        let n_classes = labels.present.len();
        let classes = if n_classes == 2 { 1..2 } else { 0..n_classes };
        Ok(OneAgainstRest(classes.map(fit).collect::<Result<_>>()?))
    }
}

impl<B: Binary> ClassShares for OneAgainstRest<B> {
    fn shares(&self, rows: Features<'_>) -> Result<Vec<Vec<f64>>> {
        Ok(joined(&B::shares(&self.0, rows)?, rows.n_rows()))
    }

    fn converged(&self) -> Option<bool> {
        self.0.iter().try_fold(true, |all, one| Some(all && one.converged()?))
    }
}

/// Shares of all classes from those of one against the rest: of more than two they are divided by their sum; a row to
/// which everyone says no is shared alike.
fn joined(shares: &[Vec<f64>], n_rows: usize) -> Vec<Vec<f64>> {
    let row = |i: usize| {
        if let [second] = shares {
            return vec![1.0 - second[i], second[i]];
        }
        let sum: f64 = shares.iter().map(|share| share[i]).sum();
        let alike = 1.0 / shares.len() as f64;
        shares.iter().map(|share| if sum == 0.0 { alike } else { share[i] / sum }).collect()
    };
    (0..n_rows).map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_of_more_than_two_classes_sum_to_one_whatever_is_said() {
        assert_eq!(joined(&[vec![0.25]], 1), [[0.75, 0.25]]);
        assert_eq!(joined(&[vec![0.5], vec![1.0], vec![0.5]], 1), [[0.25, 0.5, 0.25]]);
        assert_eq!(joined(&[vec![0.0], vec![0.0]], 1), [[0.5, 0.5]]);
    }
}
