//! Boosted trees: a round is loss, gradient, curvature, one tree an output.

use std::ops::Range;

use baselines::boosted_trees::{Binned, Tree};
use methods::losses::{Batch, Epoch, Link, Loss, PerExample};
use methods::sampling::{Batches, Pool, Sampling};
use methods::setting::Setting;
use nn::Matrix;

use crate::audit::Audit;
use crate::learner::{Learner, Learnt, Outputs};
use crate::prepare::Examples;
use crate::record::digest;
use crate::spec::BoostedLearner;

/// Step of the central difference that gives the curvature.
const STEP: f64 = 1e-3;

/// Trees, and what the next round needs.
pub(crate) struct Booster<'a> {
    learner: &'a BoostedLearner,
    train: &'a Examples,
    sampling: Box<dyn Sampling>,
    loss: Box<dyn Loss<f64>>,
    data: Binned,
    n_outputs: usize,
    /// What every logit is before the first tree.
    start: f64,
    /// `[n_rounds][n_outputs]`.
    trees: Vec<Vec<Tree>>,
    /// Rounds that were kept.
    kept: Option<usize>,
    /// Logits of the training part.
    scores: Matrix<f64>,
    /// All rows: nothing is mined.
    pool: Pool,
    /// One batch a round.
    batches: Batches,
    /// Of the rows of a round.
    logits: Matrix<f64>,
    targets: Vec<u32>,
    evaluated: PerExample<f64>,
    bumped: PerExample<f64>,
    /// `[n_outputs][n_train]`.
    gradients: Vec<Vec<f64>>,
    hessians: Vec<Vec<f64>>,
}

impl<'a> Booster<'a> {
    pub(crate) fn new(
        learner: &'a BoostedLearner,
        learnt: Learnt<'a>,
        setting: &Setting<'_>,
    ) -> Result<Self, String> {
        let Learnt { train, sampling, parts, .. } = learnt;
        let n_outputs = learner.loss.n_outputs(parts.n_classes);
        let start = learner.loss.traits().start.bias(n_outputs);
        let n_train = train.targets.len();
        Ok(Booster {
            learner,
            train,
            sampling,
            loss: learner.loss.build(setting).map_err(|error| error.to_string())?,
            data: Binned::new(train.features.values(), parts.n_features),
            n_outputs,
            start,
            trees: Vec::new(),
            kept: None,
            scores: Matrix::from_values(n_outputs, vec![start; n_train * n_outputs]),
            pool: Pool::full(n_train),
            batches: Batches::new(usize::MAX),
            logits: Matrix::default(),
            targets: Vec::new(),
            evaluated: PerExample::default(),
            bumped: PerExample::default(),
            gradients: vec![vec![0.0; n_train]; n_outputs],
            hessians: vec![vec![0.0; n_train]; n_outputs],
        })
    }

    /// One tree an output, grown to the rows of `order`; the mass of these rows, and their mean loss before the trees.
    fn boost(&mut self, order: &[u32]) -> (f64, f64) {
        self.logits.gather(&self.scores, order);
        self.targets.clear();
        self.targets.extend(order.iter().map(|&row| self.train.targets[row as usize]));
        let batch = Batch { rows: order, ..Batch::new(&self.logits, &self.targets) };
        self.loss.evaluate(&batch, &mut self.evaluated);
        let n = order.len().max(1) as f64;
        let mass: f64 = self.evaluated.mass.iter().sum();
        let scale = if 0.0 < mass { n / mass } else { 0.0 };
        let loss = self.evaluated.losses.iter().sum::<f64>() * scale / n;
        for output in 0..self.n_outputs {
            self.gradients[output].fill(0.0);
            for (row, slope) in order.iter().zip(self.evaluated.gradient.rows()) {
                self.gradients[output][*row as usize] += slope[output] * scale;
            }
            self.curve(output, order, scale);
        }
        self.grow();
        (mass, loss)
    }

    /// Curvature of the loss along one output: the central difference of its slope, not below 0.
    fn curve(&mut self, output: usize, order: &[u32], scale: f64) {
        let hessians = &mut self.hessians[output];
        hessians.fill(0.0);
        for side in [1.0, -1.0] {
            self.logits.rows_mut().for_each(|row| row[output] += side * STEP);
            let batch = Batch { rows: order, ..Batch::new(&self.logits, &self.targets) };
            self.loss.evaluate(&batch, &mut self.bumped);
            for (row, slope) in order.iter().zip(self.bumped.gradient.rows()) {
                hessians[*row as usize] += side * slope[output] * scale / (2.0 * STEP);
            }
            // Back to the very same numbers.
            self.logits.gather(&self.scores, order);
        }
        hessians.iter_mut().for_each(|h| *h = h.max(0.0));
    }

    fn grow(&mut self) {
        let slopes = self.gradients.iter().zip(&self.hessians);
        let model = &self.learner.model;
        let trees = slopes
            .map(|(gradients, hessians)| Tree::grow(&self.data, gradients, hessians, model))
            .collect();
        self.trees.push(trees);
        let mut scores = std::mem::take(&mut self.scores);
        self.add(self.trees.len() - 1..self.trees.len(), &self.train.features, &mut scores);
        self.scores = scores;
    }

    /// Adds what the trees of `rounds` say of `features` to `logits`.
    fn add(&self, rounds: Range<usize>, features: &Matrix<f32>, logits: &mut Matrix<f64>) {
        let share = match self.learner.loss.link() {
            Link::Softmax => (self.n_outputs - 1) as f64 / self.n_outputs as f64,
            Link::Sigmoid => 1.0,
        };
        let rate = self.learner.model.learning_rate.get() * share;
        for trees in &self.trees[rounds] {
            for (i, row) in logits.rows_mut().enumerate() {
                for (z, tree) in row.iter_mut().zip(trees) {
                    *z += rate * tree.value(features.row(i));
                }
            }
        }
    }
}

impl Learner for Booster<'_> {
    fn n_rounds(&self) -> usize {
        self.learner.model.rounds.get()
    }

    fn round(&mut self, epoch: &Epoch<'_>, audit: Option<&mut Audit>) -> f64 {
        self.loss.begin_epoch(epoch);
        self.sampling.epoch(epoch, &self.pool, &mut self.batches);
        let mut order = std::mem::take(&mut self.batches.rows);
        order.sort_unstable();
        let (mass, loss) = self.boost(&order);
        if let Some(audit) = audit {
            let weight = if 0.0 < mass { 1.0 / mass } else { 0.0 };
            audit.note_batch(epoch.number, &order, vec![weight as f32; order.len()]);
        }
        self.batches.rows = order;
        loss
    }

    fn outputs(&mut self, part: &Examples, out: &mut Outputs) -> Result<(), String> {
        if out.rounds == 0 || self.trees.len() < out.rounds {
            out.values.reshape(part.targets.len(), self.n_outputs);
            out.values.values_mut().fill(self.start);
            out.rounds = 0;
        }
        self.add(out.rounds..self.trees.len(), &part.features, &mut out.values);
        out.rounds = self.trees.len();
        Ok(())
    }

    fn is_finite(&self) -> bool {
        self.scores.values().iter().all(|z| z.is_finite())
    }

    fn keep(&mut self) {
        self.kept = Some(self.trees.len());
    }

    fn back_to_kept(&mut self) {
        if let Some(kept) = self.kept {
            self.trees.truncate(kept);
            let mut scores = std::mem::take(&mut self.scores);
            scores.values_mut().fill(self.start);
            self.add(0..kept, &self.train.features, &mut scores);
            self.scores = scores;
        }
    }

    /// What the trees say of the training part stands for the trees.
    fn digest(&self) -> Option<String> {
        Some(digest(self.scores.values().iter().map(|z| z.to_le_bytes())))
    }
}

#[cfg(test)]
mod tests;
