//! τ-normalisation: the weights of each class are brought to comparable lengths, and biases are dropped.
//!
//! ```text
//! w'_k = w_k / ‖w_k‖^τ,   b'_k = 0
//! τ    = the smallest of those in 0, 0.1, ..., 2 that are best on the validation part by `select_by`
//! ```
//!
//! - `w_k`: column `k` of the classifier of the best epoch, `[width]`; `‖·‖`: the Euclidean norm, a column of zeros stays
//! - `tau`: `"validation"`, as above, or a number from 0 to 2. At 0 only the biases are gone, at 1 all weights are as long
//!
//! Frequent classes get long weights in training; nothing is learnt here. Every `τ` that is tried is a round of the
//! history behind the epochs of stage 1, without a loss, so that the best round says which it was.
//!
//! Source: Kang and others, ICLR 2020; facebookresearch/classifier-balancing, `tau_norm.py`, whose range is ours.
//! Differs: that script picks `τ` on the test set.
//! Trap: where `select_by` is undefined on the validation part, nothing picks, and the last `τ` of the range stays.
//! Trap: a loss that is read with offsets or a scale (`logit_adjustment_posthoc`) is read so still.

use nn::{Network, Real};
use serde::{Deserialize, Serialize};

use crate::decoupling::definition::{Decoupled, Definition};
use crate::decoupling::{Decoupling, Tau};

/// Parameters of τ-normalisation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct TauNorm {
    /// The exponent of the lengths, a number from 0 to 2, or `"validation"`, which is the default.
    pub tau: Tau,
}

impl Default for TauNorm {
    fn default() -> Self {
        TauNorm { tau: Tau::Validation }
    }
}

impl TauNorm {
    /// The exponents that are tried.
    fn taus(&self) -> Vec<f64> {
        match self.tau {
            Tau::Validation => (0..=20).map(|tenths| f64::from(tenths) / 10.0).collect(),
            Tau::Given(tau) => vec![tau],
        }
    }
}

impl<T: Real> Definition<T> for TauNorm {
    fn code(&self) -> &'static str {
        include_str!("tau_norm.rs")
    }

    fn version(&self) -> u32 {
        1
    }

    fn n_rounds(&self) -> usize {
        self.taus().len()
    }

    fn scales_classes(&self) -> bool {
        true
    }

    fn needs_validation(&self) -> bool {
        self.tau == Tau::Validation
    }

    fn build(&self, decoupled: Decoupled<'_, T>) -> Option<Box<dyn Decoupling<T>>> {
        let head = decoupled.network.head().to_vec();
        let n_outputs = decoupled.network.architecture().n_outputs;
        let mut squares = vec![0.0; n_outputs];
        for row in head[..head.len() - n_outputs].chunks(n_outputs) {
            let of_row = squares.iter_mut().zip(row);
            of_row.for_each(|(sum, w)| *sum += w.to_f64() * w.to_f64());
        }
        let norms = squares.into_iter().map(f64::sqrt).collect();
        Some(Box::new(Normalized { head, norms, taus: self.taus(), tau: 0.0 }))
    }
}

/// The classifier of stage 1, and how long its columns are.
struct Normalized<T> {
    /// Weights, then biases.
    head: Vec<T>,
    norms: Vec<f64>,
    taus: Vec<f64>,
    /// Of this round.
    tau: f64,
}

impl<T: Real> Decoupling<T> for Normalized<T> {
    fn round(&mut self, number: usize, _: &mut dyn FnMut(&[u32])) -> f64 {
        self.tau = self.taus[number];
        f64::NAN
    }

    fn write(&self, network: &mut Network<T>) {
        let n_outputs = self.norms.len();
        let powers = |norm: &f64| if *norm == 0.0 { 1.0 } else { libm::pow(*norm, self.tau) };
        let divisors: Vec<f64> = self.norms.iter().map(powers).collect();
        let head = network.head_mut();
        let n_weights = head.len() - n_outputs;
        let (weights, biases) = head.split_at_mut(n_weights);
        for (row, own) in weights.chunks_mut(n_outputs).zip(self.head.chunks(n_outputs)) {
            for ((w, &own), divisor) in row.iter_mut().zip(own).zip(&divisors) {
                *w = T::of(own.to_f64() / divisor);
            }
        }
        biases.fill(T::ZERO);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decoupling::definition::testing::{decoupled, network};

    /// The columns of the classifier after the round of `tau`, and its biases.
    fn classifier(tau: f64, network: &Network<f64>) -> (Vec<Vec<f64>>, Vec<f64>) {
        let spec = TauNorm { tau: Tau::Given(tau) };
        let mut second = spec.build(decoupled(network)).unwrap();
        assert!(second.round(0, &mut |_| panic!("nothing is learnt")).is_nan());
        let mut written = network.clone();
        second.write(&mut written);
        let head = written.head();
        let columns = (0..3).map(|k| head[..9].iter().skip(k).step_by(3).copied().collect());
        (columns.collect(), head[9..].to_vec())
    }

    #[test]
    fn a_class_without_weights_stays_without() {
        let mut network = network();
        network.head_mut()[..9].iter_mut().step_by(3).for_each(|w| *w = 0.0);
        assert_eq!(classifier(1.5, &network).0[0], [0.0; 3]);
    }

    #[test]
    fn the_range_is_that_of_the_paper() {
        let taus = TauNorm::default().taus();
        assert_eq!((taus.len(), taus[0], taus[7], taus[20]), (21, 0.0, 0.7, 2.0));
    }
}
