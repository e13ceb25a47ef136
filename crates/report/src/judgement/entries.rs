//! One row on one data set: does it differ from the baseline there?
//!
//! The t-test over the runs ([`super::RunTest`]), at least [`LEAST_RUNS`] of them, with Holm's correction over all entries
//! of the table.

use evaluation::significance::{corrected_resampled_t, holm};
use evaluation::summary::mean;
use serde::Serialize;

use crate::judgement::ALPHA;
use crate::judgement::estimate::resolved;

/// Runs without which an entry is not tested.
const LEAST_RUNS: usize = 3;

/// A row against the baseline on one data set.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Entry {
    /// Mean difference over the runs, positive where the row is better.
    pub difference: f64,
    /// How many runs there are.
    pub n: usize,
    /// Two-sided, of this entry alone; `None` of too few runs.
    pub p_value: Option<f64>,
    /// The same after Holm's correction over the table.
    pub p_holm: Option<f64>,
}

impl Entry {
    /// Whether it is above 0 by more than chance, after Holm.
    pub fn is_better(&self) -> bool {
        self.p_holm.is_some_and(|p| p < ALPHA) && 0.0 < self.difference
    }

    /// Whether it is below 0 by more than chance, after Holm.
    pub fn is_worse(&self) -> bool {
        self.p_holm.is_some_and(|p| p < ALPHA) && self.difference < 0.0
    }
}

/// All entries of a table, `[row][data set]`; `None` of the baseline, and where one of both is not compared.
///
/// `differences[row][data set]`: one a run; `ratios`: rows tested for each row learnt from, by data set.
pub(crate) fn entries(
    differences: &[Vec<Vec<f64>>],
    ratios: &[Option<f64>],
) -> Vec<Vec<Option<Entry>>> {
    let of_row = |by_dataset: &Vec<Vec<f64>>| {
        let runs = by_dataset.iter().zip(ratios);
        runs.map(|(runs, &ratio)| entry(runs, ratio)).collect()
    };
    let mut all: Vec<Vec<Option<Entry>>> = differences.iter().map(of_row).collect();
    let mut tested: Vec<&mut Entry> =
        all.iter_mut().flatten().flatten().filter(|entry| entry.p_value.is_some()).collect();
    let p_values: Vec<f64> = tested.iter().filter_map(|entry| entry.p_value).collect();
    for (entry, p) in tested.iter_mut().zip(holm(&p_values)) {
        entry.p_holm = Some(p);
    }
    all
}

fn entry(runs: &[f64], ratio: Option<f64>) -> Option<Entry> {
    let runs: Vec<f64> = runs.iter().copied().map(resolved).collect();
    let difference = mean(runs.iter().copied())?;
    let ratio = ratio.filter(|_| LEAST_RUNS <= runs.len());
    let p_value =
        ratio.and_then(|ratio| corrected_resampled_t(&runs, ratio)).map(|test| test.p_value);
    Some(Entry { difference, n: runs.len(), p_value, p_holm: None })
}
