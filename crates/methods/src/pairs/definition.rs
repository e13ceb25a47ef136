//! What a pair loss and a pair miner have to say for themselves, and what they see.

use nn::Real;

use crate::mining::Mining;
use crate::pairs::far::negatives;
use crate::pairs::mining::Behind;
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

/// The pairs of one anchor that count: its positives, and what is to be known of the negatives beside their row ([`negatives`]).
#[derive(Clone, Debug, Default)]
pub struct Pairs<T> {
    /// Positions of the references of the anchor's class, in their order, and the cosines with them.
    pub positives: Vec<(u32, T)>,
    /// The anchor itself, as it is or was: no pair. Positions and cosines.
    pub own: Vec<(u32, T)>,
    /// Which negative goes with which positive.
    matching: Matching,
    /// Of [`Matching::Listed`].
    triplets: Vec<(u32, u32)>,
    /// Of [`Matching::Behind`].
    behind: Behind<T>,
    /// Negatives that stay where most go.
    kept: Vec<(u32, T)>,
}

/// Which negative of an anchor goes with which positive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Matching {
    /// Each with each.
    #[default]
    Each,
    /// As a miner has listed them.
    Listed,
    /// Those that are behind it.
    Behind,
}

impl<T: Real> Pairs<T> {
    /// Becomes all pairs of an anchor of class `target` with `references`, whose cosines `far` has: it becomes the row of the
    /// negatives. Those that are the anchor's own `row` are no pairs: neither its embedding in the same batch nor an older one
    /// in a memory.
    pub fn list(&mut self, target: u32, row: u32, references: References<'_, T>, far: &mut [T]) {
        let all = (0..).zip(references.targets);
        let of_class = all.filter(|&(_, &y)| y == target).map(|(j, _)| j);
        self.list_around(of_class, row, references.rows, far);
    }

    /// [`Pairs::list`] of an anchor whose class the references at the positions `of_class` have, in their order, and no others.
    pub(super) fn list_around(
        &mut self,
        of_class: impl Iterator<Item = u32>,
        row: u32,
        rows: &[u32],
        far: &mut [T],
    ) {
        let Pairs { positives, own, matching, .. } = self;
        positives.clear();
        own.clear();
        *matching = Matching::Each;
        let none = T::of(f64::NEG_INFINITY);
        for j in of_class {
            let cosine = std::mem::replace(&mut far[j as usize], none);
            let is_own = rows[j as usize] == row;
            (if is_own { &mut *own } else { &mut *positives }).push((j, cosine));
        }
    }

    /// Leaves out every pair.
    pub fn clear(&mut self, far: &mut [T]) {
        self.positives.clear();
        far.fill(T::of(f64::NEG_INFINITY));
    }

    /// Leaves out the negatives that are not at these positions. What is none does not become one.
    pub fn keep_at(&mut self, positions: impl Iterator<Item = u32>, far: &mut [T]) {
        self.kept.clear();
        self.kept.extend(positions.map(|j| (j, far[j as usize])));
        far.fill(T::of(f64::NEG_INFINITY));
        self.kept.iter().for_each(|&(j, s)| far[j as usize] = s);
    }

    /// Gives each positive the negative that `matched` says, and leaves out the pairs that are then in no triplet.
    pub fn match_each(&mut self, mut matched: impl FnMut(u32) -> Option<u32>, far: &mut [T]) {
        self.matching = Matching::Listed;
        let mut triplets = std::mem::take(&mut self.triplets);
        triplets.clear();
        self.positives.retain(|&(p, _)| {
            let negative = matched(p);
            triplets.extend(negative.map(|n| (p, n)));
            negative.is_some()
        });
        self.keep_at(triplets.iter().map(|&(_, n)| n), far);
        self.triplets = triplets;
    }

    /// Keeps the triplets whose negative is behind the positive, and of the pairs those that are in one of them.
    pub(super) fn keep_behind(&mut self, margin: T, far: &mut [T]) {
        self.matching = Matching::Behind;
        self.behind.keep(margin, &mut self.positives, far);
    }

    /// Those that a miner has listed, one by one; `None` where they are a rule.
    pub(super) fn listed(&self) -> Option<&[(u32, u32)]> {
        (self.matching == Matching::Listed).then_some(&self.triplets)
    }

    /// By how much the negative of a triplet is farther than the positive at the most, where it has to be farther.
    pub(super) fn behind_by(&self) -> Option<T> {
        (self.matching == Matching::Behind).then(|| self.behind.margin())
    }

    /// The triplets `(positive, negative)`: each positive with each negative, unless a miner has matched them.
    pub fn triplets(&self, far: &[T]) -> Vec<(usize, usize)> {
        if let Some(listed) = self.listed() {
            return listed.iter().map(|&(p, n)| (p as usize, n as usize)).collect();
        }
        let is_one = |s: T, n: u32| {
            self.matching == Matching::Each || self.behind.is_one(s, far[n as usize])
        };
        let each = self.positives.iter().flat_map(|&(p, s)| {
            negatives(far).filter(move |&n| is_one(s, n)).map(move |n| (p as usize, n as usize))
        });
        each.collect()
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
    /// The losses of an anchor with these pairs, whose row of negatives `far` is. Their slopes at the cosines come in the place of
    /// these, those at positives at their positions, and 0 at every other place.
    fn anchor(&mut self, pairs: &Pairs<T>, far: &mut [T]) -> Said;
}

/// A pair miner with its workspace.
pub trait PairMining<T: Real>: Send {
    /// Leaves out pairs of an anchor, whose row of negatives `far` is; `width` is that of the embeddings. Cosines are read, never
    /// differentiated.
    fn select(&mut self, width: usize, pairs: &mut Pairs<T>, far: &mut [T]);
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

    fn of(target: u32, row: u32) -> (Pairs<f64>, [f64; 6]) {
        let mut pairs = Pairs::default();
        let (targets, rows) = ([0, 1, 0, 1, 0, 2], [7, 8, 9, 10, 7, 11]);
        let references = References { embeddings: &[], targets: &targets, rows: &rows };
        let mut far = [0.5, 0.4, f64::NAN, -0.5, 1.0, 0.0];
        pairs.list(target, row, references, &mut far);
        (pairs, far)
    }

    #[test]
    fn an_anchor_makes_no_pair_with_its_own_row() {
        let (pairs, far) = of(0, 7);
        assert_eq!((pairs.positives.len(), pairs.positives[0].0), (1, 2));
        assert!(negatives(&far).eq([1, 3, 5]));
        assert_eq!(pairs.own, [(0, 0.5), (4, 1.0)], "also not with what it was");
        assert!(of(2, 11).0.positives.is_empty());
    }

    #[test]
    fn negatives_are_left_out_by_their_place() {
        let (mut pairs, mut far) = of(1, 99);
        assert!(negatives(&far).eq([0, 2, 4, 5]));
        pairs.keep_at([5, 4, 3, 4].into_iter(), &mut far);
        assert!(negatives(&far).eq([4, 5]), "a positive does not become one");
        assert_eq!((far[4], far[5]), (1.0, 0.0));
        pairs.clear(&mut far);
        assert!(pairs.positives.is_empty() && negatives(&far).next().is_none());
    }

    #[test]
    fn triplets_are_all_or_those_that_were_matched() {
        let (mut pairs, mut far) = of(1, 99);
        assert_eq!(pairs.triplets(&far).len(), 2 * 4);
        pairs.match_each(|p| (p != 1).then_some(5), &mut far);
        assert_eq!(pairs.triplets(&far), [(3, 5)]);
        assert_eq!(pairs.positives, [(3, -0.5)]);
        assert!(negatives(&far).eq([5]));
        // Distances: 1.095 and 1.732 of the positives, 1, 0 and 1.414 of negatives.
        let (mut pairs, mut far) = of(1, 99);
        pairs.keep_behind(0.5, &mut far);
        assert_eq!(pairs.triplets(&far), [(1, 5)]);
        assert_eq!(pairs.positives, [(1, 0.4)]);
        assert!(negatives(&far).eq([5]));
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
