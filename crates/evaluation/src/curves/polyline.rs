//! Lines through points whose x never falls: their means, and their thinning.
//!
//! Thinned by Visvalingam's rule: as long as a line has too many points, or it costs next to nothing, the point goes
//! whose triangle with its neighbours is the smallest. That triangle is by how much the area under the line changes. It
//! is at most `2/n²` in a line of `n` points that rises in the unit square, so that what goes beyond 64 points is at most
//! 0.032 in all; triangles above and below the line offset each other, and what is seen is below 0.004, and mostly below 0.001.
//!
//! Source: Visvalingam, Whyatt, *Line Generalisation by Repeated Elimination of Points*, The Cartographic Journal, 1993.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use crate::summary::mean;

/// A point of a line.
pub(super) type Point = (f64, f64);

/// `line` with at most `most` points, and with fewer as long as what goes has no more than the area `free`. The ends stay.
pub(super) fn thinned(line: &[Point], most: usize, free: f64) -> Vec<Point> {
    let n = line.len();
    let mut before: Vec<usize> = (0..n).map(|i| i.saturating_sub(1)).collect();
    let mut behind: Vec<usize> = (1..=n).collect();
    let mut is_in = vec![true; n];
    // Areas are no less than 0: their bits are in the order of their values.
    let area = |a: usize, b: usize, c: usize| triangle(line[a], line[b], line[c]).to_bits();
    let mut areas: Vec<u64> =
        (0..n).map(|i| if 0 < i && i + 1 < n { area(i - 1, i, i + 1) } else { u64::MAX }).collect();
    let inner = 1..n.max(2) - 1;
    let mut heap: BinaryHeap<Reverse<(u64, usize)>> =
        inner.map(|i| Reverse((areas[i], i))).collect();
    let (mut left, mut gone) = (n, 0.0);
    while let Some(Reverse((bits, i))) = heap.pop() {
        if !is_in[i] || areas[i] != bits {
            continue;
        }
        gone += f64::from_bits(bits);
        if left <= most && free < gone {
            break;
        }
        is_in[i] = false;
        left -= 1;
        let (previous, next) = (before[i], behind[i]);
        behind[previous] = next;
        before[next] = previous;
        for j in [previous, next] {
            if 0 < j && j + 1 < n {
                areas[j] = area(before[j], j, behind[j]);
                heap.push(Reverse((areas[j], j)));
            }
        }
    }
    line.iter().zip(is_in).filter(|(_, is_in)| *is_in).map(|(point, _)| *point).collect()
}

fn triangle(a: Point, b: Point, c: Point) -> f64 {
    0.5 * ((b.0 - a.0) * (c.1 - a.1) - (c.0 - a.0) * (b.1 - a.1)).abs()
}

/// The mean line of `lines`, all from x = 0 to x = 1: at each x that one of them has a point at, the mean of their heights
/// there, before and behind a jump.
pub(super) fn mean_of(lines: &[Vec<Point>]) -> Vec<Point> {
    if let [line] = lines {
        return line.clone();
    }
    // Numbers that are no less than 0 are in the order of their bits.
    let places: BTreeMap<u64, f64> =
        lines.iter().flatten().map(|point| (point.0.to_bits(), point.0)).collect();
    let mut line = Vec::new();
    for x in places.into_values() {
        let heights: Vec<(f64, f64)> = lines.iter().map(|line| heights(line, x)).collect();
        let from = mean(heights.iter().map(|heights| heights.0)).unwrap_or_default();
        let to = mean(heights.iter().map(|heights| heights.1)).unwrap_or_default();
        line.push((x, from));
        if from < to {
            line.push((x, to));
        }
    }
    line
}

/// How high `line` is at `x`: before and behind the jump, if it has one there.
fn heights(line: &[Point], x: f64) -> (f64, f64) {
    let first = line.partition_point(|point| point.0 < x);
    let last = line.partition_point(|point| point.0 <= x);
    if first < last {
        return (line[first].1, line[last - 1].1);
    }
    let (a, b) = (line[first - 1], line[first]);
    let height = a.1 + (b.1 - a.1) * ((x - a.0) / (b.0 - a.0));
    (height, height)
}

/// The area under `line`.
#[cfg(test)]
pub(super) fn area(line: impl Iterator<Item = Point>) -> f64 {
    let points: Vec<Point> = line.collect();
    points.windows(2).map(|p| (p[1].0 - p[0].0) * 0.5 * (p[0].1 + p[1].1)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_on_a_straight_line_go_and_the_ends_stay() {
        let line: Vec<Point> =
            (0..=10).map(|i| (f64::from(i) / 10.0, f64::from(i) / 5.0)).collect();
        assert_eq!(thinned(&line, 64, 1e-12), [(0.0, 0.0), (1.0, 2.0)]);
        assert_eq!(thinned(&line[..2], 1, 1.0), line[..2]);
        assert_eq!(thinned(&line[..1], 1, 1.0), line[..1]);
        assert_eq!(thinned(&[], 1, 1.0), []);
    }

    #[test]
    fn the_corner_that_carries_the_area_is_the_last_to_go() {
        let line = [(0.0, 0.0), (0.0, 0.5), (0.1, 0.6), (0.2, 1.0), (1.0, 1.0)];
        assert_eq!(thinned(&line, 3, 0.0), [(0.0, 0.0), (0.2, 1.0), (1.0, 1.0)]);
        assert_eq!(thinned(&line, 5, 0.0), line);
    }

    #[test]
    fn the_mean_of_lines_keeps_their_jumps() {
        let steep = vec![(0.0, 0.0), (0.0, 1.0), (1.0, 1.0)];
        let even = vec![(0.0, 0.0), (1.0, 1.0)];
        assert_eq!(mean_of(&[steep.clone(), even]), [(0.0, 0.0), (0.0, 0.5), (1.0, 1.0)]);
        let late = vec![(0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (1.0, 1.0)];
        assert_eq!(
            mean_of(&[steep, late]),
            [(0.0, 0.0), (0.0, 0.5), (0.5, 0.5), (0.5, 1.0), (1.0, 1.0)]
        );
    }
}
