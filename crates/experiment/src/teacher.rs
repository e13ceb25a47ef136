//! Scores of the training rows by networks that have not learnt from them, or by one that has for a while.

use std::sync::Arc;

use methods::losses::{Epoch, LossSpec, PerExample, Plain};
use methods::mining::Scores;
use methods::sampling::SamplingSpec;
use methods::setting::{ClassCounts, Setting, counts_of};
use nn::Streams;
use serde_json::json;

use crate::learner::network::{Says, Trainer};
use crate::learner::{Learner, Learnt, Outputs};
use crate::prepare::{DataCache, Examples, Prepared};
use crate::spec::{NetworkLearner, TrialSpec};

/// Raised when scores change for another reason than the methods that teachers learn by.
const VERSION: u32 = 1;

/// What can change scores, by name, besides what the network itself is made of.
pub(crate) fn versions() -> [(&'static str, u32); 3] {
    [
        ("teacher", VERSION),
        ("teacher loss", LossSpec::default().version()),
        ("teacher sampling", SamplingSpec::default().version()),
    ]
}

/// How hard each training row of `parts` is, if the miner of `spec` asks for it. Trials that differ in what a teacher does
/// not have share its scores.
///
/// # Errors
/// If no teacher can learn.
pub(crate) fn scores(
    spec: &TrialSpec,
    parts: &Prepared,
    data: &DataCache,
    streams: &Streams,
) -> Result<Option<Arc<[f32]>>, String> {
    let Some(network) = spec.network() else { return Ok(None) };
    let Some(asked) = network.mining.scores() else { return Ok(None) };
    let plain = NetworkLearner {
        training: network.training.clone(),
        ..NetworkLearner::of(network.model.clone())
    };
    let asked_key = match asked {
        Scores::CrossFitted { folds } => json!({ "folds": folds }),
        Scores::TrainingLoss { share } => json!({ "share": share }),
    };
    let find = || match asked {
        Scores::CrossFitted { folds } => cross_fitted(&plain, parts, streams, folds),
        Scores::TrainingLoss { share } => training_loss(&plain, parts, streams, share),
    };
    data.scores(spec, &json!([network.model, network.training, asked_key]), find).map(Some)
}

/// The plain loss of each training row, `[n_train]`, under the network of `plain`, which learns by cross-entropy, that has
/// learnt from the rows of all `folds` but the row's own, for as many epochs and with the same optimiser. NaN where it has
/// diverged.
///
/// # Errors
/// If no network can learn so.
fn cross_fitted(
    plain: &NetworkLearner,
    parts: &Prepared,
    streams: &Streams,
    folds: usize,
) -> Result<Vec<f32>, String> {
    let fold_of = dealt(&parts.train.targets, parts.n_classes, streams, folds);
    let mut scores = vec![0.0; fold_of.len()];
    for fold in 0..folds {
        let rows = |own: bool| -> Vec<u32> {
            (0..fold_of.len() as u32)
                .filter(|&row| (fold_of[row as usize] == fold) == own)
                .collect()
        };
        let (own, others) = (rows(true), rows(false));
        let streams = streams.within("teacher", fold as u64);
        let losses = losses_after(plain, parts, &streams, [&others, &own], 1.0)?;
        own.iter().zip(losses).for_each(|(&row, loss)| scores[row as usize] = loss);
    }
    Ok(scores)
}

/// The fold of each row: each class is dealt out in a random order, one row to each fold in turn, and the next class
/// goes on where it ends.
fn dealt(targets: &[u32], n_classes: usize, streams: &Streams, folds: usize) -> Vec<usize> {
    let order = streams.stream("teacher folds").permutation(targets.len());
    let mut fold_of = vec![0; targets.len()];
    let mut next = 0;
    for class in 0..n_classes as u32 {
        for &row in order.iter().filter(|&&row| targets[row as usize] == class) {
            fold_of[row as usize] = next % folds;
            next += 1;
        }
    }
    fold_of
}

/// The plain loss of each training row, `[n_train]`, under the network of `plain` that has learnt from all of them for
/// `share` of its epochs.
///
/// # Errors
/// If no network can learn so.
fn training_loss(
    plain: &NetworkLearner,
    parts: &Prepared,
    streams: &Streams,
    share: f64,
) -> Result<Vec<f32>, String> {
    let rows: Vec<u32> = (0..parts.train.targets.len() as u32).collect();
    losses_after(plain, parts, &streams.within("teacher of all", 0), [&rows, &rows], share)
}

/// The losses of the second rows under a network that has learnt from the first for `share` of its epochs, rounded up.
fn losses_after(
    learner: &NetworkLearner,
    parts: &Prepared,
    streams: &Streams,
    [learnt, scored]: [&[u32]; 2],
    share: f64,
) -> Result<Vec<f32>, String> {
    let gathered = |rows| {
        let mut examples = Examples::default();
        examples.gather(&parts.train, rows);
        examples
    };
    let (train, scored) = (gathered(learnt), gathered(scored));
    let counts = ClassCounts::new(counts_of(&train.targets, parts.n_classes));
    let setting = Setting { counts: &counts, streams };
    let sampling = SamplingSpec::default().build(&train.targets, parts.n_classes, streams);
    let learnt = Learnt { train: &train, sampling, parts, scores: None, flipped: None };
    let architecture = learner.architecture(parts.shape(), parts.n_classes, 0, None);
    let mut network = Trainer::new(learner, (architecture, Says::Logits), learnt, &setting)?;
    let n_rounds = network.n_rounds();
    // 0.07 * 100 is 7.000000000000001, which is not to be 8.
    let n_learnt = (share * n_rounds as f64 - 1e-9).ceil() as usize;
    for number in 0..n_learnt.clamp(1, n_rounds) {
        network.round(&Epoch { number, ..Epoch::at(number as f64 / n_rounds as f64) }, None);
    }
    let (mut outputs, mut evaluated) = (Outputs::default(), PerExample::default());
    network.outputs(&scored, &mut outputs)?;
    let readout = learner.loss.readout(&counts).map_err(|error| error.to_string())?;
    Plain::new(&readout).score(&outputs.values, &scored.targets, &mut evaluated);
    Ok(evaluated.losses.iter().map(|&loss| loss as f32).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prepare::trial_streams;
    use crate::testing::planned;

    #[test]
    fn every_class_is_dealt_out_evenly_and_so_are_all_rows() {
        let targets: Vec<u32> = (0..103).map(|i| u32::from(i % 9 == 0)).collect();
        let fold_of = dealt(&targets, 2, &Streams::new([2; 32]), 5);
        let size = |fold, of: &dyn Fn(u32) -> bool| {
            fold_of.iter().zip(&targets).filter(|&(&f, &y)| f == fold && of(y)).count()
        };
        for fold in 0..5 {
            assert!((20..=21).contains(&size(fold, &|_| true)));
            assert!((2..=3).contains(&size(fold, &|y| y == 1)));
        }
    }

    #[test]
    fn the_training_loss_falls_from_one_share_of_the_epochs_to_the_next() {
        let text = "[experiment]\nname = \"t\"\n[protocol]\nsplit = { holdout.test = 0.3 }\n[training]\n\
                    epochs = 10\n[axes]\ndataset = [\"glass2\"]\nmodel = \"linear\"\n\
                    mining.curriculum.scores.training_loss_at = [0.1, 0.15, 0.2, 1]\n";
        let (plan, data) = planned(text);
        let at = |share: f64| {
            let asked = Some(Scores::TrainingLoss { share });
            let mut specs = plan.cells.iter().map(|planned| &planned.cell.spec);
            specs.find(|spec| spec.network().unwrap().mining.scores() == asked).unwrap()
        };
        let mean = |spec: &TrialSpec| {
            let parts = data.prepared(spec).unwrap();
            let scores = scores(spec, &parts, &data, &trial_streams(spec)).unwrap().unwrap();
            assert_eq!(scores.len(), parts.train.targets.len());
            scores.iter().sum::<f32>() / scores.len() as f32
        };
        let [tenth, part, fifth, all] = [0.1, 0.15, 0.2, 1.0].map(|share| mean(at(share)));
        assert_eq!(part.to_bits(), fifth.to_bits(), "a part of an epoch is a whole one");
        assert!(all < fifth && fifth < tenth, "{tenth} {fifth} {all}");
    }

    #[test]
    fn a_row_is_scored_by_a_network_that_has_not_seen_its_class() {
        let text = "[experiment]\nname = \"t\"\n[protocol]\nsplit = { holdout.test = 0.3 }\n[training]\n\
                    epochs = 5\n[axes]\ndataset = [\"glass2\"]\nmodel = \"linear\"\nmining = \"curriculum\"\n";
        let (plan, data) = planned(text);
        let spec = &plan.cells[0].cell.spec;
        let parts = data.prepared(spec).unwrap();
        let network = spec.network().unwrap();
        let streams = trial_streams(spec);
        let of = |parts: &Prepared| cross_fitted(network, parts, &streams, 3).unwrap();
        let scores = of(&parts);
        assert!(scores.iter().all(|score| score.is_finite() && 0.0 < *score));
        // A row's own features and class reach its own score alone through the measuring, not through the learning: with
        // another class its loss is that of the same network.
        let fold_of = dealt(&parts.train.targets, 2, &streams, 3);
        let mut other = Prepared::clone(&parts);
        let columns = other.train.features.n_columns();
        other.train.features.values_mut()[..columns].iter_mut().for_each(|x| *x += 9.0);
        let moved = of(&other);
        for (row, (then, now)) in scores.iter().zip(&moved).enumerate() {
            let learnt_from_it = fold_of[row] != fold_of[0];
            assert_eq!(then != now, learnt_from_it || row == 0, "row {row}");
        }
    }
}
