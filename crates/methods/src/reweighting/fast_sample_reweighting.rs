//! Fast sample reweighting: a meta set of training examples that fell in loss when the step was looked ahead to.
//!
//! ```text
//! e      = 1 / Σ_j v_j m_j                          the weight of an example under the mean
//! θ̂      = the step along Σ_i v_i e ∇ℓ_i(θ)         which is not taken
//! s_i    = ∂L_queue(θ̂)/∂e_i                         at e_i = e
//! r_i    = (e - s_i) - min_j (e - s_j) + e          or max(0, -s_i) with clip
//! w_i    = v_i r_i / (Σ_j v_j r_j + 1e-5)
//! m_i    = ℓ⁰_i(θ) - ℓ⁰_i(θ̂)                        the loss margin of a row: a large one is easily learnt
//! ```
//!
//! - `ℓ`: the losses of the training batch, `[n_examples]`, whatever the loss; `v`: what mining kept; `m_j`: what an example
//!   adds to the divisor of a mean; `ℓ⁰`: the plain loss
//! - the queue: of each class the `capacity / K` rows with the largest margins, as the last epoch left them;
//!   `margin_kept` (β in the authors' code) is the share of a row's older margin that is kept. In the first epoch, and of a
//!   class no row of which was met, it is drawn at random
//! - `L_queue`: the mean plain loss of `queue_batch_size` rows of the queue, as many of each class, drawn anew in each step; a
//!   class that has fewer gives all it has
//! - `capacity = 3000`, `queue_batch_size = 800`, `clip = false`, `margin_kept = 0`, `start = 0.8`: 160 of 200 epochs, before
//!   which every mined example counts alike while the queue is kept, and no epoch of which is picked as the best: the
//!   authors', for long-tailed CIFAR
//! - `look_ahead = "optimizer"`: with the momentum and the weight decay of the training, as they look ahead; at its learning
//!   rate; `look_ahead_steps = 1`: more of them, of `look_ahead = "plain"` alone, are taken on the same batch with the same
//!   weights, and differentiated through (ours)
//!
//! No meta set is read: one that the protocol takes out of the training part is not learnt from.
//!
//! Source: Zhang, Pfister, *Learning Fast Sample Re-weighting Without Reward Data*, ICCV 2021, and the authors' program.
//! Differs: the step of the authors' look-ahead has a length of its own, and the weight decay of θ̂ is part of their meta loss.
//! Their pseudo-labels, mixup and strong augmentation are other methods, and not here.
//! Trap: margins compare the training pass, with dropout, with a pass without: under dropout they are noisier.
//! Trap: rows that are easily learnt are taken for clean, and may be near to each other rather than typical.

use std::num::NonZeroUsize;

use nn::range::{BelowOne, UnitInterval};
use nn::{Real, Stream};
use serde::{Deserialize, Serialize};

use crate::examples::Examples;
use crate::losses::{Epoch, LossSpec, PerExample, Plain};
use crate::reweighting::definition::{Definition, Reweighed};
use crate::reweighting::meta::{LookAhead, VirtualStep};
use crate::reweighting::none::mean;
use crate::reweighting::unrolled::LookAheadSteps;
use crate::reweighting::{Reweighting, Step};

/// Parameters of fast sample reweighting.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FastSampleReweighting {
    /// Rows in the queue, at least 1; each class has a share, of at least one row.
    pub capacity: NonZeroUsize,
    /// Rows of it in a step, at least 1; each class has a share, of at least one row.
    pub queue_batch_size: NonZeroUsize,
    /// Whether an example that does not lower the loss of the queue has weight 0; if not, each has some.
    pub clip: bool,
    /// Share of a row's margin that is kept when there is a new one, below 1.
    pub margin_kept: BelowOne,
    /// Share of the epochs before the weights count.
    pub start: UnitInterval,
    /// The step that is looked ahead to: that of the `optimizer` of the training, or `plain` descent.
    pub look_ahead: VirtualStep,
    /// How many steps of it are looked ahead to, on the same batch with the same weights; more than one of `plain` descent.
    /// The default is 1.
    #[serde(skip_serializing_if = "LookAheadSteps::is_one")]
    pub look_ahead_steps: LookAheadSteps,
}

impl Default for FastSampleReweighting {
    fn default() -> Self {
        FastSampleReweighting {
            capacity: const { NonZeroUsize::new(3000).unwrap() },
            queue_batch_size: const { NonZeroUsize::new(800).unwrap() },
            clip: false,
            margin_kept: BelowOne::new(0.0),
            start: UnitInterval::new(0.8),
            look_ahead: VirtualStep::Optimizer,
            look_ahead_steps: LookAheadSteps::default(),
        }
    }
}

impl FastSampleReweighting {
    fn queued<T: Real>(&self, reweighed: &Reweighed<'_, T>) -> Queued<T> {
        let n_classes = reweighed.setting.counts.n_classes();
        let of_class = |n: NonZeroUsize| (n.get() / n_classes.max(1)).max(1);
        Queued {
            parameters: self.clone(),
            acts: self.start.get() == 0.0,
            look: LookAhead::new(reweighed.readout, self.look_ahead)
                .of_steps(&self.look_ahead_steps, reweighed),
            queue: Queue {
                capacity: of_class(self.capacity),
                n_drawn: of_class(self.queue_batch_size),
                classes: vec![Vec::new(); n_classes],
                margins: Vec::new(),
                is_due: true,
                stream: reweighed.setting.streams.stream("queue"),
                rows: Vec::new(),
                batch: Examples::default(),
            },
            plain: Plain::new(reweighed.readout),
            before: PerExample::default(),
            coefficients: Vec::new(),
        }
    }
}

impl<T: Real> Definition<T> for FastSampleReweighting {
    fn code(&self) -> &'static str {
        include_str!("fast_sample_reweighting.rs")
    }

    fn version(&self, _: &LossSpec) -> u32 {
        1
    }

    fn needs_meta(&self) -> bool {
        false
    }

    /// But for the 1e-5, which may be more than what is cut off leaves.
    fn keeps_the_sum(&self) -> bool {
        !self.clip
    }

    fn acts_from(&self) -> f64 {
        self.start.get()
    }

    fn products(&self) -> f64 {
        // Beside the products of a batch, three for the rows of the queue, in batches of the default size.
        4.5 + 3.0 * self.queue_batch_size.get() as f64 / 128.0
    }

    fn networks(&self) -> f64 {
        2.0
    }

    fn further_steps(&self) -> usize {
        self.look_ahead_steps.further()
    }

    fn no_further_steps(&self) -> Option<&'static str> {
        self.look_ahead.no_further_steps(&self.look_ahead_steps)
    }

    fn build(&self, reweighed: Reweighed<'_, T>) -> Box<dyn Reweighting<T>> {
        Box::new(self.queued(&reweighed))
    }
}

/// Fast sample reweighting under way.
struct Queued<T> {
    parameters: FastSampleReweighting,
    acts: bool,
    look: LookAhead<T>,
    queue: Queue<T>,
    plain: Plain<T>,
    /// The plain losses before the step.
    before: PerExample<T>,
    coefficients: Vec<T>,
}

/// Rows of the training part that are easily learnt.
struct Queue<T> {
    /// Rows of each class, and how many of them are drawn.
    capacity: usize,
    n_drawn: usize,
    classes: Vec<Vec<u32>>,
    /// The margin of each row that was met, `[n_train]`.
    margins: Vec<Option<T>>,
    /// Whether it has to be filled anew before it is drawn from.
    is_due: bool,
    stream: Stream,
    rows: Vec<u32>,
    batch: Examples<T>,
}

impl<T: Real> Queue<T> {
    /// Takes the rows with the largest margins; of equal ones the first. A class without margins has random rows.
    fn fill(&mut self, targets: &[u32]) {
        let Queue { capacity, classes, margins, is_due, stream, .. } = self;
        *is_due = false;
        margins.resize(targets.len(), None);
        for (class, queued) in classes.iter_mut().enumerate() {
            let of_class = |row: &u32| targets[*row as usize] as usize == class;
            let all = (0..targets.len() as u32).filter(of_class);
            let met = all.clone().filter(|&row| margins[row as usize].is_some());
            if met.clone().next().is_some() {
                queued.clear();
                queued.extend(met);
                let margin = |row: u32| margins[row as usize].unwrap_or(T::ZERO);
                queued.sort_by(|&a, &b| margin(b).total_cmp(&margin(a)));
            } else if queued.is_empty() {
                queued.extend(all);
                stream.shuffle(queued);
            }
            queued.truncate(*capacity);
        }
    }

    /// The next batch of it.
    fn draw(&mut self, train: &Examples<T>) -> &Examples<T> {
        if self.is_due {
            self.fill(&train.targets);
        }
        let Queue { n_drawn, classes, stream, rows, batch, .. } = self;
        rows.clear();
        for queued in classes {
            // The first places of a shuffle from the front; not where all are taken.
            let n_shuffled = if *n_drawn < queued.len() { *n_drawn } else { 0 };
            for place in 0..n_shuffled {
                let other = place + stream.below(queued.len() - place);
                queued.swap(place, other);
            }
            rows.extend(&queued[..queued.len().min(*n_drawn)]);
        }
        batch.gather(train, rows);
        batch
    }

    /// A margin that is no number is not noted.
    fn note(&mut self, row: u32, margin: T, kept: T) {
        if !margin.is_finite() {
            return;
        }
        let noted = &mut self.margins[row as usize];
        let older = noted.map_or(margin, |older| kept * older + (T::ONE - kept) * margin);
        *noted = Some(older);
    }
}

impl<T: Real> Queued<T> {
    /// What the step that was looked ahead to does to the losses of the batch.
    fn note_margins(&mut self, step: &Step<'_, T>) {
        let Queued { parameters, look, queue, plain, before, .. } = self;
        plain.score(step.pass.logits(), step.targets, before);
        let after = look.losses_ahead(step.features, step.targets);
        let kept = T::of(parameters.margin_kept.get());
        let pairs = before.losses.iter().zip(after);
        for (&row, (&before, &after)) in step.rows.iter().zip(pairs) {
            queue.note(row, before - after, kept);
        }
    }

    /// `w`, from `s` in their place.
    fn normalize(&self, step: &Step<'_, T>, slopes: &mut [T]) {
        let selection = step.selection;
        let e = T::ONE / selection.divisor;
        let mined = |v: T| v != T::ZERO;
        let pairs = slopes.iter().zip(&selection.weights).filter(|(_, v)| mined(**v));
        let largest = pairs.map(|(&s, _)| s).fold(None, |largest: Option<T>, s| {
            Some(largest.map_or(s, |largest| if largest < s { s } else { largest }))
        });
        let Some(largest) = largest else { return };
        let mut sum = T::ZERO;
        for (s, &v) in slopes.iter_mut().zip(&selection.weights) {
            *s = if !mined(v) || (self.parameters.clip && T::ZERO <= *s) {
                T::ZERO
            } else if self.parameters.clip {
                v * -*s
            } else {
                v * (largest - *s + e)
            };
            sum += *s;
        }
        let divisor = sum + T::of(1e-5);
        slopes.iter_mut().for_each(|w| *w /= divisor);
    }
}

impl<T: Real> Reweighting<T> for Queued<T> {
    fn begin_epoch(&mut self, epoch: &Epoch<'_>) {
        self.acts = self.parameters.start.get() <= epoch.progress;
        self.queue.is_due = true;
        self.look.begin_epoch(epoch);
    }

    fn weigh(&mut self, mut step: Step<'_, T>, weights: &mut Vec<T>) {
        mean(step.selection, weights);
        if step.selection.divisor == T::ZERO {
            return;
        }
        std::mem::swap(&mut self.coefficients, weights);
        let batch = self.queue.draw(step.train);
        self.look.slopes(&mut step, &self.coefficients, batch, weights);
        self.note_margins(&step);
        if self.acts {
            let mined = step.selection.weights.iter();
            weights.iter_mut().zip(mined).for_each(|(s, &v)| *s *= v);
            self.normalize(&step, weights);
        } else {
            weights.copy_from_slice(&self.coefficients);
        }
    }
}

#[cfg(test)]
mod tests;
