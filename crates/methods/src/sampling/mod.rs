//! Sampling: which training examples meet in a batch, and how often each is seen.

mod by_class;
mod class_balanced;
mod instance_balanced;
mod pool;
mod random_oversampling;
mod random_undersampling;
mod square_root;

pub use class_balanced::ClassBalanced;
pub use instance_balanced::InstanceBalanced;
pub use pool::{Batches, Pool};
pub use random_oversampling::RandomOversampling;
pub use random_undersampling::RandomUndersampling;
pub use square_root::SquareRoot;

use nn::Streams;
use serde::{Deserialize, Serialize};
use strum::{EnumIter, IntoStaticStr};

use crate::setting::ClassCounts;

/// Every way of sampling, under the name it has in an experiment file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, EnumIter, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum SamplingSpec {
    /// See [`InstanceBalanced`].
    InstanceBalanced(InstanceBalanced),
    /// See [`ClassBalanced`].
    ClassBalanced(ClassBalanced),
    /// See [`SquareRoot`].
    SquareRoot(SquareRoot),
    /// See [`RandomOversampling`].
    RandomOversampling(RandomOversampling),
    /// See [`RandomUndersampling`].
    RandomUndersampling(RandomUndersampling),
}

impl Default for SamplingSpec {
    fn default() -> Self {
        SamplingSpec::InstanceBalanced(InstanceBalanced::default())
    }
}

impl SamplingSpec {
    /// The sampling of training examples with classes `targets`, each below `n_classes`.
    pub fn build(&self, targets: &[u32], n_classes: usize, streams: &Streams) -> Box<dyn Sampling> {
        match self {
            SamplingSpec::InstanceBalanced(sampling) => {
                Box::new(sampling.build(targets.len(), streams))
            }
            SamplingSpec::ClassBalanced(sampling) => {
                Box::new(sampling.build(targets, n_classes, streams))
            }
            SamplingSpec::SquareRoot(sampling) => {
                Box::new(sampling.build(targets, n_classes, streams))
            }
            SamplingSpec::RandomOversampling(sampling) => {
                Box::new(sampling.build(targets, n_classes, streams))
            }
            SamplingSpec::RandomUndersampling(sampling) => {
                Box::new(sampling.build(targets, n_classes, streams))
            }
        }
    }

    /// Examples that an epoch shows, from the classes' numbers of training examples.
    pub fn epoch_size(&self, counts: &[u32]) -> usize {
        match self {
            SamplingSpec::InstanceBalanced(_)
            | SamplingSpec::ClassBalanced(_)
            | SamplingSpec::SquareRoot(_) => counts.iter().map(|&n| n as usize).sum(),
            SamplingSpec::RandomOversampling(_) => RandomOversampling::epoch_size(counts),
            SamplingSpec::RandomUndersampling(_) => RandomUndersampling::epoch_size(counts),
        }
    }

    /// Probability that an example of an epoch is of each class, `[n_classes]`, from the classes'
    /// numbers of training examples.
    pub fn class_probabilities(&self, counts: &[u32]) -> Vec<f64> {
        let exponent = match self {
            SamplingSpec::InstanceBalanced(_) => 1.0,
            SamplingSpec::ClassBalanced(_)
            | SamplingSpec::RandomOversampling(_)
            | SamplingSpec::RandomUndersampling(_) => ClassBalanced::EXPONENT,
            SamplingSpec::SquareRoot(_) => SquareRoot::EXPONENT,
        };
        by_class::class_probabilities(counts, exponent)
    }

    /// Training examples of each class as an epoch is expected to show them, from the classes' numbers of
    /// training examples.
    pub fn expected_counts(&self, counts: &[u32]) -> ClassCounts {
        match self {
            SamplingSpec::InstanceBalanced(_) => ClassCounts::new(counts.to_vec()),
            _ => ClassCounts::expected(self.epoch_size(counts), &self.class_probabilities(counts)),
        }
    }

    /// Raised whenever the orders of this method change.
    pub fn version(&self) -> u32 {
        match self {
            SamplingSpec::InstanceBalanced(_) => InstanceBalanced::VERSION,
            SamplingSpec::ClassBalanced(_) => ClassBalanced::VERSION,
            SamplingSpec::SquareRoot(_) => SquareRoot::VERSION,
            SamplingSpec::RandomOversampling(_) => RandomOversampling::VERSION,
            SamplingSpec::RandomUndersampling(_) => RandomUndersampling::VERSION,
        }
    }

    /// The name in an experiment file.
    pub fn name(&self) -> &'static str {
        self.into()
    }
}

/// Which training examples are seen, and in which order.
pub trait Sampling: Send {
    /// Fills `batches` with what epoch `epoch` shows of `pool`. It depends on the epoch's number and the pool alone,
    /// not on epochs asked for before; and an epoch has as many rows whatever the pool leaves out, unless that is
    /// everything.
    fn epoch(&mut self, epoch: usize, pool: &Pool, batches: &mut Batches);
}
