//! Label smoothing: another loss, of which every class has a small share as the label.
//!
//! ```text
//! L        = (1 - ε) ℓ(z, y) + ε / K Σ_k ℓ(z, k)
//! dL/dz    = (1 - ε) ∇ℓ(z, y) + ε / K Σ_k ∇ℓ(z, k)          cross-entropy: p - t
//! t        = (1 - ε) e_y + ε / K
//! ```
//!
//! - `ℓ`: the loss (`loss`: `cross_entropy`), one that needs nothing but logits and label: the label is
//!   smoothed in its place. In `weighted_cross_entropy` and `deferred_reweighting` every term has the weight of
//!   its own class, and a weighted mean still divides by the weights of the true classes, as PyTorch does
//! - refused, because under another label they would be another batch's: `ghm_c`, `ghm_softmax` (the histogram is
//!   of the true labels), `seesaw`, `equalization_v2` (what was seen is), `softmax_equalization` (it draws for the
//!   true label), `influence_balanced` (its weight is the distance to the true label), `super_loss` with `moving`
//!   (its mean is of the true labels), and losses of whole batches
//! - `ε` (`epsilon`): 0.1, the paper's
//! - the batch's loss is the mean over examples, or what that of `loss` is
//!
//! Source: Szegedy, Vanhoucke, Ioffe, Shlens, Wojna, *Rethinking the Inception Architecture for Computer
//! Vision*, CVPR 2016; for other losses than cross-entropy ours.
//! Trap: some code spreads `ε` over the other `K - 1` classes only, which is another `ε`.

use nn::Real;
use nn::range::UnitInterval;
use serde::{Deserialize, Serialize};

use crate::losses::definition::{Built, Definition};
use crate::losses::smoothing::Smoothed;
use crate::losses::{CrossEntropy, LossSpec, Traits};
use crate::setting::Setting;
use crate::{MethodError, named};

/// Parameters of label smoothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LabelSmoothing {
    /// The loss whose label is smoothed.
    #[serde(deserialize_with = "named::deserialize")]
    pub loss: Box<LossSpec>,
    /// Share `ε` of the label that all classes have together.
    pub epsilon: UnitInterval,
}

impl Default for LabelSmoothing {
    fn default() -> Self {
        LabelSmoothing {
            loss: Box::new(LossSpec::CrossEntropy(CrossEntropy {})),
            epsilon: UnitInterval::new(0.1),
        }
    }
}

impl Definition for LabelSmoothing {
    const CODE: &'static str = include_str!("label_smoothing.rs");

    fn traits(&self) -> Traits {
        self.loss.traits()
    }

    fn build<T: Real>(&self, setting: &Setting<'_>) -> Built<T> {
        if let Some((loss, because)) = self.loss.more_than_its_label() {
            let wrapper = "label_smoothing";
            return Err(MethodError::NoLabelFunction { wrapper, loss, because });
        }
        let shares = vec![self.epsilon.get(); setting.counts.n_classes()];
        Ok(Box::new(Smoothed::new(&self.loss, &shares, setting)?))
    }

    fn wrapped(&self) -> Option<&LossSpec> {
        Some(&self.loss)
    }

    fn moves_the_balance(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use crate::losses::LossSpec;
    use crate::losses::per_example::testing::{TARGETS, evaluate, logits};
    use crate::setting::{ClassCounts, Setting};
    use nn::Streams;

    #[test]
    fn every_term_of_a_weighted_loss_has_the_weight_of_its_class() {
        let (weights, epsilon) = ([1.0, 2.0, 4.0], 0.3);
        let given = "scheme.given.weights = [1.0, 2.0, 4.0]";
        let smooth = format!(
            "label_smoothing = {{ epsilon = {epsilon}, loss.weighted_cross_entropy.{given} }}"
        );
        let out = evaluate(&smooth, &logits(), &TARGETS);
        for (i, &y) in TARGETS.iter().enumerate() {
            let z = logits().row(i).to_vec();
            let all: f64 = z.iter().map(|&z| libm::exp(z)).sum();
            let share = |k: usize| {
                let kept = if k == y as usize { 1.0 - epsilon } else { 0.0 };
                weights[k] * (kept + epsilon / 3.0)
            };
            let loss: f64 = (0..3).map(|k| share(k) * (libm::log(all) - z[k])).sum();
            let total: f64 = (0..3).map(share).sum();
            // The sums are in another order.
            assert!((out.losses[i] - loss).abs() < 1e-13, "{i}");
            for (k, &z_k) in z.iter().enumerate() {
                let slope = total * libm::exp(z_k) / all - share(k);
                assert!((out.gradient.row(i)[k] - slope).abs() < 1e-13, "{i} {k}");
            }
            assert_eq!(out.mass[i], weights[y as usize]);
        }
    }

    #[test]
    fn what_is_more_than_a_function_of_the_label_is_refused_with_the_reason() {
        let counts = ClassCounts::new(vec![40, 10]);
        let setting = Setting { counts: &counts, streams: &Streams::new([8; 32]) };
        for (loss, reason) in [
            ("'ghm_c'", "`ghm_c` weighs an example by the histogram"),
            ("'seesaw'", "`seesaw` remembers"),
            ("'softmax_equalization'", "draws"),
            ("'influence_balanced'", "the distance to its true label"),
            ("{ super_loss.moving = 0.1 }", "running mean"),
            ("{ super_loss.loss = 'seesaw' }", "`seesaw` remembers"),
            ("{ deferred_reweighting.loss = 'ghm_softmax' }", "`ghm_softmax` weighs"),
            ("'dice'", "whole batches"),
        ] {
            let spec: LossSpec = toml::from_str(&format!("label_smoothing.loss = {loss}")).unwrap();
            let Err(error) = spec.build::<f64>(&setting) else { panic!("{loss} is accepted") };
            assert!(error.to_string().contains(reason), "{loss}: {error}");
        }
        for loss in
            ["'weighted_cross_entropy'", "'deferred_reweighting'", "'focal'", "'super_loss'"]
        {
            let spec: LossSpec = toml::from_str(&format!("label_smoothing.loss = {loss}")).unwrap();
            assert!(spec.build::<f64>(&setting).is_ok() && spec.is_pointwise(), "{loss}");
        }
    }
}
