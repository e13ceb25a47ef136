//! How much single examples count at the end of a training: of the commonest classes, of the rarest, and of those with a
//! wrong label.

use evaluation::summary::mean;
use experiment::record::gradients::{ExampleWeights, N_RATIOS};

use crate::figures::canvas::{Anchor, Canvas, MARGIN};
use crate::figures::panel::{Axis, Panel, edges, legend, steps};
use crate::html::scale::Scale;
use crate::html::view::View;

/// Rows that are shown at most.
const MOST_ROWS: usize = 9;
/// Where examples lie that count as in the plain mean.
const ONE: f64 = 7.0;

/// Whose examples: style, words, and their bins in a record.
type Line = (&'static str, &'static str, fn(&ExampleWeights) -> Option<&Vec<u32>>);

const LINES: [Line; 3] = [
    ("base", "the commonest class", |weights| weights.groups.first()),
    ("row", "the rarest class", |weights| weights.groups.last()),
    ("other", "examples with a wrong label", |weights| weights.flipped.as_ref()),
];

/// The lines of a row.
struct Weighed {
    row: usize,
    lines: [Option<Vec<f64>>; 3],
}

/// `None` where all examples of all rows count alike.
pub(super) fn figure(view: &View<'_>) -> Option<String> {
    let all: Vec<Weighed> = view.methods().filter_map(|row| weighed(view, row)).collect();
    let shown = &all[..all.len().min(MOST_ROWS)];
    if shown.is_empty() {
        return None;
    }
    let mut canvas = Canvas::default();
    let title = "How much examples count in the last epoch";
    canvas.text("title", (MARGIN, 22.0), Anchor::Start, title);
    let is_there = |i: &usize| shown.iter().any(|weighed| weighed.lines[*i].is_some());
    let entries: Vec<(&str, &str)> =
        (0..LINES.len()).filter(is_there).map(|i| (LINES[i].0, LINES[i].1)).collect();
    let top = legend(&mut canvas, 42.0, &entries);
    for (i, weighed) in shown.iter().enumerate() {
        draw(&mut canvas, (i, top), &view.names[weighed.row], weighed);
    }
    let mut note = "Share of the examples, by how many times as much as in the plain mean they count: 0, below 1/32, and from each power \
                    of two to the next. It is the length of an example's gradient, with all that loss, miner and reweighter make of it, \
                    against its length in the plain mean. Means over the runs, then over the data sets. Of more than ten classes, the \
                    commonest and the rarest tenth of them. Controls are left out."
        .to_owned();
    if shown.len() < all.len() {
        note += &format!(" The best {} of {} rows that weigh.", shown.len(), all.len());
    }
    canvas.note(&note);
    Some(canvas.finished(title))
}

fn draw(canvas: &mut Canvas, (i, top): (usize, f64), name: &str, weighed: &Weighed) {
    let (_, high) = edges(weighed.lines.iter().flatten().flatten().copied());
    let (x, y) = (Scale::linear(0.0, N_RATIOS as f64).tight(), Scale::linear(0.0, high).tight());
    let panel = Panel::small(i, top, &x, &y);
    panel.ground(
        canvas,
        name,
        &Axis { title: "times as much as in the plain mean", tick: &edge },
        &Axis { title: "", tick: &|tick| format!("{:.0} %", 100.0 * tick) },
    );
    panel.line(canvas, "zero", &[(ONE, 0.0), (ONE, high)]);
    for ((style, ..), bins) in LINES.iter().zip(&weighed.lines) {
        let Some(bins) = bins else { continue };
        let points = steps(bins).into_iter().map(|(x, y)| (x * N_RATIOS as f64, y));
        panel.line(canvas, style, &points.collect::<Vec<_>>());
    }
}

/// What is written at the border between two bins.
fn edge(place: f64) -> String {
    match place as i32 - ONE as i32 {
        power if power < 1 - ONE as i32 => "0".to_owned(),
        power if power < 0 => format!("1/{}", 1 << -power),
        power => (1 << power).to_string(),
    }
}

fn weighed(view: &View<'_>, row: usize) -> Option<Weighed> {
    let lines = LINES.map(|(_, _, of)| {
        let of_set = |set: usize| {
            let known = view.results(row, set).filter_map(|results| results.gradients.as_ref());
            averaged(known.filter_map(|known| shares(of(known.weights.as_ref()?)?)))
        };
        averaged((0..view.sets.len()).filter_map(of_set))
    });
    // Where all lie in the bin that begins at 1 there is nothing to see.
    let differs = |bins: &Vec<f64>| bins[ONE as usize] < 0.9995;
    lines.iter().flatten().any(differs).then_some(Weighed { row, lines })
}

fn shares(counts: &[u32]) -> Option<Vec<f64>> {
    let n: u32 = counts.iter().sum();
    let share = |&count: &u32| f64::from(count) / f64::from(n);
    (0 < n && counts.len() == N_RATIOS).then(|| counts.iter().map(share).collect())
}

fn averaged(all: impl Iterator<Item = Vec<f64>>) -> Option<Vec<f64>> {
    let all: Vec<Vec<f64>> = all.collect();
    (0..N_RATIOS).map(|bin| mean(all.iter().map(|bins| bins[bin]))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn borders_are_powers_of_two() {
        let edges = [0.0, 2.0, 4.0, 6.0, 7.0, 8.0, 12.0].map(edge);
        assert_eq!(edges, ["0", "1/32", "1/8", "1/2", "1", "2", "32"]);
    }
}
