//! Weights by a network that learns, step by step, to lower the meta loss.
//!
//! ```text
//! θ̂   = θ - η Σ_i c_i(Θ) ∇ℓ_i(θ)              a look-ahead; c as in `shares`
//! Θ   ← Θ - β ∂L_meta(θ̂)/∂Θ                   by the optimiser of the weight network
//! w_i = the weights of the values at the new Θ
//! ```

use nn::{Optimizer, OptimizerSpec, Real};

use crate::losses::Epoch;
use crate::reweighting::meta::{LookAhead, MetaBatches};
use crate::reweighting::none::mean;
use crate::reweighting::shares::{Shares, Valued};
use crate::reweighting::weight_net::WeightNet;
use crate::reweighting::{Reweighting, Step};

/// A weight network under way.
pub(super) struct LearnedWeighing<T> {
    look: LookAhead<T>,
    pub(super) meta: MetaBatches<T>,
    pub(super) net: WeightNet<T>,
    pub(super) optimizer: Box<dyn Optimizer<T>>,
    shares: Shares,
    /// The head of each class, `[n_classes]`.
    pub(super) heads: Vec<u32>,
    /// Share of the epochs before the weights count.
    start: f64,
    acts: bool,
    workspace: Workspace<T>,
}

/// What one step works in.
#[derive(Default)]
struct Workspace<T> {
    coefficients: Vec<T>,
    /// The slopes of the meta loss in the coefficients.
    slopes: Vec<T>,
    by_value: Vec<T>,
    by_slope: Vec<T>,
}

impl<T: Real> LearnedWeighing<T> {
    pub(super) fn new(
        (look, meta): (LookAhead<T>, MetaBatches<T>),
        net: WeightNet<T>,
        optimizer: &OptimizerSpec,
        shares: Shares,
        heads: Vec<u32>,
    ) -> Self {
        let optimizer = optimizer.build(net.parameters.len());
        let workspace = Workspace::default();
        LearnedWeighing {
            look,
            meta,
            net,
            optimizer,
            shares,
            heads,
            start: 0.0,
            acts: true,
            workspace,
        }
    }

    /// The same, but for the mean before the share `start` of the epochs.
    pub(super) fn from(self, start: f64) -> Self {
        LearnedWeighing { start, acts: start == 0.0, ..self }
    }

    /// `∂L_meta(θ̂)/∂Θ`, left in the network's gradient.
    pub(super) fn look(&mut self, step: &mut Step<'_, T>) {
        let LearnedWeighing { look, meta, net, shares, heads, workspace, .. } = self;
        let Workspace { coefficients, slopes, by_value, by_slope } = workspace;
        let (losses, selection, targets) = (&*step.evaluated.losses, step.selection, step.targets);
        let heads = || targets.iter().map(|&y| heads[y as usize]);
        net.evaluate(losses, heads());
        let batch = Valued { losses, selection, values: &net.values, slopes: &net.slopes };
        shares.coefficients(&batch, coefficients);
        look.slopes(step, coefficients, meta.draw(), slopes);
        shares.back(&batch, (coefficients, slopes), [by_value, by_slope]);
        net.backward(losses, heads(), by_value, by_slope);
    }
}

impl<T: Real> Reweighting<T> for LearnedWeighing<T> {
    fn begin_epoch(&mut self, epoch: &Epoch<'_>) {
        self.acts = self.start <= epoch.progress;
        self.look.begin_epoch(epoch);
    }

    fn weigh(&mut self, mut step: Step<'_, T>, weights: &mut Vec<T>) {
        if !self.acts || self.meta.is_empty() || step.selection.divisor == T::ZERO {
            return mean(step.selection, weights);
        }
        self.look(&mut step);
        let LearnedWeighing { net, optimizer, shares, heads, .. } = self;
        optimizer.step(&mut net.parameters, &net.gradient, 1.0);
        let (losses, selection) = (&*step.evaluated.losses, step.selection);
        net.evaluate(losses, step.targets.iter().map(|&y| heads[y as usize]));
        let batch = Valued { losses, selection, values: &net.values, slopes: &net.slopes };
        shares.weights(&batch, weights);
    }

    fn values(&mut self, losses: &[T]) -> Vec<Vec<T>> {
        let LearnedWeighing { net, heads, .. } = self;
        let of_head = |&head: &u32| {
            net.evaluate(losses, std::iter::repeat_n(head, losses.len()));
            net.values.clone()
        };
        heads.iter().map(of_head).collect()
    }
}
