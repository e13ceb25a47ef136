//! Measures networks on parts of the data.

use evaluation::{Evaluation, Predictions, class_recalls, evaluate, score};
use methods::losses::Readout;
use nn::{Matrix, Network, Pass};

use crate::prepare::Examples;
use crate::spec::ProtocolSpec;

/// How logits are read as probabilities, and the buffers that measuring needs.
pub(crate) struct Meter {
    readout: Readout,
    n_classes: usize,
    features: Matrix<f32>,
    pass: Pass<f32>,
    /// Of the part measured last, `[n_examples, n_classes]`.
    pub(crate) probabilities: Vec<f64>,
}

/// Rows of a part that go through the network at once.
const CHUNK: usize = 1024;

impl Meter {
    pub(crate) fn new(readout: Readout, n_classes: usize) -> Self {
        Meter {
            readout,
            n_classes,
            features: Matrix::default(),
            pass: Pass::default(),
            probabilities: Vec::new(),
        }
    }

    /// The selection metric on `part`.
    pub(crate) fn score(
        &mut self,
        network: &Network<f32>,
        part: &Examples,
        protocol: &ProtocolSpec,
    ) -> Option<f64> {
        if part.targets.is_empty() {
            return None;
        }
        self.predict(network, part);
        score(protocol.select_by, &self.predictions(part))
    }

    /// Of the classes of `part`, which was measured last.
    pub(crate) fn recalls(&self, part: &Examples) -> Vec<Option<f64>> {
        class_recalls(&self.predictions(part))
    }

    pub(crate) fn evaluate(
        &mut self,
        network: &Network<f32>,
        part: &Examples,
        train_counts: &[u32],
        protocol: &ProtocolSpec,
    ) -> Evaluation {
        self.predict(network, part);
        evaluate(&self.predictions(part), train_counts, &protocol.shots)
    }

    fn predictions<'a>(&'a self, part: &'a Examples) -> Predictions<'a> {
        Predictions {
            probabilities: &self.probabilities,
            n_classes: self.n_classes,
            targets: &part.targets,
        }
    }

    /// Leaves the probabilities of `part` in [`Meter::probabilities`].
    fn predict(&mut self, network: &Network<f32>, part: &Examples) {
        self.probabilities.clear();
        let n_columns = part.features.n_columns();
        let n_rows = part.targets.len();
        for start in (0..n_rows).step_by(CHUNK) {
            let end = n_rows.min(start + CHUNK);
            let rows = &part.features.values()[start * n_columns..end * n_columns];
            self.features.reshape(end - start, n_columns);
            self.features.values_mut().copy_from_slice(rows);
            network.forward(&self.features, &mut self.pass);
            let logits = self.pass.logits();
            self.readout.probabilities(logits, self.n_classes, &mut self.probabilities);
        }
    }
}
