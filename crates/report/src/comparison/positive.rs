//! Of which class the metrics of one class are.

use std::collections::{BTreeMap, BTreeSet};

use evaluation::Metric;
use experiment::plan::DatasetFacts;

use crate::comparison::groups::Groups;
use crate::comparison::notes::{capitalised, count};

/// Data sets of a class that are named one by one.
const NAMED: usize = 4;

/// `ROC AUC and average precision are of the positive class: fraud in cards; yes in 38 data sets.` Those metrics are
/// meant which are shown or pick the epoch; `None` if there are none, or no data set with two classes.
pub(crate) fn note(
    groups: &Groups<'_>,
    facts: &BTreeMap<String, DatasetFacts>,
    shown: &[Metric],
) -> Option<String> {
    let select = groups.firsts.iter().map(|&first| groups.trials[first].spec.protocol.select_by);
    let metrics: BTreeSet<Metric> =
        shown.iter().copied().chain(select).filter(|metric| metric.is_of_the_positive()).collect();
    let has_means = metrics.iter().any(|metric| !metric.is_binary());
    let metrics: Vec<&str> = metrics.into_iter().map(Metric::title).collect();
    let names: BTreeSet<&String> =
        groups.firsts.iter().map(|&first| &groups.trials[first].spec.dataset.name).collect();
    let mut by_class: BTreeMap<Option<&String>, Vec<&str>> = BTreeMap::new();
    for name in names {
        let Some(facts) = facts.get(name) else { continue };
        by_class.entry(facts.positive.as_ref()).or_default().push(name);
    }
    let several = by_class.remove(&None);
    if metrics.is_empty() || by_class.is_empty() {
        return None;
    }
    let is_one = by_class.len() == 1 && several.is_none();
    let mut classes: Vec<String> = by_class
        .iter()
        .map(|(class, names)| {
            let class = class.map_or_else(String::new, |class| visible(class));
            match names.len() {
                _ if is_one && 1 < names.len() => format!("{class} in all data sets"),
                ..=NAMED => format!("{class} in {}", names.join(", ")),
                n => format!("{class} in {}", count(n, "data set")),
            }
        })
        .collect();
    if several.is_some() && has_means {
        classes
            .push("where there are more classes, the mean of each against the others".to_owned());
    }
    let are = if metrics.len() == 1 { "is" } else { "are" };
    let metrics = capitalised(&metrics.join(" and "));
    Some(format!("{metrics} {are} of the positive class: {}.", classes.join("; ")))
}

/// A class as it can be printed: a file may hold any character.
fn visible(class: &str) -> String {
    class.replace(char::is_control, "\u{fffd}")
}
