//! Conditions on cells: `loss = "focal"`, `loss = { focal.gamma = 2 }`, `mining = ["ohem", "none"]`.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::Deserialize;
use serde_json::Value;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use crate::axis::Axis;
use crate::choice::Choice;
use crate::file::axis_name::axis_of;
use crate::file::diagnostic::{Diagnostic, did_you_mean};
use crate::labels::same;

/// Holds for a cell when every term does.
#[derive(Clone, Debug)]
pub struct Condition {
    terms: Vec<Term>,
    /// The whole condition's place.
    pub(crate) span: Range<usize>,
}

/// One axis takes one of some values.
#[derive(Clone, Debug)]
struct Term {
    axis: Axis,
    any_of: Vec<(Value, Range<usize>)>,
}

/// What stands on each axis of one combination.
pub(crate) type Combination<'a> = BTreeMap<Axis, &'a Choice>;

impl Condition {
    /// Reads `{ loss = "focal", mining = ["none", "ohem"] }`.
    pub(crate) fn parse(
        table: &DeTable<'_>,
        span: Range<usize>,
        mistakes: &mut Vec<Diagnostic>,
    ) -> Self {
        let mut terms = Vec::new();
        for (key, value) in table {
            match axis_of(key) {
                Ok(axis) => terms.push(Term { axis, any_of: alternatives(value) }),
                Err(mistake) => mistakes.push(mistake),
            }
        }
        if table.is_empty() {
            let message = "this condition is empty, so that it would hold for every cell";
            mistakes.push(
                Diagnostic::new(span.clone(), message).help("name an axis, as in loss = \"focal\""),
            );
        }
        Condition { terms, span }
    }

    /// Whether every term holds.
    pub(crate) fn holds(&self, cell: &Combination<'_>) -> bool {
        self.terms.iter().all(|term| {
            let choice = &cell[&term.axis].value;
            term.any_of.iter().any(|(pattern, _)| covers(pattern, choice))
        })
    }

    /// A mistake for every value that no choice of its axis has.
    pub(crate) fn check(
        &self,
        choices: &BTreeMap<Axis, Vec<&Choice>>,
        mistakes: &mut Vec<Diagnostic>,
    ) {
        for term in &self.terms {
            let there = &choices[&term.axis];
            for (pattern, span) in &term.any_of {
                if there.iter().any(|choice| covers(pattern, &choice.value)) {
                    continue;
                }
                let labels: Vec<&str> = there.iter().map(|choice| choice.label.as_str()).collect();
                let names = labels.iter().map(|label| label.split('(').next().unwrap_or(label));
                let help = did_you_mean(&shown(pattern), names)
                    .unwrap_or_else(|| format!("this axis has {}", labels.join(", ")));
                let message =
                    format!("no cell has this `{}`, so that the condition never holds", term.axis);
                mistakes.push(Diagnostic::new(span.clone(), message).help(help));
            }
        }
    }
}

/// The values of a term: a list is any of its elements.
fn alternatives(value: &Spanned<DeValue<'_>>) -> Vec<(Value, Range<usize>)> {
    match value.get_ref() {
        DeValue::Array(list) => list.iter().map(|value| (json(value), value.span())).collect(),
        _ => vec![(json(value), value.span())],
    }
}

fn json(value: &Spanned<DeValue<'_>>) -> Value {
    Value::deserialize(ValueDeserializer::from(value.clone())).unwrap_or_default()
}

/// Whether `value` has everything that `pattern` names. `"focal"` covers every focal loss.
fn covers(pattern: &Value, value: &Value) -> bool {
    match (pattern, value) {
        (Value::Object(pattern), Value::Object(value)) => pattern
            .iter()
            .all(|(key, pattern)| value.get(key).is_some_and(|value| covers(pattern, value))),
        (Value::String(name), Value::Object(value)) => value.len() == 1 && value.contains_key(name),
        _ => same(pattern, value),
    }
}

fn shown(pattern: &Value) -> String {
    match pattern {
        Value::String(name) => name.clone(),
        Value::Object(map) => map.keys().next().cloned().unwrap_or_default(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_name_covers_all_parameters_and_a_parameter_only_itself() {
        let focal = json!({ "focal": { "gamma": 2.0, "alpha": null } });
        assert!(covers(&json!("focal"), &focal));
        assert!(covers(&json!({ "focal": { "gamma": 2 } }), &focal));
        assert!(!covers(&json!({ "focal": { "gamma": 1 } }), &focal));
        assert!(!covers(&json!("ghm_c"), &focal));
    }
}
