//! Fills the store of an experiment with records as they might be, to measure what commands cost that read a million:
//!
//! ```text
//! cargo run --release -p experiment --example fill -- FILE RESULTS [RECORDS OF A COMMIT]
//! ```
//!
//! One cell of each combination is run; what it gave is given to the cells of all its folds and seeds, with other figures
//! in each. None of it means anything. Then it is read back, to each depth.

use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

use data::Catalogue;
use evaluation::Evaluation;
use experiment::file::ExperimentFile;
use experiment::plan::{Plan, PlannedCell};
use experiment::prepare::DataCache;
use experiment::record::{Results, TrialRecord};
use experiment::store::{Depth, Store};
use experiment::trial::run_trial;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [file, results, of_commit @ ..] = &arguments[..] else {
        eprintln!("usage: fill FILE RESULTS [RECORDS OF A COMMIT]");
        return ExitCode::from(2);
    };
    let of_commit = of_commit.first().and_then(|n| n.parse().ok()).unwrap_or(20_000);
    match fill(Path::new(file), Path::new(results), of_commit) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn fill(file: &Path, results: &Path, of_commit: usize) -> Result<(), String> {
    let catalogue = Catalogue::embedded();
    let file = ExperimentFile::read(file, &[], &catalogue).map_err(|error| error.to_string())?;
    let data = DataCache::new(catalogue);
    let plan = Plan::new(&file, &data).map_err(|error| error.to_string())?;
    let mut models: Vec<Option<TrialRecord>> = vec![None; plan.combinations.len()];
    for planned in &plan.cells {
        models[planned.combination].get_or_insert_with(|| run_trial(&planned.cell, &data, None));
    }
    let store = Store::new(results, &plan.name);
    let mut writer = store.writer().map_err(|error| error.to_string())?;
    let (mut seconds, mut n_commits) = (0.0, 0);
    for cells in plan.cells.chunks(of_commit) {
        let record = |planned: &PlannedCell| {
            other(models[planned.combination].as_ref().expect("one of each was run"), planned)
        };
        let records: Vec<TrialRecord> = cells.iter().map(record).collect();
        let start = Instant::now();
        writer.commit(&records).map_err(|error| error.to_string())?;
        seconds += start.elapsed().as_secs_f64();
        n_commits += 1;
    }
    let per_second = plan.cells.len() as f64 / seconds;
    println!("{n_commits} commits: {per_second:.0} durable records a second");
    drop(writer);
    for depth in [Depth::End, Depth::Measures, Depth::Tables, Depth::Files, Depth::Report] {
        let start = Instant::now();
        let contents = store.read_to(depth).map_err(|error| error.to_string())?;
        let seconds = start.elapsed().as_secs_f64();
        println!("{} records read to {depth:?}: {seconds:.2} s", contents.records.len());
    }
    Ok(())
}

/// A record of `planned` as it might be, after one of the same combination.
fn other(model: &TrialRecord, planned: &PlannedCell) -> TrialRecord {
    let mut record = model.clone();
    let trial = &mut record.trial;
    trial.id = planned.cell.id;
    trial.spec = planned.cell.spec.clone();
    trial.data_digest = planned.cell.data_digest.clone();
    trial.split_digest = planned.cell.split_digest.clone();
    if let Some(results) = &mut trial.results {
        let mut draws = Draws(blake3::hash(planned.cell.id.to_string().as_bytes()), 0);
        vary(results, &mut draws);
        record.timings.wall_seconds *= 0.8 + 0.4 * draws.next();
    }
    record
}

fn vary(results: &mut Results, draws: &mut Draws) {
    for measured in [&mut results.last, &mut results.best] {
        vary_part(&mut measured.test, draws);
        measured.validation.iter_mut().for_each(|part| vary_part(part, draws));
    }
    results
        .history
        .loss
        .iter_mut()
        .flatten()
        .for_each(|loss| *loss *= 0.9 + 0.2 * draws.next() as f32);
    for value in results.history.validation.iter_mut().flatten() {
        *value = draws.near(*value);
    }
    let digest = blake3::hash(&draws.next().to_le_bytes()).to_hex();
    results.predictions_digest = digest[..32].into();
}

fn vary_part(part: &mut Evaluation, draws: &mut Draws) {
    let values: Vec<_> = part.values.iter().collect();
    for (metric, value) in values {
        part.values.insert(metric, value.map(|value| draws.near(value)));
    }
    for class in &mut part.classes {
        class.recall = class.recall.map(|recall| draws.near(recall));
        class.precision = class.precision.map(|precision| draws.near(precision));
    }
}

/// Numbers from 0 to 1, as a hash has them.
struct Draws(blake3::Hash, usize);

impl Draws {
    fn next(&mut self) -> f64 {
        if self.1 == 28 {
            *self = Draws(blake3::hash(self.0.as_bytes()), 0);
        }
        let bytes = &self.0.as_bytes()[self.1..];
        self.1 += 4;
        f64::from(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
            / f64::from(u32::MAX)
    }

    /// Something near `value`, of those from 0 to 1 one of them.
    fn near(&mut self, value: f64) -> f64 {
        let near = value + 0.1 * (self.next() - 0.5);
        if (0.0..=1.0).contains(&value) { near.clamp(0.0, 1.0) } else { near }
    }
}
