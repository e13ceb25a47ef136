//! What was chosen of what is tuned, row by row, and in sentences.

use std::collections::{BTreeMap, BTreeSet};

use experiment::file::ReportSpec;
use serde::Serialize;

use crate::comparison::groups::Groups;
use crate::comparison::notes::count;
use crate::comparison::selection::{merit, metric_of};

/// Rows of which a note says what was chosen.
const NOTED_ROWS: usize = 6;

/// Values that a note names one by one.
const NOTED_VALUES: usize = 6;

/// What was chosen in the runs of a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Chosen {
    /// The row, as tables write it.
    pub row: String,
    /// Runs in which there was something to choose.
    pub runs: usize,
    /// Of these, runs in which no candidate has a validation metric, so that the first of the plan stands for all.
    pub undecided: usize,
    /// Of the others, runs of which some candidate is not run.
    pub incomplete: usize,
    /// The values and in how many runs they were chosen, the most frequent first.
    pub values: Vec<(String, usize)>,
    /// The outermost of three or more values that most runs chose, as `the largest gamma, 5`, and how many did: beyond it there
    /// may be a better one.
    pub outermost: Vec<(String, usize)>,
}

/// What was chosen in each row that something is chosen of.
pub(crate) fn chosen(groups: &Groups<'_>, spec: &ReportSpec) -> Vec<Chosen> {
    let of_row = |row: usize| {
        let planned = groups.rows[row].trials.iter().flatten();
        let trials = planned.flat_map(|planned| &planned.trials).map(|&i| &groups.trials[i]);
        let mut counts = BTreeMap::<&str, usize>::new();
        let (mut undecided, mut incomplete) = (0, 0);
        let mut outermost = BTreeMap::<&str, usize>::new();
        for trial in trials {
            let Some(choice) = &trial.chosen else { continue };
            if merit(trial, spec).is_none() {
                undecided += 1;
                continue;
            }
            incomplete += usize::from(0 < choice.not_run);
            *counts.entry(&choice.values).or_default() += 1;
            choice.outermost.iter().for_each(|value| *outermost.entry(value).or_default() += 1);
        }
        let decided: usize = counts.values().sum();
        let runs = decided + undecided;
        let of_most = outermost.into_iter().filter(|(_, n)| decided < 2 * n);
        let mut values: Vec<(String, usize)> =
            counts.into_iter().map(|(values, n)| (values.to_owned(), n)).collect();
        values.sort_by_key(|(_, n)| usize::MAX - n);
        (0 < runs).then(|| Chosen {
            row: groups.row_name(row, &spec.labels),
            runs,
            undecided,
            incomplete,
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
        "Tuned ({}): chosen in each run (data set, fold and seed) by {} on its validation part, of equals the first of the plan; the test part is only scored.",
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
        n => format!("; in {n} no candidate has a value, and the first of the plan stands for all"),
    };
    let incomplete = match chosen.incomplete {
        0 => String::new(),
        n => format!("; in {n} some candidate is not run"),
    };
    let beyond = chosen.outermost.iter().map(|(value, n)| {
        format!(" It is {value}, in {n} of them: what lies beyond was not tried.")
    });
    format!(
        "Chosen in {}: {} of {}{undecided}{incomplete}.{}",
        chosen.row,
        if values.is_empty() { "nothing".to_owned() } else { values.join("; ") },
        count(chosen.runs, "run"),
        beyond.collect::<String>()
    )
}
