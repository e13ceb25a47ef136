//! The metrics by their names: one file each.

mod accuracy;
mod ap_50;
mod ap_50_95;
mod ap_50_eleven;
mod average_precision;
mod balanced_accuracy;
mod balanced_log_loss;
mod brier;
pub(crate) mod definition;
pub(crate) mod ece;
mod g_mean;
mod knn_balanced_accuracy;
pub(crate) mod log_loss;
mod macro_f1;
mod macro_f2;
mod macro_precision;
mod macro_recall_at_1;
mod map_at_r;
mod mcc;
mod nmi;
mod object_recall;
mod positive_f1;
mod positive_f2;
mod positive_precision;
mod positive_recall;
mod r_precision;
mod recall_at_fppi;
mod recall_at_k;
mod roc_auc;
mod shot_accuracy;
mod shot_recall_at_1;

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde::{Serialize, Serializer};
use strum::{EnumCount, EnumIter, IntoEnumIterator, IntoStaticStr};

use crate::metrics::definition::{Definition, Measure, Needs};

/// A number that says how good predictions are; `longtail methods NAME` shows what exactly.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumCount, EnumIter, IntoStaticStr,
)]
#[strum(serialize_all = "snake_case")]
pub enum Metric {
    /// Share of examples that are predicted right.
    Accuracy,
    /// Mean recall of the classes.
    BalancedAccuracy,
    /// Mean precision of the classes.
    MacroPrecision,
    /// Mean F1 of the classes.
    MacroF1,
    /// Mean F2 of the classes.
    MacroF2,
    /// Geometric mean of the recalls of the classes.
    GMean,
    /// Matthews' correlation.
    Mcc,
    /// Precision of the positive class of two.
    PositivePrecision,
    /// Recall of the positive class of two.
    PositiveRecall,
    /// F1 of the positive class of two.
    PositiveF1,
    /// F2 of the positive class of two.
    PositiveF2,
    /// Area under the ROC curve.
    RocAuc,
    /// Area under the precision-recall curve, as a sum of steps.
    AveragePrecision,
    /// Mean of `-ln p` of the true class. Lower is better.
    LogLoss,
    /// The same, every class counting alike. Lower is better.
    BalancedLogLoss,
    /// Mean squared error of the probabilities. Lower is better.
    Brier,
    /// Expected calibration error. Lower is better.
    Ece,
    /// Mean recall of the classes with many training examples.
    ManyShotAccuracy,
    /// Mean recall of the classes with neither many nor few.
    MediumShotAccuracy,
    /// Mean recall of the classes with few training examples.
    FewShotAccuracy,
    /// Average precision of detections at an overlap of a half.
    #[strum(serialize = "ap_50")]
    Ap50,
    /// The same of eleven points.
    #[strum(serialize = "ap_50_eleven")]
    Ap50Eleven,
    /// The same averaged over overlaps, as COCO has it.
    #[strum(serialize = "ap_50_95")]
    Ap50To95,
    /// Share of the objects that is found with few false positives.
    RecallAtFppi,
    /// Share of the objects that is found.
    ObjectRecall,
    /// Share of queries whose nearest is of their class.
    #[strum(serialize = "recall_at_1")]
    RecallAt1,
    /// Share of queries with one of their class among the 2 nearest.
    #[strum(serialize = "recall_at_2")]
    RecallAt2,
    /// The same among the 4 nearest.
    #[strum(serialize = "recall_at_4")]
    RecallAt4,
    /// The same among the 8 nearest.
    #[strum(serialize = "recall_at_8")]
    RecallAt8,
    /// Share of what is to be found that is among as many nearest.
    RPrecision,
    /// Mean average precision among as many nearest as there are to be found.
    MapAtR,
    /// Mean over classes of the share of queries that their neighbours vote for.
    KnnBalancedAccuracy,
    /// Mean over classes of Recall@1.
    #[strum(serialize = "macro_recall_at_1")]
    MacroRecallAt1,
    /// The same over the classes with many training examples.
    #[strum(serialize = "many_shot_recall_at_1")]
    ManyShotRecallAt1,
    /// The same over the classes with neither many nor few.
    #[strum(serialize = "medium_shot_recall_at_1")]
    MediumShotRecallAt1,
    /// The same over the classes with few training examples.
    #[strum(serialize = "few_shot_recall_at_1")]
    FewShotRecallAt1,
    /// How much clusters of embeddings say of their classes.
    Nmi,
}

/// What predictions are of. A metric is of one task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum TaskKind {
    /// The class of each example.
    Classification,
    /// Objects in images, and where they are.
    Detection,
    /// Embeddings, whose nearest should be of their class.
    Retrieval,
}

impl TaskKind {
    /// The name in an experiment file.
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// Its metrics, in their order.
    pub fn metrics(self) -> impl Iterator<Item = Metric> {
        Metric::iter().filter(move |metric| metric.task() == self)
    }

    /// The metrics that tables show where a file names none.
    pub fn shown(self) -> Vec<Metric> {
        match self {
            TaskKind::Classification => {
                vec![Metric::AveragePrecision, Metric::BalancedAccuracy, Metric::GMean]
            }
            TaskKind::Detection => vec![Metric::Ap50, Metric::Ap50To95, Metric::RecallAtFppi],
            TaskKind::Retrieval => vec![Metric::MapAtR, Metric::RecallAt1, Metric::MacroRecallAt1],
        }
    }

    /// The metric that picks an epoch where a file names none.
    pub fn selects_by(self) -> Metric {
        match self {
            TaskKind::Classification => Metric::AveragePrecision,
            TaskKind::Detection => Metric::Ap50,
            TaskKind::Retrieval => Metric::MapAtR,
        }
    }

    /// Its first metric: those of a task follow each other.
    fn first(self) -> Metric {
        match self {
            TaskKind::Classification => Metric::Accuracy,
            TaskKind::Detection => Metric::Ap50,
            TaskKind::Retrieval => Metric::RecallAt1,
        }
    }
}

impl Metric {
    /// Raised when a metric gives other numbers.
    pub const VERSION: u32 = 2;

    pub(crate) fn definition(self) -> &'static Definition {
        match self {
            Metric::Accuracy => &accuracy::ACCURACY,
            Metric::BalancedAccuracy => &balanced_accuracy::BALANCED_ACCURACY,
            Metric::MacroPrecision => &macro_precision::MACRO_PRECISION,
            Metric::MacroF1 => &macro_f1::MACRO_F1,
            Metric::MacroF2 => &macro_f2::MACRO_F2,
            Metric::GMean => &g_mean::G_MEAN,
            Metric::Mcc => &mcc::MCC,
            Metric::PositivePrecision => &positive_precision::POSITIVE_PRECISION,
            Metric::PositiveRecall => &positive_recall::POSITIVE_RECALL,
            Metric::PositiveF1 => &positive_f1::POSITIVE_F1,
            Metric::PositiveF2 => &positive_f2::POSITIVE_F2,
            Metric::RocAuc => &roc_auc::ROC_AUC,
            Metric::AveragePrecision => &average_precision::AVERAGE_PRECISION,
            Metric::LogLoss => &log_loss::LOG_LOSS,
            Metric::BalancedLogLoss => &balanced_log_loss::BALANCED_LOG_LOSS,
            Metric::Brier => &brier::BRIER,
            Metric::Ece => &ece::ECE,
            Metric::ManyShotAccuracy => &shot_accuracy::MANY_SHOT_ACCURACY,
            Metric::MediumShotAccuracy => &shot_accuracy::MEDIUM_SHOT_ACCURACY,
            Metric::FewShotAccuracy => &shot_accuracy::FEW_SHOT_ACCURACY,
            Metric::Ap50 => &ap_50::AP_50,
            Metric::Ap50Eleven => &ap_50_eleven::AP_50_ELEVEN,
            Metric::Ap50To95 => &ap_50_95::AP_50_95,
            Metric::RecallAtFppi => &recall_at_fppi::RECALL_AT_FPPI,
            Metric::ObjectRecall => &object_recall::OBJECT_RECALL,
            Metric::RecallAt1 => &recall_at_k::RECALL_AT_1,
            Metric::RecallAt2 => &recall_at_k::RECALL_AT_2,
            Metric::RecallAt4 => &recall_at_k::RECALL_AT_4,
            Metric::RecallAt8 => &recall_at_k::RECALL_AT_8,
            Metric::RPrecision => &r_precision::R_PRECISION,
            Metric::MapAtR => &map_at_r::MAP_AT_R,
            Metric::KnnBalancedAccuracy => &knn_balanced_accuracy::KNN_BALANCED_ACCURACY,
            Metric::MacroRecallAt1 => &macro_recall_at_1::MACRO_RECALL_AT_1,
            Metric::ManyShotRecallAt1 => &shot_recall_at_1::MANY_SHOT_RECALL_AT_1,
            Metric::MediumShotRecallAt1 => &shot_recall_at_1::MEDIUM_SHOT_RECALL_AT_1,
            Metric::FewShotRecallAt1 => &shot_recall_at_1::FEW_SHOT_RECALL_AT_1,
            Metric::Nmi => &nmi::NMI,
        }
    }

    /// Whether a larger value is better.
    pub fn higher_is_better(self) -> bool {
        self.definition().higher_is_better
    }

    /// The name in an experiment file.
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// The metric of this name.
    pub fn named(name: &str) -> Option<Self> {
        Metric::iter().find(|metric| metric.name() == name)
    }

    /// What may be meant by a name that other programs and papers use.
    pub fn meant_by(name: &str) -> Vec<Self> {
        let name = name.to_lowercase().replace(['-', ' '], "_");
        Metric::iter().filter(|metric| metric.definition().aliases.contains(&&*name)).collect()
    }

    /// The name in a table's title.
    pub fn title(self) -> &'static str {
        self.definition().title
    }

    /// Its file, whose head is its page.
    pub fn code(self) -> &'static str {
        self.definition().code
    }

    /// Whether, of two classes, it is that of the positive one: with the other as the positive one it is another number,
    /// or, as the ROC area, the same by another way.
    pub fn is_of_the_positive(self) -> bool {
        self.is_binary() || matches!(self.definition().measure, Measure::Order(_))
    }

    /// Whether it can pick an epoch: it is known without the numbers of training examples, and in every epoch.
    pub fn selects(self) -> bool {
        !matches!(self.definition().needs, Needs::Group(_)) && !self.is_of_clusters()
    }

    /// Whether it is measured where clusters are asked for, and nowhere else.
    pub fn is_of_clusters(self) -> bool {
        matches!(self.definition().measure, Measure::Clustered(_))
    }

    /// Whether it is defined for data sets of two classes alone.
    pub fn is_binary(self) -> bool {
        self.definition().needs == Needs::Positive
    }

    /// Whether it is undefined on a part that lacks a class.
    pub fn needs_every_class(self) -> bool {
        match self.definition().needs {
            Needs::EveryClass | Needs::Positive | Needs::Group(_) => true,
            Needs::Examples | Needs::TwoClasses => false,
        }
    }

    /// What it measures.
    pub fn task(self) -> TaskKind {
        match self.definition().measure {
            Measure::Counts(_)
            | Measure::ClassLosses(_)
            | Measure::Mean(_)
            | Measure::Order(_)
            | Measure::Bins(_)
            | Measure::GroupRecall => TaskKind::Classification,
            Measure::Detected(_) => TaskKind::Detection,
            Measure::Found(_) | Measure::Clustered(_) => TaskKind::Retrieval,
        }
    }

    /// Why it says nothing of `task`; `None` if it does.
    pub fn not_of(self, task: TaskKind) -> Option<String> {
        let (name, own) = (self.name(), self.task());
        (own != task).then(|| {
            format!("`{name}` is a metric of {}, and the task is {}", own.name(), task.name())
        })
    }

    /// Its place among the metrics of its task, from 0.
    pub(crate) fn place(self) -> usize {
        self as usize - self.task().first() as usize
    }

    /// Why it cannot be measured on the predictions of several parts together; `None` if it can, from what is recorded
    /// of each.
    pub fn not_pooled(self) -> Option<&'static str> {
        match self.definition().measure {
            Measure::Counts(_) | Measure::ClassLosses(_) | Measure::Mean(_) => None,
            // Forman, Scholz, *Apples-to-Apples in Cross-Validation Studies*, SIGKDD Explorations 2010.
            Measure::Order(_) | Measure::Detected(_) => Some(
                "scores of networks that were trained on different folds are on different scales",
            ),
            Measure::Bins(_) => Some("what is in its bins is not recorded"),
            Measure::GroupRecall => Some("a class may be in different groups in different folds"),
            Measure::Found(_) | Measure::Clustered(_) => {
                Some("networks that were trained on different folds embed into different spaces")
            }
        }
    }
}

impl Serialize for Metric {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Metric {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(NameVisitor)
    }
}

pub(crate) struct NameVisitor;

impl Visitor<'_> for NameVisitor {
    type Value = Metric;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a metric")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Metric, E> {
        Metric::named(name).ok_or_else(|| E::custom(format!("there is no metric `{name}`")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_metric_has_a_page_that_says_what_it_does_without_a_class() {
        for metric in Metric::iter() {
            let page: Vec<&str> =
                metric.code().lines().map_while(|line| line.strip_prefix("//!")).collect();
            let has = |start: &str| page.iter().any(|line| line.trim_start().starts_with(start));
            let name = metric.name();
            assert!(has("```text") && has("Absent classes: "), "{name}");
            let peers = ["scikit-learn: ", "imbalanced-learn: ", "pytorch-metric-learning: "];
            assert!(peers.into_iter().any(has), "{name}");
            assert_eq!(metric.not_pooled().is_some(), has("Not pooled: "), "{name}");
            let lower = page[0].ends_with("Lower is better.");
            assert_eq!(metric.higher_is_better(), !lower, "{name}");
        }
    }

    #[test]
    fn metrics_of_a_task_follow_each_other_and_a_file_that_names_none_has_some() {
        for metric in Metric::iter() {
            let task = metric.task();
            assert_eq!(task.metrics().nth(metric.place()), Some(metric), "{}", metric.name());
            assert!(task.selects_by().selects() && task.selects_by().task() == task);
            assert!(task.shown().iter().all(|shown| shown.task() == task));
        }
    }

    #[test]
    fn names_of_other_programs_lead_to_ours() {
        let names = |other: &str| -> Vec<&str> {
            Metric::meant_by(other).into_iter().map(Metric::name).collect()
        };
        assert_eq!(names("f1"), ["macro_f1", "positive_f1"]);
        assert_eq!(names("recall"), ["balanced_accuracy", "positive_recall"]);
        for other in ["auprc", "PR-AUC", "ap"] {
            assert_eq!(names(other), ["average_precision"], "{other}");
        }
        assert_eq!(names("AUC"), ["roc_auc"]);
        assert_eq!(names("precession"), [""; 0]);
    }

    #[test]
    fn no_name_of_ours_is_another_name_of_another() {
        for metric in Metric::iter() {
            assert_eq!(Metric::meant_by(metric.name()), [], "{}", metric.name());
            assert_eq!(Metric::named(metric.name()), Some(metric));
        }
    }
}
