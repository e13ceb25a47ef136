//! Two axes against each other: the difference from the baseline of every pair of choices, as a heat map.

use crate::comparison::notes::capitalised;
use crate::figures::canvas::{Anchor, Canvas, MARGIN, fitting, width};
use crate::html::interaction::{Axes, Panel, axes, difference, panels, row_of, shown};
use crate::html::table::shade;
use crate::html::view::View;
use crate::judgement::words;

/// Size of an entry; most room for what stands beside them.
const WIDTH: f64 = 74.0;
const HEIGHT: f64 = 22.0;
const MOST_NAME: f64 = 240.0;

/// `None` unless rows differ on two axes, and where there would be too many panels.
pub(super) fn figure(view: &View<'_>) -> Option<String> {
    let axes = axes(view)?;
    let mut panels = panels(view, &axes);
    // A choice that meets one other alone shows no interaction.
    panels.retain(|panel| {
        panel.across.iter().all(|across| {
            let meets = |down: &&&Option<String>| {
                row_of(view.first(), &axes, panel, down, across).is_some()
            };
            2 <= panel.down.iter().filter(meets).count()
        })
    });
    if panels.is_empty() {
        return None;
    }
    let mut canvas = Canvas::default();
    let name = |place: usize| view.axes()[place];
    let title = format!(
        "{}: {} by {}, difference from the baseline",
        capitalised(view.first().metric.title()),
        name(axes.down),
        name(axes.across)
    );
    canvas.text("title", (MARGIN, 22.0), Anchor::Start, &title);
    let mut top = 34.0;
    for panel in &panels {
        top = draw(view, &axes, panel, top, &mut canvas);
    }
    canvas.note(
        "Mean difference over families. Blue is better than the baseline, orange worse, in steps at 0.01, 0.03, 0.1 and 0.2. If both \
         axes acted independently, every column would be the first plus a constant.",
    );
    Some(canvas.finished(&title))
}

/// Draws a panel under `top`; where it ends.
fn draw(view: &View<'_>, axes: &Axes, panel: &Panel<'_>, top: f64, canvas: &mut Canvas) -> f64 {
    let table = view.first();
    let name = |place: usize| view.axes()[place];
    let rest = axes.rest.iter().zip(&panel.rest);
    let rest: Vec<String> =
        rest.map(|(&place, level)| format!("{} {}", name(place), shown(level.as_ref()))).collect();
    canvas.text("leader", (MARGIN, top + 14.0), Anchor::Start, rest.join(", "));
    let label = |level: &Option<String>| fitting(shown(level.as_ref()), MOST_NAME);
    let longest = panel.down.iter().map(|level| width(&label(level))).fold(0.0, f64::max);
    let (left, head) = (MARGIN + longest + 10.0, top + 34.0);
    // Names across are wider than entries: they stand in turn on two lines.
    let wide = panel.across.iter().any(|level| WIDTH < width(&label(level)));
    for (i, level) in panel.across.iter().enumerate() {
        let x = left + WIDTH * (i as f64 + 0.5);
        let y = if wide && i % 2 == 1 { head + 14.0 } else { head };
        canvas.text(
            "muted",
            (x, y),
            Anchor::Middle,
            fitting(shown(level.as_ref()), 2.0 * WIDTH - 8.0),
        );
    }
    let first = head + if wide { 22.0 } else { 8.0 };
    for (j, down) in panel.down.iter().enumerate() {
        let y = first + HEIGHT * j as f64;
        canvas.text("", (left - 8.0, y + 15.0), Anchor::End, label(down));
        for (i, across) in panel.across.iter().enumerate() {
            let x = left + WIDTH * i as f64;
            let row = row_of(table, axes, panel, down, across);
            let known = row.and_then(|row| difference(table, row));
            let is_baseline = row.is_some() && row == table.judgement.baseline;
            let class = known.and_then(shade).unwrap_or_else(|| "p0".to_owned());
            let text = match known {
                _ if is_baseline => "baseline".to_owned(),
                Some(difference) => words::signed(difference, view.subject.comparison.decimals),
                None => "–".to_owned(),
            };
            canvas.rectangle(&class, (x + 1.0, y + 1.0), WIDTH - 2.0, HEIGHT - 2.0);
            canvas.text("", (x + WIDTH / 2.0, y + 15.0), Anchor::Middle, text);
        }
    }
    first + HEIGHT * panel.down.len() as f64 + 14.0
}
