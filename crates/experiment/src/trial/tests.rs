use std::sync::Arc;

use methods::losses::Epoch;

use super::*;
use crate::learner::Outputs;
use crate::prepare::{Examples, Prepared};
use crate::testing::planned;

/// A learner that notes what is asked of it. After round `n` it gives each class of the validation part the
/// probability `certainty[n]`, if that is the class of the example.
struct Noted<'a> {
    parts: &'a Prepared,
    certainty: Vec<f64>,
    diverges_in: Option<usize>,
    rounds: usize,
    events: Vec<String>,
}

impl Learner for Noted<'_> {
    fn n_rounds(&self) -> usize {
        self.certainty.len()
    }

    fn round(&mut self, epoch: &Epoch<'_>, _: Option<&mut Audit>) -> f64 {
        self.events.push(format!("round {}", epoch.number));
        self.rounds = epoch.number + 1;
        1.0
    }

    fn outputs(&mut self, part: &Examples, out: &mut Outputs) -> Result<(), String> {
        let is_test = std::ptr::eq(part, &raw const self.parts.test);
        self.events.push(if is_test { "test" } else { "validation" }.to_owned());
        out.values.reshape(part.targets.len(), 2);
        let certainty = self.certainty[self.rounds - 1];
        for (row, &y) in out.values.rows_mut().zip(&part.targets) {
            row.fill(1.0 - certainty);
            row[y as usize] = certainty;
        }
        Ok(())
    }

    fn is_finite(&self) -> bool {
        self.diverges_in.is_none_or(|round| self.rounds <= round)
    }

    fn keep(&mut self) {
        self.events.push("keep".to_owned());
    }

    fn back_to_kept(&mut self) {
        self.events.push("back".to_owned());
    }
}

fn followed(
    certainty: &[f64],
    acts_from: f64,
    diverges_in: Option<usize>,
) -> (Outcome, Results, Vec<String>) {
    let text = "[experiment]\nname = \"order\"\n[protocol]\nsplit = { holdout.test = 0.3 }\n\
                [axes]\ndataset = [\"glass2\"]\nmodel = \"prior\"\n";
    let (plan, data) = planned(text);
    let spec = plan.cells[0].cell.spec.clone();
    let rows = TrialRows::of(&spec, &data, &trial_streams(&spec)).unwrap();
    let parts = &rows.parts;
    let counts = spec.sampling.expected_counts(&parts.train_counts);
    let mut task = spec.build_task(parts, &counts).unwrap();
    let certainty = certainty.to_vec();
    let (rounds, events) = (0, Vec::new());
    let mut learner = Noted { parts, certainty, diverges_in, rounds, events };
    let course = Course::new(learner.n_rounds(), acts_from, true);
    let trained = follow(course, &mut learner, task.as_mut(), parts, false, None).unwrap();
    let results = results(&trained, task.as_mut(), &rows);
    (trained.outcome, results, learner.events)
}

#[test]
fn the_test_part_is_read_when_every_round_is_done() {
    let (outcome, results, events) = followed(&[0.2, 0.9, 0.4], 0.0, None);
    assert_eq!(outcome, Outcome::Completed);
    let rounds = "round 0, validation, keep, round 1, validation, keep, round 2, validation";
    let measures = "validation, test, back, validation, test";
    assert_eq!(events.join(", "), format!("{rounds}, {measures}"));
    assert_eq!((results.last.epoch, results.best.epoch), (Some(2), Some(1)));
}

#[test]
fn what_is_best_after_the_last_round_is_measured_once() {
    let (_, results, events) = followed(&[0.2, 0.9], 0.0, None);
    assert_eq!(events.iter().filter(|event| *event == "test").count(), 1);
    assert_eq!(results.best, results.last);
}

#[test]
fn the_earliest_of_equal_rounds_in_which_the_loss_acts_is_the_best() {
    assert_eq!(followed(&[0.9, 0.9, 0.2, 0.2], 0.0, None).1.best.epoch, Some(0));
    assert_eq!(followed(&[0.9, 0.9, 0.2, 0.2], 0.5, None).1.best.epoch, Some(2));
    assert_eq!(followed(&[0.9, 0.9, 0.2, 0.2], 1.0, None).1.best.epoch, Some(3));
}

#[test]
fn nothing_follows_the_round_in_which_a_learner_diverges() {
    let (outcome, results, events) = followed(&[0.9, 0.2, 0.9], 0.0, Some(1));
    assert_eq!(outcome, Outcome::Diverged { epoch: 1, reason: None });
    assert!(!events.contains(&"round 2".to_owned()));
    assert_eq!((results.last.epoch, results.best.epoch), (Some(1), Some(0)));
    assert_eq!((results.history.loss.len(), results.history.validation.len()), (2, 1));
}

#[test]
fn made_rows_are_made_once_and_learnt_by_every_kind_of_learner() {
    let text = "[experiment]\nname = \"made\"\n[protocol]\nsplit = { holdout.test = 0.3 }\n\
                [training]\nepochs = 2\n[axes]\ndataset = [\"glass2\"]\nsampling = \"smote\"\n\
                model = [\"linear\", \"boosted_trees\", \"nearest_neighbors\"]\n";
    let (plan, data) = planned(text);
    assert_eq!(plan.cells.len(), 3);
    let mut made = Vec::new();
    for planned in &plan.cells {
        let mut audit = Audit::default();
        let record = run_trial(&planned.cell, &data, Some(&mut audit)).trial;
        let results = record.results.unwrap();
        let [smallest, largest] = results.train_counts[..] else { panic!("two classes") };
        let (smallest, largest) = (smallest.min(largest), smallest.max(largest));
        assert!(smallest < largest);
        assert_eq!(results.resampled_counts, Some(vec![largest; 2]));
        let parts = data.prepared(&planned.cell.spec).unwrap();
        assert_eq!(results.sizes.train, parts.train.targets.len());
        let resampled = audit.resampled.unwrap();
        let learnt = audit.batches.iter().flat_map(|batch| &batch.examples);
        assert_eq!(learnt.max().copied(), Some(2 * largest - 1), "made rows come last");
        made.push(resampled);
    }
    assert!(made.iter().all(|other| Arc::ptr_eq(&made[0], other)));
}

#[test]
fn rows_made_of_categories_have_one_level_of_each_as_the_rows_that_were_prepared() {
    let text = "[experiment]\nname = \"categories\"\n[protocol]\nsplit = { holdout.test = 0.3 }\n\
                [axes]\ndataset = [\"abalone-3_vs_11\", \"flare-F\", \"lymphography-normal-fibrosis\"]\n\
                model = \"prior\"\nsampling = \"smote_nc\"\n";
    let (plan, data) = planned(text);
    let mut n_groups = Vec::new();
    for planned in &plan.cells {
        let spec = &planned.cell.spec;
        let rows = TrialRows::of(spec, &data, &trial_streams(spec)).unwrap();
        let made = rows.resampled.as_ref().unwrap();
        assert!(rows.parts.train.targets.len() < made.origins.len());
        for row in made.examples.features.rows() {
            for columns in &rows.parts.one_hot {
                let (ones, others): (Vec<f32>, Vec<f32>) =
                    row[columns.clone()].iter().partition(|&&value| value == 1.0);
                assert_eq!(ones.len(), 1, "{}", spec.dataset.name);
                assert!(others.iter().all(|&value| value == 0.0), "{}", spec.dataset.name);
            }
        }
        n_groups.push(rows.parts.one_hot.len());
    }
    assert_eq!(n_groups, [1, 11, 15]);
}

#[test]
fn a_record_of_rows_as_they_are_says_nothing_of_made_ones() {
    let text = "[experiment]\nname = \"not-made\"\n[protocol]\nsplit = { holdout.test = 0.3 }\n\
                [axes]\ndataset = [\"glass2\"]\nmodel = \"prior\"\nsampling = \"random_oversampling\"\n";
    let (plan, data) = planned(text);
    let record = run_trial(&plan.cells[0].cell, &data, None).trial;
    assert!(!serde_json::to_string(&record).unwrap().contains("resampled"));
}

#[test]
fn a_curriculum_shows_more_rows_as_it_goes_on_and_made_rows_are_as_hard_as_those_they_are_made_from()
 {
    let text = "[experiment]\nname = \"paced\"\n[protocol]\nsplit = { holdout.test = 0.3 }\n[training]\nepochs = 5\n\
                [axes]\ndataset = [\"glass2\"]\nmodel = \"linear\"\nsampling = [\"instance_balanced\", \"smote\"]\n\
                mining = { curriculum.start = 0.1 }\n";
    let (plan, data) = planned(text);
    for planned in &plan.cells {
        let spec = &planned.cell.spec;
        let rows = TrialRows::of(spec, &data, &trial_streams(spec)).unwrap();
        let scores = rows.scores.as_ref().unwrap();
        assert_eq!(scores.len(), rows.train().targets.len());
        if let Some(made) = &rows.resampled {
            let as_hard = |(row, &origin): (usize, &u32)| scores[row] == scores[origin as usize];
            assert!(made.origins.iter().enumerate().all(as_hard));
        }
        let mut audit = Audit::default();
        let record = run_trial(&planned.cell, &data, Some(&mut audit)).trial;
        let shown = |epoch| {
            let of_epoch = audit.batches.iter().filter(|batch| batch.epoch == epoch);
            let rows: std::collections::BTreeSet<u32> =
                of_epoch.flat_map(|batch| batch.examples.clone()).collect();
            rows.len()
        };
        let n = scores.len();
        assert_eq!(shown(0), n / 10);
        assert!((0..4).all(|epoch| shown(epoch) < shown(epoch + 1)));
        assert_eq!(shown(4), n);
        let share = record.results.unwrap().weights.shown_share.unwrap();
        assert!((0.5..0.6).contains(&share), "{share}");
    }
}

#[test]
fn wrong_labels_are_learnt_by_every_kind_of_learner_and_measured_by_none() {
    let text = "[experiment]\nname = \"noise\"\n[protocol]\nsplit = { holdout.test = 0.3 }\n\
                noise = [\"none\", { uniform.rate = 0.4 }]\nmeta = { per_class = 2 }\n[training]\nepochs = 3\n\
                [axes]\ndataset = [\"glass2\"]\nmodel = [\"linear\", \"boosted_trees\", \"nearest_neighbors\"]\n\
                sampling = \"smote\"\n";
    let (plan, data) = planned(text);
    assert_eq!(plan.cells.len(), 6);
    let of = |noisy: bool| {
        let cells = plan.cells.iter().map(|planned| &planned.cell);
        let cells: Vec<&TrialCell> =
            cells.filter(|cell| cell.spec.protocol.noise.is_none() != noisy).collect();
        let parts = data.prepared(&cells[0].spec).unwrap();
        let records = cells.iter().map(|cell| run_trial(cell, &data, None).trial.results.unwrap());
        (parts, records.collect::<Vec<_>>())
    };
    let ((clean, of_clean), (noisy, of_noisy)) = (of(false), of(true));
    for (clean, noisy) in [
        (&clean.meta, &noisy.meta),
        (&clean.validation, &noisy.validation),
        (&clean.test, &noisy.test),
    ] {
        assert_eq!(clean, noisy);
    }
    assert_eq!(clean.train.features, noisy.train.features);
    let flipped = noisy.flipped.as_ref().unwrap();
    let pairs = clean.train.targets.iter().zip(&noisy.train.targets);
    assert!(pairs.map(|(was, is)| was != is).eq(flipped.rows.iter().copied()));
    for (clean, noisy) in of_clean.iter().zip(&of_noisy) {
        assert_eq!((&clean.train_counts, &clean.flipped_counts), (&noisy.train_counts, &None));
        assert_eq!(noisy.flipped_counts.as_ref(), Some(&flipped.counts));
        assert_ne!(clean.predictions_digest, noisy.predictions_digest);
    }
}

#[test]
fn a_record_tells_what_was_selected_and_how_the_steps_lie_to_plain_ones() {
    let text = "[experiment]\nname = \"selected\"\n[protocol]\nsplit = { holdout.test = 0.3 }\n\
                noise = { uniform.rate = 0.2 }\nmeta = { per_class = 2 }\n[training]\nepochs = 25\nbatch_size = 16\n\
                [axes]\ndataset = [\"glass2\"]\nmodel = \"linear\"\nloss = [\"cross_entropy\", \"focal\"]\n\
                mining = [\"none\", \"ohem\"]\nreweighting = [\"none\", \"l2rw\"]\n";
    let (plan, data) = planned(text);
    assert_eq!(plan.cells.len(), 8);
    for planned in &plan.cells {
        let network = planned.cell.spec.network().unwrap();
        let record = run_trial(&planned.cell, &data, None).trial;
        let Results { selection, weights, train_counts, .. } = *record.results.unwrap();
        assert_eq!(weights.length_ratio.is_none(), network.steps_plainly());
        assert_eq!(weights.cosine.is_none(), network.steps_plainly());
        assert!(weights.cosine.is_none_or(|cosine| (0.0..=1.0).contains(&cosine)));
        assert_eq!(selection.is_some(), network.selects());
        let Some(selection) = selection else { continue };
        assert_eq!(
            (selection.epochs.len(), selection.epochs[0], selection.epochs[19]),
            (20, 0, 24)
        );
        // Reweighting may skip all steps of an epoch.
        let sums = selection.class_shares.iter().map(|of| of.iter().sum::<f32>());
        assert!(sums.into_iter().all(|sum| sum == 0.0 || (sum - 1.0).abs() < 1e-6));
        let shares = selection.flipped_shares.unwrap();
        assert!(shares.iter().all(|share| (0.0..1.0).contains(share)));
        if network.mining.name() == "ohem" && network.reweighting.name() == "none" {
            // What is hard is what is wrong: more than the fifth of the labels that are.
            assert!(shares.iter().sum::<f32>() / 20.0 > 0.3, "{shares:?}");
        }
        assert!(selection.never_selected < train_counts.iter().sum::<u32>() as usize);
    }
}

#[test]
fn a_record_tells_how_often_a_sampling_that_learns_draws_each_class() {
    let text = "[experiment]\nname = \"rates\"\n[protocol]\nsplit = { holdout.test = 0.3 }\nmeta = { per_class = 2 }\n\
                [training]\nepochs = 30\nbatch_size = 16\n[axes]\ndataset = [\"glass2\"]\nmodel = \"linear\"\n\
                sampling = [\"meta_sampler\", { meta_sampler.learning_rate = 0 }, { power.q = 1 }]\n";
    let (plan, data) = planned(text);
    let results = plan.cells.iter().map(|planned| run_trial(&planned.cell, &data, None).trial);
    let [learnt, still, power] =
        results.map(|trial| trial.results.unwrap()).collect::<Vec<_>>().try_into().unwrap();
    assert_eq!(
        (&still.history, &still.parameters_digest),
        (&power.history, &power.parameters_digest)
    );
    assert_eq!(power.selection, None);
    assert_ne!(learnt.parameters_digest, still.parameters_digest);
    let n: u32 = learnt.train_counts.iter().sum();
    let first: Vec<f32> = learnt.train_counts.iter().map(|&k| k as f32 / n as f32).collect();
    let [learnt, still] = [learnt, still].map(|results| results.selection.unwrap());
    assert!(still.class_rates.iter().all(|rates| *rates == first), "{:?}", still.class_rates);
    assert_eq!((learnt.class_rates.len(), learnt.class_shares.len()), (20, 20));
    assert!(learnt.class_rates.iter().all(|of| (of.iter().sum::<f32>() - 1.0).abs() < 1e-6));
    assert_ne!(learnt.class_rates[19], first);
    // What is drawn follows the rates: five standard deviations of a binomial.
    for (rates, shares) in learnt.class_rates.iter().zip(&learnt.class_shares) {
        let deviation = (rates[1] * rates[0] / n as f32).sqrt();
        assert!((rates[1] - shares[1]).abs() < 5.0 * deviation + 0.05, "{rates:?} {shares:?}");
    }
}

#[test]
fn a_record_tells_how_long_the_gradients_of_the_last_epoch_were_and_how_much_each_example_counted()
{
    let text = "[experiment]\nname = \"closing\"\n[protocol]\nsplit = { holdout.test = 0.3 }\nvalidation = 0\n\
                noise = { uniform.rate = 0.2 }\n[training]\nepochs = 5\nbatch_size = 16\n\
                [axes]\ndataset = [\"glass2\"]\nmodel = \"linear\"\nmining = [\"none\", { ohem.keep = 0.5 }]\n\
                loss = [\"cross_entropy\", \"ghm_softmax\", { weighted_cross_entropy.scheme.given.weights = [[0.5, 8]] }]\n";
    let (plan, data) = planned(text);
    for planned in &plan.cells {
        let network = planned.cell.spec.network().unwrap();
        let results = run_trial(&planned.cell, &data, None).trial.results.unwrap();
        let gradients = results.gradients.unwrap();
        assert_eq!(gradients.examples.iter().sum::<u32>() as usize, results.sizes.train);
        for shares in gradients.method.iter().chain([&gradients.plain]) {
            assert!((shares.iter().sum::<f32>() - 1.0).abs() < 2e-3, "{shares:?}");
        }
        assert_eq!(gradients.weights.is_none(), network.steps_plainly());
        let Some(weights) = gradients.weights else { continue };
        let n_of = |bins: &Vec<u32>| bins.iter().sum::<u32>() as usize;
        assert_eq!(weights.groups.iter().map(n_of).sum::<usize>(), results.sizes.train);
        let n_flipped: u32 = results.flipped_counts.unwrap().iter().sum();
        assert_eq!(n_of(weights.flipped.as_ref().unwrap()), n_flipped as usize);
        let zeros: u32 = weights.groups.iter().map(|bins| bins[0]).sum();
        let n_left_out = if network.mining.name() == "ohem" { results.sizes.train / 2 } else { 0 };
        assert!(zeros.abs_diff(n_left_out as u32) <= 8, "half of each batch: {zeros}");
        if network.loss.name() == "weighted_cross_entropy" && n_left_out == 0 {
            // The weighted mean divides by the weights of a batch: below and above 1.
            let bins = |n: usize| weights.groups[n].iter().enumerate().filter(|(_, n)| 0 < **n);
            let (common, rare) = (bins(0).map(|bin| bin.0).max(), bins(1).map(|bin| bin.0).min());
            assert!(common < rare, "{weights:?}");
        }
    }
}

#[test]
fn what_an_older_version_did_not_measure_is_not_compared() {
    let text = "[experiment]\nname = \"older\"\n[protocol]\nsplit = { holdout.test = 0.3 }\n[training]\nepochs = 1\n\
                [axes]\ndataset = [\"glass2\"]\nmodel = \"linear\"\nloss = \"focal\"\n";
    let (plan, data) = planned(text);
    let now = run_trial(&plan.cells[0].cell, &data, None).trial;
    let mut older = now.clone();
    let measured = older.results.as_mut().unwrap();
    assert!(measured.weights.cosine.take().is_some());
    assert_eq!(crate::replay::compare(&older, &now), [""; 0]);
    older.results.as_mut().unwrap().weights.length_ratio = Some(7.0);
    assert_eq!(crate::replay::compare(&older, &now).len(), 1);
}
