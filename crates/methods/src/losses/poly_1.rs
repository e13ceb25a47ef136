//! Poly-1: cross-entropy, or focal loss, with the first coefficient of its expansion in `1 - p` moved.
//!
//! ```text
//! softmax   L       = -(1 - p)^γ ln p + ε (1 - p)^{γ + 1}                p = p_y
//!                   =  (1 - p)^γ [(1 + ε) (1 - p) + tail]               tail = -ln p - (1 - p)
//!           dL/dz_k =  c (p_k - [k = y])
//!           c       =  (1 - p)^γ [1 - p + (1 + ε) (γ + 1) p + γ p tail / (1 - p)]
//! sigmoid   the same of every p_k = σ(s_k z_k), s_k = 2[k = y] - 1, and summed
//! ```
//!
//! - `ε` (`epsilon`): 1, at least -1; `γ` (`gamma`): 0, which is Poly-1 of cross-entropy; 2 is the
//!   paper's Poly-1 of focal loss
//! - `form`: `softmax`, or `sigmoid`, each class against the rest
//! - `α` (`alpha`): none; in the sigmoid form, and only there, one number weighs the focal part of the true
//!   class's term, the others' have `1 - α`
//! - the batch's loss is the mean over examples
//!
//! Source: Leng, Tan, Liu, Cubuk, Shi, Cheng, Anguelov, *PolyLoss: A Polynomial Expansion Perspective of
//! Classification Loss Functions*, ICLR 2022.
//! Trap: below `ε = -1` examples that are nearly right push the wrong way.

use nn::range::{AtLeastMinusOne, NonNegative, UnitInterval};
use nn::{Real, TrueClass};
use serde::{Deserialize, Serialize};

use crate::MethodError;
use crate::losses::definition::{Built, Definition};
use crate::losses::per_example::scale;
use crate::losses::{Batch, FocalForm, Link, Loss, PerExample, Traits};
use crate::setting::Setting;

/// Parameters of Poly-1.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Poly1 {
    /// One distribution over the classes, or one probability a class.
    pub form: FocalForm,
    /// How much `ε` is added to the first coefficient.
    pub epsilon: AtLeastMinusOne,
    /// Focusing exponent `γ`.
    pub gamma: NonNegative,
    /// Weight of the true class's term in the sigmoid form; none weighs all alike.
    pub alpha: Option<UnitInterval>,
}

impl Default for Poly1 {
    fn default() -> Self {
        Poly1 {
            form: FocalForm::Softmax,
            epsilon: AtLeastMinusOne::new(1.0),
            gamma: NonNegative::new(0.0),
            alpha: None,
        }
    }
}

impl Definition for Poly1 {
    const CODE: &'static str = include_str!("poly_1.rs");

    fn traits(&self) -> Traits {
        Traits { link: self.form.link(), ..Traits::softmax(2) }
    }

    fn build<T: Real>(&self, _: &Setting<'_>) -> Built<T> {
        if self.form == FocalForm::Softmax && self.alpha.is_some() {
            return Err(MethodError::SigmoidOnly { parameter: "poly_1.alpha" });
        }
        let weights = self.alpha.map_or([1.0, 1.0], |alpha| [1.0 - alpha.get(), alpha.get()]);
        Ok(Box::new(Polynomial {
            link: self.form.link(),
            epsilon: T::of(self.epsilon.get()),
            gamma: T::of(self.gamma.get()),
            weights: weights.map(T::of),
        }))
    }
}

struct Polynomial<T> {
    link: Link,
    epsilon: T,
    gamma: T,
    /// Of a negative and of a positive element.
    weights: [T; 2],
}

impl<T: Real> Polynomial<T> {
    /// `L` and `c` at `p`, its `rest` to 1, and `ln p`, the focal part times `weight`.
    fn at(&self, p: T, rest: T, ln_p: T, weight: T) -> (T, T) {
        let Polynomial { epsilon, gamma, .. } = *self;
        let focus = rest.powf(gamma);
        let tail = tail(rest, ln_p);
        let per_rest = if T::ZERO < rest { tail / rest } else { T::ZERO };
        let first = weight + epsilon;
        let loss = focus * (first * rest + weight * tail);
        let slope = weight * (rest + gamma * p * per_rest) + first * (gamma + T::ONE) * p;
        (loss, focus * slope)
    }
}

/// `-ln p - (1 - p)`, what follows the first term of the expansion of `-ln p`: `Σ_{n ≥ 2} (1 - p)^n / n`.
fn tail<T: Real>(rest: T, ln_p: T) -> T {
    if T::of(0.1) < rest {
        return -ln_p - rest;
    }
    // Sixteen terms: the next is below 1e-17 of the first.
    let series = (2..=17).rev().fold(T::ZERO, |sum, n| sum * rest + T::ONE / T::of(f64::from(n)));
    rest * rest * series
}

impl<T: Real> Loss<T> for Polynomial<T> {
    fn evaluate(&mut self, batch: &Batch<'_, T>, out: &mut PerExample<T>) {
        match self.link {
            Link::Softmax => out.fill_softmax(batch, |true_class, _, gradient| {
                let TrueClass { p, rest, ln_p } = *true_class;
                let (loss, slope) = self.at(p, rest, ln_p, T::ONE);
                scale(gradient, slope);
                loss
            }),
            Link::Sigmoid => out.fill_sigmoid(batch, |z, element| {
                let weight = self.weights[usize::from(element.positive)];
                let sign = if element.positive { T::ONE } else { -T::ONE };
                let (p, rest) = ((sign * z).sigmoid(), (-sign * z).sigmoid());
                let (loss, slope) = self.at(p, rest, -(-sign * z).softplus(), weight);
                (loss, -sign * rest * slope)
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use nn::Streams;

    use super::*;
    use crate::losses::LossSpec;
    use crate::setting::ClassCounts;

    #[test]
    fn alpha_is_refused_where_it_would_be_ignored() {
        let counts = ClassCounts::new(vec![4, 2, 1]);
        let setting = Setting { counts: &counts, streams: &Streams::new([8; 32]) };
        let built = |toml: &str| toml::from_str::<LossSpec>(toml).unwrap().build::<f64>(&setting);
        assert_eq!(
            built("poly_1.alpha = 0.25").err().unwrap().to_string(),
            "`poly_1.alpha` means nothing in the softmax form: add form = \"sigmoid\", or leave it out"
        );
        assert!(built("poly_1 = { form = 'sigmoid', alpha = 0.25 }").is_ok());
    }
}
