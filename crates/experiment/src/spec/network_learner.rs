//! A network that learns from examples one by one.

use std::num::NonZeroUsize;

use methods::MethodError;
use methods::control::ControlSpec;
use methods::decoupling::DecouplingSpec;
use methods::losses::proposals::{BoxLossSpec, DeltaColumns, Proposals};
use methods::losses::{Loss, LossSpec, Readout};
use methods::mining::{Acts, MiningSpec};
use methods::mixing::MixingSpec;
use methods::reweighting::ReweightingSpec;
use methods::setting::{ClassCounts, Setting};
use nn::{Architecture, LayerSpec, Shape};
use serde::{Deserialize, Serialize};

use crate::networks::NetworkSpec;
use crate::spec::TrainingSpec;

/// A network and how it learns.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkLearner {
    /// The network.
    pub model: NetworkSpec,
    /// The loss.
    pub loss: LossSpec,
    /// What boxes cost, where the network says any. It is not written where it is smooth L1, so that a trial is what it was when
    /// there were no boxes.
    #[serde(default, skip_serializing_if = "BoxLossSpec::is_default")]
    pub box_loss: BoxLossSpec,
    /// What the examples of a batch are blended with. It is not written where it is `none`, so that a trial is what it was
    /// when nothing was blended.
    #[serde(default, skip_serializing_if = "MixingSpec::is_none")]
    pub mixing: MixingSpec,
    /// Which examples of a batch are learnt from.
    pub mining: MiningSpec,
    /// How much each example counts.
    pub reweighting: ReweightingSpec,
    /// What runs in place of the method, for comparison. It is not written where it is `none`, so that a method is what it
    /// was when there were no controls.
    #[serde(default, skip_serializing_if = "ControlSpec::is_none")]
    pub control: ControlSpec,
    /// What becomes of the classifier once the features have been learnt. It is not written where it is `none`, so that a
    /// trial is what it was when there was one stage.
    #[serde(default, skip_serializing_if = "DecouplingSpec::is_none")]
    pub decoupling: DecouplingSpec,
    /// Optimiser, schedule, epochs, batch size.
    pub training: TrainingSpec,
}

impl NetworkLearner {
    /// `model`, with the methods that stand on the axes nobody names.
    pub(crate) fn of(model: NetworkSpec) -> Self {
        NetworkLearner {
            model,
            loss: LossSpec::default(),
            box_loss: BoxLossSpec::default(),
            mixing: MixingSpec::default(),
            mining: MiningSpec::default(),
            reweighting: ReweightingSpec::default(),
            control: ControlSpec::default(),
            decoupling: DecouplingSpec::default(),
            training: TrainingSpec::default(),
        }
    }

    /// Whether every example of a batch has the same weight.
    pub(crate) fn weighs_equally(&self) -> bool {
        let unweighted = self.reweighting == ReweightingSpec::default();
        unweighted && matches!(self.mining.acts(), Acts::Nowhere | Acts::OnRows)
    }

    /// Whether each step is that of plain training on the same batch.
    pub fn steps_plainly(&self) -> bool {
        let is_plain = self.loss == LossSpec::default() && self.box_loss.is_default();
        self.weighs_equally() && is_plain
    }

    /// Whether some examples may count less than others, or not at all.
    pub fn selects(&self) -> bool {
        self.mining.acts() != Acts::Nowhere || self.reweighting != ReweightingSpec::default()
    }

    /// The network for examples of a shape and `n_classes` classes, with the last layer that the loss is
    /// made for, and so many columns `beside` the logits; over an embedding of so many numbers, if there is one.
    pub fn architecture(
        &self,
        input: Shape,
        n_classes: usize,
        beside: usize,
        embedding: Option<NonZeroUsize>,
    ) -> Architecture {
        let traits = self.loss.traits();
        let n_logits = self.loss.n_outputs(n_classes);
        let mut output_biases = if beside == 0 {
            vec![traits.start.bias(n_logits); n_logits]
        } else {
            traits.start.biases_of_proposals(traits.link, n_logits)
        };
        output_biases.resize(n_logits + beside, 0.0);
        let mut architecture = Architecture {
            head: traits.head,
            output_biases,
            ..self.model.architecture(input, n_logits + beside)
        };
        architecture.body.extend(embedding.map(|dimension| LayerSpec::Dense(dimension.get())));
        architecture
    }

    /// How what the network says is read, with so many columns `beside` the logits.
    ///
    /// # Errors
    /// If a parameter of the loss does not fit the classes.
    pub fn readout(&self, counts: &ClassCounts, beside: usize) -> Result<Readout, MethodError> {
        Ok(Readout { beside, ..self.loss.readout(counts)? })
    }

    /// The loss, beside one of boxes where the network says so many columns of them.
    ///
    /// # Errors
    /// If a parameter of the loss does not fit the classes.
    pub(crate) fn build_loss(
        &self,
        setting: &Setting<'_>,
        beside: usize,
    ) -> Result<Box<dyn Loss<f32>>, MethodError> {
        let classes = self.loss.build(setting)?;
        Ok(if beside == 0 {
            classes
        } else {
            let columns = DeltaColumns::of(beside);
            let reduction = self.loss.traits().reduction;
            Box::new(Proposals::new(classes, reduction, self.box_loss.build(), columns))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use methods::losses::Link;
    use nn::{Matrix, Network, Pass, Real, Streams};

    use crate::networks::Mlp;

    #[test]
    fn a_fresh_detector_says_an_object_at_the_prior_and_moves_no_box() {
        for loss in ["focal.prior = 0.01", "focal = { form = 'sigmoid', prior = 0.01 }"] {
            let loss: LossSpec = toml::from_str(loss).unwrap();
            let model = NetworkSpec::Mlp(Mlp::default());
            let learner = NetworkLearner { loss, ..NetworkLearner::of(model) };
            for n_classes in [2, 4] {
                let architecture = learner.architecture(Shape::flat(3), n_classes, 8, None);
                let mut init = Streams::new([1; 32]).stream("init");
                let network = Network::<f64>::new(architecture, &mut init);
                let mut pass = Pass::default();
                // What has no feature reaches the last layer as zeros.
                network.forward(&Matrix::zeros(1, 3), &mut pass);
                let said = pass.logits().row(0);
                let (logits, deltas) = said.split_at(said.len() - 8);
                assert_eq!(deltas, [0.0; 8]);
                // One-against-rest sigmoids do not sum to 1: each class of objects has the prior.
                let objects: f64 = if learner.loss.link() == Link::Sigmoid && 2 < n_classes {
                    assert!((logits[0] + logits[1]).abs() < 1e-12, "{logits:?}");
                    logits[1].sigmoid()
                } else {
                    let counts = ClassCounts::new(vec![1; n_classes]);
                    let (readout, mut p) = (learner.readout(&counts, 8).unwrap(), Vec::new());
                    readout.probabilities(pass.logits(), n_classes, &mut p);
                    p[1..].iter().sum()
                };
                assert!((objects - 0.01).abs() < 1e-12, "{objects} of {n_classes} classes");
            }
        }
    }
}
