//! What turns paired differences into estimates: found out once for all metrics and all gains.

use std::collections::BTreeSet;

use evaluation::summary::mean;
use experiment::file::ReportSpec;

use crate::comparison::groups::Groups;
use crate::judgement::Unit;
use crate::judgement::estimate::Estimate;
use crate::judgement::runs::test_train_ratios;

/// How the differences of a comparison are judged.
pub(crate) struct Judge {
    pub(crate) unit: Unit,
    pub(crate) families: Families,
    /// Of each data set, what the corrected resampled t needs.
    pub(crate) ratios: Vec<Option<f64>>,
    pub(crate) rope: f64,
}

impl Judge {
    pub(crate) fn new(groups: &Groups<'_>, spec: &ReportSpec) -> Self {
        let unit = Unit::of(&groups.datasets);
        Judge {
            unit,
            families: Families::of(groups, unit),
            ratios: test_train_ratios(groups, spec.pooled),
            rope: spec.rope.get(),
        }
    }

    /// `differences[data set]`: one a run; `None` of none.
    pub(crate) fn estimate(&self, differences: &[Vec<f64>]) -> Option<Estimate> {
        match self.unit {
            Unit::Run => Estimate::over_runs(&differences[0], self.ratios[0], self.rope),
            Unit::Family => Estimate::over_families(&self.families.means(differences), self.rope),
        }
    }
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
