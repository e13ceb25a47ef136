//! What each part does: the change of one axis, averaged over all choices on the others.
//!
//! Rows that differ in one label alone are paired; a difference is over the runs of a data set, then over all such pairs,
//! then over the data sets of a family. Holm's correction is over all parts of the table.

use std::collections::BTreeMap;

use experiment::Axis;
use serde::Serialize;

use crate::comparison::table::{MethodRow, MetricTable};
use crate::judgement::Unit;
use crate::judgement::estimate::{Estimate, corrected_for};
use crate::judgement::judge::Judge;

/// One choice on one axis, against the baseline's choice there.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Part {
    /// The axis that is changed.
    pub axis: Axis,
    /// To what.
    pub label: String,
    /// From what: the baseline's.
    pub from: String,
    /// Pairs of rows that differ in it alone.
    pub pairs: usize,
    /// The difference.
    pub estimate: Estimate,
}

/// The parts of a table whose rows differ on several axes, over families; of others there are none.
pub(crate) fn parts(
    table: &MetricTable,
    axes: &[Axis],
    differences: &[Vec<Vec<f64>>],
    judge: &Judge,
) -> Vec<Part> {
    if judge.unit == Unit::Run {
        return Vec::new();
    }
    let Some(baseline) = table.rows.iter().find(|row| row.is_baseline()) else { return Vec::new() };
    let by_labels: BTreeMap<&[Option<String>], usize> =
        table.rows.iter().enumerate().map(|(i, row)| (&row.labels[..], i)).collect();
    // What a control does is what its method gains over it, the other way round: that has a table of its own.
    let parts_of = |axis: &Axis| *axis != Axis::Control;
    let n_varied = (0..axes.len())
        .filter(|&axis| parts_of(&axes[axis]))
        .filter(|&axis| table.rows.iter().any(|row| row.labels[axis] != baseline.labels[axis]))
        .count();
    if n_varied < 2 {
        return Vec::new();
    }
    let mut parts = Vec::new();
    for (place, &axis) in axes.iter().enumerate().filter(|(_, axis)| parts_of(axis)) {
        let Some(from) = &baseline.labels[place] else { continue };
        let mut pairs: BTreeMap<&String, Vec<(usize, usize)>> = BTreeMap::new();
        for (row, method) in table.rows.iter().enumerate() {
            let Some(label) = method.labels[place].as_ref().filter(|label| *label != from) else {
                continue;
            };
            if let Some(&partner) = by_labels.get(&with(method, place, from)[..]) {
                pairs.entry(label).or_default().push((row, partner));
            }
        }
        parts.extend(pairs.into_iter().filter_map(|(label, pairs)| {
            let by_dataset = over_pairs(&pairs, differences, table);
            let estimate = judge.estimate(&by_dataset)?;
            let (label, from) = (label.clone(), from.clone());
            Some(Part { axis, label, from, pairs: pairs.len(), estimate })
        }));
    }
    corrected_for(&mut parts.iter_mut().map(|part| &mut part.estimate).collect::<Vec<_>>());
    parts
}

fn with(row: &MethodRow, place: usize, label: &str) -> Vec<Option<String>> {
    let mut labels = row.labels.clone();
    labels[place] = Some(label.to_owned());
    labels
}

/// The mean difference of each pair on each data set, both being compared with the baseline.
fn over_pairs(
    pairs: &[(usize, usize)],
    differences: &[Vec<Vec<f64>>],
    table: &MetricTable,
) -> Vec<Vec<f64>> {
    let from_baseline = |row: usize, dataset: usize| {
        if table.rows[row].is_baseline() {
            return table.rows[row].cells[dataset].compared.map(|_| 0.0);
        }
        evaluation::summary::mean(differences[row][dataset].iter().copied())
    };
    let on = |dataset: usize| {
        let pairs = pairs.iter();
        pairs
            .filter_map(|&(row, partner)| {
                Some(from_baseline(row, dataset)? - from_baseline(partner, dataset)?)
            })
            .collect()
    };
    (0..table.datasets.len()).map(on).collect()
}
