//! `[[exclude]]` and `[[when]]`: which combinations they rule out.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::axis::Axis;
use crate::choice::Choice;
use crate::file::condition::{Combination, Condition};
use crate::file::{Diagnostic, ExperimentFile, When};

/// The mistakes of conditions that never hold.
pub(super) fn mistakes(file: &ExperimentFile) -> Vec<Diagnostic> {
    let mut choices: BTreeMap<Axis, Vec<&Choice>> = BTreeMap::new();
    for block in &file.blocks {
        for (axis, list) in &block.choices {
            choices.entry(*axis).or_default().extend(list);
        }
    }
    let whens = file.whens.iter().flat_map(|when| [&when.condition, &when.only]);
    let mut mistakes = Vec::new();
    for condition in file.excludes.iter().chain(whens) {
        condition.check(&choices, &mut mistakes);
    }
    mistakes
}

/// Why a condition rules `combination` out, if one does.
pub(super) fn ruled_out(file: &ExperimentFile, combination: &Combination<'_>) -> Option<String> {
    let at = |span: &Range<usize>| file.source.place(span);
    if let Some(exclude) = file.excludes.iter().find(|exclude| exclude.holds(combination)) {
        return Some(format!("excluded by [[exclude]] at {}", at(&exclude.span)));
    }
    let broken = |when: &&When| when.condition.holds(combination) && !when.only.holds(combination);
    let when = file.whens.iter().find(broken)?;
    Some(format!("not among what [[when]] allows at {}", at(&when.condition.span)))
}

/// The first of the conditions that leave no cell together.
pub(super) fn first(file: &ExperimentFile) -> Option<&Condition> {
    file.excludes.iter().chain(file.whens.iter().map(|when| &when.only)).next()
}
