//! What a row would mean in use: how many of the positive class it finds, and at what cost in false alarms.
//!
//! ```text
//! found         Σ right / Σ support of the positive class, over the runs
//! false alarms  Σ (predicted - right) / Σ right: for each one that is found
//! ```

use evaluation::summary::mean;
use experiment::file::MeasuredEpoch;
use experiment::record::AfterTraining;
use serde::Serialize;

use crate::comparison::groups::Groups;

/// Decisions of a row on the test parts of the only data set.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Practice {
    /// The row, in the order of its table.
    pub row: usize,
    /// Share of the positive class that is found.
    pub found: f64,
    /// False alarms for each one that is found; `None` where none is.
    pub false_alarms: Option<f64>,
    /// Mean of the probabilities from which on the runs decide for it; `None` where the most probable class is taken.
    pub threshold: Option<f64>,
}

/// The decisions of `row`, which is `groups.rows[place]`; `None` where there are several data sets, or not two classes.
pub(crate) fn practice(
    groups: &Groups<'_>,
    epoch: MeasuredEpoch,
    row: usize,
    place: usize,
) -> Option<Practice> {
    let [planned] = &groups.rows[place].trials[..] else { return None };
    let trials = planned.iter().flat_map(|planned| &planned.trials);
    let results = trials.filter_map(|&trial| groups.trials[trial].record?.results.as_deref());
    let measured: Vec<_> = results
        .map(|results| match epoch {
            MeasuredEpoch::Best => &results.best,
            MeasuredEpoch::Last => &results.last,
        })
        .collect();
    let (mut support, mut predicted, mut right) = (0, 0, 0);
    for measured in &measured {
        let class = measured.test.classes_brief().positive?;
        support += class.support;
        predicted += class.predicted?;
        right += class.right?;
    }
    let thresholds = measured.iter().filter_map(|measured| measured.after_training.as_deref());
    let share = |part: u32, whole: u32| (whole != 0).then(|| f64::from(part) / f64::from(whole));
    Some(Practice {
        row,
        found: share(right, support)?,
        false_alarms: share(predicted - right, right),
        threshold: mean(thresholds.filter_map(AfterTraining::threshold)),
    })
}
