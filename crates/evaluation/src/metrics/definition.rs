//! What a metric is: its names, what a part has to hold for it, and how it is computed.

use crate::detection::ClassDetection;
use crate::predictions::Predictions;
use crate::retrieval::Retrieved;
use crate::shots::Shots;
use crate::tally::Tally;

/// A metric, as its file describes it.
pub(crate) struct Definition {
    /// The name in a table's title.
    pub(crate) title: &'static str,
    pub(crate) higher_is_better: bool,
    pub(crate) needs: Needs,
    pub(crate) measure: Measure,
    /// What other programs and papers call it.
    pub(crate) aliases: &'static [&'static str],
    /// Its file, whose head is its page.
    pub(crate) code: &'static str,
}

/// What a part has to hold for a metric to mean on it what it means on another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Needs {
    /// Any examples: it is about them, whatever their classes.
    Examples,
    /// Examples of two classes: it is about how they go together.
    TwoClasses,
    /// Examples of every class of the data set: it is about how each is recognised.
    EveryClass,
    /// The same, of a data set of two classes, the second of which is the positive one.
    Positive,
    /// Examples of every class of one group.
    Group(Shots),
}

/// How a metric is computed, over the classes that are present: whether they are enough is said by [`Needs`].
#[derive(Clone, Copy)]
pub(crate) enum Measure {
    /// From counts of predicted classes. Counts of several parts add up.
    Counts(fn(&Tally) -> Option<f64>),
    /// The mean over classes of the mean of [`super::log_loss::of_example`] over a class's examples, which is recorded.
    ClassLosses(fn(&[ClassLoss]) -> Option<f64>),
    /// A mean over examples.
    Mean(fn(&Predictions<'_>) -> Option<f64>),
    /// From the order in which the scores of a class put the examples; of two classes, the scores of the positive one.
    Order(fn(&mut [(f64, bool)]) -> f64),
    /// From bins of probabilities.
    Bins(fn(&Predictions<'_>) -> Option<f64>),
    /// The mean recall of the classes of a group.
    GroupRecall,
    /// From the detections of a class of objects; their mean over classes is the metric.
    Detected(fn(&ClassDetection) -> Option<f64>),
    /// From what embeddings have found.
    Found(fn(&Retrieved<'_>) -> Option<f64>),
    /// From the clusters of embeddings, which are made where they are asked for, and their classes.
    Clustered(fn(&[u32], &[u32]) -> Option<f64>),
}

/// The log loss of one class.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct ClassLoss {
    pub(crate) n_examples: f64,
    /// 0 without any.
    pub(crate) sum: f64,
}
