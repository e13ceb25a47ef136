//! How long the same cells took.
//!
//! ```text
//! ratio      median over the cells of wall time / wall time in the reference
//! interval   order statistics at n/2 ± 1.96 √n / 2: about 95 %, whatever the distribution
//! ```
//!
//! Trap: cells of one run are no independent sample of a machine's load; on a busy machine the interval is too narrow.

use std::collections::BTreeMap;

use evaluation::summary::median;
use experiment::record::TrialRecord;
use experiment::spec::TrialSpec;
use serde::Serialize;

use crate::comparison::alike::OfKinds;

/// How long the same cells took, relative to the reference.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Speed {
    /// Cells that both have finished.
    pub cells: usize,
    /// Median of the ratios.
    pub ratio: f64,
    /// Its interval, at about 95 %; `None` of fewer than six cells.
    pub interval: Option<(f64, f64)>,
    /// Seconds of all of them together.
    pub seconds: f64,
    /// The same in the reference.
    pub reference_seconds: f64,
    /// Whether they ran on machines of different kinds.
    pub other_hosts: bool,
}

/// Cells of which the median has an interval at 95 %.
const LEAST_CELLS: usize = 6;

pub(super) fn speed<'r>(
    reference: &[&'r TrialRecord],
    other: &[&'r TrialRecord],
    key: &dyn Fn(&TrialSpec) -> String,
) -> Option<Speed> {
    // Kinds are numbered by their keys: those of the reference are found again in the other.
    let mut numbers: BTreeMap<String, usize> = BTreeMap::new();
    let mut number = |spec: &TrialSpec| {
        let next = numbers.len();
        *numbers.entry(key(&TrialSpec { fold: 0, seed: 0, ..spec.clone() })).or_insert(next)
    };
    let mut kinds = OfKinds::default();
    let mut cell = |record: &'r TrialRecord| {
        let spec = &record.trial.spec;
        (*kinds.of(spec, &mut number), spec.seed, spec.fold)
    };
    let known: BTreeMap<(usize, u64, usize), &TrialRecord> =
        reference.iter().map(|&record| (cell(record), record)).collect();
    let both = other.iter().filter_map(|&record| Some((*known.get(&cell(record))?, record)));
    let is_finished = |record: &TrialRecord| record.trial.results.is_some();
    let both: Vec<(&TrialRecord, &TrialRecord)> =
        both.filter(|(was, is)| is_finished(was) && is_finished(is)).collect();
    let mut ratios: Vec<f64> = both
        .iter()
        .map(|(was, is)| is.timings.wall_seconds / was.timings.wall_seconds)
        .filter(|ratio| ratio.is_finite())
        .collect();
    ratios.sort_by(f64::total_cmp);
    let seconds = |of: fn(&(&TrialRecord, &TrialRecord)) -> f64| both.iter().map(of).sum::<f64>();
    Some(Speed {
        cells: ratios.len(),
        ratio: median(&ratios)?,
        interval: interval(&ratios),
        seconds: seconds(|(_, is)| is.timings.wall_seconds),
        reference_seconds: seconds(|(was, _)| was.timings.wall_seconds),
        other_hosts: both.iter().any(|(was, is)| was.timings.host != is.timings.host),
    })
}

fn interval(sorted: &[f64]) -> Option<(f64, f64)> {
    let n = sorted.len();
    let reach = 1.96 * (n as f64).sqrt() / 2.0;
    let low = (n as f64 / 2.0 - reach).floor().max(0.0) as usize;
    (LEAST_CELLS <= n).then(|| (sorted[low], sorted[n - 1 - low]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_of_a_median_is_made_of_order_statistics() {
        let sorted: Vec<f64> = (1..=100).map(f64::from).collect();
        assert_eq!(interval(&sorted), Some((41.0, 60.0)));
        assert_eq!(interval(&sorted[..5]), None);
        // Of six values it is all of them: 1 - 2 / 2^6 is 0.97.
        assert_eq!(interval(&sorted[..6]), Some((1.0, 6.0)));
    }
}
