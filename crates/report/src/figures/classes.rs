//! Recall of every class, or average precision of a class of objects, against its training rows: which classes gain, and which pay.

use crate::comparison::notes::capitalised;
use crate::figures::canvas::{Anchor, Canvas, MARGIN};
use crate::figures::panel::{Axis, Panel};
use crate::html::classes::{SAME, classes, measure, of_pairs, scale};
use crate::html::numbers;
use crate::html::scale::Scale;
use crate::html::view::View;

const SIZE: (f64, f64) = (640.0, 360.0);

/// `None` without a baseline that has recalls, or without a row beside it.
pub(super) fn figure(view: &View<'_>) -> Option<String> {
    let (classes, row) = (classes(view), view.shown_first()?);
    if classes.is_empty() {
        return None;
    }
    let (x, y) = (scale(&classes), Scale::linear(0.0, 1.0).tight());
    let mut canvas = Canvas::default();
    let measure = measure(view);
    let title =
        format!("{} of classes: from the baseline to {}", capitalised(measure), view.names[row]);
    canvas.text("title", (MARGIN, 22.0), Anchor::Start, &title);
    let panel = Panel::large(26.0, SIZE, &x, &y);
    panel.ground(
        &mut canvas,
        measure,
        &Axis {
            title: "training rows of the class (log)",
            tick: &|tick| numbers::counted(tick as usize),
        },
        &Axis { title: "", tick: &|tick| format!("{tick:.1}") },
    );
    let (mut n_gain, mut n_pay) = (0, 0);
    for of_set in classes.chunk_by(|a, b| a.set == b.set) {
        let pairs = view.pairs(row, of_set[0].set);
        for class in of_set {
            let Some([to, from]) = of_pairs(view, &pairs, class.place) else { continue };
            let style = match to - from {
                change if SAME < change => "gains",
                change if change < -SAME => "pays",
                _ => "unchanged",
            };
            n_gain += usize::from(style == "gains");
            n_pay += usize::from(style == "pays");
            panel.line(&mut canvas, style, &[(class.train, from), (class.train, to)]);
            canvas.circle("dot", panel.at(class.train, from), 2.6);
            canvas.circle(style, panel.at(class.train, to), 3.4);
        }
    }
    canvas.note(&format!(
        "Open dot: the baseline; filled dot: {}; mean over the runs that both have. Of {} classes of all data sets, {n_gain} gain \
         (blue) and {n_pay} pay (orange); within {SAME} it counts as unchanged.",
        view.names[row],
        classes.len()
    ));
    Some(canvas.finished(&title))
}
