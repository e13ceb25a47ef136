//! `report.select`: parameters that the validation part chooses have to be there, and to vary.

use std::ops::Range;

use serde_json::Value;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::axis::Axis;
use crate::file::blocks::Block;
use crate::file::diagnostic::{Diagnostic, did_you_mean};
use crate::file::sections::ReportSpec;
use crate::labels::same;
use crate::selection::Parameter;

/// Refuses parameters that nothing on their axis has, that are there twice, or of which there is one value alone, and a
/// selection without a validation part to select by.
pub(super) fn check(
    table: &DeTable<'_>,
    report: &ReportSpec,
    blocks: &[Block],
    mistakes: &mut Vec<Diagnostic>,
) {
    let values_of = |axis: Axis| -> Vec<&Value> {
        let choices = blocks.iter().filter_map(|block| block.choices.get(&axis)).flatten();
        choices.map(|choice| &choice.value).collect()
    };
    for (i, (parameter, span)) in report.select.iter().zip(spans(table)).enumerate() {
        let values = values_of(parameter.axis);
        if report.select[..i].contains(parameter) {
            let message = format!("`{parameter}` is in select already");
            mistakes.push(Diagnostic::new(span, message).help("leave it out here"));
        } else if let Some(mistake) = on_no_choice(parameter, &values, &span) {
            mistakes.push(mistake);
        } else if !varies(parameter, &values, &report.select) {
            let message = format!(
                "there is nothing to choose: `{parameter}` has one value wherever the rest is the same"
            );
            let help = "give a list of values, or leave it out of select";
            mistakes.push(Diagnostic::new(span, message).help(help));
        } else {
            mistakes.extend(lacks_validation(&values_of(Axis::Protocol), &span));
        }
    }
}

/// A parameter at `span` that none of the `values` on its axis has.
pub(super) fn on_no_choice(
    parameter: &Parameter,
    values: &[&Value],
    span: &Range<usize>,
) -> Option<Diagnostic> {
    if values.iter().any(|value| parameter.of(value).is_some()) {
        return None;
    }
    let known = Parameter::all_of(parameter.axis, values);
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    let help = did_you_mean(&parameter.to_string(), known.iter().copied());
    let message =
        format!("nothing on the axis `{}` has the parameter `{parameter}`", parameter.axis);
    Some(Diagnostic::new(span.clone(), message).help(help.unwrap_or_else(|| listed(&known))))
}

/// What is asked for at `span` needs a validation part, and one of `protocols` has none.
pub(super) fn lacks_validation(protocols: &[&Value], span: &Range<usize>) -> Option<Diagnostic> {
    let lacks = |protocol: &&Value| protocol["validation"].as_f64() == Some(0.0);
    protocols.iter().any(lacks).then(|| {
        let message =
            "nothing can be chosen: with protocol.validation = 0 there is no validation part";
        let help = "give it a share of the training part, as in validation = 0.2";
        Diagnostic::new(span.clone(), message).help(help)
    })
}

/// Whether two of `values` differ in `parameter`, and beside it in others of `select` at the most.
pub(super) fn varies(parameter: &Parameter, values: &[&Value], select: &[Parameter]) -> bool {
    let of_axis = || select.iter().filter(|other| other.axis == parameter.axis);
    let blurred = |value: &&Value| {
        let mut blurred = (*value).clone();
        of_axis().for_each(|other| other.blur(&mut blurred));
        blurred
    };
    let rest: Vec<Value> = values.iter().map(blurred).collect();
    let differs = |(a, b): (usize, usize)| {
        let known = parameter.of(values[a]).zip(parameter.of(values[b]));
        rest[a] == rest[b] && known.is_some_and(|(a, b)| !same(a, b))
    };
    (0..values.len()).flat_map(|a| (0..a).map(move |b| (a, b))).any(differs)
}

/// Where each entry stands.
fn spans(table: &DeTable<'_>) -> Vec<Range<usize>> {
    let section = table.get("report").map(Spanned::get_ref);
    let Some(DeValue::Table(section)) = section else { return Vec::new() };
    match section.get("select").map(Spanned::get_ref) {
        Some(DeValue::Array(entries)) => entries.iter().map(Spanned::span).collect(),
        _ => Vec::new(),
    }
}

fn listed(known: &[&str]) -> String {
    if known.is_empty() {
        return "what stands there has no parameters".to_owned();
    }
    format!("there are {}", known.join(", "))
}
