//! Selection done right: of trials that differ in tuned parameters alone, each run has the one that its own validation
//! part chooses.
//!
//! ```text
//! candidates(run)   trials of the same data set, fold and seed that are the same but for the parameters of `select`
//! chosen(run)       the candidate with the best validation metric; of equals the first of the plan; one that failed,
//!                   diverged or was not run only if no other has a value
//! ```
//!
//! The test part is never read. What is compared afterwards are the chosen trials alone, under one label in which the
//! parameter is `tuned`.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use evaluation::Metric;
use experiment::file::{MeasuredEpoch, ReportSpec};
use experiment::record::Reproducible;
use experiment::selection::Tuned;
use experiment::spec::TrialSpec;

use crate::comparison::candidates::{Candidate, Candidates};
use crate::comparison::choice::Choice;
use crate::comparison::trial::{Trial, Variant};

/// Values without which the outermost are all that there is.
const LEAST_VALUES: usize = 3;

/// Writes trials that something is chosen of under one label. Where there is one candidate alone, nothing is tuned, and the
/// label stays, unless a search has drawn it.
pub(crate) fn tune(trials: &mut [Trial<'_>], variants: &mut Vec<Variant>) {
    let mut candidates: BTreeMap<&str, (bool, BTreeSet<&str>)> = BTreeMap::new();
    for tuned in variants.iter().filter_map(|variant| variant.tuned.as_ref()) {
        let (searched, values) = candidates.entry(&tuned.key).or_default();
        *searched |= tuned.searched;
        values.insert(&tuned.values);
    }
    let several: BTreeSet<String> = candidates
        .into_iter()
        .filter(|(_, (searched, values))| *searched || 1 < values.len())
        .map(|(key, _)| key.to_owned())
        .collect();
    let mut shared: BTreeMap<String, usize> = BTreeMap::new();
    for trial in trials.iter_mut() {
        let variant = &variants[trial.variant];
        let Some(tuned) = variant.tuned.clone() else { continue };
        if several.contains(&tuned.key) {
            let next = variants.len();
            let place = *shared.entry(tuned.key).or_insert(next);
            if place == next {
                variants.push(variant.tuned_as(&tuned.labels));
            }
            let Tuned { values, parts, numbers, searched: is_drawn, .. } = tuned;
            let choice =
                Choice { values, parts, is_drawn, numbers, outermost: Vec::new(), not_run: 0 };
            trial.chosen = Some(Box::new(choice));
            trial.variant = place;
        }
    }
    mark_outermost(trials);
}

/// Says of every candidate which of its values are the outermost, where at least three were tried.
fn mark_outermost(trials: &mut [Trial<'_>]) {
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

/// Leaves out the candidates that are not chosen; what the validation parts say of all of them.
pub(crate) fn choose(trials: &mut Vec<Trial<'_>>, spec: &ReportSpec) -> Vec<Candidate> {
    let mut candidates = Candidates::default();
    let mut best: BTreeMap<(usize, usize, u64), (usize, Option<f64>)> = BTreeMap::new();
    let mut not_run: BTreeMap<(usize, usize, u64), usize> = BTreeMap::new();
    for (i, trial) in trials.iter().enumerate().filter(|(_, trial)| trial.chosen.is_some()) {
        let run = (trial.variant, trial.spec.fold, trial.spec.seed);
        let value = merit(trial, spec);
        *not_run.entry(run).or_default() += usize::from(trial.record.is_none());
        candidates.add(trial, metric_of(trial, spec), value);
        let is_better = |&(other, known): &(usize, Option<f64>)| {
            // A value is better than none.
            let order = value.partial_cmp(&known).unwrap_or(Ordering::Equal);
            order.then(trials[other].place.cmp(&trial.place)) == Ordering::Greater
        };
        if best.get(&run).is_none_or(is_better) {
            best.insert(run, (i, value));
        }
    }
    for (run, &(i, value)) in &best {
        if value.is_some() {
            candidates.choose(&trials[i]);
        }
        if let Some(choice) = &mut trials[i].chosen {
            choice.not_run = not_run[run];
        }
    }
    let kept: BTreeSet<usize> = best.into_values().map(|(i, _)| i).collect();
    let mut i = 0;
    trials.retain(|trial| {
        i += 1;
        trial.chosen.is_none() || kept.contains(&(i - 1))
    });
    candidates.all
}

/// What the validation part says of the trial, larger the better.
pub(crate) fn merit(trial: &Trial<'_>, spec: &ReportSpec) -> Option<f64> {
    merit_of(trial.record?, spec)
}

/// The same of what is recorded of a trial.
pub(crate) fn merit_of(record: &Reproducible, spec: &ReportSpec) -> Option<f64> {
    let results = record.results.as_deref()?;
    let measured = match spec.epoch {
        MeasuredEpoch::Best => &results.best,
        MeasuredEpoch::Last => &results.last,
    };
    record.merit(measured, metric_of_spec(&record.spec, spec))
}

pub(crate) fn metric_of(trial: &Trial<'_>, spec: &ReportSpec) -> Metric {
    metric_of_spec(trial.spec, spec)
}

/// The same of the specification of a trial.
pub(crate) fn metric_of_spec(trial: &TrialSpec, spec: &ReportSpec) -> Metric {
    spec.select_by.unwrap_or(trial.protocol.select_by)
}
