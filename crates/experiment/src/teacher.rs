//! Scores of the training rows by networks that have not learnt from them.

use std::sync::Arc;

use methods::losses::{Epoch, LossSpec, PerExample, Plain};
use methods::mining::Scores;
use methods::sampling::SamplingSpec;
use methods::setting::{ClassCounts, Setting, counts_of};
use nn::Streams;
use serde_json::json;

use crate::learner::network::Trainer;
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
    let Some(Scores::CrossFitted { folds }) = network.mining.scores() else { return Ok(None) };
    let key = json!([network.model, network.training, folds]);
    let find = || cross_fitted(network, parts, streams, folds);
    data.scores(spec, &key, find).map(Some)
}

/// The plain loss of each training row, `[n_train]`, under the network of `learner` that has learnt by cross-entropy from
/// the rows of all `folds` but the row's own, for as many epochs and with the same optimiser. NaN where it has diverged.
///
/// # Errors
/// If no network can learn so.
fn cross_fitted(
    learner: &NetworkLearner,
    parts: &Prepared,
    streams: &Streams,
    folds: usize,
) -> Result<Vec<f32>, String> {
    let plain = NetworkLearner {
        training: learner.training.clone(),
        ..NetworkLearner::of(learner.model.clone())
    };
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
        let losses = held_out(&plain, parts, &streams, [&others, &own])?;
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

/// The losses of the second rows under a network that has learnt from the first.
fn held_out(
    learner: &NetworkLearner,
    parts: &Prepared,
    streams: &Streams,
    [learnt, scored]: [&[u32]; 2],
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
    let learnt = Learnt { train: &train, sampling, parts, scores: None };
    let mut network = Trainer::new(learner, learnt, &setting)?;
    let n_rounds = network.n_rounds();
    for number in 0..n_rounds {
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
