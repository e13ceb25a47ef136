//! Which row is better: ranks over data sets, wins, and Friedman's test.

use evaluation::Metric;
use evaluation::significance::{average_ranks, friedman};

/// Means that differ by less are equal: the rest is the rounding of sums, not merit.
const RESOLUTION: f64 = 1e-12;

/// Rows needed for Friedman's test; with two, it is a sign test.
const LEAST_ROWS: usize = 3;
/// Data sets needed for Friedman's test.
const LEAST_DATASETS: usize = 2;

/// Friedman's test of the hypothesis that all rows are equally good.
///
/// Source: Demšar, *Statistical Comparisons of Classifiers over Multiple Data Sets*, JMLR 2006. The
/// observations are the means of the data sets: folds and seeds of one data set are not independent.
#[derive(Clone, Debug, PartialEq)]
pub enum Friedman {
    /// The test could be made.
    Computed {
        /// The statistic, corrected for ties; its degrees of freedom are the ranked rows less one.
        chi_square: f64,
        /// The probability of a statistic at least as large if all rows were equally good.
        p_value: f64,
    },
    /// The test could not be made, for this reason.
    NotComputed(String),
}

/// How often a row is best, at the printed precision, on the data sets on which all ranked rows
/// have a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wins {
    /// Data sets on which it alone is best.
    pub wins: usize,
    /// Data sets on which it shares the best value.
    pub ties: usize,
    /// Data sets on which another row is better.
    pub losses: usize,
}

/// The comparison of the rows over data sets.
pub(crate) struct Ranking {
    /// Indices of the rows that have a value anywhere.
    pub(crate) rows: Vec<usize>,
    /// Indices of the data sets on which all of them have one.
    pub(crate) datasets: Vec<usize>,
    /// Their average ranks, 1 the best; empty unless two rows share a data set.
    pub(crate) ranks: Vec<f64>,
    pub(crate) friedman: Friedman,
}

impl Ranking {
    /// `means[row][data set]`.
    pub(crate) fn new(means: &[Vec<Option<f64>>], metric: Metric) -> Self {
        let rows: Vec<usize> =
            (0..means.len()).filter(|&row| means[row].iter().any(Option::is_some)).collect();
        let n_datasets = means.first().map_or(0, Vec::len);
        let datasets: Vec<usize> = (0..n_datasets)
            .filter(|&dataset| rows.iter().all(|&row| means[row][dataset].is_some()))
            .collect();
        let scores: Vec<Vec<f64>> = datasets
            .iter()
            .map(|&dataset| {
                rows.iter().filter_map(|&row| means[row][dataset]).map(resolved).collect()
            })
            .collect();
        let can_rank = 2 <= rows.len() && !datasets.is_empty();
        let ranks =
            if can_rank { average_ranks(&scores, metric.higher_is_better()) } else { Vec::new() };
        let friedman = test(&scores, rows.len());
        Ranking { rows, datasets, ranks, friedman }
    }
}

fn resolved(mean: f64) -> f64 {
    (mean / RESOLUTION).round() * RESOLUTION
}

fn test(scores: &[Vec<f64>], n_rows: usize) -> Friedman {
    let n_datasets = scores.len();
    if n_rows < LEAST_ROWS {
        let needed = format!("it needs {LEAST_ROWS} rows with values");
        return Friedman::NotComputed(format!("{needed} and has {n_rows}"));
    }
    if n_datasets < LEAST_DATASETS {
        let needed = format!("it needs {LEAST_DATASETS} data sets on which all rows have a value");
        return Friedman::NotComputed(format!("{needed} and has {n_datasets}"));
    }
    match friedman(scores) {
        Some(test) => Friedman::Computed { chi_square: test.chi_square, p_value: test.p_value },
        None => Friedman::NotComputed("all rows have the same value on every data set".to_owned()),
    }
}
