//! Semi-hard mining: triplets whose negative is farther than the positive, but not by the margin.
//!
//! ```text
//! (p, n) is kept if 0 < d_an - d_ap <= m          d = √(2 - 2 s)
//! ```
//!
//! - `s`: cosines of an anchor and its references, `[n_references]`
//! - `margin` `m`: 0.2 (the paper, there of squared distances)
//! - an anchor without such a triplet is left out. A loss of pairs takes the pairs that are in one of them, each once
//!
//! Source: Schroff, Kalenichenko, Philbin, *FaceNet: A Unified Embedding for Face Recognition and Clustering*, CVPR 2015.
//! Differs: all such triplets, as pytorch-metric-learning takes them; the paper draws a negative for each positive.

use nn::range::Positive;
use nn::{Real, wide};
use serde::{Deserialize, Serialize};

use crate::pairs::definition::{MiningDefinition, PairMining, Pairs};
use crate::pairs::distance::distance;
use crate::setting::Setting;

/// Parameters of semi-hard mining.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SemiHard {
    /// By how much a negative is farther than a positive at the most; default 0.2.
    pub margin: Positive,
}

impl Default for SemiHard {
    fn default() -> Self {
        SemiHard { margin: Positive::new(0.2) }
    }
}

impl<T: Real> MiningDefinition<T> for SemiHard {
    fn code(&self) -> &'static str {
        include_str!("semi_hard.rs")
    }

    fn version(&self) -> u32 {
        1
    }

    fn build(&self, _: &Setting<'_>) -> Box<dyn PairMining<T>> {
        Box::new(FartherThan { margin: T::of(self.margin.get()) })
    }
}

/// Semi-hard mining.
struct FartherThan<T> {
    margin: T,
}

impl<T: Real> PairMining<T> for FartherThan<T> {
    fn select(&mut self, _: usize, pairs: &mut Pairs<T>, far: &mut [T]) {
        pairs.keep_behind(self.margin, far);
    }
}

/// The triplets of an anchor whose negative is behind the positive. They are far more than pairs, so that none is listed: which
/// there are is asked of the distances.
#[derive(Clone, Debug, Default)]
pub(in crate::pairs) struct Behind<T> {
    margin: T,
    /// To each negative; infinite where there is none.
    far: Vec<T>,
    /// To the positives, ascending.
    near: Vec<T>,
    /// Where negatives are kept: `(d, e)` for those that are farther than `d`, and farther than `e` by at most the margin.
    spans: Vec<(T, T)>,
}

/// Whether a negative is farther than a positive, by at most the margin.
#[inline(always)]
pub(in crate::pairs) fn is_behind<T: Real>(positive: T, negative: T, margin: T) -> bool {
    let behind = negative - positive;
    T::ZERO < behind && behind <= margin
}

impl<T: Real> Behind<T> {
    /// Keeps the pairs that are in such a triplet.
    pub(in crate::pairs) fn keep(
        &mut self,
        margin: T,
        positives: &mut Vec<(u32, T)>,
        far: &mut [T],
    ) {
        self.margin = margin;
        self.measure(positives, far);
        self.span();
        positives.retain(|&(_, s)| self.has_negative(distance(s)));
        self.keep_negatives(far);
    }

    pub(in crate::pairs) fn margin(&self) -> T {
        self.margin
    }

    /// Whether a positive and a negative of these cosines make one.
    pub(in crate::pairs) fn is_one(&self, positive: T, negative: T) -> bool {
        is_behind(distance(positive), distance(negative), self.margin)
    }

    fn measure(&mut self, positives: &[(u32, T)], cosines: &[T]) {
        let Behind { far, near, .. } = self;
        far.resize(cosines.len(), T::ZERO);
        wide(
            #[inline(always)]
            || far.iter_mut().zip(cosines).for_each(|(d, &s)| *d = distance(s)),
        );
        near.clear();
        near.extend(positives.iter().map(|&(_, s)| distance(s)).filter(|d| !d.is_nan()));
        near.sort_unstable_by(T::total_cmp);
    }

    /// What is behind one positive and what is behind the next is one span, unless there is more than the margin between the two.
    fn span(&mut self) {
        let Behind { margin, near, spans, .. } = self;
        spans.clear();
        for &d in &*near {
            match spans.last_mut() {
                Some((_, last)) if d - *last <= *margin => *last = d,
                _ => spans.push((d, d)),
            }
        }
    }

    /// Whether a negative is behind a positive of the distance `d`.
    fn has_negative(&self, d: T) -> bool {
        let Behind { margin, far, .. } = self;
        far.chunks(BLOCK).any(|some| {
            let mut is_any = false;
            wide(
                #[inline(always)]
                || is_any = some.iter().fold(false, |any, &n| any | is_behind(d, n, *margin)),
            );
            is_any
        })
    }

    /// Keeps the negatives that are behind a positive.
    fn keep_negatives(&self, at_negatives: &mut [T]) {
        let Behind { margin, far, spans, .. } = self;
        let none = T::of(f64::NEG_INFINITY);
        let mut is_kept = [false; BLOCK];
        for (some, distances) in at_negatives.chunks_mut(BLOCK).zip(far.chunks(BLOCK)) {
            is_kept.fill(false);
            wide(
                #[inline(always)]
                || {
                    for &(d, e) in spans {
                        for (is_kept, &n) in is_kept.iter_mut().zip(distances) {
                            *is_kept |= d < n && n - e <= *margin;
                        }
                    }
                    for (s, &is_kept) in some.iter_mut().zip(&is_kept) {
                        *s = if is_kept { *s } else { none };
                    }
                },
            );
        }
    }
}

/// Distances that are asked at once.
const BLOCK: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pairs::testing::{kept, miner, sides};
    use nn::Streams;

    #[test]
    fn neither_hard_nor_easy_triplets_stay() {
        // Distances 1, √2 = 1.414, 1.1, 1.0, 1.5 and 2.
        let cosines = [0.5, 0.0, 0.395, 0.5, -0.125, -1.0];
        let kept = kept(&mut *miner(&SemiHard::default()), &cosines, &[0, 1], &[2, 3, 4, 5]);
        assert_eq!(kept.0.triplets(&kept.1), [(0, 2), (1, 4)]);
        assert_eq!(sides(kept), (vec![0, 1], vec![2, 4]));
    }

    #[test]
    fn pairs_are_those_of_the_triplets_that_the_rule_names() {
        let mut stream = Streams::new([7; 32]).stream("semi-hard");
        for (n, n_positives) in
            [(0, 0), (1, 1), (7, 0), (8, 8), (9, 3), (17, 8), (300, 40), (600, 2)]
        {
            for (margin, step) in [(0.2, 0.0), (0.01, 0.0), (1e-9, 0.0), (0.5, 0.25), (3.0, 0.125)]
            {
                let cosines: Vec<f64> = (0..n)
                    .map(|j| {
                        let s = 2.0 * stream.uniform() - 1.0;
                        let s = if step == 0.0 { s } else { (s / step).round() * step };
                        if j % 11 == 5 { f64::NAN } else { s }
                    })
                    .collect();
                // Every reference but each fifth one, which is the anchor's own or was left out before.
                let side = |is_near: bool| -> Vec<u32> {
                    let is_positive = |j: u32| j * 7 % n < n_positives;
                    (0..n).filter(|&j| j % 5 != 2 && is_positive(j) == is_near).collect()
                };
                let (positives, negatives) = (side(true), side(false));
                let semi_hard = SemiHard { margin: Positive::new(margin) };
                let kept = kept(&mut *miner(&semi_hard), &cosines, &positives, &negatives);
                let d = |j: u32| distance(cosines[j as usize]);
                let is_one = |p: u32, n: u32| 0.0 < d(n) - d(p) && d(n) - d(p) <= margin;
                let mut expected = Vec::new();
                for &p in &positives {
                    let of_one = negatives.iter().filter(|&&n| is_one(p, n));
                    expected.extend(of_one.map(|&n| (p as usize, n as usize)));
                }
                assert_eq!(kept.0.triplets(&kept.1), expected, "{n} {margin}");
                let in_one = |j: &u32| expected.iter().any(|t| [t.0, t.1].contains(&(*j as usize)));
                let [near, far] =
                    [positives, negatives].map(|side| side.into_iter().filter(in_one).collect());
                assert_eq!(sides(kept), (near, far), "{n} {margin}");
            }
        }
    }
}
