//! Sampling: which training examples meet in a batch, and how often each is seen.

mod adasyn;
mod borderline_smote;
pub(crate) mod by_class;
mod class_aware;
mod class_balanced;
mod cluster_centroids;
mod deferred_resampling;
mod definition;
mod instance_balanced;
mod k_means;
mod learning;
mod meta_sampler;
mod near_miss;
pub(crate) mod neighbors;
mod per_image;
mod pool;
mod power;
mod progressive;
mod random_oversampling;
mod random_undersampling;
mod shuffled;
mod smote;
mod smote_nc;
mod smote_tomek;
mod square_root;
mod synthesis;
mod tomek_links;

pub use adasyn::Adasyn;
pub use borderline_smote::{BorderlineKind, BorderlineSmote};
pub use class_aware::ClassAwareSampling;
pub use class_balanced::ClassBalancedSampling;
pub use cluster_centroids::ClusterCentroids;
pub use deferred_resampling::DeferredResampling;
pub use definition::Resampled;
pub use instance_balanced::InstanceBalancedSampling;
pub use k_means::{Clusters, cluster};
pub use learning::Learning;
pub use meta_sampler::MetaSampler;
pub use near_miss::{NearMiss, NearMissVersion};
pub use per_image::PerImageSampling;
pub use pool::{Batches, Pool};
pub use power::PowerSampling;
pub use progressive::ProgressiveSampling;
pub use random_oversampling::RandomOversampling;
pub use random_undersampling::RandomUndersampling;
pub use smote::Smote;
pub use smote_nc::SmoteNc;
pub use smote_tomek::SmoteTomek;
pub use square_root::SquareRootSampling;
pub use tomek_links::{LinkMember, TomekLinks};

use std::num::NonZeroUsize;
use std::ops::{Range, RangeInclusive};

use nn::Streams;
use serde::{Deserialize, Serialize};
use strum::{EnumIter, IntoStaticStr};

use crate::MethodError;
use crate::examples::Examples;
use crate::losses::Epoch;
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
    /// See [`TomekLinks`].
    TomekLinks(TomekLinks),
    /// See [`NearMiss`].
    NearMiss(NearMiss),
    /// See [`BorderlineSmote`].
    BorderlineSmote(BorderlineSmote),
    /// See [`Adasyn`].
    Adasyn(Adasyn),
    /// See [`SmoteTomek`].
    SmoteTomek(SmoteTomek),
    /// See [`DeferredResampling`].
    DeferredResampling(DeferredResampling),
    /// See [`ProgressiveSampling`].
    Progressive(ProgressiveSampling),
    /// See [`ClassAwareSampling`].
    ClassAware(ClassAwareSampling),
    /// See [`ClusterCentroids`].
    ClusterCentroids(ClusterCentroids),
    /// See [`SmoteNc`].
    SmoteNc(SmoteNc),
    /// See [`MetaSampler`].
    MetaSampler(MetaSampler),
    /// See [`PerImageSampling`].
    PerImage(PerImageSampling),
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
            SamplingSpec::TomekLinks(sampling) => sampling,
            SamplingSpec::NearMiss(sampling) => sampling,
            SamplingSpec::BorderlineSmote(sampling) => sampling,
            SamplingSpec::Adasyn(sampling) => sampling,
            SamplingSpec::SmoteTomek(sampling) => sampling,
            SamplingSpec::DeferredResampling(sampling) => sampling,
            SamplingSpec::Progressive(sampling) => sampling,
            SamplingSpec::ClassAware(sampling) => sampling,
            SamplingSpec::ClusterCentroids(sampling) => sampling,
            SamplingSpec::SmoteNc(sampling) => sampling,
            SamplingSpec::MetaSampler(sampling) => sampling,
            SamplingSpec::PerImage(sampling) => sampling,
        }
    }

    /// The rows that are learnt from, where these are others than the training rows; `None` where they are not. Each of
    /// `one_hot` are the columns of one categorical feature, 1 in that of a row's category and 0 in the others; all other
    /// columns are continuous.
    ///
    /// # Errors
    /// If a class has too few rows.
    pub fn resample(
        &self,
        train: &Examples<f32>,
        one_hot: &[Range<usize>],
        n_classes: usize,
        streams: &Streams,
    ) -> Result<Option<Resampled>, MethodError> {
        let resampling = self.definition().resampling();
        resampling
            .map(|resampling| resampling.resample(train, one_hot, n_classes, streams))
            .transpose()
    }

    /// Whether the rows that are learnt from are others than the training rows.
    pub fn resamples(&self) -> bool {
        self.definition().resampling().is_some()
    }

    /// Rows of each class that are learnt from, from the training rows of each: the least and the most that there can be.
    /// They are one number where the rows' places decide nothing.
    pub fn resampled_bounds(&self, counts: &[u32]) -> Vec<RangeInclusive<u32>> {
        match self.definition().resampling() {
            Some(resampling) => resampling.bounds(counts),
            None => counts.iter().map(|&n| n..=n).collect(),
        }
    }

    /// Rows of each class that are learnt from, the most that there can be.
    fn most(&self, counts: &[u32]) -> Vec<u32> {
        self.resampled_bounds(counts).iter().map(|bounds| *bounds.end()).collect()
    }

    /// The sampling of rows with classes `targets`, each below `n_classes`, as they are after
    /// [`SamplingSpec::resample`].
    pub fn build(&self, targets: &[u32], n_classes: usize, streams: &Streams) -> Box<dyn Sampling> {
        self.definition().build(targets, n_classes, streams)
    }

    /// The same of rows that are regions, each of one of `images`.
    pub fn build_in_images(
        &self,
        images: &[u32],
        targets: &[u32],
        n_classes: usize,
        streams: &Streams,
    ) -> Box<dyn Sampling> {
        self.definition().build_in_images(images, targets, n_classes, streams)
    }

    /// Whether it asks which image a row is a region of.
    pub fn needs_images(&self) -> bool {
        self.definition().needs_images()
    }

    /// Rows of a batch, at most; `None` where `training.batch_size` says it.
    pub fn batch_rows(&self) -> Option<usize> {
        self.definition().batch_rows()
    }

    /// Rows that an epoch shows at the most, from the classes' numbers of training rows.
    pub fn epoch_size(&self, counts: &[u32]) -> usize {
        self.definition().epoch_size(&self.most(counts))
    }

    /// Probability that a row of an epoch is of each class, `[n_classes]`, from the classes' numbers of training rows, if
    /// as many rows are learnt from as there can be.
    pub fn class_probabilities(&self, counts: &[u32]) -> Vec<f64> {
        let most = self.most(counts);
        let probabilities = self.definition().probabilities(&most);
        probabilities.unwrap_or_else(|| class_probabilities(&most, 1.0))
    }

    /// Whether an epoch draws classes by shares of its own.
    pub fn draws_classes(&self) -> bool {
        self.definition().probabilities(&[1]).is_some()
    }

    /// Rows of each class as an epoch is expected to show them, from the classes' numbers of training rows, if as many
    /// rows are learnt from as there can be: what a plan knows.
    pub fn expected_counts(&self, counts: &[u32]) -> ClassCounts {
        self.definition().shown(&self.most(counts))
    }

    /// The same from the classes of the rows as they are after [`SamplingSpec::resample`]: what a trial knows.
    pub fn counts(&self, targets: &[u32], n_classes: usize) -> ClassCounts {
        self.definition().shown(&counts_of(targets, n_classes))
    }

    /// Examples that a class shows in a row; `None` where classes do not come in turns.
    pub fn turn(&self) -> Option<NonZeroUsize> {
        self.definition().turn()
    }

    /// Meta examples that it learns from in each step of a network; `None` of one that learns nothing.
    pub fn meta_batch_size(&self) -> Option<NonZeroUsize> {
        self.definition().meta_batch_size()
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
    /// Fills `batches` with what `epoch` shows of `pool`. It depends on where the epoch stands, on the pool and on what has
    /// been [learnt](Learning) alone, not on epochs asked for before; and an epoch has as many rows whatever the pool leaves out, unless that is everything.
    /// A class of which the pool shows nothing is not drawn, and the others are drawn in its place: each by its share
    /// among the classes, and by its rows, that are shown.
    fn epoch(&mut self, epoch: &Epoch<'_>, pool: &Pool, batches: &mut Batches);

    /// What draws the batches of an epoch one by one, as it learns; `None` of a sampling that learns nothing.
    fn learning(&mut self) -> Option<&mut dyn Learning> {
        None
    }
}
