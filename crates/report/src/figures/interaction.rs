//! Two axes against each other: the difference from the baseline of every pair of choices, as a heat map.

use crate::comparison::notes::capitalised;
use crate::comparison::table::MetricTable;
use crate::figures::canvas::{Anchor, Canvas, MARGIN};
use crate::figures::grid::{Entry, Grid};
use crate::html::table::shade;
use crate::html::view::View;
use crate::judgement::interaction::{Interaction, Pair, Panel};
use crate::judgement::words;

/// `None` unless rows differ on two axes whose choices meet, and where there would be too many panels.
pub(super) fn figure(view: &View<'_>, table: &MetricTable) -> Option<String> {
    let interaction = Interaction::of(view.axes(), table)?;
    let mut canvas = Canvas::default();
    let title = format!("{}: {}", capitalised(table.metric.title()), interaction.title());
    canvas.text("title", (MARGIN, 22.0), Anchor::Start, &title);
    let mut top = 34.0;
    for panel in &interaction.panels {
        top = draw(view, &interaction, panel, top, &mut canvas);
    }
    canvas.note(&format!(
        "{} Blue is better than the baseline, orange worse, in steps at 0.01, 0.03, 0.1 and 0.2.",
        interaction.remark()
    ));
    Some(canvas.finished(&title))
}

/// Draws a panel under `top`; where it ends.
fn draw(
    view: &View<'_>,
    interaction: &Interaction<'_>,
    panel: &Panel,
    top: f64,
    canvas: &mut Canvas,
) -> f64 {
    let entry = |i: usize, j: usize| {
        let pair = interaction.pair(panel, i, j);
        let text = match pair {
            Pair::Baseline => "baseline".to_owned(),
            Pair::Difference(difference, _) => {
                words::signed(difference, view.subject.comparison.decimals)
            }
            Pair::Nothing => "–".to_owned(),
        };
        let shade = match pair {
            Pair::Difference(difference, _) => shade(difference),
            Pair::Nothing | Pair::Baseline => None,
        };
        Entry { shade: shade.unwrap_or_else(|| "p0".to_owned()), style: "", text }
    };
    let grid = Grid {
        title: &panel.title,
        down: &panel.down.iter().map(String::as_str).collect::<Vec<_>>(),
        across: &panel.across.iter().map(String::as_str).collect::<Vec<_>>(),
        entry: &entry,
    };
    grid.draw(top, canvas)
}
