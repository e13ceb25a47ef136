//! What each choice does, whatever stands on the other axes: the deltas of an ablation.

use crate::comparison::printed::number;
use crate::comparison::table::MetricTable;
use crate::judgement::parts::Part;
use crate::judgement::words::p;
use crate::render::sheet::{Entry, Figure, Sheet, signed};

/// `What each part does to average precision (positive is better)`.
pub(crate) fn title(table: &MetricTable) -> String {
    format!("What each part does to {} (positive is better)", table.metric.title())
}

/// A row a choice that is not the baseline's: the axis, the choice, the difference, in how many families it is better, same, worse, and p.
pub(crate) fn sheet(table: &MetricTable, decimals: usize) -> Sheet {
    let header = ["axis", "choice", "difference", "better same worse", "p (Holm)"];
    let row = |part: &Part| {
        let estimate = &part.estimate;
        let print = |value| signed(number(value, decimals));
        let interval =
            estimate.interval.map(|interval| (print(interval.low), print(interval.high)));
        let text = |text: String| Entry::Figure(Figure { text: Some(text), ..Figure::default() });
        let (better, same, worse) = (estimate.better, estimate.same, estimate.worse);
        let tested = estimate
            .p_holm
            .map(|known| p(known, decimals).replace("p = ", "").replace("p < ", "< "));
        vec![
            Entry::Label(Some(part.axis.name().to_owned())),
            Entry::Label(Some(part.label.clone())),
            Entry::Figure(Figure {
                text: Some(print(estimate.size)),
                interval,
                is_best: estimate.is_better() || estimate.is_worse(),
                ..Figure::default()
            }),
            text(format!("{better}/{same}/{worse}")),
            Entry::Figure(Figure { text: tested, ..Figure::default() }),
        ]
    };
    Sheet {
        header: header.map(str::to_owned).into(),
        n_labels: 2,
        rows: table.judgement.parts.iter().map(row).collect(),
    }
}

/// What its numbers are.
pub(crate) fn remark(table: &MetricTable) -> String {
    let most = table.judgement.parts.iter().map(|part| part.pairs).max().unwrap_or_default();
    let pairs = if most == 1 {
        "of the two rows that differ in it alone"
    } else {
        "averaged over all pairs of rows that differ in it alone"
    };
    format!(
        "The change from the baseline's choice on one axis, {pairs}, then over the data sets of a family: the median over families \
         (Hodges–Lehmann), in brackets its interval; Wilcoxon's test, Holm over the lines of this table. Better, same, worse: \
         families, ±{} is the same. Bold, or with a star: differs from 0.",
        table.judgement.rope
    )
}
