//! What a cell will cost, learnt from what ran.

use std::collections::BTreeMap;

use methods::losses::LossSpec;

use crate::plan::PlannedCell;
use crate::spec::{LearnerSpec, TrialSpec};

/// How the seconds of cells that ran compare with their estimates, method by method. Of a method of which nothing ran
/// yet, what is known of its model counts, or of all cells.
#[derive(Clone, Debug, Default)]
pub struct Pace {
    ran: BTreeMap<Kind, Ran>,
}

/// A model, a loss, a reweighting; empty where cells of all are meant.
type Kind = [&'static str; 3];

#[derive(Clone, Copy, Debug, Default)]
struct Ran {
    seconds: f64,
    estimated: f64,
}

/// The kinds that `spec` is of, the narrowest first.
fn kinds(spec: &TrialSpec) -> [Kind; 3] {
    let (model, reweighting) = match &spec.learner {
        LearnerSpec::Network(network) => (network.model.name(), network.reweighting.name()),
        LearnerSpec::Pairs(pairs) => (pairs.model.name(), pairs.mining.name()),
        LearnerSpec::Boosted(_) => ("boosted_trees", ""),
        LearnerSpec::Classical(learner) => (learner.name(), ""),
    };
    let of_pairs = spec.pairs().map(|pairs| pairs.loss.name());
    let loss = of_pairs.or(spec.loss().map(LossSpec::name)).unwrap_or("");
    [[model, loss, reweighting], [model, "", ""], ["", "", ""]]
}

impl Pace {
    /// A cell ran for so long.
    pub fn learn(&mut self, planned: &PlannedCell, seconds: f64) {
        for kind in kinds(&planned.cell.spec) {
            let ran = self.ran.entry(kind).or_default();
            ran.seconds += seconds;
            ran.estimated += planned.cost;
        }
    }

    /// Seconds that a cell is expected to run.
    pub fn seconds(&self, planned: &PlannedCell) -> f64 {
        let known = kinds(&planned.cell.spec).into_iter().find_map(|kind| self.ran.get(&kind));
        known.map_or(planned.cost, |ran| planned.cost * ran.seconds / ran.estimated)
    }
}

/// Cells of a run that are not done yet, and how long they will take.
#[derive(Debug)]
pub struct Work<'a> {
    pace: Pace,
    left: BTreeMap<Kind, Left<'a>>,
    /// Processor time of the cells that ran.
    spent: f64,
}

/// Cells of one kind: their estimates are in proportion.
#[derive(Debug)]
struct Left<'a> {
    one: &'a PlannedCell,
    estimated: f64,
    n_cells: usize,
}

impl<'a> Work<'a> {
    /// All of `cells` are to be done, by a run that has `spent` so much processor time on others.
    pub fn new(pace: Pace, cells: impl Iterator<Item = &'a PlannedCell>, spent: f64) -> Self {
        let mut left: BTreeMap<Kind, Left<'a>> = BTreeMap::new();
        for one in cells {
            let [kind, ..] = kinds(&one.cell.spec);
            let left = left.entry(kind).or_insert(Left { one, estimated: 0.0, n_cells: 0 });
            left.estimated += one.cost;
            left.n_cells += 1;
        }
        Work { pace, left, spent }
    }

    /// A cell ran for so long; one that did not come to its end teaches nothing.
    pub fn done(&mut self, planned: &PlannedCell, seconds: f64, whole: bool) {
        let [kind, ..] = kinds(&planned.cell.spec);
        if let Some(left) = self.left.get_mut(&kind) {
            left.estimated -= planned.cost;
            left.n_cells = left.n_cells.saturating_sub(1);
        }
        self.spent += seconds;
        if whole {
            self.pace.learn(planned, seconds);
        }
    }

    /// Processor time that the cells left will take.
    pub fn seconds_left(&self) -> f64 {
        let of = |left: &Left<'_>| {
            // Sums of what was subtracted again leave rounding errors behind.
            let share = left.estimated.max(0.0) / left.one.cost;
            if left.n_cells == 0 { 0.0 } else { self.pace.seconds(left.one) * share }
        };
        self.left.values().map(of).sum()
    }

    /// The share of the work that is done, below 1 until all of it is.
    pub fn share(&self) -> f64 {
        if self.left.values().all(|left| left.n_cells == 0) {
            return 1.0;
        }
        let left = self.seconds_left();
        (self.spent / (self.spent + left)).clamp(0.0, 0.999)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Plan;
    use crate::testing::planned;

    fn plan() -> Plan {
        let text = "[experiment]\nname = \"p\"\n[axes]\ndataset = \"ecoli4\"\n\
                    model = [\"linear\", \"nearest_neighbors\"]\nloss = [\"cross_entropy\", \"focal\"]\n";
        planned(text).0
    }

    #[test]
    fn a_method_is_as_slow_as_it_was_and_one_that_never_ran_as_slow_as_its_kin() {
        let plan = plan();
        let of = |model: &str, loss: &str| {
            let fits = |p: &&PlannedCell| {
                let [[m, l, _], ..] = kinds(&p.cell.spec);
                (m, l) == (model, loss)
            };
            plan.cells.iter().find(fits).unwrap()
        };
        let (plain, focal) = (of("linear", "cross_entropy"), of("linear", "focal"));
        let neighbours = of("nearest_neighbors", "");
        let mut pace = Pace::default();
        let near = |a: f64, b: f64| (a - b).abs() < 1e-9 * b;
        assert!(near(pace.seconds(plain), plain.cost));
        pace.learn(neighbours, 7.0 * neighbours.cost);
        assert!(near(pace.seconds(focal), 7.0 * focal.cost), "all that is known");
        pace.learn(plain, 3.0 * plain.cost);
        assert!(near(pace.seconds(focal), 3.0 * focal.cost), "the same model");
        pace.learn(focal, 2.0 * focal.cost);
        assert!(near(pace.seconds(focal), 2.0 * focal.cost), "the method itself");
        assert!(near(pace.seconds(neighbours), 7.0 * neighbours.cost));
    }

    #[test]
    fn the_share_done_is_whole_only_when_nothing_is_left() {
        let plan = plan();
        let mut work = Work::new(Pace::default(), plan.cells.iter(), 0.0);
        assert!(work.share() == 0.0 && 0.0 < work.seconds_left());
        for (i, planned) in plan.cells.iter().enumerate() {
            // A hundred times what was estimated: the share must not run ahead.
            work.done(planned, 100.0 * planned.cost, true);
            let n_left = plan.cells.len() - i - 1;
            assert_eq!(work.share() == 1.0, n_left == 0);
            assert_eq!(work.seconds_left() == 0.0, n_left == 0);
        }
        let mut work = Work::new(Pace::default(), plan.cells.iter(), 0.0);
        let slow = &plan.cells[0];
        work.done(slow, 100.0 * slow.cost, true);
        let left: f64 = plan.cells[1..].iter().map(|planned| 100.0 * planned.cost).sum();
        assert!((work.seconds_left() - left).abs() < 1e-9 * left, "seconds are learnt at once");
    }
}
