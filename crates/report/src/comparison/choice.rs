//! The values of tuned parameters in one trial, and whether they are the outermost of those that were tried.

use std::collections::BTreeMap;

use crate::comparison::groups::Trial;

/// Values without which the outermost are all that there is.
const LEAST_VALUES: usize = 3;

/// What was chosen for a trial.
#[derive(Clone, Debug)]
pub(crate) struct Choice {
    /// `gamma=2, learning_rate=0.05`.
    pub(crate) values: String,
    /// The same by the names of their parameters.
    pub(crate) parts: Vec<(String, String)>,
    /// Whether some were drawn by a search.
    pub(crate) is_drawn: bool,
    /// Those that are numbers, by the names of their parameters.
    pub(crate) numbers: Vec<(String, f64)>,
    /// Of these, the outermost of what was tried: `the largest gamma, 5`.
    pub(crate) outermost: Vec<String>,
}

/// Says of every candidate which of its values are the outermost, where at least three were tried.
pub(crate) fn mark_outermost(trials: &mut [Trial<'_>]) {
    let mut tried: BTreeMap<(usize, String), Vec<f64>> = BTreeMap::new();
    for trial in trials.iter() {
        for (name, value) in trial.chosen.iter().flat_map(|choice| &choice.numbers) {
            let values = tried.entry((trial.variant, name.clone())).or_default();
            if let Err(place) = values.binary_search_by(|other| other.total_cmp(value)) {
                values.insert(place, *value);
            }
        }
    }
    for trial in trials {
        let variant = trial.variant;
        let Some(choice) = &mut trial.chosen else { continue };
        for (name, value) in &choice.numbers {
            let values = &tried[&(variant, name.clone())];
            let side = match (values.first(), values.last()) {
                _ if values.len() < LEAST_VALUES => continue,
                (Some(least), _) if value == least => "smallest",
                (_, Some(most)) if value == most => "largest",
                _ => continue,
            };
            choice.outermost.push(format!("the {side} {name}, {value}"));
        }
    }
}
