//! Average-precision loss: the area under the precision-recall curve, through running estimates for every
//! positive example.
//!
//! ```text
//! ℓ_ij     = max(0, m - (h_i - h_j))²    i a positive of the batch, j any example of it
//! u_i      ← (1 - γ) u_i + γ mean_j ℓ_ij            v_i ← (1 - γ) v_i + γ mean_j [y_j = 1] ℓ_ij
//! L        = mean_ij w_ij ℓ_ij           w_ij = (v_i - u_i [y_j = 1]) / u_i², held constant; 0 where u_i = 0
//! dL/dh_i  = -2 Σ_j w_ij max(0, m - (h_i - h_j)) / n_pairs,   dL/dh_j the opposite
//! ```
//!
//! - `h = σ(z)`, the probability of class 1; two classes only
//! - `m` (`margin`): 1; `γ` (`gamma`): 0.9, the share of the new estimate; `u` and `v` start at 0, one of each
//!   for every positive of the training part
//! - a loss of whole batches: it has no single examples to mine or to weigh
//! - `L` is no estimate of a precision: only its gradient is that of one
//!
//! Source: Qi, Luo, Xu, Ji, Yang, *Stochastic Optimization of Areas Under Precision-Recall Curves with
//! Provable Convergence*, NeurIPS 2021 (SOAP).
//! Trap: a batch without positives has no loss; the authors sample so that there is always one.

use nn::range::{Fraction, Positive};
use nn::{Matrix, Real};
use serde::{Deserialize, Serialize};

use crate::losses::auc_margin::check_two;
use crate::losses::definition::{Built, Definition, Level};
use crate::losses::{Batch, Loss, PerExample, Traits};
use crate::setting::Setting;

/// Parameters of the average-precision loss.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AveragePrecisionLoss {
    /// By how much a positive should be above any other example, `m`.
    pub margin: Positive,
    /// Share `γ` of a new estimate.
    pub gamma: Fraction,
}

impl Default for AveragePrecisionLoss {
    fn default() -> Self {
        AveragePrecisionLoss { margin: Positive::new(1.0), gamma: Fraction::new(0.9) }
    }
}

impl Definition for AveragePrecisionLoss {
    const CODE: &'static str = include_str!("average_precision.rs");

    fn traits(&self) -> Traits {
        Traits { level: Level::Batch, two_classes: true, ..Traits::sigmoid(2) }
    }

    fn build<T: Real>(&self, setting: &Setting<'_>) -> Built<T> {
        check_two("average_precision", setting.counts)?;
        Ok(Box::new(RunningPrecision {
            margin: self.margin.get(),
            gamma: self.gamma.get(),
            estimates: Vec::new(),
        }))
    }
}

struct RunningPrecision {
    margin: f64,
    gamma: f64,
    /// `v` and `u - v` of each row of the training part.
    estimates: Vec<[f64; 2]>,
}

impl RunningPrecision {
    /// Moves the estimates of `row` and returns them.
    fn update(&mut self, row: usize, means: [f64; 2]) -> [f64; 2] {
        if self.estimates.len() <= row {
            self.estimates.resize(row + 1, [0.0; 2]);
        }
        let estimates = &mut self.estimates[row];
        for (estimate, mean) in estimates.iter_mut().zip(means) {
            *estimate = (1.0 - self.gamma) * *estimate + self.gamma * mean;
        }
        *estimates
    }
}

impl<T: Real> Loss<T> for RunningPrecision {
    /// Without rows, examples are remembered by their place in the batch.
    fn evaluate(&mut self, batch: &Batch<'_, T>, out: &mut PerExample<T>) {
        let z: Vec<f64> = batch.logits.values().iter().map(|z| z.to_f64()).collect();
        let n = z.len();
        let positives: Vec<usize> = (0..n).filter(|&i| batch.targets[i] == 1).collect();
        let n_pairs = (positives.len() * n).max(1) as f64;
        let mut slopes = vec![0.0; n];
        let mut loss = 0.0;
        for &i in &positives {
            // m - (h_i - h_j), of which nothing is left once i is right and m is 1.
            let missing =
                |j: usize| (self.margin - 1.0 + ((-z[i]).sigmoid() + z[j].sigmoid())).max(0.0);
            let missing: Vec<f64> = (0..n).map(missing).collect();
            let mean_over = |class: bool| {
                let of_class =
                    missing.iter().zip(batch.targets).filter(|(_, y)| (**y == 1) == class);
                of_class.map(|(missing, _)| missing * missing).sum::<f64>() / n as f64
            };
            let row = batch.rows.get(i).map_or(i, |&row| row as usize);
            let [v, above] = self.update(row, [mean_over(true), mean_over(false)]);
            let u = v + above;
            if u == 0.0 {
                continue;
            }
            for (j, missing) in missing.into_iter().enumerate() {
                let weight = if batch.targets[j] == 1 { -above } else { v } / (u * u);
                loss += weight * missing * missing / n_pairs;
                let slope = 2.0 * weight * missing / n_pairs;
                slopes[i] -= slope;
                slopes[j] += slope;
            }
        }
        let at_logits =
            slopes.iter().zip(&z).map(|(slope, z)| T::of(slope * (z.sigmoid() * (-z).sigmoid())));
        out.gradient = Matrix::from_values(1, at_logits.collect());
        out.fill_batch(T::of(loss));
    }
}
