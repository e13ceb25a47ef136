//! The gradient of plain training at a step: of the mean of the plain loss over the batch, nothing mined,
//! nothing weighed; blended where the method mixes.

use nn::{Matrix, Real};

use crate::control::definition::Forward;
use crate::losses::{PerExample, Plain, Readout};

/// The plain gradient, with its workspace.
pub(crate) struct PlainGradient<T> {
    plain: Plain<T>,
    evaluated: PerExample<T>,
    partners: PerExample<T>,
    logits: Matrix<T>,
    weights: Vec<T>,
    gradient: Vec<T>,
}

impl<T: Real> PlainGradient<T> {
    /// Of logits that are read by `readout`.
    pub(crate) fn new(readout: &Readout) -> Self {
        PlainGradient {
            plain: Plain::new(readout),
            evaluated: PerExample::default(),
            partners: PerExample::default(),
            logits: Matrix::default(),
            weights: Vec::new(),
            gradient: Vec::new(),
        }
    }

    /// The gradient of all parameters at a step, `[n_parameters]`. It overwrites what a backward pass overwrites.
    pub(crate) fn at(&mut self, forward: Forward<'_, T>) -> &mut Vec<T> {
        let Forward { network, features, targets, mixture, pass } = forward;
        let PlainGradient { plain, evaluated, partners, logits, weights, gradient } = self;
        logits.clone_from(pass.logits());
        mixture.evaluate(targets, [evaluated, partners], |targets, out| {
            plain.score(logits, targets, out);
        });
        weights.clear();
        weights.resize(targets.len(), plain.scale() / T::of(targets.len() as f64));
        evaluated.weigh(weights);
        network.backward(features, &evaluated.gradient, None, pass, gradient);
        gradient
    }
}

/// Eight sums side by side, in an order that depends on the length alone.
pub(crate) fn dot<T: Real>(a: &[T], b: &[T]) -> f64 {
    let mut sums = [0.0_f64; 8];
    for (a, b) in a.chunks(8).zip(b.chunks(8)) {
        sums.iter_mut()
            .zip(a.iter().zip(b))
            .for_each(|(sum, (a, b))| *sum += a.to_f64() * b.to_f64());
    }
    sums.iter().sum()
}

/// The Euclidean length.
pub(crate) fn norm<T: Real>(gradient: &[T]) -> f64 {
    dot(gradient, gradient).sqrt()
}
