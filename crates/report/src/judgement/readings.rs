//! Other readings of a table than tests: how probable it is that a row is better than the baseline, and how strong rows are by
//! who beats whom.
//!
//! ```text
//! over families   Bayesian signed-rank test of the families' differences, prior: one family of difference 0
//! over runs       the correlated t posterior of the mean difference (Corani, Benavoli)
//! Elo             Bradley–Terry strengths of mean 0 over data sets, one tie of every pair as prior; its interval by drawing
//!                 families, then data sets, with replacement
//! ```
//!
//! Nothing is corrected for the number of rows, and no sentence of a report rests on it. Equal tables have equal readings: what
//! is drawn has one seed.

use evaluation::significance::{
    BayesSettings, Interval, Posterior, bayes_correlated_t, bayes_signed_rank,
    corrected_resampled_t, elo, elo_intervals, wins,
};
use serde::Serialize;

use crate::comparison::table::MetricTable;
use crate::judgement::estimate::{Estimate, resolved};
use crate::judgement::judge::Judge;
use crate::judgement::{ALPHA, Unit, sign};

/// Draws of the posterior: a standard error of 0.011 at the most.
const DRAWS: u32 = 2_000;
/// Replicates of the strengths.
const REPLICATES: usize = 200;
const SEED: u64 = 0;
/// Comparisons of each pair that the strengths begin with, each a tie: who always wins would be infinitely strong.
const PRIOR: f64 = 1.0;

/// Other readings of a table, in the order of its rows.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Readings {
    /// Differences of at most this much count as none.
    pub rope: f64,
    /// Draws of each row's posterior; 0 where it is exact.
    pub draws: u32,
    /// Replicates of the strengths.
    pub replicates: usize,
    /// Of each row.
    pub rows: Vec<Reading>,
}

/// Other readings of a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Reading {
    /// Against the baseline; `None` of that itself.
    pub against: Option<Probabilities>,
    /// Its strength; `None` of a single family, and where it was compared with no other row.
    pub elo: Option<f64>,
    /// The interval of that, at 95 %.
    pub elo_interval: Option<Interval>,
}

/// How probable it is that a row is better than the baseline, the same within the region of practical equivalence, or worse.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Probabilities {
    /// Better by more than that.
    pub better: f64,
    /// Within it.
    pub same: f64,
    /// Worse by more.
    pub worse: f64,
    /// The standard error that comes from drawing.
    pub error: f64,
}

impl Readings {
    /// `None` where no row is compared with the baseline.
    pub(crate) fn new(table: &MetricTable, judge: &Judge) -> Option<Self> {
        let verdicts = &table.judgement.verdicts;
        let against = |verdict: &Option<Estimate>| probabilities(verdict.as_ref()?, judge);
        let mut rows: Vec<Reading> = verdicts
            .iter()
            .map(|verdict| Reading { against: against(verdict), ..Reading::default() })
            .collect();
        if rows.iter().all(|reading| reading.against.is_none()) {
            return None;
        }
        if judge.unit == Unit::Family {
            rate(table, judge, &mut rows);
        }
        let draws = if judge.unit == Unit::Family { DRAWS } else { 0 };
        Some(Readings { rope: judge.rope, draws, replicates: REPLICATES, rows })
    }
}

fn probabilities(estimate: &Estimate, judge: &Judge) -> Option<Probabilities> {
    let known: Vec<f64> = estimate.by_unit.iter().copied().flatten().collect();
    let posterior = match judge.unit {
        Unit::Family => {
            let settings =
                BayesSettings { rope: judge.rope, n_draws: DRAWS, seed: SEED, prior: 1.0 };
            bayes_signed_rank(&known, &settings)
        }
        Unit::Run => {
            let test = corrected_resampled_t(&known, judge.ratio()?)?;
            bayes_correlated_t(&test, judge.rope)
        }
    };
    let Posterior { better, same, worse, error } = posterior?;
    Some(Probabilities { better, same, worse, error })
}

/// Writes strengths into the rows that are compared with others somewhere.
fn rate(table: &MetricTable, judge: &Judge, rows: &mut [Reading]) {
    let sign = sign(table.metric);
    let value = |row: usize, set: usize| {
        table.rows[row].cells[set].compared.map(|compared| resolved(sign * compared.mean))
    };
    let sets = 0..table.datasets.len();
    let rated: Vec<usize> = (0..table.rows.len())
        .filter(|&row| sets.clone().any(|set| value(row, set).is_some()))
        .collect();
    let scores: Vec<Vec<Option<f64>>> =
        sets.map(|set| rated.iter().map(|&row| value(row, set)).collect()).collect();
    let Some(points) = elo(&wins(&scores), PRIOR).filter(|_| 1 < rated.len()) else { return };
    let families = judge.families.members();
    let intervals = elo_intervals(&scores, &families, PRIOR, REPLICATES, ALPHA, SEED);
    for (i, (&row, points)) in rated.iter().zip(points).enumerate() {
        rows[row].elo = Some(points);
        rows[row].elo_interval = intervals.as_ref().map(|intervals| intervals[i]);
    }
}
