//! Meta sampler: how often each class is drawn is learnt from a meta set, together with the network.
//!
//! ```text
//! P(class k) = n_k σ(ψ_k) / Σ_j n_j σ(ψ_j),   then each of its examples alike, with replacement
//! s_i        = softmax_k(ln(n_k σ(ψ_k)) + G_ik),   G Gumbel,   k_i = argmax_k s_ik      the class of draw i
//! φ̂(s)       = φ - η Σ_i w_i s_i[k_i] ∇_φ ℓ_i            a step of the last layer φ, which is not taken
//! ψ          ← Adam(ψ, ∂L_meta(φ̂)/∂ψ)                    s_i[k_i] counts as 1, and has the slopes of the softmax
//!
//! ∂L_meta/∂ψ_m = Σ_i u_i s_i[k_i] ([m = k_i] - s_im) (1 - σ(ψ_m)),   u_i = -η w_i ⟨∇L_meta(φ̂), ∇_φ ℓ_i⟩
//! ```
//!
//! - `ψ`: a number for each class; `σ`: the sigmoid; `n_k`: the examples of class `k`; `s`: `[n_examples, n_classes]`, by the
//!   straight-through estimator
//! - `ℓ_i`: the loss of the training; `w_i`: how much mining and reweighting let the example count; `η`: the learning rate
//!   of the step; `L_meta`: the plain loss on a batch of the meta set, as for `l2rw`
//! - `learning_rate`: 0.01, Adam's (the authors'); at 0 it draws what `power` with `q = 1 - initial_power` draws, row by row
//!   (from a part of the rows, as a miner's pool is, at `initial_power = 0`)
//! - `initial_power`: 0, as in the authors' program: `σ(ψ_k)` is proportional to `n_k^-initial_power` at first; 0 draws every
//!   example alike, 1 every class. Their experiments on CIFAR have 0.1 and a learning rate of 0.001
//! - `meta_batch_size`: 32 (ours)
//! - what a loss reads as the classes' frequencies are those of the training examples whatever is drawn, as in the authors'
//!   balanced softmax, beside which the sampler is meant to stand
//! - draws with replacement, as many in an epoch as there are training examples. Without a meta set nothing is learnt
//!
//! Source: Ren, Yu, Sheng, Ma, Zhao, Yi, Li, *Balanced Meta-Softmax for Long-Tailed Visual Recognition*, NeurIPS 2020, and
//! the authors' program (`data/MetaSampler.py`, `run_networks.py`).
//! Differs: there the last layer alone learns, over features of a network that was trained before; here the network does.
//! Differs: there the look-ahead has the momentum and the penalty of the optimiser; here it is plain descent.
//! Differs: there a draw is relaxed among all examples, `n` numbers for each, here among the classes: the same rows as
//! often, and slopes of the softmax over classes.
//! Differs: there the meta set is the training part, drawn class by class; here it is `protocol.meta`, which no method
//! learns from.
//! Trap: what the sampler learns depends on what the loss leaves to it. After 60 epochs on `page-blocks0`, 2,900 steps (an MLP
//! of 32, batches of 64, 10 meta examples a class, two seeds), the rare class, a tenth of the rows, was drawn with a
//! probability of 0.56 and 0.71 under cross-entropy, and of 0.12 and 0.18 under `balanced_softmax`.
//! Trap: Adam moves `ψ` by no more than about the learning rate a step, so that 0.01 is for thousands of steps. In the 400 of
//! 60 epochs on `abalone9-18` the rare class came from 0.04 to 0.20 at that rate, and to 0.9 at 0.1.
//! Trap: controls act on weights within a batch and leave the rates as they are. What learning them gains shows beside a
//! `power` that draws the classes as often in the end.

use std::num::NonZeroUsize;

use nn::range::{NonNegative, Positive};
use nn::{Adam, Optimizer, OptimizerSpec, Stream, Streams};
use serde::{Deserialize, Serialize};

use crate::losses::Epoch;
use crate::sampling::by_class::{ByClass, pick, sizes};
use crate::sampling::definition::Definition;
use crate::sampling::learning::Learning;
use crate::sampling::{Batches, Pool, Sampling};
use crate::setting::ClassCounts;

/// Parameters of the meta sampler.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MetaSampler {
    /// Step size of Adam, at least 0; default 0.01.
    pub learning_rate: NonNegative,
    /// How far classes are drawn alike at first, at least 0; default 0, every example alike. 1 is every class alike.
    pub initial_power: NonNegative,
    /// Number of meta examples in a step, at least 1; default 32.
    pub meta_batch_size: NonZeroUsize,
}

impl Default for MetaSampler {
    fn default() -> Self {
        MetaSampler {
            learning_rate: NonNegative::new(0.01),
            initial_power: NonNegative::new(0.0),
            meta_batch_size: const { NonZeroUsize::new(32).unwrap() },
        }
    }
}

impl Definition for MetaSampler {
    fn code(&self) -> &'static str {
        include_str!("meta_sampler.rs")
    }

    fn version(&self) -> u32 {
        1
    }

    fn build(&self, targets: &[u32], n_classes: usize, streams: &Streams) -> Box<dyn Sampling> {
        Box::new(MetaSampling::new(self, targets, n_classes, streams))
    }

    /// Those at the start.
    fn probabilities(&self, counts: &[u32]) -> Option<Vec<f64>> {
        Some(probabilities(counts, &self.initial_logits(counts)))
    }

    fn meta_batch_size(&self) -> Option<NonZeroUsize> {
        Some(self.meta_batch_size)
    }

    fn shown(&self, counts: &[u32]) -> ClassCounts {
        ClassCounts::new(counts.to_vec())
    }
}

impl MetaSampler {
    /// `ψ` at the start, from the examples of each class: the least and the largest `σ(ψ_k)` sum to 1.
    fn initial_logits(&self, counts: &[u32]) -> Vec<f64> {
        let power = -self.initial_power.get();
        let rate = |&n: &u32| if n == 0 { 1.0 } else { libm::pow(f64::from(n), power) };
        let present = || counts.iter().filter(|&&n| 0 < n).map(rate);
        let sum = present().fold(f64::INFINITY, f64::min) + present().fold(0.0, f64::max);
        // σ(ψ) = r / sum, so that ψ = ln(r / (sum - r)).
        let logit = |n: &u32| libm::log(rate(n) / (sum - rate(n))).clamp(-FARTHEST, FARTHEST);
        counts.iter().map(|n| if *n == 0 { 0.0 } else { logit(n) }).collect()
    }
}

/// The largest `ψ`: beyond it `σ(ψ)` has no slope left that would bring it back.
const FARTHEST: f64 = 30.0;

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-x))
}

/// `n_k σ(ψ_k) / Σ_j n_j σ(ψ_j)`.
fn probabilities(counts: &[u32], logits: &[f64]) -> Vec<f64> {
    let shares = counts.iter().zip(logits).map(|(&n, &psi)| f64::from(n) * sigmoid(psi));
    let shares: Vec<f64> = shares.collect();
    let sum: f64 = shares.iter().sum();
    shares.iter().map(|share| if sum == 0.0 { 0.0 } else { share / sum }).collect()
}

/// The meta sampler under way.
struct MetaSampling {
    by_class: ByClass,
    streams: Streams,
    /// `ψ`, `[n_classes]`.
    logits: Vec<f64>,
    optimizer: Option<Box<dyn Optimizer<f64>>>,
    meta_batch_size: NonZeroUsize,
    /// What the pool of the epoch shows of each class, `[n_classes][n_k]`, and how many.
    members: Vec<Vec<u32>>,
    counts: Vec<u32>,
    probabilities: Vec<f64>,
    rows: Stream,
    races: Stream,
    /// The class of each row that was drawn last, `[n_rows]`.
    winners: Vec<usize>,
    /// `s`, `[n_rows][n_classes]`.
    relaxed: Vec<f64>,
    gradient: Vec<f64>,
}

impl MetaSampling {
    fn new(spec: &MetaSampler, targets: &[u32], n_classes: usize, streams: &Streams) -> Self {
        let by_class = ByClass::new(targets, n_classes, streams);
        let members = by_class.shown(&Pool::full(targets.len())).into_owned();
        let counts = sizes(&members);
        let logits = spec.initial_logits(&counts);
        let learning_rate = spec.learning_rate.get();
        let optimizer = (0.0 < learning_rate).then(|| {
            let learning_rate = Positive::new(learning_rate);
            OptimizerSpec::Adam(Adam { learning_rate, ..Adam::default() }).build(n_classes)
        });
        MetaSampling {
            probabilities: probabilities(&counts, &logits),
            rows: streams.stream("batches"),
            races: streams.stream("races"),
            streams: streams.clone(),
            winners: Vec::new(),
            relaxed: Vec::new(),
            gradient: vec![0.0; n_classes],
            by_class,
            logits,
            optimizer,
            meta_batch_size: spec.meta_batch_size,
            members,
            counts,
        }
    }

    /// Appends `s` of a draw that `winner` has won. A race in which class `k` arrives at an exponential time `T_k` of rate
    /// `p_k` is won by `k` with probability `p_k`, whatever the time, and the others come later by times of their own rates;
    /// `-ln T_k` is `ln p_k` and a Gumbel number.
    fn relax(&mut self, winner: usize) {
        // Above 0, so that a class of probability 0 never arrives.
        let mut exponential = || (-libm::log(1.0 - self.races.uniform())).max(f64::MIN_POSITIVE);
        let first = exponential();
        let start = self.relaxed.len();
        for (k, &p) in self.probabilities.iter().enumerate() {
            let time = if k == winner { first } else { first + exponential() / p };
            self.relaxed.push(first / time);
        }
        let shares = &mut self.relaxed[start..];
        let sum: f64 = shares.iter().sum();
        shares.iter_mut().for_each(|share| *share /= sum);
    }

    /// `∂L_meta/∂ψ`, where `slopes` are `u`.
    fn find_gradient(&mut self, slopes: &[f64]) {
        let MetaSampling { logits, winners, relaxed, gradient, .. } = self;
        gradient.fill(0.0);
        let drawn = winners.iter().zip(relaxed.chunks_exact(logits.len()));
        for (&u, (&winner, shares)) in slopes.iter().zip(drawn) {
            let through = u * shares[winner];
            gradient[winner] += through;
            gradient.iter_mut().zip(shares).for_each(|(g, s)| *g -= through * s);
        }
        gradient.iter_mut().zip(&*logits).for_each(|(g, &psi)| *g *= sigmoid(-psi));
    }
}

impl Sampling for MetaSampling {
    /// The epoch as it would be if nothing were learnt during it.
    fn epoch(&mut self, epoch: &Epoch<'_>, pool: &Pool, batches: &mut Batches) {
        let MetaSampling { by_class, logits, .. } = self;
        by_class.draw(epoch, pool, batches, |counts| probabilities(counts, logits));
        self.members = by_class.shown(pool).into_owned();
        self.counts = sizes(&self.members);
        self.probabilities = probabilities(&self.counts, logits);
        self.rows = by_class.stream(epoch);
        self.races = self.streams.indexed("races", epoch.number as u64);
    }

    fn learning(&mut self) -> Option<&mut dyn Learning> {
        Some(self)
    }
}

impl Learning for MetaSampling {
    fn meta_batch_size(&self) -> NonZeroUsize {
        self.meta_batch_size
    }

    fn draw(&mut self, rows: &mut [u32]) {
        self.winners.clear();
        self.relaxed.clear();
        for row in rows {
            let (class, drawn) = pick(&mut self.rows, &self.members, &self.probabilities);
            *row = drawn;
            self.winners.push(class);
            self.relax(class);
        }
    }

    fn learn(&mut self, slopes: &[f64]) {
        // A network that has diverged teaches nothing.
        if slopes.is_empty() || slopes.iter().any(|slope| !slope.is_finite()) {
            return;
        }
        self.find_gradient(slopes);
        let MetaSampling { optimizer, logits, gradient, .. } = self;
        let Some(optimizer) = optimizer else { return };
        optimizer.step(logits, gradient, 1.0);
        logits.iter_mut().for_each(|psi| *psi = psi.clamp(-FARTHEST, FARTHEST));
        self.probabilities = probabilities(&self.counts, &self.logits);
    }

    fn probabilities(&self) -> &[f64] {
        &self.probabilities
    }
}

#[cfg(test)]
mod tests;
