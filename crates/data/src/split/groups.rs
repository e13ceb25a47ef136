//! Rows that belong together stay together.

use std::num::NonZeroUsize;

use serde::{Deserialize, Serialize};

use crate::error::DataError;
use crate::split::draw::Permutation;
use crate::split::ranges::AtLeastTwo;
use crate::split::rows::Rows;
use crate::split::warning::SplitWarning;

/// Cross-validation in which the rows of a group are all tested or all learnt from.
///
/// Groups are permuted, those that hold the largest shares of classes are dealt first, and each goes to the fold that
/// has least of its classes: with `x_c` its share of the rows of class `c` and `s_fc` that of fold `f`, to the least of
/// `Σ_c (2 s_fc x_c + x_c²)`, by which `Σ_fc s_fc²` grows; of equal folds, to the smallest. So the folds have alike
/// shares of every class as far as whole groups allow. Meta set and validation part are drawn in whole groups too.
///
/// Differs: scikit-learn's `StratifiedGroupKFold` compares standard deviations over the folds, whose minimum is the same.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GroupKFold {
    /// Number of folds, at least 2; default 5.
    pub folds: AtLeastTwo,
    /// Number of partitions, each with a permutation of its own; default 1.
    pub repeats: NonZeroUsize,
    /// The column that says which rows belong together, which is no feature; default the one with this role.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
}

impl Default for GroupKFold {
    fn default() -> Self {
        GroupKFold { folds: AtLeastTwo(5), repeats: NonZeroUsize::MIN, group: None }
    }
}

impl GroupKFold {
    /// The rows that fold `fold` tests.
    pub(super) fn test(
        &self,
        rows: &Rows<'_>,
        fold: usize,
        permutation: Permutation<'_>,
        warnings: &mut Vec<SplitWarning>,
    ) -> Result<Vec<u32>, DataError> {
        let Some(column) = rows.group_column(self.group.as_ref()) else {
            let message = "which rows belong together? name their column, as in group_k_fold.group = \"customer\", or \
                           in [roles] of the dataset.toml";
            return Err(DataError::Split(message.to_owned()));
        };
        let of_row = rows.values(column)?.of_row;
        let all: Vec<u32> = (0..of_row.len() as u32).collect();
        let groups = Groups::of(&all, &of_row, rows);
        let n_folds = self.folds.get();
        if groups.len() < n_folds {
            return Err(DataError::Split(format!(
                "{n_folds} folds need at least as many groups, and `{column}` has {} different values",
                groups.len()
            )));
        }
        for (class, n_groups) in groups.of_classes(rows.classes.len()).into_iter().enumerate() {
            if (1..n_folds).contains(&n_groups) {
                warnings.push(SplitWarning::FewGroups { class, n_groups, n_folds });
            }
        }
        let name = format!("split/repeat {}/groups", fold / n_folds);
        let fold_of = groups.dealt(&vec![1.0; n_folds], &permutation(&name, groups.len()));
        let test = groups.rows(|group| fold_of[group] == fold % n_folds);
        if test.len() == 1 {
            return Err(DataError::Split(format!(
                "a fold of `{column}` is a single row: {n_folds} folds are too many for its {} different values",
                groups.len()
            )));
        }
        Ok(test)
    }
}

/// Some rows by the groups that they are in.
pub(super) struct Groups {
    /// The rows of each group.
    rows: Vec<Vec<u32>>,
    /// The classes of each group with the rows that it has of them.
    counts: Vec<Vec<(usize, usize)>>,
    /// Rows of each class in all groups.
    totals: Vec<usize>,
}

impl Groups {
    /// `rows` by the values that `of_row` gives them.
    pub(super) fn of(rows: &[u32], of_row: &[u32], all: &Rows<'_>) -> Self {
        let n_groups = of_row.iter().max().map_or(0, |&last| last as usize + 1);
        let mut by_group = vec![Vec::new(); n_groups];
        rows.iter().for_each(|&row| by_group[of_row[row as usize] as usize].push(row));
        by_group.retain(|rows| !rows.is_empty());
        let mut totals = vec![0; all.classes.len()];
        let counts = |rows: &Vec<u32>| {
            let mut classes: Vec<usize> =
                rows.iter().map(|&row| all.targets[row as usize] as usize).collect();
            classes.sort_unstable();
            classes.iter().for_each(|&class| totals[class] += 1);
            classes.chunk_by(|a, b| a == b).map(|of_class| (of_class[0], of_class.len())).collect()
        };
        let counts = by_group.iter().map(counts).collect();
        Groups { rows: by_group, counts, totals }
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// The number of groups that have each class.
    pub(super) fn of_classes(&self, n_classes: usize) -> Vec<usize> {
        let mut n_groups = vec![0; n_classes];
        self.counts.iter().flatten().for_each(|&(class, _)| n_groups[class] += 1);
        n_groups
    }

    /// The rows of the groups that are wanted.
    pub(super) fn rows(&self, wanted: impl Fn(usize) -> bool) -> Vec<u32> {
        let groups = (0..self.len()).filter(|&group| wanted(group));
        groups.flat_map(|group| self.rows[group].iter().copied()).collect()
    }

    /// The share of the group's rows in each of its classes.
    fn shares(&self, group: usize) -> impl Iterator<Item = (usize, f64)> {
        let share = |&(class, n): &(usize, usize)| (class, n as f64 / self.totals[class] as f64);
        self.counts[group].iter().map(share)
    }

    /// The groups in the order in which they are dealt: the largest shares of classes first, equal ones as `order` has
    /// them.
    fn heaviest_first(&self, order: &[u32]) -> Vec<usize> {
        let weight = |group: usize| self.shares(group).map(|(_, x)| x * x).sum::<f64>();
        let mut order: Vec<(usize, f64)> =
            order.iter().map(|&group| (group as usize, weight(group as usize))).collect();
        order.sort_by(|(_, a), (_, b)| b.total_cmp(a));
        order.into_iter().map(|(group, _)| group).collect()
    }

    /// The part that each group is dealt to; parts are to have shares of every class like `capacities`. No part is empty
    /// if capacities are equal and groups are enough.
    pub(super) fn dealt(&self, capacities: &[f64], order: &[u32]) -> Vec<usize> {
        let mut part_of = vec![0; self.len()];
        let mut counts = vec![vec![0_usize; self.totals.len()]; capacities.len()];
        let mut sizes = vec![0_usize; capacities.len()];
        for group in self.heaviest_first(order) {
            let growth = |part: usize| {
                let of_class = |(class, x): (usize, f64)| {
                    let has = counts[part][class] as f64 / self.totals[class] as f64;
                    2.0 * has * x + x * x
                };
                self.shares(group).map(of_class).sum::<f64>() / capacities[part]
            };
            let better = |&(a, of_a): &(usize, f64), &(b, of_b): &(usize, f64)| {
                let size = |part: usize| sizes[part] as f64 / capacities[part];
                of_a.total_cmp(&of_b).then_with(|| size(a).total_cmp(&size(b)))
            };
            let parts = (0..capacities.len()).map(|part| (part, growth(part)));
            let part = parts.min_by(better).map_or(0, |(part, _)| part);
            part_of[group] = part;
            sizes[part] += self.rows[group].len();
            self.counts[group].iter().for_each(|&(class, n)| counts[part][class] += n);
        }
        part_of
    }

    /// About `share` of the rows of every class, in whole groups; none if no group can be spared. What is left has every
    /// class.
    pub(super) fn taken(&self, share: f64, order: &[u32]) -> Vec<u32> {
        let part_of = self.dealt(&[share, 1.0 - share], order);
        let mut is_taken: Vec<bool> = part_of.into_iter().map(|part| part == 0).collect();
        let mut left = self.totals.clone();
        let counted = |group: usize| self.counts[group].iter();
        for group in (0..self.len()).filter(|&group| is_taken[group]) {
            counted(group).for_each(|&(class, n)| left[class] -= n);
        }
        let lightest_first: Vec<usize> = self.heaviest_first(order).into_iter().rev().collect();
        for &group in &lightest_first {
            if is_taken[group] && counted(group).any(|&(class, _)| left[class] == 0) {
                is_taken[group] = false;
                counted(group).for_each(|&(class, n)| left[class] += n);
            }
        }
        if !is_taken.contains(&true) {
            let can_go = |&&group: &&usize| counted(group).all(|&(class, n)| n < left[class]);
            if let Some(&group) = lightest_first.iter().find(can_go) {
                is_taken[group] = true;
            }
        }
        self.rows(|group| is_taken[group])
    }

    /// `per_class` rows of each class in whole groups, which have at most half of the rows of any class, and the other
    /// rows of these groups; both without order.
    pub(super) fn balanced(&self, per_class: usize, order: &[u32], all: &Rows<'_>) -> Balanced {
        let mut is_taken = vec![false; self.len()];
        let mut has = vec![0; self.totals.len()];
        let mut rarest_first: Vec<usize> = (0..self.totals.len()).collect();
        rarest_first.sort_by_key(|&class| self.totals[class]);
        for class in rarest_first {
            for &group in order {
                let group = group as usize;
                let fits = |&(class, n): &(usize, usize)| has[class] + n <= self.totals[class] / 2;
                let has_class = self.counts[group].iter().any(|&(of_group, _)| of_group == class);
                let is_wanted = has[class] < per_class && has_class && !is_taken[group];
                if is_wanted && self.counts[group].iter().all(fits) {
                    is_taken[group] = true;
                    self.counts[group].iter().for_each(|&(class, n)| has[class] += n);
                }
            }
        }
        let mut given = vec![0; self.totals.len()];
        let (mut rows, mut others) = (Vec::new(), Vec::new());
        for &group in order.iter().filter(|&&group| is_taken[group as usize]) {
            for &row in &self.rows[group as usize] {
                let given = &mut given[all.targets[row as usize] as usize];
                if *given < per_class {
                    rows.push(row);
                } else {
                    others.push(row);
                }
                *given = per_class.min(*given + 1);
            }
        }
        Balanced { rows, others, given }
    }
}

/// Whole groups as a balanced set.
pub(super) struct Balanced {
    pub(super) rows: Vec<u32>,
    /// Rows of the same groups, which would make it unbalanced.
    pub(super) others: Vec<u32>,
    /// Rows of each class.
    pub(super) given: Vec<usize>,
}
