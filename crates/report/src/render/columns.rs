//! Some metrics side by side, as many-, medium- and few-shot accuracy: a row a row of the first table, a column a metric.

use crate::comparison::Comparison;
use crate::comparison::printed::number;
use crate::comparison::table::{MethodRow, MetricTable};
use crate::judgement::words::and;
use crate::render::headings::headings;
use crate::render::sheet::{Entry, Figure, Sheet, labels, labels_header, names};

/// `Many-shot accuracy, medium-shot accuracy and few-shot accuracy side by side`.
pub(crate) fn title(comparison: &Comparison) -> String {
    let names: Vec<String> =
        tables(comparison).map(|table| table.metric.title().to_owned()).collect();
    format!("Side by side: {}", and(&names))
}

/// `None` where no metrics are to stand side by side.
pub(crate) fn sheet(comparison: &Comparison) -> Option<Sheet> {
    let first = comparison.tables.first().filter(|_| !comparison.columns.is_empty())?;
    let mut header = labels_header(comparison);
    header.extend(tables(comparison).map(|table| table.metric.title().to_owned()));
    let row = |row: &MethodRow| {
        let mut entries = labels(comparison, row);
        let figures = tables(comparison).map(|table| figure(comparison, table, row.place));
        entries.extend(figures.map(Entry::Figure));
        entries
    };
    let (rows, names) = (first.rows.iter().map(row).collect(), names(&first.rows));
    let sheet = Sheet { header, n_labels: comparison.axes.len(), rows, names, ..Sheet::default() };
    Some(sheet.under(&headings(comparison, first)))
}

/// What its numbers are.
pub(crate) fn remark(comparison: &Comparison) -> String {
    let of = tables(comparison).map(|table| table.datasets.len()).max().unwrap_or_default();
    let over = if of == 1 {
        "Mean ± sample standard deviation over the runs"
    } else {
        "Means over the data sets on which all ranked rows are compared by the metric of the column"
    };
    let lower = tables(comparison).filter(|table| !table.metric.higher_is_better());
    let lower: Vec<String> = lower.map(|table| table.metric.title().to_owned()).collect();
    let direction = if lower.is_empty() {
        "higher is better".to_owned()
    } else {
        format!("higher is better, but for {}", and(&lower))
    };
    format!("{over}; {direction}. Bold: the best of its column.")
}

fn tables(comparison: &Comparison) -> impl Iterator<Item = &MetricTable> {
    let of = |metric: &_| comparison.tables.iter().find(|table| table.metric == *metric);
    comparison.columns.iter().filter_map(of)
}

/// What a metric says of the row that has its place in the groups.
fn figure(comparison: &Comparison, table: &MetricTable, place: usize) -> Figure {
    let Some(row) = table.rows.iter().find(|row| row.place == place) else {
        return Figure::default();
    };
    let print = |value: Option<f64>| value.map(|value| number(value, comparison.decimals));
    match &row.cells[..] {
        [cell] => Figure {
            text: print(cell.mean),
            deviation: print(cell.standard_deviation),
            is_best: cell.is_best,
            ..Figure::default()
        },
        _ => Figure { text: print(row.average), is_best: row.is_best, ..Figure::default() },
    }
}
