//! The weight of a row under self-paced learning: the argmin of its loss and a regulariser.

use nn::range::{AboveOne, NonNegative, OpenUnit, Positive};
use serde::{Deserialize, Serialize};

/// What a weight follows from; the formulas stand at the head of `self_paced`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Regularizer {
    /// 1 below λ.
    Hard {},
    /// `1 - ℓ / λ`.
    Linear {},
    /// See [`PolynomialRegularizer`].
    Polynomial(PolynomialRegularizer),
    /// `ln(ℓ + ζ) / ln ζ`, `ζ = 1 - λ`.
    Logarithmic {},
    /// See [`MixtureRegularizer`].
    Mixture(MixtureRegularizer),
    /// See [`Mixture2Regularizer`].
    #[serde(rename = "mixture_2")]
    Mixture2(Mixture2Regularizer),
    /// See [`SpldRegularizer`].
    Spld(SpldRegularizer),
}

/// `(1 - ℓ / λ)^{1 / (t - 1)}`: linear at `t = 2`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PolynomialRegularizer {
    /// `t`, above 1; default 3.
    pub t: AboveOne,
}

impl Default for PolynomialRegularizer {
    fn default() -> Self {
        PolynomialRegularizer { t: AboveOne::new(3.0) }
    }
}

/// 1 up to `λ₂`, and `ζ / ℓ - ζ / λ` from there on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MixtureRegularizer {
    /// `λ₂ / λ`, between 0 and 1; default 0.5.
    pub lower: OpenUnit,
}

impl Default for MixtureRegularizer {
    fn default() -> Self {
        MixtureRegularizer { lower: OpenUnit::new(0.5) }
    }
}

/// 1 up to `(λ γ / (λ + γ))²`, and `γ / √ℓ - γ / λ` from there on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Mixture2Regularizer {
    /// `γ`, above 0; default 1.
    pub gamma: Positive,
}

impl Default for Mixture2Regularizer {
    fn default() -> Self {
        Mixture2Regularizer { gamma: Positive::new(1.0) }
    }
}

/// 1 below `λ + γ / (√i + √(i - 1))`: rows of different classes are worth more than as many of one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SpldRegularizer {
    /// `γ`, at least 0; default 1. `hard` at 0.
    pub gamma: NonNegative,
}

impl Default for SpldRegularizer {
    fn default() -> Self {
        SpldRegularizer { gamma: NonNegative::new(1.0) }
    }
}

/// The largest λ of `logarithmic`, which is defined below 1.
const LARGEST: f64 = 0.9;

impl Regularizer {
    /// The λ under which the weight is 0 from `loss` on.
    pub(super) fn lambda(&self, loss: f64) -> f64 {
        match self {
            Regularizer::Mixture2(_) => loss.sqrt(),
            _ => loss,
        }
    }

    /// The loss from which on the weight is 0, of a row at `place` among its class.
    fn threshold(&self, lambda: f64, place: u32) -> f64 {
        match self {
            Regularizer::Mixture2(_) => lambda * lambda,
            Regularizer::Spld(SpldRegularizer { gamma }) => {
                let place = f64::from(place);
                lambda + gamma.get() / (place.sqrt() + (place - 1.0).sqrt())
            }
            _ => lambda,
        }
    }

    /// `v*`, from 0 to 1, of a row of this loss at `place` among its class.
    pub(super) fn weight(&self, loss: f64, lambda: f64, place: u32) -> f64 {
        if lambda == f64::INFINITY {
            return 1.0;
        }
        if loss.is_nan() || self.threshold(lambda, place) <= loss {
            return 0.0;
        }
        let v = match self {
            Regularizer::Hard {} | Regularizer::Spld(_) => 1.0,
            Regularizer::Linear {} => 1.0 - loss / lambda,
            Regularizer::Polynomial(PolynomialRegularizer { t }) => {
                libm::pow(1.0 - loss / lambda, 1.0 / (t.get() - 1.0))
            }
            Regularizer::Logarithmic {} => {
                let unit = (lambda / LARGEST).max(1.0);
                libm::log1p((loss - lambda) / unit) / libm::log1p(-lambda / unit)
            }
            Regularizer::Mixture(MixtureRegularizer { lower }) => {
                let lower = lower.get();
                lower / (1.0 - lower) * (lambda / loss - 1.0)
            }
            Regularizer::Mixture2(Mixture2Regularizer { gamma }) => {
                gamma.get() * (1.0 / loss.sqrt() - 1.0 / lambda)
            }
        };
        v.clamp(0.0, 1.0)
    }
}
