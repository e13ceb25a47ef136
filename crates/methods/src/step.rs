//! One step of a network: augmentation, mixing, loss, mining, reweighting, control, backward, optimiser, buffers.

use std::sync::Arc;

use nn::{Network, Optimizer, Pass, Real, Stream};

use crate::augmentation::Augmentation;
use crate::control::{Control, Forward};
use crate::direction::{Direction, Lie};
use crate::examples::Examples;
use crate::lengths::Lengths;
use crate::losses::proposals::Regions;
use crate::losses::{Batch, Loss, PerExample};
use crate::mining::{Mining, Selection};
use crate::mixing::{Mixing, Mixture};
use crate::reweighting::{LastLayer, Reweighting, Step};
use crate::sampling::Pool;

/// What a step is made of.
#[expect(missing_debug_implementations, reason = "methods are trait objects")]
pub struct Methods<T> {
    /// What the examples of a batch are blended with.
    pub mixing: Box<dyn Mixing<T>>,
    /// What a prediction costs.
    pub loss: Box<dyn Loss<T>>,
    /// Which examples of a batch are learnt from.
    pub mining: Box<dyn Mining<T>>,
    /// How much each of them counts.
    pub reweighting: Box<dyn Reweighting<T>>,
    /// What is done in place of all that, for comparison.
    pub control: Box<dyn Control<T>>,
}

/// What became of a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Stepped {
    /// No example had a weight: nothing has moved.
    Skipped,
    /// The weighted loss before the step.
    Taken(f64),
}

/// Takes steps. It keeps the buffers that they need: after the first, none grows but where more rows of a batch count than
/// ever before.
#[expect(missing_debug_implementations, reason = "methods are trait objects")]
pub struct Descent<T> {
    /// What a step is made of.
    pub methods: Methods<T>,
    augmentation: Option<Augmentation<T>>,
    regions: Option<Arc<Regions>>,
    batch: Examples<T>,
    pass: Pass<T>,
    mixture: Mixture<T>,
    /// What the loss says of the partners' classes.
    partners: PerExample<T>,
    evaluated: PerExample<T>,
    selection: Selection<T>,
    weights: Vec<T>,
    gradient: Vec<T>,
    last_layer: Option<LastLayer<T>>,
    direction: Option<Direction<T>>,
    lengths: Option<Lengths<T>>,
}

impl<T: Real> Descent<T> {
    /// Steps by `methods`.
    pub fn new(methods: Methods<T>) -> Self {
        Descent {
            methods,
            augmentation: None,
            regions: None,
            batch: Examples::default(),
            pass: Pass::default(),
            mixture: Mixture::default(),
            partners: PerExample::default(),
            evaluated: PerExample::default(),
            selection: Selection::default(),
            weights: Vec::new(),
            gradient: Vec::new(),
            last_layer: None,
            direction: None,
            lengths: None,
        }
    }

    /// The same, looking now and then how the method's gradient lies to the plain one.
    #[must_use]
    pub fn beside_plain(self, direction: Direction<T>) -> Self {
        Descent { direction: Some(direction), ..self }
    }

    /// The same, finding out at each step what the meta loss says of how much each example counts.
    #[must_use]
    pub fn looking_ahead(self, last_layer: LastLayer<T>) -> Self {
        Descent { last_layer: Some(last_layer), ..self }
    }

    /// Measures the gradients of the examples from the next step on.
    pub fn measure(&mut self, lengths: Lengths<T>) {
        self.lengths = Some(lengths);
    }

    /// The same on images that are augmented first.
    #[must_use]
    pub fn augmented(self, augmentation: Option<Augmentation<T>>) -> Self {
        Descent { augmentation, ..self }
    }

    /// The same on rows that are proposals, and lie there.
    #[must_use]
    pub fn on_regions(self, regions: Option<Arc<Regions>>) -> Self {
        Descent { regions, ..self }
    }

    /// The steps that follow are of the epoch `number`, from 0.
    pub fn begin_epoch(&mut self, number: usize) {
        if let Some(augmentation) = &mut self.augmentation {
            augmentation.begin_epoch(number);
        }
    }

    /// One step of `network` on `rows` of `train`, weighed as `pool` weighs them; `rate` is the factor of the optimiser's
    /// learning rate.
    pub fn step(
        &mut self,
        network: &mut Network<T>,
        optimizer: &mut dyn Optimizer<T>,
        train: &Examples<T>,
        (rows, pool): (&[u32], &Pool),
        rate: f64,
        dropout: &mut Stream,
    ) -> Stepped {
        let Descent {
            methods,
            augmentation,
            regions,
            batch,
            pass,
            mixture,
            partners,
            evaluated,
            selection,
            weights,
            gradient,
            last_layer,
            direction,
            lengths,
        } = self;
        batch.gather(train, rows);
        if let Some(augmentation) = augmentation {
            augmentation.augment(&mut batch.features, rows);
        }
        mixture.clear();
        methods.mixing.mix(&mut batch.features, &batch.targets, mixture);
        let Examples { features, targets } = &*batch;

        let before_masks = dropout.clone();
        network.forward_training(features, dropout, pass);
        let hidden = Some(pass.last_hidden().unwrap_or(features));
        let regions = regions.as_deref();
        let seen = Batch { logits: pass.logits(), targets, rows, hidden, regions };
        mixture.evaluate(targets, [evaluated, partners], |targets, out| {
            methods.loss.evaluate(&Batch { targets, ..seen }, out);
        });
        methods.mining.select(&seen, evaluated, selection);
        if pool.is_weighted() {
            selection.weigh(rows.iter().map(|&row| pool.weight(row)), &evaluated.mass);
        }
        selection.divide_by_at_least(evaluated.least_divisor);
        evaluated.settle(&selection.weights, selection.divisor);
        let ahead: &dyn Optimizer<T> = optimizer;
        methods.reweighting.weigh(
            Step {
                network,
                features,
                targets,
                rows,
                train,
                pass,
                evaluated,
                selection,
                optimizer: ahead,
                rate,
                dropout: &before_masks,
            },
            weights,
        );
        if let Some(last_layer) = last_layer {
            let hidden = pass.last_hidden().unwrap_or(features);
            let eta = optimizer.learning_rate() * rate;
            last_layer.look(network, hidden, evaluated, (weights, eta));
        }
        methods.control.weights(targets, weights);
        if let Some(lengths) = lengths {
            lengths.measure(pass.logits(), targets, mixture, (evaluated, weights));
        }
        if weights.iter().all(|&w| w == T::ZERO) {
            return Stepped::Skipped;
        }
        let losses = evaluated.losses.iter().zip(&*weights);
        let loss = losses.map(|(loss, w)| loss.to_f64() * w.to_f64()).sum();
        evaluated.weigh(weights);
        let d_hidden = evaluated.hidden_gradient();
        network.backward(features, &evaluated.gradient, d_hidden, pass, gradient);
        if let Some(direction) = direction {
            direction.look(
                Forward { network, features, targets, rows, regions, mixture, pass },
                gradient,
            );
        }
        if !methods.control.gradient(
            Forward { network, features, targets, rows, regions, mixture, pass },
            gradient,
        ) {
            return Stepped::Skipped;
        }
        optimizer.step(network.parameters_mut(), gradient, rate);
        network.absorb(pass);
        Stepped::Taken(loss)
    }

    /// How the gradients lay to the plain ones, where that was looked at.
    pub fn lie(&self) -> Option<Lie> {
        self.direction.as_ref()?.mean()
    }

    /// How much the meta loss after the last step grows with how much each example counted, where that was looked at.
    pub fn meta_slopes(&self) -> &[f64] {
        self.last_layer.as_ref().map_or(&[], LastLayer::slopes)
    }

    /// The gradients of the examples of the last step, where they are measured.
    pub fn lengths(&self) -> Option<&Lengths<T>> {
        self.lengths.as_ref()
    }

    /// The weight of each example in the last step, every divisor applied.
    pub fn weights(&self) -> &[T] {
        &self.weights
    }
}
