//! Trainings by pairs: embeddings that collapse to one point and those that do not, and rows that are brought into a batch.

use data::Catalogue;
use experiment::file::ExperimentFile;
use experiment::plan::Plan;
use experiment::prepare::DataCache;
use experiment::record::{Outcome, Reproducible};
use experiment::trial::run_trial;

/// One training by triplets with a margin on overlapping classes; `mining` as a file writes it.
fn trained(rate: f64, mining: &str) -> Reproducible {
    let text = format!(
        "[experiment]\nname = \"collapse\"\n\
         [protocol]\ntask = {{ retrieval = {{ dimension = 16 }} }}\nsplit = {{ holdout.test = 0.4 }}\n\
         [training]\nepochs = 4\nbatch_size = 64\n\
         optimizer = {{ adamw.learning_rate = {rate} }}\n\
         [axes]\ndataset = \"winequality-red\"\nmodel = {{ mlp.hidden = [[64, 64, 64]] }}\n\
         sampling = {{ class_aware.samples_per_class = 4 }}\nmining = {mining}\nloss = {{ triplet.margin = 0.2 }}"
    );
    let data = DataCache::new(Catalogue::embedded());
    let file = ExperimentFile::parse("collapse.toml", &text, &[], data.catalogue()).unwrap();
    let plan = Plan::new(&file, &data).unwrap();
    run_trial(&plan.cells[0].cell, &data, None).trial
}

#[test]
fn the_hardest_triplets_at_too_large_a_rate_collapse_and_the_training_ends_with_the_reason() {
    let outcome = trained(0.02, "'batch_hard'").outcome;
    let Outcome::Diverged { epoch, reason: Some(reason) } = outcome else {
        panic!("{outcome:?}");
    };
    assert!(epoch < 3, "in epoch {epoch}");
    assert!(reason.starts_with("the embeddings are one point for all"), "{reason}");
    assert!(reason.contains("of the median row of every class is 0.9999"), "{reason}");
}

/// Batches whose hardest triplets are learnt from at an ordinary rate, or gentler ones at the same rate, stay well below the
/// mean cosine at which a training is ended.
#[test]
fn at_an_ordinary_rate_or_by_semi_hard_triplets_they_do_not() {
    for (rate, mining) in [(0.0005, "'batch_hard'"), (0.02, "'semi_hard'")] {
        let trained = trained(rate, mining);
        assert_eq!(trained.outcome, Outcome::Completed, "{mining}");
        let spread = trained.results.unwrap().last.spread.unwrap();
        assert!(spread.mean_cosine < 0.9, "{mining}: {spread:?}");
    }
}

#[test]
fn rows_that_are_brought_into_batches_are_learnt_from_whether_they_are_near_or_any() {
    let mining = ["'none'", "'nearest_negatives'", "{ nearest_negatives.draw = 'random' }"];
    let digests = mining.map(|mining| trained(0.0005, mining).results.unwrap().predictions_digest);
    let all_differ = (1..digests.len()).all(|i| !digests[..i].contains(&digests[i]));
    assert!(all_differ, "{digests:?}");
}
