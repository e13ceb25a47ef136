//! Pairwise AUC loss: the share of pairs of a positive and a negative in the wrong order, with the step
//! replaced by a function that has a slope.
//!
//! ```text
//! L        = mean over positives i and negatives j of ψ(h_i - h_j)          h = σ(z)
//! squared        ψ(t) = (m - t)²
//! squared_hinge  ψ(t) = max(0, m - t)²
//! hinge          ψ(t) = max(0, m - t)
//! barrier_hinge  ψ(t) = max(-s (m + t) + m, s (t - m), m - t)
//! logistic       ψ(t) = ln(1 + e^{-s t})
//! dL/dh_i  = Σ_j ψ'(h_i - h_j) / n_pairs,   dL/dh_j = -Σ_i ψ'(h_i - h_j) / n_pairs
//! dL/dz    = h (1 - h) dL/dh
//! ```
//!
//! - `z`: the logit of class 1; two classes only
//! - `scores`: `probability`, as above and in the paper; `logit` takes `h = z`, whose squares can outrun a
//!   learning rate that suits other losses
//! - `surrogate`: `squared_hinge`; `margin` (`m`): 1; `slope` (`s`): 2, of the barrier and the logistic form
//! - all but the logistic form take `O(n log n)` for a batch of `n`, over sorted scores; that one has no such
//!   sum and takes every pair
//! - a batch of one class has no pair and no loss
//! - a loss of whole batches: it has no single examples to mine or to weigh
//!
//! Source: Yan, Dodier, Mozer, Wolniewicz, *Optimizing Classifier Performance via an Approximation to the
//! Wilcoxon-Mann-Whitney Statistic*, ICML 2003; the surrogates are those of LibAUC.
//! Trap: only the order of the probabilities was learnt: a threshold of a half means nothing.

use nn::range::Positive;
use nn::{Matrix, Real};
use serde::{Deserialize, Serialize};

use crate::losses::auc_margin::check_two;
use crate::losses::definition::{Built, Definition, Level};
use crate::losses::{Batch, Loss, PerExample, Setting, Traits};

/// Parameters of the pairwise AUC loss.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PairwiseAuc {
    /// What is compared.
    pub scores: PairedScores,
    /// What stands for the step.
    pub surrogate: AucSurrogate,
    /// By how much a positive should be above a negative, `m`.
    pub margin: Positive,
    /// Steepness `s` of the barrier and the logistic form.
    pub slope: Positive,
}

/// What the pairs of an AUC loss compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PairedScores {
    /// `σ(z)`.
    Probability,
    /// `z`.
    Logit,
}

/// What stands for the step "the negative is above the positive".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AucSurrogate {
    /// `(m - t)²`.
    Squared,
    /// `max(0, m - t)²`.
    SquaredHinge,
    /// `max(0, m - t)`.
    Hinge,
    /// `max(-s (m + t) + m, s (t - m), m - t)`.
    BarrierHinge,
    /// `ln(1 + e^{-s t})`.
    Logistic,
}

impl Default for PairwiseAuc {
    fn default() -> Self {
        PairwiseAuc {
            scores: PairedScores::Probability,
            surrogate: AucSurrogate::SquaredHinge,
            margin: Positive::new(1.0),
            slope: Positive::new(2.0),
        }
    }
}

impl Definition for PairwiseAuc {
    fn traits(&self) -> Traits {
        Traits { level: Level::Batch, two_classes: true, ..Traits::sigmoid(1) }
    }

    fn build<T: Real>(&self, setting: &Setting<'_>) -> Built<T> {
        check_two("pairwise_auc", setting.counts)?;
        Ok(Box::new(self.clone()))
    }
}

/// A quadratic `c0 + c1 t + c2 t²` from one end to the other.
struct Piece {
    from: f64,
    to: f64,
    coefficients: [f64; 3],
}

impl PairwiseAuc {
    /// `ψ`, piece by piece; `None` for the logistic form.
    fn pieces(&self) -> Option<Vec<Piece>> {
        let (m, s) = (self.margin.get(), self.slope.get());
        let (low, high) = (f64::NEG_INFINITY, f64::INFINITY);
        let piece = |from, to, coefficients| Piece { from, to, coefficients };
        Some(match self.surrogate {
            AucSurrogate::Squared => vec![piece(low, high, [m * m, -2.0 * m, 1.0])],
            AucSurrogate::SquaredHinge => vec![piece(low, m, [m * m, -2.0 * m, 1.0])],
            AucSurrogate::Hinge => vec![piece(low, m, [m, -1.0, 0.0])],
            AucSurrogate::BarrierHinge if 1.0 < s => {
                let knee = -s * m / (s - 1.0);
                vec![
                    piece(low, knee, [m - s * m, -s, 0.0]),
                    piece(knee, m, [m, -1.0, 0.0]),
                    piece(m, high, [-s * m, s, 0.0]),
                ]
            }
            // A barrier that is no steeper than the hinge never comes to bear on its left.
            AucSurrogate::BarrierHinge => {
                vec![piece(low, m, [m, -1.0, 0.0]), piece(m, high, [-s * m, s, 0.0])]
            }
            AucSurrogate::Logistic => return None,
        })
    }

    /// The loss of scores, `[n_examples]`, and its gradient.
    pub fn of_scores(&self, scores: &[f64], targets: &[u32], slopes: &mut Vec<f64>) -> f64 {
        slopes.clear();
        slopes.resize(scores.len(), 0.0);
        let side = |class: u32| Sorted::new(scores, targets, class);
        let (positives, negatives) = (side(1), side(0));
        let n_pairs = (positives.order.len() * negatives.order.len()) as f64;
        if n_pairs == 0.0 {
            return 0.0;
        }
        let total = match self.pieces() {
            Some(pieces) => of_pieces(&pieces, &positives, &negatives, slopes),
            None => self.of_all_pairs(&positives, &negatives, slopes),
        };
        slopes.iter_mut().for_each(|slope| *slope /= n_pairs);
        total / n_pairs
    }

    /// The logistic form, summed over all pairs.
    fn of_all_pairs(&self, positives: &Sorted, negatives: &Sorted, slopes: &mut [f64]) -> f64 {
        let s = self.slope.get();
        let mut total = 0.0;
        for (&i, &h) in positives.order.iter().zip(&positives.scores) {
            for (&j, &other) in negatives.order.iter().zip(&negatives.scores) {
                let t = s * (h - other);
                total += (-t).softplus();
                let slope = -s * (-t).sigmoid();
                slopes[i] += slope;
                slopes[j] -= slope;
            }
        }
        total
    }
}

/// The sum over all pairs, from sums over the sorted scores.
fn of_pieces(pieces: &[Piece], positives: &Sorted, negatives: &Sorted, slopes: &mut [f64]) -> f64 {
    let mut total = 0.0;
    for &Piece { from, to, coefficients: [c0, c1, c2] } in pieces {
        for (&i, &h) in positives.order.iter().zip(&positives.scores) {
            // Negatives with from <= h - s <= to.
            let [n, sum, squares] = negatives.between(h - to, h - from);
            total += c0 * n + c1 * (h * n - sum) + c2 * (h * h * n - 2.0 * h * sum + squares);
            slopes[i] += c1 * n + 2.0 * c2 * (h * n - sum);
        }
        for (&j, &s) in negatives.order.iter().zip(&negatives.scores) {
            let [n, sum, _] = positives.between(s + from, s + to);
            slopes[j] -= c1 * n + 2.0 * c2 * (sum - s * n);
        }
    }
    total
}

/// The scores of one class in ascending order, and sums over their beginnings.
struct Sorted {
    /// Which example.
    order: Vec<usize>,
    scores: Vec<f64>,
    /// Number, sum and sum of squares of the first scores.
    sums: Vec<[f64; 3]>,
}

impl Sorted {
    fn new(all: &[f64], targets: &[u32], class: u32) -> Self {
        let mut order: Vec<usize> = (0..all.len()).filter(|&i| targets[i] == class).collect();
        order.sort_by(|&i, &j| all[i].total_cmp(&all[j]));
        let scores: Vec<f64> = order.iter().map(|&i| all[i]).collect();
        let mut sums = vec![[0.0; 3]];
        for (n, &s) in scores.iter().enumerate() {
            let [_, sum, squares] = sums[n];
            sums.push([(n + 1) as f64, sum + s, squares + s * s]);
        }
        Sorted { order, scores, sums }
    }

    /// Number, sum and sum of squares of the scores between two bounds; a score on a bound counts half, as
    /// both pieces of a function meet there.
    fn between(&self, low: f64, high: f64) -> [f64; 3] {
        let half = |bound: f64| {
            let below = self.sums[self.scores.partition_point(|&s| s < bound)];
            let up_to = self.sums[self.scores.partition_point(|&s| s <= bound)];
            [0, 1, 2].map(|c| f64::midpoint(below[c], up_to[c]))
        };
        let (first, last) = (half(low), half(high));
        [0, 1, 2].map(|c| last[c] - first[c])
    }
}

impl<T: Real> Loss<T> for PairwiseAuc {
    fn evaluate(&mut self, batch: &Batch<'_, T>, out: &mut PerExample<T>) {
        let mut scores: Vec<f64> = batch.logits.values().iter().map(|z| z.to_f64()).collect();
        if self.scores == PairedScores::Probability {
            scores.iter_mut().for_each(|h| *h = h.sigmoid());
        }
        let mut slopes = Vec::new();
        let loss = self.of_scores(&scores, batch.targets, &mut slopes);
        if self.scores == PairedScores::Probability {
            slopes.iter_mut().zip(&scores).for_each(|(slope, h)| *slope *= h * (1.0 - h));
        }
        out.gradient = Matrix::from_values(1, slopes.into_iter().map(T::of).collect());
        out.fill_batch(T::of(loss));
    }
}
