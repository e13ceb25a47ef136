//! What each choice does, whatever stands on the other axes: the deltas of an ablation.

use crate::comparison::table::MetricTable;
use crate::judgement::parts::Part;
use crate::render::against::figures;
use crate::render::sheet::{Entry, Sheet};
use crate::render::shown::Shown;

/// `What each part does to average precision (positive is better)`.
pub(crate) fn title(table: &MetricTable) -> String {
    format!("What each part does to {} (positive is better)", table.metric.title())
}

/// A row a choice that is not the baseline's: the axis, the choice, the difference, in how many families it is better, same, worse, and p.
pub(crate) fn sheet(table: &MetricTable, decimals: usize) -> Sheet {
    let header = ["axis", "choice", "difference", "better same worse", "p (Holm)"];
    let row = |part: &Part| {
        let labels =
            [part.axis.name(), &part.label].map(|label| Entry::Label(Some(label.to_owned())));
        let figures = figures(Some(&part.estimate), decimals).map(Entry::Figure);
        labels.into_iter().chain(figures).collect()
    };
    Sheet {
        header: header.map(str::to_owned).into(),
        n_labels: 2,
        rows: table.judgement.parts.iter().map(row).collect(),
        ..Sheet::default()
    }
}

/// What its numbers are.
pub(crate) fn remark(table: &MetricTable, shown: Shown) -> String {
    let estimates = || table.judgement.parts.iter().map(|part| &part.estimate);
    let most = table.judgement.parts.iter().map(|part| part.pairs).max().unwrap_or_default();
    let pairs = if most == 1 {
        "of the two rows that differ in it alone"
    } else {
        "averaged over all pairs of rows that differ in it alone"
    };
    format!(
        "The change from the baseline's choice on one axis, {pairs}, then over the data sets of a family: the median over families \
         (Hodges–Lehmann){}; Wilcoxon's test, Holm over the lines of this table. Better, same, worse: families, ±{} is the same. \
         {}: differs from 0.{}",
        shown.interval(", in brackets its interval", estimates()),
        table.judgement.rope,
        shown.mark,
        shown.elsewhere(estimates()),
    )
}
