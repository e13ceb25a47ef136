//! The second stage of a network: the features of the first stay, and a classifier is made of them. A round is what the
//! method says.

use methods::decoupling::{Decoupled, Decoupling};
use methods::losses::Epoch;
use methods::setting::Setting;
use nn::Network;

use crate::audit::Audit;
use crate::learner::network::Says;
use crate::learner::reader::PartReader;
use crate::learner::{Learner, Outputs};
use crate::prepare::Examples;
use crate::record::gradients::ClosingGradients;
use crate::record::{Outcome, SelectionSummary, WeightsSummary};
use crate::spec::NetworkLearner;
use crate::trained::Trained;

/// A network whose classifier is made anew.
pub(crate) struct SecondStage {
    network: Network<f32>,
    /// The network as it was kept.
    kept: Option<Network<f32>>,
    decoupling: Box<dyn Decoupling<f32>>,
    n_rounds: usize,
    /// Rounds of the first stage.
    n_before: usize,
    /// Of the first stage: in the second all examples count alike.
    weights: WeightsSummary,
    selection: Option<SelectionSummary>,
    gradients: Option<ClosingGradients>,
    reader: PartReader,
}

impl SecondStage {
    /// What `learner` asks for after a first stage that has learnt from the rows `train`; `None` if that is nothing, or the
    /// first has diverged.
    ///
    /// # Errors
    /// If the loss does not fit the classes.
    pub(crate) fn of(
        learner: &NetworkLearner,
        first: &Trained,
        train: &Examples,
        setting: &Setting<'_>,
    ) -> Result<Option<Self>, String> {
        let Some(network) = &first.best().network else { return Ok(None) };
        if first.outcome != Outcome::Completed {
            return Ok(None);
        }
        let readout = learner.loss.readout(setting.counts).map_err(|error| error.to_string())?;
        let mut reader = PartReader::default();
        let hidden = if learner.decoupling.learns() {
            reader.hidden(network, train)
        } else {
            Examples::default()
        };
        let decoupling = learner.decoupling.build(Decoupled {
            network,
            hidden,
            n_classes: setting.counts.n_classes(),
            readout: &readout,
            batch_size: learner.training.batch_size.get(),
            streams: setting.streams,
        });
        Ok(decoupling.map(|decoupling| SecondStage {
            network: network.clone(),
            kept: None,
            decoupling,
            n_rounds: learner.decoupling.n_rounds(),
            n_before: first.history.loss.len(),
            weights: first.weights,
            selection: first.selection.clone(),
            gradients: first.gradients.clone(),
            reader,
        }))
    }
}

impl Learner for SecondStage {
    fn n_rounds(&self) -> usize {
        self.n_rounds
    }

    fn round(&mut self, epoch: &Epoch<'_>, mut audit: Option<&mut Audit>) -> f64 {
        let number = self.n_before + epoch.number;
        let loss = self.decoupling.round(epoch.number, &mut |rows| {
            if let Some(audit) = &mut audit {
                audit.note_batch(number, rows, vec![1.0 / rows.len() as f32; rows.len()]);
            }
        });
        self.decoupling.write(&mut self.network);
        loss
    }

    fn outputs(&mut self, part: &Examples, out: &mut Outputs) -> Result<(), String> {
        self.reader.outputs(&self.network, Says::Logits, part, out);
        Ok(())
    }

    fn keep(&mut self) {
        self.kept = Some(self.network.clone());
    }

    fn back_to_kept(&mut self) {
        if let Some(kept) = &self.kept {
            self.network.clone_from(kept);
        }
    }

    fn network(&self) -> Option<&Network<f32>> {
        Some(&self.network)
    }

    fn weights(&self) -> WeightsSummary {
        self.weights
    }

    fn selection(&self) -> Option<SelectionSummary> {
        self.selection.clone()
    }

    fn gradients(&self) -> Option<ClosingGradients> {
        self.gradients.clone()
    }
}

#[cfg(test)]
mod tests;
