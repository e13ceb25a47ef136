//! The results of a trial in the pieces in which blocks keep them, so that a command reads those alone that it needs.
//!
//! ```text
//! measured   counts, the metrics of both networks, what acted after training, weights, digests; in blocks of old, the
//!            classes of test parts
//! course     what was noted epoch by epoch: history, selection
//! figures    what only figures show: curves, lengths of gradients
//! classes    the classes of validation parts
//! tested     those of test parts
//! ```
//!
//! A piece is written from what it borrows and read as what it owns.

use std::borrow::Cow;

use evaluation::curves::Curves;
use evaluation::{ClassScores, ClassesBrief, Evaluation, Values};
use serde::{Deserialize, Serialize};

use super::block::Form;
use crate::record::gradients::ClosingGradients;
use crate::record::{
    AfterTraining, Brief, EmbeddingSpread, History, Measured, PartSizes, Results, SelectionSummary,
    WeightsSummary,
};

/// What was measured.
#[derive(Serialize, Deserialize)]
pub(super) struct MeasuredPiece<'a> {
    sizes: PartSizes,
    train_counts: Cow<'a, [u32]>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    flipped_counts: Option<Cow<'a, [u32]>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    resampled_counts: Option<Cow<'a, [u32]>>,
    last: NetworkPiece<'a>,
    best: NetworkPiece<'a>,
    weights: WeightsSummary,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    converged: Option<bool>,
    parameters_digest: Option<Cow<'a, str>>,
    predictions_digest: Cow<'a, str>,
}

/// One network, without the classes of its validation part.
#[derive(Serialize, Deserialize)]
struct NetworkPiece<'a> {
    epoch: Option<usize>,
    validation: Option<Cow<'a, Values>>,
    test: TestPiece<'a>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    after_training: Option<Cow<'a, AfterTraining>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    spread: Option<Cow<'a, EmbeddingSpread>>,
}

/// The test part of one network.
#[derive(Serialize, Deserialize)]
struct TestPiece<'a> {
    values: Cow<'a, Values>,
    /// The classes in brief, where they stand in a piece of their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    in_brief: Option<ClassesBrief>,
    /// Blocks of old have them here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    classes: Option<Cow<'a, [ClassScores]>>,
}

/// What was noted epoch by epoch.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct CoursePiece<'a> {
    history: Cow<'a, History>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    selection: Option<Cow<'a, SelectionSummary>>,
}

/// The same, of courses with nothing but how many epochs were validated and how far a memory fell behind.
#[derive(Default, Deserialize)]
pub(super) struct BriefPiece {
    history: Brief,
    #[serde(default)]
    selection: Option<SelectionSummary>,
}

impl From<BriefPiece> for CoursePiece<'_> {
    fn from(brief: BriefPiece) -> Self {
        CoursePiece {
            history: Cow::Owned(brief.history.into()),
            selection: brief.selection.map(Cow::Owned),
        }
    }
}

/// What only figures show.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct FiguresPiece<'a> {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    gradients: Option<Cow<'a, ClosingGradients>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    curves: Option<Cow<'a, Curves>>,
}

/// The classes of the validation part, or of the test part, of both networks; empty where there is none.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct ClassesPiece<'a> {
    last: Cow<'a, [ClassScores]>,
    best: Cow<'a, [ClassScores]>,
}

/// All pieces of one trial's results.
pub(super) struct Pieces<'a> {
    pub(super) measured: MeasuredPiece<'a>,
    pub(super) course: CoursePiece<'a>,
    pub(super) figures: FiguresPiece<'a>,
    pub(super) classes: ClassesPiece<'a>,
    /// `None` in blocks of old, and where it is not read.
    pub(super) tested: Option<ClassesPiece<'a>>,
}

/// Cuts results into the pieces of a block of this form.
pub(super) fn cut(results: &Results, form: Form) -> Pieces<'_> {
    // Nothing is left out: what is added to results has to find its piece.
    let Results {
        sizes,
        train_counts,
        flipped_counts,
        resampled_counts,
        last,
        best,
        history,
        weights,
        selection,
        gradients,
        converged,
        parameters_digest,
        predictions_digest,
        curves,
    } = results;
    let measured = MeasuredPiece {
        sizes: *sizes,
        train_counts: Cow::Borrowed(train_counts),
        flipped_counts: flipped_counts.as_deref().map(Cow::Borrowed),
        resampled_counts: resampled_counts.as_deref().map(Cow::Borrowed),
        last: NetworkPiece::of(last, form),
        best: NetworkPiece::of(best, form),
        weights: *weights,
        converged: *converged,
        parameters_digest: parameters_digest.as_deref().map(Cow::Borrowed),
        predictions_digest: Cow::Borrowed(predictions_digest),
    };
    let course = CoursePiece {
        history: Cow::Borrowed(history),
        selection: selection.as_deref().map(Cow::Borrowed),
    };
    let figures = FiguresPiece {
        gradients: gradients.as_deref().map(Cow::Borrowed),
        curves: curves.as_ref().map(Cow::Borrowed),
    };
    let classes = ClassesPiece { last: validated(last).into(), best: validated(best).into() };
    let tested = (form == Form::Apart).then(|| ClassesPiece {
        last: last.test.classes[..].into(),
        best: best.test.classes[..].into(),
    });
    Pieces { measured, course, figures, classes, tested }
}

/// Puts results together; a piece that was not read is empty.
pub(super) fn together(pieces: Pieces<'_>) -> Results {
    let Pieces { measured, course, figures, classes, tested } = pieces;
    let MeasuredPiece {
        sizes,
        train_counts,
        flipped_counts,
        resampled_counts,
        last,
        best,
        weights,
        converged,
        parameters_digest,
        predictions_digest,
    } = measured;
    let (tested_last, tested_best) = tested.map(|tested| (tested.last, tested.best)).unzip();
    Results {
        sizes,
        train_counts: train_counts.into_owned(),
        flipped_counts: flipped_counts.map(Cow::into_owned),
        resampled_counts: resampled_counts.map(Cow::into_owned),
        last: last.with(classes.last, tested_last),
        best: best.with(classes.best, tested_best),
        history: course.history.into_owned(),
        weights,
        selection: course.selection.map(|selection| Box::new(selection.into_owned())),
        gradients: figures.gradients.map(|gradients| Box::new(gradients.into_owned())),
        converged,
        parameters_digest: parameters_digest.map(Cow::into_owned),
        predictions_digest: predictions_digest.into_owned(),
        curves: figures.curves.map(Cow::into_owned),
    }
}

fn validated(measured: &Measured) -> &[ClassScores] {
    measured.validation.as_ref().map_or(&[], |part| &part.classes)
}

impl<'a> NetworkPiece<'a> {
    fn of(measured: &'a Measured, form: Form) -> Self {
        let Measured { epoch, validation, test, after_training, spread } = measured;
        NetworkPiece {
            epoch: *epoch,
            validation: validation.as_ref().map(|part| Cow::Borrowed(&part.values)),
            test: TestPiece::of(test, form),
            after_training: after_training.as_deref().map(Cow::Borrowed),
            spread: spread.as_deref().map(Cow::Borrowed),
        }
    }

    fn with(
        self,
        validated: Cow<'_, [ClassScores]>,
        tested: Option<Cow<'_, [ClassScores]>>,
    ) -> Measured {
        let values = self.validation.map(Cow::into_owned);
        let after_training = self.after_training.map(|fitted| Box::new(fitted.into_owned()));
        Measured {
            epoch: self.epoch,
            validation: values.map(|values| Evaluation::new(values, validated.into_owned())),
            test: self.test.with(tested),
            after_training,
            spread: self.spread.map(|spread| Box::new(spread.into_owned())),
        }
    }
}

impl<'a> TestPiece<'a> {
    fn of(test: &'a Evaluation, form: Form) -> Self {
        let is_apart = form == Form::Apart;
        TestPiece {
            values: Cow::Borrowed(&test.values),
            in_brief: is_apart.then(|| test.classes_brief()),
            classes: (!is_apart).then(|| test.classes[..].into()),
        }
    }

    fn with(self, apart: Option<Cow<'_, [ClassScores]>>) -> Evaluation {
        let values = self.values.into_owned();
        match apart.or(self.classes) {
            Some(classes) => Evaluation::new(values, classes.into_owned()),
            None => Evaluation::in_brief(values, self.in_brief.unwrap_or_default()),
        }
    }
}
