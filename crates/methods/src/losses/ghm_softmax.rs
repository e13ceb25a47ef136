//! Gradient-harmonized softmax: cross-entropy in which an example counts less the more others are as wrong.
//!
//! ```text
//! g_i      = 1 - p_y                     p = softmax(z_i); held constant: no gradient goes through the weights
//! R_j      = number of examples with g in [j / M, (j + 1) / M)
//! S_j     ←  m S_j + (1 - m) R_j         only where R_j > 0
//! w_i      = B / (n S_j)                 j the bin of g_i, B examples, n bins with R_j > 0
//! L        = -w_i ln p_y
//! dL/dz_k  =  w_i (p_k - [k = y])
//! ```
//!
//! - `bins` (`M`): 30; `momentum` (`m`): 0.75; `bias_correction`: false: as in GHM-C
//! - the batch's loss is the mean
//!
//! Source: ours, after Li, Liu, Wang, *Gradient Harmonized Single-stage Detector*, AAAI 2019, whose GHM-C is
//! defined on sigmoids only.
//! Differs: one length for each example, not for each logit.
//! Trap: under `l2rw` weights come in twice and logits run away at the learning rate of a plain mean, as under `ghm_c`;
//! further, because a softmax has two slopes an example: on `pima` to 150,000 at rate 0.05, to 7 at 0.005.

use std::num::NonZeroU32;

use nn::Real;
use nn::range::BelowOne;
use serde::{Deserialize, Serialize};

use crate::losses::definition::{Built, Definition};
use crate::losses::histogram::Histogram;
use crate::losses::per_example::scale;
use crate::losses::{Batch, Loss, PerExample, Traits};
use crate::setting::Setting;

/// Parameters of the gradient-harmonized softmax.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GhmSoftmax {
    /// Number of bins of the histogram.
    pub bins: NonZeroU32,
    /// Share of the histogram that is kept from batch to batch, below 1.
    pub momentum: BelowOne,
    /// Whether the histogram's start at 0 is corrected for.
    pub bias_correction: bool,
}

impl Default for GhmSoftmax {
    fn default() -> Self {
        let bins = const { NonZeroU32::new(30).unwrap() };
        GhmSoftmax { bins, momentum: BelowOne::new(0.75), bias_correction: false }
    }
}

impl Definition for GhmSoftmax {
    const CODE: &'static str = include_str!("ghm_softmax.rs");

    fn traits(&self) -> Traits {
        Traits::softmax(1)
    }

    fn build<T: Real>(&self, _: &Setting<'_>) -> Built<T> {
        let histogram = Histogram::new(self.bins, self.momentum, self.bias_correction);
        Ok(Box::new(Harmonizing { histogram, lengths: Vec::new() }))
    }

    fn beyond_its_label(&self) -> Option<&'static str> {
        Some("weighs an example by the histogram of its batch under the true labels")
    }
}

struct Harmonizing {
    histogram: Histogram,
    /// `g`, `[n_examples]`.
    lengths: Vec<f64>,
}

impl<T: Real> Loss<T> for Harmonizing {
    fn evaluate(&mut self, batch: &Batch<'_, T>, out: &mut PerExample<T>) {
        let Harmonizing { histogram, lengths } = self;
        lengths.clear();
        out.fill_softmax(batch, |true_class, _, _| {
            lengths.push(true_class.rest.to_f64());
            -true_class.ln_p
        });
        histogram.count(lengths.iter().copied());
        for (i, &length) in lengths.iter().enumerate() {
            let weight = T::of(histogram.weight(length));
            out.losses[i] *= weight;
            scale(out.gradient.row_mut(i), weight);
        }
    }
}
