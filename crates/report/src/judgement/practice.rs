//! What a row would mean in use: how many of the positive class it finds, and at what cost in false alarms.
//!
//! ```text
//! found         Σ right / Σ support of the positive class, over the runs
//! false alarms  Σ (predicted - right) / Σ right: for each one that is found
//! ```

use evaluation::summary::median;
use experiment::file::MeasuredEpoch;
use experiment::record::AfterTraining;
use serde::Serialize;

use crate::comparison::groups::Groups;
use crate::judgement::words::percent;

/// Decisions of a row on the test parts of the only data set.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Practice {
    /// The row, in the order of its table.
    pub row: usize,
    /// Share of the positive class that is found.
    pub found: f64,
    /// False alarms for each one that is found; `None` where none is.
    pub false_alarms: Option<f64>,
    /// Median of the probabilities from which on the runs decide for it; `None` where the most probable class is taken.
    pub threshold: Option<f64>,
    /// The least and the largest of them.
    pub thresholds: Option<[f64; 2]>,
}

impl Practice {
    /// `finds 78 % of fraud with 2.0 false alarms for each one found, from a probability of 0.12 on (the median; 0.08 to 0.19 over the runs)`.
    pub(super) fn told(&self, positive: &str) -> String {
        // Where none is found, there may be false alarms all the same.
        let alarms = self.false_alarms.map_or_else(String::new, |alarms| {
            format!(" with {alarms:.1} false alarms for each one found")
        });
        let range = self.thresholds.map(|of_runs| of_runs.map(|bound| format!("{bound:.2}")));
        let range = range.filter(|[least, most]| least != most);
        let range = range.map_or_else(String::new, |[least, most]| {
            format!(" (the median; {least} to {most} over the runs)")
        });
        let at = self.threshold.map_or_else(
            || "taking the more probable class".to_owned(),
            |threshold| format!("from a probability of {threshold:.2} on{range}"),
        );
        format!("finds {} of {positive}{alarms}, {at}", percent(self.found))
    }
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
    let fitted = measured.iter().filter_map(|measured| measured.after_training.as_deref());
    let mut thresholds: Vec<f64> = fitted.filter_map(AfterTraining::threshold).collect();
    thresholds.sort_by(f64::total_cmp);
    let ends = thresholds.first().zip(thresholds.last());
    let share = |part: u32, whole: u32| (whole != 0).then(|| f64::from(part) / f64::from(whole));
    Some(Practice {
        row,
        found: share(right, support)?,
        false_alarms: share(predicted - right, right),
        threshold: median(&thresholds),
        thresholds: ends.map(|(&least, &most)| [least, most]),
    })
}
