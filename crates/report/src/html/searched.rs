//! What a search has drawn, row by row, and what the validation parts say of every setting.
//!
//! ```text
//! of a run        of the most epochs that it was trained for there: of all, unless it was stopped early
//! of a setting    the mean over its runs, then over the data sets on which some setting of the row has a value
//! ```

use std::collections::{BTreeMap, BTreeSet};

use evaluation::Metric;
use evaluation::summary::mean;
use experiment::plan::PlannedCell;
use experiment::record::Reproducible;
use experiment::selection::{Parameter, tuned};
use experiment::spec::TrialSpec;
use experiment::{Axis, CellId};
use serde_json::Value;

use crate::comparison::selection::{merit_of, metric_of_spec};
use crate::html::view::View;

/// A row whose parameters were drawn.
pub(crate) struct Searched {
    pub(crate) row: usize,
    /// What chooses.
    pub(crate) metric: Metric,
    /// Those with a value on all data sets, in the order of the draws.
    pub(crate) settings: Vec<Setting>,
    /// How many others there are.
    pub(crate) n_lacking: usize,
    /// Runs that chose.
    pub(crate) n_runs: usize,
}

/// A setting of a row.
pub(crate) struct Setting {
    /// Of each parameter of the search; `None` of one that the row does not have.
    pub(crate) values: Vec<Option<Value>>,
    /// What the validation parts say.
    pub(crate) mean: f64,
    /// In how many runs it was trained for all epochs.
    pub(crate) n_whole: usize,
    /// In how many it was chosen.
    pub(crate) n_chosen: usize,
}

/// A data set's place, fold and seed.
type Run = (usize, usize, u64);

/// A setting that is being counted.
#[derive(Default)]
struct Tally {
    values: Vec<Option<Value>>,
    /// The most epochs that it was trained for, and what the validation part said then, larger the better.
    runs: BTreeMap<Run, (usize, Option<f64>)>,
    n_chosen: usize,
}

/// The settings of a row, and where each is by what was chosen of it.
#[derive(Default)]
struct Tallies {
    places: BTreeMap<String, usize>,
    all: Vec<Tally>,
    metric: Option<Metric>,
}

/// The rows that a search has drawn settings of, in the order of the table.
pub(crate) fn searched(view: &View<'_>) -> Vec<Searched> {
    let plan = view.subject.plan;
    if plan.drawn.is_empty() {
        return Vec::new();
    }
    let mut records: Vec<&Reproducible> =
        view.subject.records.iter().map(|record| &record.trial).collect();
    records.sort_unstable_by_key(|record| record.id);
    let recorded = |id: CellId| {
        let place = records.binary_search_by_key(&id, |record| record.id).ok()?;
        Some(records[place])
    };
    let chosen = view.groups.trials.iter().filter(|trial| trial.chosen.is_some());
    // What no candidate of a run has a value of was not chosen.
    let has_value = |record: &&Reproducible| merit_of(record, view.subject.spec).is_some();
    let chosen = chosen.filter(|trial| trial.record.as_ref().is_some_and(has_value));
    let chosen: BTreeSet<CellId> = chosen.map(|trial| trial.id).collect();
    let entries = entries(view);
    let mut rows: BTreeMap<usize, Tallies> = BTreeMap::new();
    // Folds and seeds of a combination are one setting.
    let mut settings: BTreeMap<usize, usize> = BTreeMap::new();
    for PlannedCell { cell, combination, .. } in &plan.cells {
        let Some(&(row, set)) = entries.get(combination) else { continue };
        let tallies = rows.entry(row).or_default();
        let setting =
            settings.entry(*combination).or_insert_with(|| tallies.place(view, &cell.spec));
        let Some(record) = recorded(cell.id) else { continue };
        let epochs = plan.combinations[*combination].epochs.unwrap_or(usize::MAX);
        let merit = merit_of(record, view.subject.spec);
        let run = (set, cell.spec.fold, cell.spec.seed);
        let tally = &mut tallies.all[*setting];
        tally.n_chosen += usize::from(chosen.contains(&cell.id));
        let known = tally.runs.entry(run).or_insert((epochs, merit));
        if known.0 < epochs {
            *known = (epochs, merit);
        }
    }
    let in_order = view.first().rows.iter();
    in_order.filter_map(|row| rows.remove(&row.place)?.searched(row.place)).collect()
}

/// The row and the data set of each combination of the plan that was drawn; those of fewer epochs are found by what they
/// share with those of all.
fn entries(view: &View<'_>) -> BTreeMap<usize, (usize, usize)> {
    let (plan, select) = (view.subject.plan, &view.subject.spec.select);
    let key = |spec: &TrialSpec| Some(tuned(spec, select, &plan.labels)?.key);
    let mut keys: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for row in 0..view.groups.rows.len() {
        for set in 0..view.sets.len() {
            let mut variants = BTreeSet::new();
            for trial in view.trials(row, set).map(|i| &view.groups.trials[i]) {
                if trial.chosen.is_some() && variants.insert(trial.variant) {
                    keys.extend(key(trial.spec).map(|key| (key, (row, set))));
                }
            }
        }
    }
    let mut families: BTreeMap<&BTreeMap<Axis, String>, Option<(usize, usize)>> = BTreeMap::new();
    for planned in plan.compared() {
        let Some(combination) = plan.combinations.get(planned.combination) else { continue };
        let entry = || keys.get(&key(&planned.cell.spec)?).copied();
        families.entry(&combination.family).or_insert_with(entry);
    }
    let combinations = plan.combinations.iter().enumerate();
    let entry = |combination: &BTreeMap<Axis, String>| *families.get(combination)?;
    combinations.filter_map(|(i, combination)| Some((i, entry(&combination.family)?))).collect()
}

impl Tallies {
    /// Where the setting of a trial is.
    fn place(&mut self, view: &View<'_>, spec: &TrialSpec) -> usize {
        let of = |parameter: &Parameter| parameter.of_trial(spec);
        let chosen: Vec<Option<Value>> = view.subject.spec.select.iter().map(of).collect();
        let key = serde_json::to_string(&chosen).expect("values are plain data");
        self.metric.get_or_insert(metric_of_spec(spec, view.subject.spec));
        let all = &mut self.all;
        *self.places.entry(key).or_insert_with(|| {
            let values = view.subject.plan.drawn.keys().map(of).collect();
            all.push(Tally { values, ..Tally::default() });
            all.len() - 1
        })
    }

    /// `None` where no setting has a value.
    fn searched(self, row: usize) -> Option<Searched> {
        let metric = self.metric?;
        let sign = if metric.higher_is_better() { 1.0 } else { -1.0 };
        let runs = self.all.iter().flat_map(|tally| &tally.runs);
        let sets: BTreeSet<usize> =
            runs.filter(|(_, (_, merit))| merit.is_some()).map(|((set, ..), _)| *set).collect();
        let n_runs = self.all.iter().map(|tally| tally.n_chosen).sum();
        let n_drawn = self.all.len();
        let setting = |tally: Tally| {
            let mean = sign * tally.mean(&sets)?;
            let n_whole = tally.runs.values().filter(|(epochs, _)| *epochs == usize::MAX).count();
            Some(Setting { values: tally.values, mean, n_whole, n_chosen: tally.n_chosen })
        };
        let settings: Vec<Setting> = self.all.into_iter().filter_map(setting).collect();
        let n_lacking = n_drawn - settings.len();
        (!settings.is_empty()).then_some(Searched { row, metric, settings, n_lacking, n_runs })
    }
}

impl Tally {
    /// Over the runs, then over `sets`; `None` where one of these has no value.
    fn mean(&self, sets: &BTreeSet<usize>) -> Option<f64> {
        let of_set = |&set: &usize| {
            let runs = self.runs.range((set, 0, 0)..(set + 1, 0, 0));
            mean(runs.filter_map(|(_, (_, merit))| *merit))
        };
        let means: Vec<f64> = sets.iter().map(of_set).collect::<Option<_>>()?;
        mean(means.into_iter())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn tally(rate: f64, runs: &[(Run, usize, Option<f64>)], n_chosen: usize) -> Tally {
        let runs = runs.iter().map(|&(run, epochs, merit)| (run, (epochs, merit))).collect();
        Tally { values: vec![Some(json!(rate))], runs, n_chosen }
    }

    #[test]
    fn a_setting_is_the_mean_of_data_sets_and_one_without_a_value_is_counted() {
        let whole = usize::MAX;
        let one = [
            ((0, 0, 0), 3, Some(-0.2)),
            ((0, 1, 0), whole, Some(-0.4)),
            ((4, 0, 0), 3, Some(-1.0)),
        ];
        let all = vec![
            tally(0.1, &one, 1),
            tally(0.2, &[((0, 0, 0), 3, Some(-0.1))], 0),
            tally(0.3, &[((0, 0, 0), 3, Some(-0.1)), ((4, 0, 0), 3, None)], 0),
        ];
        let tallies = Tallies { all, metric: Some(Metric::LogLoss), ..Tallies::default() };
        let searched = tallies.searched(7).unwrap();
        let [setting] = &searched.settings[..] else { panic!("two lack the data set 4") };
        // A loss is lower the better, and shown as it is.
        assert!((setting.mean - 0.65).abs() < 1e-12, "{}", setting.mean);
        assert_eq!((setting.n_whole, searched.n_lacking, searched.n_runs), (1, 2, 1));
        let nothing = tally(0.1, &[((0, 0, 0), 3, None)], 0);
        let tallies =
            Tallies { all: vec![nothing], metric: Some(Metric::LogLoss), ..Tallies::default() };
        assert!(tallies.searched(7).is_none());
    }
}
