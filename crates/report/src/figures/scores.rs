//! Curves of the test part's probabilities: precision against recall, ROC, reliability; a panel a data set.

use crate::figures::canvas::{Anchor, Canvas, MARGIN};
use crate::figures::panel::{Axis, Panel, both};
use crate::html::scale::Scale;
use crate::html::scores::{Kind, shown};
use crate::html::view::View;

pub(super) fn precision_recall(view: &View<'_>) -> Option<String> {
    figure(view, Kind::PrecisionRecall, "Precision against recall")
}

pub(super) fn roc(view: &View<'_>) -> Option<String> {
    figure(view, Kind::Roc, "Found against false alarms (ROC)")
}

pub(super) fn reliability(view: &View<'_>) -> Option<String> {
    figure(view, Kind::Reliability, "Reliability of the probabilities")
}

/// `None` where no record has such curves.
fn figure(view: &View<'_>, kind: Kind, title: &str) -> Option<String> {
    let (baseline, row) = (view.baseline?, view.shown_first()?);
    let of = |set: usize| {
        let pair = [baseline, row].map(|row| kind.band(view, row, set));
        pair.iter().any(Option::is_some).then_some((set, pair))
    };
    let pairs: Vec<_> = shown(view).into_iter().filter_map(of).collect();
    if pairs.is_empty() {
        return None;
    }
    let mut canvas = Canvas::default();
    canvas.text("title", (MARGIN, 22.0), Anchor::Start, title);
    let top = both(view, (baseline, row), 42.0, &mut canvas);
    let (x, y) = (Scale::linear(0.0, 1.0).tight(), Scale::linear(0.0, 1.0).tight());
    let [_, across, up] = kind.words();
    for (i, (set, pair)) in pairs.iter().enumerate() {
        let panel = Panel::small(i, top, &x, &y);
        let tick = |tick: f64| format!("{tick:.1}");
        panel.ground(
            &mut canvas,
            &view.sets[*set].name,
            &Axis { title: across, tick: &tick },
            &Axis { title: up, tick: &tick },
        );
        if !matches!(kind, Kind::PrecisionRecall) {
            panel.line(&mut canvas, "zero", &[(0.0, 0.0), (1.0, 1.0)]);
        }
        panel.both(&mut canvas, pair);
    }
    let mut note =
        "On the test part. Of the positive class or, where there are more than two, ".to_owned();
    note += match kind {
        Kind::Reliability => {
            "of the class that is predicted; the examples of all runs are added in each of 15 bins. Band: from the tenth to the \
             ninetieth percent of the runs, in bins of which two or more have examples. On the diagonal, a probability is how often \
             it is so."
        }
        Kind::PrecisionRecall | Kind::Roc => {
            "the mean over the classes. Mean over the runs; band: from the tenth to the ninetieth percent of them."
        }
    };
    if pairs.len() < view.sets.len() {
        note += &format!(
            " The largest data sets of the families: {} of {}.",
            pairs.len(),
            view.sets.len()
        );
    }
    canvas.note(&note);
    Some(canvas.finished(title))
}
