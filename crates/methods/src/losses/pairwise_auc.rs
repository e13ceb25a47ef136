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
//! dL/dz    = σ(z) σ(-z) dL/dh
//! ```
//!
//! - `z`: the logit of class 1; two classes only
//! - `scores`: `probability`, as above and in the paper; `logit` takes `h = z`, whose squares can outrun a
//!   learning rate that suits other losses
//! - `surrogate`: `squared_hinge`; `margin` (`m`): 1; `slope` (`s`): 2, of the barrier and the logistic form
//! - the first term of the barrier counts only where `s` is above 1
//! - all but the logistic form take `O(n log n)` for a batch of `n`, over sorted scores; that one has no such
//!   sum and takes every pair. In `u = m - t` they are sums of `max(0, u - knee)` and `max(0, knee - u)`, which
//!   only ever add up: nothing cancels, wherever the scores lie
//! - of probabilities `u = (m - 1) + σ(-z_i) + σ(z_j)`: nothing is lost of a pair that is nearly right
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
use crate::losses::{Batch, Loss, PerExample, Traits};
use crate::setting::Setting;

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
    const CODE: &'static str = include_str!("pairwise_auc.rs");

    fn traits(&self) -> Traits {
        Traits { level: Level::Batch, two_classes: true, ..Traits::sigmoid(2) }
    }

    fn build<T: Real>(&self, setting: &Setting<'_>) -> Built<T> {
        check_two("pairwise_auc", setting.counts)?;
        Ok(Box::new(self.clone()))
    }
}

/// `weight max(0, side (u - knee))^power` of how much a pair misses, `u = m - t`.
struct Ramp {
    /// 1 above the knee, -1 below.
    side: f64,
    knee: f64,
    weight: f64,
    /// The power is 2, not 1.
    squared: bool,
}

impl PairwiseAuc {
    /// `ψ` as a sum; `None` for the logistic form.
    fn ramps(&self) -> Option<Vec<Ramp>> {
        let (m, s) = (self.margin.get(), self.slope.get());
        let above = Ramp { side: 1.0, knee: 0.0, weight: 1.0, squared: false };
        let below = Ramp { side: -1.0, weight: s, ..above };
        Some(match self.surrogate {
            AucSurrogate::Squared => {
                vec![Ramp { squared: true, ..above }, Ramp { side: -1.0, squared: true, ..above }]
            }
            AucSurrogate::SquaredHinge => vec![Ramp { squared: true, ..above }],
            AucSurrogate::Hinge => vec![above],
            AucSurrogate::BarrierHinge if 1.0 < s => {
                let knee = m * (2.0 * s - 1.0) / (s - 1.0);
                vec![Ramp { knee, weight: s - 1.0, ..above }, above, below]
            }
            // A barrier that is no steeper than the hinge never comes to bear on its left.
            AucSurrogate::BarrierHinge => vec![above, below],
            AucSurrogate::Logistic => return None,
        })
    }

    /// The loss of scores, `[n_examples]`, and its gradient.
    pub fn of_scores(&self, scores: &[f64], targets: &[u32], slopes: &mut Vec<f64>) -> f64 {
        let missed = scores.iter().zip(targets).map(|(&h, &y)| if y == 1 { -h } else { h });
        self.of_sides(self.margin.get(), &missed.collect::<Vec<_>>(), targets, slopes)
    }

    /// The loss of pairs that miss `offset + missed_i + missed_j`, and its gradient at the scores: what a
    /// positive misses falls with its score, as much as what a negative misses rises.
    fn of_sides(&self, offset: f64, missed: &[f64], targets: &[u32], slopes: &mut Vec<f64>) -> f64 {
        slopes.clear();
        slopes.resize(missed.len(), 0.0);
        let of_class = |class: u32| (0..missed.len()).filter(move |&i| targets[i] == class);
        let (positives, negatives): (Vec<_>, Vec<_>) =
            (of_class(1).collect(), of_class(0).collect());
        let n_pairs = (positives.len() * negatives.len()) as f64;
        if n_pairs == 0.0 {
            return 0.0;
        }
        let total: f64 = match self.ramps() {
            Some(ramps) => {
                let of =
                    |ramp: &Ramp| ramp.of_pairs(offset, missed, [&positives, &negatives], slopes);
                ramps.iter().map(of).sum()
            }
            None => self.of_all_pairs(offset, missed, [&positives, &negatives], slopes),
        };
        slopes.iter_mut().for_each(|slope| *slope /= n_pairs);
        positives.iter().for_each(|&i| slopes[i] = -slopes[i]);
        total / n_pairs
    }

    /// The logistic form, summed over all pairs; its slopes are those at what is missed.
    fn of_all_pairs(
        &self,
        offset: f64,
        missed: &[f64],
        [positives, negatives]: [&[usize]; 2],
        slopes: &mut [f64],
    ) -> f64 {
        let (m, s) = (self.margin.get(), self.slope.get());
        let mut total = 0.0;
        for &i in positives {
            for &j in negatives {
                let t = s * ((m - offset) - (missed[i] + missed[j]));
                total += (-t).softplus();
                let slope = s * (-t).sigmoid();
                slopes[i] += slope;
                slopes[j] += slope;
            }
        }
        total
    }
}

impl Ramp {
    /// The sum over all pairs, and its slopes at what is missed.
    fn of_pairs(
        &self,
        offset: f64,
        missed: &[f64],
        [positives, negatives]: [&[usize]; 2],
        slopes: &mut [f64],
    ) -> f64 {
        let sorted = |side: &[usize]| -> Vec<(f64, usize)> {
            let mut sorted: Vec<_> = side.iter().map(|&i| (self.side * missed[i], i)).collect();
            sorted.sort_by(|(a, _), (b, _)| a.total_cmp(b));
            sorted
        };
        let (positives, negatives) = (sorted(positives), sorted(negatives));
        let offset = self.side * (offset - self.knee);
        let mut total = 0.0;
        for (own, others) in [(&positives, &negatives), (&negatives, &positives)] {
            total = 0.0;
            for ([n, sum, squares], &(_, i)) in excesses(offset, own, others).into_iter().zip(own) {
                total += self.weight * if self.squared { squares } else { sum };
                slopes[i] += self.side * self.weight * if self.squared { 2.0 * sum } else { n };
            }
        }
        total
    }
}

/// For every `x` how many `offset + x + y` are above 0, their sum, and the sum of their squares; one that is 0
/// counts half. Both sides ascend. From one `x` to the next, sums grow by the step and new terms join.
fn excesses(offset: f64, xs: &[(f64, usize)], ys: &[(f64, usize)]) -> Vec<[f64; 3]> {
    let [mut n, mut sum, mut squares] = [0.0; 3];
    let (mut left, mut before) = (ys.len(), xs.first().map_or(0.0, |x| x.0));
    let mut out = Vec::with_capacity(xs.len());
    for &(x, _) in xs {
        let excess = |y: f64| offset + (x + y);
        let step = x - before;
        before = x;
        squares += step * (2.0 * sum + n * step);
        sum += n * step;
        while left != 0 {
            let excess = excess(ys[left - 1].0);
            // What is not a number is counted, so that it shows.
            if excess <= 0.0 {
                break;
            }
            left -= 1;
            n += 1.0;
            sum += excess;
            squares += excess * excess;
        }
        let on_the_knee = left - ys[..left].partition_point(|&(y, _)| excess(y) < 0.0);
        out.push([n + 0.5 * on_the_knee as f64, sum, squares]);
    }
    out
}

impl<T: Real> Loss<T> for PairwiseAuc {
    fn evaluate(&mut self, batch: &Batch<'_, T>, out: &mut PerExample<T>) {
        let signs = batch.targets.iter().map(|&y| if y == 1 { -1.0 } else { 1.0 });
        let mut missed: Vec<f64> =
            batch.logits.values().iter().zip(signs).map(|(z, sign)| sign * z.to_f64()).collect();
        let mut offset = self.margin.get();
        let of_probabilities = self.scores == PairedScores::Probability;
        if of_probabilities {
            offset -= 1.0;
            missed.iter_mut().for_each(|h| *h = h.sigmoid());
        }
        let mut slopes = Vec::new();
        let loss = self.of_sides(offset, &missed, batch.targets, &mut slopes);
        if of_probabilities {
            for (slope, z) in slopes.iter_mut().zip(batch.logits.values()) {
                let z = z.to_f64();
                *slope *= z.sigmoid() * (-z).sigmoid();
            }
        }
        out.gradient = Matrix::from_values(1, slopes.into_iter().map(T::of).collect());
        out.fill_batch(T::of(loss));
    }
}
