//! What a table shows, before a format gives it its looks.

use std::ops::Range;

use experiment::Axis;

use crate::comparison::Comparison;
use crate::comparison::notes::{capitalised, count};
use crate::comparison::printed::number;
use crate::comparison::ranking::Friedman;
use crate::comparison::table::{MethodRow, MetricTable};

/// Data sets that fit beside each other on a page.
const MOST_DATASETS: usize = 8;

/// Decimals of average ranks, unless fewer are asked for.
const RANK_DECIMALS: usize = 2;

/// Data sets that a remark spells out.
const NAMED_DATASETS: usize = 6;

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
#[derive(Clone, Debug)]
pub(crate) struct Sheet {
    /// Names of the columns.
    pub(crate) header: Vec<String>,
    /// Columns at the left that hold labels; the others hold numbers.
    pub(crate) n_labels: usize,
    pub(crate) rows: Vec<Vec<Entry>>,
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
    pub(crate) is_best: bool,
    /// The footnote's letter.
    pub(crate) mark: Option<String>,
}

impl Figure {
    fn plain(text: Option<String>) -> Self {
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
    let row = |row: &MethodRow| {
        let mut entries = labels(comparison, row);
        entries.extend(row.cells[datasets.clone()].iter().map(|cell| {
            let print = |value: Option<f64>| value.map(|value| number(value, comparison.decimals));
            Entry::Figure(Figure {
                text: print(cell.mean),
                deviation: print(cell.standard_deviation).filter(|_| deviations),
                is_best: cell.is_best,
                mark: cell.footnote.map(mark),
            })
        }));
        entries.extend(with_rank.then(|| rank(comparison, row)));
        entries
    };
    Sheet { header, n_labels: comparison.axes.len(), rows: table.rows.iter().map(row).collect() }
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
    Sheet { n_labels: 1, rows: rows.collect(), header }
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
    Sheet { header, n_labels: comparison.axes.len(), rows: table.rows.iter().map(row).collect() }
}

fn some_lost(table: &MetricTable) -> bool {
    table.rows.iter().any(|row| 0 < MetricTable::without_value(row))
}

fn has_ranks(table: &MetricTable) -> bool {
    table.rows.iter().any(|row| row.average_rank.is_some())
}

fn labels_header(comparison: &Comparison) -> Vec<String> {
    comparison.axes.iter().map(|axis| axis.name().to_owned()).collect()
}

/// The labels of a row; that of its model, or the first, has a mark if its bits are not promised everywhere.
fn labels(comparison: &Comparison, row: &MethodRow) -> Vec<Entry> {
    let mut labels = row.labels.clone();
    let marked = comparison.axes.iter().position(|&axis| axis == Axis::Model).unwrap_or(0);
    if !row.reproducible
        && let Some(label) = labels.get_mut(marked)
    {
        *label = Some(label.as_deref().unwrap_or("—").to_owned() + PLATFORM_BOUND);
    }
    labels.into_iter().map(Entry::Label).collect()
}

fn rank(comparison: &Comparison, row: &MethodRow) -> Entry {
    let decimals = comparison.decimals.min(RANK_DECIMALS);
    Entry::Figure(Figure::plain(row.average_rank.map(|rank| number(rank, decimals))))
}

/// `Average precision (higher is better)`.
pub(crate) fn title(table: &MetricTable) -> String {
    let direction = if table.metric.higher_is_better() { "higher" } else { "lower" };
    format!("{} ({direction} is better)", capitalised(table.metric.title()))
}

/// What stands under a table: over which data sets, and whether the rows differ by more than chance.
pub(crate) fn remarks(
    comparison: &Comparison,
    table: &MetricTable,
    kind: SheetKind,
) -> Vec<String> {
    let figures = match (kind, has_ranks(table)) {
        (SheetKind::Summary, true) => Some("Averages and ranks"),
        (SheetKind::Summary, false) if 0 < table.n_ranked_datasets => Some("Averages"),
        (SheetKind::DataSets, true) => Some("Ranks"),
        (_, false) => None,
    };
    let over = figures.map(|figures| format!("{figures} over {}.", ranked_datasets(table)));
    over.into_iter()
        .chain(siblings(table))
        .chain(unranked(table))
        .chain(unpaired(table))
        .chain(lacking(table))
        .chain([friedman(comparison, table)])
        .collect()
}

/// What the marks of rows and the names of columns mean.
pub(crate) fn legend(table: &MetricTable, kind: SheetKind) -> Vec<&'static str> {
    let mut legend = Vec::new();
    if table.rows.iter().any(|row| !row.reproducible) {
        legend.push("†: reproducible = false, bits are promised on one platform only.");
    }
    if has_ranks(table) {
        legend.push("Avg. rank: of the unrounded means, 1 is best.");
    }
    if has_ranks(table) && kind == SheetKind::Summary {
        legend.push(
            "W/T/L: data sets on which the row alone is best, shares the best value, or is beaten, as printed.",
        );
    }
    if some_lost(table) && kind == SheetKind::Summary {
        legend.push("Lost runs: metric undefined or not measured, diverged, failed or not run.");
    }
    legend
}

/// Where to look if runs failed.
pub(crate) fn failures(table: &MetricTable) -> Option<&'static str> {
    let mut cells = table.rows.iter().flat_map(|row| &row.cells);
    let some_failed = cells.any(|cell| 0 < cell.counts.failed);
    some_failed.then_some("Why runs failed: trials.csv, column detail.")
}

/// Which rows have no rank, and why.
fn unranked(table: &MetricTable) -> Option<String> {
    let n_valued =
        table.rows.iter().filter(|row| row.cells.iter().any(|cell| cell.mean.is_some())).count();
    if !has_ranks(table) {
        return (1 < n_valued).then(|| {
            "No ranks: no two rows have enough runs in common on enough data sets.".to_owned()
        });
    }
    let n_rows = table.rows.len();
    let nothing = n_rows - n_valued;
    let too_few = n_valued - table.n_ranked_rows;
    let parts = [
        (nothing, format!("{} without any value", count(nothing, "row"))),
        (
            too_few,
            format!(
                "{} with too few runs or data sets in common with the others",
                count(too_few, "row")
            ),
        ),
    ];
    let parts: Vec<String> =
        parts.into_iter().filter(|(n, _)| 0 < *n).map(|(_, text)| text).collect();
    (!parts.is_empty()).then(|| format!("Not ranked: {}.", parts.join(", ")))
}

/// On which data sets some row has more runs than it is compared over.
fn unpaired(table: &MetricTable) -> Option<String> {
    let has_more = |dataset: usize| {
        let mut cells = table.rows.iter().map(|row| &row.cells[dataset]);
        cells.any(|cell| cell.compared.is_some_and(|compared| compared.runs < cell.counts.averaged))
    };
    let datasets: Vec<usize> = (0..table.datasets.len()).filter(|&i| has_more(i)).collect();
    let named = |&i: &usize| {
        let (common, all) = table.compared_runs[i];
        format!("{common} of {all} on {}", table.datasets[i])
    };
    let shown: Vec<String> = datasets.iter().take(NAMED_DATASETS).map(named).collect();
    let rest = match datasets.len() - shown.len() {
        0 => String::new(),
        more => format!(" and fewer than all on {more} more"),
    };
    (!shown.is_empty()).then(|| {
        format!("Compared over the runs that all compared rows have: {}{rest}.", shown.join(", "))
    })
}

/// Why the metric is undefined, and what can be done about it.
fn lacking(table: &MetricTable) -> Option<String> {
    table.lacks_classes.then(|| {
        let undefined = "Undefined: on test parts that lack a class.";
        match table.metric.not_pooled() {
            None => format!(
                "{undefined} With pooled = true under [report], it is of the predictions of all folds together."
            ),
            Some(_) => undefined.to_owned(),
        }
    })
}

/// How siblings are counted, if there are some.
fn siblings(table: &MetricTable) -> Option<String> {
    let MetricTable { n_ranked_datasets, n_ranked_families, .. } = table;
    (has_ranks(table) && n_ranked_families < n_ranked_datasets).then(|| {
        let families = if *n_ranked_families == 1 { "family" } else { "families" };
        format!(
            "They are of {n_ranked_families} {families}: siblings are cut from the same rows, and in ranks and test \
             each family counts once."
        )
    })
}

fn ranked_datasets(table: &MetricTable) -> String {
    let all = count(table.datasets.len(), "data set");
    if table.n_ranked_datasets == table.datasets.len() {
        return all;
    }
    let rows = if table.n_ranked_rows == table.rows.len() { "all rows" } else { "all ranked rows" };
    format!("the {} of {all} on which {rows} are compared", table.n_ranked_datasets)
}

fn friedman(comparison: &Comparison, table: &MetricTable) -> String {
    match &table.friedman {
        Friedman::NotComputed(reason) => format!("Friedman test not computed: {reason}."),
        Friedman::Computed { chi_square, p_value } => format!(
            "Friedman test that all rows are equally good: {} (chi-square {}, {} degrees of freedom).",
            probability(*p_value, comparison.decimals),
            number(*chi_square, comparison.decimals.min(RANK_DECIMALS)),
            table.n_ranked_rows - 1,
        ),
    }
}

/// `p = 0.012`; what would be printed as zero is `p < 0.001`.
fn probability(p: f64, decimals: usize) -> String {
    let text = number(p, decimals);
    if text.bytes().any(|byte| (b'1'..=b'9').contains(&byte)) {
        return format!("p = {text}");
    }
    let least = if decimals == 0 { "1".to_owned() } else { format!("0.{:0>decimals$}", 1) };
    format!("p < {least}")
}

/// `a` and the text of each footnote of the cells in `datasets`, in order.
pub(crate) fn footnotes(table: &MetricTable, datasets: &Range<usize>) -> Vec<(String, String)> {
    let cells = || table.rows.iter().flat_map(|row| &row.cells[datasets.clone()]);
    table
        .footnotes
        .iter()
        .enumerate()
        .filter(|(i, _)| cells().any(|cell| cell.footnote == Some(*i)))
        .map(|(i, text)| (mark(i), text.clone()))
        .collect()
}

/// A long name in lines of at most `width` characters, if its punctuation lets it.
pub(crate) fn folded(name: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut length = 0;
    for piece in pieces(name) {
        let piece_length = piece.chars().count();
        if 0 < length && width < length + piece_length {
            lines.push(String::new());
            length = 0;
        }
        length += piece_length;
        lines.last_mut().expect("there is a line").push_str(piece);
    }
    lines.iter().map(|line| line.trim_end().to_owned()).collect()
}

/// The parts between which a name may be broken: before `(`, after `-`, `_`, `,` and spaces.
fn pieces(name: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut start = 0;
    for (i, c) in name.char_indices() {
        let end = if c == '(' { i } else { i + c.len_utf8() };
        if start < end && "(-_, ".contains(c) {
            pieces.push(&name[start..end]);
            start = end;
        }
    }
    pieces.push(&name[start..]);
    pieces
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

    #[test]
    fn a_probability_is_never_printed_as_zero() {
        assert_eq!(probability(0.0123, 3), "p = 0.012");
        assert_eq!(probability(0.000_4, 3), "p < 0.001");
        assert_eq!(probability(0.4, 0), "p < 1");
        assert_eq!(probability(1.0, 1), "p = 1.0");
    }

    #[test]
    fn names_are_folded_at_punctuation() {
        assert_eq!(folded("yeast-0-5-6_vs_4", 8), ["yeast-0-", "5-6_vs_4"]);
        assert_eq!(
            folded("weighted_cross_entropy(scheme=inverse)", 24),
            ["weighted_cross_entropy", "(scheme=inverse)"]
        );
        assert_eq!(folded("haberman", 4), ["haberman"]);
    }
}
