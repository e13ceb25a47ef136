//! Why combinations are out that no condition excludes.

use methods::losses::LossSpec;
use nn::Head;

use crate::axis::Axis;
use crate::file::condition::Combination;
use crate::spec::{LearnerSpec, NetworkLearner, TrialSpec};

/// Why this learner cannot learn so, and what to do instead.
pub(super) fn refusal(learner: &LearnerSpec) -> Option<(String, &'static str)> {
    match learner {
        LearnerSpec::Network(network) => meaningless(network)
            .map(|reason| (reason, "choose another loss, or \"none\" for mining and reweighting")),
        LearnerSpec::Boosted(boosted) => {
            no_curvature(&boosted.loss).map(|reason| (reason, "choose another loss or model"))
        }
        LearnerSpec::Classical(_) => None,
    }
}

/// Why a combination that is in already is not run again.
pub(super) fn repetition(learner: &LearnerSpec, model: &str) -> String {
    match learner {
        LearnerSpec::Classical(_) => format!(
            "{model} fits its own loss by its own algorithm: it takes sampling, not losses, mining or reweighting, \
             and runs once"
        ),
        LearnerSpec::Boosted(_) => format!(
            "{model} takes losses and sampling, not mining or reweighting, and runs once for each loss"
        ),
        LearnerSpec::Network(_) => "the same combination is in another block".to_owned(),
    }
}

/// Whether a combination can be at all on a data set of `n_classes`; if not, the axis at fault, the mistake, and what
/// to do.
pub(super) fn allowed(
    combination: &Combination<'_>,
    spec: &TrialSpec,
    n_classes: Option<usize>,
) -> Result<(), (Axis, String, &'static str)> {
    let select_by = spec.protocol.select_by;
    if !select_by.selects() {
        let message =
            format!("`{}` needs training counts and cannot pick an epoch", select_by.name());
        let help = "choose another select_by, as in select_by = \"balanced_accuracy\"";
        return Err((Axis::Protocol, message, help));
    }
    if let Some(n) = n_classes.filter(|&n| n != 2)
        && select_by.is_binary()
    {
        let (name, dataset) = (select_by.name(), &spec.dataset.name);
        let message = format!("`{name}` is of the positive class of two, and {dataset} has {n}");
        let help = "choose another select_by, as in select_by = \"balanced_accuracy\"";
        return Err((Axis::Protocol, message, help));
    }
    if let Some(network) = spec.network()
        && network.reweighting.needs_meta()
        && spec.protocol.meta.is_none()
    {
        let label = &combination[&Axis::Reweighting].label;
        let message = format!("`{label}` learns its weights from a meta set, and there is none");
        let help = "add meta = { per_class = 10 } to [protocol]";
        return Err((Axis::Reweighting, message, help));
    }
    if let Some(loss) = spec.loss()
        && loss.traits().reads_recalls
        && spec.protocol.validation.get() == 0.0
    {
        let message = format!(
            "`{}` weighs classes by how well they are recognised on the validation part, and there is none",
            combination[&Axis::Loss].label
        );
        return Err((Axis::Loss, message, "set protocol.validation above 0"));
    }
    Ok(())
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
