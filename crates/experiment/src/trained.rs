//! What a trial has learnt, before anything is decided about it. Cells that differ only in what acts after training have
//! it in common, and cells that differ in their second stage have the first in common.

use std::sync::Arc;

use nn::Network;

use crate::canonical::canonical;
use crate::labels::to_json;
use crate::learner::{Learner, Outputs};
use crate::prepare::Prepared;
use crate::record::gradients::ClosingGradients;
use crate::record::{History, Outcome, SelectionSummary, WeightsSummary};
use crate::slots::Slots;
use crate::spec::TrialSpec;

/// A finished training.
#[derive(Debug)]
pub(crate) struct Trained {
    pub(crate) outcome: Outcome,
    pub(crate) history: History,
    /// After the last round.
    pub(crate) last: State,
    /// After the best round, where that is another.
    pub(crate) best: Option<State>,
    pub(crate) weights: WeightsSummary,
    pub(crate) selection: Option<SelectionSummary>,
    pub(crate) gradients: Option<ClosingGradients>,
    pub(crate) converged: Option<bool>,
    /// BLAKE3 of what the best round had learnt.
    pub(crate) digest: Option<String>,
    /// How long its rounds took; of a second stage, without the first.
    pub(crate) seconds: f64,
}

impl Trained {
    /// After the best round.
    pub(crate) fn best(&self) -> &State {
        self.best.as_ref().unwrap_or(&self.last)
    }
}

/// What a learner had learnt after a round.
#[derive(Debug)]
pub(crate) struct State {
    /// The round; `None` for a learner without rounds.
    pub(crate) epoch: Option<usize>,
    /// What it says of the validation part; nothing where there is none.
    pub(crate) validation: Outputs,
    /// What it says of the test part.
    pub(crate) test: Outputs,
    /// What it says of the training part, where the task asks for it.
    pub(crate) training: Option<Outputs>,
    /// The network, of a learner that is one, where a second stage may follow or somebody asks for its parameters.
    pub(crate) network: Option<Network<f32>>,
}

/// What a state is to hold besides what is said of the parts that are measured.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted {
    /// The network.
    pub(crate) network: bool,
    /// What is said of the training part.
    pub(crate) training: bool,
}

impl State {
    /// That of `learner`, as it is after the round `epoch`.
    ///
    /// # Errors
    /// If the learner cannot say anything of a part.
    pub(crate) fn of(
        learner: &mut dyn Learner,
        parts: &Prepared,
        epoch: Option<usize>,
        wanted: Wanted,
    ) -> Result<Self, String> {
        let (mut validation, mut test) = (Outputs::default(), Outputs::default());
        if !parts.validation.targets.is_empty() {
            learner.outputs(&parts.validation, &mut validation)?;
        }
        learner.outputs(&parts.test, &mut test)?;
        let mut training = wanted.training.then(Outputs::default);
        if let Some(training) = &mut training {
            learner.outputs(&parts.train, training)?;
        }
        let network = learner.network().filter(|_| wanted.network).cloned();
        Ok(State { epoch, validation, test, training, network })
    }

    /// The parameters of the network; empty where there is none.
    pub(crate) fn parameters(&self) -> Vec<f32> {
        self.network.as_ref().map(|network| network.parameters().to_vec()).unwrap_or_default()
    }

    /// What no gradient moves in the network; empty where there is none.
    pub(crate) fn buffers(&self) -> Vec<f32> {
        self.network.as_ref().map(|network| network.buffers().to_vec()).unwrap_or_default()
    }
}

/// The trainings of cells that run one after the other, each by what it depends on. A training that fails has failed for
/// all of them.
pub(crate) type Trainings = Slots<Arc<Trained>>;

/// Names what the training of `spec` depends on.
pub(crate) fn training_key(spec: &TrialSpec) -> String {
    canonical(&to_json(&spec.training()))
}
