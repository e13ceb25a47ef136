//! Learnable weight scaling (LWS): a factor for each class is learnt from batches of equal classes, and nothing else.
//!
//! ```text
//! stage 1   h, W, b by everything on the axes                  the best epoch on the validation part
//! stage 2   s = 1;   s ← SGD on 1/n Σ_i ℓ⁰(s ⊙ z_i, y_i),   z_i = h(x_i) W + b,   P(class k) = 1 / K
//! result    w_k ← s_k w_k,   b_k ← s_k b_k
//! ```
//!
//! - `s`: the factors, `[n_outputs]`; `z`: the logits of stage 1, `[n_examples, n_outputs]`, biases in them, without
//!   dropout; `W`, `b`: the classifier, `[width, n_outputs]`
//! - `ℓ⁰`: as in `crt`, as are batches, optimiser and schedule
//! - `epochs`: 5, the authors'; `learning_rate`: 0.05, as in `crt`
//!
//! Source: Kang and others, ICLR 2020; facebookresearch/classifier-balancing, `config/ImageNet_LT/cls_lws.yaml`.
//! Differs: there classes take turns (`ClassAwareSampler`), and the network is that of the last epoch.
//! Trap: the penalty of 5e-4 pulls the factors to 0, not to 1, as the authors' does.
//! Trap: a factor turns no sign: a class whose logit is below 0 gains by a small one.

use std::num::NonZeroUsize;

use nn::range::Positive;
use nn::{Matrix, Network, Pass, Real};
use serde::{Deserialize, Serialize};

use crate::decoupling::Decoupling;
use crate::decoupling::definition::{Decoupled, Definition};
use crate::decoupling::retraining::{Classifier, Pace, Retraining};

/// Parameters of learnable weight scaling.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Lws {
    /// Epochs of the second stage, at least 1; default 5.
    pub epochs: NonZeroUsize,
    /// Learning rate of the second stage, above 0; default 0.05.
    pub learning_rate: Positive,
}

impl Default for Lws {
    fn default() -> Self {
        Lws { epochs: const { NonZeroUsize::new(5).unwrap() }, learning_rate: Positive::new(0.05) }
    }
}

impl<T: Real> Definition<T> for Lws {
    fn code(&self) -> &'static str {
        include_str!("lws.rs")
    }

    fn version(&self) -> u32 {
        1
    }

    fn n_rounds(&self) -> usize {
        self.epochs.get()
    }

    fn learns(&self) -> bool {
        true
    }

    fn scales_classes(&self) -> bool {
        true
    }

    fn build(&self, mut decoupled: Decoupled<'_, T>) -> Option<Box<dyn Decoupling<T>>> {
        let mut inputs = std::mem::take(&mut decoupled.hidden);
        let mut head = decoupled.fresh_head(&inputs);
        head.parameters_mut().copy_from_slice(decoupled.network.head());
        let mut pass = Pass::default();
        head.forward(&inputs.features, &mut pass);
        inputs.features = pass.logits().clone();
        let pace = Pace { epochs: self.epochs.get(), learning_rate: self.learning_rate };
        let scales = vec![T::ONE; inputs.features.n_columns()];
        let scaled = Scaled { scales, head: head.parameters().to_vec(), logits: Matrix::default() };
        Some(Box::new(Retraining::new(scaled, inputs, &decoupled, &pace)))
    }
}

/// The classifier of stage 1 with a factor for each class.
struct Scaled<T> {
    scales: Vec<T>,
    /// Weights, then biases, of stage 1.
    head: Vec<T>,
    logits: Matrix<T>,
}

impl<T: Real> Classifier<T> for Scaled<T> {
    fn logits(&mut self, inputs: &Matrix<T>) -> &Matrix<T> {
        self.logits.clone_from(inputs);
        for row in self.logits.rows_mut() {
            row.iter_mut().zip(&self.scales).for_each(|(z, &scale)| *z *= scale);
        }
        &self.logits
    }

    fn gradient(&mut self, inputs: &Matrix<T>, slopes: &Matrix<T>, gradient: &mut Vec<T>) {
        gradient.clear();
        gradient.resize(self.scales.len(), T::ZERO);
        for (z, slopes) in inputs.rows().zip(slopes.rows()) {
            let terms = z.iter().zip(slopes).map(|(&z, &slope)| z * slope);
            gradient.iter_mut().zip(terms).for_each(|(sum, term)| *sum += term);
        }
    }

    fn parameters(&mut self) -> &mut [T] {
        &mut self.scales
    }

    fn write(&self, network: &mut Network<T>) {
        let head = network.head_mut();
        head.copy_from_slice(&self.head);
        for row in head.chunks_mut(self.scales.len()) {
            row.iter_mut().zip(&self.scales).for_each(|(w, &scale)| *w *= scale);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decoupling::definition::testing::{decoupled, network};

    #[test]
    fn factors_of_one_leave_every_bit() {
        let mut written = network();
        let second = Lws::default().build(decoupled(&network())).unwrap();
        second.write(&mut written);
        assert_eq!(written, network());
    }

    #[test]
    fn a_factor_multiplies_the_weights_and_the_bias_of_its_class() {
        let head = vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0];
        let scaled = Scaled { scales: vec![1.0, 2.0, 0.5], head, logits: Matrix::default() };
        let mut written = network();
        scaled.write(&mut written);
        let expected = [1.0, 4.0, 1.5, 4.0, 10.0, 3.0, 7.0, 16.0, 4.5, 10.0, 22.0, 6.0];
        assert_eq!(written.head(), expected);
    }

    #[test]
    fn the_gradient_of_the_factors_is_what_differences_say() {
        let inputs = Matrix::from_rows(&[[0.3, -1.2, 0.7], [2.0, 0.1, -0.4]]);
        let slopes = Matrix::from_rows(&[[0.5, -0.25, 1.0], [-1.0, 2.0, 0.5]]);
        let head = vec![0.0; 12];
        let mut scaled = Scaled { scales: vec![1.5, -0.5, 0.25], head, logits: Matrix::default() };
        // The loss is linear in the logits, and so are these in the factors.
        let loss = |scaled: &mut Scaled<f64>| -> f64 {
            let logits = scaled.logits(&inputs).values().iter();
            logits.zip(slopes.values()).map(|(z, slope)| z * slope).sum()
        };
        let before = loss(&mut scaled);
        let mut gradient = Vec::new();
        scaled.gradient(&inputs, &slopes, &mut gradient);
        for (k, slope) in gradient.into_iter().enumerate() {
            scaled.scales[k] += 1.0;
            assert!((loss(&mut scaled) - before - slope).abs() < 1e-12, "factor {k}");
            scaled.scales[k] -= 1.0;
        }
    }
}
