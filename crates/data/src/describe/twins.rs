//! Rows that have a twin.

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::Dataset;
use crate::describe::values;

/// How many rows have a twin: another row with the same features.
pub(super) struct Twins {
    pub(super) rows: usize,
    /// Of them, those with a twin of another class.
    pub(super) contradictions: usize,
    /// Of them, those with a twin in another official fold; `None` without such folds.
    pub(super) across_folds: Option<usize>,
}

impl Twins {
    pub(super) fn of(dataset: &Dataset) -> Self {
        let hashes = hashes(dataset);
        let mut rows: Vec<usize> = (0..hashes.len()).collect();
        rows.sort_unstable_by_key(|&row| hashes[row]);
        let groups =
            || rows.chunk_by(|&a, &b| hashes[a] == hashes[b]).filter(|group| 1 < group.len());
        // In a group with two classes, every row has a twin of another; so it is with folds.
        let of_several = |what: &[u32]| {
            let differ = |group: &&[usize]| group.iter().any(|&row| what[row] != what[group[0]]);
            groups().filter(differ).map(<[usize]>::len).sum()
        };
        Twins {
            rows: groups().map(<[usize]>::len).sum(),
            contradictions: of_several(&dataset.targets),
            across_folds: dataset.folds.as_deref().map(of_several),
        }
    }
}

/// A number of every row that is the same for twins.
fn hashes(dataset: &Dataset) -> Vec<u64> {
    let mut hashes = vec![0_u64; dataset.targets.len()];
    for column in &dataset.columns {
        for (hash, value) in hashes.iter_mut().zip(values(column)) {
            let mut hasher = DefaultHasher::new();
            (*hash, value).hash(&mut hasher);
            *hash = hasher.finish();
        }
    }
    hashes
}
