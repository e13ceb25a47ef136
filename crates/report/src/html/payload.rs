//! What the script reads: runs with their identities, and what the page shows of other metrics and other rows.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::comparison::notes::{capitalised, count};
use crate::comparison::table::MetricTable;
use crate::html::markup::Markup;
use crate::html::numbers;
use crate::html::packed::packed;
use crate::html::runs::{ID_DIGITS, Runs, unit};
use crate::html::view::View;
use crate::html::{classes, curves, scores, toml};
use crate::judgement::entries::Entry;
use crate::judgement::{RunTest, words};

/// Beyond so many trials, runs are kept of the baseline and the best rows alone.
const MOST_TRIALS: usize = 200_000;
/// How many rows these are.
const KEPT_ROWS: usize = 20;

#[derive(Serialize)]
struct Payload<'a> {
    metrics: Vec<MetricFacts>,
    rows: Vec<RowFacts<'a>>,
    sets: Vec<SetFacts<'a>>,
    baseline: Option<usize>,
    /// What values are multiplied by, and how many decimals they are shown with.
    unit: f64,
    decimals: usize,
    id_digits: usize,
    pooled: bool,
    /// Options of `longtail replay` that find a cell.
    store: &'a str,
    /// `[row][data set]`; `null` of rows whose runs are left out.
    runs: Vec<Option<Vec<Runs>>>,
    specs: Vec<String>,
    /// `[metric][row][data set]`: what stands over the runs.
    said: BTreeMap<&'static str, Vec<Vec<String>>>,
    /// `[metric][place]`, but for the first, which is in the page.
    slots: BTreeMap<&'static str, BTreeMap<&'static str, String>>,
}

#[derive(Serialize)]
struct MetricFacts {
    name: &'static str,
    title: &'static str,
    /// 1 where higher is better, else -1.
    sign: i8,
}

#[derive(Serialize)]
struct RowFacts<'a> {
    name: &'a str,
    labels: Vec<&'a str>,
    /// Drawings of the row in the figures that show one beside the baseline.
    curves: Vec<String>,
    classes: String,
    scores: BTreeMap<String, String>,
}

#[derive(Serialize)]
struct SetFacts<'a> {
    name: &'a str,
    family: &'a str,
    digest: &'a str,
}

/// The payload, packed; `slots` are what the page shows of a metric.
pub(super) fn payload(
    view: &View<'_>,
    slots: impl Fn(&View<'_>, usize) -> Vec<(&'static str, Markup)>,
) -> String {
    let (runs, specs) = runs(view);
    let tables = &view.subject.comparison.tables;
    let payload = Payload {
        metrics: view
            .metrics()
            .map(|metric| MetricFacts {
                name: metric.name(),
                title: metric.title(),
                sign: if metric.higher_is_better() { 1 } else { -1 },
            })
            .collect(),
        rows: rows(view),
        sets: view
            .sets
            .iter()
            .map(|set| SetFacts { name: &set.name, family: &set.family, digest: &set.digest })
            .collect(),
        baseline: view.baseline,
        unit: unit(view),
        decimals: view.subject.comparison.decimals + 1,
        id_digits: ID_DIGITS,
        pooled: view.subject.spec.pooled,
        store: view.subject.store,
        runs,
        specs,
        said: tables.iter().map(|table| (table.metric.name(), said(view, table))).collect(),
        slots: (1..tables.len())
            .map(|i| {
                let of_metric = slots(view, i).into_iter();
                let of_metric = of_metric.map(|(place, markup)| (place, markup.into_string()));
                (tables[i].metric.name(), of_metric.collect())
            })
            .collect(),
    };
    packed(&serde_json::to_string(&payload).expect("a payload is plain data"))
}

fn rows<'v>(view: &'v View<'_>) -> Vec<RowFacts<'v>> {
    let drawings = curves::of_rows(view).into_iter().zip(classes::of_rows(view));
    let facts = |(row, (curves, classes)): (usize, (Vec<String>, String))| RowFacts {
        name: view.names[row].as_str(),
        labels: view.labels[row].iter().map(|label| label.as_deref().unwrap_or("—")).collect(),
        curves,
        classes,
        scores: scores::of_row(view, row).into_iter().collect(),
    };
    drawings.enumerate().map(facts).collect()
}

/// The runs of each row, and the specifications that they have among them.
fn runs(view: &View<'_>) -> (Vec<Option<Vec<Runs>>>, Vec<String>) {
    let mut specs = Vec::new();
    let mut places = BTreeMap::new();
    // Trials that differ in fold and seed alone share a variant; of tuned ones, those with the same values.
    let mut spec_of = |trial: usize| {
        let trial = &view.groups.trials[trial];
        let chosen = trial.chosen.as_ref().map(|choice| choice.values.as_str());
        let kind = (trial.variant, chosen);
        *places.entry(kind).or_insert_with(|| {
            let spec = serde_json::to_value(trial.spec).expect("a specification is plain data");
            specs.push(toml::of_trial(spec));
            specs.len() - 1
        })
    };
    let best = view.first().rows.iter().map(|row| row.place).take(KEPT_ROWS);
    let kept: Vec<usize> = best.chain(view.baseline).collect();
    let keeps_all = view.groups.trials.len() <= MOST_TRIALS;
    let runs = (0..view.names.len())
        .map(|row| {
            (keeps_all || kept.contains(&row)).then(|| {
                (0..view.sets.len()).map(|set| Runs::new(view, (row, set), &mut spec_of)).collect()
            })
        })
        .collect();
    (runs, specs)
}

/// What stands over the runs of each entry, by the rows' places.
fn said(view: &View<'_>, table: &MetricTable) -> Vec<Vec<String>> {
    let mut said = vec![Vec::new(); table.rows.len()];
    for (i, row) in table.rows.iter().enumerate() {
        said[row.place] = (0..view.sets.len()).map(|set| entry(view, table, i, set)).collect();
    }
    said
}

fn entry(view: &View<'_>, table: &MetricTable, i: usize, set: usize) -> String {
    let decimals = view.subject.comparison.decimals;
    let cell = &table.rows[i].cells[set];
    let runs = count(cell.counts.averaged, if table.pooled { "pooled run" } else { "run" });
    let mut text = match (cell.mean, cell.standard_deviation) {
        (Some(mean), Some(deviation)) => {
            format!(
                "{mean:.decimals$} ± {deviation:.decimals$} (sample standard deviation), mean of {runs}."
            )
        }
        (Some(mean), None) => format!("{mean:.decimals$}, of {runs}."),
        (None, _) => "No value.".to_owned(),
    };
    if let Some(note) = cell.footnote {
        text.push_str(&format!(" {}.", capitalised(&table.footnotes[note])));
    }
    if let Some(judged) = table.judgement.entries[i][set].as_ref() {
        text.push_str(&against(judged, table.judgement.run_test, decimals));
    }
    text
}

fn against(entry: &Entry, test: RunTest, decimals: usize) -> String {
    let difference = words::signed(entry.difference, decimals);
    let over = count(entry.n, "run");
    match (entry.p_value, entry.p_holm) {
        (Some(p), Some(holm)) => format!(
            " Against the baseline {difference} over {over}; {}-test {}, after Holm over the table {}.",
            test.name(),
            numbers::p(p),
            numbers::p(holm)
        ),
        _ => format!(" Against the baseline {difference} over {over}; too few runs for a test."),
    }
}
