//! The critical-difference diagram: average ranks on one axis, and bars over the rows that do not differ.
//!
//! Source: Demšar, *Statistical Comparisons of Classifiers over Multiple Data Sets*, JMLR 2006.

use evaluation::significance::cliques;

use crate::comparison::notes::capitalised;
use crate::comparison::table::MetricTable;
use crate::figures::canvas::{Anchor, Canvas, MARGIN, Place, fitting, width};
use crate::html::view::View;
use crate::judgement::ALPHA;

/// Most room for names; length of the axis; its height, that of a name, that of a bar.
const MOST_NAME: f64 = 460.0;
const LENGTH: f64 = 460.0;
const AXIS: f64 = 86.0;
const LINE: f64 = 17.0;
const BAR: f64 = 7.0;

/// `None` of a single data set, and where no two rows are ranked.
pub(super) fn figure(view: &View<'_>, table: &MetricTable) -> Option<String> {
    let ranked: Vec<usize> =
        (0..table.rows.len()).filter(|&row| table.rows[row].average_rank.is_some()).collect();
    let ranks: Vec<f64> = ranked.iter().filter_map(|&row| table.rows[row].average_rank).collect();
    let critical = table.judgement.critical_difference;
    if ranked.len() < 2 || view.sets.len() == 1 {
        return None;
    }
    let labels: Vec<String> =
        ranked.iter().map(|&row| fitting(&table.rows[row].name, MOST_NAME)).collect();
    let longest = labels.iter().map(|label| width(label)).fold(0.0, f64::max);
    let left = MARGIN + longest + 52.0;
    let (low, high) = (ranks[0].floor(), ranks[ranks.len() - 1].ceil().max(ranks[0].floor() + 1.0));
    let x = |rank: f64| left + LENGTH * (rank - low) / (high - low);
    let mut canvas = Canvas::default();
    let title = format!("{}: average ranks", capitalised(table.metric.title()));
    canvas.text("title", (MARGIN, 22.0), Anchor::Start, &title);
    axis(&mut canvas, (left, low), high, &x);
    if let Some(critical) = critical {
        let end = x(low + critical).min(left + LENGTH);
        canvas.line("clique", (left, AXIS - 34.0), (end, AXIS - 34.0));
        let wide = if high < low + critical { ", wider than the axis" } else { "" };
        let words = format!("critical difference {critical:.2} (Nemenyi, α = {ALPHA}{wide})");
        canvas.text("muted", (left, AXIS - 40.0), Anchor::Start, words);
    }
    let bars = critical.map_or_else(Vec::new, |critical| cliques(&ranks, critical));
    for (i, bar) in bars.iter().enumerate() {
        let y = AXIS + 9.0 + BAR * i as f64;
        let (first, last) = (ranks[bar[0]], ranks[bar[bar.len() - 1]]);
        canvas.line("clique", (x(first) - 3.0, y), (x(last) + 3.0, y));
    }
    let names = AXIS + 22.0 + BAR * bars.len() as f64;
    let n_left = ranked.len().div_ceil(2);
    for (place, (&row, &rank)) in ranked.iter().zip(&ranks).enumerate() {
        let class = if table.judgement.leader == Some(row) { "leader" } else { "" };
        let is_left = place < n_left;
        let level = if is_left { place } else { ranked.len() - 1 - place };
        let y = names + LINE * level as f64;
        let edge = if is_left { left - 10.0 } else { left + LENGTH + 10.0 };
        let bend: [Place; 3] = [(x(rank), AXIS), (x(rank), y), (edge, y)];
        canvas.path("leads", &bend);
        let (beside, anchor) =
            if is_left { (edge - 5.0, Anchor::End) } else { (edge + 5.0, Anchor::Start) };
        let label = if is_left {
            format!("{}  {rank:.2}", labels[place])
        } else {
            format!("{rank:.2}  {}", labels[place])
        };
        canvas.text(class, (beside, y + 4.0), anchor, label);
    }
    canvas.note(&format!(
        "1 is the best; ranks are averaged within families of data sets, then over {} of them. Rows under one bar do not differ \
         by the test of all pairs. Average ranks depend on which rows take part.",
        table.n_ranked_families
    ));
    Some(canvas.finished(&title))
}

fn axis(canvas: &mut Canvas, (left, low): (f64, f64), high: f64, x: &dyn Fn(f64) -> f64) {
    canvas.line("axis", (left, AXIS), (left + LENGTH, AXIS));
    let step = ((high - low) / 12.0).ceil().max(1.0) as usize;
    for tick in (low as i64..=high as i64).step_by(step) {
        let at = x(tick as f64);
        canvas.line("axis", (at, AXIS - 5.0), (at, AXIS));
        canvas.text("", (at, AXIS - 9.0), Anchor::Middle, tick);
    }
}
