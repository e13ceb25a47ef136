//! What a medium shows of differences: what stands under a table speaks of that alone.

use crate::judgement::estimate::Estimate;
use crate::judgement::words::percent;

/// What marks a difference that is told from 0 where letters are all alike.
pub(crate) const NOT_ZERO: &str = "≠";

/// How differences are shown.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shown {
    /// Whether intervals stand beside them.
    pub(crate) intervals: bool,
    /// What marks those that are told from 0.
    pub(crate) mark: &'static str,
}

impl Shown {
    /// As on a page.
    pub(crate) const FULL: Shown = Shown { intervals: true, mark: "Bold" };

    /// As in a terminal, which has no room for intervals and may have no bold letters.
    pub(crate) fn in_terminal(colours: bool) -> Self {
        Shown { intervals: false, mark: if colours { "Bold" } else { NOT_ZERO } }
    }

    /// `what` and the least level of the intervals: `, with its interval (95 %, for one comparison)`; nothing where there are
    /// none, or where they are not shown.
    pub(crate) fn interval<'e>(
        self,
        what: &str,
        estimates: impl IntoIterator<Item = &'e Estimate>,
    ) -> String {
        least_level(estimates).filter(|_| self.intervals).map_or_else(String::new, |level| {
            format!("{what} ({}, for one comparison)", percent(level))
        })
    }

    /// Where to find the intervals that there are and that are not shown.
    pub(crate) fn elsewhere<'e>(
        self,
        estimates: impl IntoIterator<Item = &'e Estimate>,
    ) -> &'static str {
        match least_level(estimates) {
            Some(_) if !self.intervals => " Intervals: report.md.",
            _ => "",
        }
    }
}

fn least_level<'e>(estimates: impl IntoIterator<Item = &'e Estimate>) -> Option<f64> {
    let intervals = estimates.into_iter().filter_map(|estimate| estimate.interval);
    intervals.map(|interval| interval.level).reduce(f64::min)
}
