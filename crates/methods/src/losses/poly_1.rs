//! Poly-1: cross-entropy, or focal loss, with the first coefficient of its expansion in `1 - p` moved.
//!
//! ```text
//! softmax   L       = -(1 - p_y)^γ ln p_y + ε (1 - p_y)^{γ + 1}
//!           dL/dz_k = [focal + ε (γ + 1) p_y (1 - p_y)^γ] (p_k - [k = y])
//!           focal   = (1 - p_y)^γ [1 - γ p_y ln p_y / (1 - p_y)]
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

use nn::Real;
use nn::range::{AtLeastMinusOne, NonNegative, UnitInterval};
use serde::{Deserialize, Serialize};

use crate::MethodError;
use crate::losses::definition::{Built, Definition};
use crate::losses::focal::focal_element;
use crate::losses::per_example::scale;
use crate::losses::{Batch, FocalForm, Link, Loss, PerExample, Setting, Traits};

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
    fn traits(&self) -> Traits {
        Traits { link: self.form.link(), ..Traits::softmax(1) }
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

impl<T: Real> Loss<T> for Polynomial<T> {
    fn evaluate(&mut self, batch: &Batch<'_, T>, out: &mut PerExample<T>) {
        let Polynomial { link, epsilon, gamma, weights } = *self;
        match link {
            Link::Softmax => out.fill_softmax(batch, |true_class, _, gradient| {
                let (p, rest) = (true_class.p, true_class.rest);
                let focus = rest.powf(gamma);
                let focal = T::ONE - gamma * p * true_class.ln_p_per_rest();
                scale(gradient, focus * (focal + epsilon * (gamma + T::ONE) * p));
                focus * (epsilon * rest - true_class.ln_p)
            }),
            Link::Sigmoid => out.fill_sigmoid(batch, |z, element| {
                let weight = weights[usize::from(element.positive)];
                let (loss, slope) = focal_element(z, element.positive, weight, gamma);
                let sign = if element.positive { T::ONE } else { -T::ONE };
                let (p, rest) = ((sign * z).sigmoid(), (-sign * z).sigmoid());
                let power = rest.powf(gamma + T::ONE);
                let d_power = (gamma + T::ONE) * p * power;
                (loss + epsilon * power, slope - sign * epsilon * d_power)
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use nn::Streams;

    use super::*;
    use crate::losses::{ClassCounts, LossSpec};

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
