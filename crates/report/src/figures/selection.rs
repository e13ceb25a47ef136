//! What miners and reweighters select, over the epochs: how rare the classes of the selected are, and how steady they are.

use std::collections::BTreeMap;

use evaluation::summary::mean;
use experiment::record::Results;

use crate::figures::canvas::{Anchor, Canvas, MARGIN};
use crate::figures::panel::{Axis, LINES, Panel, edges, legend};
use crate::html::scale::Scale;
use crate::html::view::View;

const SIZE: (f64, f64) = (340.0, 220.0);

/// A row over the epochs: epoch from 1, mean over runs and data sets.
struct Course {
    row: usize,
    /// Share of the rarest class among the selected, relative to its share of the training rows.
    rarest: Vec<(f64, f64)>,
    /// Share of the rows selected in two epochs running.
    overlap: Vec<(f64, f64)>,
}

/// `None` where no row selects.
pub(super) fn figure(view: &View<'_>) -> Option<String> {
    let rows = view.first().rows.iter().map(|row| row.place);
    let all: Vec<Course> = rows.filter_map(|row| course(view, row)).collect();
    // More lines than styles cannot be told apart: the best rows.
    let courses = &all[..all.len().min(LINES.len())];
    if courses.is_empty() {
        return None;
    }
    let mut canvas = Canvas::default();
    let title = "What is selected, over the epochs";
    canvas.text("title", (MARGIN, 22.0), Anchor::Start, title);
    let entries: Vec<(&str, &str)> = LINES
        .into_iter()
        .zip(courses)
        .map(|(class, course)| (class, view.names[course.row].as_str()))
        .collect();
    let top = legend(&mut canvas, 42.0, &entries);
    let last = edges(courses.iter().flat_map(|course| &course.rarest).map(|point| point.0)).1;
    let x = Scale::linear(1.0, last).tight();
    let (low, high) = edges(courses.iter().flat_map(|course| &course.rarest).map(|point| point.1));
    let rarest = Scale::linear(low.min(1.0), high.max(1.0));
    let share = Scale::linear(0.0, 1.0).tight();
    let epoch = Axis { title: "epoch", tick: &|tick| format!("{tick:.0}") };
    let decimals = rarest.decimals();
    let panel = Panel::large(top, SIZE, &x, &rarest);
    let times = Axis { title: "", tick: &|tick| format!("{tick:.decimals$}×") };
    panel.ground(
        &mut canvas,
        "share of the rarest class, of its share in training",
        &epoch,
        &times,
    );
    panel.line(&mut canvas, "zero", &[(1.0, 1.0), (last, 1.0)]);
    let beside = Panel::large(top, SIZE, &x, &share).moved(panel.right() + 24.0);
    let shares = Axis { title: "", tick: &|tick| format!("{tick:.1}") };
    beside.ground(&mut canvas, "selected in the epoch before as well", &epoch, &shares);
    for (class, course) in LINES.into_iter().zip(courses) {
        panel.line(&mut canvas, class, &course.rarest);
        beside.line(&mut canvas, class, &course.overlap);
    }
    let mut note = "Means over the runs of all data sets. Left: 1 is selection without regard to class. Right: rows selected in this \
                    epoch and in the one before, of those selected in either."
        .to_owned();
    if courses.len() < all.len() {
        note += &format!(" The best {} of {} rows that select.", courses.len(), all.len());
    }
    canvas.note(&note);
    Some(canvas.finished(title))
}

fn course(view: &View<'_>, row: usize) -> Option<Course> {
    let (mut rarest, mut overlap) = (BTreeMap::new(), BTreeMap::new());
    for results in (0..view.sets.len()).flat_map(|set| view.results(row, set)) {
        add(results, &mut rarest, &mut overlap);
    }
    let course = Course { row, rarest: means(rarest), overlap: means(overlap) };
    (1 < course.rarest.len()).then_some(course)
}

fn add(
    results: &Results,
    rarest: &mut BTreeMap<usize, Vec<f64>>,
    overlap: &mut BTreeMap<usize, Vec<f64>>,
) {
    let Some(selection) = &results.selection else { return };
    let counts = &results.train_counts;
    let all: u32 = counts.iter().sum();
    let present = (0..counts.len()).filter(|&class| 0 < counts[class]);
    let Some(class) = present.min_by_key(|&class| counts[class]) else { return };
    let expected = f64::from(counts[class]) / f64::from(all);
    for (i, &epoch) in selection.epochs.iter().enumerate() {
        let shares = &selection.class_shares[i];
        // An epoch that selected nothing has no shares.
        if shares.iter().any(|share| 0.0 < *share) {
            rarest.entry(epoch).or_default().push(f64::from(shares[class]) / expected);
        }
        if let Some(Some(share)) = selection.overlaps.get(i) {
            overlap.entry(epoch).or_default().push(f64::from(*share));
        }
    }
}

fn means(by_epoch: BTreeMap<usize, Vec<f64>>) -> Vec<(f64, f64)> {
    let of =
        |(epoch, values): (usize, Vec<f64>)| Some((epoch as f64 + 1.0, mean(values.into_iter())?));
    by_epoch.into_iter().filter_map(of).collect()
}
