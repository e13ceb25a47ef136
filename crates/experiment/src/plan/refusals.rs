//! Why combinations are out that no condition excludes.

use methods::losses::LossSpec;
use nn::Head;

use crate::spec::{Learner, NetworkLearner};

/// Why this learner cannot learn so, and what to do instead.
pub(super) fn refusal(learner: &Learner) -> Option<(String, &'static str)> {
    match learner {
        Learner::Network(network) => meaningless(network)
            .map(|reason| (reason, "choose another loss, or \"none\" for mining and reweighting")),
        Learner::Boosted(boosted) => {
            no_curvature(&boosted.loss).map(|reason| (reason, "choose another loss or model"))
        }
        Learner::Classical(_) => None,
    }
}

/// Why a combination that is in already is not run again.
pub(super) fn repetition(learner: &Learner, model: &str) -> String {
    match learner {
        Learner::Classical(_) => format!(
            "{model} fits its own loss by its own algorithm: it takes sampling, not losses, mining or reweighting, \
             and runs once"
        ),
        Learner::Boosted(_) => format!(
            "{model} takes losses and sampling, not mining or reweighting, and runs once for each loss"
        ),
        Learner::Network(_) => "the same combination is in another block".to_owned(),
    }
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
