//! Which runs rows are compared over: those that all compared rows have.
//!
//! A mean over other folds and seeds is another figure: a method that diverged in five runs of six may look better
//! in the sixth than one that went through all of them. On each data set, rows are therefore compared over runs
//! that all of them have, and a row that has too few is shown and not compared.
//!
//! ```text
//! common(rows) = runs that every one of them has
//! while common(rows) holds less than half of what there is: leave out the rows that have the fewest
//! ```
//!
//! Rows that have equally few are left out together, so that no order of rows decides. The same rule says which data
//! sets the rows are ranked over.

use std::collections::{BTreeMap, BTreeSet};

use experiment::Axis;

use crate::comparison::groups::{Groups, Label, Method, Planned, Trial, method_axes};

/// Rows that can be compared, and over what.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Common {
    /// Ascending.
    pub(crate) rows: Vec<usize>,
    /// What all of them have.
    pub(crate) items: BTreeSet<usize>,
}

impl Common {
    /// `have[row]`: what a row has, of `n_items` that there are.
    pub(crate) fn of(have: &[BTreeSet<usize>], n_items: usize) -> Self {
        let least = n_items.div_ceil(2).max(1);
        let mut rows: Vec<usize> = (0..have.len()).collect();
        while let Some((&first, others)) = rows.split_first() {
            let is_common = |item: &usize| others.iter().all(|&row| have[row].contains(item));
            let items: BTreeSet<usize> = have[first].iter().copied().filter(is_common).collect();
            if least <= items.len() {
                return Common { rows, items };
            }
            let fewest = rows.iter().map(|&row| have[row].len()).min().unwrap_or_default();
            rows.retain(|&row| fewest < have[row].len());
        }
        Common::default()
    }
}

/// What makes two trials of a data set the same run.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Run<'t> {
    split: &'t str,
    seed: u64,
    /// `None` if folds are pooled.
    fold: Option<usize>,
    /// What rows are averaged over.
    rest: Vec<&'t Label>,
}

/// Numbers the runs of each data set that every row on it is planned to have.
pub(crate) fn number_runs(groups: &mut Groups<'_>, pooled: bool) {
    let Groups { trials, axes, datasets, rows, .. } = groups;
    for dataset in 0..datasets.len() {
        number_runs_of(trials, axes, rows, dataset, pooled);
    }
}

/// The same of one data set.
///
/// They are alike in split, fold, seed and the labels on the axes that make no row. Where rows have no such run in
/// common, as networks that are averaged over losses and classical learners that have none, split, fold and seed have
/// to do.
fn number_runs_of(
    trials: &[Trial<'_>],
    axes: &[Axis],
    rows: &mut [Method],
    dataset: usize,
    pooled: bool,
) {
    let rest: Vec<Axis> = method_axes().filter(|axis| !axes.contains(axis)).collect();
    let of = |planned: &Planned, rest: &[Axis]| {
        let trial = &trials[planned.trials[0]];
        let fold = if pooled { None } else { Some(trial.spec.fold) };
        let rest = rest.iter().map(|&axis| trial.label(axis)).collect();
        Run { split: &trial.variant.split, seed: trial.spec.seed, fold, rest }
    };
    let mut told_apart_by = &rest[..];
    let mut numbers = shared(rows, dataset, |planned| of(planned, told_apart_by));
    if numbers.is_empty() {
        told_apart_by = &[];
        numbers = shared(rows, dataset, |planned| of(planned, told_apart_by));
    }
    for planned in rows.iter_mut().flat_map(|row| &mut row.trials[dataset]) {
        planned.run = numbers.get(&of(planned, told_apart_by)).copied();
    }
}

/// The runs that all rows with trials on the data set are planned to have, numbered in their order.
fn shared<'t>(
    rows: &[Method],
    dataset: usize,
    run: impl Fn(&Planned) -> Run<'t>,
) -> BTreeMap<Run<'t>, usize> {
    let of_rows = rows.iter().map(|row| &row.trials[dataset]).filter(|trials| !trials.is_empty());
    let runs = of_rows.map(|trials| trials.iter().map(&run).collect::<BTreeSet<_>>());
    let common = runs.reduce(|mut common, runs| {
        common.retain(|run| runs.contains(run));
        common
    });
    common.unwrap_or_default().into_iter().zip(0..).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn common(have: &[&[usize]], n_items: usize) -> (Vec<usize>, Vec<usize>) {
        let have: Vec<BTreeSet<usize>> =
            have.iter().map(|items| items.iter().copied().collect()).collect();
        let common = Common::of(&have, n_items);
        (common.rows, common.items.into_iter().collect())
    }

    #[test]
    fn rows_are_compared_over_what_all_of_them_have() {
        assert_eq!(
            common(&[&[0, 1, 2, 3], &[0, 2, 3], &[1, 2, 3]], 4),
            (vec![0, 1, 2], vec![2, 3])
        );
    }

    #[test]
    fn a_row_that_has_too_few_takes_nothing_from_the_others() {
        assert_eq!(
            common(&[&[0, 1, 2, 3], &[3], &[0, 1, 2, 3]], 4),
            (vec![0, 2], vec![0, 1, 2, 3])
        );
    }

    #[test]
    fn rows_with_equally_few_are_left_out_together() {
        let halves: [&[usize]; 3] = [&[0, 1, 2, 3], &[0, 1], &[2, 3]];
        assert_eq!(common(&halves, 4), (vec![0], vec![0, 1, 2, 3]));
        assert_eq!(common(&halves[1..], 4), (vec![], vec![]));
    }

    #[test]
    fn nothing_is_in_common_of_nothing() {
        assert_eq!(common(&[&[], &[]], 4), (vec![], vec![]));
        assert_eq!(common(&[], 0), (vec![], vec![]));
    }
}
