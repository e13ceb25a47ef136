//! Rows that have a twin.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::Dataset;
use crate::describe::values;

/// Rows with a twin, and rows with a twin of another class.
pub(super) fn twins(dataset: &Dataset) -> (usize, usize) {
    let mut hashes = vec![0_u64; dataset.targets.len()];
    for column in &dataset.columns {
        for (hash, value) in hashes.iter_mut().zip(values(column)) {
            let mut hasher = DefaultHasher::new();
            (*hash, value).hash(&mut hasher);
            *hash = hasher.finish();
        }
    }
    // Rows of each group, and its class if it has only one.
    let mut groups: HashMap<u64, (usize, Option<u32>)> = HashMap::new();
    for (&hash, &target) in hashes.iter().zip(&dataset.targets) {
        let (n, class) = groups.entry(hash).or_insert((0, Some(target)));
        *n += 1;
        *class = class.filter(|&class| class == target);
    }
    let shared = groups.values().filter(|(n, _)| 1 < *n);
    let n_duplicates = shared.clone().map(|(n, _)| n).sum();
    (n_duplicates, shared.filter(|(_, class)| class.is_none()).map(|(n, _)| n).sum())
}
