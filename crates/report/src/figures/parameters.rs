//! Two swept parameters of a method against each other: the mean of a metric at each pair of values.

use std::collections::{BTreeMap, BTreeSet};

use evaluation::summary::mean;
use experiment::parameters::{Leaf, leaves};

use crate::comparison::notes::capitalised;
use crate::comparison::printed::number;
use crate::comparison::table::{MethodRow, MetricTable};
use crate::figures::canvas::{Anchor, Canvas, MARGIN};
use crate::figures::grid::{Entry, Grid};
use crate::html::table::nearness;
use crate::html::view::View;

/// Values side by side, and panels, at most.
const MOST_ACROSS: usize = 12;
const MOST_PANELS: usize = 6;

/// A row as a point: where it lies, and what was measured there.
struct Point {
    /// What it has besides numbers, by path: the same for all rows of a method.
    method: BTreeMap<String, String>,
    numbers: BTreeMap<String, f64>,
    name: String,
    value: Option<f64>,
}

/// The points of a method over two of its parameters, the others being fixed.
struct Panel<'p> {
    title: String,
    down: Vec<f64>,
    across: Vec<f64>,
    /// By place down and place across.
    points: BTreeMap<(usize, usize), &'p Point>,
}

/// `None` where no method has two parameters that are swept together.
pub(super) fn figure(view: &View<'_>, table: &MetricTable) -> Option<String> {
    let points: Vec<Point> = table.rows.iter().filter_map(|row| point(view, row)).collect();
    let panels = panels(&points);
    if panels.is_empty() || MOST_PANELS < panels.len() {
        return None;
    }
    let mut canvas = Canvas::default();
    let title = format!("{}: two parameters against each other", capitalised(table.metric.title()));
    canvas.text("title", (MARGIN, 22.0), Anchor::Start, &title);
    let mut top = 34.0;
    for panel in &panels {
        top = draw(panel, table, view.subject.comparison.decimals, top, &mut canvas);
    }
    let over = if table.datasets.len() == 1 {
        "Means over the runs"
    } else {
        "Means over the data sets that all rows are compared on"
    };
    canvas.note(&format!(
        "{over}. The darker, the nearer to the best of the panel, which is bold: within 0.01, 0.03, 0.1 and 0.2 of it. The values are of \
         the test part: to choose by them is to be flattered, [report] select chooses on the validation part."
    ));
    Some(canvas.finished(&title))
}

fn draw(
    panel: &Panel<'_>,
    table: &MetricTable,
    decimals: usize,
    top: f64,
    canvas: &mut Canvas,
) -> f64 {
    let sign = if table.metric.higher_is_better() { 1.0 } else { -1.0 };
    let values = panel.points.values().filter_map(|point| point.value);
    let best = values.map(|value| sign * value).fold(f64::NEG_INFINITY, f64::max);
    let entry = |j: usize, i: usize| {
        let value = panel.points.get(&(j, i)).and_then(|point| point.value);
        let behind = value.map(|value| best - sign * value);
        Entry {
            shade: behind.map_or("p0", nearness).to_owned(),
            style: if behind == Some(0.0) { "leader" } else { "" },
            text: value.map_or_else(|| "–".to_owned(), |value| number(value, decimals)),
        }
    };
    let names = |values: &[f64]| values.iter().map(f64::to_string).collect::<Vec<String>>();
    let (down, across) = (names(&panel.down), names(&panel.across));
    let grid = Grid {
        title: &panel.title,
        down: &down.iter().map(String::as_str).collect::<Vec<_>>(),
        across: &across.iter().map(String::as_str).collect::<Vec<_>>(),
        entry: &entry,
    };
    grid.draw(top, canvas)
}

fn point(view: &View<'_>, row: &MethodRow) -> Option<Point> {
    let first = (0..view.sets.len()).find_map(|set| view.trials(row.place, set).next())?;
    let (mut method, mut numbers) = (BTreeMap::new(), BTreeMap::new());
    for (path, leaf) in leaves(view.groups.trials[first].spec) {
        match leaf {
            Leaf::Number(value) => drop(numbers.insert(path, value)),
            Leaf::Other(text) => drop(method.insert(path, text)),
        }
    }
    let compared = || mean(row.cells.iter().filter_map(|cell| Some(cell.compared?.mean)));
    let value = row.average.or_else(|| (row.cells.len() == 1).then(compared).flatten());
    // A row is called by its parameters, which here stand on the sides.
    let name = row.named.bare(view.axes(), &row.labels);
    Some(Point { method, numbers, name, value })
}

fn panels(points: &[Point]) -> Vec<Panel<'_>> {
    let mut methods: Vec<Vec<&Point>> = Vec::new();
    for point in points {
        let is_same = |other: &&Point| {
            other.method == point.method && other.numbers.keys().eq(point.numbers.keys())
        };
        match methods.iter_mut().find(|method| method.first().is_some_and(is_same)) {
            Some(method) => method.push(point),
            None => methods.push(vec![point]),
        }
    }
    methods.iter().flat_map(|method| of_method(method)).collect()
}

/// The panels of a method: its two parameters with the most values, one panel for each choice of the others.
fn of_method<'p>(points: &[&'p Point]) -> Vec<Panel<'p>> {
    let values = |path: &String| -> Vec<f64> {
        let mut values: Vec<f64> = points.iter().map(|point| point.numbers[path]).collect();
        values.sort_by(f64::total_cmp);
        values.dedup();
        values
    };
    let paths = points[0].numbers.keys();
    let mut swept: Vec<(&String, Vec<f64>)> = paths.map(|path| (path, values(path))).collect();
    swept.retain(|(_, values)| 1 < values.len());
    swept.sort_by_key(|(_, values)| usize::MAX - values.len());
    let [(down, ups), (across, acrosses), rest @ ..] = &swept[..] else { return Vec::new() };
    let mut panels: Vec<(Vec<f64>, Panel<'p>)> = Vec::new();
    for &point in points {
        let others: Vec<f64> = rest.iter().map(|(path, _)| point.numbers[*path]).collect();
        let at = panels.iter().position(|(known, _)| *known == others).unwrap_or_else(|| {
            let fixed = rest
                .iter()
                .zip(&others)
                .map(|((path, _), value)| format!(", {} {value}", short(path, [down, across])));
            let name =
                if point.name.is_empty() { String::new() } else { format!("{}: ", point.name) };
            let title = format!(
                "{name}{} by {}{}",
                short(down, [across]),
                short(across, [down]),
                fixed.collect::<String>()
            );
            let (down, across) = (ups.clone(), acrosses.clone());
            panels.push((others, Panel { title, down, across, points: BTreeMap::new() }));
            panels.len() - 1
        });
        let place = |values: &[f64], path: &String| {
            values.iter().position(|value| *value == point.numbers[path])
        };
        if let (Some(j), Some(i)) = (place(ups, down), place(acrosses, across)) {
            panels[at].1.points.insert((j, i), point);
        }
    }
    panels.into_iter().map(|(_, panel)| panel).filter(is_crossed).collect()
}

/// Whether values meet: those that depart from one point, one at a time, do not.
fn is_crossed(panel: &Panel<'_>) -> bool {
    let downs: BTreeSet<usize> = panel.points.keys().map(|place| place.0).collect();
    let acrosses: BTreeSet<usize> = panel.points.keys().map(|place| place.1).collect();
    let (n_down, n_across) = (downs.len(), acrosses.len());
    1 < n_down && (2..=MOST_ACROSS).contains(&n_across) && n_down + n_across <= panel.points.len()
}

/// The last name of a path, with the one before it where another path ends alike.
fn short<const N: usize>(path: &str, others: [&String; N]) -> String {
    let last = |path: &str, n: usize| {
        let names: Vec<&str> = path.rsplitn(n + 1, '.').take(n).collect();
        names.into_iter().rev().collect::<Vec<_>>().join(".")
    };
    let is_taken = others.iter().any(|other| last(other, 1) == last(path, 1));
    last(path, if is_taken { 2 } else { 1 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(numbers: [(&str, f64); 3], value: f64) -> Point {
        let numbers = numbers.map(|(path, value)| (path.to_owned(), value)).into();
        Point { method: BTreeMap::new(), numbers, name: "focal".to_owned(), value: Some(value) }
    }

    #[test]
    fn parameters_that_are_swept_together_make_a_panel_and_the_rest_is_fixed() {
        let mut points = Vec::new();
        for gamma in [0.5, 1.0, 2.0] {
            for rate in [0.1, 0.01] {
                points.push(point([("a.gamma", gamma), ("b.rate", rate), ("c.rate", 1.0)], gamma));
            }
        }
        let panels = panels(&points);
        assert_eq!(panels.len(), 1);
        assert_eq!(panels[0].title, "focal: gamma by rate");
        assert_eq!(
            (&panels[0].down[..], &panels[0].across[..]),
            (&[0.5, 1.0, 2.0][..], &[0.01, 0.1][..])
        );
        assert_eq!(panels[0].points.len(), 6);
    }

    #[test]
    fn parameters_that_are_swept_one_at_a_time_do_not() {
        let at = |gamma, rate| point([("a.gamma", gamma), ("b.rate", rate), ("c.x", 1.0)], 0.0);
        let points = [at(0.5, 0.1), at(1.0, 0.1), at(0.5, 0.01)];
        assert!(panels(&points).is_empty());
    }

    #[test]
    fn names_that_are_alike_are_told_apart() {
        let other = "adam.rate".to_owned();
        assert_eq!(short("sgd.rate", [&other]), "sgd.rate");
        assert_eq!(short("focal.gamma", [&other]), "gamma");
    }
}
