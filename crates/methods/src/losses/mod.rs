//! Losses: what a prediction costs, and in which direction the cost falls.

mod class_weights;
mod cross_entropy;
mod focal;
mod ghm_c;
mod link;
mod per_example;
mod weighted_cross_entropy;

pub use class_weights::{ClassCounts, ClassWeights, EffectiveNumber, Given, Smooth};
pub use cross_entropy::CrossEntropy;
pub use focal::{Alpha, Focal, FocalForm};
pub use ghm_c::{GhmC, GhmState, GradientHarmonizing, LabelBase};
pub use link::Link;
pub use per_example::PerExample;
pub use weighted_cross_entropy::{Reduction, WeightedCrossEntropy};

pub(crate) use per_example::binary_cross_entropy;

use nn::{Matrix, Real};
use serde::{Deserialize, Serialize};
use strum::{EnumIter, IntoStaticStr};

use crate::MethodError;

/// Every loss, under the name it has in an experiment file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, EnumIter, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum LossSpec {
    /// See [`CrossEntropy`].
    CrossEntropy(CrossEntropy),
    /// See [`WeightedCrossEntropy`].
    WeightedCrossEntropy(WeightedCrossEntropy),
    /// See [`Focal`].
    Focal(Focal),
    /// See [`GhmC`].
    GhmC(GhmC),
}

impl LossSpec {
    /// The loss for classes with `counts` training examples.
    ///
    /// # Errors
    /// If a parameter does not fit the number of classes.
    pub fn build<T: Real>(&self, counts: &ClassCounts) -> Result<Box<dyn Loss<T>>, MethodError> {
        Ok(match self {
            LossSpec::CrossEntropy(loss) => Box::new(loss.clone()),
            LossSpec::WeightedCrossEntropy(parameters) => Box::new(parameters.build(counts)?),
            LossSpec::Focal(parameters) => Box::new(parameters.build(counts.n_classes())?),
            LossSpec::GhmC(parameters) => Box::new(GradientHarmonizing::new(parameters)),
        })
    }

    /// How this loss reads logits as probabilities.
    pub fn link(&self) -> Link {
        match self {
            LossSpec::CrossEntropy(_) | LossSpec::WeightedCrossEntropy(_) => Link::Softmax,
            LossSpec::Focal(focal) => focal.form.link(),
            LossSpec::GhmC(_) => Link::Sigmoid,
        }
    }

    /// Number of logits the network has to give for `n_classes` classes.
    pub fn n_outputs(&self, n_classes: usize) -> usize {
        self.link().n_outputs(n_classes)
    }

    /// Raised whenever the numbers of this loss change.
    pub fn version(&self) -> u32 {
        match self {
            LossSpec::CrossEntropy(_) => CrossEntropy::VERSION,
            LossSpec::WeightedCrossEntropy(_) => WeightedCrossEntropy::VERSION,
            LossSpec::Focal(_) => Focal::VERSION,
            LossSpec::GhmC(_) => GhmC::VERSION,
        }
    }

    /// The name in an experiment file.
    pub fn name(&self) -> &'static str {
        self.into()
    }
}

/// A loss with its state, if it has any.
pub trait Loss<T: Real>: Send {
    /// Fills `out` with the loss of every example, neither mined nor reduced.
    ///
    /// - `logits`: `[n_examples, n_outputs]`
    /// - `targets`: `[n_examples]`, each below the number of classes
    ///
    /// State is updated with this batch before the batch is weighed by it.
    fn evaluate(&mut self, logits: &Matrix<T>, targets: &[u32], out: &mut PerExample<T>);
}
