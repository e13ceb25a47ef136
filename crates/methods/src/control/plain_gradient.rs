//! The gradient of plain training at a step: of the mean of the plain loss over the batch, nothing mined,
//! nothing weighed; blended where the method mixes. Of a detector it is that of the plain loss of classes beside smooth L1 of
//! boxes, each a mean over the proposals of the batch: the two losses of Fast R-CNN. Of a network that learns from pairs it is that of
//! its own loss over all pairs of the batch.

use nn::{Matrix, Real};

use crate::control::definition::Forward;
use crate::losses::proposals::{DeltaColumns, Proposals, SmoothL1};
use crate::losses::{Batch, Loss, PerExample, Plain, Readout, Reduction};

/// The plain gradient, with its workspace.
pub(crate) struct PlainGradient<T> {
    costs: Costs<T>,
    evaluated: PerExample<T>,
    partners: PerExample<T>,
    logits: Matrix<T>,
    weights: Vec<T>,
    gradient: Vec<T>,
}

/// What plain training costs.
enum Costs<T> {
    /// The plain loss of examples.
    Plain(Box<Plain<T>>),
    /// Another loss, whose mean over the batch it is.
    Other(Box<dyn Loss<T>>),
}

impl<T: Real> PlainGradient<T> {
    /// Of logits that are read by `readout`.
    pub(crate) fn new(readout: &Readout) -> Self {
        let of_proposals = (readout.beside != 0).then(|| {
            let classes = Plain::new(&Readout { beside: 0, ..readout.clone() });
            let columns = DeltaColumns::of(readout.beside);
            let boxes = Box::new(SmoothL1::default());
            Proposals::new(Box::new(classes), Reduction::Mean, boxes, columns)
        });
        PlainGradient::of(match of_proposals {
            Some(both) => Costs::Other(Box::new(both)),
            None => Costs::Plain(Box::new(Plain::new(readout))),
        })
    }

    /// Of a loss of whole batches.
    pub(crate) fn of_batches(plain: Box<dyn Loss<T>>) -> Self {
        PlainGradient::of(Costs::Other(plain))
    }

    fn of(costs: Costs<T>) -> Self {
        PlainGradient {
            costs,
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
        let PlainGradient { costs, evaluated, partners, logits, weights, gradient } = self;
        logits.clone_from(pass.logits());
        mixture.evaluate(targets, [evaluated, partners], |targets, out| match costs {
            Costs::Plain(plain) => plain.score(logits, targets, out),
            Costs::Other(loss) => {
                loss.evaluate(&Batch { logits, targets, rows, hidden: None, regions }, out);
            }
        });
        let scale = match costs {
            Costs::Plain(plain) => plain.scale(),
            Costs::Other(_) => T::ONE,
        };
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
