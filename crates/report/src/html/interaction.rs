//! Two axes against each other: the difference from the baseline of every pair of choices, a panel for each choice on the
//! other axes.

use std::cmp::Reverse;

use evaluation::summary::mean;
use experiment::Axis;

use crate::comparison::table::MetricTable;
use crate::html::markup::{Attributes, Markup};
use crate::html::table::shade;
use crate::html::view::View;
use crate::judgement::words;

/// Choices that stand side by side at most.
const MOST_ACROSS: usize = 12;
/// Panels that are shown at most.
const MOST_PANELS: usize = 6;

/// What stands on an axis, as tables show it.
type Level = Option<String>;

/// The axes with the most choices, by their places among all axes.
pub(crate) struct Axes {
    pub(crate) down: usize,
    pub(crate) across: usize,
    pub(crate) rest: Vec<usize>,
}

/// The rows with the same choices on the other axes.
pub(crate) struct Panel<'v> {
    pub(crate) rest: Vec<&'v Level>,
    pub(crate) down: Vec<&'v Level>,
    pub(crate) across: Vec<&'v Level>,
    /// Rows in it.
    n: usize,
}

/// The panels, if there are any.
pub(super) fn write(view: &View<'_>, table: &MetricTable, page: &mut Markup) {
    let Some(axes) = axes(view) else { return };
    let panels = panels(view, &axes);
    if panels.is_empty() {
        return;
    }
    page.element("div", &[("class", &"two")], |page| {
        for panel in &panels {
            page.element("div", &[], |page| draw(view, table, &axes, panel, page));
        }
    });
    page.phrase(
        "p",
        &[("class", &"note")],
        format!(
            "Mean difference from the baseline over families, in {}. If both acted independently, every column would be the \
             first plus a constant.",
            table.metric.title()
        ),
    );
}

/// `None` unless rows differ on two axes, of which none is the control: that acts on one method alone.
pub(crate) fn axes(view: &View<'_>) -> Option<Axes> {
    let mut places: Vec<usize> = (0..view.axes().len()).collect();
    places.retain(|&place| 1 < view.levels(place).len());
    let is_control = |place: usize| view.axes()[place] == Axis::Control;
    places.sort_by_key(|&place| (is_control(place), Reverse(view.levels(place).len())));
    let [down, across, rest @ ..] = &places[..] else { return None };
    (!is_control(*across)).then(|| Axes { down: *down, across: *across, rest: rest.to_vec() })
}

/// The panels that have at least two choices on either axis; none if they are too many.
pub(crate) fn panels<'v>(view: &'v View<'_>, axes: &Axes) -> Vec<Panel<'v>> {
    let mut panels: Vec<Panel<'v>> = Vec::new();
    for labels in view.planned.iter().map(|&row| &view.labels[row]) {
        let rest: Vec<&Level> = axes.rest.iter().map(|&place| &labels[place]).collect();
        let at = panels.iter().position(|panel| panel.rest == rest).unwrap_or_else(|| {
            panels.push(Panel { rest, down: Vec::new(), across: Vec::new(), n: 0 });
            panels.len() - 1
        });
        let panel = &mut panels[at];
        panel.n += 1;
        for (levels, level) in
            [(&mut panel.down, &labels[axes.down]), (&mut panel.across, &labels[axes.across])]
        {
            if !levels.contains(&level) {
                levels.push(level);
            }
        }
    }
    // Choices that depart from one row, one at a time, do not meet each other.
    panels.retain(|panel| {
        let (down, across) = (panel.down.len(), panel.across.len());
        1 < down && (2..=MOST_ACROSS).contains(&across) && down + across <= panel.n
    });
    if MOST_PANELS < panels.len() { Vec::new() } else { panels }
}

/// The row with these choices.
pub(crate) fn row_of(
    table: &MetricTable,
    axes: &Axes,
    panel: &Panel<'_>,
    down: &Level,
    across: &Level,
) -> Option<usize> {
    table.rows.iter().position(|row| {
        let labels = &row.labels;
        let mut rest = axes.rest.iter().zip(&panel.rest);
        labels[axes.down] == *down
            && labels[axes.across] == *across
            && rest.all(|(&place, level)| labels[place] == **level)
    })
}

/// The mean difference of a row from the baseline; `None` of the baseline, and where there is none.
pub(crate) fn difference(table: &MetricTable, row: usize) -> Option<f64> {
    let verdict = table.judgement.verdicts[row].as_ref();
    verdict.and_then(|known| mean(known.by_unit.iter().copied().flatten()))
}

fn draw(view: &View<'_>, table: &MetricTable, axes: &Axes, panel: &Panel<'_>, page: &mut Markup) {
    let name = |place: usize| view.axes()[place];
    let rest = axes.rest.iter().zip(&panel.rest);
    let rest = rest.map(|(&place, level)| format!("{} {}", name(place), shown(level.as_ref())));
    let title = rest.collect::<Vec<_>>().join(", ");
    if !title.is_empty() {
        page.phrase("h3", &[], &title);
    }
    let label = format!("{} by {} {title}", name(axes.down), name(axes.across));
    let region: Attributes<'_> =
        &[("class", &"scroll"), ("tabindex", &"0"), ("role", &"region"), ("aria-label", &label)];
    page.element("div", region, |page| {
        page.literal("<table class=\"heat\"><thead><tr>");
        let corner = format!("{} ╲ {}", name(axes.down), name(axes.across));
        page.phrase("th", &[("scope", &"col")], corner);
        for level in &panel.across {
            page.phrase("th", &[("scope", &"col")], shown(level.as_ref()));
        }
        page.literal("</tr></thead><tbody>");
        for &down in &panel.down {
            page.element("tr", &[], |tr| {
                tr.phrase("th", &[("scope", &"row")], shown(down.as_ref()));
                for &across in &panel.across {
                    entry(view, table, row_of(table, axes, panel, down, across), tr);
                }
            });
        }
        page.literal("</tbody></table>");
    });
}

fn entry(view: &View<'_>, table: &MetricTable, row: Option<usize>, page: &mut Markup) {
    let Some(row) = row else { return page.literal("<td class=\"no\">–</td>") };
    if table.rows[row].is_baseline() {
        return page.literal("<td>baseline</td>");
    }
    let Some(difference) = difference(table, row) else {
        return page.literal("<td class=\"no\">–</td>");
    };
    let class = shade(difference).unwrap_or_default();
    let decimals = view.subject.comparison.decimals;
    page.phrase("td", &[("class", &class)], words::signed(difference, decimals));
}

pub(crate) fn shown(level: Option<&String>) -> &str {
    level.map_or("—", String::as_str)
}
