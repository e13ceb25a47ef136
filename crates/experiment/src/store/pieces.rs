//! The results of a trial in the pieces in which blocks keep them, so that a command reads those alone that it needs.
//!
//! ```text
//! measured   counts, the metrics of both networks, what acted after training, weights, digests
//! course     what was noted epoch by epoch: history, selection
//! figures    what only figures show: curves, lengths of gradients
//! classes    the classes of validation parts
//! ```
//!
//! A piece is written from what it borrows and read as what it owns.

use std::borrow::Cow;

use evaluation::curves::Curves;
use evaluation::{ClassScores, Evaluation, Values};
use serde::{Deserialize, Serialize};

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
    test: Cow<'a, Evaluation>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    after_training: Option<Cow<'a, AfterTraining>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    spread: Option<Cow<'a, EmbeddingSpread>>,
}

/// What was noted epoch by epoch.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct CoursePiece<'a> {
    history: Cow<'a, History>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    selection: Option<Cow<'a, SelectionSummary>>,
}

/// The same, of courses with nothing but how many epochs were validated.
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

/// The classes of the validation part of both networks; empty where there is none.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct ClassesPiece<'a> {
    last: Cow<'a, [ClassScores]>,
    best: Cow<'a, [ClassScores]>,
}

/// All pieces of one trial's results.
pub(super) type Pieces<'a> =
    (MeasuredPiece<'a>, CoursePiece<'a>, FiguresPiece<'a>, ClassesPiece<'a>);

/// Cuts results into pieces.
pub(super) fn cut(results: &Results) -> Pieces<'_> {
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
        last: NetworkPiece::of(last),
        best: NetworkPiece::of(best),
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
    let classes = ClassesPiece { last: classes_of(last), best: classes_of(best) };
    (measured, course, figures, classes)
}

/// Puts results together; a piece that was not read is empty.
pub(super) fn together((measured, course, figures, classes): Pieces<'_>) -> Results {
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
    Results {
        sizes,
        train_counts: train_counts.into_owned(),
        flipped_counts: flipped_counts.map(Cow::into_owned),
        resampled_counts: resampled_counts.map(Cow::into_owned),
        last: last.with(classes.last),
        best: best.with(classes.best),
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

fn classes_of(measured: &Measured) -> Cow<'_, [ClassScores]> {
    measured.validation.as_ref().map_or_else(Cow::default, |part| Cow::Borrowed(&part.classes[..]))
}

impl<'a> NetworkPiece<'a> {
    fn of(measured: &'a Measured) -> Self {
        let Measured { epoch, validation, test, after_training, spread } = measured;
        NetworkPiece {
            epoch: *epoch,
            validation: validation.as_ref().map(|part| Cow::Borrowed(&part.values)),
            test: Cow::Borrowed(test),
            after_training: after_training.as_deref().map(Cow::Borrowed),
            spread: spread.as_deref().map(Cow::Borrowed),
        }
    }

    fn with(self, classes: Cow<'_, [ClassScores]>) -> Measured {
        let values = self.validation.map(Cow::into_owned);
        let after_training = self.after_training.map(|fitted| Box::new(fitted.into_owned()));
        Measured {
            epoch: self.epoch,
            validation: values.map(|values| Evaluation { values, classes: classes.into_owned() }),
            test: self.test.into_owned(),
            after_training,
            spread: self.spread.map(|spread| Box::new(spread.into_owned())),
        }
    }
}
