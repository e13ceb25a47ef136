//! Losses: what a prediction costs, and in which direction the cost falls.

mod alpha;
mod aside;
mod asymmetric;
mod asymmetric_single_label;
mod auc_margin;
mod average_precision;
mod balanced_softmax;
mod bi_tempered;
mod binary_cross_entropy;
mod class_balanced;
mod class_dependent_temperature;
mod class_difficulty;
mod class_priors;
pub(crate) mod class_weights;
mod corners;
mod cross_entropy;
mod deferred_reweighting;
mod definition;
mod dice;
mod equalization;
mod equalization_v2;
mod expression;
mod f_beta;
mod focal;
mod focal_star;
mod generalized_cross_entropy;
mod ghm_c;
mod ghm_softmax;
mod hinge;
mod histogram;
mod influence_balanced;
mod label_aware_smoothing;
mod label_smoothing;
mod ldam;
mod link;
mod log_sum;
mod logit_adjustment;
mod logit_adjustment_posthoc;
mod multiclass_hinge;
mod normalized_softmax;
mod overlap;
mod pairwise_auc;
mod per_example;
mod plain;
mod poly_1;
pub mod proposals;
mod proxy_anchor;
mod proxy_nca;
mod reduction;
mod seesaw;
mod self_adjusting_dice;
mod smoothing;
mod softmax_equalization;
mod super_loss;
mod symmetric_cross_entropy;
mod tempered_softmax;
mod truncated_cross_entropy;
mod tversky;
mod vector_scaling;
mod weighted_cross_entropy;

pub use alpha::Alpha;
pub use asymmetric::Asymmetric;
pub use asymmetric_single_label::AsymmetricSingleLabel;
pub use auc_margin::{AucMargin, AucSaddle, SaddlePoint};
pub use average_precision::AveragePrecisionLoss;
pub use balanced_softmax::BalancedSoftmax;
pub use bi_tempered::BiTempered;
pub use binary_cross_entropy::BinaryCrossEntropy;
pub use class_balanced::{ClassBalanced, ClassBalancedForm};
pub use class_dependent_temperature::ClassDependentTemperature;
pub use class_difficulty::ClassDifficulty;
pub use class_weights::{ClassWeights, EffectiveNumber, GivenWeights, SmoothWeights};
pub use corners::corners;
pub use cross_entropy::CrossEntropy;
pub use deferred_reweighting::DeferredReweighting;
pub use definition::{Epoch, InitialProbability, Level, Loss, Traits};
pub use dice::Dice;
pub use equalization::Equalization;
pub use equalization_v2::{EqualizationV2, GradientBalance, GradientSums};
pub use expression::Expression;
pub use f_beta::FBeta;
pub use focal::{Focal, FocalDivisor, FocalForm};
pub use focal_star::FocalStar;
pub use generalized_cross_entropy::GeneralizedCrossEntropy;
pub use ghm_c::{GhmC, GradientHarmonizing};
pub use ghm_softmax::GhmSoftmax;
pub use hinge::Hinge;
pub use histogram::GhmState;
pub use influence_balanced::InfluenceBalanced;
pub use label_aware_smoothing::{LabelAwareSmoothing, SmoothingShape};
pub use label_smoothing::LabelSmoothing;
pub use ldam::Ldam;
pub use link::{Link, Readout};
pub use logit_adjustment::LogitAdjustment;
pub use logit_adjustment_posthoc::LogitAdjustmentPosthoc;
pub use multiclass_hinge::{MulticlassHinge, MulticlassHingeForm};
pub use normalized_softmax::NormalizedSoftmax;
pub use pairwise_auc::{AucSurrogate, PairedScores, PairwiseAuc};
pub use per_example::{Batch, PerExample};
pub use plain::Plain;
pub use poly_1::Poly1;
pub use proxy_anchor::ProxyAnchor;
pub use proxy_nca::{Denominator, ProxyNca};
pub use reduction::Reduction;
pub use seesaw::Seesaw;
pub use self_adjusting_dice::SelfAdjustingDice;
pub use softmax_equalization::SoftmaxEqualization;
pub use super_loss::SuperLoss;
pub use symmetric_cross_entropy::SymmetricCrossEntropy;
pub use truncated_cross_entropy::{TruncatedCrossEntropy, Truncation};
pub use tversky::Tversky;
pub use vector_scaling::VectorScaling;
pub use weighted_cross_entropy::{WeightedCrossEntropy, WeightedReduction};

use nn::Real;
use serde::{Deserialize, Serialize};
use strum::{EnumIter, IntoStaticStr};

use crate::MethodError;
use crate::losses::definition::{Built, Definition};
use crate::setting::{ClassCounts, Setting};

/// Every loss, under the name it has in an experiment file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, EnumIter, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum LossSpec {
    /// See [`CrossEntropy`].
    CrossEntropy(CrossEntropy),
    /// See [`BinaryCrossEntropy`].
    BinaryCrossEntropy(BinaryCrossEntropy),
    /// See [`WeightedCrossEntropy`].
    WeightedCrossEntropy(WeightedCrossEntropy),
    /// See [`ClassBalanced`].
    ClassBalanced(ClassBalanced),
    /// See [`Focal`].
    Focal(Focal),
    /// See [`FocalStar`].
    FocalStar(FocalStar),
    /// See [`GhmC`].
    GhmC(GhmC),
    /// See [`GhmSoftmax`].
    GhmSoftmax(GhmSoftmax),
    /// See [`Ldam`].
    Ldam(Ldam),
    /// See [`DeferredReweighting`].
    DeferredReweighting(DeferredReweighting),
    /// See [`LogitAdjustment`].
    LogitAdjustment(LogitAdjustment),
    /// See [`LogitAdjustmentPosthoc`].
    LogitAdjustmentPosthoc(LogitAdjustmentPosthoc),
    /// See [`BalancedSoftmax`].
    BalancedSoftmax(BalancedSoftmax),
    /// See [`VectorScaling`].
    VectorScaling(VectorScaling),
    /// See [`ClassDependentTemperature`].
    ClassDependentTemperature(ClassDependentTemperature),
    /// See [`Equalization`].
    Equalization(Equalization),
    /// See [`SoftmaxEqualization`].
    SoftmaxEqualization(SoftmaxEqualization),
    /// See [`EqualizationV2`].
    EqualizationV2(EqualizationV2),
    /// See [`Seesaw`].
    Seesaw(Seesaw),
    /// See [`Asymmetric`].
    Asymmetric(Asymmetric),
    /// See [`AsymmetricSingleLabel`].
    AsymmetricSingleLabel(AsymmetricSingleLabel),
    /// See [`Poly1`].
    #[serde(rename = "poly_1")]
    #[strum(serialize = "poly_1")]
    Poly1(Poly1),
    /// See [`LabelSmoothing`].
    LabelSmoothing(LabelSmoothing),
    /// See [`LabelAwareSmoothing`].
    LabelAwareSmoothing(LabelAwareSmoothing),
    /// See [`GeneralizedCrossEntropy`].
    GeneralizedCrossEntropy(GeneralizedCrossEntropy),
    /// See [`SymmetricCrossEntropy`].
    SymmetricCrossEntropy(SymmetricCrossEntropy),
    /// See [`BiTempered`].
    BiTempered(BiTempered),
    /// See [`InfluenceBalanced`].
    InfluenceBalanced(InfluenceBalanced),
    /// See [`Tversky`].
    Tversky(Tversky),
    /// See [`Dice`].
    Dice(Dice),
    /// See [`FBeta`].
    FBeta(FBeta),
    /// See [`SelfAdjustingDice`].
    SelfAdjustingDice(SelfAdjustingDice),
    /// See [`AucMargin`].
    AucMargin(AucMargin),
    /// See [`PairwiseAuc`].
    PairwiseAuc(PairwiseAuc),
    /// See [`AveragePrecisionLoss`].
    AveragePrecision(AveragePrecisionLoss),
    /// See [`Hinge`].
    Hinge(Hinge),
    /// See [`MulticlassHinge`].
    MulticlassHinge(MulticlassHinge),
    /// See [`SuperLoss`].
    SuperLoss(SuperLoss),
    /// See [`ClassDifficulty`].
    ClassDifficulty(ClassDifficulty),
    /// See [`TruncatedCrossEntropy`].
    TruncatedCrossEntropy(TruncatedCrossEntropy),
    /// See [`NormalizedSoftmax`].
    NormalizedSoftmax(NormalizedSoftmax),
    /// See [`ProxyNca`].
    ProxyNca(ProxyNca),
    /// See [`ProxyAnchor`].
    ProxyAnchor(ProxyAnchor),
    /// See [`Expression`].
    Expression(Expression),
}

/// `$body` with the parameters of whatever loss it is as `$loss`.
macro_rules! each {
    ($spec:expr, $loss:ident => $body:expr) => {
        match $spec {
            LossSpec::CrossEntropy($loss) => $body,
            LossSpec::BinaryCrossEntropy($loss) => $body,
            LossSpec::WeightedCrossEntropy($loss) => $body,
            LossSpec::ClassBalanced($loss) => $body,
            LossSpec::Focal($loss) => $body,
            LossSpec::FocalStar($loss) => $body,
            LossSpec::GhmC($loss) => $body,
            LossSpec::GhmSoftmax($loss) => $body,
            LossSpec::Ldam($loss) => $body,
            LossSpec::DeferredReweighting($loss) => $body,
            LossSpec::LogitAdjustment($loss) => $body,
            LossSpec::LogitAdjustmentPosthoc($loss) => $body,
            LossSpec::BalancedSoftmax($loss) => $body,
            LossSpec::VectorScaling($loss) => $body,
            LossSpec::ClassDependentTemperature($loss) => $body,
            LossSpec::Equalization($loss) => $body,
            LossSpec::SoftmaxEqualization($loss) => $body,
            LossSpec::EqualizationV2($loss) => $body,
            LossSpec::Seesaw($loss) => $body,
            LossSpec::Asymmetric($loss) => $body,
            LossSpec::AsymmetricSingleLabel($loss) => $body,
            LossSpec::Poly1($loss) => $body,
            LossSpec::LabelSmoothing($loss) => $body,
            LossSpec::LabelAwareSmoothing($loss) => $body,
            LossSpec::GeneralizedCrossEntropy($loss) => $body,
            LossSpec::SymmetricCrossEntropy($loss) => $body,
            LossSpec::BiTempered($loss) => $body,
            LossSpec::InfluenceBalanced($loss) => $body,
            LossSpec::Tversky($loss) => $body,
            LossSpec::Dice($loss) => $body,
            LossSpec::FBeta($loss) => $body,
            LossSpec::SelfAdjustingDice($loss) => $body,
            LossSpec::AucMargin($loss) => $body,
            LossSpec::PairwiseAuc($loss) => $body,
            LossSpec::AveragePrecision($loss) => $body,
            LossSpec::Hinge($loss) => $body,
            LossSpec::MulticlassHinge($loss) => $body,
            LossSpec::SuperLoss($loss) => $body,
            LossSpec::ClassDifficulty($loss) => $body,
            LossSpec::TruncatedCrossEntropy($loss) => $body,
            LossSpec::NormalizedSoftmax($loss) => $body,
            LossSpec::ProxyNca($loss) => $body,
            LossSpec::ProxyAnchor($loss) => $body,
            LossSpec::Expression($loss) => $body,
        }
    };
}

impl LossSpec {
    /// The loss for a given setting.
    ///
    /// # Errors
    /// If a parameter does not fit the classes.
    pub fn build<T: Real>(&self, setting: &Setting<'_>) -> Built<T> {
        each!(self, loss => loss.build(setting))
    }

    /// What the loss needs, and what it can be combined with.
    pub fn traits(&self) -> Traits {
        each!(self, loss => loss.traits())
    }

    /// How logits of a network that has learnt by this loss are read as probabilities.
    ///
    /// # Errors
    /// If a parameter does not fit the classes.
    pub fn readout(&self, counts: &ClassCounts) -> Result<Readout, MethodError> {
        match self.wrapped() {
            Some(wrapped) => wrapped.readout(counts),
            None => each!(self, loss => loss.readout(counts)),
        }
    }

    /// How this loss reads logits as probabilities.
    pub fn link(&self) -> Link {
        self.traits().link
    }

    /// Number of logits the network has to give for `n_classes` classes.
    pub fn n_outputs(&self, n_classes: usize) -> usize {
        self.link().n_outputs(n_classes)
    }

    /// Raised whenever the numbers of this loss change.
    pub fn version(&self) -> u32 {
        self.traits().version
    }

    /// The name in an experiment file.
    pub fn name(&self) -> &'static str {
        self.into()
    }

    /// What the loss is, in Markdown.
    pub(crate) fn page(&self) -> String {
        each!(self, loss => loss.page())
    }

    /// The file of the loss, in which its parameters are described.
    pub(crate) fn code(&self) -> &'static str {
        fn of<D: Definition>(_: &D) -> &'static str {
            D::CODE
        }
        each!(self, loss => of(loss))
    }

    /// Whether the loss reads the last hidden activations.
    pub fn reads_hidden(&self) -> bool {
        self.layers().any(|layer| each!(layer, loss => loss.reads_hidden()))
    }

    /// Whether the loss has a slope at the last hidden activations, not at the logits alone.
    pub fn slopes_hidden(&self) -> bool {
        self.layers().any(|layer| each!(layer, loss => loss.slopes_hidden()))
    }

    /// Whether the loss draws random numbers.
    pub fn draws(&self) -> bool {
        self.layers().any(|layer| each!(layer, loss => loss.draws()))
    }

    /// Whether only whole batches have a loss.
    pub fn is_batch_level(&self) -> bool {
        self.traits().level == Level::Batch
    }

    /// The loss that this one wraps.
    fn wrapped(&self) -> Option<&LossSpec> {
        each!(self, loss => loss.wrapped())
    }

    /// This loss, what it wraps, what that wraps, and so on.
    fn layers(&self) -> impl Iterator<Item = &LossSpec> {
        std::iter::successors(Some(self), |loss| loss.wrapped())
    }

    /// The loss, this one or one it wraps, that weighs classes by weights the reader has given.
    pub fn given_weights(&self) -> Option<&'static str> {
        let mut layers = self.layers();
        layers.find(|layer| each!(layer, loss => loss.has_given_weights())).map(LossSpec::name)
    }

    /// The losses, from the outermost to the innermost, of which each by itself moves the balance of the classes.
    pub fn corrections(&self) -> Vec<&'static str> {
        let layers = self.layers().filter(|layer| each!(layer, loss => loss.moves_the_balance()));
        layers.map(LossSpec::name).collect()
    }

    /// Whether the slope of an example follows from its logits and its label alone, but for a common factor of
    /// the batch and for what is told before an epoch.
    pub fn is_pointwise(&self) -> bool {
        self.more_than_its_label().is_none()
    }

    /// The loss, this one or one it wraps, whose slopes are not differentiated once more, and why.
    pub fn not_twice(&self) -> Option<(&'static str, &'static str)> {
        self.layers().find_map(|layer| {
            each!(layer, loss => loss.not_twice()).map(|because| (layer.name(), because))
        })
    }

    /// The loss, this one or one it wraps, that is more than a function of an example's logits and label, and
    /// what it does. A common factor of the batch, and what is told before an epoch, do not count.
    pub fn more_than_its_label(&self) -> Option<(&'static str, &'static str)> {
        self.layers().find_map(|layer| {
            each!(layer, loss => loss.beyond_its_label()).map(|because| (layer.name(), because))
        })
    }
}
