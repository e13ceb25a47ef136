//! What a control has to say for itself.

use nn::{Matrix, Network, Pass, Real};

use crate::control::Control;
use crate::losses::proposals::Regions;
use crate::losses::{Loss, Readout};
use crate::mixing::Mixture;
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
    /// Which rows of the training part they are, `[n_examples]`.
    pub rows: &'a [u32],
    /// Where all rows of the training part lie, if they are proposals.
    pub regions: Option<&'a Regions>,
    /// What they are blended with.
    pub mixture: &'a Mixture<T>,
    /// Its activations.
    pub pass: &'a mut Pass<T>,
}

/// What a control does to the step of a method.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Does {
    /// Nothing.
    Nothing,
    /// Deals its weights out over all examples.
    Deals,
    /// Deals them out within each class.
    DealsWithinClasses,
    /// Gives every example of a batch the same.
    Levels,
    /// Takes the direction of plain training.
    Turns,
}

impl Does {
    /// What a step with it has, in words that follow the name of a method; nothing without a control.
    pub fn told(self) -> &'static str {
        match self {
            Does::Nothing => "",
            Does::Deals => "its weights dealt out at random",
            Does::DealsWithinClasses => "its weights dealt out at random within each class",
            Does::Levels => "the mean of its weights for every example",
            Does::Turns => "plain steps as long as its own at the same weights",
        }
    }
}

/// A control as an experiment file writes it.
pub(crate) trait Definition<T: Real> {
    /// Its file.
    fn code(&self) -> &'static str;

    /// Raised whenever its steps change.
    fn version(&self) -> u32;

    /// What it does to the step of the method.
    fn does(&self) -> Does;

    /// The control of one trial.
    fn build(&self, controlled: &Controlled<'_>) -> Box<dyn Control<T>>;

    /// The same beside a method whose plain loss is `plain`, one of whole batches; `None` of a control that changes the weights
    /// of examples, of which such losses know nothing.
    fn of_batches(&self, _plain: Box<dyn Loss<T>>) -> Option<Box<dyn Control<T>>> {
        None
    }
}
