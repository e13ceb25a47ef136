//! What acts between a learner and what is measured: calibration, then decision, fitted to the validation part.

use methods::calibration::CalibrationSpec;
use methods::decision::DecisionSpec;
use methods::judged::Judged;
use methods::setting::ClassCounts;

use crate::record::AfterTraining;
use crate::spec::TrialSpec;

/// Why nothing is fitted to a validation part that does not tell.
const TELLS_NOTHING: &str = "the validation part has fewer than two classes, or its probabilities are no numbers: \
     what is fitted to it was left out";

/// What acts after the training of one trial.
pub(super) struct After<'a> {
    calibration: &'a CalibrationSpec,
    decision: &'a DecisionSpec,
    /// The classes as they are sampled in training.
    counts: ClassCounts,
}

impl<'a> After<'a> {
    /// What `spec` asks for; `counts`: the classes as they are sampled in training.
    pub(super) fn new(spec: &'a TrialSpec, counts: &ClassCounts) -> Self {
        After { calibration: &spec.calibration, decision: &spec.decision, counts: counts.clone() }
    }

    /// Fits calibration and decision, the one after the other, to what is said of the validation part; `None` if nothing is
    /// asked for.
    pub(super) fn fit(&self, validation: &Judged<'_>) -> Option<AfterTraining> {
        let After { calibration, decision, counts } = self;
        if calibration.is_none() && decision.is_argmax() {
            return None;
        }
        let calibrator = calibration.fit(validation);
        let mut probabilities = validation.probabilities.to_vec();
        if let Some(calibrator) = &calibrator {
            calibrator.apply(&mut probabilities, validation.n_classes);
        }
        let calibrated = Judged { probabilities: &probabilities, ..*validation };
        let rule = decision.fit(&calibrated, counts).filter(|_| !decision.is_argmax());
        let not_fitted = (!calibration.is_none() && calibrator.is_none())
            || (!decision.is_argmax() && rule.is_none());
        Some(AfterTraining {
            calibration: calibrator,
            decision: rule,
            not_fitted: not_fitted.then(|| TELLS_NOTHING.to_owned()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::planned;

    #[test]
    fn what_is_fitted_to_a_part_that_does_not_tell_is_left_out_and_the_record_says_so() {
        let text = "[experiment]\nname = \"t\"\n[axes]\ndataset = \"glass2\"\nmodel = \"prior\"\n\
                    calibration = [\"none\", \"platt\"]\ndecision = [\"argmax\", \"threshold\", \"prior_shift\"]\n";
        let (plan, _) = planned(text);
        let counts = ClassCounts::new(vec![90, 10]);
        let fit = |probabilities: &[f64], targets: &[u32]| -> Vec<Option<AfterTraining>> {
            let validation = Judged { probabilities, n_classes: 2, targets };
            let combinations = plan.cells.iter().step_by(5);
            combinations.map(|p| After::new(&p.cell.spec, &counts).fit(&validation)).collect()
        };
        for (probabilities, targets) in [([0.9, 0.1, 0.2, 0.8], [0, 0]), ([f64::NAN; 4], [0, 1])] {
            let [none, threshold, shift, platt, both, last] = &fit(&probabilities, &targets)[..]
            else {
                panic!("six combinations")
            };
            assert_eq!(*none, None);
            for left_out in [threshold, platt, both] {
                let fitted = left_out.as_ref().unwrap();
                assert_eq!((&fitted.calibration, &fitted.decision), (&None, &None));
                assert!(fitted.not_fitted.as_ref().unwrap().contains("fewer than two classes"));
            }
            // A shift of the priors asks the validation part nothing.
            assert!(shift.as_ref().unwrap().not_fitted.is_none());
            let last = last.as_ref().unwrap();
            assert!(last.not_fitted.is_some() && last.weights().is_some());
        }
        let told = fit(&[0.9, 0.1, 0.2, 0.8], &[0, 1]);
        assert!(told.into_iter().flatten().all(|fitted| fitted.not_fitted.is_none()));
    }
}
