//! How much single examples count at the end of a training: of the commonest classes, of the rarest, and of those with a
//! wrong label.

use experiment::record::gradients::N_RATIOS;

use crate::figures::canvas::{Anchor, Canvas, MARGIN};
use crate::figures::panel::{Axis, Panel, legend, steps};
use crate::html::ratios::{ONE, Ratios, WHOSE, Weighed, edge};
use crate::html::scale::Scale;
use crate::html::view::View;

/// `None` where all examples of all rows count alike.
pub(super) fn figure(view: &View<'_>) -> Option<String> {
    let ratios = Ratios::of(view)?;
    let mut canvas = Canvas::default();
    let title = "How much examples count in the last epoch";
    canvas.text("title", (MARGIN, 22.0), Anchor::Start, title);
    let top = legend(&mut canvas, 42.0, &ratios.legend());
    for (i, weighed) in ratios.shown.iter().enumerate() {
        draw(&mut canvas, (i, top), &view.names[weighed.row], weighed);
    }
    canvas.note(&ratios.note());
    Some(canvas.finished(title))
}

fn draw(canvas: &mut Canvas, (i, top): (usize, f64), name: &str, weighed: &Weighed) {
    let (x, y) = (Scale::linear(0.0, N_RATIOS as f64).tight(), weighed.scale());
    let panel = Panel::small(i, top, &x, &y);
    panel.ground(
        canvas,
        name,
        &Axis { title: "times as much as in the plain mean", tick: &|tick| edge(tick as usize) },
        &Axis { title: "", tick: &|tick| format!("{:.0} %", 100.0 * tick) },
    );
    panel.line(canvas, "zero", &[(ONE as f64, 0.0), (ONE as f64, 1.0)]);
    for ((style, ..), bins) in WHOSE.iter().zip(&weighed.lines) {
        let Some(bins) = bins else { continue };
        let points = steps(bins).into_iter().map(|(x, y)| (x * N_RATIOS as f64, y));
        panel.line(canvas, style, &points.collect::<Vec<_>>());
    }
}
