//! What turns paired differences into estimates: found out once for all metrics and all gains.

use std::collections::BTreeSet;

use evaluation::summary::mean;
use experiment::file::ReportSpec;

use crate::comparison::groups::Groups;
use crate::comparison::method::Planned;
use crate::judgement::Unit;
use crate::judgement::estimate::Estimate;
use crate::judgement::runs::{RunTest, test_train_ratios};

/// How the differences of a comparison are judged.
pub(crate) struct Judge {
    pub(crate) unit: Unit,
    pub(crate) families: Families,
    /// What runs are tested by.
    pub(crate) test: RunTest,
    /// Of each data set, what the corrected resampled t needs.
    pub(crate) ratios: Vec<Option<f64>>,
    /// How many runs each data set has, if all have those of the same folds and seeds.
    runs: Option<usize>,
    pub(crate) rope: f64,
}

impl Judge {
    pub(crate) fn new(groups: &Groups<'_>, spec: &ReportSpec) -> Self {
        let (unit, test) = (Unit::of(&groups.families), RunTest::of(groups));
        Judge {
            unit,
            families: Families::of(groups, unit),
            test,
            ratios: test_train_ratios(groups, test, spec.pooled),
            runs: same_runs(groups),
            rope: spec.rope.get(),
        }
    }

    /// `differences[data set]`: one a run; `None` of none.
    pub(crate) fn estimate(&self, differences: &[Vec<f64>]) -> Option<Estimate> {
        match self.unit {
            Unit::Run => match self.by_run(differences) {
                Some(runs) => Estimate::over_runs(&runs, self.ratio(), self.rope),
                // Runs that do not belong together tell how large a difference is, and not how sure.
                None => Estimate::over_runs(&differences.concat(), None, self.rope),
            },
            Unit::Family => Estimate::over_families(&self.families.means(differences), self.rope),
        }
    }
}

impl Judge {
    /// Of all data sets together, what the corrected resampled t needs: of several the largest, which is the widest interval.
    pub(crate) fn ratio(&self) -> Option<f64> {
        let known: Option<Vec<f64>> = self.ratios.iter().copied().collect();
        known?.into_iter().reduce(f64::max)
    }

    /// The mean of each run over the data sets; `None` where they have not all the same runs.
    fn by_run(&self, differences: &[Vec<f64>]) -> Option<Vec<f64>> {
        if let [only] = differences {
            return Some(only.clone());
        }
        let n_runs = self.runs.filter(|&n| differences.iter().all(|runs| runs.len() == n))?;
        (0..n_runs).map(|run| mean(differences.iter().map(|runs| runs[run]))).collect()
    }
}

/// How many runs each data set has, if every row has the same folds and seeds on all of them, each once.
fn same_runs(groups: &Groups<'_>) -> Option<usize> {
    let of = |planned: &Vec<Planned>| -> Vec<(u64, usize)> {
        let first = planned.iter().map(|run| &groups.trials[run.trials[0]].spec);
        first.map(|spec| (spec.seed, spec.fold)).collect()
    };
    let mut all = groups.rows.iter().flat_map(|row| row.trials.iter().map(of));
    let first = all.next()?;
    let is_once = first.windows(2).all(|runs| runs[0] < runs[1]);
    (is_once && all.all(|other| other == first)).then_some(first.len())
}

/// Which data sets are siblings.
pub(crate) struct Families {
    /// By name.
    pub(crate) names: Vec<String>,
    /// The family of each data set.
    of_dataset: Vec<usize>,
}

impl Families {
    fn of(groups: &Groups<'_>, unit: Unit) -> Self {
        if unit == Unit::Run {
            return Families { names: Vec::new(), of_dataset: Vec::new() };
        }
        let known: BTreeSet<&String> = groups.families.iter().collect();
        let names: Vec<String> = known.into_iter().cloned().collect();
        let of = |family| names.iter().position(|name| name == family).expect("it is one of them");
        Families { of_dataset: groups.families.iter().map(of).collect(), names }
    }

    /// The data sets of each.
    pub(crate) fn members(&self) -> Vec<Vec<usize>> {
        let of = |family: usize| {
            let sets = self.of_dataset.iter().enumerate().filter(|(_, of)| **of == family);
            sets.map(|(set, _)| set).collect()
        };
        (0..self.names.len()).map(of).collect()
    }

    /// The mean of each family over its data sets, each of them over its runs; `None` where there is none.
    pub(crate) fn means(&self, by_dataset: &[Vec<f64>]) -> Vec<Option<f64>> {
        let of_family = |family: usize| {
            let siblings = by_dataset.iter().zip(&self.of_dataset).filter(|(_, of)| **of == family);
            let means = siblings.filter_map(|(runs, _)| mean(runs.iter().copied()));
            mean(means)
        };
        (0..self.names.len()).map(of_family).collect()
    }
}
