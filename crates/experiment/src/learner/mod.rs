//! What learns. A learner owns arithmetic: it knows neither what its outputs mean nor which round is the best.

mod boosted;
mod classical;
pub(crate) mod network;
mod reader;
pub(crate) mod second_stage;

use methods::losses::Epoch;
use methods::sampling::Sampling;
use methods::setting::Setting;
use nn::{Matrix, Network};

use crate::audit::Audit;
use crate::learner::boosted::Booster;
use crate::learner::network::{Says, Trainer};
use crate::prepare::{Examples, Prepared};
use crate::record::gradients::ClosingGradients;
use crate::record::{SelectionSummary, WeightsSummary, digest};
use crate::spec::{LearnerSpec, TrialSpec};

/// The learner of one trial.
pub(crate) trait Learner {
    /// Rounds that it learns in; 0 for one that has learnt when it is built.
    fn n_rounds(&self) -> usize {
        0
    }

    /// One round; the mean loss before its steps. What it learns from is noted in `audit`, if that is asked for.
    fn round(&mut self, _: &Epoch<'_>, _audit: Option<&mut Audit>) -> f64 {
        0.0
    }

    /// What it says of `part`: logits, the probabilities of classes, or embeddings.
    fn outputs(&mut self, part: &Examples, out: &mut Outputs) -> Result<(), String>;

    /// Whether all that it has learnt is a number.
    fn is_finite(&self) -> bool {
        self.network().is_none_or(|network| network.parameters().iter().all(|p| p.is_finite()))
    }

    /// Keeps what it has learnt.
    fn keep(&mut self) {}

    /// Goes back to what it kept last, if it kept anything.
    fn back_to_kept(&mut self) {}

    /// The network that it is; `None` of another learner.
    fn network(&self) -> Option<&Network<f32>> {
        None
    }

    /// BLAKE3 of what it has learnt.
    fn digest(&self) -> Option<String> {
        let network = self.network()?;
        let numbers = network.parameters().iter().chain(network.buffers());
        Some(digest(numbers.map(|number| number.to_le_bytes())))
    }

    /// How the example weights were distributed.
    fn weights(&self) -> WeightsSummary {
        WeightsSummary::default()
    }

    /// Which examples a miner or a reweighter selected; `None` where nothing is left out or weighed.
    fn selection(&self) -> Option<SelectionSummary> {
        None
    }

    /// How long the gradients of the examples of the last round were; `None` of a learner that is no network.
    fn gradients(&self) -> Option<ClosingGradients> {
        None
    }

    /// How near what it remembers was, over the last round, to what has become of it: a mean cosine. `None` of a learner that
    /// remembers nothing, and where nothing came back.
    fn drift(&self) -> Option<f64> {
        None
    }

    /// Whether a solver came as close to its optimum as it was asked to.
    fn converged(&self) -> Option<bool> {
        None
    }
}

/// What a learner says of one part. One that adds to what it said before goes on from there.
#[derive(Clone, Debug, Default)]
pub(crate) struct Outputs {
    /// `[n_examples, n_outputs]`.
    pub(crate) values: Matrix<f64>,
    /// Rounds that `values` tell of.
    pub(crate) rounds: usize,
}

/// What a learner learns from.
pub(crate) struct Learnt<'a> {
    /// The training rows, or what a resampling has made of them.
    pub(crate) train: &'a Examples,
    pub(crate) sampling: Box<dyn Sampling>,
    /// The other parts, and what all have in common.
    pub(crate) parts: &'a Prepared,
    /// How hard each row of `train` is, if the miner asks for it.
    pub(crate) scores: Option<&'a [f32]>,
    /// Which labels of `train` are wrong, under label noise: measured by, never learnt by.
    pub(crate) flipped: Option<Vec<bool>>,
}

impl TrialSpec {
    /// The learner of one trial; a classical one is fitted here.
    pub(crate) fn build_learner<'a>(
        &'a self,
        learnt: Learnt<'a>,
        setting: &Setting<'a>,
        audit: Option<&mut Audit>,
    ) -> Result<Box<dyn Learner + 'a>, String> {
        let parts = learnt.parts;
        let architecture = self.architecture(parts.shape(), parts.n_classes);
        let network =
            || architecture.ok_or("a network that learns from pairs ends in an embedding");
        Ok(match &self.learner {
            LearnerSpec::Network(spec) => {
                let embeds = self.protocol.task.embedding().is_some();
                let says = if embeds { Says::Hidden } else { Says::Logits };
                Box::new(Trainer::new(spec, (network()?, says), learnt, setting)?)
            }
            LearnerSpec::Pairs(spec) => {
                Box::new(Trainer::of_pairs(spec, network()?, learnt, setting)?)
            }
            LearnerSpec::Boosted(spec) => Box::new(Booster::new(spec, learnt, setting)?),
            LearnerSpec::Classical(spec) => Box::new(classical::fit(spec, learnt, setting, audit)?),
        })
    }
}
