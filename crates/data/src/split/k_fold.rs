//! Stratified k-fold cross-validation.

use std::num::NonZeroUsize;

use serde::{Deserialize, Serialize};

use crate::error::DataError;
use crate::split::draw::Permutation;
use crate::split::ranges::AtLeastTwo;
use crate::split::warning::SplitWarning;

/// Stratified k-fold cross-validation.
///
/// The rows of each class are permuted and dealt to the folds in turn; the deal is carried on from
/// class to class, so that folds differ by one row at the most, and so do the counts of each class. A
/// class with fewer rows than folds is missing from the test part of some folds, where metrics of
/// how classes are recognised are undefined. A class with a single row is always learnt from and never
/// tested.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StratifiedKFold {
    /// Number of folds, at least 2; default 5.
    pub folds: AtLeastTwo,
    /// Number of partitions, each with permutations of its own; default 1.
    pub repeats: NonZeroUsize,
}

impl Default for StratifiedKFold {
    fn default() -> Self {
        StratifiedKFold { folds: AtLeastTwo(5), repeats: NonZeroUsize::MIN }
    }
}

impl StratifiedKFold {
    /// The rows that fold `fold` tests.
    pub(super) fn test(
        &self,
        classes: &[Vec<u32>],
        fold: usize,
        permutation: Permutation<'_>,
        warnings: &mut Vec<SplitWarning>,
    ) -> Result<Vec<u32>, DataError> {
        let n_folds = self.folds.get();
        let all_rows: usize = classes.iter().map(Vec::len).sum();
        if all_rows < n_folds {
            let message =
                format!("{n_folds} folds need at least as many rows, and there are {all_rows}");
            return Err(DataError::Split(message));
        }
        let mut test = Vec::new();
        let mut dealt = 0;
        for (class, rows) in classes.iter().enumerate() {
            let n_rows = rows.len();
            if n_rows == 1 {
                warnings.push(SplitWarning::NeverTested { class });
                continue;
            }
            if (2..n_folds).contains(&n_rows) {
                warnings.push(SplitWarning::FewerThanFolds { class, n_rows, n_folds });
            }
            let name = format!("split/repeat {}/class {class}", fold / n_folds);
            for (i, at) in permutation(&name, n_rows).into_iter().enumerate() {
                if (dealt + i) % n_folds == fold % n_folds {
                    test.push(rows[at as usize]);
                }
            }
            dealt += n_rows;
        }
        Ok(test)
    }
}
