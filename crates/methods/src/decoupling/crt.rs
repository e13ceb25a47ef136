//! Classifier re-training (cRT): the features stay, a fresh classifier learns from batches of equal classes.
//!
//! ```text
//! stage 1   h, W, b by everything on the axes                  the best epoch on the validation part
//! stage 2   W, b drawn anew;   W, b ← SGD on 1/n Σ_i ℓ⁰(h(x_i) W + b, y_i),   P(class k) = 1 / K
//! ```
//!
//! - `h`: the last hidden activations, `[n_examples, width]`, held still and without dropout; `W`, `b`: the classifier,
//!   `[width, n_outputs]`, drawn as a fresh network's is, from a stream of its own
//! - `ℓ⁰`: cross-entropy, or binary cross-entropy summed over the logits for a loss on sigmoids, of the logits as the loss
//!   of stage 1 reads them; no mining, no mixing, no weights. Under a head of cosines `W` is that head's
//! - batches: `class_balanced`, as large as in stage 1
//! - `epochs`: 10, the authors'; `learning_rate`: 0.05, the authors' 0.2 for batches of 512 in the proportion of batches of
//!   128; momentum 0.9, penalty 5e-4, half a cosine to 0
//!
//! Epochs of stage 2 follow those of stage 1 in the history, and the validation part picks one of them.
//!
//! Source: Kang, Xie, Rohrbach, Yan, Gordo, Feng, Kalantidis, *Decoupling Representation and Classifier for Long-Tailed
//! Recognition*, ICLR 2020; facebookresearch/classifier-balancing, `config/ImageNet_LT/cls_crt.yaml`.
//! Differs: there classes take turns (`ClassAwareSampler`), and the features are those of the last epoch.
//! Trap: a model without hidden layers has no features of its own: its stage 2 is a training from the start.

use std::num::NonZeroUsize;

use nn::range::Positive;
use nn::{Matrix, Network, Pass, Real};
use serde::{Deserialize, Serialize};

use crate::decoupling::Decoupling;
use crate::decoupling::definition::{Decoupled, Definition};
use crate::decoupling::retraining::{Classifier, Pace, Retraining};

/// Parameters of classifier re-training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Crt {
    /// Epochs of the second stage, at least 1; default 10.
    pub epochs: NonZeroUsize,
    /// Learning rate of the second stage, above 0; default 0.05.
    pub learning_rate: Positive,
}

impl Default for Crt {
    fn default() -> Self {
        Crt { epochs: const { NonZeroUsize::new(10).unwrap() }, learning_rate: Positive::new(0.05) }
    }
}

impl<T: Real> Definition<T> for Crt {
    fn code(&self) -> &'static str {
        include_str!("crt.rs")
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

    fn build(&self, mut decoupled: Decoupled<'_, T>) -> Option<Box<dyn Decoupling<T>>> {
        let inputs = std::mem::take(&mut decoupled.hidden);
        let head = decoupled.fresh_head(&inputs);
        let pace = Pace { epochs: self.epochs.get(), learning_rate: self.learning_rate };
        let fresh = Fresh { head, pass: Pass::default() };
        Some(Box::new(Retraining::new(fresh, inputs, &decoupled, &pace)))
    }
}

/// A classifier drawn anew: a network without hidden layers.
struct Fresh<T> {
    head: Network<T>,
    pass: Pass<T>,
}

impl<T: Real> Classifier<T> for Fresh<T> {
    fn logits(&mut self, inputs: &Matrix<T>) -> &Matrix<T> {
        self.head.forward(inputs, &mut self.pass);
        self.pass.logits()
    }

    fn gradient(&mut self, inputs: &Matrix<T>, slopes: &Matrix<T>, gradient: &mut Vec<T>) {
        self.head.backward(inputs, slopes, None, &mut self.pass, gradient);
    }

    fn parameters(&mut self) -> &mut [T] {
        self.head.parameters_mut()
    }

    fn write(&self, network: &mut Network<T>) {
        network.head_mut().copy_from_slice(self.head.parameters());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decoupling::definition::testing::{decoupled, network};
    use crate::examples::Examples;
    use crate::losses::{Link, PerExample, Plain, Readout};

    const H: f64 = 1e-6;

    #[test]
    fn what_is_below_the_classifier_keeps_every_bit_and_the_classifier_none() {
        let (before, mut written) = (network(), network());
        let mut second = Crt::default().build(decoupled(&before)).unwrap();
        second.round(0, &mut |_| {});
        second.write(&mut written);
        let n_below = before.n_parameters() - before.head().len();
        assert_eq!(written.parameters()[..n_below], before.parameters()[..n_below]);
        let heads = written.head().iter().zip(before.head());
        assert!(heads.into_iter().all(|(after, before)| after != before));
    }

    #[test]
    fn the_classifier_learns_from_batches_of_equal_classes() {
        let network = network();
        let parts = decoupled(&network);
        let targets = parts.hidden.targets.clone();
        let mut second = Crt::default().build(parts).unwrap();
        let (mut losses, mut seen) = (Vec::new(), [0.0; 3]);
        for number in 0..10 {
            losses.push(second.round(number, &mut |rows| {
                rows.iter().for_each(|&row| seen[targets[row as usize] as usize] += 1.0);
            }));
        }
        assert!(losses[9] < 0.7 * losses[0], "{losses:?}");
        // Five standard deviations of a binomial of 300 and 1/3.
        assert!(seen.iter().all(|n| (n - 100.0).abs() < 41.0), "{seen:?}");
    }

    #[test]
    fn logits_that_are_read_with_a_scale_learn_along_its_slope() {
        let network = network();
        let readout = Readout { scale: 3.0, ..Readout::plain(Link::Softmax) };
        let parts = Decoupled { readout: &readout, batch_size: 30, ..decoupled(&network) };
        let hidden = parts.hidden.clone();
        let loss = |head: &Network<f64>, rows: &[u32]| {
            let (mut batch, mut pass) = (Examples::default(), Pass::default());
            let mut out = PerExample::default();
            batch.gather(&hidden, rows);
            head.forward(&batch.features, &mut pass);
            Plain::new(&readout).score(pass.logits(), &batch.targets, &mut out);
            out.losses.iter().sum::<f64>() / rows.len() as f64
        };
        let before = parts.fresh_head(&hidden);
        let rate = Positive::new(1e-3);
        let mut second = Crt { learning_rate: rate, ..Crt::default() }.build(parts).unwrap();
        let (mut batch, mut written) = (Vec::new(), network.clone());
        let reported = second.round(0, &mut |rows| batch.extend_from_slice(rows));
        second.write(&mut written);
        assert!((reported - loss(&before, &batch)).abs() < 1e-14);
        for i in 0..before.n_parameters() {
            let moved = |by: f64| {
                let mut head = before.clone();
                head.parameters_mut()[i] += by;
                loss(&head, &batch)
            };
            let slope = (moved(H) - moved(-H)) / (2.0 * H) + 5e-4 * before.parameters()[i];
            let step = before.parameters()[i] - written.head()[i];
            assert!((step - 1e-3 * slope).abs() < 1e-10, "{i}: {step} {slope}");
        }
    }
}
