//! Whether boxes can be found by what stands on the axes: rows have to be proposals, and methods such that two losses can be
//! learnt at once.

use data::Dataset;
use methods::losses::{InitialProbability, Link, Reduction};
use methods::reweighting::ReweightingSpec;
use nn::Head;

use crate::axis::Axis;
use crate::plan::checks::{Objection, impossible};
use crate::spec::{LearnerSpec, NetworkLearner, TrialSpec};

/// Refuses what has no meaning on proposals, and what asks for proposals where rows are none.
pub(super) fn check(spec: &TrialSpec, dataset: &Dataset) -> Result<(), Objection> {
    if spec.protocol.task.boxes().is_none() {
        return not_asked_for(spec);
    }
    if dataset.proposed.is_none() {
        let reason = format!(
            "the rows of {} are not known to lie in images, and boxes cannot be found in them",
            spec.dataset.name
        );
        let help = "say in its dataset.toml where they lie: [regions]";
        return impossible(Axis::Dataset, reason, help);
    }
    protocol(spec)?;
    let network = match &spec.learner {
        LearnerSpec::Network(network) => network,
        LearnerSpec::Pairs(pairs) => {
            let reason = format!(
                "`{}` compares embeddings with one another, and a detector says classes and boxes",
                pairs.loss.name()
            );
            return impossible(Axis::Loss, reason, "choose another loss");
        }
        LearnerSpec::Boosted(_) | LearnerSpec::Classical(_) => {
            let reason = format!(
                "{} says classes, and a detector says boxes beside them: networks do",
                spec.label(Axis::Model).unwrap_or_default()
            );
            return impossible(Axis::Model, reason, "choose \"mlp\" or \"linear\"");
        }
    };
    loss(network)?;
    rows(spec)?;
    methods(network)?;
    after(spec)
}

/// What asks where rows lie, or says what boxes cost, in a task that finds none.
fn not_asked_for(spec: &TrialSpec) -> Result<(), Objection> {
    let mistake = |axis, message, help| Err(Objection::Mistake { axis, message, help });
    let asks = |what: &str| {
        format!(
            "`{what}` asks which image a row is a region of, and where, and the examples of this task are no regions"
        )
    };
    if spec.sampling.needs_images() {
        let help = "choose another sampling, or set task = \"detection\" in [protocol]";
        return mistake(Axis::Sampling, asks(spec.sampling.name()), help);
    }
    if let Some(loss) = spec.loss() {
        let (name, traits) = (loss.name(), loss.traits());
        if traits.reduction == Reduction::Objects {
            let message = format!(
                "`{name}` is to be divided by the number of objects, and the examples of this task are none"
            );
            let help = "leave `divisor` out, or set task = \"detection\" in [protocol]";
            return mistake(Axis::Loss, message, help);
        }
        if traits.link == Link::Softmax && traits.start != InitialProbability::Even {
            let message = format!(
                "the prior of `{name}` on a softmax is how likely an object is, and this task has no background"
            );
            let help =
                "leave `prior` out, or choose the form \"sigmoid\", where it is of each class";
            return mistake(Axis::Loss, message, help);
        }
    }
    let Some(network) = spec.network() else { return Ok(()) };
    if let Some(parameter) = network.mining.needs_regions() {
        let help = "leave it out; near duplicates of any rows are left out by ohem.suppress";
        return mistake(Axis::Mining, asks(parameter), help);
    }
    if !network.box_loss.is_default() {
        let message =
            format!("`{}` is what boxes cost, and this task finds none", network.box_loss.name());
        let help = "leave it out, or set task = \"detection\" in [protocol]";
        return mistake(Axis::BoxLoss, message, help);
    }
    Ok(())
}

fn protocol(spec: &TrialSpec) -> Result<(), Objection> {
    let mistake = |message, help| Err(Objection::Mistake { axis: Axis::Protocol, message, help });
    if spec.protocol.split.keeps_groups() == Some(false) {
        let message =
            "rows of one image would be learnt from and tested, and they overlap".to_owned();
        let help = "split by image, as in split = \"group_k_fold\", or by a column: split = { given.column = \"part\" }";
        return mistake(message, help);
    }
    if !spec.protocol.noise.is_none() {
        let message =
            "a wrong label would give background a box that it has not, and take one from an object"
                .to_owned();
        return mistake(message, "leave noise out");
    }
    Ok(())
}

fn loss(network: &NetworkLearner) -> Result<(), Objection> {
    let (name, help) = (network.loss.name(), "choose another loss");
    if network.loss.traits().head != Head::Affine {
        let reason = format!(
            "`{name}` reads angles to the weights of the last layer, and boxes are no angles"
        );
        return impossible(Axis::Loss, reason, help);
    }
    if network.loss.is_batch_level() {
        let reason = format!(
            "`{name}` is a loss of whole batches: beside a loss of boxes there are losses of proposals"
        );
        return impossible(Axis::Loss, reason, help);
    }
    if network.loss.traits().reads_recalls {
        let reason = format!(
            "`{name}` weighs classes by how well examples are recognised, and a detector is asked for objects"
        );
        return impossible(Axis::Loss, reason, help);
    }
    Ok(())
}

/// Whether the rows that are learnt from have places.
fn rows(spec: &TrialSpec) -> Result<(), Objection> {
    let (name, help) = (spec.sampling.name(), "choose \"per_image\" or \"instance_balanced\"");
    if spec.sampling.resamples() {
        let reason = format!(
            "`{name}` makes rows or leaves some out before anything learns, and a proposal is learnt from where it lies"
        );
        return impossible(Axis::Sampling, reason, help);
    }
    if spec.sampling.meta_batch_size().is_some() {
        let reason = format!(
            "`{name}` learns from a meta set by a loss of classes, and a detector has two losses"
        );
        return impossible(Axis::Sampling, reason, help);
    }
    Ok(())
}

fn methods(network: &NetworkLearner) -> Result<(), Objection> {
    let NetworkLearner { mixing, mining, reweighting, decoupling, .. } = network;
    let none = "choose \"none\"";
    if !mixing.is_none() {
        let reason = format!("under {} a proposal would lie in two places", mixing.name());
        return impossible(Axis::Mixing, reason, none);
    }
    if mining.scores().is_some() {
        let reason = format!(
            "`{}` asks networks that classify how hard rows are, and none learns here",
            mining.name()
        );
        return impossible(Axis::Mining, reason, "choose another miner, as \"ohem\"");
    }
    if *reweighting != ReweightingSpec::default() {
        let reason = format!(
            "`{}` weighs by a loss of classes, and a detector has two losses",
            reweighting.name()
        );
        return impossible(Axis::Reweighting, reason, none);
    }
    if !decoupling.is_none() {
        let reason = format!(
            "`{}` learns the last layer anew by a loss of classes, and a detector has two losses",
            decoupling.name()
        );
        return impossible(Axis::Decoupling, reason, none);
    }
    Ok(())
}

fn after(spec: &TrialSpec) -> Result<(), Objection> {
    if !spec.calibration.is_none() {
        let reason = format!(
            "`{}` is fitted to classes, and detections are ranked by how sure they are",
            spec.calibration.name()
        );
        return impossible(Axis::Calibration, reason, "choose \"none\"");
    }
    if !spec.decision.is_argmax() {
        let reason = format!(
            "`{}` decides about classes, and every proposal that is sure enough is a detection",
            spec.decision.name()
        );
        return impossible(Axis::Decision, reason, "choose \"argmax\"");
    }
    Ok(())
}
