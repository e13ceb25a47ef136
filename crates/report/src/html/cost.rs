//! Score against training time, and the rows that nothing is both faster and better than.

use evaluation::summary::mean;

use crate::comparison::printed::number;
use crate::comparison::table::{MethodRow, MetricTable};
use crate::html::markup::{Attributes, Markup};
use crate::html::numbers;
use crate::html::scale::Scale;
use crate::html::view::View;
use crate::judgement::estimate::Estimate;
use crate::judgement::words;

/// Pixels of the figure, and of the room for its axis.
const HEIGHT: f64 = 300.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 260.0;
/// Percent of the width, from the left.
const LEFT: f64 = 9.0;
const RIGHT: f64 = 97.0;

pub(crate) struct Point {
    pub(crate) row: usize,
    pub(crate) time: f64,
    pub(crate) difference: f64,
}

/// Why there is no such figure, if there is none.
pub(super) fn absent(view: &View<'_>) -> Option<String> {
    let others = view.subject.comparison.tables.iter().any(|table| 1 < points(table).len());
    (!others).then(|| "no row has both a score and a time beside the baseline's".to_owned())
}

pub(super) fn section(view: &View<'_>, page: &mut Markup) {
    page.phrase("h2", &[], "Score and time");
    page.element("div", &[("data-slot", &"cost")], |page| {
        page.append(&slot(view, view.first()));
    });
    page.literal(
        "<p class=\"note\">Mean difference from the baseline against time. Numbered: no other row is both faster and better, and \
         none of them is worse than the baseline by more than counts as none. Times are wall clock on a machine that may have been shared: \
         read factors, not percents.</p>",
    );
}

pub(super) fn slot(view: &View<'_>, table: &MetricTable) -> Markup {
    let points = points(table);
    let mut page = Markup::default();
    if points.len() < 2 {
        page.literal(
            "<p class=\"note\">No row has both a value and a time beside the baseline's.</p>",
        );
        return page;
    }
    let front = front(&points, table.judgement.rope);
    let label =
        format!("Difference in {} from the baseline against training time", table.metric.title());
    let style = format!("height:{HEIGHT}px");
    page.element(
        "svg",
        &[("class", &"wide"), ("style", &style), ("role", &"img"), ("aria-label", &label)],
        |svg| figure(view, &points, &front, svg),
    );
    let decimals = view.subject.comparison.decimals;
    page.element("ol", &[("class", &"front")], |ol| {
        for &i in &front {
            ol.element("li", &[], |li| {
                li.text(&view.names[points[i].row]);
                let (difference, time) = (points[i].difference, points[i].time);
                let figures =
                    format!(" {} at {}", words::signed(difference, decimals), numbers::times(time));
                li.phrase("span", &[("class", &"number")], figures);
            });
        }
    });
    page
}

pub(crate) fn points(table: &MetricTable) -> Vec<Point> {
    let point = |(row, verdict): (&MethodRow, &Option<Estimate>)| {
        let mean_difference = |verdict: &Estimate| mean(verdict.by_unit.iter().copied().flatten());
        Some(Point {
            row: row.place,
            time: row.relative_time?,
            difference: if row.is_baseline() { 0.0 } else { mean_difference(verdict.as_ref()?)? },
        })
    };
    table.rows.iter().zip(&table.judgement.verdicts).filter_map(point).collect()
}

/// The points that no other is faster and better than, the fastest first.
pub(crate) fn front(points: &[Point], rope: f64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..points.len()).collect();
    order.sort_by(|&a, &b| {
        let by_time = points[a].time.total_cmp(&points[b].time);
        by_time.then(points[b].difference.total_cmp(&points[a].difference))
    });
    let mut best = -rope;
    let mut front = Vec::new();
    for i in order {
        if best < points[i].difference {
            best = points[i].difference;
            front.push(i);
        }
    }
    front
}

/// Axes for all points: of times, of differences.
pub(crate) fn scales(points: &[Point]) -> (Scale, Scale) {
    let bounds = |of: fn(&Point) -> f64| {
        let low = points.iter().map(of).fold(f64::INFINITY, f64::min);
        let high = points.iter().map(of).fold(f64::NEG_INFINITY, f64::max);
        (low, high)
    };
    let ((fast, slow), (worst, best)) = (bounds(|p| p.time), bounds(|p| p.difference));
    (Scale::logarithmic(fast, slow), Scale::linear(worst, best))
}

/// `2×`, `0.5×`.
pub(crate) fn time_text(tick: f64) -> String {
    format!("{}×", number(tick, 3).trim_end_matches('0').trim_end_matches('.'))
}

fn figure(view: &View<'_>, points: &[Point], front: &[usize], svg: &mut Markup) {
    let (times, scores) = scales(points);
    let x = |time: f64| format!("{:.2}%", LEFT + (RIGHT - LEFT) * times.place(time));
    let y = |difference: f64| format!("{:.1}", BOTTOM - (BOTTOM - TOP) * scores.place(difference));
    for tick in times.ticks() {
        let at = x(tick);
        svg.void(
            "line",
            &[("class", &"grid"), ("x1", &at), ("x2", &at), ("y1", &TOP), ("y2", &BOTTOM)],
        );
        let text: Attributes<'_> =
            &[("x", &at), ("y", &(BOTTOM + 16.0)), ("text-anchor", &"middle")];
        svg.phrase("text", text, time_text(tick));
    }
    let (left, right) = (format!("{LEFT}%"), format!("{RIGHT}%"));
    for tick in scores.ticks() {
        let class = if tick == 0.0 { "zero" } else { "grid" };
        let at = y(tick);
        svg.void(
            "line",
            &[("class", &class), ("x1", &left), ("x2", &right), ("y1", &at), ("y2", &at)],
        );
        let text: Attributes<'_> =
            &[("x", &left), ("dx", &-6), ("y", &at), ("dy", &4), ("text-anchor", &"end")];
        svg.phrase("text", text, tick_text(tick, scores.decimals()));
    }
    let decimals = view.subject.comparison.decimals;
    for (_, point) in points.iter().enumerate().filter(|(i, _)| !front.contains(i)) {
        let tip = tip(view, point, decimals);
        let circle: Attributes<'_> = &[
            ("class", &"dot"),
            ("cx", &x(point.time)),
            ("cy", &y(point.difference)),
            ("r", &4),
            ("data-tip", &tip),
        ];
        svg.void("circle", circle);
    }
    for (place, &i) in front.iter().enumerate() {
        let point = &points[i];
        let (cx, cy) = (x(point.time), y(point.difference));
        let tip = tip(view, point, decimals);
        let circle: Attributes<'_> =
            &[("class", &"front"), ("cx", &cx), ("cy", &cy), ("r", &8), ("data-tip", &tip)];
        svg.void("circle", circle);
        let text: Attributes<'_> =
            &[("class", &"on"), ("x", &cx), ("y", &cy), ("dy", &4), ("text-anchor", &"middle")];
        svg.phrase("text", text, place + 1);
    }
    let text: Attributes<'_> = &[("x", &"53%"), ("y", &(HEIGHT - 5.0)), ("text-anchor", &"middle")];
    svg.phrase("text", text, "training time, relative to the baseline (log)");
}

pub(crate) fn tick_text(tick: f64, decimals: usize) -> String {
    if tick.abs() < 1e-12 { "0".to_owned() } else { words::signed(tick, decimals) }
}

fn tip(view: &View<'_>, point: &Point, decimals: usize) -> String {
    let (difference, time) = (point.difference, point.time);
    format!(
        "{}: {}, {} the time",
        view.names[point.row],
        words::signed(difference, decimals),
        numbers::times(time)
    )
}
