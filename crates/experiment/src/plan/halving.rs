//! Which settings of a search go on to more epochs: decided by what is recorded, and by nothing else.
//!
//! ```text
//! a rung is decided       when every cell of it has a record
//! it goes on              the best settings, by `protocol.select_by` on the validation part of this run; of equals the
//!                         one that was drawn first; one that failed or diverged after all others
//! ```
//!
//! Each run (data set, fold and seed) of each method decides for itself, so that it learns nothing of rows that another
//! one tests. Whatever ran first, on however many threads, processes and machines: the same records make the same cells.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use crate::cell_id::CellId;
use crate::plan::{Plan, PlannedCell, Shard};
use crate::record::TrialRecord;
use crate::trial::TrialCell;

/// What is known of records.
type Records = BTreeMap<CellId, Box<TrialRecord>>;

/// Everything that may run, and what decides about it.
#[derive(Clone, Debug)]
pub struct Halving {
    /// All cells that may run, in the order of the plan.
    all: Vec<PlannedCell>,
    contests: Vec<Contest>,
    /// A cell for each one that is still to be chosen: one of those among which.
    to_come: Vec<PlannedCell>,
}

/// The settings of one method in one run.
#[derive(Clone, Debug)]
pub(super) struct Contest {
    pub(super) rungs: Vec<Rung>,
}

/// Settings that are trained for as long.
#[derive(Clone, Debug)]
pub(super) struct Rung {
    /// How many there are.
    pub(super) settings: usize,
    /// The cell of every setting that may be among them, in the order of the draws: its place among all.
    pub(super) cells: Vec<usize>,
}

/// What becomes of a contest.
#[derive(Default)]
struct Course {
    /// Cells that run.
    running: Vec<usize>,
    /// Stand-ins for those that are not chosen yet.
    to_come: Vec<usize>,
}

impl Contest {
    /// As far as `records` decide.
    fn course(&self, all: &[PlannedCell], records: &Records) -> Course {
        let mut course = Course::default();
        let n_settings = self.rungs.first().map_or(0, |rung| rung.cells.len());
        let mut settings: Vec<usize> = (0..n_settings).collect();
        for (i, rung) in self.rungs.iter().enumerate() {
            course.running.extend(settings.iter().map(|&setting| rung.cells[setting]));
            let Some(next) = self.rungs.get(i + 1) else { break };
            let merit = |&setting: &usize| {
                let record = records.get(&all[rung.cells[setting]].cell.id)?;
                Some((setting, merit(record)))
            };
            let Some(mut ranked) = settings.iter().map(merit).collect::<Option<Vec<_>>>() else {
                let later = self.rungs[i + 1..].iter();
                course.to_come =
                    later.flat_map(|rung| &rung.cells[..rung.settings]).copied().collect();
                break;
            };
            // A value is better than none.
            ranked.sort_by(|(_, a), (_, b)| b.partial_cmp(a).unwrap_or(Ordering::Equal));
            settings = ranked.iter().take(next.settings).map(|(setting, _)| *setting).collect();
            settings.sort_unstable();
        }
        course
    }
}

/// What the validation part says of a cell.
fn merit(record: &TrialRecord) -> Option<f64> {
    let trial = &record.trial;
    trial.merit(&trial.results.as_deref()?.best, trial.spec.protocol.select_by)
}

impl Plan {
    /// Of all cells, those of `contests` run as these are decided.
    pub(super) fn halve(&mut self, contests: Vec<Contest>) {
        if contests.iter().any(|contest| 1 < contest.rungs.len()) {
            let all = std::mem::take(&mut self.cells);
            self.halving = Some(Halving { all, contests, to_come: Vec::new() });
            self.go_on(&Records::new());
        }
    }

    /// Adds the cells of the settings that go on, as far as `records` decide who does.
    pub fn go_on(&mut self, records: &Records) {
        let Some(halving) = &mut self.halving else { return };
        let Halving { all, contests, to_come } = halving;
        let courses: Vec<Course> =
            contests.iter().map(|contest| contest.course(all, records)).collect();
        let mut runs = vec![true; all.len()];
        let of_contests = contests.iter().flat_map(|contest| &contest.rungs);
        of_contests.flat_map(|rung| &rung.cells).for_each(|&cell| runs[cell] = false);
        courses.iter().flat_map(|course| &course.running).for_each(|&cell| runs[cell] = true);
        let running = all.iter().zip(runs).filter(|(_, runs)| *runs);
        self.cells = running.map(|(planned, _)| planned.clone()).collect();
        *to_come = courses
            .iter()
            .flat_map(|course| &course.to_come)
            .map(|&cell| all[cell].clone())
            .collect();
    }

    /// For each cell that is still to be chosen one of those among which: there will be as many, and they cost as much.
    pub fn to_come(&self) -> &[PlannedCell] {
        self.halving.as_ref().map_or(&[], |halving| &halving.to_come)
    }

    /// How many cells there will be.
    pub fn n_cells(&self) -> usize {
        self.cells.len() + self.to_come().len()
    }

    /// Whether `cell` is in `shard`. Where settings go on by what others gave in the same run, all cells of a run are in one
    /// shard.
    pub fn is_in(&self, shard: Shard, cell: &TrialCell) -> bool {
        match self.halving {
            Some(_) => shard.contains_run(cell),
            None => shard.contains(cell.id),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::prepare::DataCache;
    use crate::record::{Outcome, Timings};
    use crate::testing::planned;
    use crate::trial::{record, run_trial};

    const HALVING: &str =
        "method = { successive_halving = { settings = 9, factor = 3, min_epochs = 1 } }";

    fn search(method: &str, rest: &str) -> (Plan, DataCache) {
        planned(&format!(
            "[experiment]\nname = \"h\"\n[protocol]\nsplit = {{ holdout.test = 0.3 }}\n[training]\nepochs = 9\n\
             [axes]\ndataset = \"ecoli4\"\nmodel = \"linear\"\n{rest}\n[search]\n{method}\n\
             parameters = {{ \"training.optimizer.sgd.learning_rate\" = {{ log_uniform = [1e-3, 1] }} }}"
        ))
    }

    /// Cells by their epochs, in the order of the draws.
    fn by_epochs(plan: &Plan, epochs: usize) -> Vec<TrialCell> {
        let is = |cell: &&TrialCell| cell.spec.network().unwrap().training.epochs.get() == epochs;
        plan.cells.iter().map(|planned| &planned.cell).filter(is).cloned().collect()
    }

    fn failed(cell: &TrialCell) -> Box<TrialRecord> {
        let message = "on purpose".to_owned();
        Box::new(record(cell, Outcome::Failed { message }, None, Timings::default()))
    }

    #[test]
    fn nothing_goes_on_before_the_whole_rung_is_known_and_then_the_best_do() {
        let (mut plan, data) = search(HALVING, "");
        let first = by_epochs(&plan, 1);
        assert_eq!((first.len(), plan.cells.len(), plan.to_come().len()), (9, 9, 3 + 1));
        let mut records: Records =
            first.iter().map(|cell| (cell.id, Box::new(run_trial(cell, &data, None)))).collect();
        let last = records.remove(&first[8].id).unwrap();
        plan.go_on(&records);
        assert_eq!((plan.cells.len(), plan.n_cells()), (9, 13));
        records.insert(first[8].id, last);
        plan.go_on(&records);
        let second = by_epochs(&plan, 3);
        assert_eq!((second.len(), plan.to_come().len(), plan.n_cells()), (3, 1, 13));

        let rate = |cell: &TrialCell| cell.spec.label(crate::Axis::Training).unwrap();
        let rate = |cell: &TrialCell| rate(cell).split("learning_rate=").nth(1).unwrap().to_owned();
        let mut merits: Vec<(f64, usize)> =
            first.iter().enumerate().map(|(i, c)| (merit(&records[&c.id]).unwrap(), i)).collect();
        merits.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let best: BTreeSet<String> = merits[..3].iter().map(|&(_, i)| rate(&first[i])).collect();
        assert_eq!(second.iter().map(rate).collect::<BTreeSet<_>>(), best);

        // Of equals the first drawn, and a failure behind all others.
        let winner = &first[merits[0].1];
        records.insert(winner.id, failed(winner));
        plan.go_on(&records);
        assert!(!by_epochs(&plan, 3).iter().any(|cell| rate(cell) == rate(winner)));
        records.extend(first.iter().map(|cell| (cell.id, failed(cell))));
        plan.go_on(&records);
        let rates = |cells: &[TrialCell]| cells.iter().map(rate).collect::<Vec<_>>();
        assert_eq!(rates(&by_epochs(&plan, 3)), rates(&first[..3]));
    }

    #[test]
    fn each_run_and_method_decides_for_itself_and_no_smaller_budget_is_compared() {
        let (mut plan, data) = search(HALVING, "loss = [\"cross_entropy\", \"focal\"]");
        let mut records = Records::new();
        for n_recorded in [18, 18 + 6, 18 + 6 + 2] {
            let missing: Vec<TrialCell> = plan.cells.iter().map(|c| c.cell.clone()).collect();
            for cell in missing
                .iter()
                .filter(|cell| !records.contains_key(&cell.id))
                .cloned()
                .collect::<Vec<_>>()
            {
                records.insert(cell.id, Box::new(run_trial(&cell, &data, None)));
            }
            assert_eq!(records.len(), n_recorded);
            plan.go_on(&records);
        }
        assert_eq!((plan.cells.len(), plan.to_come().len()), (26, 0));
        let compared: Vec<&PlannedCell> = plan.compared().collect();
        assert_eq!(compared.len(), 2);
        for planned in compared {
            assert_eq!(planned.cell.spec.network().unwrap().training.epochs.get(), 9);
        }
    }

    #[test]
    fn hyperband_plans_every_bracket_and_counts_what_is_to_come() {
        let (plan, _) = search("method = { hyperband = { factor = 3, min_epochs = 1 } }", "");
        // 9x1 3x3 1x9, 5x3 1x9, 3x9.
        let first = [9, 5, 3];
        assert_eq!(plan.cells.len(), first.iter().sum::<usize>());
        assert_eq!(plan.to_come().len(), 3 + 1 + 1);
        assert_eq!(plan.compared().count(), 3);
    }

    #[test]
    fn a_learner_without_epochs_is_trained_whole_in_every_setting() {
        let (plan, _) = planned(
            "[experiment]\nname = \"h\"\n[protocol]\nsplit = { holdout.test = 0.3 }\n[axes]\n\
             dataset = \"ecoli4\"\nmodel = [\"nearest_neighbors\", \"linear\"]\n[search]\n\
             method = { successive_halving = { settings = 9, min_epochs = 10 } }\n[search.parameters]\n\
             \"model.nearest_neighbors.k\" = { choice = [1, 3, 5] }\n",
        );
        // Three differ, and of the linear model one.
        assert_eq!((plan.cells.len(), plan.to_come().len(), plan.compared().count()), (4, 0, 4));
    }

    #[test]
    fn shards_of_a_halving_keep_each_run_together() {
        let (plan, _) = search(HALVING, "loss = [\"cross_entropy\", \"focal\"]");
        for shard in ["1/2", "2/2"] {
            let shard: Shard = shard.parse().unwrap();
            let inside = plan.cells.iter().filter(|c| plan.is_in(shard, &c.cell)).count();
            assert!(inside == 0 || inside == plan.cells.len());
        }
    }
}
