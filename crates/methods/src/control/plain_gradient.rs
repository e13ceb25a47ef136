//! The gradient of plain training at a step: of the mean of the plain loss over the batch, nothing mined,
//! nothing weighed; blended where the method mixes. Of a detector it is that of the plain loss of classes beside smooth L1 of
//! boxes, each a mean over the proposals of the batch: the two losses of Fast R-CNN.

use nn::{Matrix, Real};

use crate::control::definition::Forward;
use crate::losses::proposals::{DeltaColumns, Proposals, SmoothL1};
use crate::losses::{Batch, Loss, PerExample, Plain, Readout, Reduction};

/// The plain gradient, with its workspace.
pub(crate) struct PlainGradient<T> {
    plain: Plain<T>,
    /// The same beside a loss of boxes, where the network says anything of boxes.
    of_proposals: Option<Proposals<T>>,
    evaluated: PerExample<T>,
    partners: PerExample<T>,
    logits: Matrix<T>,
    weights: Vec<T>,
    gradient: Vec<T>,
}

impl<T: Real> PlainGradient<T> {
    /// Of logits that are read by `readout`.
    pub(crate) fn new(readout: &Readout) -> Self {
        let of_proposals = (readout.beside != 0).then(|| {
            let classes = Plain::new(&Readout { beside: 0, ..readout.clone() });
            let columns = DeltaColumns::of(readout.beside);
            Proposals::new(
                Box::new(classes),
                Reduction::Mean,
                Box::new(SmoothL1::default()),
                columns,
            )
        });
        PlainGradient {
            plain: Plain::new(readout),
            of_proposals,
            evaluated: PerExample::default(),
            partners: PerExample::default(),
            logits: Matrix::default(),
            weights: Vec::new(),
            gradient: Vec::new(),
        }
    }

    /// The gradient of all parameters at a step, `[n_parameters]`. It overwrites what a backward pass overwrites.
    pub(crate) fn at(&mut self, forward: Forward<'_, T>) -> &mut Vec<T> {
        let Forward { network, features, targets, rows, regions, mixture, pass } = forward;
        let PlainGradient { plain, of_proposals, evaluated, partners, logits, weights, gradient } =
            self;
        logits.clone_from(pass.logits());
        mixture.evaluate(targets, [evaluated, partners], |targets, out| match of_proposals {
            Some(both) => {
                both.evaluate(&Batch { logits, targets, rows, hidden: None, regions }, out);
            }
            None => plain.score(logits, targets, out),
        });
        let scale = if of_proposals.is_some() { T::ONE } else { plain.scale() };
        weights.clear();
        weights.resize(targets.len(), scale / T::of(targets.len() as f64));
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
