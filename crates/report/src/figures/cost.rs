//! Score against training time, and the rows that nothing is both faster and better than.

use crate::comparison::notes::capitalised;
use crate::comparison::table::MetricTable;
use crate::figures::canvas::{Anchor, Canvas, MARGIN, fitting};
use crate::figures::panel::{Axis, Panel};
use crate::html::cost::{front, points, scales, tick_text, time_text};
use crate::html::numbers;
use crate::html::view::View;
use crate::judgement::words;

const SIZE: (f64, f64) = (480.0, 320.0);
/// Most room for a name of the list.
const MOST_NAME: f64 = 260.0;
const LINE: f64 = 19.0;

/// `None` where fewer than two rows have both a score and a time beside the baseline's.
pub(super) fn figure(view: &View<'_>, table: &MetricTable) -> Option<String> {
    let points = points(table);
    if points.len() < 2 {
        return None;
    }
    let front = front(&points, table.judgement.rope);
    let (times, scores) = scales(&points);
    let mut canvas = Canvas::default();
    let title = format!("{} and training time", capitalised(table.metric.title()));
    canvas.text("title", (MARGIN, 22.0), Anchor::Start, &title);
    let panel = Panel::large(26.0, SIZE, &times, &scores);
    let decimals = scores.decimals();
    panel.ground(
        &mut canvas,
        "mean difference from the baseline",
        &Axis { title: "training time, relative to the baseline (log)", tick: &time_text },
        &Axis { title: "", tick: &|tick| tick_text(tick, decimals) },
    );
    for (_, point) in points.iter().enumerate().filter(|(i, _)| !front.contains(i)) {
        canvas.circle("dot", panel.at(point.time, point.difference), 4.0);
    }
    for (place, &i) in front.iter().enumerate() {
        let (x, y) = panel.at(points[i].time, points[i].difference);
        canvas.circle("better", (x, y), 8.0);
        canvas.text("on", (x, y + 4.0), Anchor::Middle, place + 1);
        let (left, y) = (panel.right() + 24.0, panel.top() + 12.0 + LINE * place as f64);
        let figures = format!(
            "{}  {} at {}",
            fitting(&view.names[points[i].row], MOST_NAME),
            words::signed(points[i].difference, view.subject.comparison.decimals),
            numbers::times(points[i].time)
        );
        canvas.text("leader", (left, y), Anchor::End, place + 1);
        canvas.text("", (left + 8.0, y), Anchor::Start, figures);
    }
    canvas.note(
        "Numbered: no other row is both faster and better, and none of them is worse than the baseline by more than counts as \
         none. Times are wall clock on a machine that may have been shared: read factors, not percents.",
    );
    Some(canvas.finished(&title))
}
