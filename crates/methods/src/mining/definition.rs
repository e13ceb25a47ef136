//! What a miner has to say for itself.

use nn::Real;

use crate::losses::Readout;
use crate::mining::Mining;
use crate::setting::Setting;

/// What a miner is built from.
#[derive(Clone, Copy, Debug)]
pub struct Mined<'a> {
    /// The classes of the rows that are learnt from, `[n_train]`.
    pub targets: &'a [u32],
    /// The classes and the streams of the trial.
    pub setting: &'a Setting<'a>,
    /// How hard each row is, `[n_train]`, for a miner that asks for it ([`crate::mining::MiningSpec::scores`]).
    pub scores: Option<&'a [f32]>,
    /// How logits are read as probabilities.
    pub readout: &'a Readout,
    /// The class of what is no object, where rows are proposals.
    pub background: Option<u32>,
}

/// Where the scores of the training rows come from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scores {
    /// The plain loss of each row under a network that learns, in the same way but by the plain loss, from the rows of
    /// all folds but the row's own. Each class is dealt out over so many folds.
    CrossFitted {
        /// At least 2.
        folds: usize,
    },
    /// The plain loss of each row under a network that has learnt, in the same way but by the plain loss, from all rows for
    /// a part of the training.
    TrainingLoss {
        /// Share of the epochs, above 0 and at most 1.
        share: f64,
    },
}

/// What a miner changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acts {
    /// Nothing.
    Nowhere,
    /// The weights of the examples of a batch, whose rows are those of any method.
    InBatches,
    /// The same, but of some batches it keeps nothing.
    InSomeBatches,
    /// Which rows an epoch shows, each with the same weight.
    OnRows,
    /// The weights of the rows of an epoch.
    OnRowWeights,
}

/// A miner as an experiment file writes it.
pub(crate) trait Definition<T: Real> {
    /// Its file.
    fn code(&self) -> &'static str;

    /// Raised whenever its selections or pools change.
    fn version(&self) -> u32;

    /// What it changes.
    fn acts(&self) -> Acts {
        Acts::InBatches
    }

    /// Whether it keeps every example of the small classes, whatever it does with the others.
    fn keeps_positives(&self) -> bool {
        false
    }

    /// The scores of rows that it needs, if it does.
    fn scores(&self) -> Option<Scores> {
        None
    }

    /// The number of examples that it keeps of every batch that has so many, if it is one.
    fn count(&self) -> Option<u32> {
        None
    }

    /// Whether an epoch may show no row of a class that has some, `counts`: the rows of each class.
    fn may_leave_out_a_class(&self, _counts: &[u32]) -> bool {
        false
    }

    /// The parameter by which it asks where in an image rows lie, if it does.
    fn needs_regions(&self) -> Option<&'static str> {
        None
    }

    /// What the reader of a plan should know of it.
    fn note(&self) -> Option<&'static str> {
        None
    }

    /// The miner of one trial.
    fn build(&self, mined: &Mined<'_>) -> Box<dyn Mining<T>>;
}
