//! Rows that have a twin.

use crate::dataset::Dataset;
use crate::twins::groups;

/// How many rows have a twin: another row with the same features.
pub(super) struct Twins {
    pub(super) rows: usize,
    /// Of them, those with a twin of another class.
    pub(super) contradictions: usize,
    /// Of them, those with a twin in another official fold; `None` without such folds.
    pub(super) across_folds: Option<usize>,
    /// Of them, those with a twin in another group of the set's own; `None` without such groups.
    pub(super) across_groups: Option<usize>,
}

impl Twins {
    pub(super) fn of(dataset: &Dataset) -> Self {
        let of_row = groups(&dataset.columns, dataset.targets.len());
        let mut rows: Vec<usize> = (0..of_row.len()).collect();
        rows.sort_unstable_by_key(|&row| of_row[row]);
        let groups =
            || rows.chunk_by(|&a, &b| of_row[a] == of_row[b]).filter(|group| 1 < group.len());
        // In a group with two classes, every row has a twin of another; so it is with folds.
        let of_several = |what: &[&[u32]]| {
            let differ = |group: &&[usize]| {
                what.iter().any(|what| group.iter().any(|&row| what[row] != what[group[0]]))
            };
            groups().filter(differ).map(<[usize]>::len).sum()
        };
        let folds: Vec<&[u32]> = dataset.folds.iter().map(Vec::as_slice).collect();
        let own = dataset.group.as_ref().and_then(|group| dataset.rows().values(group).ok());
        Twins {
            rows: groups().map(<[usize]>::len).sum(),
            contradictions: of_several(&[&dataset.targets]),
            across_groups: own.map(|own| of_several(&[&own.of_row])),
            across_folds: (!folds.is_empty()).then(|| of_several(&folds)),
        }
    }
}
