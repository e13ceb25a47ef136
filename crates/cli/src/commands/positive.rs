//! Of two classes, which is the one to be found, and why.

use std::cmp::Ordering;

use data::DatasetSummary;

use crate::words::{visible, word};

/// `to be found: class yes (the smaller one), of which average precision and ROC AUC are`; empty if there are not two
/// classes.
pub(crate) fn to_be_found(summary: &DatasetSummary, positive: Option<&str>) -> String {
    let Some((own, other)) = sides(summary, positive) else { return String::new() };
    let why = match own.1.cmp(&other.1) {
        Ordering::Less => "the smaller one".to_owned(),
        Ordering::Greater => "the larger one".to_owned(),
        Ordering::Equal => {
            format!("both have {} rows: the last in order, if nobody says which", own.1)
        }
    };
    format!(
        "to be found: class {} ({why}), of which average precision and ROC AUC are",
        visible(&own.0)
    )
}

/// The same as a line, with the option of `longtail init` that takes the other.
pub(crate) fn line(summary: &DatasetSummary, positive: Option<&str>) -> String {
    let Some((_, other)) = sides(summary, positive) else { return String::new() };
    let found = to_be_found(summary, positive);
    format!("{found}; init with --positive {} for the other\n", visible(&word(&other.0)))
}

type Class = (String, u32);

/// The class to be found and the other one.
fn sides<'a>(
    summary: &'a DatasetSummary,
    positive: Option<&str>,
) -> Option<(&'a Class, &'a Class)> {
    let [first, second] = &summary.classes[..] else { return None };
    let positive = positive?;
    Some(if first.0 == positive { (first, second) } else { (second, first) })
}
