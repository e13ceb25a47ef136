//! Parameters that are ignored, swapped, negated or inverted.

use methods::losses::LossSpec;
use serde_json::{Map, Value, json};

use super::Suspect;
use crate::batches::Subject;
use crate::cases::{Answer, Case, answers};

type Fields = Map<String, Value>;

/// Told of a cause, and of the parameters that are other ones then.
type Change<'c> = dyn FnMut(String, &[(&str, Value)]) + 'c;

pub(super) fn parameters(subject: &Subject, cases: &[Case], _: &[Answer]) -> Vec<Suspect> {
    let Subject { spec, counts } = subject;
    let written = serde_json::to_value(spec).expect("a loss is plain data");
    let Some(fields) = written[spec.name()].as_object() else { return Vec::new() };
    let defaults = read(&json!({ spec.name(): {} }));
    let defaults = defaults.and_then(|spec| serde_json::to_value(spec).ok());
    let mut changes: Vec<(String, Value)> = Vec::new();
    let mut change = |cause: String, edits: &[(&str, Value)]| {
        let mut changed = written.clone();
        for (name, value) in edits {
            changed[spec.name()][*name] = value.clone();
        }
        changes.push((cause, changed));
    };
    for (name, value) in fields {
        if value.is_number() {
            number(name, value, fields, counts.n_classes() as f64, &mut change);
        }
        if let Some(on) = value.as_bool() {
            change(format!("{name} is taken for {}", !on), &[(name, json!(!on))]);
        }
        if let Some(weights) = value.as_array() {
            list(name, weights, &mut change);
        }
        if !value.is_null() {
            change(format!("{name} is ignored"), &[(name, Value::Null)]);
        }
        if value.is_string() {
            for word in ["mean", "weighted_mean", "softmax", "sigmoid"] {
                change(format!("{name} is taken for {word}"), &[(name, json!(word))]);
            }
        }
        if let Some(default) = defaults.as_ref().map(|spec| &spec[spec_name(spec)][name]) {
            change(format!("{name} is ignored: its default is taken"), &[(name, default.clone())]);
        }
    }
    let suspect = |(cause, changed): (String, Value)| {
        if changed == written {
            return None;
        }
        let spec = Subject::with(read(&changed)?, counts.clone()).ok()?.spec;
        // Logits of another shape are no batch of this loss.
        let same = spec.n_outputs(counts.n_classes()) == cases[0].logits[0].len();
        same.then(|| Suspect { cause, answers: answers(&spec, counts, cases) })
    };
    changes.into_iter().filter_map(suspect).collect()
}

/// What can be wrong with a number, of a loss of `n` classes.
fn number(name: &str, value: &Value, fields: &Fields, n: f64, change: &mut Change<'_>) {
    let Some(x) = value.as_f64() else { return };
    let number = |x: f64| if value.is_u64() { json!(x as u64) } else { json!(x) };
    change(format!("{name} is ignored, as if it were 0"), &[(name, number(0.0))]);
    change(format!("{name} is ignored, as if it were 1"), &[(name, number(1.0))]);
    change(format!("{name} has the wrong sign"), &[(name, number(-x))]);
    change(format!("{name} and 1 - {name} are swapped"), &[(name, number(1.0 - x))]);
    change(format!("1 / {name} stands for {name}"), &[(name, number(1.0 / x))]);
    change(format!("{name} is halved"), &[(name, number(x / 2.0))]);
    change(format!("{name} is doubled"), &[(name, number(x * 2.0))]);
    let spread = x * n / (n - 1.0);
    change(format!("{name} is spread over K - 1 classes, not K"), &[(name, json!(spread))]);
    let spread = x * (n - 1.0) / n;
    change(format!("{name} is spread over K classes, not K - 1"), &[(name, json!(spread))]);
    for (other, theirs) in fields.iter().filter(|(other, _)| name < other.as_str()) {
        if theirs.is_number() {
            change(
                format!("{name} and {other} are swapped"),
                &[(name, theirs.clone()), (other, value.clone())],
            );
        }
    }
}

/// What can be wrong with the weights of the classes.
fn list(name: &str, weights: &[Value], change: &mut Change<'_>) {
    let reversed: Vec<Value> = weights.iter().rev().cloned().collect();
    change(format!("{name} is read from the last class to the first"), &[(name, json!(reversed))]);
    let complements: Vec<f64> =
        weights.iter().filter_map(Value::as_f64).map(|weight| 1.0 - weight).collect();
    change(format!("1 - {name} stands for {name}"), &[(name, json!(complements))]);
}

fn spec_name(written: &Value) -> &str {
    written.as_object().and_then(|entry| entry.keys().next()).map_or("", String::as_str)
}

fn read(written: &Value) -> Option<LossSpec> {
    serde_json::from_value(written.clone()).ok()
}
