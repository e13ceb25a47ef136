//! Tomek links: pairs of rows of different classes, each the nearest of the other, lose the row of the larger class.
//!
//! ```text
//! (i, j) is a link   <=>   nn(i) = j,  nn(j) = i,  y_i ≠ y_j
//! remove = "majority": of a link, the row whose class has more training rows; of classes of one size neither
//! remove = "both":     both rows of a link
//! ```
//!
//! - `nn(i)`: the nearest of all other rows by the features as they are learnt from, preprocessed; of equally near ones the
//!   first
//! - rows are left out once, before the first epoch; then every row that is left is seen once an epoch
//! - how many rows that are, the rows' places decide: a plan takes the training rows, which are the most that there can be
//!
//! A class all of whose rows would go keeps them all.
//!
//! Source: Tomek, *Two Modifications of CNN*, IEEE Transactions on Systems, Man, and Cybernetics 6, 1976.
//! Differs: of more than two classes, imbalanced-learn takes both rows of a link but those of the smallest class.
//! Trap: links are few, so that the classes stay about as unequal as they were: it cleans, it does not balance.

use std::ops::{Range, RangeInclusive};

use nn::{Matrix, Streams};
use serde::{Deserialize, Serialize};

use crate::MethodError;
use crate::examples::Examples;
use crate::sampling::definition::{Definition, Resampled, Resampling};
use crate::sampling::neighbors::nearest;
use crate::setting::counts_of;

/// Parameters of Tomek links.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TomekLinks {
    /// Which rows of a link are left out; default that of the larger class.
    pub remove: LinkMember,
}

impl Default for TomekLinks {
    fn default() -> Self {
        TomekLinks { remove: LinkMember::Majority }
    }
}

/// Which rows of a link are left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkMember {
    /// That of the larger class.
    Majority,
    /// Both.
    Both,
}

impl Definition for TomekLinks {
    fn code(&self) -> &'static str {
        include_str!("tomek_links.rs")
    }

    fn version(&self) -> u32 {
        1
    }

    fn resampling(&self) -> Option<&dyn Resampling> {
        Some(self)
    }
}

impl Resampling for TomekLinks {
    fn resample(
        &self,
        train: &Examples<f32>,
        _: &[Range<usize>],
        n_classes: usize,
        _: &Streams,
    ) -> Result<Resampled, MethodError> {
        Ok(Resampled::kept(train, without_links(train, n_classes, self.remove)))
    }

    fn bounds(&self, counts: &[u32]) -> Vec<RangeInclusive<u32>> {
        let smallest = counts.iter().copied().filter(|&n| 0 < n).min().unwrap_or(0);
        let is_safe = |n| n == smallest && self.remove == LinkMember::Majority;
        counts.iter().map(|&n| if is_safe(n) { n..=n } else { n.min(1)..=n }).collect()
    }
}

/// The rows that links leave, in their order.
pub(crate) fn without_links(
    train: &Examples<f32>,
    n_classes: usize,
    remove: LinkMember,
) -> Vec<u32> {
    let targets = &train.targets;
    let counts = counts_of(targets, n_classes);
    let size_of = |row: u32| counts[targets[row as usize] as usize];
    let mut is_out = vec![false; targets.len()];
    let mut left = counts.clone();
    for (i, j) in links(&train.features, targets, &counts) {
        for (row, other) in [(i, j), (j, i)] {
            if remove == LinkMember::Both || size_of(other) < size_of(row) {
                is_out[row as usize] = true;
                left[targets[row as usize] as usize] -= 1;
            }
        }
    }
    let stays = |row: &u32| !is_out[*row as usize] || left[targets[*row as usize] as usize] == 0;
    (0..targets.len() as u32).filter(stays).collect()
}

/// The links, each once. One of its rows at the least is not of the largest class: neighbours are searched for those rows,
/// and for rows of the largest class that are nearest to one of them.
fn links(features: &Matrix<f32>, targets: &[u32], counts: &[u32]) -> Vec<(u32, u32)> {
    let all: Vec<u32> = (0..targets.len() as u32).collect();
    let class = |row: u32| targets[row as usize];
    let mut largest = 0;
    for (class, &n) in counts.iter().enumerate() {
        if counts[largest as usize] < n {
            largest = class as u32;
        }
    }
    let mut nearest_to = vec![None; targets.len()];
    let search = |of: &[u32], nearest_to: &mut Vec<Option<u32>>| {
        for (&row, found) in of.iter().zip(nearest(features, of, &all, 1)) {
            nearest_to[row as usize] = found.first().copied();
        }
    };
    let smaller: Vec<u32> = all.iter().copied().filter(|&row| class(row) != largest).collect();
    search(&smaller, &mut nearest_to);
    let across = |&row: &u32| nearest_to[row as usize].filter(|&near| class(near) == largest);
    let mut others: Vec<u32> = smaller.iter().filter_map(across).collect();
    others.sort_unstable();
    others.dedup();
    search(&others, &mut nearest_to);
    let link = |&row: &u32| {
        let near = nearest_to[row as usize]?;
        let is_link = class(near) != class(row) && nearest_to[near as usize] == Some(row);
        // One between two of the smaller classes is met at both ends.
        (is_link && (class(near) == largest || row < near)).then_some((row, near))
    };
    smaller.iter().filter_map(link).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(rows: &[(f32, u32)], n_classes: usize, remove: LinkMember) -> Vec<u32> {
        let (values, targets): (Vec<f32>, Vec<u32>) = rows.iter().copied().unzip();
        let train = Examples { features: Matrix::from_values(1, values), targets };
        let made = TomekLinks { remove }.resample(&train, &[], n_classes, &Streams::new([0; 32]));
        let made = made.unwrap();
        for (at, &origin) in made.origins.iter().enumerate() {
            let values = (made.examples.features.row(at), made.examples.targets[at]);
            assert_eq!(values, (train.features.row(origin as usize), rows[origin as usize].1));
        }
        made.origins
    }

    #[test]
    fn of_a_link_the_row_of_the_larger_class_goes_or_both() {
        // Links: 1-2. Row 3 is nearest to 2, not the other way round; 4-5 are of one class.
        let rows = [(0.0, 0), (4.0, 0), (5.0, 1), (7.0, 0), (20.0, 0), (21.0, 0), (40.0, 1)];
        assert_eq!(kept(&rows, 2, LinkMember::Majority), [0, 2, 3, 4, 5, 6]);
        assert_eq!(kept(&rows, 2, LinkMember::Both), [0, 3, 4, 5, 6]);
    }

    #[test]
    fn of_three_classes_the_larger_of_the_two_loses_its_row_and_of_equal_ones_neither() {
        // Links 0-1 of classes 1 and 2, 3-4 of 0 and 1, 6-7 of classes 2 and 3, which are of one size.
        let rows = [
            (0.0, 1),
            (1.0, 2),
            (10.0, 0),
            (11.5, 0),
            (12.0, 1),
            (13.5, 1),
            (20.0, 2),
            (21.0, 3),
            (30.0, 0),
            (31.0, 0),
            (40.0, 3),
        ];
        assert_eq!(kept(&rows, 4, LinkMember::Majority), [1, 2, 4, 5, 6, 7, 8, 9, 10]);
        assert_eq!(kept(&rows, 4, LinkMember::Both), [1, 2, 5, 6, 8, 9, 10]);
    }

    #[test]
    fn a_class_all_of_whose_rows_are_in_links_keeps_them() {
        let rows = [(0.0, 0), (1.0, 1), (5.0, 0), (9.0, 0)];
        assert_eq!(kept(&rows, 2, LinkMember::Both), [1, 2, 3]);
        let alone = [(0.0, 0)];
        assert_eq!(kept(&alone, 2, LinkMember::Both), [0]);
    }

    #[test]
    fn of_copies_the_first_is_the_nearest() {
        // Row 0 is nearest to 1, and 1 to 0; its copy 2 is nearest to 0 as well, but 0 is not to 2.
        let rows = [(1.0, 1), (1.0, 0), (1.0, 0), (3.0, 0)];
        assert_eq!(kept(&rows, 2, LinkMember::Majority), [0, 2, 3]);
    }
}
