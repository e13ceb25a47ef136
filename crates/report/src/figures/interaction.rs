//! Two axes against each other: the difference from the baseline of every pair of choices, as a heat map.

use crate::comparison::notes::capitalised;
use crate::comparison::table::MetricTable;
use crate::figures::canvas::{Anchor, Canvas, MARGIN};
use crate::figures::grid::{Entry, Grid};
use crate::html::interaction::{Axes, Panel, axes, difference, panels, row_of, shown};
use crate::html::table::shade;
use crate::html::view::View;
use crate::judgement::words;

/// `None` unless rows differ on two axes, and where there would be too many panels.
pub(super) fn figure(view: &View<'_>, table: &MetricTable) -> Option<String> {
    let axes = axes(view)?;
    let mut panels = panels(view, &axes);
    // A choice that meets one other alone shows no interaction.
    panels.retain(|panel| {
        panel.across.iter().all(|across| {
            let meets =
                |down: &&&Option<String>| row_of(table, &axes, panel, down, across).is_some();
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
        capitalised(table.metric.title()),
        name(axes.down),
        name(axes.across)
    );
    canvas.text("title", (MARGIN, 22.0), Anchor::Start, &title);
    let mut top = 34.0;
    for panel in &panels {
        top = draw(view, table, (&axes, panel), top, &mut canvas);
    }
    canvas.note(
        "Mean difference over families. Blue is better than the baseline, orange worse, in steps at 0.01, 0.03, 0.1 and 0.2. If both \
         axes acted independently, every column would be the first plus a constant.",
    );
    Some(canvas.finished(&title))
}

/// Draws a panel under `top`; where it ends.
fn draw(
    view: &View<'_>,
    table: &MetricTable,
    (axes, panel): (&Axes, &Panel<'_>),
    top: f64,
    canvas: &mut Canvas,
) -> f64 {
    let name = |place: usize| view.axes()[place];
    let rest = axes.rest.iter().zip(&panel.rest);
    let rest: Vec<String> =
        rest.map(|(&place, level)| format!("{} {}", name(place), shown(level.as_ref()))).collect();
    let names = |levels: &[&'_ Option<String>]| -> Vec<String> {
        levels.iter().map(|level| shown(level.as_ref()).to_owned()).collect()
    };
    let (down, across) = (names(&panel.down), names(&panel.across));
    let entry = |j: usize, i: usize| {
        let row = row_of(table, axes, panel, panel.down[j], panel.across[i]);
        let known = row.and_then(|row| difference(table, row));
        let text = match known {
            _ if row.is_some() && row == table.judgement.baseline => "baseline".to_owned(),
            Some(difference) => words::signed(difference, view.subject.comparison.decimals),
            None => "–".to_owned(),
        };
        let shade = known.and_then(shade).unwrap_or_else(|| "p0".to_owned());
        Entry { shade, style: "", text }
    };
    let grid = Grid {
        title: &rest.join(", "),
        down: &down.iter().map(String::as_str).collect::<Vec<_>>(),
        across: &across.iter().map(String::as_str).collect::<Vec<_>>(),
        entry: &entry,
    };
    grid.draw(top, canvas)
}
