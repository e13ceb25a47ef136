//! One metric: methods as rows, data sets as columns.

use std::collections::BTreeSet;

use evaluation::Metric;
use evaluation::summary::mean;
use experiment::Axis;
use experiment::file::ReportSpec;
use serde::Serialize;

use crate::comparison::cell::{Compared, Contribution, TableCell, contributions};
use crate::comparison::groups::Groups;
use crate::comparison::pairing::Common;
use crate::comparison::printed::rounded;
use crate::comparison::ranking::{Friedman, Incomplete, Ranking, Wins};
use crate::comparison::row_name::RowName;
use crate::judgement::judge::Judge;
use crate::judgement::paragraph::Answer;
use crate::judgement::{Judgement, Runs};

/// One metric: methods as rows, data sets as columns.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MetricTable {
    /// What is shown.
    pub metric: Metric,
    /// Whether it is of the predictions of all folds together.
    pub pooled: bool,
    /// Whether it is undefined on some test part because that lacks a class.
    pub lacks_classes: bool,
    /// The columns, by name.
    pub datasets: Vec<String>,
    /// The rows, the best average rank first; equals and rows without a rank by their labels.
    pub rows: Vec<MethodRow>,
    /// Of each data set, over how many of the runs that all rows are planned to have they are compared, and of how
    /// many.
    pub compared_runs: Vec<(usize, usize)>,
    /// Rows that are ranked: those that are compared on enough data sets.
    pub n_ranked_rows: usize,
    /// Data sets on which all of them are compared: ranks, wins and averages are over these.
    pub n_ranked_datasets: usize,
    /// Of how many families the ranked data sets are: in ranks and in the test each family counts once.
    pub n_ranked_families: usize,
    /// Whether the rows differ by more than chance.
    pub friedman: Friedman,
    /// Whether they do where some row is not compared everywhere; `None` where all are.
    pub incomplete: Option<Incomplete>,
    /// Of two classes, the one to be found on the only data set.
    pub positive: Option<String>,
    /// What can be said of the rows.
    pub judgement: Judgement,
    /// The same in sentences.
    pub answer: Answer,
    /// What a reader has to know about single cells; the field `footnote` of a cell points here.
    pub footnotes: Vec<String>,
}

/// What a row is to the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// What the others are compared with.
    Baseline,
    /// The step of a method without what the method knows.
    Control,
    /// Any other.
    Method,
}

impl Role {
    fn of(place: usize, groups: &Groups<'_>) -> Self {
        let mut labels = groups.axes.iter().zip(&groups.rows[place].labels);
        let is_control = |(axis, label): (&Axis, &Option<String>)| {
            *axis == Axis::Control && label.as_ref().is_some_and(|label| !axis.is_silent(label))
        };
        match groups.baseline {
            Some(baseline) if baseline == place => Role::Baseline,
            _ if labels.any(is_control) => Role::Control,
            _ => Role::Method,
        }
    }
}

/// One method.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MethodRow {
    /// What it is called: the labels of what it adds to plain training.
    pub name: String,
    /// What it is to the others.
    pub role: Role,
    /// One label for each axis; `None` where the learner has no such thing.
    pub labels: Vec<Option<String>>,
    /// Whether the bits of all its trials are promised everywhere.
    pub reproducible: bool,
    /// One cell for each data set.
    pub cells: Vec<TableCell>,
    /// Average rank over the families of the ranked data sets, 1 the best.
    pub average_rank: Option<f64>,
    /// Mean over the ranked data sets.
    pub average: Option<f64>,
    /// Whether the average, as printed, is the best.
    pub is_best: bool,
    /// How often the row is best.
    pub wins: Wins,
    /// How many times as long as the baseline it takes: of wall clocks, and no part of the results.
    pub relative_time: Option<f64>,
    /// Which of its labels make the name.
    #[serde(skip)]
    pub(crate) named: RowName,
    /// Its place among the rows of the groups.
    #[serde(skip)]
    pub(crate) place: usize,
    /// The place of its first cell in the plan.
    #[serde(skip)]
    pub(crate) first: Option<usize>,
}

impl MethodRow {
    /// Whether it is what the others are compared with.
    pub fn is_baseline(&self) -> bool {
        self.role == Role::Baseline
    }

    /// A row that is not ranked yet.
    fn new(place: usize, given: &[Vec<Contribution>], groups: &Groups<'_>) -> Self {
        let method = &groups.rows[place];
        let trials = || {
            let planned = method.trials.iter().flatten();
            planned.flat_map(|planned| &planned.trials).map(|&i| &groups.trials[i])
        };
        MethodRow {
            name: method.named.written(&groups.axes, &method.labels),
            role: Role::of(place, groups),
            named: method.named.clone(),
            place,
            first: trials().map(|trial| trial.place).min(),
            labels: method.labels.clone(),
            reproducible: trials().all(|trial| trial.spec.reproducible()),
            cells: given.iter().map(|given| TableCell::new(given)).collect(),
            average_rank: None,
            average: None,
            is_best: false,
            wins: Wins::default(),
            relative_time: None,
        }
    }
}

impl MetricTable {
    pub(crate) fn new(
        metric: Metric,
        groups: &Groups<'_>,
        spec: &ReportSpec,
        decimals: usize,
        judge: &Judge,
    ) -> Self {
        let given: Vec<Vec<Vec<Contribution>>> = groups
            .rows
            .iter()
            .map(|row| {
                let of = |planned: &Vec<_>| contributions(planned, groups, metric, spec);
                row.trials.iter().map(of).collect()
            })
            .collect();
        let row = |(place, given): (usize, &Vec<Vec<_>>)| MethodRow::new(place, given, groups);
        let mut rows: Vec<MethodRow> = given.iter().enumerate().map(row).collect();
        let mut runs = Runs::none(rows.len(), groups.datasets.len());
        let compared_runs = (0..groups.datasets.len())
            .map(|dataset| compare(&mut rows, &mut runs, groups, &given, dataset))
            .collect();
        let compared = |cell: &TableCell| cell.compared.map(|compared| compared.mean);
        let means: Vec<Vec<Option<f64>>> =
            rows.iter().map(|row| row.cells.iter().map(compared).collect()).collect();
        let ranking = Ranking::new(&means, &groups.families, metric);
        mark_best(&mut rows, groups.datasets.len(), metric, decimals);
        apply(&ranking, &mut rows, metric, decimals);
        // Rows are in the order of their labels, and the sort keeps it among equals.
        rows.sort_by(|a, b| {
            let rank = |row: &MethodRow| row.average_rank.unwrap_or(f64::INFINITY);
            rank(a).total_cmp(&rank(b))
        });
        let order: Vec<usize> = rows.iter().map(|row| row.place).collect();
        let (runs, ranking) = (runs.ordered(&order), ranking.ordered(&order));
        let lacks_classes = given
            .iter()
            .flatten()
            .flatten()
            .any(|given| matches!(given, Contribution::Undefined { lacks_class: true }));
        let footnotes = footnotes(&mut rows, if spec.pooled { "pooled runs" } else { "runs" });
        let mut table = MetricTable {
            metric,
            pooled: spec.pooled,
            lacks_classes,
            datasets: groups.datasets.clone(),
            rows,
            compared_runs,
            n_ranked_rows: ranking.rows.len(),
            n_ranked_datasets: ranking.datasets.len(),
            n_ranked_families: ranking.n_families,
            friedman: ranking.friedman.clone(),
            incomplete: ranking.incomplete,
            footnotes,
            positive: None,
            judgement: Judgement::default(),
            answer: Answer::default(),
        };
        table.judgement = Judgement::new(&table, &runs, groups, &ranking, spec.epoch, judge);
        table
    }

    /// The rows in the order of the plan.
    pub(crate) fn planned(&self) -> Vec<usize> {
        let mut planned: Vec<usize> = (0..self.rows.len()).collect();
        planned.sort_by_key(|&row| self.rows[row].first);
        planned
    }

    /// What stands on the axis at `place`, in the order of the plan.
    pub(crate) fn choices(&self, place: usize) -> Vec<&Option<String>> {
        distinct(self.planned().into_iter().map(|row| &self.rows[row].labels[place]))
    }

    /// The same with the times of the rows, by their places in the groups.
    pub(crate) fn timed(mut self, times: &[Option<f64>]) -> Self {
        self.rows.iter_mut().for_each(|row| row.relative_time = times[row.place]);
        self
    }

    /// Runs of `row` over all data sets.
    pub(crate) fn without_value(row: &MethodRow) -> usize {
        row.cells.iter().map(|cell| cell.counts.without_value()).sum()
    }
}

/// Compares the rows on a data set over the runs that all compared rows have; how many these are, and of how many.
fn compare(
    rows: &mut [MethodRow],
    runs: &mut Runs,
    groups: &Groups<'_>,
    given: &[Vec<Vec<Contribution>>],
    dataset: usize,
) -> (usize, usize) {
    let of_row = |row: usize| groups.rows[row].trials[dataset].iter().zip(&given[row][dataset]);
    let (mut planned, mut undefined) = (Vec::new(), BTreeSet::new());
    let mut have: Vec<BTreeSet<usize>> = Vec::new();
    for row in 0..rows.len() {
        // Sets are made of all they have: a million runs would be put into place one by one.
        let (mut valued, mut lost) = (Vec::new(), BTreeSet::new());
        for (trial, contribution) in of_row(row) {
            let Some(run) = trial.run else { continue };
            planned.push(run);
            match contribution {
                Contribution::Value { .. } => valued.push(run),
                Contribution::Undefined { .. } => {
                    undefined.insert(run);
                    lost.insert(run);
                }
                _ => drop(lost.insert(run)),
            }
        }
        valued.retain(|run| !lost.contains(run));
        have.push(valued.into_iter().collect());
    }
    planned.sort_unstable();
    planned.dedup();
    // What no row can have is in nobody's disfavour.
    undefined.retain(|run| have.iter().all(|runs| !runs.contains(run)));
    let common = Common::of(&have, planned.len() - undefined.len());
    for &row in &common.rows {
        let of_common = of_row(row).filter_map(|(trial, given)| {
            let run = trial.run.filter(|run| common.items.contains(run))?;
            Some((run, given.value()?))
        });
        let mut values: Vec<(usize, f64)> = of_common.collect();
        let all = values.iter().map(|(_, value)| *value);
        rows[row].cells[dataset].compared =
            mean(all).map(|mean| Compared { mean, runs: values.len() });
        values.sort_by_key(|(run, _)| *run);
        let of_runs = values.chunk_by(|(run, _), (next, _)| run == next);
        let means = of_runs.filter_map(|of_run| mean(of_run.iter().map(|(_, value)| *value)));
        runs.put(row, dataset, means.collect());
    }
    (common.items.len(), planned.len())
}

/// The best of `values` at the printed precision, if there is anything to be better than.
fn best(values: &[Option<f64>], metric: Metric, decimals: usize) -> Option<f64> {
    let known: Vec<f64> = values.iter().copied().flatten().collect();
    if known.len() < 2 {
        return None;
    }
    let better = |a: f64, b: f64| if metric.higher_is_better() { a.max(b) } else { a.min(b) };
    known.into_iter().reduce(better).map(|best| rounded(best, decimals))
}

fn is_best(value: Option<f64>, best: Option<f64>, decimals: usize) -> bool {
    value.zip(best).is_some_and(|(value, best)| rounded(value, decimals).total_cmp(&best).is_eq())
}

fn compared(row: &MethodRow, dataset: usize) -> Option<f64> {
    row.cells[dataset].compared.map(|compared| compared.mean)
}

fn mark_best(rows: &mut [MethodRow], n_datasets: usize, metric: Metric, decimals: usize) {
    for dataset in 0..n_datasets {
        let means: Vec<Option<f64>> = rows.iter().map(|row| compared(row, dataset)).collect();
        let best = best(&means, metric, decimals);
        for (row, mean) in rows.iter_mut().zip(means) {
            row.cells[dataset].is_best = is_best(mean, best, decimals);
        }
    }
}

/// Writes ranks, averages and wins into the rows.
fn apply(ranking: &Ranking, rows: &mut [MethodRow], metric: Metric, decimals: usize) {
    for (&row, &rank) in ranking.rows.iter().zip(&ranking.ranks) {
        rows[row].average_rank = Some(rank);
    }
    for &row in &ranking.rows {
        let means = ranking.datasets.iter().filter_map(|&dataset| compared(&rows[row], dataset));
        rows[row].average = mean(means);
    }
    let averages: Vec<Option<f64>> = rows.iter().map(|row| row.average).collect();
    let best_average = best(&averages, metric, decimals);
    for row in rows.iter_mut() {
        row.is_best = is_best(row.average, best_average, decimals);
    }
    for &dataset in &ranking.datasets {
        let means: Vec<Option<f64>> =
            ranking.rows.iter().map(|&row| compared(&rows[row], dataset)).collect();
        let best = best(&means, metric, decimals);
        let are_best: Vec<bool> =
            means.into_iter().map(|mean| is_best(mean, best, decimals)).collect();
        let n_best = are_best.iter().filter(|is_best| **is_best).count();
        for (&row, is_best) in ranking.rows.iter().zip(are_best) {
            let wins = &mut rows[row].wins;
            match (is_best, n_best) {
                (true, 1) => wins.wins += 1,
                (true, _) => wins.ties += 1,
                (false, _) => wins.losses += 1,
            }
        }
    }
}

/// Numbers the footnotes in reading order; equal ones are one.
fn footnotes(rows: &mut [MethodRow], runs: &str) -> Vec<String> {
    let mut texts: Vec<String> = Vec::new();
    for cell in rows.iter_mut().flat_map(|row| &mut row.cells) {
        let Some(text) = cell.footnote(runs) else { continue };
        let known = texts.iter().position(|known| *known == text);
        cell.footnote = Some(known.unwrap_or_else(|| {
            texts.push(text);
            texts.len() - 1
        }));
    }
    texts
}

/// Each once, in the order in which they come first.
pub(crate) fn distinct<T: PartialEq>(all: impl Iterator<Item = T>) -> Vec<T> {
    let mut known = Vec::new();
    for one in all {
        if !known.contains(&one) {
            known.push(one);
        }
    }
    known
}
