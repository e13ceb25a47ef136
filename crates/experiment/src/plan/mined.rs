//! Whether mining has anything to choose from, in the batches and of the classes that it meets.

use methods::mining::Acts;

use crate::axis::Axis;
use crate::plan::checks::{Objection, impossible};
use crate::spec::TrialSpec;

/// Refuses a miner that would leave nothing out, or find none of what it keeps, in batches of the training rows of a split;
/// `learnt_counts`: the rows of each class, as they are labelled.
pub(super) fn check(spec: &TrialSpec, learnt_counts: &[u32]) -> Result<(), Objection> {
    let Some(network) = spec.network() else { return Ok(()) };
    let n_learnt = spec.sampling.epoch_size(learnt_counts);
    let most = spec.sampling.batch_rows().unwrap_or(network.training.batch_size.get());
    let (name, batch) = (network.mining.name(), most.min(n_learnt));
    if let Some(count) = network.mining.count().filter(|&count| batch <= count as usize) {
        let reason = format!(
            "`{name}` keeps {count} examples of a batch, and a batch of {} has {batch}: it leaves nothing out",
            spec.dataset
        );
        let help = match spec.sampling.batch_rows() {
            Some(_) => "lower count, or raise images or proposals of the sampling",
            None => "lower count, or raise training.batch_size",
        };
        return impossible(Axis::Mining, reason, help);
    }
    if network.mining.keeps_positives() && n_positive(learnt_counts) == 0 {
        let reason = format!(
            "`{name}` counts negatives by the positives, and the training part of {} has none",
            spec.dataset
        );
        return impossible(Axis::Mining, reason, "choose another miner or split");
    }
    Ok(())
}

/// That most batches have no positives, where a miner learns nothing from such; `counts`: rows of each class.
pub(super) fn note(spec: &TrialSpec, counts: &[u32]) -> Option<String> {
    let network = spec.network()?;
    let batch = spec.sampling.batch_rows().unwrap_or(network.training.batch_size.get());
    let probabilities = spec.sampling.class_probabilities(counts);
    let positives = batch as f64 * share_of_positives(&probabilities);
    let skips = network.mining.keeps_positives() && network.mining.acts() == Acts::InSomeBatches;
    (skips && positives < 1.0).then(|| {
        format!(
            "{}: {batch} rows of {} have {positives:.1} positives on average, and nothing is learnt from a batch without \
             any: a sampling by class or larger batches give each some",
            network.mining.name(),
            spec.dataset
        )
    })
}

/// That a class may come in no batch of an epoch, where the sampling is there to show every class; `counts`: rows of each.
pub(super) fn note_on_classes(spec: &TrialSpec, counts: &[u32]) -> Option<String> {
    let mining = &spec.network()?.mining;
    (spec.sampling.draws_classes() && mining.may_leave_out_a_class(counts)).then(|| {
        format!(
            "{} draws each class by a share of its own, and {} may leave all rows of a class out of an epoch: that class \
             is not drawn then, and the others are in its place",
            spec.sampling.name(),
            mining.name()
        )
    })
}

/// Of two classes the second is positive; of more, each but the largest.
fn n_positive(counts: &[u32]) -> u32 {
    match counts {
        [_, positives] => *positives,
        counts => counts.iter().sum::<u32>() - counts.iter().max().copied().unwrap_or(0),
    }
}

/// The same of the classes' shares.
fn share_of_positives(shares: &[f64]) -> f64 {
    match shares {
        [_, positives] => *positives,
        shares => shares.iter().sum::<f64>() - shares.iter().copied().fold(0.0, f64::max),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::planned;

    fn plan(axes: &str) -> crate::plan::Plan {
        let text = format!(
            "[experiment]\nname = \"mined\"\n[training]\nbatch_size = 16\n[axes]\ndataset = \"ecoli4\"\n{axes}"
        );
        planned(&text).0
    }

    #[test]
    fn a_number_that_leaves_nothing_out_is_left_out_and_the_others_run() {
        let plan = plan("mining.ohem.keep.count = [4, 16, 17]");
        let reasons: Vec<&str> = plan.left_out.iter().map(|left| left.reason.as_str()).collect();
        assert_eq!(
            reasons,
            [16, 17].map(|count| format!(
                "`ohem` keeps {count} examples of a batch, and a batch of ecoli4 has 16: it leaves nothing out"
            ))
        );
        assert_eq!(plan.combinations.len(), 1);
    }

    #[test]
    fn a_ratio_without_positives_is_refused() {
        let plan = plan("mining = [\"negative_ratio\", \"ohem\"]");
        let refused = |counts: &[u32]| -> Vec<bool> {
            let specs = plan.combinations.iter().enumerate().map(|(number, _)| {
                let of = plan.cells.iter().find(|planned| planned.combination == number);
                &of.unwrap().cell.spec
            });
            specs.map(|spec| check(spec, counts).is_err()).collect()
        };
        assert_eq!(refused(&[200, 9]), [false, false]);
        assert_eq!(refused(&[200, 0]), [true, false]);
        assert_eq!(refused(&[0, 200, 0]), [true, false]);
    }

    #[test]
    fn a_sampling_of_classes_is_noted_beside_a_pool_that_may_leave_one_out() {
        let notes = |mining: &str, sampling: &str| {
            let notes = plan(&format!("mining = {mining}\nsampling = \"{sampling}\"")).notes;
            notes.into_iter().filter(|note| note.contains("out of an epoch")).count()
        };
        let by_class = ["class_aware", "class_balanced", "progressive"];
        for mining in [
            "{ curriculum.balanced = false }",
            "{ curriculum.start = 1e-6 }",
            "{ self_paced.scope = \"global\" }",
            "{ loss_tracking.scope = \"global\" }",
        ] {
            assert_eq!(by_class.map(|sampling| notes(mining, sampling)), [1, 1, 1], "{mining}");
            assert_eq!(notes(mining, "smote"), 0, "{mining}");
        }
        for mining in [
            "\"curriculum\"",
            "\"self_paced\"",
            "\"hard_rounds\"",
            "\"loss_tracking\"",
            "{ curriculum = { balanced = false, start = 1 } }",
            "{ loss_tracking = { scope = \"global\", drop = 0.01 } }",
        ] {
            assert_eq!(notes(mining, "class_aware"), 0, "{mining}");
        }
    }

    #[test]
    fn batches_that_rarely_have_positives_are_named_where_they_are_skipped() {
        let notes = |axes: &str| {
            let notes = plan(axes).notes;
            notes.into_iter().filter(|note| note.contains("positives on average")).count()
        };
        assert_eq!(notes("mining = \"negative_ratio\""), 1);
        assert_eq!(notes("mining = \"negative_ratio\"\nsampling = \"class_balanced\""), 0);
        assert_eq!(notes("mining = { dense_box.min_negatives = 1 }"), 0);
        assert_eq!(notes("mining = \"ohem\""), 0);
    }
}
