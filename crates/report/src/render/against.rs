//! Each row against the baseline: its change with interval and test, and in how many families it is better, same, worse.

use crate::comparison::Comparison;
use crate::comparison::notes::count;
use crate::comparison::printed::number;
use crate::comparison::table::MetricTable;
use crate::judgement::estimate::Estimate;
use crate::judgement::words::{bare_p, families};
use crate::judgement::{Judgement, Unit};
use crate::render::headings::headings;
use crate::render::remarks;
use crate::render::sheet::{Entry, Figure, Sheet, has_ranks, rank, signed};
use crate::render::shown::Shown;

/// Decimals of relative times: they are of a machine that may have been shared.
const TIME_DECIMALS: usize = 2;

/// `Average precision (higher is better): against the baseline`.
pub(crate) fn title(table: &MetricTable) -> String {
    format!("{}: against the baseline", remarks::title(table))
}

/// How long rows take: a wall clock says that, and something else in the next run of the same cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Times {
    Shown,
    LeftOut,
}

impl Times {
    fn are_in(self, table: &MetricTable) -> bool {
        self == Times::Shown && table.rows.iter().any(|row| row.relative_time.is_some())
    }
}

/// A row a row of the table; `None` where there is nothing to compare with.
pub(crate) fn sheet(comparison: &Comparison, table: &MetricTable, times: Times) -> Option<Sheet> {
    let Judgement { baseline, verdicts, .. } = &table.judgement;
    let baseline = (*baseline).filter(|_| verdicts.iter().any(Option::is_some))?;
    let with_rank = has_ranks(table);
    let mut header = vec!["method".to_owned()];
    header.extend(with_rank.then(|| "avg. rank".to_owned()));
    header.extend(["difference", "better same worse", "p (Holm)"].map(str::to_owned));
    let with_time = times.are_in(table);
    header.extend(with_time.then(|| "time".to_owned()));
    let row = |(i, verdict): (usize, &Option<Estimate>)| {
        let row = &table.rows[i];
        let name =
            if i == baseline { format!("{} (baseline)", row.name) } else { row.name.clone() };
        let mut entries = vec![Entry::Label(Some(name))];
        entries.extend(with_rank.then(|| rank(comparison, row)));
        entries.extend(figures(verdict.as_ref(), comparison.decimals).map(Entry::Figure));
        let time = row.relative_time.map(|time| number(time, TIME_DECIMALS));
        entries.extend(with_time.then(|| Entry::Figure(Figure::plain(time))));
        entries
    };
    let rows = verdicts.iter().enumerate().map(row).collect();
    let sheet = Sheet { header, n_labels: 1, rows, ..Sheet::default() };
    Some(sheet.under(&headings(comparison, table)))
}

/// Difference, counts and p of an estimate.
pub(super) fn figures(estimate: Option<&Estimate>, decimals: usize) -> [Figure; 3] {
    let Some(estimate) = estimate else { return [(); 3].map(|()| Figure::default()) };
    let print = |value| signed(number(value, decimals));
    let interval = estimate.interval.map(|interval| (print(interval.low), print(interval.high)));
    let tested = estimate.p_holm;
    let tested = tested.map(|known| bare_p(known, decimals));
    let counts = format!("{}/{}/{}", estimate.better, estimate.same, estimate.worse);
    [
        Figure {
            text: Some(print(estimate.size)),
            interval,
            is_best: estimate.is_better() || estimate.is_worse(),
            ..Figure::default()
        },
        Figure::plain(Some(counts)),
        Figure::plain(tested),
    ]
}

/// What its numbers are.
pub(crate) fn remark(table: &MetricTable, times: Times, shown: Shown) -> String {
    let Judgement { unit, run_test, rope, families: names, verdicts, .. } = &table.judgement;
    let (size, test, units) = match unit {
        Unit::Family => (
            format!("the median over {} (Hodges–Lehmann)", families(names.len())),
            "Wilcoxon's signed-rank test".to_owned(),
            "families",
        ),
        Unit::Run => {
            ("the mean over the runs".to_owned(), format!("the {}-test", run_test.name()), "runs")
        }
    };
    let known = || verdicts.iter().flatten();
    let interval = shown.interval(", in brackets its interval", known());
    let (mark, elsewhere) = (shown.mark, shown.elsewhere(known()));
    let over = count(known().count(), "row");
    let time = if times.are_in(table) {
        " Time: of a cell without its preparation, relative to the baseline, the geometric mean over the data sets; wall clock."
    } else {
        ""
    };
    format!(
        "Paired by data set, fold and seed, positive is better: {size}{interval}; {test}, Holm over {over}. Better, same, worse: \
         {units}, ±{rope} is the same. {mark}: differs from 0.{time}{elsewhere}"
    )
}
