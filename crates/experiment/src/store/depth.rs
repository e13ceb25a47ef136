//! How much of a record is read. A store may hold a million of them, of which most commands need little.

use evaluation::curves::Curves;
use evaluation::{Evaluation, Values};
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};

use super::block::Part as Stored;
use crate::record::gradients::ClosingGradients;
use crate::record::{
    AfterTraining, Brief, EmbeddingSpread, History, Measured, PartSizes, Results, SelectionSummary,
    WeightsSummary,
};

/// How much of a record is read. What is not is left empty, as it is where it was not measured: a command that asks for too
/// little takes it for that.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// How the trial ended, and how long it took: no results, but for whether they can be read. Of a block, nothing else is
    /// looked at: that its results are damaged is found by whoever reads more, `run` among them.
    End,
    /// What was measured at its end: no courses, selections, gradients and curves, and classes of test
    /// parts in brief.
    Measures,
    /// What a comparison is made of: of courses how many epochs were validated and how far a memory fell behind, no gradients
    /// and curves, and classes of test parts in brief.
    Tables,
    /// What the files of trials are made of: the same, and the classes of test parts.
    Files,
    /// All that a report shows: no classes of validation parts.
    Report,
    /// Everything.
    #[default]
    Whole,
}

impl Depth {
    /// Whether this part of a block is read.
    pub(super) fn reads(self, part: Stored) -> bool {
        let from = match part {
            Stored::Ended | Stored::Kinds => Depth::End,
            Stored::Measured => Depth::Measures,
            Stored::Course => Depth::Tables,
            Stored::Tested => Depth::Files,
            Stored::Figures => Depth::Report,
            Stored::Classes => Depth::Whole,
        };
        from <= self
    }
}

/// A part of results that is read, or passed over and left empty.
#[derive(Default)]
pub(super) struct Part<T, const READ: bool>(T);

impl<'de, T: Deserialize<'de> + Default, const READ: bool> Deserialize<'de> for Part<T, READ> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if READ {
            T::deserialize(deserializer).map(Part)
        } else {
            IgnoredAny::deserialize(deserializer).map(|_| Part(T::default()))
        }
    }
}

/// Results without the classes of validation parts; with as much of courses as `H` reads, with selections and with what
/// figures show alone, or without.
#[derive(Deserialize)]
pub(super) struct Parts<H, const COURSE: bool, const FIGURES: bool> {
    sizes: PartSizes,
    train_counts: Vec<u32>,
    #[serde(default)]
    flipped_counts: Option<Vec<u32>>,
    #[serde(default)]
    resampled_counts: Option<Vec<u32>>,
    last: MeasuredParts,
    best: MeasuredParts,
    history: H,
    weights: WeightsSummary,
    #[serde(default)]
    selection: Part<Option<Box<SelectionSummary>>, COURSE>,
    #[serde(default)]
    gradients: Part<Option<Box<ClosingGradients>>, FIGURES>,
    #[serde(default)]
    converged: Option<bool>,
    parameters_digest: Option<String>,
    predictions_digest: String,
    #[serde(default)]
    curves: Part<Option<Curves>, FIGURES>,
}

/// What [`Depth::Measures`] reads of results.
pub(super) type MeasuresAlone = Parts<Part<History, false>, false, false>;

/// What [`Depth::Tables`] and [`Depth::Files`] read of results.
pub(super) type ForTables = Parts<Brief, true, false>;

/// What [`Depth::Report`] reads of results.
pub(super) type Shown = Parts<History, true, true>;

/// What [`Depth::End`] reads of results: whether a report can read them, and nothing else.
#[derive(Deserialize)]
#[serde(transparent)]
pub(super) struct Ended(
    #[expect(dead_code, reason = "that there are such results is all that is asked")] Shown,
);

#[derive(Deserialize)]
struct MeasuredParts {
    epoch: Option<usize>,
    validation: Option<ValuesAlone>,
    test: Evaluation,
    #[serde(default)]
    after_training: Option<Box<AfterTraining>>,
    #[serde(default)]
    spread: Option<Box<EmbeddingSpread>>,
}

#[derive(Deserialize)]
struct ValuesAlone {
    values: Values,
}

impl From<Ended> for Option<Results> {
    fn from(_: Ended) -> Self {
        None
    }
}

impl From<Part<History, false>> for History {
    fn from(part: Part<History, false>) -> Self {
        part.0
    }
}

impl<H: Into<History>, const COURSE: bool, const FIGURES: bool> From<Parts<H, COURSE, FIGURES>>
    for Option<Results>
{
    fn from(parts: Parts<H, COURSE, FIGURES>) -> Self {
        Some(Results {
            sizes: parts.sizes,
            train_counts: parts.train_counts,
            flipped_counts: parts.flipped_counts,
            resampled_counts: parts.resampled_counts,
            last: parts.last.into(),
            best: parts.best.into(),
            history: parts.history.into(),
            weights: parts.weights,
            selection: parts.selection.0,
            gradients: parts.gradients.0,
            converged: parts.converged,
            parameters_digest: parts.parameters_digest,
            predictions_digest: parts.predictions_digest,
            curves: parts.curves.0,
        })
    }
}

impl From<MeasuredParts> for Measured {
    fn from(parts: MeasuredParts) -> Self {
        let MeasuredParts { epoch, validation, test, after_training, spread } = parts;
        let of_values = |ValuesAlone { values }| Evaluation::new(values, Vec::new());
        let validation = validation.map(of_values);
        Measured { epoch, validation, test, after_training, spread }
    }
}

#[cfg(test)]
mod tests {
    use evaluation::{ClassCounts, ClassScores};

    use super::*;
    use crate::testing::planned;
    use crate::trial::run_trial;

    fn read<'a, R: Deserialize<'a> + Into<Option<Results>>>(json: &'a str) -> Option<Results> {
        serde_json::from_str::<R>(json).unwrap().into()
    }

    #[test]
    fn what_is_read_is_what_was_written_and_the_rest_is_empty() {
        let (plan, data) = planned(
            "[experiment]\nname = \"one\"\n[protocol]\nsplit = { holdout.test = 0.3 }\n[training]\nepochs = 2\n\
             [axes]\ndataset = \"ecoli4\"\nmodel = \"linear\"\nmining = { ohem.keep = 0.5 }\n",
        );
        let whole = *run_trial(&plan.cells[0].cell, &data, None).trial.results.unwrap();
        let json = serde_json::to_string(&whole).unwrap();
        assert_eq!(read::<Results>(&json), Some(whole.clone()));
        let mut expected = whole;
        for measured in [&mut expected.last, &mut expected.best] {
            let validation = measured.validation.as_mut().expect("there is a validation part");
            assert!(!std::mem::take(&mut validation.classes).is_empty());
        }
        assert_eq!(read::<Shown>(&json), Some(expected.clone()));
        assert!(expected.curves.take().is_some() && expected.gradients.take().is_some());
        let course = std::mem::take(&mut expected.history);
        let mut tables = read::<ForTables>(&json).unwrap();
        let brief = std::mem::take(&mut tables.history);
        assert_eq!((brief.validated(), brief.loss.len()), (course.validated(), 0));
        assert_eq!((course.validated().epochs, course.loss.len()), (2, 2));
        assert_eq!(tables, expected);
        assert!(expected.selection.take().is_some());
        assert_eq!(read::<MeasuresAlone>(&json), Some(expected));
        assert_eq!(read::<Ended>(&json), None);
    }

    #[test]
    fn of_classes_that_are_not_read_is_known_what_a_comparison_asks() {
        let (plan, data) = planned(
            "[experiment]\nname = \"one\"\n[protocol]\nsplit = { holdout.test = 0.3 }\n[axes]\ndataset = \"ecoli4\"\n\
             model = \"gaussian_naive_bayes\"\n",
        );
        let mut whole = *run_trial(&plan.cells[0].cell, &data, None).trial.results.unwrap();
        for support in [7, 0] {
            whole.last.test.classes[1].support = support;
            let mut brief = whole.clone();
            brief.make_brief();
            assert_eq!(brief.last.test.classes, []);
            assert_eq!(brief.last.test.lacks_a_class(), support == 0);
            assert_eq!(whole.last.test.lacks_a_class(), support == 0);
            let known = brief.last.test.classes_brief();
            assert_eq!(known, whole.last.test.classes_brief());
            let ClassScores { predicted, right, .. } = whole.last.test.classes[1];
            let positive = ClassCounts { support, predicted, right };
            assert_eq!((known.n_classes, known.least_support), (2, support));
            assert_eq!(known.positive, Some(positive));
        }
    }
}
