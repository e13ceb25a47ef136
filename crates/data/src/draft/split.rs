//! How the rows of a set could be split, if nobody says how.

use serde::Serialize;

use crate::describe::summary::{DatasetSummary, Grouping};

/// How the rows are split.
///
/// What counts is the smallest class: of 95,000 rows with 30 to be found, a single test part has 8, and a difference of
/// one of them is 0.125 of recall. Folds are at most as many as leave three of its rows in each test part, if there
/// are so many; where few are tested in all, partitions are drawn again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub struct SplitProposal {
    /// Into which parts.
    pub kind: ProposedParts,
    /// The column whose rows of one value are tested together.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// The smallest class of those that can be tested, with its rows.
    pub class: (String, usize),
    /// How many of them are in a test part: the fewest and the most.
    pub tested: [usize; 2],
    /// Classes with a single row, which is always learnt from.
    pub never_tested: Vec<String>,
}

/// Which parts are tested.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ProposedParts {
    /// Every row once in each repeat.
    KFold {
        /// Test parts of each repeat.
        folds: usize,
        /// Partitions that are drawn.
        repeats: usize,
    },
    /// A quarter of the rows.
    Holdout,
    /// The rows that the set is published to be tested on.
    Published,
}

/// Rows of the smallest class that are enough for folds of three, tested in all.
const ENOUGH: usize = 100;
/// Most repeats of a partition.
const MOST_REPEATS: usize = 3;

impl SplitProposal {
    /// For a data set with two rows in a class at least; rows of one `group` stay together.
    pub fn of(summary: &DatasetSummary, group: Option<&(String, Grouping)>) -> Self {
        let classes = || summary.classes.iter().map(|(class, n)| (class.clone(), *n as usize));
        let class = classes().filter(|(_, n)| 1 < *n).min_by_key(|(_, n)| *n);
        let class = class.unwrap_or_default();
        let n = class.1;
        // Folds that end in minutes, and runs of each method.
        let (most_folds, most_runs) = match summary.n_rows {
            ..5_000 => (5, 15),
            5_000..50_000 => (3, 9),
            _ => (3, 6),
        };
        let published = summary.tested.as_ref().and_then(|counts| {
            let at = summary.classes.iter().position(|(name, _)| *name == class.0)?;
            counts.get(at).map(|&n| n as usize)
        });
        let (kind, tested) = if let Some(tested) = published {
            (ProposedParts::Published, [tested; 2])
        } else if 50_000 <= summary.n_rows && 4 * ENOUGH <= n {
            let tested = (0.25 * n as f64).round() as usize;
            (ProposedParts::Holdout, [tested; 2])
        } else {
            let most_groups = group.map_or(most_folds, |(_, groups)| groups.of_smallest_class);
            let folds = (n / 3).clamp(n.clamp(2, 3), most_folds).min(most_groups.max(2));
            let repeats = ENOUGH.div_ceil(n.max(1)).min(most_runs / folds).min(MOST_REPEATS);
            (ProposedParts::KFold { folds, repeats }, [n / folds, n.div_ceil(folds)])
        };
        let never_tested = classes().filter(|(_, n)| *n == 1).map(|(class, _)| class).collect();
        let group = group.map(|(name, _)| name.clone());
        SplitProposal { kind, group, class, tested, never_tested }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(counts: &[u32]) -> DatasetSummary {
        let classes = counts.iter().enumerate().map(|(i, &n)| (format!("c{i}"), n)).collect();
        let n_rows = counts.iter().map(|&n| n as usize).sum();
        DatasetSummary { n_rows, classes, ..DatasetSummary::default() }
    }

    fn split(counts: &[u32]) -> SplitProposal {
        SplitProposal::of(&summary(counts), None)
    }

    #[test]
    fn folds_are_no_more_than_the_groups_of_the_smallest_class() {
        for (n_groups, folds) in [(90, 5), (2, 2)] {
            let groups = Grouping { n_values: 200, of_smallest_class: n_groups };
            let groups = ("who".to_owned(), groups);
            let split = SplitProposal::of(&summary(&[400, 100]), Some(&groups));
            assert_eq!(split.kind, ProposedParts::KFold { folds, repeats: 1 });
            assert_eq!(split.group.as_deref(), Some("who"));
        }
    }

    #[test]
    fn the_smallest_class_decides_how_many_folds_there_are() {
        for (counts, folds, repeats, tested) in [
            (&[94_970, 30][..], 3, 2, [10, 10]),
            (&[970, 30], 5, 3, [6, 6]),
            (&[400, 100], 5, 1, [20, 20]),
            (&[200, 13], 4, 3, [3, 4]),
            (&[200, 9], 3, 3, [3, 3]),
            (&[30, 3], 3, 3, [1, 1]),
            (&[2, 2], 2, 3, [1, 1]),
            (&[20_000, 50], 3, 2, [16, 17]),
            // A class that cannot be tested decides nothing.
            (&[1, 60, 90], 5, 2, [12, 12]),
        ] {
            let split = split(counts);
            assert_eq!(split.kind, ProposedParts::KFold { folds, repeats }, "{counts:?}");
            assert_eq!(split.tested, tested, "{counts:?}");
        }
        let enough = split(&[90_000, 400]);
        assert_eq!((enough.kind, enough.tested), (ProposedParts::Holdout, [100, 100]));
    }

    #[test]
    fn a_class_with_a_single_row_is_never_tested() {
        assert_eq!(split(&[1, 60, 90]).never_tested, ["c0"]);
    }
}
