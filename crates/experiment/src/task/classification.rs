//! Classification: a learner's outputs are read as the probabilities of classes, and measured.

use evaluation::{Evaluation, Predictions, class_recalls, evaluate, score};
use methods::losses::Readout;
use methods::setting::ClassCounts;
use nn::Matrix;

use crate::audit::Audit;
use crate::learner::{Learner, Outputs};
use crate::prepare::{Examples, Prepared};
use crate::record::{Measured, digest};
use crate::spec::{ProtocolSpec, TrialSpec};
use crate::task::{Scored, Task};

/// The parts that are measured, and how outputs are read.
pub(crate) struct Measurer<'a> {
    /// `None`: the outputs are probabilities already.
    readout: Option<Readout>,
    reads_recalls: bool,
    protocol: &'a ProtocolSpec,
    train_counts: &'a [u32],
    validation: Measurable<'a>,
    test: Measurable<'a>,
}

/// One part and what was last predicted of it.
struct Measurable<'a> {
    part: &'a Examples,
    n_classes: usize,
    outputs: Outputs,
    /// The outputs as the precision that trains has them: no more is read.
    logits: Matrix<f32>,
    /// `[n_examples, n_classes]`.
    probabilities: Vec<f64>,
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
            outputs: Outputs::default(),
            logits: Matrix::default(),
            probabilities: Vec::new(),
        };
        Ok(Measurer {
            readout: readout.map_err(|error| error.to_string())?,
            reads_recalls: spec.loss().is_some_and(|loss| loss.traits().reads_recalls),
            protocol: &spec.protocol,
            train_counts: &parts.train_counts,
            validation: measurable(&parts.validation),
            test: measurable(&parts.test),
        })
    }
}

impl Task for Measurer<'_> {
    fn score(&mut self, learner: &mut dyn Learner) -> Result<Scored, String> {
        let part = &mut self.validation;
        let mut value = None;
        if !part.is_empty() {
            part.predict(learner, self.readout.as_ref())?;
            value = score(self.protocol.select_by, &part.predictions());
        }
        let recalls =
            if self.reads_recalls { class_recalls(&part.predictions()) } else { Vec::new() };
        Ok(Scored { value, recalls })
    }

    fn measure(
        &mut self,
        learner: &mut dyn Learner,
        epoch: Option<usize>,
    ) -> Result<Measured, String> {
        let readout = self.readout.as_ref();
        let mut measure = |part: &mut Measurable<'_>| -> Result<Evaluation, String> {
            part.predict(learner, readout)?;
            Ok(evaluate(&part.predictions(), self.train_counts, &self.protocol.shots))
        };
        let validation =
            if self.validation.is_empty() { None } else { Some(measure(&mut self.validation)?) };
        Ok(Measured { epoch, validation, test: measure(&mut self.test)? })
    }

    fn digest(&self) -> String {
        digest(self.test.probabilities.iter().map(|p| p.to_le_bytes()))
    }

    fn note(&self, audit: &mut Audit) {
        audit.validation.clone_from(&self.validation.probabilities);
        audit.test.clone_from(&self.test.probabilities);
    }
}

impl Measurable<'_> {
    fn is_empty(&self) -> bool {
        self.part.targets.is_empty()
    }

    fn predict(
        &mut self,
        learner: &mut dyn Learner,
        readout: Option<&Readout>,
    ) -> Result<(), String> {
        learner.outputs(self.part, &mut self.outputs)?;
        let values = &self.outputs.values;
        self.probabilities.clear();
        if let Some(readout) = readout {
            self.logits.reshape(values.n_rows(), values.n_columns());
            let logits = self.logits.values_mut().iter_mut().zip(values.values());
            logits.for_each(|(logit, &z)| *logit = z as f32);
            readout.probabilities(&self.logits, self.n_classes, &mut self.probabilities);
        } else {
            self.probabilities.extend(values.values());
        }
        Ok(())
    }

    fn predictions(&self) -> Predictions<'_> {
        Predictions {
            probabilities: &self.probabilities,
            n_classes: self.n_classes,
            targets: &self.part.targets,
        }
    }
}
