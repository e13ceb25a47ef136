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

use std::collections::BTreeSet;

use experiment::Axis;

use crate::comparison::method::{Method, Planned, method_axes};
use crate::comparison::trial::{Label, Trial, Variant};

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

/// What makes two trials of a data set the same run: of splits and of labels, the places in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Run {
    split: usize,
    seed: u64,
    /// `None` if folds are pooled.
    fold: Option<usize>,
    /// What rows are averaged over.
    rest: usize,
}

/// Numbers the runs of each data set that every row on it is planned to have.
///
/// They are alike in split, fold, seed and the labels on the axes that make no row. Where rows have no such run in
/// common, as networks that are averaged over losses and classical learners that have none, split, fold and seed have
/// to do.
pub(crate) fn number_runs(
    rows: &mut [Method],
    (trials, variants): (&[Trial<'_>], &[Variant]),
    axes: &[Axis],
    pooled: bool,
) {
    let rest: Vec<Axis> = method_axes().filter(|axis| !axes.contains(axis)).collect();
    let labels = |variant: &Variant| -> Vec<Label> {
        rest.iter().map(|&axis| variant.label(axis).clone()).collect()
    };
    let rests = ranks(&variants.iter().map(labels).collect::<Vec<_>>());
    let splits = ranks(&variants.iter().map(|variant| &variant.split).collect::<Vec<_>>());
    let run = |planned: &Planned| {
        let trial = &trials[planned.trials[0]];
        let fold = if pooled { None } else { Some(trial.spec.fold) };
        let (split, rest) = (splits[trial.variant], rests[trial.variant]);
        Run { split, seed: trial.spec.seed, fold, rest }
    };
    let without_rest = |planned: &Planned| Run { rest: 0, ..run(planned) };
    let n_datasets = rows.first().map_or(0, |row| row.trials.len());
    for dataset in 0..n_datasets {
        let common = shared(rows, dataset, run);
        if common.is_empty() {
            let common = shared(rows, dataset, without_rest);
            number(rows, dataset, &common, without_rest);
        } else {
            number(rows, dataset, &common, run);
        }
    }
}

/// The runs that all rows with trials on the data set are planned to have, in their order.
fn shared(rows: &[Method], dataset: usize, run: impl Fn(&Planned) -> Run) -> Vec<Run> {
    let of_rows = rows.iter().map(|row| &row.trials[dataset]).filter(|trials| !trials.is_empty());
    let runs = of_rows.map(|trials| {
        let mut runs: Vec<Run> = trials.iter().map(&run).collect();
        runs.sort_unstable();
        runs.dedup();
        runs
    });
    let common = runs.reduce(|mut common, runs| {
        common.retain(|run| runs.binary_search(run).is_ok());
        common
    });
    common.unwrap_or_default()
}

/// Numbers those of the runs on a data set that are `common`, by their places there.
fn number(rows: &mut [Method], dataset: usize, common: &[Run], run: impl Fn(&Planned) -> Run) {
    for planned in rows.iter_mut().flat_map(|row| &mut row.trials[dataset]) {
        planned.run = common.binary_search(&run(planned)).ok();
    }
}

/// The place of each of `items` among the different ones, in their order.
fn ranks<T: Ord>(items: &[T]) -> Vec<usize> {
    let different: BTreeSet<&T> = items.iter().collect();
    let different: Vec<&T> = different.into_iter().collect();
    let rank = |item: &T| different.partition_point(|other| *other < item);
    items.iter().map(rank).collect()
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
