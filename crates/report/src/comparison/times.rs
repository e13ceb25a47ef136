//! How long rows take.

use evaluation::summary::mean;
use experiment::record::Outcome;

use crate::comparison::groups::Groups;

/// Mean seconds of training and measuring a trial of a row on a data set. What did not come to its end has no time.
pub(crate) fn seconds(groups: &Groups<'_>, row: usize, set: usize) -> Option<f64> {
    let planned = groups.rows[row].trials[set].iter().flat_map(|planned| &planned.trials);
    let is_whole = |trial: &&usize| {
        let record = groups.trials[**trial].record;
        record.is_some_and(|record| record.outcome == Outcome::Completed)
    };
    let timings = planned.filter(is_whole).filter_map(|&trial| groups.trials[trial].timings);
    mean(timings.map(|timings| timings.alone() - timings.prepare_seconds))
}

/// How many times as long a row takes as the baseline: the geometric mean over the data sets.
pub(crate) fn relative(groups: &Groups<'_>, row: usize) -> Option<f64> {
    let baseline = groups.baseline?;
    let ratio = |set: usize| {
        let ratio = seconds(groups, row, set)? / seconds(groups, baseline, set)?;
        (ratio.is_finite() && 0.0 < ratio).then(|| libm::log(ratio))
    };
    mean((0..groups.datasets.len()).filter_map(ratio)).map(libm::exp)
}
