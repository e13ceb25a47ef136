//! What a reader has to know before believing a table, in sentences.

use std::collections::{BTreeMap, BTreeSet};

use experiment::Axis;
use experiment::file::{MeasuredEpoch, ReportSpec};
use experiment::plan::ReachedProfile;

use crate::comparison::groups::Groups;
use crate::comparison::method::method_axes;
use crate::comparison::trial::{Label, Trial};

/// Labels that are spelt out in a note.
const SHOWN_LABELS: usize = 6;

/// What a cell is: `mean ± sample standard deviation over 5 folds × 3 seeds on the test part; ...`.
pub(crate) fn description(groups: &Groups<'_>, spec: &ReportSpec) -> String {
    if !groups.is_recorded() {
        return "Nothing is recorded yet.".to_owned();
    }
    let folds: BTreeSet<usize> = groups.trials.iter().map(|trial| trial.spec.fold).collect();
    let seeds: BTreeSet<u64> = groups.trials.iter().map(|trial| trial.spec.seed).collect();
    let runs = match (folds.len(), seeds.len()) {
        (n_folds, 1) if spec.pooled => {
            format!("Predictions of all {} together", folds_text(groups, n_folds))
        }
        (n_folds, n_seeds) if spec.pooled => format!(
            "Predictions of all {} together, mean ± sample standard deviation over {}",
            folds_text(groups, n_folds),
            count(n_seeds, "seed")
        ),
        (1, 1) => "One run".to_owned(),
        (n_folds, n_seeds) => {
            let runs = format!("{} × {}", folds_text(groups, n_folds), count(n_seeds, "seed"));
            format!("Mean ± sample standard deviation over {runs}")
        }
    };
    format!("{runs} on the test part; {}.", network(groups, spec.epoch))
}

/// `5 folds`; `10 folds (2 repeats)` if folds are drawn more than once; `1 split` without folds.
fn folds_text(groups: &Groups<'_>, n_folds: usize) -> String {
    let repeats = |trial: &Trial<'_>| trial.spec.protocol.split.repeats();
    let repeats: BTreeSet<Option<usize>> = groups.trials.iter().map(repeats).collect();
    let folds = count(n_folds, if repeats.contains(&None) { "split" } else { "fold" });
    match repeats.first() {
        Some(Some(n)) if repeats.len() == 1 && 1 < *n => format!("{folds} ({n} repeats)"),
        _ => folds,
    }
}

/// Which network is measured.
fn network(groups: &Groups<'_>, epoch: MeasuredEpoch) -> String {
    let networks: Vec<&Trial<'_>> =
        groups.trials.iter().filter(|trial| trial.spec.loss().is_some()).collect();
    let protocols = || networks.iter().map(|trial| &trial.spec.protocol);
    let text = match epoch {
        _ if networks.is_empty() => return "classical learners as fitted".to_owned(),
        MeasuredEpoch::Last => "network after the last epoch".to_owned(),
        MeasuredEpoch::Best if protocols().all(|protocol| protocol.validation.get() == 0.0) => {
            "network after the last epoch (there is no validation part)".to_owned()
        }
        MeasuredEpoch::Best => {
            let metrics: BTreeSet<&str> =
                protocols().map(|protocol| protocol.select_by.name()).collect();
            let metrics: Vec<&str> = metrics.into_iter().collect();
            format!("network of the best validation epoch by {}", metrics.join(" or "))
        }
    };
    let all = networks.len() == groups.trials.len();
    if all { text } else { format!("{text}, classical learners as fitted") }
}

/// The axes that make no row.
fn other_axes(groups: &Groups<'_>) -> impl Iterator<Item = Axis> {
    method_axes().filter(|axis| !groups.axes.contains(axis))
}

/// `In all rows: model linear; mining none (networks).`
pub(crate) fn common(groups: &Groups<'_>) -> Option<String> {
    let shared = |axis: Axis| {
        let labels = groups.labels(axis);
        let mut known = labels.iter().filter_map(|label| label.as_deref());
        let (Some(label), None) = (known.next(), known.next()) else { return None };
        if axis.is_silent(label) {
            return None;
        }
        let networks = if labels.contains(&None) { " (networks)" } else { "" };
        Some(format!("{axis} {label}{networks}"))
    };
    let shared: Vec<String> = other_axes(groups).filter_map(shared).collect();
    (!shared.is_empty()).then(|| format!("In all rows: {}.", shared.join("; ")))
}

/// What was averaged over, and what else rows differ in.
pub(crate) fn notes(groups: &Groups<'_>, spec: &ReportSpec) -> Vec<String> {
    let mut notes = Vec::new();
    for axis in other_axes(groups) {
        let labels = groups.labels(axis);
        if 1 < labels.iter().filter(|label| label.is_some()).count() {
            let how =
                if averaged_over(groups, axis) { "Averaged over" } else { "Rows also differ in" };
            notes.push(format!("{how} {axis}: {}.", list(&labels)));
        }
    }
    notes.extend(departures(groups, spec));
    if let Some(asked) = &groups.unknown_baseline {
        notes.push(format!("No row is called `{asked}`, as [report] baseline says: rows are compared with the first of the plan."));
    }
    notes.extend(unpicked(groups, spec.epoch));
    notes.extend(profiles(groups));
    if spec.rows.as_ref().is_some_and(|rows| rows.contains(&Axis::Dataset)) {
        notes.push(
            "The data sets are the columns: naming them in report.rows changes nothing.".to_owned(),
        );
    }
    notes
}

/// `A row is called by what it changes of mlp + cross_entropy.`
fn departures(groups: &Groups<'_>, spec: &ReportSpec) -> Option<String> {
    let base = groups.base.as_ref().filter(|_| 1 < groups.rows.len())?;
    let base = groups.rows.iter().position(|row| row.labels == *base)?;
    let name = groups.row_name(base, &spec.labels);
    Some(format!("A row is called by what it changes of {name}."))
}

/// Runs whose epoch nothing picked, though there was a validation part.
fn unpicked(groups: &Groups<'_>, epoch: MeasuredEpoch) -> Option<String> {
    let has_part = |trial: &&Trial<'_>| 0.0 < trial.spec.protocol.validation.get();
    let courses = || {
        let trials = groups.trials.iter().filter(has_part);
        let results = trials.filter_map(|trial| trial.record?.results.as_deref());
        results.map(|results| results.history.validated()).filter(|course| 0 < course.epochs)
    };
    if epoch == MeasuredEpoch::Last {
        return None;
    }
    let n = courses().filter(|course| course.defined == 0).count();
    (0 < n).then(|| {
        format!(
            "In {n} of {} runs the last epoch was taken: the metric that picks it is undefined on the validation part.",
            courses().count()
        )
    })
}

/// `Imbalance ratio of the training parts: ecoli4 (exponential 100) 88.5.` of data sets with a profile.
fn profiles(groups: &Groups<'_>) -> Option<String> {
    let mut reached: BTreeMap<String, ReachedProfile> = BTreeMap::new();
    for trial in &groups.trials {
        if let Some(results) = trial.record.and_then(|record| record.results.as_deref()) {
            ReachedProfile::note(&mut reached, &trial.spec.dataset, &results.train_counts);
        }
    }
    let shown =
        |(dataset, profile): (&String, &ReachedProfile)| format!("{dataset} {}", profile.reached());
    let shown: Vec<String> = reached.iter().map(shown).collect();
    (!shown.is_empty())
        .then(|| format!("Imbalance ratio of the training parts: {}.", shown.join(", ")))
}

/// Whether trials of one row differ on `axis`.
fn averaged_over(groups: &Groups<'_>, axis: Axis) -> bool {
    groups.rows.iter().any(|row| {
        let members = row.trials.iter().flatten();
        let labels: BTreeSet<&Label> =
            members.map(|planned| groups.label(planned.trials[0], axis)).collect();
        1 < labels.len()
    })
}

fn list(labels: &BTreeSet<&Label>) -> String {
    let names: Vec<&str> = labels.iter().map(|label| label.as_deref().unwrap_or("—")).collect();
    let shown = &names[..names.len().min(SHOWN_LABELS)];
    let more = names.len() - shown.len();
    let rest = if more == 0 { String::new() } else { format!(" and {more} more") };
    format!("{}{rest}", shown.join("; "))
}

/// `1 seed`, `3 seeds`.
pub(crate) fn count(n: usize, noun: &str) -> String {
    if n == 1 { format!("1 {noun}") } else { format!("{n} {noun}s") }
}

/// The text with a capital at its beginning.
pub(crate) fn capitalised(text: &str) -> String {
    let mut rest = text.chars();
    let first = rest.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(rest).collect()
}
