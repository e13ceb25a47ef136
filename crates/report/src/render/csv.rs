//! The comparison for programs: `comparison.csv`, one line for each metric, method and data set; `gains.csv`, one for each
//! metric, method, what it is compared with, and data set.

use crate::comparison::Comparison;
use crate::comparison::cell::TableCell;
use crate::comparison::gains::GainsTable;
use crate::comparison::table::{MethodRow, MetricTable};
use crate::judgement::Judgement;
use crate::judgement::estimate::Estimate;

/// The comparison in long form, all digits: `metric`, `pooled` (whether it is of all folds together), one column for
/// each axis, `reproducible` (whether the bits of the row are promised everywhere), `dataset`, `mean`,
/// `standard_deviation`, `runs` (averaged), `undefined`, `unmeasured`, `diverged`, `failed`, `missing`,
/// `compared_mean` and `compared_runs` (over the runs that all compared rows have: what stars and ranks are made of),
/// `average_rank` (of the row, over data sets). Against the baseline, positive where the row is better: `difference` and
/// `p_holm` on the data set; `change`, `change_low`, `change_high`, `change_p_holm`, `better`, `same` and `worse` of the row,
/// over families; last `relative_time`, how many times as long as the baseline it took, by wall clocks. What is missing is
/// empty.
pub fn csv(comparison: &Comparison) -> String {
    let mut writer = csv_writer();
    let axes = comparison.axes.iter().map(|axis| axis.name());
    let figures = [
        "reproducible",
        "dataset",
        "mean",
        "standard_deviation",
        "runs",
        "undefined",
        "unmeasured",
        "diverged",
        "failed",
        "missing",
        "compared_mean",
        "compared_runs",
        "average_rank",
        "difference",
        "p_holm",
        "change",
        "change_low",
        "change_high",
        "change_p_holm",
        "better",
        "same",
        "worse",
        "relative_time",
    ];
    let header: Vec<&str> = ["metric", "pooled"].into_iter().chain(axes).chain(figures).collect();
    writer.write_record(&header).expect(IN_MEMORY);
    for table in &comparison.tables {
        for (place, row) in table.rows.iter().enumerate() {
            for (column, (dataset, cell)) in table.datasets.iter().zip(&row.cells).enumerate() {
                let mut fields = record(table, row, dataset, cell);
                fields.extend(against_baseline(&table.judgement, place, column));
                let time = row.relative_time.map(|time| time.to_string());
                fields.push(time.unwrap_or_default());
                writer.write_record(fields).expect(IN_MEMORY);
            }
        }
    }
    let bytes = writer.into_inner().expect(IN_MEMORY);
    String::from_utf8(bytes).expect("fields are UTF-8")
}

/// The gains in long form, all digits: `metric`, one column for each axis, `over` (`plain training`, or a control),
/// `dataset`, `gain` (mean over the runs, positive where the method is better), `runs`, and of the row `length_ratio` and
/// `cosine`. What is missing is empty.
pub fn gains_csv(gains: &[GainsTable]) -> String {
    let mut writer = csv_writer();
    let axes = gains.first().map_or(&[][..], |table| &table.axes);
    let axes = axes.iter().map(|axis| axis.name());
    let figures = ["over", "dataset", "gain", "runs", "length_ratio", "cosine"];
    let header: Vec<&str> = ["metric"].into_iter().chain(axes).chain(figures).collect();
    writer.write_record(&header).expect(IN_MEMORY);
    let real = |value: Option<f64>| value.map(|value| value.to_string()).unwrap_or_default();
    for (table, row) in
        gains.iter().flat_map(|table| table.rows.iter().map(move |row| (table, row)))
    {
        let others =
            std::iter::once("plain training").chain(table.controls.iter().map(String::as_str));
        let of_row = std::iter::once(&row.over_baseline).chain(&row.over_controls);
        for (over, gain) in
            others.zip(of_row).filter_map(|(over, gain)| Some((over, gain.as_ref()?)))
        {
            for (dataset, given) in table.datasets.iter().zip(&gain.by_dataset) {
                let mut fields = vec![table.metric.name().to_owned()];
                fields.extend(row.labels.iter().map(|label| label.clone().unwrap_or_default()));
                fields.extend([
                    over.to_owned(),
                    dataset.clone(),
                    real(given.map(|(mean, _)| mean)),
                ]);
                fields.push(given.map_or(0, |(_, runs)| runs).to_string());
                fields.extend([real(row.length_ratio), real(row.cosine)]);
                writer.write_record(fields).expect(IN_MEMORY);
            }
        }
    }
    let bytes = writer.into_inner().expect(IN_MEMORY);
    String::from_utf8(bytes).expect("fields are UTF-8")
}

/// What a row is against the baseline, on a data set and over families.
fn against_baseline(judgement: &Judgement, row: usize, dataset: usize) -> [String; 9] {
    let real = |value: Option<f64>| value.map(|value| value.to_string()).unwrap_or_default();
    let entries = judgement.entries.get(row);
    let entry = entries.and_then(|entries| entries.get(dataset)?.as_ref());
    let of_row = judgement.verdicts.get(row).and_then(Option::as_ref);
    let interval = of_row.and_then(|estimate| estimate.interval);
    let count = |of: fn(&Estimate) -> usize| {
        of_row.map(|estimate| of(estimate).to_string()).unwrap_or_default()
    };
    [
        real(entry.map(|entry| entry.difference)),
        real(entry.and_then(|entry| entry.p_holm)),
        real(of_row.map(|estimate| estimate.size)),
        real(interval.map(|interval| interval.low)),
        real(interval.map(|interval| interval.high)),
        real(of_row.and_then(|estimate| estimate.p_holm)),
        count(|estimate| estimate.better),
        count(|estimate| estimate.same),
        count(|estimate| estimate.worse),
    ]
}

/// Records of equal length, written to memory: nothing can fail.
const IN_MEMORY: &str = "memory takes every record";

fn csv_writer() -> ::csv::Writer<Vec<u8>> {
    ::csv::Writer::from_writer(Vec::new())
}

fn record(table: &MetricTable, row: &MethodRow, dataset: &str, cell: &TableCell) -> Vec<String> {
    let real = |value: Option<f64>| value.map(|value| value.to_string()).unwrap_or_default();
    let counts = [
        cell.counts.averaged,
        cell.counts.undefined,
        cell.counts.unmeasured,
        cell.counts.diverged,
        cell.counts.failed,
        cell.counts.missing,
    ];
    let mut fields = vec![table.metric.name().to_owned(), table.pooled.to_string()];
    fields.extend(row.labels.iter().map(|label| label.clone().unwrap_or_default()));
    fields.push(row.reproducible.to_string());
    fields.extend([dataset.to_owned(), real(cell.mean), real(cell.standard_deviation)]);
    fields.extend(counts.map(|n| n.to_string()));
    fields.push(real(cell.compared.map(|compared| compared.mean)));
    fields.push(cell.compared.map(|compared| compared.runs.to_string()).unwrap_or_default());
    fields.push(real(row.average_rank));
    fields
}
