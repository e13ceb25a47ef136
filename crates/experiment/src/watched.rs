//! A small training with a reweighting, looked at while it goes on: for who wants to see what the method does.
//!
//! The data are a starter table of four classes, of 70, 22, 4 and 4 %; a fifth of the training labels is replaced by wrong
//! ones, and the meta set is clean.

use data::Catalogue;
use methods::reweighting::ReweightingSpec;
use methods::setting::counts_of;
use serde::Serialize;
use toml::ser::ValueSerializer;

use crate::audit::{Audit, WeightFunction};
use crate::file::ExperimentFile;
use crate::plan::Plan;
use crate::prepare::DataCache;
use crate::record::Outcome;
use crate::record::gradients::{ExampleWeights, group_of};
use crate::trial::run_trial;

const FILE: &str = r#"
[experiment]
name = "watched"

[protocol]
split = { holdout.test = 0.3 }
meta = { per_class = 10 }
noise = { uniform.rate = 0.2 }

[training]
epochs = 60
batch_size = 64
optimizer = { sgd.learning_rate = 0.05 }

[axes]
dataset = ["car"]
model = [{ mlp.hidden = [[32]] }]
"#;

/// What was seen.
#[derive(Clone, Debug)]
pub struct Watched {
    /// The classes, the commonest first.
    pub classes: Vec<String>,
    /// What a network of weights made of losses after each epoch, its classes in the order of `classes`; empty of other
    /// methods.
    pub functions: Vec<WeightFunction>,
    /// How much the examples counted in the last epoch.
    pub weights: ExampleWeights,
}

/// Trains with `reweighting`, one seed, in seconds.
///
/// # Errors
/// If every example counts alike, or the training does not come to its end.
pub fn watch(reweighting: &ReweightingSpec) -> Result<Watched, String> {
    let mut value = String::new();
    reweighting.serialize(ValueSerializer::new(&mut value)).map_err(|error| error.to_string())?;
    let text = format!("{FILE}reweighting = [{value}]\n");
    let data = DataCache::new(Catalogue::embedded());
    let file = ExperimentFile::parse("watched.toml", &text, &[], data.catalogue());
    let plan = file.and_then(|file| Plan::new(&file, &data)).map_err(|error| error.to_string())?;
    let cell = &plan.cells.first().ok_or("there is nothing to train")?.cell;
    let mut audit = Audit::default();
    let trial = run_trial(cell, &data, Some(&mut audit)).trial;
    if let Outcome::Failed { message } = trial.outcome {
        return Err(message);
    }
    if let Outcome::Diverged { epoch, .. } = trial.outcome {
        return Err(format!("the training diverged in epoch {}", epoch + 1));
    }
    let weights = trial.results.and_then(|results| results.gradients?.weights);
    let weights = weights.ok_or("every example counts alike")?;

    let prepared = data.prepared(&cell.spec)?;
    let groups = group_of(&counts_of(&prepared.train.targets, prepared.n_classes));
    let mut order: Vec<usize> = (0..groups.len()).collect();
    order.sort_by_key(|&class| groups[class]);
    let names = &data.dataset(&cell.spec.dataset.name)?.classes;
    let sorted = |function: WeightFunction| WeightFunction {
        values: order.iter().map(|&class| function.values[class].clone()).collect(),
    };
    Ok(Watched {
        classes: order.iter().map(|&class| names[class].clone()).collect(),
        functions: audit.weight_functions.into_iter().map(sorted).collect(),
        weights,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use strum::IntoEnumIterator;

    #[test]
    fn every_reweighting_can_be_watched_but_that_which_is_none() {
        for spec in ReweightingSpec::iter() {
            if spec.name() == "none" {
                assert_eq!(watch(&spec).unwrap_err(), "every example counts alike");
                continue;
            }
            let watched = watch(&spec).unwrap();
            assert_eq!(watched.classes, ["unacc", "acc", "good", "vgood"], "{spec:?}");
            assert_eq!(watched.weights.groups.len(), 4, "{spec:?}");
            let n = |bins: &Vec<u32>| bins.iter().sum::<u32>();
            let all: u32 = watched.weights.groups.iter().map(n).sum();
            let wrong = n(watched.weights.flipped.as_ref().unwrap());
            assert!(0 < wrong && wrong < all / 2, "{spec:?}: {wrong} of {all}");
            let learns = spec.name().ends_with("meta_weight_net");
            assert_eq!(watched.functions.len(), if learns { 60 } else { 0 }, "{spec:?}");
            if let [first, .., last] = &watched.functions[..] {
                assert!(first != last, "{spec:?} learns nothing");
                let values = last.values.iter().flatten();
                assert!(values.clone().all(|v| (0.0..=1.0).contains(v)), "{spec:?}");
            }
        }
    }
}
