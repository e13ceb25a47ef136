//! Mining: which examples of a batch are learnt from.

mod none;
mod ohem;

pub use none::NoMining;
pub use ohem::Ohem;

use nn::Real;
use serde::{Deserialize, Serialize};
use strum::{EnumIter, IntoStaticStr};

use crate::losses::PerExample;

/// Every way of mining, under the name it has in an experiment file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, EnumIter, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum MiningSpec {
    /// See [`NoMining`].
    None(NoMining),
    /// See [`Ohem`].
    Ohem(Ohem),
}

impl MiningSpec {
    /// The miner of one trial.
    pub fn build<T: Real>(&self) -> Box<dyn Mining<T>> {
        match self {
            MiningSpec::None(none) => Box::new(none.clone()),
            MiningSpec::Ohem(parameters) => Box::new(parameters.build()),
        }
    }

    /// Raised whenever the selections of this method change.
    pub fn version(&self) -> u32 {
        match self {
            MiningSpec::None(_) => NoMining::VERSION,
            MiningSpec::Ohem(_) => Ohem::VERSION,
        }
    }

    /// The name in an experiment file.
    pub fn name(&self) -> &'static str {
        self.into()
    }
}

/// Which examples are learnt from: `L = Σ_i weights_i losses_i / divisor`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Selection<T> {
    /// From 0, left out, to 1, kept; `[n_examples]`.
    pub weights: Vec<T>,
    /// `Σ_i weights_i mass_i`. If it is 0 there is nothing to learn, and the step is skipped.
    pub divisor: T,
}

/// A miner with its workspace.
pub trait Mining<T: Real>: Send {
    /// Fills `selection` for the batch that a loss has `evaluated`; `targets` are its classes.
    fn select(&mut self, evaluated: &PerExample<T>, targets: &[u32], selection: &mut Selection<T>);
}
