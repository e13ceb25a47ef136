//! Learning curves: the validation metric by epoch, a row against the baseline, a panel a data set.

use std::collections::BTreeSet;

use crate::comparison::notes::capitalised;
use crate::figures::canvas::{Anchor, Canvas, MARGIN};
use crate::figures::panel::{Axis, Panel, both, edges};
use crate::html::band::Band;
use crate::html::curves::{curve, shown_first, stages_told};
use crate::html::scale::Scale;
use crate::html::view::View;

/// The line at which a second stage begins, lighter than a curve.
const STAGE: &str = ".stage{stroke-width:1;stroke-dasharray:2 3}";

/// The baseline's curve and the row's.
type Pair = [Option<Band>; 2];

/// `None` where nothing was trained by epochs with a validation part.
pub(super) fn figure(view: &View<'_>) -> Option<String> {
    let (baseline, row) = (view.baseline?, view.shown_first()?);
    let of = |set: usize| {
        let pair = [baseline, row].map(|row| curve(view, row, set).map(counted_from_one));
        pair.iter().any(Option::is_some).then_some((set, pair))
    };
    let known: Vec<(usize, Pair)> = view.columns.iter().copied().filter_map(of).collect();
    let sets: Vec<usize> = known.iter().map(|(set, _)| *set).collect();
    let first = shown_first(view, &sets);
    let shown: Vec<&(usize, Pair)> = known.iter().filter(|(set, _)| first.contains(set)).collect();
    if shown.is_empty() {
        return None;
    }
    let pairs = shown.iter().flat_map(|(_, pair)| pair.iter().flatten());
    let is_staged = pairs.into_iter().any(|band| !band.stages.is_empty());
    let mut canvas = if is_staged { Canvas::styled(STAGE) } else { Canvas::default() };
    let title = "Learning curves on the validation part";
    canvas.text("title", (MARGIN, 22.0), Anchor::Start, title);
    let top = both(view, (baseline, row), 42.0, &mut canvas);
    for (i, (set, pair)) in shown.iter().enumerate() {
        draw(&mut canvas, (i, top), &view.sets[*set].name, pair);
    }
    let metrics: BTreeSet<&str> =
        view.specs().iter().map(|spec| spec.protocol.select_by.title()).collect();
    let metrics = capitalised(&metrics.into_iter().collect::<Vec<_>>().join(" or "));
    let mut note = format!(
        "{metrics} after each epoch, the mean over the runs; band: from the tenth to the ninetieth percent of them. Dot: the mean of \
         the epochs whose networks are measured."
    );
    note += stages_told(view, [baseline, row].into_iter());
    if shown.len() < known.len() {
        let (n_shown, n) = (shown.len(), known.len());
        note += &format!(" The largest data sets of the families: {n_shown} of {n}.");
    }
    canvas.note(&note);
    Some(canvas.finished(title))
}

fn draw(canvas: &mut Canvas, (i, top): (usize, f64), name: &str, pair: &Pair) {
    let points = || pair.iter().flatten().flat_map(|band| &band.points);
    let (low, high) = edges(points().flat_map(|point| [point.low, point.high]));
    let (_, last) = edges(points().map(|point| point.x));
    let (x, y) = (Scale::linear(1.0, last).tight(), Scale::linear(low, high));
    let panel = Panel::small(i, top, &x, &y);
    let decimals = y.decimals();
    panel.ground(
        canvas,
        name,
        &Axis { title: "epoch", tick: &|tick| format!("{tick:.0}") },
        &Axis { title: "", tick: &|tick| format!("{tick:.decimals$}") },
    );
    panel.both(canvas, pair);
}

/// Epochs as people count them.
fn counted_from_one(mut band: Band) -> Band {
    band.points.iter_mut().for_each(|point| point.x += 1.0);
    band.stages.iter_mut().for_each(|stage| *stage += 1.0);
    band.mark = band.mark.map(|mark| mark + 1.0);
    band
}
