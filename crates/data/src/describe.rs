//! What is in a file, and what in it should make one suspicious.

pub(crate) mod boxes;
mod copies;
mod groups;
mod identifiers;
mod leaks;
mod looks;
pub(crate) mod proposals;
mod sentinels;
mod spellings;
mod strays;
pub(crate) mod summary;
mod suspicions;
mod twins;

use crate::column::Column;
use crate::dataset::Dataset;
use crate::describe::copies::copies;
use crate::describe::groups::{grouping, of_values};
use crate::describe::leaks::leak;
use crate::describe::sentinels::sentinel;
use crate::describe::spellings::{alike, spellings};
use crate::describe::strays::{Unread, unread};
use crate::describe::summary::{ColumnSummary, DatasetSummary, Grouping};
use crate::describe::suspicions::{is_identifier, suspicions};
use crate::describe::twins::Twins;
use crate::formats::format::Format;
use crate::treatment::keys::treat_header;

/// Levels that are shown.
const SHOWN_LEVELS: usize = 6;

impl DatasetSummary {
    /// Summarises `dataset`; of the format of its file, if that is known, depends what there is to do about it.
    pub fn of(dataset: &Dataset, format: Option<&Format>) -> Self {
        let counts = dataset.class_counts();
        let extreme = |pick: fn(u32, u32) -> u32| counts.iter().copied().reduce(pick).unwrap_or(1);
        let ratio = f64::from(extreme(u32::max)) / f64::from(extreme(u32::min).max(1));
        let twins = Twins::of(dataset);
        let described = if dataset.image.is_some() { &[] } else { dataset.columns.as_slice() };
        DatasetSummary {
            n_rows: dataset.targets.len(),
            columns: described
                .iter()
                .zip(copies(described))
                .map(|(column, same_as)| summary(column, same_as, dataset, format))
                .collect(),
            image: dataset.image.map(|shape| [shape.height, shape.width, shape.channels]),
            tested: dataset.tested_counts(),
            classes: dataset.classes.iter().cloned().zip(counts.iter().copied()).collect(),
            imbalance_ratio: ratio,
            class_spellings: spellings(&dataset.classes, "class"),
            classes_alike: alike(&dataset.classes)
                .into_iter()
                .map(|group| group.into_iter().map(str::to_owned).collect())
                .collect(),
            n_missing: dataset.columns.iter().map(Column::n_missing).sum(),
            n_duplicates: twins.rows,
            n_contradictions: twins.contradictions,
            n_across_folds: twins.across_folds,
            n_across_groups: twins.across_groups,
            group: group(dataset),
        }
    }
}

fn group(dataset: &Dataset) -> Option<(String, Grouping)> {
    let name = dataset.group.as_ref()?;
    let column = dataset.asides.iter().find(|column| column.name() == name)?;
    Some((name.clone(), of_values(&column.keys(), dataset)))
}

/// `same_as` is a column before it that holds the same.
fn summary(
    column: &Column,
    same_as: Option<&str>,
    dataset: &Dataset,
    format: Option<&Format>,
) -> ColumnSummary {
    let unread = unread(column, format);
    let mut distinct = column.keys();
    distinct.retain(|&key| key != Column::MISSING);
    distinct.sort_unstable();
    distinct.dedup();
    let (kind, range, levels) = match column {
        Column::Numeric { values, .. } => ("numeric", range(values), Vec::new()),
        Column::Categorical { levels, codes, .. } => {
            ("categorical", None, most_frequent(levels, codes))
        }
    };
    let mut summary = ColumnSummary {
        name: column.name().to_owned(),
        kind,
        n_missing: column.n_missing(),
        n_distinct: distinct.len(),
        range,
        levels,
        looks_like: unread.as_ref().map(|unread| unread.looks_like),
        proposal: None,
        is_identifier: false,
        grouping: None,
        gives_the_class_away: false,
        suspicions: Vec::new(),
    };
    summary.is_identifier = is_identifier(column, &summary, dataset);
    summary.grouping = grouping(column, &summary, dataset);
    let leak = leak(column, dataset);
    summary.gives_the_class_away = leak.is_some();
    if let Some(Unread { findings, proposal, .. }) = unread {
        summary.suspicions = findings;
        summary.proposal = proposal;
    } else if let Some(proposal) = sentinel(column) {
        summary.suspicions = vec![format!(
            "{}: does it stand for a missing value? If so, {} with {}",
            proposal.why,
            treat_header(column.name()),
            proposal.treatment.lines().join(", ")
        )];
        summary.proposal = Some(proposal);
    }
    summary.suspicions.extend(suspicions(column, &summary, leak, dataset));
    if let Some(other) = same_as.filter(|_| 1 < summary.n_distinct) {
        summary.suspicions.push(format!("the same as `{other}`"));
    }
    summary
}

fn range(values: &[f64]) -> Option<[f64; 3]> {
    let known = values.iter().copied().filter(|x| !x.is_nan());
    let n = known.clone().count();
    let smallest = known.clone().reduce(f64::min)?;
    let largest = known.clone().reduce(f64::max)?;
    Some([smallest, known.sum::<f64>() / n as f64, largest])
}

fn most_frequent(levels: &[String], codes: &[Option<u32>]) -> Vec<(String, usize)> {
    let mut counts = vec![0; levels.len()];
    codes.iter().flatten().for_each(|&code| counts[code as usize] += 1);
    let mut order: Vec<usize> = (0..levels.len()).collect();
    order.sort_by_key(|&level| std::cmp::Reverse(counts[level]));
    let shown = order.into_iter().take(SHOWN_LEVELS);
    shown.map(|level| (levels[level].clone(), counts[level])).collect()
}

#[cfg(test)]
mod tests;
