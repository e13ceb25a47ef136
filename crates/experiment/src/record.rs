//! What is kept of a trial: enough to rebuild every table and to replay the trial bit for bit.

pub mod gradients;
mod history;

use std::sync::Arc;

use evaluation::curves::Curves;
use evaluation::{Evaluation, Metric, Reading};
use methods::calibration::Calibrator;
use methods::decision::Rule;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::cell_id::CellId;
use crate::labels::to_json;
use crate::record::gradients::ClosingGradients;
use crate::shared_text;
use crate::spec::TrialSpec;

pub(crate) use history::Brief;
pub use history::{CourseInBrief, History, Validated};

/// One finished cell.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrialRecord {
    /// What the same cell gives on every machine, at every time.
    pub trial: Reproducible,
    /// What differs between runs; never compared, never hashed.
    pub timings: Timings,
}

/// The part of a record that two runs of the same cell have in common.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reproducible {
    /// The cell.
    pub id: CellId,
    /// Everything that determines the result, with all defaults written out.
    pub spec: TrialSpec,
    /// BLAKE3 of the data set's content.
    #[serde(with = "shared_text")]
    pub data_digest: Arc<str>,
    /// BLAKE3 of the rows of each part.
    #[serde(with = "shared_text")]
    pub split_digest: Arc<str>,
    /// How the trial ended.
    pub outcome: Outcome,
    /// What was measured, unless the trial failed. It stands apart: who asks how trials ended has none of it.
    pub results: Option<Box<Results>>,
}

impl Reproducible {
    /// Whether the learner's solver stopped before it converged.
    pub fn unconverged(&self) -> bool {
        self.results.as_deref().is_some_and(|results| results.converged == Some(false))
    }

    /// What the validation part says of `measured` by `metric`, larger the better; `None` where that is undefined, and of a
    /// network that had diverged by then.
    pub fn merit(&self, measured: &Measured, metric: Metric) -> Option<f64> {
        if let Outcome::Diverged { epoch, .. } = self.outcome
            && measured.epoch.is_none_or(|measured| epoch <= measured)
        {
            return None;
        }
        match measured.validation.as_ref()?.reading(metric) {
            Reading::Value(value) if value.is_finite() => {
                Some(if metric.higher_is_better() { value } else { -value })
            }
            _ => None,
        }
    }

    /// Whether everything that was measured of `other` was measured here too, with the same bits: a version of the program
    /// that measures more records more.
    pub fn measures_all_of(&self, other: &Reproducible) -> bool {
        self.results == other.results || holds(&to_json(&self.results), &to_json(&other.results))
    }
}

fn holds(whole: &Value, part: &Value) -> bool {
    match (whole, part) {
        (Value::Object(whole), Value::Object(part)) => {
            part.iter().all(|(key, part)| whole.get(key).is_some_and(|whole| holds(whole, part)))
        }
        _ => whole == part,
    }
}

/// How a trial ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// All epochs were trained.
    Completed,
    /// A parameter became infinite or NaN, or what the network says collapsed.
    Diverged {
        /// The epoch in which it did, from 0.
        epoch: usize,
        /// Why, where it is not a parameter that is no number.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// The trial could not be run, or panicked.
    Failed {
        /// Why, in one sentence.
        message: String,
    },
}

impl Outcome {
    /// `completed`, `diverged` or `failed`.
    pub fn name(&self) -> &'static str {
        match self {
            Outcome::Completed => "completed",
            Outcome::Diverged { .. } => "diverged",
            Outcome::Failed { .. } => "failed",
        }
    }
}

/// What was measured. What most records have not stands apart: a report holds a million of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Results {
    /// Rows in each part.
    pub sizes: PartSizes,
    /// Training rows of each class, after profile, meta set and validation were taken out, and before any label was
    /// flipped.
    pub train_counts: Vec<u32>,
    /// Of these, rows of each class whose label was flipped; `None` without label noise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flipped_counts: Option<Vec<u32>>,
    /// The same after rows were made or left out by the sampling; `None` where it leaves the training rows as they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resampled_counts: Option<Vec<u32>>,
    /// The network after the last epoch.
    pub last: Measured,
    /// The network of the epoch that was best on validation, of those in which the loss acted; the last, if there is none
    /// or no validation, or if the selection metric is undefined on it.
    pub best: Measured,
    /// One entry an epoch; empty for classical learners.
    pub history: History,
    /// How the example weights were distributed.
    pub weights: WeightsSummary,
    /// Which examples a miner or a reweighter selected; `None` where nothing is left out or weighed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selection: Option<Box<SelectionSummary>>,
    /// How long the gradients of the examples of the last epoch were; `None` of a learner that is no network, of one that
    /// diverged before, and of a record that is older than they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gradients: Option<Box<ClosingGradients>>,
    /// Whether the solver of a classical learner came as close to its optimum as it was asked to; `None` where
    /// nothing is iterated towards one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub converged: Option<bool>,
    /// BLAKE3 of the parameters of the best network; `None` for classical learners.
    pub parameters_digest: Option<String>,
    /// BLAKE3 of the test probabilities of the best network.
    pub predictions_digest: String,
    /// What is seen of them in figures; `None` where they are no numbers, and of a record that is older than they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub curves: Option<Curves>,
}

impl Results {
    /// Forgets of the classes of test parts what a comparison does not ask.
    pub fn make_brief(&mut self) {
        self.last.test.make_brief();
        self.best.test.make_brief();
    }
}

/// Rows in each part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartSizes {
    /// Rows learnt from.
    pub train: usize,
    /// Rows of the meta set.
    pub meta: usize,
    /// Rows that pick the epoch.
    pub validation: usize,
    /// Rows measured.
    pub test: usize,
}

/// One network, measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// The epoch after which it was taken, from 0; `None` for classical learners.
    pub epoch: Option<usize>,
    /// On the validation part, if there is one.
    pub validation: Option<Evaluation>,
    /// On the test part.
    pub test: Evaluation,
    /// What acted between the learner and these figures; `None` where nothing was asked to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after_training: Option<Box<AfterTraining>>,
    /// How far the embeddings of the test part spread; `None` where there are none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spread: Option<Box<EmbeddingSpread>>,
}

/// How far embeddings spread, of length 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct EmbeddingSpread {
    /// Mean cosine of all pairs: 1 of one point for all, nearly 0 where they are spread evenly.
    pub mean_cosine: f64,
    /// Effective rank, from 1 to the dimension.
    pub effective_rank: f64,
}

/// What acted after training, as it was fitted to the validation part.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AfterTraining {
    /// What became of the probabilities of both parts; `None` without a calibration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calibration: Option<Calibrator>,
    /// Which class they stood for, calibrated; `None` where it was the most probable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<Rule>,
    /// Why something that was asked for was not fitted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_fitted: Option<String>,
}

impl AfterTraining {
    /// What the logarithms of the probabilities were divided by.
    pub fn temperature(&self) -> Option<f64> {
        match self.calibration.as_ref()? {
            Calibrator::Temperature(temperature) => Some(*temperature),
            Calibrator::Platt(_) | Calibrator::Isotonic(_) => None,
        }
    }

    /// The probability from which on the second of two classes was decided for.
    pub fn threshold(&self) -> Option<f64> {
        match self.decision.as_ref()? {
            Rule::Threshold(threshold) => Some(*threshold),
            Rule::Argmax | Rule::Offsets(_) | Rule::PriorShift(_) => None,
        }
    }

    /// What the probabilities of the classes were multiplied by, `[n_classes]`.
    pub fn weights(&self) -> Option<&[f64]> {
        match self.decision.as_ref()? {
            Rule::Offsets(weights) | Rule::PriorShift(weights) => Some(weights),
            Rule::Argmax | Rule::Threshold(_) => None,
        }
    }
}

/// How the example weights of all steps were distributed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct WeightsSummary {
    /// Steps taken.
    pub steps: u64,
    /// Steps left out because no example had weight.
    pub skipped_steps: u64,
    /// Share of the examples that had no weight.
    pub zero_share: f64,
    /// Mean over steps of `(sum of w)^2 / (n * sum of w^2)`: 1 when all examples count alike.
    pub effective_share: f64,
    /// Mean over the epochs of the share of the rows that the miner left in its pool; `None` where it left all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown_share: Option<f64>,
    /// Mean over every tenth step of the length of the method's gradient to that of plain training on the same batch;
    /// `None` where each step is the plain one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length_ratio: Option<f64>,
    /// Mean over the same steps of the cosine of the angle between them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cosine: Option<f64>,
}

/// Which examples a miner or a reweighter selected: gave a weight above 0; or which a sampling that learns has drawn. Lists
/// are over the epochs that `epochs` names.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SelectionSummary {
    /// Epochs, from 0: all of them, or twenty from the first to the last.
    pub epochs: Vec<usize>,
    /// Share of each class among the selected, `[n_epochs][n_classes]`; of an epoch that selected nothing, zeros.
    pub class_shares: Vec<Vec<f32>>,
    /// Rows selected in this epoch and in the one before, of those selected in either; `None` for the first epoch, and
    /// where neither selected any.
    pub overlaps: Vec<Option<f32>>,
    /// Share of the examples with a wrong label among the selected; `None` without label noise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flipped_shares: Option<Vec<f32>>,
    /// Share of the weight that went to examples with a wrong label; `None` without label noise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flipped_weights: Option<Vec<f32>>,
    /// Rows that no epoch selected.
    pub never_selected: usize,
    /// Mean weight of the examples of each class over all steps, relative to that of all examples, `[n_classes]`; `None` of
    /// a class that no step met, and where that is no number. Empty of a record that is older.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub class_weights: Vec<Option<f32>>,
    /// Mean weight of the examples with a wrong label over all steps, relative to that of the others; `None` without label
    /// noise, and where that is no number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub flipped_weight_ratio: Option<f32>,
    /// The probability with which a sampling that learns draws each class at the end of these epochs,
    /// `[n_epochs][n_classes]`; empty of any other.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub class_rates: Vec<Vec<f32>>,
}

/// What differs between runs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Timings {
    /// From the start of the trial to its record.
    pub wall_seconds: f64,
    /// Of that, loading, splitting and preprocessing.
    pub prepare_seconds: f64,
    /// Of trainings that the trial has in common with others, and that one of those took: beside the time of its own.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub shared_seconds: f64,
    /// Version of the program.
    #[serde(with = "shared_text")]
    pub version: Arc<str>,
    /// Processor type and operating system.
    #[serde(with = "shared_text")]
    pub host: Arc<str>,
    /// File and line of a panic, which another version of the program may have elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub panicked_at: Option<String>,
}

impl Timings {
    /// What the trial takes on its own, from the start to its record.
    pub fn alone(&self) -> f64 {
        self.wall_seconds + self.shared_seconds
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives a reference")]
fn is_nothing(seconds: &f64) -> bool {
    *seconds == 0.0
}

/// BLAKE3 of numbers as bytes.
pub(crate) fn digest<const N: usize>(numbers: impl Iterator<Item = [u8; N]>) -> String {
    let mut hasher = blake3::Hasher::new_derive_key("longtail numbers v1");
    for bytes in numbers {
        hasher.update(&bytes);
    }
    hasher.finalize().to_hex()[..32].to_owned()
}
