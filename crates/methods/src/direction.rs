//! How the steps of a method lie to those of plain training: is it more than a learning rate?
//!
//! ```text
//! length ratio   mean over steps of ‖g_m‖ / ‖g_0‖
//! cosine         mean over steps of <g_m, g_0> / (‖g_m‖ ‖g_0‖)
//! g_m            Σ_i w_i ∇ℓ_i, [n_parameters]: the gradient of the method, every divisor applied
//! g_0            the mean over the same batch of the gradients of the plain loss of the readout
//! ```
//!
//! Every tenth step is looked at, beginning with the first: a look costs a backward pass. Steps at which a gradient is 0 or
//! not finite are left out. No number of the training depends on it.

use nn::Real;

use crate::control::Forward;
use crate::control::plain_gradient::{PlainGradient, dot, norm};
use crate::losses::Readout;

/// Steps from one look to the next.
const EVERY: u64 = 10;

/// Means over the steps that were looked at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lie {
    /// The length of the method's gradient to that of the plain one.
    pub length_ratio: f64,
    /// The cosine of the angle between them.
    pub cosine: f64,
}

/// Looks at the gradients of a method beside those of plain training.
#[expect(missing_debug_implementations, reason = "it is a workspace")]
pub struct Direction<T> {
    plain: PlainGradient<T>,
    steps: u64,
    looks: u64,
    length_ratios: f64,
    cosines: f64,
}

impl<T: Real> Direction<T> {
    /// Of logits that are read by `readout`.
    pub fn new(readout: &Readout) -> Self {
        let plain = PlainGradient::new(readout);
        Direction { plain, steps: 0, looks: 0, length_ratios: 0.0, cosines: 0.0 }
    }

    /// Looks at the `gradient` of a method at a step, if it is time to.
    pub(crate) fn look(&mut self, forward: Forward<'_, T>, gradient: &[T]) {
        let is_time = self.steps.is_multiple_of(EVERY);
        self.steps += 1;
        if !is_time {
            return;
        }
        let plain = self.plain.at(forward);
        let (method_length, plain_length) = (norm(gradient), norm(plain));
        let length_ratio = method_length / plain_length;
        let cosine = dot(gradient, plain) / (method_length * plain_length);
        if length_ratio.is_finite() && cosine.is_finite() {
            self.looks += 1;
            self.length_ratios += length_ratio;
            self.cosines += cosine;
        }
    }

    /// What was seen, if anything was.
    pub fn mean(&self) -> Option<Lie> {
        let mean = |sum: f64| sum / self.looks as f64;
        let lie = || Lie { length_ratio: mean(self.length_ratios), cosine: mean(self.cosines) };
        (0 < self.looks).then(lie)
    }
}
