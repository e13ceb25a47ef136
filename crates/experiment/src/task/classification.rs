//! Classification: a learner's outputs are read as the probabilities of classes, decided about, and measured.

use evaluation::curves::Curves;
use evaluation::{Predictions, class_recalls, evaluate, score};
use methods::judged::Judged;
use methods::losses::Readout;
use methods::setting::ClassCounts;
use nn::Matrix;

use crate::audit::Audit;
use crate::learner::{Learner, Outputs};
use crate::prepare::{Examples, Prepared};
use crate::record::{AfterTraining, Measured, digest};
use crate::spec::{ProtocolSpec, TrialSpec};
use crate::task::after::After;
use crate::task::{Scored, Task};
use crate::trained::State;

/// The parts that are measured, and how outputs are read.
pub(crate) struct Measurer<'a> {
    /// `None`: the outputs are probabilities already.
    readout: Option<Readout>,
    reads_recalls: bool,
    protocol: &'a ProtocolSpec,
    train_counts: &'a [u32],
    /// What the learner says of the validation part, round by round.
    outputs: Outputs,
    validation: Measurable<'a>,
    test: Measurable<'a>,
    after: After<'a>,
}

/// One part and what was last predicted of it.
struct Measurable<'a> {
    part: &'a Examples,
    n_classes: usize,
    /// The outputs as the precision that trains has them: no more is read.
    logits: Matrix<f32>,
    /// `[n_examples, n_classes]`.
    probabilities: Vec<f64>,
    /// The classes decided for, where these are others than the most probable.
    decided: Option<Vec<u32>>,
}

impl<'a> Measurer<'a> {
    /// `counts`: the classes as they are sampled in training.
    pub(crate) fn new(
        spec: &'a TrialSpec,
        parts: &'a Prepared,
        counts: &ClassCounts,
    ) -> Result<Self, String> {
        let readout = spec.loss().map(|loss| loss.readout(counts)).transpose();
        let measurable = |part| Measurable {
            part,
            n_classes: parts.n_classes,
            logits: Matrix::default(),
            probabilities: Vec::new(),
            decided: None,
        };
        Ok(Measurer {
            readout: readout.map_err(|error| error.to_string())?,
            reads_recalls: spec.loss().is_some_and(|loss| loss.traits().reads_recalls),
            protocol: &spec.protocol,
            train_counts: &parts.train_counts,
            outputs: Outputs::default(),
            validation: measurable(&parts.validation),
            test: measurable(&parts.test),
            after: After::new(spec, counts),
        })
    }
}

impl Task for Measurer<'_> {
    fn score(&mut self, learner: &mut dyn Learner) -> Result<Scored, String> {
        let part = &mut self.validation;
        let mut value = None;
        if !part.is_empty() {
            learner.outputs(part.part, &mut self.outputs)?;
            part.read(&self.outputs, self.readout.as_ref());
            value = score(self.protocol.select_by, &part.predictions());
        }
        let recalls =
            if self.reads_recalls { class_recalls(&part.predictions()) } else { Vec::new() };
        Ok(Scored { value, recalls, collapsed: None })
    }

    fn measure(&mut self, state: &State) -> Measured {
        let Measurer { readout, protocol, train_counts, validation, test, after, .. } = self;
        validation.read(&state.validation, readout.as_ref());
        test.read(&state.test, readout.as_ref());
        let fitted = after.fit(&validation.judged());
        if let Some(fitted) = &fitted {
            validation.go_through(fitted);
            test.go_through(fitted);
        }
        let measured =
            |part: &Measurable<'_>| evaluate(&part.predictions(), train_counts, &protocol.shots);
        Measured {
            epoch: state.epoch,
            validation: (!validation.is_empty()).then(|| measured(validation)),
            test: measured(test),
            after_training: fitted.map(Box::new),
            spread: None,
        }
    }

    fn digest(&self) -> String {
        let probabilities = self.test.probabilities.iter().map(|p| p.to_le_bytes());
        let decided = self.test.decided.iter().flatten();
        digest(probabilities.chain(decided.map(|class| f64::from(*class).to_le_bytes())))
    }

    fn curves(&self) -> Option<Curves> {
        Curves::of(&self.test.predictions())
    }

    fn note(&self, audit: &mut Audit) {
        audit.validation.clone_from(&self.validation.probabilities);
        audit.test.clone_from(&self.test.probabilities);
        audit.decided = [&self.validation, &self.test].map(|part| part.decided.clone());
    }
}

impl Measurable<'_> {
    fn is_empty(&self) -> bool {
        self.part.targets.is_empty()
    }

    fn read(&mut self, outputs: &Outputs, readout: Option<&Readout>) {
        let values = &outputs.values;
        self.decided = None;
        self.probabilities.clear();
        if let Some(readout) = readout {
            self.logits.reshape(values.n_rows(), values.n_columns());
            let logits = self.logits.values_mut().iter_mut().zip(values.values());
            logits.for_each(|(logit, &z)| *logit = z as f32);
            readout.probabilities(&self.logits, self.n_classes, &mut self.probabilities);
        } else {
            self.probabilities.extend(values.values());
        }
    }

    /// Calibrates the probabilities and decides.
    fn go_through(&mut self, fitted: &AfterTraining) {
        if let Some(calibrator) = &fitted.calibration {
            calibrator.apply(&mut self.probabilities, self.n_classes);
        }
        let rule = fitted.decision.as_ref();
        self.decided = rule.and_then(|rule| rule.decide(&mut self.probabilities, self.n_classes));
    }

    fn judged(&self) -> Judged<'_> {
        Judged {
            probabilities: &self.probabilities,
            n_classes: self.n_classes,
            targets: &self.part.targets,
        }
    }

    fn predictions(&self) -> Predictions<'_> {
        let Judged { probabilities, n_classes, targets } = self.judged();
        Predictions { probabilities, n_classes, targets, decided: self.decided.as_deref() }
    }
}
