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
use experiment::selection::Tuned;
use serde::Serialize;

use crate::comparison::candidates::{Candidate, Candidates};
use crate::comparison::choice::Choice;
use crate::comparison::groups::Groups;
use crate::comparison::notes::count;
use crate::comparison::trial::{Trial, Variant};

/// Rows of which a note says what was chosen.
const NOTED_ROWS: usize = 6;

/// Values that a note names one by one.
const NOTED_VALUES: usize = 6;

/// Values without which the outermost are all that there is.
const LEAST_VALUES: usize = 3;

/// What was chosen in the runs of a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Chosen {
    /// The row, as tables write it.
    pub row: String,
    /// Runs in which something was chosen.
    pub runs: usize,
    /// Of these, runs in which no candidate has a validation metric, so that it is the first of the plan.
    pub undecided: usize,
    /// The values and in how many runs they were chosen, the most frequent first.
    pub values: Vec<(String, usize)>,
    /// The outermost of three or more values that most runs chose, as `the largest gamma, 5`, and how many did: beyond it there
    /// may be a better one.
    pub outermost: Vec<(String, usize)>,
}

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
            let choice = Choice { values, parts, is_drawn, numbers, outermost: Vec::new() };
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
    for (i, trial) in trials.iter().enumerate().filter(|(_, trial)| trial.chosen.is_some()) {
        let run = (trial.variant, trial.spec.fold, trial.spec.seed);
        let value = merit(trial, spec);
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
    let kept: BTreeSet<usize> = best.into_values().map(|(i, _)| i).collect();
    kept.iter().for_each(|&i| candidates.choose(&trials[i]));
    let mut i = 0;
    trials.retain(|trial| {
        i += 1;
        trial.chosen.is_none() || kept.contains(&(i - 1))
    });
    candidates.all
}

/// What the validation part says of the trial, larger the better.
fn merit(trial: &Trial<'_>, spec: &ReportSpec) -> Option<f64> {
    let record = trial.record?;
    let results = record.results.as_ref()?;
    let measured = match spec.epoch {
        MeasuredEpoch::Best => &results.best,
        MeasuredEpoch::Last => &results.last,
    };
    record.merit(measured, metric_of(trial, spec))
}

fn metric_of(trial: &Trial<'_>, spec: &ReportSpec) -> Metric {
    spec.select_by.unwrap_or(trial.spec.protocol.select_by)
}

/// What was chosen in each row that something is chosen of.
pub(crate) fn chosen(groups: &Groups<'_>, spec: &ReportSpec) -> Vec<Chosen> {
    let of_row = |row: usize| {
        let planned = groups.rows[row].trials.iter().flatten();
        let trials = planned.flat_map(|planned| &planned.trials).map(|&i| &groups.trials[i]);
        let (mut counts, mut undecided) = (BTreeMap::<&str, usize>::new(), 0);
        let mut outermost = BTreeMap::<&str, usize>::new();
        for trial in trials {
            let Some(choice) = &trial.chosen else { continue };
            *counts.entry(&choice.values).or_default() += 1;
            choice.outermost.iter().for_each(|value| *outermost.entry(value).or_default() += 1);
            undecided += usize::from(merit(trial, spec).is_none());
        }
        let runs: usize = counts.values().sum();
        let of_most = outermost.into_iter().filter(|(_, n)| runs < 2 * n);
        let mut values: Vec<(String, usize)> =
            counts.into_iter().map(|(values, n)| (values.to_owned(), n)).collect();
        values.sort_by_key(|(_, n)| usize::MAX - n);
        (0 < runs).then(|| Chosen {
            row: groups.row_name(row, &spec.labels),
            runs,
            undecided,
            values,
            outermost: of_most.map(|(value, n)| (value.to_owned(), n)).collect(),
        })
    };
    (0..groups.rows.len()).filter_map(of_row).collect()
}

/// How was chosen, and what, in sentences; nothing where nothing was.
pub(crate) fn notes(chosen: &[Chosen], groups: &Groups<'_>, spec: &ReportSpec) -> Vec<String> {
    if chosen.is_empty() {
        return Vec::new();
    }
    let tuned = groups.trials.iter().filter(|trial| trial.chosen.is_some());
    let metrics: BTreeSet<&str> = tuned.map(|trial| metric_of(trial, spec).name()).collect();
    let metrics: Vec<&str> = metrics.into_iter().collect();
    let parameters: Vec<String> = spec.select.iter().map(ToString::to_string).collect();
    let mut notes = vec![format!(
        "Tuned ({}): chosen in each run (data set, fold and seed) by {} on its validation part; the test part is only scored.",
        parameters.join(", "),
        metrics.join(" or "),
    )];
    notes.extend(chosen.iter().take(NOTED_ROWS).map(sentence));
    if NOTED_ROWS < chosen.len() {
        let more = count(chosen.len() - NOTED_ROWS, "more row");
        notes.push(format!("What was chosen in {more} stands in report.md."));
    }
    notes
}

/// What was chosen in the rows that the notes leave out.
pub(crate) fn not_noted(chosen: &[Chosen]) -> Vec<String> {
    chosen.iter().skip(NOTED_ROWS).map(sentence).collect()
}

/// `Chosen in focal(gamma=tuned): gamma=2 in 40; gamma=1 in 20 of 60 runs.`
fn sentence(chosen: &Chosen) -> String {
    let (named, others) = chosen.values.split_at(chosen.values.len().min(NOTED_VALUES));
    let mut values: Vec<String> =
        named.iter().map(|(values, n)| format!("{values} in {n}")).collect();
    if !others.is_empty() {
        let runs: usize = others.iter().map(|(_, n)| n).sum();
        values.push(format!("{} in {runs}", count(others.len(), "other setting")));
    }
    let undecided = match chosen.undecided {
        0 => String::new(),
        n => format!("; in {n} no candidate has a value, and it is the first of the plan"),
    };
    let beyond = chosen.outermost.iter().map(|(value, n)| {
        format!(" It is {value}, in {n} of them: what lies beyond was not tried.")
    });
    format!(
        "Chosen in {}: {} of {}{undecided}.{}",
        chosen.row,
        values.join("; "),
        count(chosen.runs, "run"),
        beyond.collect::<String>()
    )
}
