//! A combination in every setting of what is searched in it, and for every number of epochs that a setting may be trained.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use serde_json::Value;

use crate::axis::Axis;
use crate::choice::Choice;
use crate::file::Diagnostic;
use crate::file::condition::Combination;
use crate::file::size::MOST_CELLS;
use crate::identity::Identities;
use crate::plan::checks::Objection;
use crate::plan::expansion::{in_setting, is_searched, n_settings, spec_of};
use crate::plan::halving::{Contest, Rung};
use crate::plan::planner::{Planner, Wanted};
use crate::search::schedule::Bracket;
use crate::search::spec::Search;

/// Where the cells of a combination are in the plan, by its identity.
type Known = BTreeMap<[u8; 32], Range<usize>>;

impl Planner<'_> {
    /// Adds the cells of the combination, in each of its settings if anything of it is searched.
    pub(super) fn settings(&mut self, base: &Combination<'_>) -> Result<(), Objection> {
        let file = self.file;
        let Some(search) = file.search.as_ref().filter(|_| is_searched(base)) else {
            let spec = spec_of(base);
            let identities = Identities::of(&spec);
            let wanted = Wanted { combination: base, base, spec, identities, epochs: None };
            return self.combination(wanted).map(|_| ());
        };
        let before = (self.plan.cells.len(), self.plan.combinations.len(), self.contests.len());
        let added = self.brackets(search, base);
        if added.is_err() {
            // What cannot be in one setting is left out in all: there would be nothing to choose fairly.
            self.plan.cells.truncate(before.0);
            self.plan.combinations.truncate(before.1);
            self.contests.truncate(before.2);
        }
        added
    }

    fn brackets(&mut self, search: &Search, base: &Combination<'_>) -> Result<(), Objection> {
        let mut known = Known::new();
        let first = spec_of(&in_setting(base, 0));
        let brackets = match first.steps() {
            Some(training) => search.method.brackets(training.epochs.get()),
            // What has no epochs is trained whole.
            None => vec![Bracket { settings: 0..n_settings(base), budgets: vec![1], factor: 1 }],
        };
        for bracket in brackets {
            let settings = differing(base, bracket.settings.clone());
            let rungs = bracket.rungs(settings.len());
            let mut of_rungs = Vec::new();
            for (i, rung) in rungs.iter().enumerate() {
                if self.is_full(search) {
                    return Ok(());
                }
                let epochs = (i + 1 < rungs.len()).then_some(rung.epochs);
                let cells = settings.iter().map(|&n| self.setting(base, n, epochs, &mut known));
                of_rungs.push((rung.settings, cells.collect::<Result<Vec<_>, _>>()?));
            }
            self.contest(&of_rungs);
        }
        Ok(())
    }

    /// Adds a setting, trained for `epochs` if not for all, unless it is there already.
    fn setting(
        &mut self,
        base: &Combination<'_>,
        setting: usize,
        epochs: Option<usize>,
        known: &mut Known,
    ) -> Result<Range<usize>, Objection> {
        let whole = in_setting(base, setting);
        let shorter = epochs.map(|epochs| shorter(whole[&Axis::Training], epochs));
        let mut combination = whole;
        combination.extend(shorter.iter().map(|training| (Axis::Training, training)));
        let spec = spec_of(&combination);
        let identities = Identities::of(&spec);
        let key = identities.combination().into();
        if let Some(cells) = known.get(&key) {
            return Ok(cells.clone());
        }
        let wanted = Wanted { combination: &combination, base, spec, identities, epochs };
        let cells = self.combination(wanted)?;
        known.insert(key, cells.clone());
        Ok(cells)
    }

    /// In each run by itself, settings go on from rung to rung. Of each rung: how many there are, and where the runs of
    /// each setting are.
    fn contest(&mut self, rungs: &[(usize, Vec<Range<usize>>)]) {
        let n_runs = rungs[0].1.first().map_or(0, Range::len);
        let of_run = |run: usize| {
            let rung = |(settings, cells): &(usize, Vec<Range<usize>>)| Rung {
                settings: *settings,
                cells: cells.iter().map(|runs| runs.start + run).collect(),
            };
            Contest { rungs: rungs.iter().map(rung).collect() }
        };
        self.contests.extend((0..n_runs).map(of_run));
    }

    /// Whether a search makes more cells than a plan has room for, which is a mistake.
    fn is_full(&mut self, search: &Search) -> bool {
        let is_full = MOST_CELLS < self.plan.cells.len() as u128;
        if is_full && !self.mistakes.iter().any(|mistake| mistake.span == search.span) {
            let message = format!(
                "the settings make more cells than a plan has room for, which is {MOST_CELLS}"
            );
            let help = "draw fewer, or write several experiments";
            self.mistakes.push(Diagnostic::new(search.span.clone(), message).help(help));
        }
        is_full
    }
}

/// Of `settings` those that differ for the learner of the combination.
fn differing(base: &Combination<'_>, settings: Range<usize>) -> Vec<usize> {
    let mut seen = BTreeSet::new();
    let is_new = |&setting: &usize| {
        let spec = spec_of(&in_setting(base, setting));
        seen.insert(<[u8; 32]>::from(Identities::of(&spec).combination()))
    };
    settings.filter(is_new).collect()
}

/// The same training for fewer epochs.
fn shorter(training: &Choice, epochs: usize) -> Choice {
    let mut shorter = Choice { drawn: Vec::new(), ..training.clone() };
    shorter.value["epochs"] = Value::from(epochs);
    let others = Some(training.label.as_str()).filter(|label| *label != "default");
    shorter.label = others
        .into_iter()
        .chain([format!("epochs={epochs}").as_str()])
        .collect::<Vec<_>>()
        .join(", ");
    shorter
}
