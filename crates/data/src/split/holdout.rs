//! One test part.

use serde::{Deserialize, Serialize};

use crate::error::DataError;
use crate::split::draw::{Permutation, take};
use crate::split::groups::Groups;
use crate::split::ranges::Share;
use crate::split::rows::Rows;
use crate::split::warning::SplitWarning;

/// One test part: `⌊test · n⌉` rows of each class, at least one and not all if it has two or more. With a group, about
/// that share of the rows, in whole groups; a class of a single group is always learnt from and never tested.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Holdout {
    /// Share of the rows that is tested, above 0 and below 1; default 0.2.
    pub test: Share,
    /// The column whose rows of the same value are all tested or all not; default none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
}

impl Default for Holdout {
    fn default() -> Self {
        Holdout { test: Share(0.2), group: None }
    }
}

impl Holdout {
    /// The rows that are tested.
    pub(super) fn test(
        &self,
        rows: &Rows<'_>,
        classes: &[Vec<u32>],
        fold: usize,
        permutation: Permutation<'_>,
        warnings: &mut Vec<SplitWarning>,
    ) -> Result<Vec<u32>, DataError> {
        if let Some(group) = &self.group {
            return self.in_groups(rows, group, permutation, warnings);
        }
        let mut test = Vec::new();
        for (class, rows) in classes.iter().enumerate() {
            match rows.len() {
                0 => {}
                1 => warnings.push(SplitWarning::NeverTested { class }),
                n_rows => {
                    let share = (self.test.0 * n_rows as f64).round() as usize;
                    let n = share.clamp(1, n_rows - 1);
                    test.extend(take(&mut rows.clone(), n, "split", fold, class, permutation));
                }
            }
        }
        Ok(test)
    }

    fn in_groups(
        &self,
        rows: &Rows<'_>,
        group: &str,
        permutation: Permutation<'_>,
        warnings: &mut Vec<SplitWarning>,
    ) -> Result<Vec<u32>, DataError> {
        let of_row = rows.values(group)?.of_row;
        let all: Vec<u32> = (0..of_row.len() as u32).collect();
        let groups = Groups::of(&all, &of_row, rows);
        let order = permutation("split/groups", groups.len());
        let test = groups.taken(self.test.0, &order);
        if test.is_empty() {
            return Err(DataError::Split(format!(
                "no value of `{group}` can be tested: each of the {} holds all rows of a class",
                groups.len()
            )));
        }
        let n_groups = groups.of_classes(rows.classes.len());
        let single = (0..n_groups.len()).filter(|&class| n_groups[class] == 1);
        warnings.extend(single.map(|class| SplitWarning::NeverTestedGroup { class }));
        Ok(test)
    }
}
