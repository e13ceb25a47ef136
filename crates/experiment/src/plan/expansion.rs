//! What stands together on the axes of a block.

use std::collections::BTreeMap;

use data::DatasetSpec;
use methods::calibration::CalibrationSpec;
use methods::decision::DecisionSpec;
use methods::sampling::SamplingSpec;

use crate::axes::ROWS;
use crate::axis::Axis;
use crate::choice::Choice;
use crate::file::condition::Combination;
use crate::file::{Block, Design};
use crate::model::ModelSpec;
use crate::spec::{LearnerSpec, ProtocolSpec, TrialKind, TrialSpec};

/// Axes that move together, and how many positions they have.
struct Dimension {
    axes: Vec<Axis>,
    length: usize,
    /// Whether the design leaves it out of the ablation: data sets and protocols are crossed with everything.
    crossed: bool,
}

/// The combinations of a block, the first axis slowest. They are made one by one: a design may leave out nearly all of
/// what the lists make together.
pub(super) struct Combinations<'a> {
    block: &'a Block,
    dimensions: Vec<Dimension>,
    design: Design,
    /// What comes next; `None` after the last.
    position: Option<Vec<usize>>,
}

impl<'a> Combinations<'a> {
    pub(super) fn of(block: &'a Block, design: Design) -> Self {
        let mut dimensions: Vec<Dimension> = Vec::new();
        for (&axis, choices) in &block.choices {
            if dimensions.iter().any(|dimension| dimension.axes.contains(&axis)) {
                continue;
            }
            let zip = block.zips.iter().find(|zip| zip.contains(&axis));
            let axes = zip.cloned().unwrap_or_else(|| vec![axis]);
            let crossed = axes.contains(&Axis::Dataset) || axes.contains(&Axis::Protocol);
            dimensions.push(Dimension { axes, length: choices.len(), crossed });
        }
        let empty = dimensions.iter().any(|dimension| dimension.length == 0);
        let position = (!empty).then(|| vec![0; dimensions.len()]);
        Combinations { block, dimensions, design, position }
    }

    /// The position after `position`: the last dimension that may move on does, those behind it begin again.
    fn after(&self, mut position: Vec<usize>) -> Option<Vec<usize>> {
        for i in (0..position.len()).rev() {
            if position[i] + 1 < self.dimensions[i].length && !self.departed(i, &position) {
                position[i] += 1;
                position[i + 1..].fill(0);
                return Some(position);
            }
        }
        None
    }

    /// Whether an axis before the dimension `i` has left the base of an ablation, so that this one may not.
    fn departed(&self, i: usize, position: &[usize]) -> bool {
        let ablated = |j: usize| !self.dimensions[j].crossed;
        self.design == Design::Ablation
            && ablated(i)
            && (0..i).any(|j| ablated(j) && position[j] != 0)
    }
}

impl<'a> Iterator for Combinations<'a> {
    type Item = Combination<'a>;

    fn next(&mut self) -> Option<Combination<'a>> {
        let position = self.position.take()?;
        let axes = self.dimensions.iter().zip(&position);
        let block = self.block;
        let at = |(d, &i): (&Dimension, &usize)| -> Vec<_> {
            d.axes.iter().map(|axis| (*axis, &block.choices[axis][i])).collect()
        };
        let combination: BTreeMap<_, _> = axes.flat_map(at).collect();
        self.position = self.after(position);
        Some(combination)
    }
}

/// The combination's specification, for fold 0 and seed 0.
pub(super) fn spec_of(combination: &Combination<'_>) -> TrialSpec {
    let kind = TrialKind {
        dataset: DatasetSpec { name: String::new(), profile: None },
        protocol: ProtocolSpec::default(),
        sampling: SamplingSpec::default(),
        learner: LearnerSpec::of(ModelSpec::default()),
        calibration: CalibrationSpec::default(),
        decision: DecisionSpec::default(),
        images: false,
    };
    let mut spec = kind.trial(0, 0);
    for row in &ROWS {
        (row.put)(&mut spec, &combination[&row.axis].value);
    }
    spec
}

/// Whether anything of the combination is searched.
pub(super) fn is_searched(combination: &Combination<'_>) -> bool {
    combination.values().any(|choice| !choice.drawn.is_empty())
}

/// Settings of what is searched in the combination; 1 where nothing is.
pub(super) fn n_settings(combination: &Combination<'_>) -> usize {
    combination.values().map(|choice| choice.drawn.len()).max().unwrap_or(0).max(1)
}

/// The combination in one of its settings.
pub(super) fn in_setting<'a>(combination: &Combination<'a>, setting: usize) -> Combination<'a> {
    let drawn = |(&axis, &choice): (&Axis, &&'a Choice)| {
        (axis, choice.drawn.get(setting).unwrap_or(choice))
    };
    combination.iter().map(drawn).collect()
}
