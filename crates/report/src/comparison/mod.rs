//! Records → one table a metric: methods as rows, data sets as columns.

pub(crate) mod alike;
pub(crate) mod candidates;
pub(crate) mod cell;
pub(crate) mod choice;
pub(crate) mod chosen;
pub(crate) mod gains;
pub(crate) mod groups;
pub(crate) mod method;
pub(crate) mod notes;
pub(crate) mod pairing;
mod positive;
pub(crate) mod printed;
pub(crate) mod ranking;
mod renamed;
pub(crate) mod row_name;
pub(crate) mod selection;
pub(crate) mod table;
mod times;
pub(crate) mod trial;
pub(crate) mod warnings;

use std::collections::BTreeMap;

use evaluation::Metric;
use experiment::Axis;
use experiment::file::ReportSpec;
use experiment::labels::Labels;
use experiment::plan::DatasetFacts;
use experiment::record::TrialRecord;
use experiment::trial::TrialCell;
use rayon::prelude::*;
use serde::Serialize;

use crate::comparison::chosen::Chosen;
use crate::comparison::gains::{GainsTable, gains};
use crate::comparison::groups::Groups;
use crate::comparison::table::MetricTable;
use crate::comparison::warnings::{Warning, warnings};
use crate::judgement::judge::Judge;
use crate::judgement::paragraph::{Answer, Paragraph};
use crate::judgement::readings::Readings;
use crate::judgement::sentences::{answer, other_metrics, question};

/// Decimals beyond these are noise in a 64-bit number.
const MOST_DECIMALS: usize = 15;

/// The methods of an experiment, compared on its data sets.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// What is asked.
    pub question: String,
    /// What leads by the metrics beside the first, in one paragraph, if there are some.
    pub other_metrics: Option<Paragraph>,
    /// The axes that make a row: each is one column of labels.
    pub axes: Vec<Axis>,
    /// What a cell is, in one sentence.
    pub description: String,
    /// What all rows have in common, in one sentence, if anything.
    pub common: Option<String>,
    /// What was averaged over and what else rows differ in, in sentences.
    pub notes: Vec<String>,
    /// What the validation parts chose, where `[report] select` names parameters.
    pub chosen: Vec<Chosen>,
    /// What should keep a reader from believing the tables.
    pub warnings: Vec<Warning>,
    /// Decimals shown.
    pub decimals: usize,
    /// One table for each metric.
    pub tables: Vec<MetricTable>,
    /// How else the first table can be read.
    pub readings: Option<Readings>,
    /// Metrics that stand side by side in a table of their own, each of which has one of `tables`; mostly none.
    pub columns: Vec<Metric>,
    /// What methods gain over plain training and over their controls, one table for each metric; empty without controls.
    pub gains: Vec<GainsTable>,
}

impl Comparison {
    /// Compares the `cells` of a plan, of which `records` tells what became, as `spec` asks: as [`Groups::new`] takes them.
    pub fn new(
        cells: &[&TrialCell],
        records: &[&TrialRecord],
        facts: &BTreeMap<String, DatasetFacts>,
        labels: &Labels,
        spec: &ReportSpec,
    ) -> Self {
        Comparison::of(&Groups::new(cells, records, facts, labels, spec), facts, spec)
    }

    /// Compares what was grouped as `spec` asks. `facts` are those of the data sets, by name.
    pub fn of(
        groups: &Groups<'_>,
        facts: &BTreeMap<String, DatasetFacts>,
        spec: &ReportSpec,
    ) -> Self {
        let decimals = spec.decimals.min(MOST_DECIMALS);
        let mut metrics: Vec<Metric> = Vec::new();
        for metric in &spec.metrics {
            if !metrics.contains(metric) {
                metrics.push(*metric);
            }
        }
        let mut notes = notes::notes(groups, spec);
        notes.extend(positive::note(groups, facts, &metrics));
        let chosen = chosen::chosen(groups, spec);
        notes.extend(chosen::notes(&chosen, groups, spec));
        let judge = Judge::new(groups, spec);
        let times: Vec<Option<f64>> =
            (0..groups.rows.len()).map(|row| times::relative(groups, row)).collect();
        let table = |&metric: &Metric| {
            MetricTable::new(metric, groups, spec, decimals, &judge).timed(&times)
        };
        let (tables, warnings): (Vec<MetricTable>, _) =
            rayon::join(|| metrics.par_iter().map(table).collect(), || warnings(groups, spec));
        let mut gains = gains(groups, &metrics, spec, &judge);
        gains.iter_mut().zip(&tables).for_each(|(gains, table)| {
            gains.agree_with(table, &groups.axes);
        });
        let comparison = Comparison {
            readings: tables.first().and_then(|table| Readings::new(table, &judge)),
            question: question(&groups.axes, &groups.datasets),
            other_metrics: None,
            description: notes::description(groups, spec),
            common: notes::common(groups),
            gains,
            notes,
            chosen,
            warnings,
            decimals,
            columns: columns(spec, &metrics),
            tables,
            axes: groups.axes.clone(),
        };
        let mut comparison = comparison.renamed(&spec.labels);
        comparison.answer(facts);
        comparison
    }

    /// What the first metric answers, what leads by the others, and what to mind.
    pub fn answers(&self) -> impl Iterator<Item = &Paragraph> {
        let first = self.tables.first().map(|table| &table.answer);
        let said = first.into_iter().flat_map(Answer::said);
        said.chain(&self.other_metrics).chain(first.into_iter().flat_map(|first| &first.cautions))
    }

    /// Says in sentences what each table answers.
    fn answer(&mut self, facts: &BTreeMap<String, DatasetFacts>) {
        let mut facts = facts.values();
        let positive = match (facts.next(), facts.next()) {
            (Some(only), None) => only.positive.clone(),
            _ => None,
        };
        for (i, table) in self.tables.iter_mut().enumerate() {
            table.positive.clone_from(&positive);
            table.answer = answer(table, self.gains.get(i), self.decimals);
        }
        self.other_metrics = other_metrics(&self.tables, self.decimals);
    }
}

/// The metrics that are asked to stand side by side; if none are, those of classes with many, some and few rows, where all are shown.
fn columns(spec: &ReportSpec, shown: &[Metric]) -> Vec<Metric> {
    let shots = [Metric::ManyShotAccuracy, Metric::MediumShotAccuracy, Metric::FewShotAccuracy];
    let asked = if spec.columns.is_empty() { &shots[..] } else { &spec.columns[..] };
    let known = asked.iter().all(|metric| shown.contains(metric));
    if known { asked.to_vec() } else { Vec::new() }
}
