//! What cannot be, although no condition excludes it.

use data::Dataset;
use methods::augmentation::AugmentationSpec;
use methods::control::Does;
use methods::losses::{LossSpec, Reduction};
use methods::mining::Acts;
use methods::mixing::Pixels;
use nn::Head;

use crate::axis::Axis;
use crate::file::condition::Combination;
use crate::plan::lookups::Unbuilt;
use crate::prepare::{pixels, shape};
use crate::spec::{LearnerSpec, NetworkLearner, TrialSpec};

/// Why a combination does not run.
pub(super) enum Objection {
    /// It is in already.
    Repeated(String),
    /// It cannot be, because of what stands on `axis`: it is left out, and the others run.
    Impossible { axis: Axis, reason: String, help: &'static str },
    /// What stands on `axis` is a mistake of the file: nothing runs before it is mended.
    Mistake { axis: Axis, message: String, help: &'static str },
}

/// Refuses a combination that cannot be.
pub(super) fn impossible<T>(
    axis: Axis,
    reason: String,
    help: &'static str,
) -> Result<T, Objection> {
    Err(Objection::Impossible { axis, reason, help })
}

/// Why a combination that is in already is not run again.
pub(super) fn repetition(learner: &LearnerSpec, combination: &Combination<'_>) -> Objection {
    let model = &combination[&Axis::Model].label;
    Objection::Repeated(match learner {
        LearnerSpec::Classical(_) => format!(
            "{model} fits its own loss by its own algorithm: it takes sampling, not losses, mixing, mining or reweighting, \
             and runs once"
        ),
        LearnerSpec::Boosted(_) => format!(
            "{model} takes losses and sampling, not mixing, mining or reweighting, and runs once for each loss"
        ),
        LearnerSpec::Network(_) | LearnerSpec::Pairs(_) => {
            "the same combination is in another block".to_owned()
        }
    })
}

/// Whether the learner can learn so.
pub(super) fn methods(learner: &LearnerSpec) -> Result<(), Objection> {
    let (reason, help) = match learner {
        LearnerSpec::Network(network) => (
            meaningless(network),
            "choose another loss, or \"none\" for mixing, mining and reweighting",
        ),
        LearnerSpec::Boosted(boosted) => {
            (no_curvature(&boosted.loss), "choose another loss or model")
        }
        LearnerSpec::Pairs(_) | LearnerSpec::Classical(_) => return Ok(()),
    };
    if let Some(reason) = reason {
        return impossible(Axis::Loss, reason, help);
    }
    match learner {
        LearnerSpec::Network(network) => {
            further_steps(network)?;
            control(network).and_then(|()| decoupling(network))
        }
        LearnerSpec::Pairs(_) | LearnerSpec::Boosted(_) | LearnerSpec::Classical(_) => Ok(()),
    }
}

/// Whether a look-ahead of several steps can be differentiated through.
fn further_steps(network: &NetworkLearner) -> Result<(), Objection> {
    let NetworkLearner { loss, mixing, reweighting, .. } = network;
    if reweighting.further_steps() == 0 {
        return Ok(());
    }
    let (name, n) = (reweighting.name(), reweighting.further_steps() + 1);
    if let Some(why) = reweighting.no_further_steps() {
        return Err(Objection::Mistake {
            axis: Axis::Reweighting,
            message: format!("`{name}` cannot look {n} steps ahead: {why}"),
            help: "leave out look_ahead_steps, or set detach = true and look_ahead = \"plain\"",
        });
    }
    let help = "choose another, or leave out look_ahead_steps";
    if let Some((loss, because)) = loss.not_twice() {
        let reason = format!(
            "`{loss}` {because}, and {n} steps of a look-ahead are differentiated through by the slopes of its slopes"
        );
        return impossible(Axis::Loss, reason, help);
    }
    if !mixing.is_none() {
        let reason = format!(
            "under {} an example has two labels, and `{name}` looks {n} steps ahead by the losses of one",
            mixing.name()
        );
        return impossible(Axis::Mixing, reason, help);
    }
    Ok(())
}

/// Whether the control takes another step than the method, and another than the method's loss alone.
fn control(network: &NetworkLearner) -> Result<(), Objection> {
    let NetworkLearner { loss, mining, reweighting, control, .. } = network;
    let (name, acts) = (control.name(), mining.acts());
    let equal = network.weighs_equally();
    let itself = || {
        format!(
            "`{name}` changes the weights of examples, and those of a batch are equal here: it takes the very same step \
             (`norm_matched` says something of a loss)"
        )
    };
    let reason = match control.does() {
        Does::Nothing => None,
        Does::Turns => network
            .steps_plainly()
            .then(|| format!("`{name}` of a step of plain training is that step")),
        Does::Deals if mining.keeps_positives() => Some(format!(
            "`{name}` would deal out weights over all examples, and {} keeps every one of the small classes: \
             `permuted_within_class` keeps as many of each",
            mining.name()
        )),
        Does::Deals | Does::DealsWithinClasses => (equal && acts == Acts::Nowhere).then(itself),
        Does::Levels if equal => Some(itself()),
        Does::Levels => {
            let sum_to_1 = !matches!(acts, Acts::OnRowWeights | Acts::InSomeBatches)
                && reweighting.keeps_the_sum()
                && !matches!(loss.traits().reduction, Reduction::WeightedMean | Reduction::Objects);
            sum_to_1.then(|| {
                format!(
                    "`{name}` of weights that sum to 1 in every batch, as these do, is `{}` alone",
                    loss.name()
                )
            })
        }
    };
    let help = "choose another control, or leave it out here";
    reason.map_or(Ok(()), |reason| impossible(Axis::Control, reason, help))
}

/// Whether the second stage has something to work on.
fn decoupling(network: &NetworkLearner) -> Result<(), Objection> {
    let NetworkLearner { loss, decoupling, .. } = network;
    if decoupling.scales_classes() && loss.traits().head == Head::Cosine {
        let (name, loss) = (decoupling.name(), loss.name());
        let reason = format!(
            "`{name}` changes how long the weights of a class are, and `{loss}` reads the angles to them alone"
        );
        let help = "choose \"crt\" or \"none\", or leave it out here";
        return impossible(Axis::Decoupling, reason, help);
    }
    Ok(())
}

/// The same on a protocol and a number of classes.
fn decoupled(spec: &TrialSpec, n_classes: Option<usize>) -> Result<(), Objection> {
    let Some(NetworkLearner { loss, decoupling, .. }) = spec.network() else { return Ok(()) };
    let (axis, name) = (Axis::Decoupling, decoupling.name());
    if decoupling.needs_validation() && spec.protocol.validation.get() == 0.0 {
        let message =
            format!("`{name}` picks its exponent on the validation part, and there is none");
        let help =
            "set protocol.validation above 0, or give a number, as in { tau_norm.tau = 0.7 }";
        return Err(Objection::Mistake { axis, message, help });
    }
    if decoupling.scales_classes() && n_classes.is_some_and(|n| loss.n_outputs(n) == 1) {
        let reason = format!(
            "`{name}` weighs the logits of classes against each other, and under `{}` the two classes of {} share one",
            loss.name(),
            spec.dataset.name
        );
        let help = "choose \"crt\" or \"none\", or leave it out here";
        return impossible(axis, reason, help);
    }
    Ok(())
}

/// Whether the protocol has what the methods need, and can pick an epoch on a data set of `n_classes`.
pub(super) fn protocol(
    spec: &TrialSpec,
    combination: &Combination<'_>,
    n_classes: Option<usize>,
) -> Result<(), Objection> {
    let mistake = |axis, message, help| Err(Objection::Mistake { axis, message, help });
    let other_metric = "choose another select_by, as in select_by = \"balanced_accuracy\"";
    let select_by = spec.protocol.select_by;
    if let Some(message) = select_by.not_of(spec.protocol.task.measures()) {
        return mistake(Axis::Protocol, message, "leave select_by out: each task has its own");
    }
    if spec.protocol.split.keeps_classes_apart() && spec.protocol.task.embedding().is_none() {
        let message = format!(
            "a class_disjoint split tests classes that nobody has learnt, and {} says those that it has learnt",
            spec.protocol.task.measures().name()
        );
        let help = "choose another split, or set task = \"retrieval\"";
        return mistake(Axis::Protocol, message, help);
    }
    if !select_by.selects() {
        let why = if select_by.is_of_clusters() {
            "is of clusters, which are made once,"
        } else {
            "needs training counts"
        };
        let message = format!("`{}` {why} and cannot pick an epoch", select_by.name());
        return mistake(Axis::Protocol, message, other_metric);
    }
    if let Some(reason) = n_classes.and_then(|n| spec.protocol.noise.refuses(n)) {
        let message = format!("{reason} in {}", spec.dataset.name);
        return mistake(Axis::Protocol, message, "give it a row and a column for each class");
    }
    if let Some(n) = n_classes.filter(|&n| n != 2)
        && select_by.is_binary()
    {
        let (name, dataset) = (select_by.name(), &spec.dataset.name);
        let message = format!("`{name}` is of the positive class of two, and {dataset} has {n}");
        return mistake(Axis::Protocol, message, other_metric);
    }
    if let Some(network) = spec.network()
        && network.reweighting.needs_meta()
        && spec.protocol.meta.is_none()
    {
        let label = &combination[&Axis::Reweighting].label;
        let message = format!("`{label}` learns its weights from a meta set, and there is none");
        let help = "add meta = { per_class = 10 } to [protocol]";
        return mistake(Axis::Reweighting, message, help);
    }
    learning(spec, combination)?;
    after_training(spec, combination, n_classes)?;
    if let Some(loss) = spec.loss()
        && loss.traits().reads_recalls
        && spec.protocol.validation.get() == 0.0
    {
        let message = format!(
            "`{}` weighs classes by how well they are recognised on the validation part, and there is none",
            combination[&Axis::Loss].label
        );
        return mistake(Axis::Loss, message, "set protocol.validation above 0");
    }
    decoupled(spec, n_classes)
}

/// Whether a sampling that learns has what it learns from.
fn learning(spec: &TrialSpec, combination: &Combination<'_>) -> Result<(), Objection> {
    if spec.sampling.meta_batch_size().is_none() {
        return Ok(());
    }
    let name = spec.sampling.name();
    let Some(NetworkLearner { loss, mixing, .. }) = spec.network() else {
        let model = &combination[&Axis::Model].label;
        let reason = format!(
            "`{name}` learns from the steps of a network's last layer, and {model} takes none"
        );
        let help = "choose another sampling, or leave it out here";
        return impossible(Axis::Sampling, reason, help);
    };
    if loss.is_batch_level() {
        let reason = format!(
            "`{}` is a loss of whole batches: it has no losses of single examples, from which `{name}` could learn how \
             often to draw them",
            loss.name()
        );
        return impossible(Axis::Loss, reason, "choose another loss or sampling");
    }
    if !mixing.is_none() {
        let reason = format!(
            "under {} an example is of two draws, and `{name}` learns from the losses of one",
            mixing.name()
        );
        return impossible(Axis::Mixing, reason, "choose \"none\", or another sampling");
    }
    if spec.protocol.meta.is_none() {
        let message = format!(
            "`{}` learns its rates from a meta set, and there is none",
            combination[&Axis::Sampling].label
        );
        let help = "add meta = { per_class = 10 } to [protocol]";
        return Err(Objection::Mistake { axis: Axis::Sampling, message, help });
    }
    Ok(())
}

/// Whether what acts after training has what it is fitted to, and is for so many classes.
fn after_training(
    spec: &TrialSpec,
    combination: &Combination<'_>,
    n_classes: Option<usize>,
) -> Result<(), Objection> {
    let fitted = [
        (Axis::Calibration, !spec.calibration.is_none()),
        (Axis::Decision, spec.decision.needs_validation()),
    ];
    let fitted = fitted.into_iter().find(|(_, is_fitted)| *is_fitted);
    if let Some((axis, _)) = fitted.filter(|_| spec.protocol.validation.get() == 0.0) {
        let label = &combination[&axis].label;
        let message = format!("`{label}` is fitted to the validation part, and there is none");
        return Err(Objection::Mistake { axis, message, help: "set protocol.validation above 0" });
    }
    let Some(Err(error)) = n_classes.map(|n| spec.decision.check(n)) else { return Ok(()) };
    let (axis, message) = (Axis::Decision, error.to_string());
    Err(if error.is_out_of_place() {
        let help = "\"offsets\" are for any number of classes";
        Objection::Impossible { axis, reason: message, help }
    } else {
        let message = format!("{message} (on {})", spec.dataset);
        Objection::Mistake { axis, message, help: "change this decision, or exclude it here" }
    })
}

pub(super) fn unknown_dataset(message: String) -> Objection {
    Objection::Mistake { axis: Axis::Dataset, message, help: "see `longtail datasets`" }
}

/// The mistake is that of the split if it names columns, else that of the data set.
pub(super) fn cannot_split(spec: &TrialSpec, error: &str) -> Objection {
    let axis = if spec.protocol.split.reads_columns() { Axis::Protocol } else { Axis::Dataset };
    let message = format!("`{}`: {error}", spec.dataset.name);
    Objection::Mistake { axis, message, help: "choose another data set, or change [protocol]" }
}

/// Whether the rows are what the model, the mixing and the augmentation are for.
pub(super) fn images(
    spec: &TrialSpec,
    n_inputs: usize,
    dataset: &Dataset,
) -> Result<(), Objection> {
    let Some((network, training)) = spec.network_model().zip(spec.steps()) else { return Ok(()) };
    let model = network.name();
    let pixels = pixels(spec, dataset);
    let are_images = pixels.is_some();
    augmentation(spec, &training.augment, pixels.as_ref())?;
    let rows = &spec.dataset.name;
    if network.needs_images() {
        let (axis, help) = (Axis::Model, "choose another model, or leave it out here");
        let refused = |reason| impossible(axis, reason, help);
        if !are_images {
            return refused(format!(
                "`{model}` convolves images, and the rows of {rows} are not known to be images"
            ));
        }
        let shape = shape(spec, n_inputs, dataset);
        let architecture = spec.architecture(shape, dataset.classes.len());
        if let Some(Err(why)) = architecture.map(|architecture| architecture.check()) {
            return refused(format!("`{model}` does not fit the images of {rows}: {why}"));
        }
    }
    let mixing = spec.network().map(|network| &network.mixing);
    if let Some(mixing) = mixing.filter(|mixing| mixing.needs_images() && !are_images) {
        let mixing = mixing.name();
        let reason = format!(
            "`{mixing}` cuts boxes out of images, and the rows of {rows} are not known to be images"
        );
        return impossible(Axis::Mixing, reason, "choose \"mixup\", or leave it out here");
    }
    Ok(())
}

/// Whether the rows are images that can be augmented so.
fn augmentation(
    spec: &TrialSpec,
    augment: &AugmentationSpec,
    pixels: Option<&Pixels>,
) -> Result<(), Objection> {
    let (reason, help) = match pixels {
        _ if augment.is_none() => return Ok(()),
        None => (
            format!(
                "`augment` changes images, and the rows of {} are not known to be images",
                spec.dataset.name
            ),
            "leave it out here",
        ),
        Some(pixels) => match augment.objection(pixels) {
            Some(objection) => (objection, "shift by less"),
            None => return Ok(()),
        },
    };
    impossible(Axis::Training, reason, help)
}

/// Whether the learner can be fitted to so many rows.
pub(super) fn rows(learner: &LearnerSpec, n_rows: usize) -> Result<(), Objection> {
    let LearnerSpec::Classical(learner) = learner else { return Ok(()) };
    match learner.refuses(n_rows) {
        Some(reason) => impossible(Axis::Model, reason, "choose another model or data set"),
        None => Ok(()),
    }
}

/// Of a loss that cannot be built for the classes it will meet.
pub(super) fn unbuilt(spec: &TrialSpec, why: Unbuilt) -> Objection {
    let axis = Axis::Loss;
    if why.is_out_of_place {
        let help = "choose another loss or data set";
        return Objection::Impossible { axis, reason: why.message, help };
    }
    let message = format!("{} (on {})", why.message, spec.dataset);
    Objection::Mistake { axis, message, help: "change this loss, or exclude it here" }
}

/// Why these methods cannot be combined.
fn meaningless(network: &NetworkLearner) -> Option<String> {
    let loss = network.loss.name();
    let no_examples = |method: &str| {
        format!(
            "`{loss}` is a loss of whole batches: it has no losses of single examples, by which {method} \
             could choose or weigh"
        )
    };
    if !network.mixing.is_none()
        && let Some((name, because)) = network.loss.more_than_its_label()
    {
        let mixing = network.mixing.name();
        return Some(format!(
            "`{name}` {because}, and under {mixing} an example has two labels: only a loss of logits and label can be blended"
        ));
    }
    if network.loss.is_batch_level() {
        if network.mining.name() != "none" {
            return Some(no_examples(network.mining.name()));
        }
        if network.reweighting.name() != "none" {
            return Some(no_examples(network.reweighting.name()));
        }
    }
    None
}

/// Why no trees can be grown to this loss.
fn no_curvature(loss: &LossSpec) -> Option<String> {
    let name = loss.name();
    if loss.traits().head != Head::Affine {
        return Some(format!(
            "`{name}` is made for logits between -1 and 1, as a cosine head gives them, and trees have no head"
        ));
    }
    (!loss.is_pointwise()).then(|| {
        format!(
            "`{name}` reads more than an example's logits and label: boosted trees need its curvature, example \
             by example"
        )
    })
}
