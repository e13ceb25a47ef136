//! What a control has to say for itself.

use nn::{Matrix, Network, Pass, Real};

use crate::control::Control;
use crate::losses::Readout;
use crate::setting::Setting;

/// What a control is built from.
#[derive(Clone, Copy, Debug)]
pub struct Controlled<'a> {
    /// The classes of the rows that are learnt from, `[n_train]`.
    pub targets: &'a [u32],
    /// How the logits are read.
    pub readout: &'a Readout,
    /// The classes and the streams of the trial.
    pub setting: &'a Setting<'a>,
}

/// The forward pass of a step.
#[derive(Debug)]
pub struct Forward<'a, T> {
    /// The network before the step.
    pub network: &'a Network<T>,
    /// The batch, `[n_examples, n_inputs]`.
    pub features: &'a Matrix<T>,
    /// Its classes, `[n_examples]`.
    pub targets: &'a [u32],
    /// Its activations.
    pub pass: &'a mut Pass<T>,
}

/// A control as an experiment file writes it.
pub(crate) trait Definition<T: Real> {
    /// Its file.
    fn code(&self) -> &'static str;

    /// Raised whenever its steps change.
    fn version(&self) -> u32;

    /// Whether it takes the step along another gradient than the method's.
    fn turns(&self) -> bool {
        false
    }

    /// Whether every example has the same weight under it.
    fn levels(&self) -> bool {
        false
    }

    /// The control of one trial.
    fn build(&self, controlled: &Controlled<'_>) -> Box<dyn Control<T>>;
}
