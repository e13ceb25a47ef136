//! Planned trials with what is recorded of them, and what those have in common that differ in fold and seed alone.

use std::cell::LazyCell;
use std::collections::BTreeMap;

use experiment::labels::Labels;
use experiment::record::{Reproducible, Timings, TrialRecord};
use experiment::selection::{Parameter, Tuned, tuned};
use experiment::spec::TrialSpec;
use experiment::trial::TrialCell;
use experiment::{Axis, CellId};
use rayon::prelude::*;
use strum::IntoEnumIterator;

use crate::comparison::choice::Choice;

/// What stands on one axis; `None` where the learner has no such thing.
pub(crate) type Label = Option<String>;

/// A planned trial, and its record if there is one.
#[derive(Clone, Debug)]
pub(crate) struct Trial<'a> {
    pub(crate) spec: &'a TrialSpec,
    pub(crate) record: Option<&'a Reproducible>,
    pub(crate) timings: Option<&'a Timings>,
    /// Its place among the variants.
    pub(crate) variant: usize,
    pub(crate) id: CellId,
    /// Its place in the plan.
    pub(crate) place: usize,
    /// The values of the tuned parameters, if these were chosen among several.
    pub(crate) chosen: Option<Box<Choice>>,
}

/// What trials that differ in fold and seed alone have in common: made once for all of them, and asked instead of them.
#[derive(Debug, PartialEq)]
pub(crate) struct Variant {
    labels: BTreeMap<Axis, Label>,
    /// Trials of different splits are tested on different rows, whatever the numbers of their folds.
    pub(crate) split: String,
    /// Without the values of tuned parameters, if it has some.
    pub(crate) tuned: Option<Tuned>,
}

impl Variant {
    pub(crate) fn label(&self, axis: Axis) -> &Label {
        &self.labels[&axis]
    }

    pub(crate) fn dataset(&self) -> &str {
        self.label(Axis::Dataset).as_deref().unwrap_or_default()
    }

    fn of(spec: &TrialSpec, labels: &Labels, select: &[Parameter]) -> Self {
        let tuned = if select.is_empty() { None } else { tuned(spec, select, labels) };
        let labels = Axis::iter().map(|axis| (axis, spec.label_among(labels, axis))).collect();
        let split = serde_json::to_string(&spec.protocol.split).expect("a split is plain data");
        Variant { labels, split, tuned }
    }

    /// The same with tuned parameters, written as in `tuned`.
    pub(crate) fn tuned_as(&self, tuned: &BTreeMap<Axis, String>) -> Self {
        let mut labels = self.labels.clone();
        labels.extend(tuned.iter().map(|(&axis, label)| (axis, Some(label.clone()))));
        Variant { labels, split: self.split.clone(), tuned: None }
    }
}

/// The planned trials by seed, fold and identity, and what they are variants of.
pub(crate) fn trials<'a>(
    cells: &[&'a TrialCell],
    records: &[&'a TrialRecord],
    labels: &Labels,
    select: &[Parameter],
) -> (Vec<Trial<'a>>, Vec<Variant>) {
    let by_id = LazyCell::new(|| -> BTreeMap<CellId, &TrialRecord> {
        records.iter().map(|&record| (record.trial.id, record)).collect()
    });
    // Most often they are in the order of the plan, and all of them are there.
    let mut in_order = records.iter().copied().peekable();
    let mut trials: Vec<Trial<'a>> = Vec::with_capacity(cells.len());
    let mut variants: Vec<Variant> = Vec::new();
    for (place, cell) in cells.iter().enumerate() {
        let spec = &cell.spec;
        // A plan has the folds and seeds of a combination one after the other.
        if trials.last().is_none_or(|last| !last.spec.is_alike(spec)) {
            variants.push(Variant::of(spec, labels, select));
        }
        let next = in_order.next_if(|record| record.trial.id == cell.id);
        let record = next.or_else(|| by_id.get(&cell.id).copied());
        trials.push(Trial {
            spec,
            record: record.map(|record| &record.trial),
            timings: record.map(|record| &record.timings),
            variant: variants.len() - 1,
            id: cell.id,
            place,
            chosen: None,
        });
    }
    trials.par_sort_by_cached_key(|trial| (trial.spec.seed, trial.spec.fold, trial.id));
    (trials, variants)
}
