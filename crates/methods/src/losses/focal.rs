//! Focal loss: cross-entropy in which easy examples count less; `γ = 0` is cross-entropy.
//!
//! ```text
//! softmax   L        = -α_y (1 - p_y)^γ ln p_y                  p = softmax(z), y the true class
//!           dL/dz_k  =  α_y (1 - p_y)^γ [1 - γ p_y ln p_y / (1 - p_y)] (p_k - [k = y])
//! sigmoid   L        = -Σ_k α_k (1 - p_k)^γ ln p_k              p_k = σ(s_k z_k), s_k = 2[k = y] - 1
//!           dL/dz_k  =  α_k s_k (1 - p_k)^γ [γ p_k ln p_k - (1 - p_k)]
//! ```
//!
//! - `z`: the logits of one example, `[n_classes]`; in the sigmoid form two classes share one logit,
//!   that of class 1
//! - `form`: `softmax` (ours) or `sigmoid` (the paper's)
//! - `γ`: focusing exponent, 2 (the paper's best on COCO)
//! - `α`: none (the paper uses 0.25 in its sigmoid form). One number is the weight of class 1 in a
//!   binary problem, class 0 has `1 - α`; one-against-rest sigmoids give `α` to the true class's term and
//!   `1 - α` to the others. A list is a weight for each class; in the sigmoid form an example's `α_y`
//!   multiplies all its terms (Cui and others, CVPR 2019)
//! - `prior`: none; the probability at which a fresh network starts (0.01 in the paper, where nearly everything is background):
//!   of each class in the sigmoid form, of an object in the softmax form, which takes it on proposals only
//!   ([`InitialProbability`])
//! - `divisor`: `examples`, of which the batch's loss is the mean; or on proposals `objects`, as in the paper: the losses of all
//!   proposals that are kept are divided by how many of them are of objects, or by 1
//!
//! Source: Lin, Goyal, Girshick, He, Dollár, *Focal Loss for Dense Object Detection*, ICCV 2017.
//! Differs: unless `divisor` says otherwise the batch's loss is the mean. The weights of the last layer are drawn as those of any
//! other, in the paper with deviation 0.01, so that each proposal starts at its prior.
//! Trap: `ln p / (1 - p)` is 0/0 once the softmax saturates; its limit, -1, is used there.

use nn::Real;
use nn::range::{NonNegative, OpenUnit};
use serde::{Deserialize, Serialize};

use crate::MethodError;
use crate::losses::definition::{Built, Definition, InitialProbability};
use crate::losses::per_example::scale;
use crate::losses::{Alpha, Batch, Link, Loss, PerExample, Reduction, Traits};
use crate::setting::Setting;

/// Parameters of focal loss.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Focal {
    /// One probability distribution over the classes, or one probability a class.
    pub form: FocalForm,
    /// Focusing exponent `γ`, at least 0.
    pub gamma: NonNegative,
    /// Weights of the classes; none weighs all alike.
    pub alpha: Option<Alpha>,
    /// What a fresh network says; none is a half of each sigmoid, and all classes alike in the softmax form.
    pub prior: Option<OpenUnit>,
    /// What the sum over a batch is divided by; default `examples`.
    #[serde(skip_serializing_if = "FocalDivisor::is_default")]
    pub divisor: FocalDivisor,
}

impl Default for Focal {
    fn default() -> Self {
        Focal {
            form: FocalForm::Softmax,
            gamma: NonNegative::new(2.0),
            alpha: None,
            prior: None,
            divisor: FocalDivisor::Examples,
        }
    }
}

/// What a sum of focal losses is divided by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FocalDivisor {
    /// The number of examples.
    #[default]
    Examples,
    /// The number of proposals that have an object, at least 1 (RetinaNet).
    Objects,
}

impl FocalDivisor {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
    fn is_default(&self) -> bool {
        *self == FocalDivisor::default()
    }
}

/// How logits become probabilities in focal loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FocalForm {
    /// One distribution over all classes.
    Softmax,
    /// Every class against the rest.
    Sigmoid,
}

impl FocalForm {
    pub(crate) fn link(self) -> Link {
        match self {
            FocalForm::Softmax => Link::Softmax,
            FocalForm::Sigmoid => Link::Sigmoid,
        }
    }
}

impl Definition for Focal {
    const CODE: &'static str = include_str!("focal.rs");

    fn traits(&self) -> Traits {
        let start = self.prior.map(|prior| InitialProbability::Given(prior.get()));
        let reduction = match self.divisor {
            FocalDivisor::Examples => Reduction::Mean,
            FocalDivisor::Objects => Reduction::Objects,
        };
        let start = start.unwrap_or(InitialProbability::Even);
        Traits { link: self.form.link(), reduction, start, ..Traits::softmax(1) }
    }

    fn build<T: Real>(&self, setting: &Setting<'_>) -> Built<T> {
        let n_classes = setting.counts.n_classes();
        let weights = match &self.alpha {
            None => Weights::Equal,
            Some(Alpha::PerClass(list)) if list.len() != n_classes => {
                let (parameter, given) = ("focal.alpha", list.len());
                return Err(MethodError::WrongLength { parameter, given, n_classes });
            }
            Some(Alpha::PerClass(list)) => {
                Weights::PerClass(list.iter().map(|weight| T::of(weight.get())).collect())
            }
            Some(Alpha::Positive(alpha)) => {
                let [negative, positive] = [T::of(1.0 - alpha.get()), T::of(alpha.get())];
                match (self.form, n_classes) {
                    (_, 2) => Weights::PerClass(vec![negative, positive]),
                    (FocalForm::Sigmoid, _) => Weights::BySign { negative, positive },
                    (FocalForm::Softmax, _) => return Err(MethodError::ScalarAlpha { n_classes }),
                }
            }
        };
        Ok(Box::new(Focusing { form: self.form, gamma: T::of(self.gamma.get()), weights }))
    }

    fn has_given_weights(&self) -> bool {
        matches!(self.alpha, Some(Alpha::PerClass(_)))
    }
}

/// Focal loss for a given number of classes.
struct Focusing<T> {
    form: FocalForm,
    gamma: T,
    weights: Weights<T>,
}

enum Weights<T> {
    Equal,
    /// By the true class of the example.
    PerClass(Vec<T>),
    /// By whether an element is its example's true class.
    BySign {
        negative: T,
        positive: T,
    },
}

impl<T: Real> Weights<T> {
    fn of(&self, y: usize, positive: bool) -> T {
        match self {
            Weights::Equal => T::ONE,
            Weights::PerClass(weights) => weights[y],
            Weights::BySign { positive: weight, .. } if positive => *weight,
            Weights::BySign { negative, .. } => *negative,
        }
    }
}

impl<T: Real> Loss<T> for Focusing<T> {
    fn evaluate(&mut self, batch: &Batch<'_, T>, out: &mut PerExample<T>) {
        let (gamma, weights) = (self.gamma, &self.weights);
        match self.form {
            FocalForm::Softmax => out.fill_softmax(batch, |true_class, y, gradient| {
                let focus = weights.of(y, true) * true_class.rest.powf(gamma);
                scale(
                    gradient,
                    focus * (T::ONE - gamma * true_class.p * true_class.ln_p_per_rest()),
                );
                -focus * true_class.ln_p
            }),
            FocalForm::Sigmoid => out.fill_sigmoid(batch, |z, element| {
                let weight = weights.of(element.y, element.positive);
                focal_element(z, element.positive, weight, gamma)
            }),
        }
    }
}

/// Focal loss of one sigmoid, and its slope.
pub(super) fn focal_element<T: Real>(z: T, positive: bool, weight: T, gamma: T) -> (T, T) {
    let sign = if positive { T::ONE } else { -T::ONE };
    let (p, rest, ln_p) = ((sign * z).sigmoid(), (-sign * z).sigmoid(), -(-sign * z).softplus());
    let focus = weight * rest.powf(gamma);
    (-focus * ln_p, sign * focus * (gamma * p * ln_p - rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::losses::LossSpec;
    use crate::losses::per_example::testing::{TARGETS, evaluate, logits};
    use crate::setting::ClassCounts;
    use nn::{Matrix, Streams};
    use proptest::prelude::*;

    fn on_classes(toml: &str, n_classes: u32) -> Result<Box<dyn Loss<f64>>, MethodError> {
        let (counts, streams) =
            (ClassCounts::new((1..=n_classes).collect()), Streams::new([8; 32]));
        let setting = Setting { counts: &counts, streams: &streams };
        toml::from_str::<LossSpec>(toml).unwrap().build(&setting)
    }

    fn binary(toml: &str, z: f64, target: u32) -> (f64, f64) {
        let mut out = PerExample::default();
        let logits = Matrix::from_rows(&[[z]]);
        on_classes(toml, 2).unwrap().evaluate(&Batch::new(&logits, &[target]), &mut out);
        (out.losses[0], out.gradient.values()[0])
    }

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() <= 1e-12 * (1.0 + a.abs())
    }

    proptest! {
        #[test]
        fn gamma_zero_is_cross_entropy(z in prop::collection::vec(-30.0..30.0, 3), y in 0..3_u32) {
            let z = Matrix::from_values(3, z);
            prop_assert_eq!(
                evaluate("focal.gamma = 0", &z, &[y]), evaluate("cross_entropy = {}", &z, &[y])
            );
        }

        #[test]
        fn never_above_cross_entropy(z in prop::collection::vec(-30.0..30.0, 3), gamma in 0.0..5.0) {
            let z = Matrix::from_values(3, z);
            let focal = evaluate(&format!("focal.gamma = {gamma:?}"), &z, &[1]).losses[0];
            let plain = evaluate("cross_entropy = {}", &z, &[1]).losses[0];
            // 1 - p, a sum, may round to one unit above 1.
            prop_assert!(focal <= plain * (1.0 + 1e-12));
        }

        #[test]
        fn a_sigmoid_is_a_softmax_over_zero_and_the_logit(
            z in -30.0..30.0, gamma in 0.0..5.0, y in 0..2_u32
        ) {
            let mut out = PerExample::default();
            let mut softmax = on_classes(&format!("focal.gamma = {gamma:?}"), 2).unwrap();
            softmax.evaluate(&Batch::new(&Matrix::from_rows(&[[0.0, z]]), &[y]), &mut out);
            let toml = format!("focal = {{ form = 'sigmoid', gamma = {gamma:?} }}");
            let (loss, slope) = binary(&toml, z, y);
            prop_assert!(close(loss, out.losses[0]), "{} {}", loss, out.losses[0]);
            prop_assert!(close(slope, out.gradient.row(0)[1]), "{} {:?}", slope, out.gradient);
        }
    }

    #[test]
    fn without_focus_the_sigmoid_form_is_binary_cross_entropy() {
        for z in [-800.0, -3.0, 0.0, 0.7, 800.0] {
            for y in [0, 1] {
                let expected = crate::losses::per_example::binary_cross_entropy(z, y == 1);
                assert_eq!(binary("focal = { form = 'sigmoid', gamma = 0 }", z, y), expected);
            }
        }
    }

    #[test]
    fn certainty_is_finite_where_the_textbook_gradient_is_not() {
        let sure = Matrix::from_rows(&[[1e4, -1e4, 0.0]]);
        for gamma in [0.0, 0.5, 1.0, 2.0] {
            let out = evaluate(&format!("focal.gamma = {gamma:?}"), &sure, &[0]);
            assert!(out.losses[0] == 0.0 && out.gradient.values().iter().all(|g| g.abs() == 0.0));
        }
    }

    #[test]
    fn one_number_weighs_positives_and_its_rest_negatives() {
        let (of_all, half) =
            ("focal = { form = 'sigmoid' }", "focal = { form = 'sigmoid', alpha = 0.25 }");
        assert!(close(binary(half, 0.3, 1).0, 0.25 * binary(of_all, 0.3, 1).0));
        assert!(close(binary(half, 0.3, 0).0, 0.75 * binary(of_all, 0.3, 0).0));
        assert_eq!(binary("focal = { form = 'sigmoid', alpha = 1 }", 0.3, 0).0, 0.0);
        let listed = "focal = { form = 'sigmoid', alpha = [0.75, 0.25] }";
        assert_eq!(binary(listed, 0.3, 0), binary(half, 0.3, 0));
    }

    #[test]
    fn one_number_gives_the_true_term_alpha_and_the_others_the_rest() {
        let plain = evaluate("focal.form = 'sigmoid'", &logits(), &TARGETS);
        let weighted = evaluate("focal = { form = 'sigmoid', alpha = 0.25 }", &logits(), &TARGETS);
        for (i, &y) in TARGETS.iter().enumerate() {
            for k in 0..3 {
                let weight = if k == y as usize { 0.25 } else { 0.75 };
                assert!(close(weighted.gradient.row(i)[k], weight * plain.gradient.row(i)[k]));
            }
        }
    }

    #[test]
    fn a_list_weighs_examples_by_their_class() {
        for form in ["softmax", "sigmoid"] {
            let plain = evaluate(&format!("focal.form = '{form}'"), &logits(), &TARGETS);
            let toml = format!("focal = {{ form = '{form}', alpha = [1.0, 2.0, 4.0] }}");
            let weighted = evaluate(&toml, &logits(), &TARGETS);
            let expected: Vec<f64> = plain
                .losses
                .iter()
                .zip(TARGETS)
                .map(|(l, y)| l * [1.0, 2.0, 4.0][y as usize])
                .collect();
            assert!(weighted.losses.iter().zip(&expected).all(|(a, b)| close(*a, *b)));
            assert_eq!(weighted.mass, [1.0; 4]);
        }
    }

    #[test]
    fn parameters_that_do_not_fit_the_classes_or_the_form_are_refused() {
        let refusal = |toml: &str, n| on_classes(toml, n).err().unwrap().to_string();
        assert_eq!(
            refusal("focal.alpha = [0.2, 0.3, 0.5]", 2),
            "`focal.alpha` has 3 weights, and there are 2 classes"
        );
        assert!(refusal("focal.alpha = 0.25", 3).contains("one number weighs class 1"));
        assert!(on_classes("focal = { form = 'sigmoid', alpha = 0.25 }", 3).is_ok());
        assert!(on_classes("focal = { form = 'sigmoid', prior = 0.01 }", 3).is_ok());
        let parse = |toml: &str| toml::from_str::<LossSpec>(toml).unwrap_err().message().to_owned();
        assert!(parse("focal.alpha = 2").contains("from 0 to 1"));
        assert!(parse("focal.alpha = [1.0, -1.0]").contains("at least 0"));
        assert!(parse("focal.alpha = 'inverse'").contains("one weight for each class"));
    }
}
