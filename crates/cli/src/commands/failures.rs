//! Cells that are recorded as failed: which, why, and how to see it again.

use std::collections::BTreeMap;
use std::path::Path;

use experiment::plan::PlannedCell;
use experiment::record::Outcome;
use experiment::{Axis, CellId};
use serde::Serialize;

use crate::commands::Experiment;
use crate::commands::in_order::InOrder;
use crate::commands::plan::method_axes;
use crate::words::{count, path_word, visible};

/// A failed cell.
#[derive(Serialize)]
pub(crate) struct FailedCell<'a> {
    pub(crate) id: CellId,
    axes: &'a BTreeMap<Axis, String>,
    fold: usize,
    seed: u64,
    reason: &'a str,
    replay: String,
}

/// The failed cells of the plan that are `wanted`, in the plan's order.
pub(crate) fn failed<'a>(
    experiment: &'a Experiment,
    results: &Path,
    wanted: impl Fn(&PlannedCell) -> bool,
) -> Vec<FailedCell<'a>> {
    let of = |planned: &'a PlannedCell| {
        let id = planned.cell.id;
        let Outcome::Failed { message } = &experiment.contents.records.get(&id)?.trial.outcome
        else {
            return None;
        };
        let spec = &planned.cell.spec;
        wanted(planned).then(|| FailedCell {
            id,
            axes: experiment.plan.labels_of(planned),
            fold: spec.fold,
            seed: spec.seed,
            reason: message,
            replay: replay(id, results),
        })
    };
    experiment.plan.cells.iter().filter_map(of).collect()
}

/// The command that runs a cell again.
pub(crate) fn replay(id: CellId, results: &Path) -> String {
    let command = format!("longtail replay {}", id.short());
    if results == Path::new("results") {
        command
    } else {
        format!("{command} --results {}", path_word(results))
    }
}

/// Method by method, a paragraph each.
pub(crate) fn text(experiment: &Experiment, cells: &[FailedCell<'_>]) -> String {
    let axes = method_axes(&experiment.plan);
    let mut methods: InOrder<Vec<&str>, Vec<&FailedCell<'_>>> = InOrder::new();
    for cell in cells {
        let labels = axes.iter().filter_map(|axis| cell.axes.get(axis)).map(String::as_str);
        methods.of(labels.collect()).push(cell);
    }
    let mut text = match cells.len() {
        0 => "no cell is recorded as failed\n".to_owned(),
        1 => "1 cell is recorded as failed\n".to_owned(),
        n => format!("{n} cells are recorded as failed\n"),
    };
    for (method, cells) in methods {
        text += &format!("\n{}: {}\n", method.join(" · "), count(cells.len(), "cell"));
        for cell in cells {
            let FailedCell { id, axes, fold, seed, reason, replay } = cell;
            let (id, dataset) = (id.short(), &axes[&Axis::Dataset]);
            text += &format!(
                "  {id}  {dataset}  fold {fold}  seed {seed}: {}\n    {replay}\n",
                visible(reason)
            );
        }
    }
    text
}
