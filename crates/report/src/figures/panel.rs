//! Small multiples: panels side by side, each with its axes, its lines and its bands.

use crate::figures::canvas::{Anchor, Canvas, MARGIN, Place, fitting, width};
use crate::html::band::Band;
use crate::html::scale::Scale;
use crate::html::view::View;

/// Size of the field of a panel, and of the room for what stands around it.
const WIDTH: f64 = 230.0;
const HEIGHT: f64 = 150.0;
const LEFT: f64 = 44.0;
const TOP: f64 = 24.0;
const BOTTOM: f64 = 40.0;
/// Panels side by side.
const ACROSS: usize = 3;
/// How much wider bold letters are.
const BOLD: f64 = 1.15;

/// Styles of lines that can be told apart.
pub(super) const LINES: [&str; 4] = ["row", "other", "third", "base"];

/// A field between two axes.
pub(super) struct Panel<'a> {
    pub(super) x: &'a Scale,
    pub(super) y: &'a Scale,
    left: f64,
    top: f64,
    width: f64,
    height: f64,
}

/// What is written on an axis.
pub(super) struct Axis<'a> {
    pub(super) title: &'a str,
    pub(super) tick: &'a dyn Fn(f64) -> String,
}

impl<'a> Panel<'a> {
    /// The panel that comes after `i` others, under what ends at `top`.
    pub(super) fn small(i: usize, top: f64, x: &'a Scale, y: &'a Scale) -> Self {
        let (row, column) = ((i / ACROSS) as f64, (i % ACROSS) as f64);
        Panel {
            x,
            y,
            left: MARGIN + LEFT + column * (LEFT + WIDTH + MARGIN),
            top: top + TOP + row * (TOP + HEIGHT + BOTTOM),
            width: WIDTH,
            height: HEIGHT,
        }
    }

    /// The only panel.
    pub(super) fn large(top: f64, (width, height): (f64, f64), x: &'a Scale, y: &'a Scale) -> Self {
        Panel { x, y, left: MARGIN + LEFT, top: top + TOP, width, height }
    }

    pub(super) fn at(&self, x: f64, y: f64) -> Place {
        self.within(self.x.place(x), self.y.place(y))
    }

    /// A place from 0 to 1 across and up.
    pub(super) fn within(&self, across: f64, up: f64) -> Place {
        (self.left + self.width * across, self.top + self.height * (1.0 - up))
    }

    /// The same further to the right.
    pub(super) fn moved(self, right: f64) -> Self {
        Panel { left: self.left + right, ..self }
    }

    /// The right end of the field.
    pub(super) fn right(&self) -> f64 {
        self.left + self.width
    }

    /// The upper end of the field.
    pub(super) fn top(&self) -> f64 {
        self.top
    }

    /// The lower end of the field.
    pub(super) fn bottom(&self) -> f64 {
        self.top + self.height
    }

    pub(super) fn ground(&self, canvas: &mut Canvas, title: &str, x: &Axis<'_>, y: &Axis<'_>) {
        let ticks = self.x.ticks().into_iter();
        let ticks: Vec<(f64, String)> =
            ticks.map(|tick| (self.x.place(tick), (x.tick)(tick))).collect();
        self.marked(canvas, title, (x.title, &ticks), y);
    }

    /// The same with marks at places from 0 at the left end to 1 at the right one.
    pub(super) fn marked(
        &self,
        canvas: &mut Canvas,
        title: &str,
        (across, ticks): (&str, &[(f64, String)]),
        y: &Axis<'_>,
    ) {
        let (right, bottom) = (self.right(), self.bottom());
        canvas.text(
            "leader",
            (self.left, self.top - 8.0),
            Anchor::Start,
            fitting(title, self.width / BOLD),
        );
        for (place, tick) in ticks {
            let at = self.left + self.width * place;
            canvas.line("grid", (at, self.top), (at, bottom));
            canvas.text("muted", (at, bottom + 14.0), Anchor::Middle, tick);
        }
        for tick in self.y.ticks() {
            let at = self.top + self.height * (1.0 - self.y.place(tick));
            canvas.line("grid", (self.left, at), (right, at));
            canvas.text("muted", (self.left - 5.0, at + 4.0), Anchor::End, (y.tick)(tick));
        }
        canvas.line("axis", (self.left, bottom), (right, bottom));
        canvas.line("axis", (self.left, self.top), (self.left, bottom));
        let middle = f64::midpoint(self.left, right);
        canvas.text("muted", (middle, bottom + 29.0), Anchor::Middle, across);
        if !y.title.is_empty() {
            canvas.text("muted", (right, self.top - 8.0), Anchor::End, y.title);
        }
    }

    pub(super) fn line(&self, canvas: &mut Canvas, class: &str, points: &[(f64, f64)]) {
        let places: Vec<Place> = points.iter().map(|&(x, y)| self.at(x, y)).collect();
        canvas.path(class, &places);
    }

    /// The baseline, and a row over it.
    pub(super) fn both(&self, canvas: &mut Canvas, pair: &[Option<Band>; 2]) {
        let styles = [
            ("base", "band-base", "mark", "base stage"),
            ("row", "band-row", "better", "row stage"),
        ];
        for (band, (line, area, mark, stage)) in pair.iter().zip(styles) {
            let Some(band) = band else { continue };
            for &begin in &band.stages {
                let (x, _) = self.at(begin, 0.0);
                canvas.line(stage, (x, self.top), (x, self.bottom()));
            }
            for outline in band.outlines(2.0, |x, y| self.at(x, y)) {
                canvas.area(area, &outline);
            }
            let means: Vec<(f64, f64)> =
                band.points.iter().map(|point| (point.x, point.mean)).collect();
            self.line(canvas, line, &means);
            if let Some(place) = band.mark.and_then(|x| Some(self.at(x, height(&means, x)?))) {
                canvas.circle(mark, place, 3.5);
            }
        }
    }
}

/// The height of a line at `x`, between its two nearest points.
fn height(line: &[(f64, f64)], x: f64) -> Option<f64> {
    let next = line.partition_point(|(at, _)| *at < x);
    let (x0, y0) = line[next.max(1) - 1..].first()?;
    let (x1, y1) = line.get(next).unwrap_or(line.last()?);
    Some(if x0 < x1 { y0 + (y1 - y0) * ((x - x0) / (x1 - x0)).clamp(0.0, 1.0) } else { *y0 })
}

/// The upper line of bars of equal width from 0 to 1.
pub(super) fn steps(bars: &[f64]) -> Vec<(f64, f64)> {
    let n = bars.len() as f64;
    let ends = |(i, &height): (usize, &f64)| [i, i + 1].map(|end| (end as f64 / n, height));
    bars.iter().enumerate().flat_map(ends).collect()
}

/// The least and the greatest of `values`.
pub(super) fn edges(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
        (low.min(value), high.max(value))
    })
}

/// The legend of a row against the baseline; where it ends.
pub(super) fn both(
    view: &View<'_>,
    (baseline, row): (usize, usize),
    top: f64,
    canvas: &mut Canvas,
) -> f64 {
    let base = format!("{} (baseline)", view.names[baseline]);
    legend(canvas, top, &[("row", &view.names[row]), ("base", &base)])
}

/// What the lines are, beside each other as far as there is room; where it ends.
pub(super) fn legend(canvas: &mut Canvas, top: f64, entries: &[(&str, &str)]) -> f64 {
    explained(canvas, top, entries, |canvas, class, (x, y)| {
        canvas.path(class, &[(x, y), (x + 24.0, y)]);
    })
}

/// The same of dots.
pub(super) fn marks(canvas: &mut Canvas, top: f64, entries: &[(&str, &str)]) -> f64 {
    explained(canvas, top, entries, |canvas, class, (x, y)| {
        canvas.circle(class, (x + 12.0, y), 3.5);
    })
}

/// What `draw` draws of each class 24 wide, and its name.
fn explained(
    canvas: &mut Canvas,
    top: f64,
    entries: &[(&str, &str)],
    draw: impl Fn(&mut Canvas, &str, Place),
) -> f64 {
    let room = MARGIN + ACROSS as f64 * (LEFT + WIDTH + MARGIN);
    let (mut x, mut y) = (MARGIN, top);
    for (class, name) in entries {
        let next = x + 48.0 + width(name);
        if MARGIN < x && room < next {
            (x, y) = (MARGIN, y + 18.0);
        }
        draw(canvas, class, (x, y));
        canvas.text("", (x + 30.0, y + 4.0), Anchor::Start, name);
        x += 48.0 + width(name);
    }
    y + 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_on_its_line() {
        let line = [(1.0, 0.0), (3.0, 1.0)];
        let heights = [0.0, 1.0, 2.0, 3.0, 9.0].map(|x| height(&line, x).unwrap());
        assert_eq!(heights, [0.0, 0.0, 0.5, 1.0, 1.0]);
        assert_eq!(height(&[], 1.0), None);
    }

    #[test]
    fn panels_fill_rows_from_the_left() {
        let scale = Scale::linear(0.0, 1.0).tight();
        let [first, second, fourth] =
            [0, 1, 3].map(|i| Panel::small(i, 0.0, &scale, &scale).at(0.0, 1.0));
        assert!(first.0 < second.0 && first.1 == second.1);
        assert!(first.0 == fourth.0 && first.1 < fourth.1);
    }
}
