//! One trial, completely specified: after a [`TrialSpec`] exists, nothing about it is re-checked.

mod network_learner;
mod pair_learner;
mod protocol;
mod retrieval;
mod training;

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use baselines::{BaselineSpec, BoostedTrees};
use data::DatasetSpec;
use methods::calibration::CalibrationSpec;
use methods::control::ControlSpec;
use methods::decision::DecisionSpec;
use methods::decoupling::DecouplingSpec;
use methods::losses::LossSpec;
use methods::sampling::SamplingSpec;
use nn::{Architecture, Shape};
use serde::{Deserialize, Serialize, Serializer};

use crate::model::ModelSpec;
use crate::networks::NetworkSpec;
use crate::objective::Objective;

pub use crate::task::detection::Detection;
pub use network_learner::NetworkLearner;
pub use pair_learner::PairLearner;
pub use protocol::{ProtocolSpec, TaskSpec};
pub use retrieval::{GallerySpec, RetrievalSpec};
pub use training::TrainingSpec;

/// Everything that determines a trial's result. Where it is read it has the fields of its [`TrialKind`] too, and where one
/// of these is written, it gets a kind of its own.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(from = "Written")]
pub struct TrialSpec {
    /// What it has in common with the trials of other folds and seeds.
    pub kind: Arc<TrialKind>,
    /// Which fold is tested, from 0.
    pub fold: usize,
    /// The seed that names the random streams.
    pub seed: u64,
}

/// What trials that differ in fold and seed alone have in common. It is there once for all of them: a plan and its records
/// may be a million.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TrialKind {
    /// The data set and its imbalance profile.
    pub dataset: DatasetSpec,
    /// How it is split and measured.
    pub protocol: ProtocolSpec,
    /// Which examples meet in a batch (or, for classical learners, in the training set).
    pub sampling: SamplingSpec,
    /// What learns.
    pub learner: LearnerSpec,
    /// What becomes of the probabilities after training. It is not written where it is `none`, so that a trial is what it
    /// was when there were no calibrations; and so is the decision.
    #[serde(skip_serializing_if = "CalibrationSpec::is_none")]
    pub calibration: CalibrationSpec,
    /// Which class the probabilities stand for.
    #[serde(skip_serializing_if = "DecisionSpec::is_argmax")]
    pub decision: DecisionSpec,
    /// Whether rows are prepared as images, which data set and protocol decide. It is not written where they are not, so
    /// that a trial of a table, and one of images that was recorded when these were tables, is what it was.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub images: bool,
}

impl Deref for TrialSpec {
    type Target = TrialKind;

    fn deref(&self) -> &TrialKind {
        &self.kind
    }
}

impl DerefMut for TrialSpec {
    fn deref_mut(&mut self) -> &mut TrialKind {
        Arc::make_mut(&mut self.kind)
    }
}

/// A specification as it is written: one table.
#[derive(Deserialize)]
#[serde(rename = "TrialSpec", deny_unknown_fields)]
struct Written {
    dataset: DatasetSpec,
    protocol: ProtocolSpec,
    sampling: SamplingSpec,
    learner: LearnerSpec,
    #[serde(default)]
    calibration: CalibrationSpec,
    #[serde(default)]
    decision: DecisionSpec,
    #[serde(default)]
    images: bool,
    fold: usize,
    seed: u64,
}

impl From<Written> for TrialSpec {
    fn from(written: Written) -> Self {
        let Written {
            dataset,
            protocol,
            sampling,
            learner,
            calibration,
            decision,
            images,
            fold,
            seed,
        } = written;
        TrialKind { dataset, protocol, sampling, learner, calibration, decision, images }
            .trial(fold, seed)
    }
}

impl Serialize for TrialSpec {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Whole<'a> {
            #[serde(flatten)]
            kind: &'a TrialKind,
            fold: usize,
            seed: u64,
        }
        Whole { kind: &self.kind, fold: self.fold, seed: self.seed }.serialize(serializer)
    }
}

impl TrialKind {
    /// A trial of this kind.
    pub fn trial(self, fold: usize, seed: u64) -> TrialSpec {
        TrialSpec { kind: Arc::new(self), fold, seed }
    }
}

/// What learns: a network by gradient steps, or a classical learner by its own algorithm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LearnerSpec {
    /// A network, with everything its steps are made of.
    Network(Box<NetworkLearner>),
    /// A network that learns from pairs of examples.
    Pairs(Box<PairLearner>),
    /// A learner with its own loss and its own optimiser.
    Classical(BaselineSpec),
    /// Boosted trees, grown to the gradients of a loss.
    Boosted(Box<BoostedLearner>),
}

impl LearnerSpec {
    /// `model`, with the methods that stand on the axes nobody names.
    pub(crate) fn of(model: ModelSpec) -> Self {
        match model {
            ModelSpec::Network(model) => LearnerSpec::Network(Box::new(NetworkLearner::of(model))),
            ModelSpec::Boosted(model) => {
                LearnerSpec::Boosted(Box::new(BoostedLearner { model, loss: LossSpec::default() }))
            }
            ModelSpec::Classical(learner) => LearnerSpec::Classical(learner),
        }
    }

    /// What stands on the model axis.
    pub(crate) fn model(&self) -> ModelSpec {
        match self {
            LearnerSpec::Network(network) => ModelSpec::Network(network.model.clone()),
            LearnerSpec::Pairs(pairs) => ModelSpec::Network(pairs.model.clone()),
            LearnerSpec::Boosted(boosted) => ModelSpec::Boosted(boosted.model.clone()),
            LearnerSpec::Classical(learner) => ModelSpec::Classical(learner.clone()),
        }
    }

    /// Learns by `objective` from now on, if it is what the learner can learn by. A network whose loss is of pairs is another
    /// learner, and has none of the methods that are of single examples.
    pub(crate) fn learn_by(&mut self, objective: Objective) {
        match (self, objective) {
            (LearnerSpec::Network(network), Objective::Examples(loss)) => network.loss = loss,
            (LearnerSpec::Boosted(boosted), Objective::Examples(loss)) => boosted.loss = loss,
            (learner, Objective::Pairs(term)) => {
                if let ModelSpec::Network(model) = learner.model() {
                    *learner = LearnerSpec::Pairs(Box::new(PairLearner::of(model, term)));
                }
            }
            (LearnerSpec::Pairs(_) | LearnerSpec::Classical(_), Objective::Examples(_)) => {}
        }
    }
}

/// Boosted trees and the loss they are grown to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BoostedLearner {
    /// The trees.
    pub model: BoostedTrees,
    /// The loss.
    pub loss: LossSpec,
}

impl TrialSpec {
    /// Whether the two differ in fold and seed alone, if at all.
    pub fn is_alike(&self, other: &TrialSpec) -> bool {
        Arc::ptr_eq(&self.kind, &other.kind) || self.kind == other.kind
    }

    /// The same without what acts after training: trials with the same are trained alike.
    pub(crate) fn training(&self) -> TrialSpec {
        let mut training = self.clone();
        training.calibration = CalibrationSpec::default();
        training.decision = DecisionSpec::default();
        training
    }

    /// The same without a second stage: trials with the same have the first in common.
    pub(crate) fn first_stage(&self) -> TrialSpec {
        let mut first = self.clone();
        if let Some(network) = first.network_mut() {
            network.decoupling = DecouplingSpec::default();
        }
        first
    }

    /// Whether a second stage follows the training.
    pub(crate) fn has_second_stage(&self) -> bool {
        self.network().is_some_and(|network| !network.decoupling.is_none())
    }

    /// How many epochs the first stage has, if a second follows: in the history, the epochs of the second come after them.
    pub fn second_stage_after(&self) -> Option<usize> {
        let training = &self.network()?.training;
        self.has_second_stage().then_some(training.epochs.get())
    }

    /// Whether anything acts after training.
    pub(crate) fn acts_after_training(&self) -> bool {
        !self.calibration.is_none() || !self.decision.is_argmax()
    }

    /// The network learner, if one learns.
    pub fn network(&self) -> Option<&NetworkLearner> {
        match &self.learner {
            LearnerSpec::Network(network) => Some(network),
            LearnerSpec::Pairs(_) | LearnerSpec::Classical(_) | LearnerSpec::Boosted(_) => None,
        }
    }

    /// The learner of pairs, if one learns.
    pub fn pairs(&self) -> Option<&PairLearner> {
        match &self.learner {
            LearnerSpec::Pairs(pairs) => Some(pairs),
            _ => None,
        }
    }

    /// The same, to write.
    pub(crate) fn pairs_mut(&mut self) -> Option<&mut PairLearner> {
        match &mut self.learner {
            LearnerSpec::Pairs(pairs) => Some(pairs),
            _ => None,
        }
    }

    /// Whether its learner reads no feature, so that it is no better than chance by design.
    pub fn is_a_guess(&self) -> bool {
        matches!(&self.learner, LearnerSpec::Classical(learner) if learner.guesses())
    }

    /// The network that learns, by whatever loss.
    pub fn network_model(&self) -> Option<&NetworkSpec> {
        match &self.learner {
            LearnerSpec::Network(network) => Some(&network.model),
            LearnerSpec::Pairs(pairs) => Some(&pairs.model),
            LearnerSpec::Classical(_) | LearnerSpec::Boosted(_) => None,
        }
    }

    /// How its steps are taken, if it is a network that learns.
    pub fn steps(&self) -> Option<&TrainingSpec> {
        match &self.learner {
            LearnerSpec::Network(network) => Some(&network.training),
            LearnerSpec::Pairs(pairs) => Some(&pairs.training),
            LearnerSpec::Classical(_) | LearnerSpec::Boosted(_) => None,
        }
    }

    /// The same, to write.
    pub(crate) fn steps_mut(&mut self) -> Option<&mut TrainingSpec> {
        match &mut self.learner {
            LearnerSpec::Network(network) => Some(&mut network.training),
            LearnerSpec::Pairs(pairs) => Some(&mut pairs.training),
            LearnerSpec::Classical(_) | LearnerSpec::Boosted(_) => None,
        }
    }

    /// The architecture of its network for examples of a shape and `n_classes` classes; `None` of another learner.
    pub(crate) fn architecture(&self, input: Shape, n_classes: usize) -> Option<Architecture> {
        let task = &self.protocol.task;
        let embedding = task.embedding();
        match &self.learner {
            LearnerSpec::Network(network) => {
                let beside = task.n_beside(n_classes);
                Some(network.architecture(input, n_classes, beside, embedding))
            }
            LearnerSpec::Pairs(pairs) => {
                embedding.map(|dimension| pairs.architecture(input, dimension))
            }
            LearnerSpec::Classical(_) | LearnerSpec::Boosted(_) => None,
        }
    }

    /// [`TrialSpec::network`], to write.
    pub(crate) fn network_mut(&mut self) -> Option<&mut NetworkLearner> {
        match &mut self.learner {
            LearnerSpec::Network(network) => Some(network),
            _ => None,
        }
    }

    /// The loss of single examples, if the learner takes one.
    pub fn loss(&self) -> Option<&LossSpec> {
        match &self.learner {
            LearnerSpec::Network(network) => Some(&network.loss),
            LearnerSpec::Boosted(boosted) => Some(&boosted.loss),
            LearnerSpec::Pairs(_) | LearnerSpec::Classical(_) => None,
        }
    }

    /// The same by plain training: cross-entropy, nothing mixed, mined, reweighted or controlled; of pairs, the same loss over all
    /// pairs of a batch. `None` of a learner that is no network.
    pub fn plainly(&self) -> Option<TrialSpec> {
        let mut plain = self.clone();
        match &mut plain.learner {
            LearnerSpec::Network(network) => {
                let NetworkLearner { model, training, .. } = (**network).clone();
                **network = NetworkLearner { training, ..NetworkLearner::of(model) };
            }
            LearnerSpec::Pairs(pairs) => {
                let PairLearner { model, loss, training, .. } = (**pairs).clone();
                **pairs = PairLearner { training, ..PairLearner::of(model, loss) };
            }
            LearnerSpec::Classical(_) | LearnerSpec::Boosted(_) => return None,
        }
        Some(plain)
    }

    /// What stands on the axis of controls, where a network learns.
    pub fn controls(&self) -> Option<&ControlSpec> {
        match &self.learner {
            LearnerSpec::Network(network) => Some(&network.control),
            LearnerSpec::Pairs(pairs) => Some(&pairs.control),
            LearnerSpec::Classical(_) | LearnerSpec::Boosted(_) => None,
        }
    }

    /// The same, to write.
    pub(crate) fn controls_mut(&mut self) -> Option<&mut ControlSpec> {
        match &mut self.learner {
            LearnerSpec::Network(network) => Some(&mut network.control),
            LearnerSpec::Pairs(pairs) => Some(&mut pairs.control),
            LearnerSpec::Classical(_) | LearnerSpec::Boosted(_) => None,
        }
    }

    /// The name of its control, if it has one.
    pub fn control(&self) -> Option<&'static str> {
        let control = self.controls()?;
        (!control.is_none()).then(|| control.name())
    }

    /// The same with the control of `other`. `None` where one of them is no network.
    pub fn controlled(&self, other: &TrialSpec) -> Option<TrialSpec> {
        let mut controlled = self.clone();
        controlled.controls_mut()?.clone_from(other.controls()?);
        Some(controlled)
    }

    /// Why the bits of its result are promised on one platform only; `None` if they are promised everywhere.
    pub fn platform_bound(&self) -> Option<&'static str> {
        match &self.learner {
            LearnerSpec::Classical(learner) => learner.reproducible().reason(),
            LearnerSpec::Network(_) | LearnerSpec::Pairs(_) | LearnerSpec::Boosted(_) => None,
        }
    }

    /// Whether the bits of its result are promised everywhere.
    pub fn reproducible(&self) -> bool {
        self.platform_bound().is_none()
    }
}
