use super::*;
use crate::plan::Plan;
use crate::prepare::{DataCache, trial_streams};
use crate::record::{Outcome, Results};
use crate::rows::TrialRows;
use crate::spec::{LearnerSpec, TrialSpec};
use crate::testing::planned;
use crate::trial::learn;

fn plan(axes: &str) -> (Plan, DataCache) {
    let text = format!(
        "[experiment]\nname = \"boost\"\n[protocol]\nsplit = {{ holdout.test = 0.3 }}\n[axes]\n{axes}"
    );
    planned(&text)
}

fn boosted(axes: &str) -> (TrialSpec, TrialRows) {
    let (plan, data) = plan(axes);
    let spec = plan.cells[0].cell.spec.clone();
    let rows = TrialRows::of(&spec, &data, &trial_streams(&spec)).unwrap();
    (spec, rows)
}

fn results(axes: &str) -> (Outcome, Results) {
    let (spec, rows) = boosted(axes);
    let told = learn(&spec, &rows, &trial_streams(&spec), None, None).unwrap();
    (told.outcome, told.results)
}

const TREES: &str = "dataset = \"glass2\"\nmodel = { boosted_trees.rounds = 30 }\n";

#[test]
fn curvature_of_cross_entropy_is_p_times_one_minus_p() {
    let (spec, rows) = boosted(TREES);
    let parts = &rows.parts;
    let LearnerSpec::Boosted(learner) = &spec.learner else { panic!("boosted trees") };
    let streams = trial_streams(&spec);
    let counts = spec.sampling.expected_counts(&parts.train_counts);
    let sampling = spec.sampling.build(&parts.train.targets, parts.n_classes, &streams);
    let setting = Setting { counts: &counts, streams: &streams };
    let learnt = Learnt { train: &parts.train, sampling, parts, scores: None, flipped: None };
    let mut booster = Booster::new(learner, learnt, &setting).unwrap();
    for number in 0..5 {
        booster.round(&Epoch { number, ..Epoch::at(0.0) }, None);
    }
    let logits = booster.scores.clone();
    booster.round(&Epoch { number: 5, ..Epoch::at(0.0) }, None);
    for (row, h) in logits.rows().zip(&booster.hessians[1]) {
        let p = 1.0 / (1.0 + libm::exp(row[0] - row[1]));
        // A central difference of step 1e-3 is exact to h² / 6 of the fourth derivative.
        assert!((h - p * (1.0 - p)).abs() < 1e-6, "{h} for p = {p}");
    }
}

#[test]
fn the_training_loss_falls_from_round_to_round() {
    for loss in
        ["\"cross_entropy\"", "\"focal\"", "\"weighted_cross_entropy\"", "\"logit_adjustment\""]
    {
        let (outcome, results) = results(&format!("{TREES}loss = {loss}\n"));
        assert_eq!(outcome, Outcome::Completed);
        let losses: Vec<f32> = results.history.loss.into_iter().flatten().collect();
        assert_eq!(losses.len(), 30);
        assert!(losses.windows(2).all(|pair| pair[1] < pair[0]), "{loss}: {losses:?}");
    }
}

#[test]
fn the_same_trial_gives_the_same_bits_and_samplings_differ() {
    let run = |sampling: &str| results(&format!("{TREES}sampling = \"{sampling}\"\n")).1;
    let plain = run("instance_balanced");
    assert_eq!(plain, run("instance_balanced"));
    assert_ne!(plain.predictions_digest, run("class_balanced").predictions_digest);
}

#[test]
fn sigmoid_and_many_class_losses_are_boosted_too() {
    for axes in [
        format!("{TREES}loss = {{ focal.form = \"sigmoid\" }}\n"),
        "dataset = \"balance\"\nmodel = { boosted_trees.rounds = 5 }\n".to_owned(),
        "dataset = \"balance\"\nmodel = { boosted_trees.rounds = 5 }\nloss = \"binary_cross_entropy\"\n"
            .to_owned(),
    ] {
        let (_, results) = results(&axes);
        let losses: Vec<f32> = results.history.loss.into_iter().flatten().collect();
        assert!(losses.last() < losses.first(), "{axes}: {losses:?}");
    }
}

#[test]
fn losses_without_a_curvature_of_their_own_are_left_out_with_the_reason() {
    let (plan, _) = plan(&format!(
        "{TREES}loss = [\"cross_entropy\", \"ghm_c\", \"ldam\", \"dice\"]\nmining = [\"none\", \"ohem\"]\n"
    ));
    assert_eq!(plan.cells.len(), 1);
    let reasons: Vec<&str> = plan.left_out.iter().map(|out| out.reason.as_str()).collect();
    assert_eq!(reasons.len(), 7);
    for reason in ["cosine head", "example by example", "runs once for each loss"] {
        assert!(reasons.iter().any(|text| text.contains(reason)), "{reason}: {reasons:?}");
    }
}

#[test]
fn no_round_before_a_loss_acts_is_picked_as_the_best() {
    // Hardly anything is learnt: the first round that is offered is picked.
    let best = |loss: &str| {
        let (_, results) = results(&format!(
            "dataset = \"glass2\"\nmodel = {{ boosted_trees = {{ rounds = 5, learning_rate = 1e-9 }} }}\n\
             loss = {loss}\n"
        ));
        results.best.epoch
    };
    assert_eq!(best("\"generalized_cross_entropy\""), Some(0));
    assert_eq!(best("{ generalized_cross_entropy.truncation = 0.1 }"), Some(2));
    assert_eq!(best("{ deferred_reweighting.loss = \"cross_entropy\" }"), Some(4));
}
