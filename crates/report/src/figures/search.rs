//! What the validation parts say of every setting that a search has drawn: a panel a row and parameter, a dot a setting.

use crate::figures::canvas::{Anchor, Canvas, MARGIN};
use crate::figures::panel::{Axis, Panel, marks};
use crate::html::scale::Scale;
use crate::html::search::{self, Ended, radius};
use crate::html::view::View;

/// Letters for which there is room under a panel.
const LETTERS: usize = 36;

/// `None` where no search has drawn anything that has a value.
pub(super) fn figure(view: &View<'_>) -> Option<String> {
    let figure = search::figure(view)?;
    let mut canvas = Canvas::default();
    canvas.text("title", (MARGIN, 22.0), Anchor::Start, &figure.title);
    let legend: Vec<(&str, &str)> =
        figure.legend.iter().map(|(ended, words)| (class(*ended), *words)).collect();
    let top = marks(&mut canvas, 42.0, &legend);
    let x = Scale::linear(0.0, 1.0).tight();
    for (i, of_panel) in figure.panels.iter().enumerate() {
        let panel = Panel::small(i, top, &x, &of_panel.up);
        let decimals = of_panel.up.decimals();
        panel.marked(
            &mut canvas,
            &of_panel.row,
            (&search::title(of_panel), &of_panel.across.ticks(LETTERS)),
            &Axis { title: "", tick: &|tick| format!("{tick:.decimals$}") },
        );
        for dot in &of_panel.dots {
            canvas.circle(class(dot.ended), panel.within(dot.x, dot.y), radius(dot));
        }
    }
    canvas.note(&figure.note);
    Some(canvas.finished(&figure.title))
}

fn class(ended: Ended) -> &'static str {
    match ended {
        Ended::Early => "dot",
        Ended::Whole => "mark",
        Ended::Chosen => "better",
    }
}
