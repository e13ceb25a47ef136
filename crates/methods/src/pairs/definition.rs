//! What a pair loss and a pair miner have to say for themselves, and what they see.

use nn::Real;

use crate::mining::Mining;
use crate::setting::Setting;

/// Embeddings that anchors are compared with.
#[derive(Clone, Copy, Debug)]
pub struct References<'a, T> {
    /// Of length 1, `[n_references, width]`, row by row.
    pub embeddings: &'a [T],
    /// Their classes, `[n_references]`.
    pub targets: &'a [u32],
    /// Which rows of the training part they are, `[n_references]`.
    pub rows: &'a [u32],
}

/// The pairs of one anchor that count: positions among the references, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pairs {
    /// Of the anchor's class.
    pub positives: Vec<u32>,
    /// Of any other.
    pub negatives: Vec<u32>,
    /// The anchor itself, as it is or was: no pair.
    pub own: Vec<u32>,
    /// Which negative goes with which positive, where a miner says so.
    triplets: Vec<(u32, u32)>,
    is_matched: bool,
}

impl Pairs {
    /// Becomes all pairs of an anchor of class `target` with `references`. Those that are its own `row` are no pairs:
    /// neither its embedding in the same batch nor an older one in a memory.
    pub fn list<T: Real>(&mut self, target: u32, row: u32, references: References<'_, T>) {
        let all = (0..).zip(references.targets);
        let of_class = all.filter(|&(_, &y)| y == target).map(|(j, _)| j);
        self.list_around(of_class, row, references.rows);
    }

    /// [`Pairs::list`] of an anchor whose class the references at the positions `of_class` have, in their order, and no others.
    pub(super) fn list_around(
        &mut self,
        of_class: impl Iterator<Item = u32>,
        row: u32,
        rows: &[u32],
    ) {
        let Pairs { positives, negatives, own, triplets, is_matched } = self;
        for list in [&mut *positives, &mut *negatives, &mut *own] {
            list.clear();
        }
        triplets.clear();
        *is_matched = false;
        let mut next = 0;
        for j in of_class {
            negatives.extend(next..j);
            next = j + 1;
            let is_own = rows[j as usize] == row;
            (if is_own { &mut *own } else { &mut *positives }).push(j);
        }
        negatives.extend(next..rows.len() as u32);
    }

    /// Leaves out every pair.
    pub fn clear(&mut self) {
        self.positives.clear();
        self.negatives.clear();
    }

    /// Keeps what `keeps` of the triplets `(positive, negative)`, and of the pairs those that are in one of them.
    pub fn keep_triplets(&mut self, mut keeps: impl FnMut(u32, u32) -> bool) {
        let Pairs { positives, negatives, triplets, is_matched, .. } = self;
        *is_matched = true;
        triplets.clear();
        let mut stays = vec![false; negatives.len()];
        positives.retain(|&p| {
            let n_before = triplets.len();
            for (stays, &n) in stays.iter_mut().zip(&*negatives) {
                if keeps(p, n) {
                    *stays = true;
                    triplets.push((p, n));
                }
            }
            n_before < triplets.len()
        });
        let mut stays = stays.into_iter();
        negatives.retain(|_| stays.next().unwrap_or_default());
    }

    /// Gives each positive the negative that `matched` says, and leaves out the pairs that are then in no triplet.
    pub fn match_each(&mut self, mut matched: impl FnMut(u32) -> Option<u32>) {
        let Pairs { positives, negatives, triplets, is_matched, .. } = self;
        *is_matched = true;
        triplets.clear();
        triplets.extend(positives.iter().filter_map(|&p| Some((p, matched(p)?))));
        positives.clear();
        positives.extend(triplets.iter().map(|(p, _)| *p));
        positives.dedup();
        negatives.clear();
        negatives.extend(triplets.iter().map(|(_, n)| *n));
        negatives.sort_unstable();
        negatives.dedup();
    }

    /// The triplets `(positive, negative)`: each positive with each negative, unless a miner has matched them.
    pub fn triplets(&self) -> impl Iterator<Item = (usize, usize)> {
        let each = if self.is_matched { &[] } else { &self.positives[..] };
        let each = each.iter().flat_map(|&p| self.negatives.iter().map(move |&n| (p, n)));
        let pairs = self.triplets.iter().copied().chain(each);
        pairs.map(|(p, n)| (p as usize, n as usize))
    }
}

/// A sum of losses, and what it is divided by once those of all anchors are known.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Part {
    /// Of the anchor's losses.
    pub sum: f64,
    /// How many they are.
    pub count: u64,
}

impl Part {
    fn add(&mut self, other: Part) {
        self.sum += other.sum;
        self.count += other.count;
    }

    /// What slopes are multiplied by to be those of the mean.
    pub(crate) fn share(self) -> f64 {
        1.0 / self.count.max(1) as f64
    }
}

/// What a term says of one anchor, or of all of them: `L = sum₊ / max(1, count₊) + sum₋ / max(1, count₋)`. The slopes at
/// positives are of the first mean, those at negatives of the second.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Said {
    /// Of the positives.
    pub positives: Part,
    /// Of the negatives.
    pub negatives: Part,
}

impl Said {
    /// Nothing.
    pub const NOTHING: Said =
        Said { positives: Part { sum: 0.0, count: 0 }, negatives: Part { sum: 0.0, count: 0 } };

    /// What is no sum of a part of the positives and a part of the negatives: all slopes are of this one mean.
    pub fn whole(sum: f64, count: u64) -> Self {
        Said { positives: Part { sum, count }, negatives: Part { sum: 0.0, count } }
    }

    /// Adds what is said of another anchor.
    pub(crate) fn add(&mut self, other: Said) {
        self.positives.add(other.positives);
        self.negatives.add(other.negatives);
    }

    /// The loss.
    pub fn mean(self) -> f64 {
        let Said { positives, negatives } = self;
        positives.sum * positives.share() + negatives.sum * negatives.share()
    }
}

/// A pair loss with its workspace: what it says of one anchor.
pub trait PairTerm<T: Real>: Send {
    /// The losses of the anchor whose cosines with the references are `cosines`, `[n_references]`. Their slopes there are
    /// added to `slopes`, which has a place for each reference; no other place is touched than those of `pairs`.
    fn anchor(&mut self, cosines: &[T], pairs: &Pairs, slopes: &mut [T]) -> Said;
}

/// A pair miner with its workspace.
pub trait PairMining<T: Real>: Send {
    /// Leaves out pairs of the anchor whose cosines with the references are `cosines`, `[n_references]`; `width` is that of
    /// the embeddings. Cosines are read, never differentiated.
    fn select(&mut self, cosines: &[T], width: usize, pairs: &mut Pairs);
}

/// A pair loss as a file writes it. It answers for itself.
pub(crate) trait TermDefinition<T: Real> {
    /// Its file.
    fn code(&self) -> &'static str;

    /// Raised whenever its numbers change.
    fn version(&self) -> u32;

    /// The term of one trial.
    fn build(&self) -> Box<dyn PairTerm<T>>;
}

/// A pair miner as a file writes it.
pub(crate) trait MiningDefinition<T: Real> {
    /// Its file.
    fn code(&self) -> &'static str;

    /// Raised whenever its selections change.
    fn version(&self) -> u32;

    /// The miner of one trial.
    fn build(&self, setting: &Setting<'_>) -> Box<dyn PairMining<T>>;

    /// What it does to the batches of an epoch of rows with classes `targets`; nothing, if it chooses among the pairs of a
    /// batch.
    fn of_rows(&self, _targets: &[u32], _setting: &Setting<'_>) -> Option<Box<dyn Mining<T>>> {
        None
    }

    /// Whether it asks what the network makes of all training rows.
    fn surveys(&self) -> bool {
        false
    }

    /// Whether it leaves out pairs of a batch.
    fn leaves_out(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(target: u32, row: u32) -> Pairs {
        let mut pairs = Pairs::default();
        let (targets, rows) = ([0, 1, 0, 1, 0, 2], [7, 8, 9, 10, 7, 11]);
        pairs.list(
            target,
            row,
            References::<f64> { embeddings: &[], targets: &targets, rows: &rows },
        );
        pairs
    }

    #[test]
    fn an_anchor_makes_no_pair_with_its_own_row() {
        let pairs = of(0, 7);
        assert_eq!((&pairs.positives[..], &pairs.negatives[..]), (&[2][..], &[1, 3, 5][..]));
        assert_eq!(pairs.own, [0, 4], "also not with what it was");
        assert_eq!(of(2, 11).positives, [0; 0]);
    }

    #[test]
    fn triplets_are_all_or_those_that_were_matched() {
        let mut pairs = of(1, 99);
        assert_eq!(pairs.triplets().count(), 2 * 4);
        pairs.keep_triplets(|p, n| p == 3 && n != 2);
        assert!(pairs.triplets().eq([(3, 0), (3, 4), (3, 5)]));
        assert_eq!((&pairs.positives[..], &pairs.negatives[..]), (&[3][..], &[0, 4, 5][..]));
        let mut pairs = of(1, 99);
        pairs.match_each(|p| (p != 1).then_some(5));
        assert!(pairs.triplets().eq([(3, 5)]));
        pairs.keep_triplets(|_, _| false);
        assert_eq!((pairs.triplets().count(), pairs.positives.len()), (0, 0));
    }

    #[test]
    fn parts_are_means_of_their_own_and_a_mean_of_none_is_0() {
        let mut said = Said::NOTHING;
        assert_eq!(said.mean(), 0.0);
        said.add(Said::whole(3.0, 1));
        said.add(Said::whole(1.0, 1));
        assert_eq!(said.mean(), 2.0);
        let sides = |sum, count| Part { sum, count };
        let said = Said { positives: sides(3.0, 2), negatives: sides(1.0, 4) };
        assert_eq!(said.mean(), 1.75);
    }
}
