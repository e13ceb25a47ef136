//! The metrics by their names.

use serde::{Deserialize, Serialize};
use strum::{EnumIter, IntoStaticStr};

/// A number that says how good predictions are. "Present" classes are those among the targets.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    EnumIter,
    IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Metric {
    /// Share of examples whose most probable class is theirs.
    Accuracy,
    /// Mean recall of the present classes (as scikit-learn's).
    BalancedAccuracy,
    /// Mean precision of the present classes; 0 for a class that is never predicted. scikit-learn
    /// also averages over classes that are predicted but absent.
    MacroPrecision,
    /// Mean F1 of the present classes; 0 for a class that is never found.
    MacroF1,
    /// Geometric mean of the recalls of the present classes. imbalanced-learn's is 0 when an absent
    /// class is predicted.
    GMean,
    /// Matthews' correlation (multi-class: Gorodkin, 2004); 0 when only one class is predicted or
    /// true, as in scikit-learn.
    Mcc,
    /// Area under the ROC curve; ties count a half. Two classes: of class 1 against class 0. More:
    /// the mean of one against the rest over the present classes. Undefined when only one class is
    /// present.
    RocAuc,
    /// `Σ (R_n - R_{n-1}) P_n` over the distinct scores, from the highest. Classes as for the ROC
    /// area. Undefined when only one class is present.
    AveragePrecision,
    /// Mean of `-ln p_y`, with `p_y` at least 2^-52 as in scikit-learn: never infinite. Lower is
    /// better.
    LogLoss,
    /// Two classes: mean of `(p_1 - y)^2`. More: mean of `Σ_k (p_k - [k = y])^2`. Lower is better.
    Brier,
    /// Mean recall of the present classes with more than 100 training examples.
    ManyShotAccuracy,
    /// Mean recall of the present classes with 20 to 100 training examples.
    MediumShotAccuracy,
    /// Mean recall of the present classes with fewer than 20 training examples. An empty group has no
    /// accuracy; it is not 0.
    FewShotAccuracy,
}

impl Metric {
    /// Raised when a metric gives other numbers.
    pub const VERSION: u32 = 1;

    /// Whether a larger value is better.
    pub fn higher_is_better(self) -> bool {
        !matches!(self, Metric::LogLoss | Metric::Brier)
    }

    /// The name in an experiment file.
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// The name in a table's title.
    pub fn title(self) -> &'static str {
        match self {
            Metric::Accuracy => "accuracy",
            Metric::BalancedAccuracy => "balanced accuracy",
            Metric::MacroPrecision => "macro precision",
            Metric::MacroF1 => "macro F1",
            Metric::GMean => "G-mean",
            Metric::Mcc => "Matthews correlation",
            Metric::RocAuc => "ROC AUC",
            Metric::AveragePrecision => "average precision",
            Metric::LogLoss => "log loss",
            Metric::Brier => "Brier score",
            Metric::ManyShotAccuracy => "many-shot accuracy",
            Metric::MediumShotAccuracy => "medium-shot accuracy",
            Metric::FewShotAccuracy => "few-shot accuracy",
        }
    }

    /// Whether, of two classes, it is that of the positive one: with the other as the positive one it is another number,
    /// or, as the ROC area, the same by another way.
    pub fn is_of_the_positive(self) -> bool {
        matches!(self, Metric::RocAuc | Metric::AveragePrecision)
    }

    /// Whether it can pick an epoch: [`crate::score`] knows it.
    pub fn selects(self) -> bool {
        !matches!(
            self,
            Metric::ManyShotAccuracy | Metric::MediumShotAccuracy | Metric::FewShotAccuracy
        )
    }

    /// Whether it depends on the predicted classes alone.
    pub(crate) fn needs_classes_only(self) -> bool {
        matches!(
            self,
            Metric::Accuracy
                | Metric::BalancedAccuracy
                | Metric::MacroPrecision
                | Metric::MacroF1
                | Metric::GMean
                | Metric::Mcc
        )
    }
}
