//! Platt scaling: the log odds of a class go through a sigmoid with a slope and a place of its own.
//!
//! ```text
//! q = 1 / (1 + exp(A f + B)),   f = ln(p / (1 - p))
//! A, B = argmin -Σ_i t_i ln q_i + (1 - t_i) ln(1 - q_i)
//! t_i = (n_+ + 1) / (n_+ + 2) of the class,  1 / (n_- + 2) of the others
//! ```
//!
//! - `p`: the probability of the class, between 2⁻⁵² and 1 - 2⁻⁵²; `q`: that which is measured
//! - `n_+`, `n_-`: examples of the class and of the others in the validation part; `i` runs over them
//!
//! Of two classes the second is calibrated and the first has the rest; of more, each is against the rest, and all are
//! renormalised. `A`, `B` by Newton's method with halved steps, until the gradient is below 10⁻⁵ of an example, 100 steps at
//! the most.
//!
//! Source: Platt, *Probabilistic Outputs for Support Vector Machines and Comparisons to Regularized Likelihood Methods*,
//! 1999; Lin, Lin, Weng, *A Note on Platt's Probabilistic Outputs for Support Vector Machines*, Machine Learning, 2007 (the
//! algorithm, its constants).
//! Differs: he takes the outputs of a support vector machine for `f`; here every learner's log odds.
//! Trap: of more than two classes, one that the validation part lacks keeps its probability until all are renormalised.
//! Trap: a validation part of one class tells nothing: probabilities stay as they are, and the record says so.

use serde::{Deserialize, Serialize};

use crate::calibration::calibrator::{Calibrator, one_against_rest};
use crate::calibration::definition::Definition;
use crate::judged::Judged;

const STEPS: usize = 100;
const GRADIENT: f64 = 1e-5;
const RIDGE: f64 = 1e-12;
const SMALLEST_STEP: f64 = 1e-10;

/// A sigmoid for each class. It has no parameters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Platt {}

/// `1 / (1 + exp(A f + B))` of the log odds `f`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sigmoid {
    /// `A`; negative where a larger probability means a more probable class.
    pub a: f64,
    /// `B`.
    pub b: f64,
}

impl Definition for Platt {
    fn code(&self) -> &'static str {
        include_str!("platt.rs")
    }

    fn version(&self) -> u32 {
        1
    }

    fn fit(&self, validation: &Judged<'_>) -> Option<Calibrator> {
        Some(Calibrator::Platt(one_against_rest(validation, Sigmoid::fit)))
    }
}

fn log_odds(p: f64) -> f64 {
    let p = p.clamp(f64::EPSILON, 1.0 - f64::EPSILON);
    libm::log(p) - libm::log1p(-p)
}

/// `1 / (1 + exp(x))`, without an overflow.
fn falling(x: f64) -> f64 {
    let e = libm::exp(-x.abs());
    if 0.0 <= x { e / (1.0 + e) } else { 1.0 / (1.0 + e) }
}

impl Sigmoid {
    /// The sigmoid of the probability `p`.
    pub(crate) fn at(&self, p: f64) -> f64 {
        falling(self.a * log_odds(p) + self.b)
    }

    fn fit(examples: &[(f64, bool)]) -> Self {
        let n_positive = examples.iter().filter(|(_, positive)| *positive).count() as f64;
        let n_negative = examples.len() as f64 - n_positive;
        let (high, low) = ((n_positive + 1.0) / (n_positive + 2.0), 1.0 / (n_negative + 2.0));
        let examples: Vec<(f64, f64)> = examples
            .iter()
            .map(|&(p, positive)| (log_odds(p), if positive { high } else { low }))
            .collect();
        let start = libm::log((n_negative + 1.0) / (n_positive + 1.0));
        newton(&examples, Sigmoid { a: 0.0, b: start })
    }

    /// The cross-entropy of the targets of `examples`, log odds and target each.
    fn loss(&self, examples: &[(f64, f64)]) -> f64 {
        let of = |&(f, target): &(f64, f64)| {
            let x = self.a * f + self.b;
            let tail = libm::log1p(libm::exp(-x.abs()));
            if 0.0 <= x { target * x + tail } else { (target - 1.0) * x + tail }
        };
        examples.iter().map(of).sum()
    }

    /// The derivatives of the loss by `a` and `b`.
    fn gradient(&self, examples: &[(f64, f64)]) -> [f64; 2] {
        let mut gradient = [0.0; 2];
        for &(f, target) in examples {
            let slope = target - falling(self.a * f + self.b);
            gradient[0] += f * slope;
            gradient[1] += slope;
        }
        gradient
    }

    /// The second derivatives by `a`, by `a` and `b`, by `b`, and a little more of the first and the last.
    fn curvature(&self, examples: &[(f64, f64)]) -> [f64; 3] {
        let mut curvature = [RIDGE, 0.0, RIDGE];
        for &(f, _) in examples {
            let q = falling(self.a * f + self.b);
            let weight = q * (1.0 - q);
            curvature[0] += f * f * weight;
            curvature[1] += f * weight;
            curvature[2] += weight;
        }
        curvature
    }
}

fn newton(examples: &[(f64, f64)], mut sigmoid: Sigmoid) -> Sigmoid {
    let mut loss = sigmoid.loss(examples);
    for _ in 0..STEPS {
        let [g_a, g_b] = sigmoid.gradient(examples);
        if g_a.abs() < GRADIENT && g_b.abs() < GRADIENT {
            break;
        }
        let [h_aa, h_ab, h_bb] = sigmoid.curvature(examples);
        let determinant = h_aa * h_bb - h_ab * h_ab;
        let d_a = -(h_bb * g_a - h_ab * g_b) / determinant;
        let d_b = -(h_aa * g_b - h_ab * g_a) / determinant;
        let descent = g_a * d_a + g_b * d_b;
        let mut step = 1.0;
        loop {
            let next = Sigmoid { a: sigmoid.a + step * d_a, b: sigmoid.b + step * d_b };
            let next_loss = next.loss(examples);
            if next_loss < loss + 1e-4 * step * descent {
                (sigmoid, loss) = (next, next_loss);
                break;
            }
            step /= 2.0;
            if step < SMALLEST_STEP {
                return sigmoid;
            }
        }
    }
    sigmoid
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn drawn() -> impl Strategy<Value = Vec<(f64, bool)>> {
        prop::collection::vec((0.01..0.99_f64, any::<bool>()), 4..40)
    }

    #[test]
    fn two_places_have_a_closed_form() {
        // At each of two log odds q is the mean target: 3/4 of the upper and 1/4 of the lower, of 8 examples.
        let at = |p: f64, positives: usize| (0..4).map(move |i| (p, i < positives));
        let examples: Vec<(f64, bool)> = at(0.9, 3).chain(at(0.1, 1)).collect();
        let sigmoid = Sigmoid::fit(&examples);
        let (high, low) = (5.0 / 6.0, 1.0 / 6.0);
        // A gradient of 1e-5 leaves about as much.
        assert!((sigmoid.at(0.9) - (3.0 * high + low) / 4.0).abs() < 1e-5, "{sigmoid:?}");
        assert!((sigmoid.at(0.1) - (high + 3.0 * low) / 4.0).abs() < 1e-5, "{sigmoid:?}");
    }

    #[test]
    fn a_sigmoid_can_leave_probabilities_as_they_are() {
        let identity = Sigmoid { a: -1.0, b: 0.0 };
        for p in [0.001, 0.3, 0.5, 0.999] {
            assert!((identity.at(p) - p).abs() < 1e-15, "{p}");
        }
        assert!((0.0..1e-15).contains(&identity.at(0.0)) && identity.at(1.0) <= 1.0);
    }

    proptest! {
        #[test]
        fn no_other_sigmoid_is_better(examples in drawn(), a in -3.0..3.0_f64, b in -3.0..3.0_f64) {
            let positives = examples.iter().filter(|(_, positive)| *positive).count();
            prop_assume!(0 < positives && positives < examples.len());
            let n = |positive| examples.iter().filter(|(_, p)| *p == positive).count() as f64;
            let (high, low) = ((n(true) + 1.0) / (n(true) + 2.0), 1.0 / (n(false) + 2.0));
            let smoothed: Vec<(f64, f64)> = examples
                .iter()
                .map(|&(p, positive)| (log_odds(p), if positive { high } else { low }))
                .collect();
            let fitted = Sigmoid::fit(&examples);
            // The loss is convex: a gradient of 1e-5 leaves at most 1e-5 for each unit of the way.
            let other = Sigmoid { a, b }.loss(&smoothed);
            prop_assert!(fitted.loss(&smoothed) <= other + 1e-3);
        }

        #[test]
        fn its_gradient_is_the_difference_of_its_loss(examples in drawn(), a in -2.0..2.0_f64) {
            let examples: Vec<(f64, f64)> =
                examples.iter().map(|&(p, y)| (log_odds(p), f64::from(u8::from(y)))).collect();
            let (h, b) = (1e-5, 0.3);
            let loss = |a: f64, b: f64| Sigmoid { a, b }.loss(&examples);
            let [by_a, by_b] = Sigmoid { a, b }.gradient(&examples);
            // Cancellation: 1e-16 of a loss of hundreds over h, and h² of a third derivative of thousands.
            prop_assert!((by_a - (loss(a + h, b) - loss(a - h, b)) / (2.0 * h)).abs() < 1e-5);
            prop_assert!((by_b - (loss(a, b + h) - loss(a, b - h)) / (2.0 * h)).abs() < 1e-5);
        }
    }
}
