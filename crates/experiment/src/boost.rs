//! Boosting trees: a round is loss, gradient, curvature, one tree an output.

use baselines::boosted_trees::{Binned, Tree};
use evaluation::{Evaluation, Predictions, class_recalls, evaluate, score};
use methods::losses::{Batch, Epoch, Link, Loss, PerExample, Readout, Setting};
use nn::Matrix;

use crate::audit::Audit;
use crate::prepare::{Examples, Prepared, trial_streams};
use crate::record::{History, Measured, Outcome, Results, WeightsSummary, digest};
use crate::spec::{BoostedLearner, TrialSpec};

/// Step of the central difference that gives the curvature.
const STEP: f64 = 1e-3;

/// Boosts trees and measures them.
pub(crate) fn boost(
    learner: &BoostedLearner,
    spec: &TrialSpec,
    parts: &Prepared,
    mut audit: Option<&mut Audit>,
) -> Result<(Outcome, Results), String> {
    let mut booster = Booster::new(learner, spec, parts)?;
    let streams = trial_streams(spec);
    let mut sampling = spec.sampling.build(&parts.train.targets, parts.n_classes, &streams);
    let mut history = History::default();
    let mut best: Option<(f64, Scores)> = None;
    let mut outcome = Outcome::Completed;
    let traits = learner.loss.traits();
    let (mut order, mut recalls) = (Vec::new(), Vec::new());

    for round in 0..learner.model.rounds.get() {
        sampling.epoch(round, &mut order);
        order.sort_unstable();
        let Round { loss, weight } = booster.round(round, &order, &recalls);
        if let Some(audit) = &mut audit {
            audit.note_batch(round, &order, vec![weight as f32; order.len()]);
        }
        history.loss.push(loss.is_finite().then_some(loss as f32));
        if !booster.scores.train.values().iter().all(|z| z.is_finite()) {
            outcome = Outcome::Diverged { epoch: round };
            break;
        }
        let validation = booster.validation_score();
        history.validation.push(validation);
        if traits.reads_recalls {
            recalls = booster.recalls();
        }
        let higher = spec.protocol.select_by.higher_is_better();
        let better = |score: f64, best: f64| if higher { best < score } else { score < best };
        if let Some(score) = validation
            && traits.acts_at(booster.progress(round))
            && best.as_ref().is_none_or(|(known, _)| better(score, *known))
        {
            best = Some((score, Scores { round, ..booster.scores.clone() }));
        }
        booster.scores.round = round;
    }
    let (last, _) = booster.measured(&booster.scores);
    let best_scores = best.map_or_else(|| booster.scores.clone(), |(_, scores)| scores);
    let (best, predicted) = booster.measured(&best_scores);
    let predictions_digest = digest(predicted.test.iter().map(|p| p.to_le_bytes()));
    if let Some(audit) = audit {
        (audit.validation, audit.test) = (predicted.validation, predicted.test);
    }
    let results = Results {
        sizes: parts.sizes(),
        train_counts: parts.train_counts.clone(),
        last,
        best,
        history,
        weights: WeightsSummary::default(),
        converged: None,
        // What the trees say about the training part stands for the trees.
        parameters_digest: Some(digest(best_scores.train.values().iter().map(|z| z.to_le_bytes()))),
        predictions_digest,
    };
    Ok((outcome, results))
}

/// Logits of every part after a round.
#[derive(Clone)]
struct Scores {
    round: usize,
    train: Matrix<f64>,
    validation: Matrix<f64>,
    test: Matrix<f64>,
}

/// Probabilities of the parts that are measured.
struct Predicted {
    validation: Vec<f64>,
    test: Vec<f64>,
}

/// What a round was about.
struct Round {
    /// The mean loss before it.
    loss: f64,
    /// What the loss of each example is multiplied by before they are added up.
    weight: f64,
}

struct Booster<'a> {
    learner: &'a BoostedLearner,
    spec: &'a TrialSpec,
    parts: &'a Prepared,
    readout: Readout,
    loss: Box<dyn Loss<f64>>,
    data: Binned,
    n_outputs: usize,
    scores: Scores,
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
    fn new(
        learner: &'a BoostedLearner,
        spec: &'a TrialSpec,
        parts: &'a Prepared,
    ) -> Result<Self, String> {
        let counts = spec.sampling.expected_counts(&parts.train_counts);
        let setting = Setting { counts: &counts, streams: &trial_streams(spec) };
        let n_outputs = learner.loss.n_outputs(parts.n_classes);
        let start = learner.loss.traits().start.bias(n_outputs);
        let logits = |part: &Examples| {
            Matrix::from_values(n_outputs, vec![start; part.targets.len() * n_outputs])
        };
        let n_train = parts.train.targets.len();
        Ok(Booster {
            learner,
            spec,
            parts,
            readout: learner.loss.readout(&counts).map_err(|error| error.to_string())?,
            loss: learner.loss.build(&setting).map_err(|error| error.to_string())?,
            data: Binned::new(parts.train.features.values(), parts.n_features),
            n_outputs,
            scores: Scores {
                round: 0,
                train: logits(&parts.train),
                validation: logits(&parts.validation),
                test: logits(&parts.test),
            },
            logits: Matrix::default(),
            targets: Vec::new(),
            evaluated: PerExample::default(),
            bumped: PerExample::default(),
            gradients: vec![vec![0.0; n_train]; n_outputs],
            hessians: vec![vec![0.0; n_train]; n_outputs],
        })
    }

    /// Share of the rounds that is done before `round`.
    fn progress(&self, round: usize) -> f64 {
        round as f64 / self.learner.model.rounds.get() as f64
    }

    /// One tree an output, grown to the rows of `order`.
    fn round(&mut self, round: usize, order: &[u32], recalls: &[Option<f64>]) -> Round {
        self.loss.begin_epoch(&Epoch { progress: self.progress(round), recalls });
        self.logits.gather(&self.scores.train, order);
        self.targets.clear();
        self.targets.extend(order.iter().map(|&row| self.parts.train.targets[row as usize]));
        let batch =
            Batch { logits: &self.logits, targets: &self.targets, rows: order, hidden: None };
        self.loss.evaluate(&batch, &mut self.evaluated);
        let n = order.len().max(1) as f64;
        let mass: f64 = self.evaluated.mass.iter().sum();
        let (scale, weight) = if 0.0 < mass { (n / mass, 1.0 / mass) } else { (0.0, 0.0) };
        let loss = self.evaluated.losses.iter().sum::<f64>() * scale / n;
        for output in 0..self.n_outputs {
            self.gradients[output].fill(0.0);
            for (row, slope) in order.iter().zip(self.evaluated.gradient.rows()) {
                self.gradients[output][*row as usize] += slope[output] * scale;
            }
            self.curve(output, order, scale);
        }
        self.grow();
        Round { loss, weight }
    }

    /// Curvature of the loss along one output: the central difference of its slope, not below 0.
    fn curve(&mut self, output: usize, order: &[u32], scale: f64) {
        let hessians = &mut self.hessians[output];
        hessians.fill(0.0);
        for side in [1.0, -1.0] {
            self.logits.rows_mut().for_each(|row| row[output] += side * STEP);
            let batch =
                Batch { logits: &self.logits, targets: &self.targets, rows: order, hidden: None };
            self.loss.evaluate(&batch, &mut self.bumped);
            for (row, slope) in order.iter().zip(self.bumped.gradient.rows()) {
                hessians[*row as usize] += side * slope[output] * scale / (2.0 * STEP);
            }
            // Back to the very same numbers.
            self.logits.gather(&self.scores.train, order);
        }
        hessians.iter_mut().for_each(|h| *h = h.max(0.0));
    }

    fn grow(&mut self) {
        let model = &self.learner.model;
        let share = match self.learner.loss.link() {
            Link::Softmax => (self.n_outputs - 1) as f64 / self.n_outputs as f64,
            Link::Sigmoid => 1.0,
        };
        let rate = model.learning_rate.get() * share;
        let slopes = self.gradients.iter().zip(&self.hessians);
        let trees: Vec<Tree> = slopes
            .map(|(gradients, hessians)| Tree::grow(&self.data, gradients, hessians, model))
            .collect();
        let parts = [
            (&self.parts.train, &mut self.scores.train),
            (&self.parts.validation, &mut self.scores.validation),
            (&self.parts.test, &mut self.scores.test),
        ];
        for (part, logits) in parts {
            for (i, row) in logits.rows_mut().enumerate() {
                let features = part.features.row(i);
                for (z, tree) in row.iter_mut().zip(&trees) {
                    *z += rate * tree.value(features);
                }
            }
        }
    }

    fn validation_score(&self) -> Option<f64> {
        let part = &self.parts.validation;
        if part.targets.is_empty() {
            return None;
        }
        let probabilities = self.probabilities(&self.scores.validation);
        score(self.spec.protocol.select_by, &self.predictions(&probabilities, part))
    }

    fn recalls(&self) -> Vec<Option<f64>> {
        let probabilities = self.probabilities(&self.scores.validation);
        class_recalls(&self.predictions(&probabilities, &self.parts.validation))
    }

    fn measured(&self, scores: &Scores) -> (Measured, Predicted) {
        let predicted = Predicted {
            validation: self.probabilities(&scores.validation),
            test: self.probabilities(&scores.test),
        };
        let measure = |part: &Examples, probabilities: &[f64]| -> Evaluation {
            let predictions = self.predictions(probabilities, part);
            evaluate(&predictions, &self.parts.train_counts, &self.spec.protocol.shots)
        };
        let validation = &self.parts.validation;
        let measured = Measured {
            epoch: Some(scores.round),
            validation: (!validation.targets.is_empty())
                .then(|| measure(validation, &predicted.validation)),
            test: measure(&self.parts.test, &predicted.test),
        };
        (measured, predicted)
    }

    fn predictions<'p>(&self, probabilities: &'p [f64], part: &'p Examples) -> Predictions<'p> {
        Predictions { probabilities, n_classes: self.parts.n_classes, targets: &part.targets }
    }

    fn probabilities(&self, logits: &Matrix<f64>) -> Vec<f64> {
        let single: Vec<f32> = logits.values().iter().map(|&z| z as f32).collect();
        let mut probabilities = Vec::new();
        self.readout.probabilities(
            &Matrix::from_values(self.n_outputs, single),
            self.parts.n_classes,
            &mut probabilities,
        );
        probabilities
    }
}

#[cfg(test)]
mod tests;
