//! Weighted cross-entropy: cross-entropy in which an example counts as much as its class weighs.
//!
//! ```text
//! L        = -w_y ln p_y                 p = softmax(z), y the true class
//! dL/dz_k  =  w_y (p_k - [k = y])
//! ```
//!
//! - `z`: the logits of one example, `[n_classes]`
//! - `w`: weights of the classes, `[n_classes]`, from the training counts by `scheme` (`inverse`)
//! - `reduction`: `weighted_mean` (the default, as in PyTorch) divides the batch's sum by `Σ w_y`,
//!   `mean` by the number of examples
//!
//! Source: King, Zeng, *Logistic Regression in Rare Events Data*, Political Analysis 2001; the
//! reductions are those of PyTorch's `CrossEntropyLoss(weight=...)`.
//! Trap: under `weighted_mean` a batch of one class has the loss of plain cross-entropy, and a common
//! factor of the weights cancels; under `mean` neither holds.

use nn::Real;
use serde::{Deserialize, Serialize};

use crate::header::header;
use crate::losses::class_weights::ClassWeights;
use crate::losses::definition::{Built, Definition, reals};
use crate::losses::{Batch, Loss, PerExample, Reduction, Traits};
use crate::named;
use crate::setting::Setting;

/// Parameters of weighted cross-entropy.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WeightedCrossEntropy {
    /// How the classes' weights follow from their counts.
    #[serde(deserialize_with = "named::deserialize")]
    pub scheme: ClassWeights,
    /// What the sum over a batch is divided by.
    pub reduction: WeightedReduction,
}

/// What the sum of weighted losses is divided by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WeightedReduction {
    /// The sum of the weights of the batch's examples.
    #[default]
    WeightedMean,
    /// The number of examples.
    Mean,
}

impl Definition for WeightedCrossEntropy {
    const CODE: &'static str = include_str!("weighted_cross_entropy.rs");

    fn page(&self) -> String {
        header(Self::CODE) + "\n## Schemes\n\n" + &header(include_str!("class_weights.rs"))
    }

    fn traits(&self) -> Traits {
        let reduction = match self.reduction {
            WeightedReduction::WeightedMean => Reduction::WeightedMean,
            WeightedReduction::Mean => Reduction::Mean,
        };
        Traits { reduction, reads_counts: !self.scheme.are_given(), ..Traits::softmax(1) }
    }

    fn build<T: Real>(&self, setting: &Setting<'_>) -> Built<T> {
        let weights = reals(self.scheme.weights(setting.counts)?);
        Ok(Box::new(Weighted { weights, reduction: self.reduction }))
    }

    fn has_given_weights(&self) -> bool {
        self.scheme.are_given()
    }
}

/// Cross-entropy with the weights of given classes.
struct Weighted<T> {
    /// `[n_classes]`.
    weights: Vec<T>,
    reduction: WeightedReduction,
}

impl<T: Real> Loss<T> for Weighted<T> {
    fn evaluate(&mut self, batch: &Batch<'_, T>, out: &mut PerExample<T>) {
        out.fill_softmax(batch, |true_class, _, _| -true_class.ln_p);
        out.weigh_classes(batch.targets, &self.weights);
        if self.reduction == WeightedReduction::WeightedMean {
            let masses = out.mass.iter_mut().zip(batch.targets);
            masses.for_each(|(mass, &y)| *mass = self.weights[y as usize]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::losses::per_example::testing::{TARGETS, evaluate, logits};

    fn mean(out: &PerExample<f64>) -> f64 {
        out.losses.iter().sum::<f64>() / out.mass.iter().sum::<f64>()
    }

    #[test]
    fn equal_weights_are_cross_entropy() {
        let toml = "weighted_cross_entropy.scheme.given.weights = [1.0, 1.0, 1.0]";
        let plain = evaluate("cross_entropy = {}", &logits(), &TARGETS);
        assert_eq!(evaluate(toml, &logits(), &TARGETS), plain);
    }

    #[test]
    fn the_weighted_mean_of_one_class_is_the_plain_mean() {
        let weighted = evaluate("weighted_cross_entropy = {}", &logits(), &[2; 4]);
        let plain = evaluate("cross_entropy = {}", &logits(), &[2; 4]);
        assert!((mean(&weighted) - mean(&plain)).abs() < 1e-14);
        let over_examples =
            evaluate("weighted_cross_entropy.reduction = 'mean'", &logits(), &[2; 4]);
        assert!(1.5 * mean(&plain) < mean(&over_examples));
    }

    #[test]
    fn a_common_factor_of_the_weights_cancels_in_the_weighted_mean_only() {
        let at = |weights: &str, reduction: &str| {
            let toml = format!(
                "[weighted_cross_entropy]\nscheme.given.weights = {weights}\nreduction = '{reduction}'"
            );
            mean(&evaluate(&toml, &logits(), &TARGETS))
        };
        let (one, two) = ("[1.0, 2.0, 4.0]", "[2.0, 4.0, 8.0]");
        assert_eq!(at(one, "weighted_mean"), at(two, "weighted_mean"));
        assert_eq!(2.0 * at(one, "mean"), at(two, "mean"));
    }
}
