//! What can be said of a table: which rows differ from the baseline, by how much, and how sure that is.
//!
//! ```text
//! difference   value(row) - value(baseline) on the same run (data set, split, fold, seed), the other way round for
//!              metrics of which lower is better: positive is better
//! unit         the family of data sets; of a single family, the run
//! of a unit    mean over the runs that all compared rows have, then over the data sets of the family; of a run, mean over
//!              the data sets of the family
//! ```
//!
//! Every row is compared with one baseline, and Holm's correction is over all of these comparisons.

mod controls;
pub(crate) mod entries;
pub(crate) mod estimate;
pub(crate) mod interaction;
pub(crate) mod judge;
mod lost;
pub(crate) mod paragraph;
pub(crate) mod parts;
pub(crate) mod picked;
pub(crate) mod practice;
pub(crate) mod readings;
mod runs;
pub(crate) mod sentences;
pub(crate) mod words;

use evaluation::Metric;
use experiment::file::MeasuredEpoch;
use serde::Serialize;

use crate::comparison::groups::Groups;
use crate::comparison::ranking::Ranking;
use crate::comparison::table::MetricTable;
use crate::judgement::entries::{Entry, entries};
use crate::judgement::estimate::{Estimate, corrected_for};
use crate::judgement::judge::Judge;
use crate::judgement::parts::{Part, parts};
use crate::judgement::picked::Picked;
use crate::judgement::practice::{Practice, practice};

pub use runs::RunTest;
pub(crate) use runs::Runs;

/// The level of every test.
pub const ALPHA: f64 = 0.05;

/// What one observation is of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// A family of data sets: siblings are cut from the same rows.
    #[default]
    Family,
    /// A run of the only family: of one data set, or of several that are cut from the same rows.
    Run,
}

impl Unit {
    /// `families`: that of each data set.
    pub(crate) fn of(families: &[String]) -> Self {
        let is_one = families
            .split_first()
            .is_some_and(|(first, others)| others.iter().all(|other| other == first));
        if is_one { Unit::Run } else { Unit::Family }
    }
}

/// What can be said of the rows of a [`MetricTable`], in its order.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Judgement {
    /// What one observation is of.
    pub unit: Unit,
    /// What runs are tested by: those on a data set, and all where they are what one observation is of.
    pub run_test: RunTest,
    /// The families, by name; of a single one, nothing.
    pub families: Vec<String>,
    /// Differences of at most this much count as none.
    pub rope: f64,
    /// The row that the others are compared with; `None` where nothing of it is recorded.
    pub baseline: Option<usize>,
    /// The row with the best average rank or, of a single data set, the best mean.
    pub leader: Option<usize>,
    /// Each row against the baseline; `None` of the baseline, and of rows that have no run in common with it.
    pub verdicts: Vec<Option<Estimate>>,
    /// Each row against the baseline on each data set, `[row][data set]`.
    pub entries: Vec<Vec<Option<Entry>>>,
    /// What each choice does, averaged over all choices on the other axes.
    pub parts: Vec<Part>,
    /// How a leader fares on what it was not picked by.
    pub picked: Option<Picked>,
    /// Average ranks that differ by less do not differ (Nemenyi); `None` where rows are not ranked over several families.
    pub critical_difference: Option<f64>,
    /// Rows whose average rank, or mean on a single data set, is that of the leader: as those that only decide otherwise, by a
    /// metric that no decision moves.
    pub equals: Vec<usize>,
    /// Of a single data set with two classes: what the leader, its equals and the baseline would mean in use.
    pub practice: Vec<Practice>,
}

impl Judgement {
    /// `runs[row][data set]`: what each row is compared over, the same runs for all of them.
    pub(crate) fn new(
        table: &MetricTable,
        runs: &Runs,
        groups: &Groups<'_>,
        ranking: &Ranking,
        epoch: MeasuredEpoch,
        judge: &Judge,
    ) -> Self {
        let baseline = (0..table.rows.len()).find(|&row| table.rows[row].is_baseline());
        let baseline = baseline.filter(|&row| runs.of(row).iter().any(|values| !values.is_empty()));
        let differences = runs.differences(baseline, table.metric);
        let entries = entries(&differences, &judge.ratios);
        let mut verdicts: Vec<Option<Estimate>> =
            differences.iter().map(|by_dataset| judge.estimate(by_dataset)).collect();
        corrected_for(&mut verdicts.iter_mut().flatten().collect::<Vec<_>>());
        let leader = if table.datasets.len() == 1 {
            best_mean(table)
        } else {
            (0..table.rows.len()).find(|&row| table.rows[row].average_rank.is_some())
        };
        let equals = leader.map_or_else(Vec::new, |leader| equals(table, leader));
        let others = baseline.filter(|row| leader != Some(*row) && !equals.contains(row));
        let of_use = leader.into_iter().chain(equals.iter().copied()).chain(others);
        let practice =
            of_use.filter_map(|row| practice(groups, epoch, row, table.rows[row].place)).collect();
        Judgement {
            practice,
            equals,
            parts: parts(table, &groups.axes, &differences, judge),
            picked: Picked::new(ranking, &verdicts, baseline, leader),
            critical_difference: ranking.critical_difference(),
            unit: judge.unit,
            run_test: judge.test,
            families: judge.families.names.clone(),
            rope: judge.rope,
            baseline,
            leader,
            verdicts,
            entries,
        }
    }
}

/// The row that is best on the only data set.
fn best_mean(table: &MetricTable) -> Option<usize> {
    let sign = sign(table.metric);
    let known = (0..table.rows.len()).filter_map(|row| Some((row, sign * mean(table, row)?)));
    // Of equals the first.
    known.reduce(|best, other| if best.1 < other.1 { other } else { best }).map(|(row, _)| row)
}

/// The other rows whose average rank, or mean on a single data set, is that of `leader`.
fn equals(table: &MetricTable, leader: usize) -> Vec<usize> {
    let of = |row: usize| match table.datasets.len() {
        1 => mean(table, row),
        _ => table.rows[row].average_rank,
    };
    let best = of(leader);
    let is_equal = |row: &usize| *row != leader && of(*row) == best;
    (0..table.rows.len()).filter(|row| best.is_some() && is_equal(row)).collect()
}

/// That of a row on the first data set.
fn mean(table: &MetricTable, row: usize) -> Option<f64> {
    Some(table.rows[row].cells[0].compared?.mean)
}

/// 1 where higher is better, else -1.
pub(crate) fn sign(metric: Metric) -> f64 {
    if metric.higher_is_better() { 1.0 } else { -1.0 }
}
