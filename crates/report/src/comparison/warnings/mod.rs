//! What should keep a reader from believing a table: each is said only where it is so.

mod data;
mod rows;

use std::collections::BTreeMap;

use experiment::file::ReportSpec;
use serde::Serialize;

use crate::comparison::groups::Groups;

/// Rows and data sets that a warning names.
const NAMED: usize = 4;

/// What should keep a reader from believing a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// What it is about.
    pub about: About,
    /// The warning, in one sentence or two.
    pub text: String,
}

/// What a [`Warning`] is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// Rows whose predictions are those of the baseline.
    IdenticalPredictions,
    /// Rows that recognise classes no better than chance.
    NoBetterThanChance,
    /// Rows whose best epoch is one of the last.
    LateBestEpoch,
    /// Rows of one run that have learnt from, or were tested on, other parts.
    DifferentSplits,
    /// Classes that there is next to nothing to learn of.
    FewTrainingRows,
    /// Classes that there is next to nothing to measure on.
    FewTestRows,
    /// Data sets that are cut from the same rows.
    Siblings,
    /// All runs have the same seed.
    OneSeed,
}

/// All warnings of these runs, those about methods first.
pub(crate) fn warnings(groups: &Groups<'_>, spec: &ReportSpec) -> Vec<Warning> {
    let shown = Shown { groups, names: &spec.labels };
    let all = [
        (About::IdenticalPredictions, rows::identical_predictions(&shown)),
        (About::NoBetterThanChance, rows::no_better_than_chance(&shown, spec.epoch)),
        (About::LateBestEpoch, rows::late_best_epoch(&shown)),
        (About::DifferentSplits, rows::different_splits(&shown)),
        (About::FewTrainingRows, data::few_training_rows(&shown)),
        (About::FewTestRows, data::few_test_rows(&shown)),
        (About::Siblings, data::siblings(&shown)),
        (About::OneSeed, data::one_seed(&shown)),
    ];
    let said = |(about, text): (About, Option<String>)| Some(Warning { about, text: text? });
    all.into_iter().filter_map(said).collect()
}

/// The runs, and what rows and data sets are called.
struct Shown<'a> {
    groups: &'a Groups<'a>,
    /// `[report] labels`.
    names: &'a BTreeMap<String, String>,
}

impl Shown<'_> {
    fn row(&self, row: usize) -> String {
        self.groups.row_name(row, self.names)
    }

    fn dataset(&self, dataset: usize) -> &str {
        self.called(&self.groups.datasets[dataset])
    }

    fn called<'s>(&'s self, label: &'s str) -> &'s str {
        self.names.get(label).map_or(label, String::as_str)
    }
}

/// `a, b, c, d and 3 more`; there is at least one.
fn listed(names: &[String]) -> String {
    let shown = names.len().min(NAMED);
    match names.len() - shown {
        0 => names.join(", "),
        more => format!("{} and {more} more", names[..shown].join(", ")),
    }
}
