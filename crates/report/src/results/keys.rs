//! Which keys of specifications have other values in some results than in others.

use std::collections::{BTreeMap, BTreeSet};

use experiment::record::TrialRecord;
use serde::Serialize;
use serde_json::Value;

use crate::comparison::alike::Kinds;

/// What is the same in all files, and only makes paths longer.
const HIDDEN: [&str; 2] = ["learner.network.", "learner.boosted."];

/// A key that has other values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeyDifference {
    /// Where it stands, as in `training.epochs`.
    pub key: String,
    /// Its values in the reference; none where no cell has it.
    pub reference: Vec<String>,
    /// Its values in what is compared with it.
    pub other: Vec<String>,
    /// Where it stands in a specification.
    #[serde(skip)]
    path: String,
    /// Whether every cell of either has it.
    #[serde(skip)]
    everywhere: bool,
}

impl KeyDifference {
    /// Whether all cells of either have one value, and those of the other another. Fold and seed say which cell it is.
    pub(super) fn is_of_all(&self) -> bool {
        let names_a_cell = ["fold", "seed"].contains(&&*self.path);
        !names_a_cell && self.everywhere && self.reference.len() == 1 && self.other.len() == 1
    }

    pub(super) fn path(&self) -> &str {
        &self.path
    }
}

/// Of each path its values, and in how many cells.
pub(super) type Values = BTreeMap<String, (BTreeSet<String>, usize)>;

/// What stands in the specifications of all cells: each path has its values and how many cells have it. How many cells there
/// are is under the empty path.
pub(super) fn values(records: &[&TrialRecord]) -> Values {
    let mut kinds = Kinds::default();
    let mut counts: Vec<usize> = Vec::new();
    let (mut folds, mut seeds) = (BTreeSet::new(), BTreeSet::new());
    for TrialRecord { trial, .. } in records {
        let number = kinds.number(&trial.spec);
        counts.resize(counts.len().max(number + 1), 0);
        counts[number] += 1;
        folds.insert(trial.spec.fold);
        seeds.insert(trial.spec.seed);
    }
    let mut values = Values::new();
    for (spec, n_cells) in kinds.each().iter().zip(counts) {
        let json = serde_json::to_value(spec).expect("a specification is plain data");
        let mut add = |path: &str, value: String| {
            let (values, n) = values.entry(path.to_owned()).or_default();
            values.insert(value);
            *n += n_cells;
        };
        add("", String::new());
        leaves(&json, "", &mut add);
    }
    // One of each kind has not the folds and seeds of all.
    let folds = folds.iter().map(ToString::to_string).collect();
    let seeds = seeds.iter().map(ToString::to_string).collect();
    for (path, all) in [("fold", folds), ("seed", seeds)] {
        if let Some((values, _)) = values.get_mut(path) {
            *values = all;
        }
    }
    values
}

fn leaves(value: &Value, path: &str, add: &mut dyn FnMut(&str, String)) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (key, value) in map {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                leaves(value, &path, add);
            }
        }
        // A method without parameters is there or not.
        Value::Object(_) => add(path, "yes".to_owned()),
        Value::String(text) => add(path, text.clone()),
        other => add(path, other.to_string()),
    }
}

/// The keys whose values are not the same.
pub(super) fn differences(reference: &Values, other: &Values) -> Vec<KeyDifference> {
    let paths: BTreeSet<&String> = reference.keys().chain(other.keys()).collect();
    let of = |values: &Values, path: &str| -> Vec<String> {
        let known = values.get(path).map(|(values, _)| values.iter().cloned());
        let mut known: Vec<String> = known.into_iter().flatten().collect();
        // Numbers by their size, before words.
        let size = |value: &String| value.parse().unwrap_or(f64::INFINITY);
        known.sort_by(|a, b| size(a).total_cmp(&size(b)));
        known
    };
    let everywhere = |values: &Values, path: &str| {
        values.get(path).map(|(_, n)| n) == values.get("").map(|(_, n)| n)
    };
    let difference = |path: &String| {
        let (reference_values, other_values) = (of(reference, path), of(other, path));
        // What is not set may be written or left out.
        let is_unset = |values: &[String]| values.iter().all(|value| value == "null");
        if is_unset(&reference_values) && is_unset(&other_values) {
            return None;
        }
        let shown = HIDDEN.iter().find_map(|hidden| path.strip_prefix(hidden)).unwrap_or(path);
        (reference_values != other_values).then(|| KeyDifference {
            key: shown.to_owned(),
            reference: reference_values,
            other: other_values,
            everywhere: everywhere(reference, path) && everywhere(other, path),
            path: path.clone(),
        })
    };
    paths.into_iter().filter_map(difference).collect()
}

/// A specification without what stands at `paths`.
pub(super) fn without(mut spec: Value, paths: &BTreeSet<&str>) -> Value {
    for path in paths {
        let (parents, last) = path.rsplit_once('.').unwrap_or(("", path));
        let mut parents = parents.split('.').filter(|key| !key.is_empty());
        let parent = parents.try_fold(&mut spec, |value, key| value.get_mut(key));
        if let Some(parent) = parent.and_then(Value::as_object_mut) {
            parent.remove(last);
        }
    }
    spec
}
