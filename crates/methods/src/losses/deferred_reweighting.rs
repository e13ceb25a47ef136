//! Deferred re-weighting: another loss, to which class weights are added late, when the features are learnt.
//!
//! ```text
//! progress < start   L = Σ_i ℓ_i / B
//! afterwards         L = Σ_i w_{y_i} ℓ_i / Σ_i w_{y_i}
//! ```
//!
//! - `ℓ`: the losses of `loss` (`ldam`), which has to have a loss for each example
//! - `w`: weights of the classes by `scheme` (effective numbers at β = 0.9999)
//! - `start`: 0.8, the share of the epochs after which the weights count: 160 of 200 in the paper; no
//!   epoch before it is picked as the best
//!
//! Source: Cao, Wei, Gaidon, Arechiga, Ma, *Learning Imbalanced Datasets with Label-Distribution-Aware Margin
//! Loss*, NeurIPS 2019.
//! Differs: the authors cut the learning rate to a hundredth at the same epoch; here the schedule is the
//! experiment's.

use nn::Real;
use nn::range::{BelowOne, UnitInterval};
use serde::{Deserialize, Serialize};

use crate::losses::class_weights::{ClassWeights, EffectiveNumber};
use crate::losses::definition::{Built, Definition, reals};
use crate::losses::{Batch, Epoch, Ldam, Loss, LossSpec, PerExample, Reduction, Traits};
use crate::setting::Setting;
use crate::{MethodError, named};

/// Parameters of deferred re-weighting.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DeferredReweighting {
    /// The loss that is weighed.
    #[serde(deserialize_with = "named::deserialize")]
    pub loss: Box<LossSpec>,
    /// How the classes' weights follow from their counts.
    #[serde(deserialize_with = "named::deserialize")]
    pub scheme: ClassWeights,
    /// Share of the epochs before the weights count.
    pub start: UnitInterval,
}

impl Default for DeferredReweighting {
    fn default() -> Self {
        let beta = BelowOne::new(0.9999);
        DeferredReweighting {
            loss: Box::new(LossSpec::Ldam(Ldam::default())),
            scheme: ClassWeights::EffectiveNumber(EffectiveNumber { beta }),
            start: UnitInterval::new(0.8),
        }
    }
}

impl Definition for DeferredReweighting {
    const CODE: &'static str = include_str!("deferred_reweighting.rs");

    fn traits(&self) -> Traits {
        let inner = self.loss.traits();
        Traits {
            // Its own first change of numbers, and all of those of what it wraps.
            version: inner.version + 1,
            reads_counts: !self.scheme.are_given() || inner.reads_counts,
            reduction: match inner.reduction {
                Reduction::Objects => Reduction::Objects,
                _ => Reduction::WeightedMean,
            },
            acts_from: self.start.get().max(inner.acts_from),
            ..inner
        }
    }

    fn build<T: Real>(&self, setting: &Setting<'_>) -> Built<T> {
        let loss = self.loss.name();
        if self.loss.is_batch_level() {
            return Err(MethodError::NoExampleLoss { wrapper: "deferred_reweighting", loss });
        }
        Ok(Box::new(Deferred {
            loss: self.loss.build(setting)?,
            weights: reals(self.scheme.weights(setting.counts)?),
            start: self.start.get(),
            weighs: false,
        }))
    }

    fn wrapped(&self) -> Option<&LossSpec> {
        Some(&self.loss)
    }

    fn has_given_weights(&self) -> bool {
        self.scheme.are_given()
    }

    /// Whatever it wraps: LDAM too, which by itself corrects nothing.
    fn moves_the_balance(&self) -> bool {
        true
    }
}

struct Deferred<T> {
    loss: Box<dyn Loss<T>>,
    /// `[n_classes]`.
    weights: Vec<T>,
    start: f64,
    weighs: bool,
}

impl<T: Real> Loss<T> for Deferred<T> {
    fn begin_epoch(&mut self, epoch: &Epoch<'_>) {
        self.weighs = self.start <= epoch.progress;
        self.loss.begin_epoch(epoch);
    }

    fn evaluate(&mut self, batch: &Batch<'_, T>, out: &mut PerExample<T>) {
        self.loss.evaluate(batch, out);
        if self.weighs {
            out.weigh_classes(batch.targets, &self.weights);
            let masses = out.mass.iter_mut().zip(batch.targets);
            masses.for_each(|(mass, &y)| *mass *= self.weights[y as usize]);
        }
    }
}
