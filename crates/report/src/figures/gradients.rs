//! How long the gradients of the training examples are at the end of a training, and which of them make up the whole: the
//! picture of gradient harmonizing, of every method that moves it.

use crate::figures::canvas::{Anchor, Canvas, MARGIN};
use crate::figures::panel::{Axis, Panel, legend, steps};
use crate::html::lengths::{Lengths, Shares, of_gradient, percent};
use crate::html::scale::Scale;
use crate::html::view::View;

const SIZE: (f64, f64) = (330.0, 170.0);
/// From a row's panels to those of the next.
const BELOW: f64 = 44.0;

/// `None` where no row's steps are other than plain ones.
pub(super) fn figure(view: &View<'_>) -> Option<String> {
    let lengths = Lengths::of(view)?;
    let mut canvas = Canvas::default();
    let title = "Gradients of the training examples in the last epoch";
    canvas.text("title", (MARGIN, 22.0), Anchor::Start, title);
    let base = view
        .baseline
        .map_or_else(String::new, |row| format!("left: {} (baseline); ", view.names[row]));
    let base = format!("{base}right: the same network's gradient as in the plain loss");
    let mut top = legend(&mut canvas, 42.0, &[("row", "with the method"), ("base", &base)]);
    for shares in &lengths.shown {
        canvas.text("leader", (MARGIN, top + 18.0), Anchor::Start, &view.names[shares.row]);
        top = draw(&mut canvas, top + 22.0, shares, &lengths);
    }
    canvas.note(&lengths.note());
    Some(canvas.finished(title))
}

/// Draws the panels of a row under `top`; where they end.
fn draw(canvas: &mut Canvas, top: f64, shares: &Shares, lengths: &Lengths) -> f64 {
    let x = Scale::linear(0.0, 1.0).tight();
    let across = Axis { title: "length of the gradient", tick: &|tick| format!("{tick:.1}") };
    let up = Axis { title: "", tick: &percent };
    let logarithmic = lengths.of_examples(shares);
    let left = Panel::large(top, SIZE, &x, &logarithmic);
    left.ground(canvas, "share of the examples (log)", &across, &up);
    if let Some(baseline) = &lengths.baseline {
        left.line(canvas, "base", &steps(baseline));
    }
    left.line(canvas, "row", &steps(&shares.examples));

    let linear = of_gradient(shares);
    let right = Panel::large(top, SIZE, &x, &linear).moved(SIZE.0 + 64.0);
    right.ground(canvas, "share of the whole gradient", &across, &up);
    right.line(canvas, "base", &steps(&shares.plain));
    right.line(canvas, "row", &steps(&shares.method));
    left.bottom() + BELOW
}
