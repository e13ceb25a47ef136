//! Pair losses: they read embeddings, and their numbers are those of whole batches.

mod batches;
mod equalities;
mod formulas;
mod numbers;
pub(crate) mod suspects;

use methods::pairs::PairTermSpec;

pub use batches::{PairCase, PairSubject};
pub(crate) use batches::{answers, cases, evaluate, loss, other_cases};

use crate::finding::Finding;
use crate::written::written;

/// Every pair loss with its defaults and with its parameters at their corners; those of a name beside each other.
const CORNERS: [&str; 17] = [
    "contrastive = {}",
    "contrastive = { form = 'squared', negative_margin = 1.4 }",
    "contrastive = { positive_margin = 0.3, negative_margin = 0.8 }",
    "cosine_contrastive = {}",
    "cosine_contrastive.margin = 0.1",
    "triplet = {}",
    "triplet.margin = 0.5",
    "triplet = { form = 'soft', margin = 0 }",
    "multi_similarity = {}",
    "multi_similarity = { alpha = 1, beta = 10, threshold = 0.3 }",
    "nt_xent = {}",
    "nt_xent.temperature = 0.5",
    "sup_con = {}",
    "sup_con = { temperature = 0.5, base_temperature = 0.2 }",
    "sup_con = { temperature = 0.1, base_temperature = 0.1, anchors = 'with_positives' }",
    "circle = {}",
    "circle = { margin = 0.25, scale = 32 }",
];

/// Every pair loss with its defaults, and with its parameters at their corners.
pub fn corners() -> Vec<PairTermSpec> {
    CORNERS.iter().map(|corner| written(corner)).collect()
}

/// Every check of the pair losses that `wanted` picks by name, and what needs no published numbers of those `given`.
pub(crate) fn check(
    wanted: &dyn Fn(&str) -> bool,
    given: &[PairTermSpec],
    found: &mut dyn FnMut(Finding),
) {
    equalities::check(wanted, found);
    let ours: Vec<PairTermSpec> =
        corners().into_iter().filter(|spec| wanted(spec.name())).collect();
    let alike = |specs: &[PairTermSpec], found: &mut dyn FnMut(Finding)| {
        for specs in specs.chunk_by(|a, b| a.name() == b.name()) {
            found(formulas::check(specs));
            found(numbers::slopes(specs));
            found(numbers::stability(specs));
            found(numbers::precision(specs));
        }
    };
    alike(&ours, found);
    alike(given, found);
}

#[cfg(test)]
mod tests {
    use strum::IntoEnumIterator;

    use super::*;

    #[test]
    fn every_pair_loss_is_among_the_corners_with_its_defaults_first() {
        let corners = corners();
        for spec in PairTermSpec::iter() {
            let first = corners.iter().find(|corner| corner.name() == spec.name());
            assert_eq!(first, Some(&spec));
        }
    }
}
