//! What a table shows, before a format gives it its looks.

use std::ops::Range;

use experiment::Axis;

use crate::comparison::Comparison;
use crate::comparison::gains::{Gain, GainRow, GainsTable};
use crate::comparison::printed::{number, rounded};
use crate::comparison::table::{MethodRow, MetricTable};
use crate::render::headings::Heading;

/// Data sets that fit beside each other on a page.
const MOST_DATASETS: usize = 8;

/// Decimals of average ranks and of the test's figure, unless fewer are asked for.
pub(super) const RANK_DECIMALS: usize = 2;

/// Decimals of length ratios and cosines.
const LIE_DECIMALS: usize = 2;

/// Marks rows whose bits are promised on one platform only.
const PLATFORM_BOUND: &str = "†";

/// Letters of footnotes: all that have a superscript form in Unicode.
const MARKS: [char; 25] = [
    'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', 'p', 'r', 's', 't',
    'u', 'v', 'w', 'x', 'y', 'z',
];

/// What a sheet shows of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SheetKind {
    /// One column for each data set.
    DataSets,
    /// Figures over the data sets.
    Summary,
}

/// A header and rows of entries.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sheet {
    /// Names of the columns.
    pub(crate) header: Vec<String>,
    /// Columns at the left that hold labels; the others hold numbers.
    pub(crate) n_labels: usize,
    pub(crate) rows: Vec<Vec<Entry>>,
    /// What each row is called in one label, where several columns hold its labels.
    pub(crate) names: Vec<String>,
    /// What stands over the rows from a place on, in ascending order.
    pub(crate) headings: Vec<(usize, String)>,
}

impl Sheet {
    /// The same rows under headings; as they were, where there are none.
    pub(crate) fn under(mut self, headings: &[Heading]) -> Self {
        let (mut rows, mut names) = (Vec::with_capacity(self.rows.len()), Vec::new());
        for Heading { text, places } in headings {
            if let Some(text) = text {
                self.headings.push((rows.len(), text.clone()));
            }
            rows.extend(places.iter().map(|&place| self.rows[place].clone()));
            names.extend(places.iter().filter_map(|&place| self.names.get(place).cloned()));
        }
        if !rows.is_empty() {
            (self.rows, self.names) = (rows, names);
        }
        self
    }

    /// The same with what rows are called in one column; `None` where their labels are in one already.
    pub(crate) fn by_name(&self) -> Option<Sheet> {
        if self.n_labels < 2 || self.names.is_empty() {
            return None;
        }
        let mut header = vec!["method".to_owned()];
        header.extend_from_slice(&self.header[self.n_labels..]);
        let row = |(name, row): (&String, &Vec<Entry>)| {
            let mut entries = vec![Entry::Label(Some(name.clone()))];
            entries.extend_from_slice(&row[self.n_labels..]);
            entries
        };
        let rows = self.names.iter().zip(&self.rows).map(row).collect();
        let headings = self.headings.clone();
        Some(Sheet { header, n_labels: 1, rows, headings, ..Sheet::default() })
    }

    /// What stands over the row at `place`.
    pub(crate) fn heading(&self, place: usize) -> Option<&str> {
        let found = self.headings.iter().find(|(first, _)| *first == place);
        found.map(|(_, text)| text.as_str())
    }

    /// Leaves out what stands behind `±`, and intervals.
    pub(crate) fn without_deviations(&mut self) {
        for entry in self.rows.iter_mut().flatten() {
            if let Entry::Figure(figure) = entry {
                figure.deviation = None;
                figure.interval = None;
            }
        }
    }
}

/// One entry of a sheet.
#[derive(Clone, Debug)]
pub(crate) enum Entry {
    /// A label; `None` is a dash.
    Label(Option<String>),
    /// A figure.
    Figure(Figure),
}

/// A figure as printed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Figure {
    /// `None` is a dash.
    pub(crate) text: Option<String>,
    pub(crate) deviation: Option<String>,
    /// The ends of its interval.
    pub(crate) interval: Option<(String, String)>,
    pub(crate) is_best: bool,
    /// Whether it is the best but for those that are.
    pub(crate) is_second: bool,
    /// Whether it differs from the baseline.
    pub(crate) sign: Option<Sign>,
    /// The footnote's letter.
    pub(crate) mark: Option<String>,
}

/// How a figure differs from the baseline's by more than chance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sign {
    Better,
    Worse,
}

impl Figure {
    pub(super) fn plain(text: Option<String>) -> Self {
        Figure { text, ..Figure::default() }
    }
}

/// The columns of each block: as few blocks as fit, as equal as can be.
pub(crate) fn blocks(n_datasets: usize) -> Vec<Range<usize>> {
    in_blocks(n_datasets, n_datasets.div_ceil(MOST_DATASETS).max(1))
}

/// The columns of each of `n_blocks` blocks.
pub(crate) fn in_blocks(n_datasets: usize, n_blocks: usize) -> Vec<Range<usize>> {
    let bound = |block: usize| block * n_datasets / n_blocks;
    (0..n_blocks).map(|block| bound(block)..bound(block + 1)).collect()
}

/// Whether the data sets fit beside each other.
pub(crate) fn fits(table: &MetricTable) -> bool {
    table.datasets.len() <= MOST_DATASETS
}

/// The letter of footnote `i`: a, b, ..., z, aa, ab, ...
pub(crate) fn mark(i: usize) -> String {
    let last = MARKS[i % MARKS.len()];
    match i / MARKS.len() {
        0 => last.to_string(),
        more => mark(more - 1) + &last.to_string(),
    }
}

/// Methods as rows, some of the data sets as columns, with the average rank if all are shown.
pub(crate) fn full(
    comparison: &Comparison,
    table: &MetricTable,
    datasets: Range<usize>,
    deviations: bool,
) -> Sheet {
    let with_rank = datasets.len() == table.datasets.len() && has_ranks(table);
    let mut header = labels_header(comparison);
    header.extend_from_slice(&table.datasets[datasets.clone()]);
    header.extend(with_rank.then(|| "avg. rank".to_owned()));
    let seconds: Vec<Option<f64>> =
        (0..table.datasets.len()).map(|dataset| second(comparison, table, dataset)).collect();
    let row = |(place, row): (usize, &MethodRow)| {
        let mut entries = labels(comparison, row);
        entries.extend(datasets.clone().map(|dataset| {
            let cell = &row.cells[dataset];
            let print = |value: Option<f64>| value.map(|value| number(value, comparison.decimals));
            let is_second = seconds[dataset].is_some()
                && printed(comparison, table, place, dataset) == seconds[dataset];
            Entry::Figure(Figure {
                text: print(cell.mean),
                deviation: print(cell.standard_deviation).filter(|_| deviations),
                is_best: cell.is_best,
                is_second,
                sign: sign(table, place, dataset),
                mark: cell.footnote.map(mark),
                ..Figure::default()
            })
        }));
        entries.extend(with_rank.then(|| rank(comparison, row)));
        entries
    };
    Sheet {
        header,
        n_labels: comparison.axes.len(),
        rows: table.rows.iter().enumerate().map(row).collect(),
        names: names(&table.rows),
        ..Sheet::default()
    }
}

/// Rows that may share the second place: more are no distinction.
const MOST_SECONDS: usize = 3;

/// What is compared of a row on a data set, as it is printed.
fn printed(
    comparison: &Comparison,
    table: &MetricTable,
    row: usize,
    dataset: usize,
) -> Option<f64> {
    let compared = table.rows[row].cells[dataset].compared?;
    Some(rounded(compared.mean, comparison.decimals))
}

/// The best value of a data set but for those that are marked as the best; `None` where it tells little.
fn second(comparison: &Comparison, table: &MetricTable, dataset: usize) -> Option<f64> {
    let rows = 0..table.rows.len();
    let others: Vec<f64> = rows
        .filter(|&row| !table.rows[row].cells[dataset].is_best)
        .filter_map(|row| printed(comparison, table, row, dataset))
        .collect();
    let better = |a: f64, b: f64| if table.metric.higher_is_better() { a.max(b) } else { a.min(b) };
    let second = others.iter().copied().reduce(better)?;
    let n = others.iter().filter(|other| **other == second).count();
    (n < others.len() && n <= MOST_SECONDS).then_some(second)
}

/// Whether a row differs from the baseline on a data set.
fn sign(table: &MetricTable, row: usize, dataset: usize) -> Option<Sign> {
    let entry = table.judgement.entries.get(row)?.get(dataset)?.as_ref()?;
    match (entry.is_better(), entry.is_worse()) {
        (true, _) => Some(Sign::Better),
        (_, true) => Some(Sign::Worse),
        _ => None,
    }
}

/// Whether some entry differs from the baseline's on its data set, and whether one is underlined.
pub(super) fn distinctions(comparison: &Comparison, table: &MetricTable) -> (bool, bool) {
    let n = table.datasets.len();
    let signs = (0..table.rows.len()).any(|row| (0..n).any(|k| sign(table, row, k).is_some()));
    (signs, (0..n).any(|dataset| second(comparison, table, dataset).is_some()))
}

/// The columns of figures as rows and the rows as columns, under all their labels.
pub(crate) fn transposed(sheet: &Sheet) -> Sheet {
    let name = |row: &Vec<Entry>| {
        let labels = row[..sheet.n_labels].iter().map(|entry| match entry {
            Entry::Label(label) => label.as_deref().unwrap_or("—"),
            Entry::Figure(value) => value.text.as_deref().unwrap_or("—"),
        });
        labels.collect::<Vec<_>>().join(", ")
    };
    let mut header = vec!["data set".to_owned()];
    header.extend(sheet.rows.iter().map(name));
    let figures = sheet.header.iter().enumerate().skip(sheet.n_labels);
    let rows = figures.map(|(i, column)| {
        let mut entries = vec![Entry::Label(Some(column.clone()))];
        entries.extend(sheet.rows.iter().map(|row| row[i].clone()));
        entries
    });
    Sheet { n_labels: 1, rows: rows.collect(), header, ..Sheet::default() }
}

/// Methods as rows; average over data sets, average rank, wins.
pub(crate) fn summary(comparison: &Comparison, table: &MetricTable) -> Sheet {
    let some_lost = some_lost(table);
    let mut header = labels_header(comparison);
    header.push("average".to_owned());
    if has_ranks(table) {
        header.extend(["avg. rank", "W/T/L"].map(str::to_owned));
    }
    header.extend(some_lost.then(|| "lost runs".to_owned()));
    let row = |row: &MethodRow| {
        let average = row.average.map(|average| number(average, comparison.decimals));
        let wins = row
            .average_rank
            .map(|_| format!("{}/{}/{}", row.wins.wins, row.wins.ties, row.wins.losses));
        let lost = MetricTable::without_value(row).to_string();
        let mut entries = labels(comparison, row);
        entries.push(Entry::Figure(Figure {
            text: average,
            is_best: row.is_best,
            ..Figure::default()
        }));
        if has_ranks(table) {
            entries.extend([rank(comparison, row), Entry::Figure(Figure::plain(wins))]);
        }
        entries.extend(some_lost.then(|| Entry::Figure(Figure::plain(Some(lost)))));
        entries
    };
    let (rows, names) = (table.rows.iter().map(row).collect(), names(&table.rows));
    Sheet { header, n_labels: comparison.axes.len(), rows, names, ..Sheet::default() }
}

/// What methods gain: over plain training, over each control; and how their gradients lie to the plain ones.
pub(crate) fn gains(table: &GainsTable, decimals: usize) -> Sheet {
    let mut header: Vec<String> = table.axes.iter().map(|axis| axis.name().to_owned()).collect();
    header.push("over plain training".to_owned());
    header.extend(table.controls.iter().map(|control| format!("over {control}")));
    header.extend(["length ratio", "cosine"].map(str::to_owned));
    let gain = |gain: &Option<Gain>| {
        let print = |value| signed(number(value, decimals));
        let estimate = gain.as_ref().and_then(|gain| gain.estimate.as_ref());
        let interval = estimate.and_then(|estimate| estimate.interval);
        Entry::Figure(Figure {
            text: estimate.map(|estimate| print(estimate.size)),
            interval: interval.map(|interval| (print(interval.low), print(interval.high))),
            is_best: estimate.is_some_and(|estimate| estimate.is_better() || estimate.is_worse()),
            ..Figure::default()
        })
    };
    let lie = |value: Option<f64>| {
        Entry::Figure(Figure::plain(value.map(|value| number(value, LIE_DECIMALS))))
    };
    let row = |row: &GainRow| {
        let mut entries: Vec<Entry> = row.labels.iter().cloned().map(Entry::Label).collect();
        entries.push(gain(&row.over_baseline));
        entries.extend(row.over_controls.iter().map(gain));
        entries.extend([lie(row.length_ratio), lie(row.cosine)]);
        entries
    };
    let rows = table.rows.iter().map(row).collect();
    let names = table.rows.iter().map(|row| row.name.clone()).collect();
    Sheet { header, n_labels: table.axes.len(), rows, names, ..Sheet::default() }
}

/// A gain says that it is one.
pub(super) fn signed(number: String) -> String {
    let is_positive = number.bytes().any(|byte| byte.is_ascii_digit() && byte != b'0');
    if is_positive && !number.starts_with('-') { format!("+{number}") } else { number }
}

pub(super) fn some_lost(table: &MetricTable) -> bool {
    table.rows.iter().any(|row| 0 < MetricTable::without_value(row))
}

pub(super) fn has_ranks(table: &MetricTable) -> bool {
    1 < table.datasets.len() && table.rows.iter().any(|row| row.average_rank.is_some())
}

pub(super) fn labels_header(comparison: &Comparison) -> Vec<String> {
    comparison.axes.iter().map(|axis| axis.name().to_owned()).collect()
}

/// The labels of a row; that of its model, or the first, has a mark if its bits are not promised everywhere.
pub(super) fn labels(comparison: &Comparison, row: &MethodRow) -> Vec<Entry> {
    let mut labels = row.labels.clone();
    let marked = comparison.axes.iter().position(|&axis| axis == Axis::Model).unwrap_or(0);
    if !row.reproducible
        && let Some(label) = labels.get_mut(marked)
    {
        *label = Some(label.as_deref().unwrap_or("—").to_owned() + PLATFORM_BOUND);
    }
    labels.into_iter().map(Entry::Label).collect()
}

/// What rows are called, with a mark if their bits are not promised everywhere.
pub(super) fn names(rows: &[MethodRow]) -> Vec<String> {
    let mark = |row: &MethodRow| if row.reproducible { "" } else { PLATFORM_BOUND };
    rows.iter().map(|row| format!("{}{}", row.name, mark(row))).collect()
}

pub(super) fn rank(comparison: &Comparison, row: &MethodRow) -> Entry {
    let decimals = comparison.decimals.min(RANK_DECIMALS);
    Entry::Figure(Figure::plain(row.average_rank.map(|rank| number(rank, decimals))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_as_equal_as_can_be() {
        assert_eq!(blocks(0), vec![0..0]);
        assert_eq!(blocks(8), vec![0..8]);
        assert_eq!(blocks(9), vec![0..4, 4..9]);
        let lengths: Vec<usize> = blocks(40).into_iter().map(|block| block.len()).collect();
        assert_eq!(lengths, [8; 5]);
    }

    #[test]
    fn marks_go_on_after_the_last_letter() {
        assert_eq!([0, 24, 25, 49, 50].map(mark), ["a", "z", "aa", "az", "ba"]);
    }
}
