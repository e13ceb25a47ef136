//! What `longtail report` does with 20,000 records, but for reading them: eight methods on five data sets, five folds,
//! hundred seeds. Times grow with the number of records.

use std::collections::BTreeMap;

use divan::Bencher;
use evaluation::curves::Curves;
use evaluation::{Metric, Predictions, ShotThresholds, evaluate};
use experiment::file::ReportSpec;
use experiment::labels::Labels;
use experiment::plan::{Plan, PlannedCell};
use experiment::record::{
    History, Measured, Outcome, PartSizes, Reproducible, Results, Timings, TrialRecord,
    WeightsSummary,
};
use experiment::trial::TrialCell;
use report::{Comparison, Groups, Subject, html, write_tables};
use serde_json::json;

fn main() {
    divan::main();
}

const FOLDS: usize = 5;
const SEEDS: u64 = 100;

/// A result of its own for each `number`.
fn results(number: usize) -> Results {
    let targets: Vec<u32> = (0..40).map(|i| u32::from(i % 5 == 0)).collect();
    let probability = |i: usize| ((i * 7919 + number * 104_729) % 1000) as f64 / 1000.0;
    let probabilities: Vec<f64> = (0..40).map(probability).flat_map(|p| [1.0 - p, p]).collect();
    let predictions = Predictions {
        probabilities: &probabilities,
        n_classes: 2,
        targets: &targets,
        decided: None,
    };
    let test = evaluate(&predictions, &[160, 40], &ShotThresholds::default());
    let measured = |epoch| Measured {
        epoch: Some(epoch),
        validation: Some(test.clone()),
        test: test.clone(),
        after_training: None,
        spread: None,
    };
    Results {
        sizes: PartSizes { train: 200, meta: 0, validation: 40, test: 40 },
        train_counts: vec![160, 40],
        flipped_counts: None,
        resampled_counts: None,
        last: measured(29),
        best: measured(number % 30),
        history: History {
            loss: (0..30).map(|epoch| Some(1.0 / (epoch as f32 + 1.0))).collect(),
            validation: (0..30).map(|epoch| Some(probability(epoch))).collect(),
            drift: Vec::new(),
            brief: None,
        },
        weights: WeightsSummary { steps: 60, effective_share: 1.0, ..WeightsSummary::default() },
        selection: None,
        gradients: None,
        converged: None,
        parameters_digest: Some(format!("{number:032x}")),
        predictions_digest: format!("{number:032x}"),
        curves: Curves::of(&predictions),
    }
}

fn records() -> Vec<TrialRecord> {
    let mut records = Vec::new();
    for gamma in 0..8 {
        for dataset in ["ecoli4", "haberman", "pima", "vowel0", "zoo-3"] {
            for place in 0..FOLDS * SEEDS as usize {
                let (fold, seed) = (place % FOLDS, (place / FOLDS) as u64);
                let spec = json!({
                    "dataset": dataset,
                    "protocol": {},
                    "sampling": { "instance_balanced": {} },
                    "learner": { "network": {
                        "model": { "linear": {} },
                        "loss": { "focal": { "gamma": f64::from(gamma) } },
                        "mining": { "none": {} },
                        "reweighting": { "none": {} },
                        "training": {},
                    }},
                    "fold": fold,
                    "seed": seed,
                });
                let number = records.len();
                let trial = Reproducible {
                    id: format!("{:032x}", number * 7919 % 20_011).parse().unwrap(),
                    spec: serde_json::from_value(spec).unwrap(),
                    data_digest: format!("{:032x}", 0).into(),
                    split_digest: format!("{place:032x}").into(),
                    outcome: Outcome::Completed,
                    results: Some(Box::new(results(number))),
                };
                let timings = Timings { wall_seconds: 0.5, ..Timings::default() };
                records.push(TrialRecord { trial, timings });
            }
        }
    }
    records
}

fn cell(record: &TrialRecord) -> TrialCell {
    let Reproducible { id, spec, data_digest, split_digest, .. } = record.trial.clone();
    TrialCell { id, spec, data_digest, split_digest, bytes: 0 }
}

fn plan(records: &[TrialRecord]) -> Plan {
    let cells =
        records.iter().map(|record| PlannedCell { cell: cell(record), combination: 0, cost: 1.0 });
    Plan {
        name: "bench".to_owned(),
        question: None,
        cells: cells.collect(),
        combinations: Vec::new(),
        left_out: Vec::new(),
        warnings: Vec::new(),
        notes: Vec::new(),
        profiles: BTreeMap::new(),
        datasets: BTreeMap::new(),
        labels: Labels::default(),
        search: None,
        drawn: BTreeMap::new(),
        halving: None,
        report: ReportSpec { metrics: vec![Metric::AveragePrecision], ..ReportSpec::default() },
        published: Vec::new(),
    }
}

/// What `made` takes: a plan, and all of its records.
fn with_records<T>(made: impl FnOnce(&Plan, &[&TrialRecord]) -> T) -> T {
    let records = records();
    made(&plan(&records), &records.iter().collect::<Vec<_>>())
}

fn grouped<'a>(plan: &'a Plan, records: &[&'a TrialRecord]) -> Groups<'a> {
    let cells: Vec<&TrialCell> = plan.cells.iter().map(|planned| &planned.cell).collect();
    Groups::new(&cells, records, &plan.datasets, &plan.labels, &plan.report)
}

fn compared(plan: &Plan, groups: &Groups<'_>) -> Comparison {
    Comparison::of(groups, &plan.datasets, &plan.report)
}

/// `trials.csv`, `trials.parquet`, `timings.parquet`, each time anew.
#[divan::bench(sample_count = 5)]
fn tables(bencher: Bencher<'_, '_>) {
    with_records(|plan, records| {
        bencher.bench_local(|| {
            let folder = tempfile::tempdir().unwrap();
            write_tables(folder.path(), records, &plan.labels, None).unwrap()
        });
    });
}

/// Cells to rows, and what is said of them.
#[divan::bench(sample_count = 5)]
fn comparison(bencher: Bencher<'_, '_>) {
    with_records(|plan, records| {
        bencher.bench_local(|| compared(plan, &grouped(plan, records)));
    });
}

/// `report.html`, of what was compared.
#[divan::bench(sample_count = 5)]
fn page(bencher: Bencher<'_, '_>) {
    with_records(|plan, records| {
        let groups = grouped(plan, records);
        let comparison = compared(plan, &groups);
        bencher.bench_local(|| {
            html(Subject {
                plan,
                spec: &plan.report,
                file: "",
                runs: &[],
                words: "bench.toml",
                store: "--experiment bench",
                records,
                groups: &groups,
                comparison: &comparison,
                digest: "0123456789abcdef",
            })
        });
    });
}
