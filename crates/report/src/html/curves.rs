//! The validation metric by epoch: a row against the baseline, a panel a data set.

use std::collections::BTreeSet;

use evaluation::summary::mean;
use experiment::record::{Reproducible, Results};

use crate::comparison::notes::capitalised;
use crate::comparison::printed::number;
use crate::html::band::{Band, Frame, HEIGHT, Point, WIDTH};
use crate::html::chooser;
use crate::html::markup::{Attributes, Markup};
use crate::html::table::MOST_NUMBERS;
use crate::html::view::View;

/// Points of a curve, but for those at which a stage ends and the next begins.
const MOST_POINTS: usize = 30;

pub(super) fn section(view: &View<'_>) -> Result<Markup, String> {
    let drawn: Vec<Drawn> = view.columns.iter().map(|&set| Drawn::new(view, set)).collect();
    let drawn: Vec<&Drawn> = drawn.iter().filter(|drawn| drawn.frame.is_some()).collect();
    let panels: Vec<usize> = drawn.iter().map(|drawn| drawn.set).collect();
    if panels.is_empty() {
        return Err("nothing was trained by epochs with a validation part".to_owned());
    }
    let mut page = Markup::default();
    page.phrase("h2", &[], "Learning curves");
    chooser::write(view, "curves", &mut page, |legend| chooser::lines(view, legend));
    let first = shown_first(view, &panels);
    page.element("div", &[("class", &"panels"), ("id", &"panels")], |page| {
        for drawn in drawn {
            let class = if first.contains(&drawn.set) { "panel" } else { "panel more" };
            page.element("figure", &[("class", &class)], |page| panel(view, drawn, page));
        }
    });
    if first.len() < panels.len() {
        page.element("p", &[("class", &"script")], |p| {
            p.element("button", &[("id", &"all-panels"), ("aria-expanded", &"false")], |button| {
                button.text(format!("show all {} data sets", panels.len()));
            });
        });
    }
    page.element("p", &[("class", &"note")], |p| {
        let metrics: BTreeSet<&str> =
            view.specs().iter().map(|spec| spec.protocol.select_by.title()).collect();
        let metrics: Vec<&str> = metrics.into_iter().collect();
        let metrics = capitalised(&metrics.join(" or "));
        p.text(format!(
            "{metrics} on the validation part after each epoch, the mean over the runs; band: from the tenth to the ninetieth percent of \
             them. The dot is the mean of the epochs whose networks are measured.",
        ));
        p.text(stages_told(view, 0..view.names.len()));
    });
    Ok(page)
}

/// All panels, or the largest data set of each family if they are many.
pub(crate) fn shown_first(view: &View<'_>, panels: &[usize]) -> BTreeSet<usize> {
    if panels.len() <= MOST_NUMBERS {
        return panels.iter().copied().collect();
    }
    largest(view, panels, MOST_NUMBERS).into_iter().collect()
}

/// The largest data set of each family, of these the `most` largest.
pub(super) fn largest(view: &View<'_>, sets: &[usize], most: usize) -> Vec<usize> {
    let rows = |set: usize| view.sets[set].counts.as_ref().map_or(0, |counts| counts.iter().sum());
    let families = sets.chunk_by(|&a, &b| view.sets[a].family == view.sets[b].family);
    let mut largest: Vec<usize> =
        families.filter_map(|sets| sets.iter().copied().max_by_key(|&set| rows(set))).collect();
    largest.sort_by_key(|&set| std::cmp::Reverse(rows(set)));
    largest.truncate(most);
    largest
}

fn panel(view: &View<'_>, drawn: &Drawn, page: &mut Markup) {
    let (set, Some(frame)) = (drawn.set, drawn.frame) else { return };
    page.element("figcaption", &[], |caption| {
        caption.text(&view.sets[set].name);
        if let Some(ratio) = view.sets[set].imbalance() {
            caption.phrase("small", &[], format!(" 1 : {ratio:.1}"));
        }
    });
    let label = format!("Learning curves on {}", view.sets[set].name);
    let svg: Attributes<'_> =
        &[("viewBox", &"-62 -14 552 284"), ("role", &"img"), ("aria-label", &label)];
    page.element("svg", svg, |svg| {
        svg.void("line", &[("class", &"axis"), ("x2", &WIDTH), ("y1", &HEIGHT), ("y2", &HEIGHT)]);
        for (value, y) in [(frame.y.0, HEIGHT), (frame.y.1, 0.0)] {
            let text: Attributes<'_> =
                &[("x", &-8), ("y", &y), ("dy", &8), ("text-anchor", &"end")];
            svg.phrase("text", text, number(value, 2));
        }
        let end: Attributes<'_> =
            &[("x", &WIDTH), ("y", &(HEIGHT + 26.0)), ("text-anchor", &"end")];
        svg.phrase("text", end, format!("epoch {}", frame.x.1 + 1.0));
        if let Some(curve) = view.baseline.and_then(|row| drawn.curves[row].as_ref()) {
            svg.element("g", &[("class", &"base")], |g| frame.draw(curve, g));
        }
        svg.element("g", &[("class", &"row"), ("data-panel", &set)], |g| {
            if let Some(row) = view.shown_first() {
                g.append(&drawn.of_row(row));
            }
        });
    });
}

/// The curves of every row, one a data set, as a script puts them into the panels.
pub(super) fn of_rows(view: &View<'_>) -> Vec<Vec<String>> {
    let drawn: Vec<Drawn> = (0..view.sets.len()).map(|set| Drawn::new(view, set)).collect();
    let of_row = |row: usize| drawn.iter().map(|drawn| drawn.of_row(row).into_string()).collect();
    (0..view.names.len()).map(of_row).collect()
}

/// What is drawn of a data set.
struct Drawn {
    set: usize,
    /// By row.
    curves: Vec<Option<Band>>,
    /// What all rows are drawn in; `None` if no row has a curve.
    frame: Option<Frame>,
}

impl Drawn {
    fn new(view: &View<'_>, set: usize) -> Self {
        let curves: Vec<Option<Band>> =
            (0..view.names.len()).map(|row| curve(view, row, set)).collect();
        let mut frame: Option<Frame> = None;
        for curve in curves.iter().flatten() {
            let empty = Frame { x: (0.0, 0.0), y: (f64::INFINITY, f64::NEG_INFINITY) };
            let frame = frame.get_or_insert(empty);
            for point in &curve.points {
                frame.x.1 = frame.x.1.max(point.x);
                frame.y = (frame.y.0.min(point.low), frame.y.1.max(point.high));
            }
        }
        Drawn { set, curves, frame }
    }

    /// The curve of a row.
    fn of_row(&self, row: usize) -> Markup {
        let mut markup = Markup::default();
        if let (Some(frame), Some(curve)) = (self.frame, &self.curves[row]) {
            frame.draw(curve, &mut markup);
        }
        markup
    }
}

/// The curve of a row on a data set; `None` of what has no epochs.
pub(crate) fn curve(view: &View<'_>, row: usize, set: usize) -> Option<Band> {
    let records: Vec<&Reproducible> = view.records(row, set).collect();
    let runs: Vec<&Results> = records.iter().filter_map(|run| run.results.as_deref()).collect();
    let courses: Vec<&[Option<f64>]> =
        runs.iter().map(|results| &results.history.validation[..]).collect();
    let n_epochs = courses.iter().map(|course| course.len()).max().filter(|&n| 1 < n)?;
    let stages: BTreeSet<usize> = records.iter().filter_map(|run| second_stage(run)).collect();
    let point = |epoch: usize| {
        let values = courses.iter().filter_map(|course| *course.get(epoch)?).collect();
        Point::new(epoch as f64, values)
    };
    let points: Vec<Point> =
        drawn_epochs(n_epochs, &stages).into_iter().filter_map(point).collect();
    let epochs = runs.iter().filter_map(|results| view.measured(results).epoch);
    let mark = mean(epochs.map(|epoch| epoch as f64));
    // Between the last epoch of the one and the first of the other.
    let stages = stages.into_iter().map(|epoch| epoch as f64 - 0.5).collect();
    (!points.is_empty()).then_some(Band { points, mark, stages })
}

/// The epochs of a curve that have a point: evenly some of them, and those at which a stage ends or begins.
fn drawn_epochs(n_epochs: usize, stages: &BTreeSet<usize>) -> BTreeSet<usize> {
    let n_points = n_epochs.min(MOST_POINTS);
    let even = (0..n_points).map(|i| i * (n_epochs - 1) / (n_points - 1));
    even.chain(stages.iter().flat_map(|&begin| [begin - 1, begin])).collect()
}

/// The first epoch of the second stage of a run, counted from 0: a first one that diverged has none after it.
fn second_stage(run: &Reproducible) -> Option<usize> {
    let after = run.spec.second_stage_after()?;
    (after < run.results.as_ref()?.history.validation.len()).then_some(after)
}

/// What the marks of second stages are, where `rows` have any.
pub(crate) fn stages_told(view: &View<'_>, rows: impl Iterator<Item = usize>) -> &'static str {
    let entries = rows.flat_map(|row| view.columns.iter().map(move |&set| (row, set)));
    let runs = entries.flat_map(|(row, set)| view.records(row, set));
    let staged = runs.filter(|run| second_stage(run).is_some());
    let learns: BTreeSet<bool> =
        staged.filter_map(|run| Some(run.spec.network()?.decoupling.learns())).collect();
    match (learns.contains(&true), learns.contains(&false)) {
        (false, false) => "",
        (true, false) => " Upright line: there a second stage begins, whose epochs are counted on.",
        (false, true) => {
            " Upright line: there the training ends; the exponents that τ-normalisation tries are counted on as epochs, from the \
             smallest."
        }
        (true, true) => {
            " Upright line: there a second stage begins, whose epochs are counted on; of τ-normalisation these are the exponents \
             that it tries, from the smallest."
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_epochs_around_the_begin_of_a_stage_have_a_point() {
        let none = BTreeSet::new();
        assert_eq!(drawn_epochs(4, &none), BTreeSet::from([0, 1, 2, 3]));
        let even = drawn_epochs(100, &none);
        assert_eq!((even.len(), even.first(), even.last()), (MOST_POINTS, Some(&0), Some(&99)));
        let staged = drawn_epochs(100, &BTreeSet::from([90]));
        assert!(even.is_subset(&staged) && staged.contains(&89) && staged.contains(&90));
    }
}
