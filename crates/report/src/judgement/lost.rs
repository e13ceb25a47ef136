//! Why a row has nothing to compare.

use crate::comparison::cell::RunCounts;
use crate::comparison::table::MethodRow;

/// Why a row is not compared.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Lost {
    Diverged,
    Failed,
    NotRun,
    TooFew,
}

impl Lost {
    /// The one reason of all runs, if there is one.
    pub(super) fn of(row: &MethodRow) -> Self {
        let all = |of: fn(&RunCounts) -> usize| {
            let mut counts = row.cells.iter().map(|cell| &cell.counts);
            counts.all(|counts| of(counts) == counts.expected)
        };
        if all(|counts| counts.diverged) {
            Lost::Diverged
        } else if all(|counts| counts.failed) {
            Lost::Failed
        } else if all(|counts| counts.missing) {
            Lost::NotRun
        } else {
            Lost::TooFew
        }
    }

    /// As it begins a sentence.
    pub(super) fn told(self) -> &'static str {
        match self {
            Lost::Diverged => "Diverged in every run",
            Lost::Failed => "Failed in every run",
            Lost::NotRun => "Not run yet",
            Lost::TooFew => "Without enough runs in common with the others",
        }
    }
}
