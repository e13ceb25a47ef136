//! Sampling: which training examples meet in a batch, and how often each is seen.

mod by_class;
mod class_balanced;
mod definition;
mod instance_balanced;
mod neighbors;
mod pool;
mod power;
mod random_oversampling;
mod random_undersampling;
mod smote;
mod square_root;

pub use class_balanced::ClassBalancedSampling;
pub use definition::Resampled;
pub use instance_balanced::InstanceBalancedSampling;
pub use pool::{Batches, Pool};
pub use power::PowerSampling;
pub use random_oversampling::RandomOversampling;
pub use random_undersampling::RandomUndersampling;
pub use smote::Smote;
pub use square_root::SquareRootSampling;

use std::borrow::Cow;

use nn::Streams;
use serde::{Deserialize, Serialize};
use strum::{EnumIter, IntoStaticStr};

use crate::MethodError;
use crate::examples::Examples;
use crate::sampling::by_class::class_probabilities;
use crate::sampling::definition::Definition;
use crate::setting::{ClassCounts, counts_of};

/// Every way of sampling, under the name it has in an experiment file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, EnumIter, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum SamplingSpec {
    /// See [`InstanceBalancedSampling`].
    InstanceBalanced(InstanceBalancedSampling),
    /// See [`ClassBalancedSampling`].
    ClassBalanced(ClassBalancedSampling),
    /// See [`SquareRootSampling`].
    SquareRoot(SquareRootSampling),
    /// See [`PowerSampling`].
    Power(PowerSampling),
    /// See [`RandomOversampling`].
    RandomOversampling(RandomOversampling),
    /// See [`RandomUndersampling`].
    RandomUndersampling(RandomUndersampling),
    /// See [`Smote`].
    Smote(Smote),
}

impl SamplingSpec {
    fn definition(&self) -> &dyn Definition {
        match self {
            SamplingSpec::InstanceBalanced(sampling) => sampling,
            SamplingSpec::ClassBalanced(sampling) => sampling,
            SamplingSpec::SquareRoot(sampling) => sampling,
            SamplingSpec::Power(sampling) => sampling,
            SamplingSpec::RandomOversampling(sampling) => sampling,
            SamplingSpec::RandomUndersampling(sampling) => sampling,
            SamplingSpec::Smote(sampling) => sampling,
        }
    }

    /// The rows that are learnt from, where these are others than the training rows; `None` where they are not.
    ///
    /// # Errors
    /// If a class has too few rows.
    pub fn resample(
        &self,
        train: &Examples<f32>,
        n_classes: usize,
        streams: &Streams,
    ) -> Result<Option<Resampled>, MethodError> {
        let resampling = self.definition().resampling();
        resampling.map(|resampling| resampling.resample(train, n_classes, streams)).transpose()
    }

    /// Whether the rows that are learnt from are others than the training rows.
    pub fn resamples(&self) -> bool {
        self.definition().resampling().is_some()
    }

    /// Rows of each class that are learnt from, as expected of the training rows of each.
    fn resampled_counts<'a>(&self, counts: &'a [u32]) -> Cow<'a, [u32]> {
        match self.definition().resampling() {
            Some(resampling) => Cow::Owned(resampling.counts(counts)),
            None => Cow::Borrowed(counts),
        }
    }

    /// The sampling of rows with classes `targets`, each below `n_classes`, as they are after
    /// [`SamplingSpec::resample`].
    pub fn build(&self, targets: &[u32], n_classes: usize, streams: &Streams) -> Box<dyn Sampling> {
        self.definition().build(targets, n_classes, streams)
    }

    /// Rows that an epoch shows, from the classes' numbers of training rows.
    pub fn epoch_size(&self, counts: &[u32]) -> usize {
        self.definition().epoch_size(&self.resampled_counts(counts))
    }

    /// Probability that a row of an epoch is of each class, `[n_classes]`, from the classes' numbers of training rows.
    pub fn class_probabilities(&self, counts: &[u32]) -> Vec<f64> {
        let resampled = self.resampled_counts(counts);
        class_probabilities(&resampled, self.definition().exponent())
    }

    /// Rows of each class as an epoch is expected to show them, from the classes' numbers of training rows: what a plan
    /// knows.
    pub fn expected_counts(&self, counts: &[u32]) -> ClassCounts {
        self.definition().shown(&self.resampled_counts(counts))
    }

    /// The same from the classes of the rows as they are after [`SamplingSpec::resample`]: what a trial knows.
    pub fn counts(&self, targets: &[u32], n_classes: usize) -> ClassCounts {
        self.definition().shown(&counts_of(targets, n_classes))
    }

    /// Raised whenever the rows it makes, or the orders it shows them in, change.
    pub fn version(&self) -> u32 {
        self.definition().version()
    }

    /// The name in an experiment file.
    pub fn name(&self) -> &'static str {
        self.into()
    }

    /// Its file.
    pub(crate) fn code(&self) -> &'static str {
        self.definition().code()
    }
}

/// Which training examples are seen, and in which order.
pub trait Sampling: Send {
    /// Fills `batches` with what epoch `epoch` shows of `pool`. It depends on the epoch's number and the pool alone,
    /// not on epochs asked for before; and an epoch has as many rows whatever the pool leaves out, unless that is
    /// everything.
    fn epoch(&mut self, epoch: usize, pool: &Pool, batches: &mut Batches);
}
