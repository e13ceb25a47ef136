//! What stands over and under a table.

use std::ops::Range;

use evaluation::TaskKind;

use crate::comparison::Comparison;
use crate::comparison::gains::{Gain, GainsTable};
use crate::comparison::notes::{capitalised, count};
use crate::comparison::printed::number;
use crate::comparison::ranking::{Friedman, Incomplete};
use crate::comparison::table::MetricTable;
use crate::judgement::Unit;
use crate::judgement::estimate::Estimate;
use crate::render::sheet::{
    RANK_DECIMALS, SheetKind, distinctions as distinctions_of, has_ranks, mark, some_lost,
};
use crate::render::shown::Shown;

/// Data sets that a remark spells out.
const NAMED_DATASETS: usize = 6;

/// `Average precision (higher is better)`.
pub(crate) fn title(table: &MetricTable) -> String {
    let direction = if table.metric.higher_is_better() { "higher" } else { "lower" };
    format!("{} ({direction} is better)", capitalised(table.metric.title()))
}

/// `Gain in average precision (positive is better)`.
pub(crate) fn gains_title(table: &GainsTable) -> String {
    format!("Gain in {} (positive is better)", table.metric.title())
}

/// What a table of gains is of.
pub(crate) fn of_gains(table: &GainsTable, shown: Shown) -> Vec<String> {
    let size = match (&table.datasets[..], table.unit) {
        ([dataset], _) => format!("the mean over the runs on {dataset}"),
        (datasets, Unit::Run) => format!(
            "the mean over the runs, each the mean over the {} of one family",
            count(datasets.len(), "data set")
        ),
        (datasets, Unit::Family) => {
            let n = count(datasets.len(), "data set");
            let over = if of_fewer(table) {
                format!("the data sets, of {n}, on which both have values")
            } else {
                n
            };
            format!("the median over the families of {over} (Hodges–Lehmann)")
        }
    };
    let test = match table.unit {
        Unit::Family => "Wilcoxon's test".to_owned(),
        Unit::Run => format!("the {}-test", table.run_test.name()),
    };
    let interval = shown.interval(", with its interval", estimates(table));
    let (mark, elsewhere) = (shown.mark, shown.elsewhere(estimates(table)));
    let plain = match table.metric.task() {
        TaskKind::Retrieval => {
            "of pairs, the same loss over all pairs of a batch; else cross-entropy, nothing mixed, mined or reweighted"
        }
        TaskKind::Classification | TaskKind::Detection => {
            "cross-entropy, nothing mixed, mined or reweighted"
        }
    };
    let holm = match table.comparisons {
        Some(k) => format!(
            "Holm, of a gain over plain training over the {} compared with it, of one over a control over the methods of its \
             column",
            if k == 1 { "row".to_owned() } else { format!("{k} rows") }
        ),
        None => "Holm over the methods of its column".to_owned(),
    };
    vec![
        format!(
            "Paired by data set, fold and seed: {size}{interval}; {test}. {mark}: differs from 0 after {holm}. A gain over plain training ({plain}) that is none \
             over a control is not the method's.{elsewhere}"
        ),
        "Length ratio, cosine: of the method's gradient and that of plain training on the same batch, the mean over every \
         tenth step and the runs, the median over the data sets."
            .to_owned(),
    ]
}

/// Whether some gain is not of all data sets.
fn of_fewer(table: &GainsTable) -> bool {
    known_gains(table).any(|gain| gain.by_dataset.iter().any(Option::is_none))
}

fn estimates(table: &GainsTable) -> impl Iterator<Item = &Estimate> {
    known_gains(table).filter_map(|gain| gain.estimate.as_ref())
}

fn known_gains(table: &GainsTable) -> impl Iterator<Item = &Gain> {
    let gains = table.rows.iter();
    gains.flat_map(|row| row.over_controls.iter().chain([&row.over_baseline])).flatten()
}

/// What stands under a table: over which data sets, and whether the rows differ by more than chance.
pub(crate) fn of(comparison: &Comparison, table: &MetricTable, kind: SheetKind) -> Vec<String> {
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
        .chain(friedman(comparison, table))
        .chain(incomplete(comparison, table))
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

/// Which row is the baseline, and what the marks of entries mean, where there are some.
pub(crate) fn distinctions(comparison: &Comparison, table: &MetricTable) -> Vec<String> {
    let (signs, seconds) = distinctions_of(comparison, table);
    let baseline = table.judgement.baseline.map(|row| &table.rows[row].name);
    let baseline = baseline.filter(|_| 1 < table.rows.len()).map(|name| {
        if !signs {
            return format!("Baseline: {name}.");
        }
        format!(
            "↑, ↓: better or worse than the baseline, {name}, on that data set ({}, p below 0.05 after Holm \
             over all entries).",
            table.judgement.run_test.name()
        )
    });
    baseline.into_iter().chain(seconds.then(|| "Underlined: the second best.".to_owned())).collect()
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
        return (1 < n_valued && 1 < table.datasets.len()).then(|| {
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

/// Of one data set there is nothing to rank.
fn friedman(comparison: &Comparison, table: &MetricTable) -> Option<String> {
    let is_ranked = 1 < table.datasets.len();
    is_ranked.then(|| match &table.friedman {
        Friedman::NotComputed(reason) => format!("Friedman test not computed: {reason}."),
        Friedman::Computed { chi_square, p_value, .. } => format!(
            "Friedman test that all rows are equally good: {} (chi-square {}, {} degrees of freedom).",
            probability(*p_value, comparison.decimals),
            number(*chi_square, comparison.decimals.min(RANK_DECIMALS)),
            table.n_ranked_rows - 1,
        ),
    })
}

/// The same where each row is compared, if some is not compared everywhere.
pub(crate) fn incomplete(comparison: &Comparison, table: &MetricTable) -> Option<String> {
    let Incomplete { rows, families, chi_square, p_value } = table.incomplete?;
    Some(format!(
        "Skillings and Mack's test, with rows and data sets that are not ranked, {rows} rows where each is compared, {families} \
         families: {} (chi-square {}, {} degrees of freedom).",
        probability(p_value, comparison.decimals),
        number(chi_square, comparison.decimals.min(RANK_DECIMALS)),
        rows - 1,
    ))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_probability_is_never_printed_as_zero() {
        assert_eq!(probability(0.0123, 3), "p = 0.012");
        assert_eq!(probability(0.000_4, 3), "p < 0.001");
        assert_eq!(probability(0.4, 0), "p < 1");
        assert_eq!(probability(1.0, 1), "p = 1.0");
    }
}
