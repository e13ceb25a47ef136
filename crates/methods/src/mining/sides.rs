//! Positives and negatives of a batch, for miners that keep all of the one and some of the other.
//!
//! Of two classes the second is positive, as everywhere. Of more, each is positive but the largest among the rows that
//! are learnt from (of equals, the first), whose examples are the negatives. Of proposals the background is negative, however
//! many of it there are.

use nn::Real;

use crate::mining::definition::Mined;
use crate::mining::hardness::hardest_first;
use crate::setting::counts_of;

/// Positions in a batch, by whether they are positive.
pub(super) struct Sides {
    negative_class: u32,
    /// The positives in front, each side in the order of the positions.
    order: Vec<u32>,
    n_positive: usize,
}

impl Sides {
    pub(super) fn of(mined: &Mined<'_>) -> Self {
        Sides { negative_class: negative_class(mined), order: Vec::new(), n_positive: 0 }
    }

    /// Takes in `positions` of a batch of these classes.
    pub(super) fn split(&mut self, positions: impl Iterator<Item = u32> + Clone, targets: &[u32]) {
        let is_negative = |&i: &u32| targets[i as usize] == self.negative_class;
        self.order.clear();
        self.order.extend(positions.clone().filter(|i| !is_negative(i)));
        self.n_positive = self.order.len();
        self.order.extend(positions.filter(is_negative));
    }

    pub(super) fn n_positive(&self) -> usize {
        self.n_positive
    }

    pub(super) fn negatives(&mut self) -> &mut [u32] {
        &mut self.order[self.n_positive..]
    }

    /// `min(⌈ratio n_positive⌉, n_negative)`.
    pub(super) fn n_wanted(&self, ratio: f64) -> usize {
        // 0.07 * 100 is 7.000000000000001, which is not to be 8.
        let wanted = (ratio * self.n_positive as f64 - 1e-9).ceil() as usize;
        wanted.min(self.order.len() - self.n_positive)
    }

    /// All positives, and so many negatives from the front.
    pub(super) fn with_negatives(&self, n: usize) -> &[u32] {
        &self.order[..self.n_positive + n]
    }

    /// So many of the positives and of the negatives, those of the largest losses.
    pub(super) fn hardest<T: Real>(
        &mut self,
        n_positive: usize,
        n_negative: usize,
        losses: &[T],
    ) -> &[u32] {
        let (positives, negatives) = self.order.split_at_mut(self.n_positive);
        hardest_first(positives, n_positive, losses);
        hardest_first(negatives, n_negative, losses);
        let negatives = self.n_positive..self.n_positive + n_negative;
        self.order.copy_within(negatives, n_positive);
        &self.order[..n_positive + n_negative]
    }
}

/// The class whose rows are the negatives.
pub(super) fn negative_class(mined: &Mined<'_>) -> u32 {
    if let Some(background) = mined.background {
        return background;
    }
    let n_classes = mined.setting.counts.n_classes();
    let counts = counts_of(mined.targets, n_classes);
    let largest = (0..n_classes).rev().max_by_key(|&class| counts[class]);
    if n_classes == 2 { 0 } else { largest.unwrap_or(0) as u32 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mining::testing::of_rows;

    fn negative(targets: &[u32], n_classes: usize) -> u32 {
        of_rows(targets, n_classes, None, negative_class)
    }

    #[test]
    fn of_two_classes_the_first_is_negative_and_of_more_the_largest() {
        assert_eq!(negative(&[0, 1, 1, 1], 2), 0);
        assert_eq!(negative(&[0, 1, 1, 2], 3), 1);
        assert_eq!(negative(&[0, 2, 1, 1, 2], 3), 1);
        assert_eq!(negative(&[], 3), 0);
    }

    #[test]
    fn of_proposals_the_background_is_negative_where_it_is_not_the_largest_too() {
        let of = |background| {
            let negative = |mined: &Mined<'_>| negative_class(&Mined { background, ..*mined });
            of_rows(&[2, 1, 1, 1, 0], 3, None, negative)
        };
        assert_eq!((of(None), of(Some(0)), of(Some(2))), (1, 0, 2));
    }
}
