//! Norm-matched control: the plain step, as long as the method's.
//!
//! ```text
//! g_m = Σ_i w_i ∇ℓ_i                      the method's gradient
//! g_0 = 1/n Σ_i ∇ℓ⁰_i                     that of the plain loss of all examples of the batch
//! g   = g_0 ‖g_m‖ / ‖g_0‖                 the step descends g
//! ```
//!
//! - `ℓ`, `w`: the losses and weights of the method, `[n_examples]`; `ℓ⁰`: cross-entropy, or binary cross-entropy summed
//!   over the logits for a loss on sigmoids, of the logits as they are read, blended
//!   where the method mixes
//! - of a loss of pairs, `g_0` is the gradient of that loss over all pairs of the batch, without miner and without memory
//! - `‖·‖`: the Euclidean norm over all parameters
//!
//! The step is as long as the method's and has its learning rate, momentum and weight decay, but the direction of plain
//! training: a gain over it is due to the direction, not to the length. What the method keeps from batch to batch runs on
//! as if it had stepped. A step whose `g_0` is 0 is not taken.
//!
//! Source: the length of the step as the thing to be held fixed, as in You, Gitman, Ginsburg, *Large Batch Training of
//! Convolutional Networks*, 2017, whose layers are scaled so.
//! Trap: rows that a miner leaves out of its pool are in no batch, and so not in the control's either.
//! Trap: it costs a second backward pass.

use nn::Real;
use serde::{Deserialize, Serialize};

use crate::control::Control;
use crate::control::definition::{Controlled, Definition, Does, Forward};
use crate::control::plain_gradient::{PlainGradient, norm};
use crate::losses::Loss;

/// The plain direction at the method's length. It has no parameters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NormMatched {}

impl<T: Real> Definition<T> for NormMatched {
    fn code(&self) -> &'static str {
        include_str!("norm_matched.rs")
    }

    fn version(&self) -> u32 {
        1
    }

    fn does(&self) -> Does {
        Does::Turns
    }

    fn build(&self, controlled: &Controlled<'_>) -> Box<dyn Control<T>> {
        Box::new(Matched { plain: PlainGradient::new(controlled.readout) })
    }

    fn of_batches(&self, plain: Box<dyn Loss<T>>) -> Option<Box<dyn Control<T>>> {
        Some(Box::new(Matched { plain: PlainGradient::of_batches(plain) }))
    }
}

/// Steps along the plain gradient.
struct Matched<T> {
    plain: PlainGradient<T>,
}

impl<T: Real> Control<T> for Matched<T> {
    fn gradient(&mut self, forward: Forward<'_, T>, gradient: &mut Vec<T>) -> bool {
        let own = self.plain.at(forward);
        let (method, plain) = (norm(gradient), norm(own));
        if plain == 0.0 {
            return false;
        }
        // A ratio of 1 would still round.
        if method != plain {
            let ratio = T::of(method / plain);
            own.iter_mut().for_each(|g| *g *= ratio);
        }
        std::mem::swap(gradient, own);
        true
    }
}
