//! Rows that have the same features.

use std::collections::HashMap;

use foldhash::fast::FixedState;
use serde::{Deserialize, Serialize};

use crate::column::Column;
use crate::dataset::Dataset;
use crate::error::DataError;

/// What becomes of rows that have the same features.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TwinRows {
    /// They stay, and a split may learn from one and test the other.
    #[default]
    Keep,
    /// Of those that are of one class as well, the first stays.
    Drop,
    /// They stay, and are a group: with them all are tested or all learnt from.
    Together,
}

/// The column that says which rows are twins; where another has the name, with as many `_` as it takes.
const GROUP: &str = "twin_group";

impl TwinRows {
    /// The set as this says it, and how many rows are left out.
    ///
    /// # Errors
    /// If rows are to stay together, and the set's own group of some row is not known.
    pub(crate) fn applied(self, dataset: Dataset) -> Result<(Dataset, usize), DataError> {
        match self {
            TwinRows::Keep => Ok((dataset, 0)),
            TwinRows::Drop => {
                let rows = first_of_each(&dataset.columns, &dataset.targets);
                let n_twins = dataset.targets.len() - rows.len();
                Ok((dataset.keep(&rows), n_twins))
            }
            TwinRows::Together => Ok((together(dataset)?, 0)),
        }
    }
}

/// The set with a column that has the same value in rows that belong together: in twins, and in rows of one group if it
/// has groups already. Twins make one of several groups that have them.
fn together(mut dataset: Dataset) -> Result<Dataset, DataError> {
    let mut of_row = groups(&dataset.columns, dataset.targets.len());
    if let Some(name) = &dataset.group
        && let Some(own) = dataset.asides.iter().find(|column| column.name() == name)
    {
        of_row = united(&of_row, &own.values().map_err(DataError::Split)?.of_row);
    }
    let mut name = GROUP.to_owned();
    while dataset.columns.iter().chain(&dataset.asides).any(|column| *column.name() == name) {
        name.push('_');
    }
    let values = of_row.into_iter().map(f64::from).collect();
    dataset.asides.push(Column::Numeric { name: name.clone(), values });
    dataset.group = Some(name);
    Ok(dataset)
}

/// Of every row, a number that it has in common with all rows which a chain of common numbers of `a` and of `b` leads to.
fn united(a: &[u32], b: &[u32]) -> Vec<u32> {
    let n_groups = |of_row: &[u32]| of_row.iter().max().map_or(0, |&last| last as usize + 1);
    // Each group of `a` names one of the same chain before it, or itself.
    let mut before: Vec<u32> = (0..n_groups(a) as u32).collect();
    let mut first_with = vec![None; n_groups(b)];
    for (&a, &b) in a.iter().zip(b) {
        let other = *first_with[b as usize].get_or_insert(a);
        let (one, other) = (first(&mut before, a), first(&mut before, other));
        before[one.max(other) as usize] = one.min(other);
    }
    a.iter().map(|&group| first(&mut before, group)).collect()
}

/// The first group of the chain; the way to it is halved for the next.
fn first(before: &mut [u32], mut group: u32) -> u32 {
    while before[group as usize] != group {
        before[group as usize] = before[before[group as usize] as usize];
        group = before[group as usize];
    }
    group
}

/// Of every row, a number that it has in common with the rows of the same features; numbered in the order in which they
/// are met.
pub(crate) fn groups(columns: &[Column], n_rows: usize) -> Vec<u32> {
    let mut groups = vec![0_u32; n_rows];
    let mut n_groups = n_rows.min(1);
    // A row that is like no other in the columns before is a group: of images, nearly all are after a few pixels.
    let mut shared: Vec<u32> = (0..n_rows as u32).collect();
    for column in columns {
        if shared.is_empty() {
            break;
        }
        divide(&mut groups, &mut shared, &mut n_groups, &column.keys());
    }
    let mut numbers = vec![None; n_groups];
    let mut next = 0;
    for group in &mut groups {
        *group = *numbers[*group as usize].get_or_insert_with(|| {
            next += 1;
            next - 1
        });
    }
    groups
}

/// Divides the groups of the `shared` rows by `values`; what is left in `shared` has another of its group.
fn divide(groups: &mut [u32], shared: &mut Vec<u32>, n_groups: &mut usize, values: &[u64]) {
    let mut known: HashMap<(u32, u64), u32, FixedState> = HashMap::default();
    let (mut is_taken, mut sizes) = (vec![false; *n_groups], vec![0_u32; *n_groups]);
    for row in shared.iter().map(|&row| row as usize) {
        let before = groups[row];
        let number = *known.entry((before, values[row])).or_insert_with(|| {
            // The first part keeps the number of the whole.
            if !std::mem::replace(&mut is_taken[before as usize], true) {
                return before;
            }
            sizes.push(0);
            *n_groups += 1;
            *n_groups as u32 - 1
        });
        sizes[number as usize] += 1;
        groups[row] = number;
    }
    shared.retain(|&row| 1 < sizes[groups[row as usize] as usize]);
}

/// The rows that stay if those with the same features and the same class are one row.
fn first_of_each(columns: &[Column], targets: &[u32]) -> Vec<usize> {
    let mut groups = groups(columns, targets.len());
    let targets: Vec<u64> = targets.iter().map(|&target| u64::from(target)).collect();
    refine(&mut groups, &targets);
    // A group has its number from the row that comes first.
    let mut next = 0;
    let is_first = |&row: &usize| {
        let is_first = groups[row] == next;
        next += u32::from(is_first);
        is_first
    };
    (0..groups.len()).filter(is_first).collect()
}

/// Divides each group by `values`.
fn refine(groups: &mut [u32], values: &[u64]) {
    let mut known: HashMap<(u32, u64), u32> = HashMap::new();
    for (group, &value) in groups.iter_mut().zip(values) {
        let next = known.len() as u32;
        *group = *known.entry((*group, value)).or_insert(next);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::ClassLabels;

    #[test]
    fn rows_are_twins_if_all_features_are_the_same() {
        let x = [1.0, 0.0, 1.0, -0.0, f64::NAN, f64::NAN, 1.0];
        let x = Column::Numeric { name: "x".to_owned(), values: x.to_vec() };
        let texts = [Some("a"), None, Some("a"), None, Some("a"), None, Some("b")];
        let columns = [x, Column::from_texts("t".to_owned(), texts)];
        assert_eq!(groups(&columns, 7), [0, 1, 0, 1, 2, 3, 4]);
        // Twins of two classes are two rows.
        assert_eq!(first_of_each(&columns, &[0, 0, 0, 1, 0, 0, 0]), [0, 1, 3, 4, 5, 6]);
        assert_eq!(groups(&[], 2), [0, 0]);
    }

    #[test]
    fn groups_are_divided_as_all_columns_together_divide_them() {
        // Digits of a number in three bases, so that rows part and few stay alike.
        let column = |base: u64| Column::Numeric {
            name: base.to_string(),
            values: (0..500_u64).map(|row| (row * row % 97 % base) as f64).collect(),
        };
        let columns: Vec<Column> = [2, 3, 7, 11].map(column).into();
        let mut plain = vec![0; 500];
        columns.iter().for_each(|column| refine(&mut plain, &column.keys()));
        assert_eq!(groups(&columns, 500), plain);
        assert!(plain.iter().max().unwrap() < &97);
    }

    #[test]
    fn a_chain_of_twins_and_groups_is_one_group() {
        // 0 and 3 are twins, 3 and 1 of one customer, 1 and 4 twins; 2 and 5 have nobody but each other.
        assert_eq!(united(&[0, 1, 2, 0, 1, 3], &[0, 1, 2, 1, 3, 2]), [0, 0, 2, 0, 0, 2]);
        assert_eq!(united(&[0, 1, 2, 3], &[3, 2, 1, 0]), [0, 1, 2, 3]);
        // A chain that is met from its ends.
        assert_eq!(united(&[0, 1, 2, 3, 2, 0, 1], &[0, 1, 2, 3, 3, 1, 2]), [0; 7]);
        assert_eq!(united(&[], &[]), [0; 0]);
    }

    #[test]
    fn rows_that_stay_together_keep_the_digest_of_the_set() {
        let column = |name: &str, values: &[f64]| Column::Numeric {
            name: name.to_owned(),
            values: values.to_vec(),
        };
        let who = ["a", "b", "c", "b"].map(Some);
        let dataset = Dataset {
            asides: vec![Column::from_texts("who".to_owned(), who)],
            ..Dataset::new(
                "t",
                vec![column("twin_group", &[1.0, 2.0, 1.0, 3.0])],
                ClassLabels::of(["x", "y", "y", "y"]),
                None,
            )
        };
        let (alone, n_left_out) = TwinRows::Together.applied(dataset.clone()).unwrap();
        assert_eq!((alone.digest(), n_left_out), (dataset.digest(), 0));
        assert_eq!(alone.group.as_deref(), Some("twin_group_"));
        assert_eq!(alone.asides[1], column("twin_group_", &[0.0, 1.0, 0.0, 2.0]));
        let of_who = Dataset { group: Some("who".to_owned()), ..dataset.clone() };
        let (both, _) = TwinRows::Together.applied(of_who.clone()).unwrap();
        assert_eq!(both.asides[1], column("twin_group_", &[0.0, 1.0, 0.0, 1.0]));
        let missing = [Some("a"), None, Some("c"), None];
        let unknown =
            Dataset { asides: vec![Column::from_texts("who".to_owned(), missing)], ..of_who };
        let error = TwinRows::Together.applied(unknown).unwrap_err().to_string();
        assert!(error.contains("the column `who` has no value in 2 rows, row 1"), "{error}");
    }
}
