//! How much of a record is read. A store may hold a million of them, of which most commands need little.

use evaluation::{Evaluation, Values};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::record::{AfterTraining, History, Measured, PartSizes, Results, WeightsSummary};

/// How much of a record is read. What is not is left empty, as it is where it was not measured: a command that asks for too
/// little takes it for that.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// How the trial ended, and how long it took: no results.
    End,
    /// What was measured at its end: no courses, selections, gradients and curves, and no classes of validation parts.
    Measures,
    /// All that a report shows: no classes of validation parts.
    Report,
    /// Everything.
    #[default]
    Whole,
}

/// Results of which some parts are still texts.
#[derive(Deserialize)]
struct Parts<'a> {
    sizes: PartSizes,
    train_counts: Vec<u32>,
    #[serde(default)]
    flipped_counts: Option<Vec<u32>>,
    #[serde(default)]
    resampled_counts: Option<Vec<u32>>,
    last: MeasuredParts,
    best: MeasuredParts,
    #[serde(borrow)]
    history: &'a RawValue,
    weights: WeightsSummary,
    #[serde(borrow, default)]
    selection: Option<&'a RawValue>,
    #[serde(borrow, default)]
    gradients: Option<&'a RawValue>,
    #[serde(default)]
    converged: Option<bool>,
    parameters_digest: Option<String>,
    predictions_digest: String,
    #[serde(borrow, default)]
    curves: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct MeasuredParts {
    epoch: Option<usize>,
    validation: Option<ValuesAlone>,
    test: Evaluation,
    #[serde(default)]
    after_training: Option<Box<AfterTraining>>,
}

#[derive(Deserialize)]
struct ValuesAlone {
    values: Values,
}

impl Depth {
    /// What is read of the results that `json` holds.
    pub(super) fn results(self, json: &str) -> serde_json::Result<Option<Results>> {
        match self {
            Depth::End => Ok(None),
            Depth::Measures | Depth::Report => {
                serde_json::from_str::<Parts<'_>>(json)?.results(self).map(Some)
            }
            Depth::Whole => serde_json::from_str(json).map(Some),
        }
    }
}

impl Parts<'_> {
    fn results(self, depth: Depth) -> serde_json::Result<Results> {
        fn of<'t, T: Deserialize<'t>>(text: &'t RawValue) -> serde_json::Result<T> {
            serde_json::from_str(text.get())
        }
        let shown = depth == Depth::Report;
        Ok(Results {
            sizes: self.sizes,
            train_counts: self.train_counts,
            flipped_counts: self.flipped_counts,
            resampled_counts: self.resampled_counts,
            last: self.last.into(),
            best: self.best.into(),
            history: Some(self.history).filter(|_| shown).map_or(Ok(History::default()), of)?,
            weights: self.weights,
            selection: self.selection.filter(|_| shown).map(of).transpose()?,
            gradients: self.gradients.filter(|_| shown).map(of).transpose()?,
            converged: self.converged,
            parameters_digest: self.parameters_digest,
            predictions_digest: self.predictions_digest,
            curves: self.curves.filter(|_| shown).map(of).transpose()?,
        })
    }
}

impl From<MeasuredParts> for Measured {
    fn from(parts: MeasuredParts) -> Self {
        let MeasuredParts { epoch, validation, test, after_training } = parts;
        let of_values = |ValuesAlone { values }| Evaluation { values, classes: Vec::new() };
        Measured { epoch, validation: validation.map(of_values), test, after_training }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::planned;
    use crate::trial::run_trial;

    #[test]
    fn what_is_read_is_what_was_written_and_the_rest_is_empty() {
        let (plan, data) = planned(
            "[experiment]\nname = \"one\"\n[protocol]\nsplit = { holdout.test = 0.3 }\n[training]\nepochs = 2\n\
             [axes]\ndataset = \"ecoli4\"\nmodel = \"linear\"\nmining = { ohem.keep = 0.5 }\n",
        );
        let whole = run_trial(&plan.cells[0].cell, &data, None).trial.results.unwrap();
        let json = serde_json::to_string(&whole).unwrap();
        let read = |depth: Depth| depth.results(&json).unwrap();
        assert_eq!(read(Depth::Whole), Some(whole.clone()));
        let mut expected = whole;
        for measured in [&mut expected.last, &mut expected.best] {
            let validation = measured.validation.as_mut().expect("there is a validation part");
            assert!(!std::mem::take(&mut validation.classes).is_empty());
        }
        assert_eq!(read(Depth::Report), Some(expected.clone()));
        assert!(expected.curves.take().is_some() && expected.gradients.take().is_some());
        assert!(expected.selection.take().is_some());
        assert_eq!(std::mem::take(&mut expected.history).loss.len(), 2);
        assert_eq!(read(Depth::Measures), Some(expected));
        assert_eq!(read(Depth::End), None);
    }
}
