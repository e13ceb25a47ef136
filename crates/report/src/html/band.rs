//! A line with a band around it, in a frame that all rows share.

use std::fmt::Write;

use evaluation::summary::mean;

use crate::html::markup::{Attributes, Markup};

/// Units of a panel, two a pixel or so.
pub(super) const WIDTH: f64 = 480.0;
pub(super) const HEIGHT: f64 = 240.0;
/// Share of the runs below a band, and above it.
const TAIL: f64 = 0.1;
/// A place has a band from so many runs on: one run has no spread.
const LEAST_RUNS: usize = 2;

/// A line over the runs of a row.
pub(crate) struct Band {
    pub(crate) points: Vec<Point>,
    /// A place on the line that is marked.
    pub(crate) mark: Option<f64>,
    /// Places across at which something else begins.
    pub(crate) stages: Vec<f64>,
}

impl Band {
    /// A line with nothing on it; `None` if it has fewer than two points.
    pub(crate) fn plain(points: Vec<Point>) -> Option<Self> {
        (1 < points.len()).then_some(Band { points, mark: None, stages: Vec::new() })
    }

    /// The outlines of the band, with corners where `place` puts them: a stretch of places with several runs each has one,
    /// and a single place is twice `half` wide.
    pub(crate) fn outlines(
        &self,
        half: f64,
        place: impl Fn(f64, f64) -> (f64, f64),
    ) -> Vec<Vec<(f64, f64)>> {
        let outline = |points: &[Point]| {
            let upper = points.iter().map(|point| place(point.x, point.high));
            let lower = points.iter().rev().map(|point| place(point.x, point.low));
            let corners: Vec<(f64, f64)> = upper.chain(lower).collect();
            let [(x, high), (_, low)] = corners[..] else { return corners };
            vec![(x - half, high), (x + half, high), (x + half, low), (x - half, low)]
        };
        let stretches = self.points.split(|point| point.n_runs < LEAST_RUNS);
        let spread = stretches.filter(|points| points.iter().any(|point| point.low < point.high));
        spread.map(outline).collect()
    }
}

/// The values of the runs at one place.
#[derive(Clone, Copy)]
pub(crate) struct Point {
    pub(crate) x: f64,
    pub(crate) low: f64,
    pub(crate) mean: f64,
    pub(crate) high: f64,
    pub(crate) n_runs: usize,
}

impl Point {
    /// `None` without a value.
    pub(crate) fn new(x: f64, mut values: Vec<f64>) -> Option<Self> {
        values.sort_by(f64::total_cmp);
        let mean = mean(values.iter().copied())?;
        let at = |share: f64| values[(share * (values.len() - 1) as f64).round() as usize];
        Some(Point { x, low: at(TAIL), mean, high: at(1.0 - TAIL), n_runs: values.len() })
    }
}

/// What lies in a panel: the lowest and the highest across and up.
#[derive(Clone, Copy)]
pub(super) struct Frame {
    pub(super) x: (f64, f64),
    pub(super) y: (f64, f64),
}

impl Frame {
    /// Across and up, from the top left.
    fn place(&self, x: f64, y: f64) -> (f64, f64) {
        let share = |value: f64, (low, high): (f64, f64)| {
            if low < high { ((value - low) / (high - low)).clamp(0.0, 1.0) } else { 0.5 }
        };
        ((WIDTH * share(x, self.x)).round(), (HEIGHT * (1.0 - share(y, self.y))).round())
    }

    pub(super) fn draw(&self, band: &Band, svg: &mut Markup) {
        let points = &band.points;
        for &stage in &band.stages {
            let (x, _) = self.place(stage, self.y.0);
            let line: Attributes<'_> =
                &[("class", &"stage"), ("x1", &x), ("x2", &x), ("y2", &HEIGHT)];
            svg.void("line", line);
        }
        for outline in band.outlines(4.0, |x, y| self.place(x, y)) {
            let outline = path(outline.into_iter()) + "z";
            svg.void("path", &[("class", &"band"), ("d", &outline)]);
        }
        let line = path(points.iter().map(|point| self.place(point.x, point.mean)));
        svg.void("path", &[("class", &"line"), ("d", &line)]);
        let Some(mark) = band.mark else { return };
        let distance = |point: &Point| (point.x - mark).abs();
        let nearest = points.iter().min_by(|a, b| distance(a).total_cmp(&distance(b)));
        if let Some(point) = nearest {
            let (x, y) = self.place(mark, point.mean);
            svg.void("circle", &[("cx", &x), ("cy", &y), ("r", &7)]);
        }
    }
}

/// Straight lines through points, as differences: they are short, and pack well.
fn path(points: impl Iterator<Item = (f64, f64)>) -> String {
    let mut text = String::new();
    let mut last = None;
    for (x, y) in points {
        match last {
            None => write!(text, "M{x} {y}"),
            Some((a, b)) => write!(text, "l{} {}", x - a, y - b),
        }
        .expect("text can be written");
        last = Some((x, y));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_one_run_has_no_band() {
        let frame = Frame { x: (0.0, 1.0), y: (0.0, 1.0) };
        let mut svg = Markup::default();
        let points =
            [(0.0, 0.0), (1.0, 1.0)].into_iter().filter_map(|(x, y)| Point::new(x, vec![y]));
        frame.draw(&Band::plain(points.collect()).unwrap(), &mut svg);
        assert_eq!(svg.into_string(), "<path class=\"line\" d=\"M0 240l480 -240\"/>");
    }

    #[test]
    fn a_band_is_where_several_runs_are_and_a_single_place_is_seen() {
        let places = [
            vec![0.0, 1.0],
            vec![0.5],
            vec![0.2, 0.4],
            vec![0.6],
            vec![0.7],
            vec![0.1, 0.3],
            vec![0.2, 0.4],
        ];
        let point = |(x, values): (usize, &Vec<f64>)| Point::new(x as f64, values.clone());
        let points = places.iter().enumerate().filter_map(point).collect();
        let outlines = Band::plain(points).unwrap().outlines(0.25, |x, y| (x, y));
        let wide = |x: f64, low, high| {
            vec![(x - 0.25, high), (x + 0.25, high), (x + 0.25, low), (x - 0.25, low)]
        };
        let long = vec![(5.0, 0.3), (6.0, 0.4), (6.0, 0.2), (5.0, 0.1)];
        assert_eq!(outlines, [wide(0.0, 0.0, 1.0), wide(2.0, 0.2, 0.4), long]);
    }

    #[test]
    fn a_band_leaves_out_the_ends() {
        let values = (0..=10).map(f64::from).collect();
        let point = Point::new(0.0, values).unwrap();
        assert_eq!((point.low, point.mean, point.high), (1.0, 5.0, 9.0));
        assert!(Point::new(0.0, Vec::new()).is_none());
    }
}
