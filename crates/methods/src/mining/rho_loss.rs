//! Reducible holdout loss: the examples of a batch that the network can still learn are learnt from, not those that no
//! network learns.
//!
//! ```text
//! k   = max(1, ⌈keep n⌉), or min(count, n)
//! v_i = 1 if s_i is among the k largest scores (of equals, the earlier), else 0
//! L   = Σ_i v_i ℓ_i / Σ_i v_i m_i
//!
//! reducible      s_i = c_i - h_i
//! loss           s_i = c_i
//! irreducible    s_i = -h_i
//! gradient_norm  s_i = ‖∂ℓ_i / ∂z_i‖₂
//! entropy        s_i = -Σ_k p_ik ln p_ik
//! ```
//!
//! - `ℓ`: losses that are learnt by, `[n_examples]`; `m`: what each adds to the divisor, 1 under a plain mean; `z`: logits;
//!   `c`: plain losses of the logits as they are read; `p`: their probabilities, `[n_examples, n_classes]`
//! - `h`: holdout losses, the plain losses of the rows under networks that have not learnt from them; `folds`, 5 (ours)
//! - `score`: `reducible` (Mindermann and others), or one of its rivals: `loss` is `ohem` with `score` = `cross_entropy`;
//!   `gradient_norm` is what the slope of the last layer's inputs and weights is bounded by
//! - `keep`: share of the batch, 0.25 (that of `ohem` and `random`, so that they keep the same number; the source keeps 32 of
//!   320), or `keep.count`, a number of examples
//!
//! What is noise is hard for both networks, and what is easy for neither: both have little to reduce.
//!
//! Source: Mindermann, Brauner, Razzak, Sharma, Kirsch, Xu, Höltgen, Gomez, Morisot, Farquhar, Gal, *Prioritized Training on
//! Points that are Learnable, Worth Learning, and not yet Learnt*, ICML 2022; gradient_norm: Katharopoulos, Fleuret, *Not All
//! Samples Are Created Equal: Deep Learning with Importance Sampling*, ICML 2018.
//! Differs: the source learns the holdout network from data of their own; here all data are training rows, and each row is
//! scored by a network that has learnt, as long as the trial's own, from the rows of the other folds. It may stop that network
//! where its loss is least; here the last epoch counts.
//! Differs: the source draws a large batch and learns from a tenth of it; here the batch is that of the training, and an epoch
//! has as many steps as any other.
//! Differs: the source keeps a row by its importance without weighing it; so does this, also by `gradient_norm`.
//! Trap: holdout losses of few rows are those of small networks of fewer rows still: a rare class is irreducible there.
//! Trap: of a blended example (`mixing`) plain loss and holdout loss are those of its own class, and of its own row.
//! Trap: a score that is not a number ranks last.

use nn::{Matrix, Real};
use serde::{Deserialize, Serialize};

use crate::losses::{Batch, PerExample, Plain, Readout};
use crate::mining::definition::{Definition, Mined, Scores};
use crate::mining::folds::Folds;
use crate::mining::hardness::hardest_first;
use crate::mining::kept::Kept;
use crate::mining::{Mining, Selection};

/// Parameters of mining by reducible holdout loss.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RhoLoss {
    /// Share of the batch that is kept, above 0 and at most 1, or `{ count = 32 }`, so many examples.
    pub keep: Kept,
    /// What examples are ranked by; default `reducible`.
    pub score: RhoScore,
    /// Networks that give holdout losses, and shares of the rows that they leave out, at least 2; default 5.
    pub folds: Folds,
}

impl Default for RhoLoss {
    fn default() -> Self {
        RhoLoss { keep: Kept::share(0.25), score: RhoScore::Reducible, folds: Folds::default() }
    }
}

/// What examples are ranked by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RhoScore {
    /// Plain loss without holdout loss.
    Reducible,
    /// Plain loss.
    Loss,
    /// Length of the slopes at the logits.
    GradientNorm,
    /// Entropy of the probabilities.
    Entropy,
    /// The holdout loss, the least first.
    Irreducible,
}

impl<T: Real> Definition<T> for RhoLoss {
    fn code(&self) -> &'static str {
        include_str!("rho_loss.rs")
    }

    fn version(&self) -> u32 {
        1
    }

    fn count(&self) -> Option<u32> {
        self.keep.count()
    }

    fn scores(&self) -> Option<Scores> {
        let holds_out = matches!(self.score, RhoScore::Reducible | RhoScore::Irreducible);
        holds_out.then_some(Scores::CrossFitted { folds: self.folds.get() })
    }

    fn build(&self, mined: &Mined<'_>) -> Box<dyn Mining<T>> {
        Box::new(Ranked {
            keep: self.keep,
            score: self.score,
            holdout: mined.scores.unwrap_or_default().to_vec(),
            readout: mined.readout.clone(),
            n_classes: mined.setting.counts.n_classes(),
            plain: Plain::new(mined.readout),
            scored: PerExample::default(),
            probabilities: Vec::new(),
            scores: Vec::new(),
            order: Vec::new(),
        })
    }
}

/// Mining by reducible holdout loss, or by a rival of it, with its workspace.
struct Ranked<T> {
    keep: Kept,
    score: RhoScore,
    /// Of each training row, `[n_train]`.
    holdout: Vec<f32>,
    readout: Readout,
    n_classes: usize,
    plain: Plain<T>,
    scored: PerExample<T>,
    probabilities: Vec<f64>,
    /// Of each example, `[n_examples]`.
    scores: Vec<f64>,
    /// Positions in the batch, the kept ones in front.
    order: Vec<u32>,
}

impl<T: Real> Ranked<T> {
    fn rank(&mut self, batch: &Batch<'_, T>, evaluated: &PerExample<T>) {
        let Ranked { holdout, plain, scored, scores, .. } = self;
        let held_out = |i: usize| {
            let row = batch.rows.get(i).map(|&row| row as usize);
            row.and_then(|row| holdout.get(row)).map_or(0.0, |&loss| f64::from(loss))
        };
        let n = batch.targets.len();
        scores.clear();
        match self.score {
            RhoScore::Reducible | RhoScore::Loss => {
                plain.score(batch.logits, batch.targets, scored);
                let losses = scored.losses.iter().map(|loss| loss.to_f64());
                let of_rows = losses.enumerate().map(|(i, loss)| loss - held_out(i));
                scores.extend(of_rows);
            }
            RhoScore::Irreducible => scores.extend((0..n).map(|i| -held_out(i))),
            RhoScore::GradientNorm => {
                let slopes = evaluated.gradient.rows();
                let squared = |slope: &T| slope.to_f64() * slope.to_f64();
                scores.extend(slopes.map(|row| row.iter().map(squared).sum::<f64>().sqrt()));
            }
            RhoScore::Entropy => self.entropies(batch.logits),
        }
    }

    fn entropies(&mut self, logits: &Matrix<T>) {
        let Ranked { readout, probabilities, n_classes, scores, .. } = self;
        probabilities.clear();
        readout.probabilities(logits, *n_classes, probabilities);
        let term = |&p: &f64| if p == 0.0 { 0.0 } else { -p * libm::log(p) };
        scores.extend(probabilities.chunks(*n_classes).map(|p| p.iter().map(term).sum::<f64>()));
    }
}

impl<T: Real> Mining<T> for Ranked<T> {
    fn select(
        &mut self,
        batch: &Batch<'_, T>,
        evaluated: &PerExample<T>,
        selection: &mut Selection<T>,
    ) {
        self.rank(batch, evaluated);
        let Ranked { keep, scores, order, .. } = self;
        let n_kept = keep.of(scores.len());
        order.clear();
        order.extend(0..scores.len() as u32);
        hardest_first(order, n_kept, scores);
        selection.keep(&order[..n_kept], &evaluated.mass);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;
    use crate::mining::testing::of_rows;
    use crate::mining::{Ohem, OhemScore};

    /// What is kept of a batch of rows 0, 1, 2, ... with these logits, learnt by a loss of `losses`.
    fn kept(spec: &impl Definition<f64>, logits: &[[f64; 2]], holdout: &[f32]) -> Vec<u32> {
        let (logits, n) = (Matrix::from_rows(logits), logits.len());
        let rows: Vec<u32> = (0..n as u32).collect();
        let targets = vec![0; n];
        let gradient = Matrix::from_values(2, logits.values().iter().map(|z| 2.0 * z).collect());
        let evaluated = PerExample::new(vec![7.0; n], gradient, vec![1.0; n]);
        let mut miner = of_rows(&targets, 2, Some(holdout), |mined| spec.build(mined));
        let mut selection = Selection::default();
        let batch = Batch { rows: &rows, ..Batch::new(&logits, &targets) };
        miner.select(&batch, &evaluated, &mut selection);
        rows.into_iter().filter(|&i| selection.weights[i as usize] == 1.0).collect()
    }

    fn read(parameters: Value) -> RhoLoss {
        serde_json::from_value(parameters).unwrap()
    }

    fn half(score: &str) -> RhoLoss {
        read(json!({ "score": score, "keep": 0.5 }))
    }

    /// Plain losses: about 3.05, 1.31, 2.13, 0.05.
    const LOGITS: [[f64; 2]; 4] = [[0.0, 3.0], [0.0, 1.0], [0.0, 2.0], [3.0, 0.0]];

    #[test]
    fn what_no_network_learns_is_not_learnt_from() {
        let holdout = [3.0, 0.2, 0.5, 1.0];
        assert_eq!(kept(&half("reducible"), &LOGITS, &holdout), [1, 2]);
        assert_eq!(kept(&half("irreducible"), &LOGITS, &holdout), [1, 2]);
        assert_eq!(kept(&half("irreducible"), &LOGITS, &[0.1, 0.2, 0.5, 0.15]), [0, 3]);
        assert_eq!(kept(&half("reducible"), &LOGITS, &[f32::NAN, 0.2, 0.5, f32::NAN]), [1, 2]);
    }

    #[test]
    fn the_rivals_rank_by_what_they_are_named_after() {
        assert_eq!(kept(&half("loss"), &LOGITS, &[]), [0, 2]);
        // Slopes are twice the logits here.
        assert_eq!(kept(&half("gradient_norm"), &LOGITS, &[]), [0, 3]);
        assert_eq!(kept(&half("entropy"), &LOGITS, &[]), [1, 2]);
    }

    #[test]
    fn holdout_losses_are_asked_for_where_they_are_read() {
        let asks = |score: &str| Definition::<f64>::scores(&half(score));
        assert_eq!(asks("reducible"), Some(Scores::CrossFitted { folds: 5 }));
        assert_eq!(asks("irreducible"), Some(Scores::CrossFitted { folds: 5 }));
        assert_eq!(["loss", "gradient_norm", "entropy"].map(asks), [None; 3]);
    }

    proptest! {
        #[test]
        fn equal_holdout_losses_and_no_holdout_loss_are_ohem_by_the_plain_loss(
            logits in prop::collection::vec(prop::array::uniform2(-4.0..4.0), 1..30), keep in 0.01..1.0
        ) {
            let ohem: Ohem = serde_json::from_value(json!({ "keep": keep })).unwrap();
            let ohem = Ohem { score: OhemScore::CrossEntropy, ..ohem };
            let expected = kept(&ohem, &logits, &[]);
            let holdout = vec![0.0; logits.len()];
            for score in ["loss", "reducible"] {
                let rho = read(json!({ "score": score, "keep": keep }));
                prop_assert_eq!(&kept(&rho, &logits, &holdout), &expected);
            }
        }
    }
}
