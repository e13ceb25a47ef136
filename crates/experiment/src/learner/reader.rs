//! Reads whole parts through a network, in activations of its own.

use nn::{Matrix, Network, Pass};

use crate::learner::Outputs;
use crate::learner::network::Says;
use crate::prepare::Examples;

/// Rows of a part that go through the network at once.
const CHUNK: usize = 1024;

/// The workspace.
#[derive(Default)]
pub(super) struct PartReader {
    features: Matrix<f32>,
    pass: Pass<f32>,
}

impl PartReader {
    /// Hands the passes over `part` and its classes to `each`, [`CHUNK`] rows at a time.
    pub(super) fn read(
        &mut self,
        network: &Network<f32>,
        part: &Examples,
        mut each: impl FnMut(&Pass<f32>, &[u32]),
    ) {
        let n_columns = part.features.n_columns();
        let n_rows = part.targets.len();
        for start in (0..n_rows).step_by(CHUNK) {
            let end = n_rows.min(start + CHUNK);
            let rows = &part.features.values()[start * n_columns..end * n_columns];
            self.features.reshape(end - start, n_columns);
            self.features.values_mut().copy_from_slice(rows);
            network.forward(&self.features, &mut self.pass);
            each(&self.pass, &part.targets[start..end]);
        }
    }

    /// What the network says of each row of `part`.
    pub(super) fn outputs(
        &mut self,
        network: &Network<f32>,
        says: Says,
        part: &Examples,
        out: &mut Outputs,
    ) {
        let architecture = network.architecture();
        let n_outputs = match says {
            Says::Logits => architecture.n_outputs,
            Says::Hidden => architecture.width(),
        };
        out.values.reshape(part.targets.len(), n_outputs);
        let mut rows = out.values.values_mut().chunks_mut(CHUNK * n_outputs);
        self.read(network, part, |pass, _| {
            let rows = rows.next().expect("a chunk of rows for each of outputs");
            let said = match says {
                Says::Logits => pass.logits(),
                Says::Hidden => pass.last_hidden().expect("the network has a hidden layer"),
            };
            rows.iter_mut().zip(said.values()).for_each(|(out, &z)| *out = f64::from(z));
        });
    }

    /// What the head reads of each row of `part`, with its class.
    pub(super) fn hidden(&mut self, network: &Network<f32>, part: &Examples) -> Examples {
        let architecture = network.architecture();
        if architecture.body.is_empty() {
            return part.clone();
        }
        let width = architecture.width();
        let mut values = Vec::with_capacity(part.targets.len() * width);
        self.read(network, part, |pass, _| {
            let hidden = pass.last_hidden().expect("the network has a hidden layer");
            values.extend_from_slice(hidden.values());
        });
        let features = Matrix::from_values(width, values);
        Examples { features, targets: part.targets.clone() }
    }
}
