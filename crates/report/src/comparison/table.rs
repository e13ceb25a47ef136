//! One metric: methods as rows, data sets as columns.

use evaluation::Metric;
use evaluation::summary::mean;
use experiment::file::Epoch;

use crate::comparison::cell::{Cell, Counts};
use crate::comparison::groups::Groups;
use crate::comparison::ranking::{Friedman, Ranking, Wins};
use crate::render::number;

/// One metric: methods as rows, data sets as columns.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// What is shown.
    pub metric: Metric,
    /// The columns, by name.
    pub datasets: Vec<String>,
    /// The rows, the best average rank first; equals and rows without a rank by their labels.
    pub rows: Vec<Row>,
    /// Of the data sets, those on which all rows with any value have one: ranks, wins and averages
    /// are over these.
    pub n_ranked_datasets: usize,
    /// Of how many families the ranked data sets are: in ranks and in the test each family counts once.
    pub n_ranked_families: usize,
    /// Whether the rows differ by more than chance.
    pub friedman: Friedman,
    /// What a reader has to know about single cells; [`Cell::footnote`] points here.
    pub footnotes: Vec<String>,
}

/// One method.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// One label for each axis; `None` where the learner has no such thing.
    pub labels: Vec<Option<String>>,
    /// Whether the bits of all its trials are promised everywhere.
    pub reproducible: bool,
    /// One cell for each data set.
    pub cells: Vec<Cell>,
    /// Average rank over the families of the ranked data sets, 1 the best.
    pub average_rank: Option<f64>,
    /// Mean over the ranked data sets.
    pub average: Option<f64>,
    /// Whether the average, as printed, is the best.
    pub is_best: bool,
    /// How often the row is best.
    pub wins: Wins,
}

impl Table {
    pub(crate) fn new(metric: Metric, groups: &Groups<'_>, epoch: Epoch, decimals: usize) -> Self {
        let mut rows: Vec<Row> = groups
            .rows
            .iter()
            .map(|method| Row {
                labels: method.labels.clone(),
                reproducible: method
                    .runs
                    .iter()
                    .flat_map(|runs| &runs.trials)
                    .all(|&i| groups.trials[i].record.spec.reproducible()),
                cells: method
                    .runs
                    .iter()
                    .map(|runs| Cell::new(runs, groups, metric, epoch))
                    .collect(),
                average_rank: None,
                average: None,
                is_best: false,
                wins: Wins::default(),
            })
            .collect();
        let means: Vec<Vec<Option<f64>>> =
            rows.iter().map(|row| row.cells.iter().map(|cell| cell.mean).collect()).collect();
        let ranking = Ranking::new(&means, &groups.families, metric);
        mark_best(&mut rows, groups.datasets.len(), metric, decimals);
        apply(&ranking, &mut rows, metric, decimals);
        // Rows are in the order of their labels, and the sort keeps it among equals.
        rows.sort_by(|a, b| {
            let rank = |row: &Row| row.average_rank.unwrap_or(f64::INFINITY);
            rank(a).total_cmp(&rank(b))
        });
        let footnotes = footnotes(&mut rows);
        Table {
            metric,
            datasets: groups.datasets.clone(),
            rows,
            n_ranked_datasets: ranking.datasets.len(),
            n_ranked_families: ranking.n_families,
            friedman: ranking.friedman,
            footnotes,
        }
    }

    /// Runs of `row` over all data sets.
    pub(crate) fn without_value(row: &Row) -> usize {
        row.cells.iter().map(|cell| cell.counts.without_value()).sum()
    }

    /// Rows that have a value anywhere.
    pub(crate) fn n_ranked_rows(&self) -> usize {
        self.rows.iter().filter(|row| row.cells.iter().any(|cell| cell.mean.is_some())).count()
    }
}

/// The best of `values` at the printed precision, if there is anything to be better than.
fn best(values: &[Option<f64>], metric: Metric, decimals: usize) -> Option<String> {
    let known: Vec<f64> = values.iter().copied().flatten().collect();
    if known.len() < 2 {
        return None;
    }
    let better = |a: f64, b: f64| if metric.higher_is_better() { a.max(b) } else { a.min(b) };
    known.into_iter().reduce(better).map(|best| number(best, decimals))
}

fn is_best(value: Option<f64>, best: Option<&String>, decimals: usize) -> bool {
    value.zip(best).is_some_and(|(value, best)| number(value, decimals) == *best)
}

fn mark_best(rows: &mut [Row], n_datasets: usize, metric: Metric, decimals: usize) {
    for dataset in 0..n_datasets {
        let means: Vec<Option<f64>> = rows.iter().map(|row| row.cells[dataset].mean).collect();
        let best = best(&means, metric, decimals);
        for row in rows.iter_mut() {
            let cell = &mut row.cells[dataset];
            cell.is_best = is_best(cell.mean, best.as_ref(), decimals);
        }
    }
}

/// Writes ranks, averages and wins into the rows.
fn apply(ranking: &Ranking, rows: &mut [Row], metric: Metric, decimals: usize) {
    for (&row, &rank) in ranking.rows.iter().zip(&ranking.ranks) {
        rows[row].average_rank = Some(rank);
    }
    for &row in &ranking.rows {
        let means = ranking.datasets.iter().filter_map(|&dataset| rows[row].cells[dataset].mean);
        rows[row].average = mean(means);
    }
    let averages: Vec<Option<f64>> = rows.iter().map(|row| row.average).collect();
    let best = best(&averages, metric, decimals);
    for row in rows.iter_mut() {
        row.is_best = is_best(row.average, best.as_ref(), decimals);
    }
    for &dataset in &ranking.datasets {
        let n_best = rows.iter().filter(|row| row.cells[dataset].is_best).count();
        for &row in &ranking.rows {
            let row = &mut rows[row];
            match (row.cells[dataset].is_best, n_best) {
                (true, 1) => row.wins.wins += 1,
                (true, _) => row.wins.ties += 1,
                (false, _) => row.wins.losses += 1,
            }
        }
    }
}

/// Numbers the footnotes in reading order; equal ones are one.
fn footnotes(rows: &mut [Row]) -> Vec<String> {
    let mut texts: Vec<String> = Vec::new();
    for cell in rows.iter_mut().flat_map(|row| &mut row.cells) {
        let Some(text) = Counts::footnote(&cell.counts) else { continue };
        let known = texts.iter().position(|known| *known == text);
        cell.footnote = Some(known.unwrap_or_else(|| {
            texts.push(text);
            texts.len() - 1
        }));
    }
    texts
}
