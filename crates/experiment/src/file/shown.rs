//! `report.labels` and `report.columns`: what something is called in tables has to be something, and what stands side by side
//! has to be shown.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::file::diagnostic::Diagnostic;
use crate::file::sections::ReportSpec;

/// Refuses names that nobody sees, and columns of metrics that no table is of.
pub(super) fn check(table: &DeTable<'_>, report: &ReportSpec, mistakes: &mut Vec<Diagnostic>) {
    for (i, metric) in report.columns.iter().enumerate() {
        let place = || column(table, i).unwrap_or(0..0);
        if report.columns[..i].contains(metric) {
            let message = format!("`{}` is in columns already", metric.name());
            mistakes.push(Diagnostic::new(place(), message).help("leave it out here"));
        } else if !report.metrics.contains(metric) {
            let message = format!("`{}` is none of the metrics that are shown", metric.name());
            let shown: Vec<&str> = report.metrics.iter().map(|metric| metric.name()).collect();
            let help = format!("add it to metrics, which are {}", shown.join(", "));
            mistakes.push(Diagnostic::new(place(), message).help(help));
        }
    }
    let unseen = |name: &str| name.chars().all(|c| c.is_whitespace() || c.is_control());
    for (label, _) in report.labels.iter().filter(|(_, name)| unseen(name)) {
        let message = format!("`{label}` would have no name in tables");
        let help = "say what it is called, or leave it out of labels";
        mistakes.push(Diagnostic::new(span(table, label).unwrap_or(0..0), message).help(help));
    }
}

/// Where the entry `i` of columns stands.
fn column(table: &DeTable<'_>, i: usize) -> Option<Range<usize>> {
    let DeValue::Table(report) = table.get("report")?.get_ref() else { return None };
    let DeValue::Array(columns) = report.get("columns")?.get_ref() else { return None };
    columns.get(i).map(Spanned::span)
}

/// Where the name of `label` stands.
fn span(table: &DeTable<'_>, label: &str) -> Option<Range<usize>> {
    let DeValue::Table(report) = table.get("report")?.get_ref() else { return None };
    let DeValue::Table(labels) = report.get("labels")?.get_ref() else { return None };
    labels.get(label).map(Spanned::span)
}
