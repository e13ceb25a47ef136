//! How many rows of a table stand on a page of an article: heights are estimated, and what is higher goes on in another
//! float.

use std::ops::Range;

use crate::render::folded::folded;
use crate::render::latex::Float;
use crate::render::latex::layout::{Deviations, FOLDED_NAME, PAGE as WIDTH, Style, letters};
use crate::render::sheet::{Entry, Figure, Sheet, in_blocks};

/// Height of the text of LaTeX's article class at 10 points on the lower of its papers, in points.
const PAGE: f64 = 550.0;
/// Rules, the space around them and that over the caption, in points.
const AROUND: f64 = 28.0;

/// The rows of each float: in as few as fit, as equal as can be.
pub(super) fn parts(sheet: &Sheet, part: &Float, style: Style) -> Vec<Range<usize>> {
    let n = sheet.rows.len();
    let names = sheet.header.iter().skip(sheet.n_labels);
    let head = names.map(|name| stacked(name, FOLDED_NAME, style)).fold(0.0, f64::max);
    let rows: Vec<f64> = (0..n).map(|place| row(sheet, place, style)).collect();
    let caption = lines(&part.caption, style);
    let under = lines(&part.under.concat(), style);
    let is_last = |rows: &Range<usize>| rows.end == n;
    let fits = |of_float: &Range<usize>| {
        let below = if is_last(of_float) { under } else { 0.0 };
        AROUND + caption + head + rows[of_float.clone()].iter().sum::<f64>() + below <= PAGE
    };
    let mut divided = (1..=n).map(|n_parts| in_blocks(n, n_parts));
    divided.find(|parts| parts.iter().all(fits)).unwrap_or_else(|| in_blocks(n, 1))
}

fn row(sheet: &Sheet, place: usize, style: Style) -> f64 {
    /// Over a row of several lines, and over a heading.
    const SPACES: [f64; 2] = [2.0, 3.0];
    let line = style.size.line();
    let heading = sheet.heading(place).map_or(0.0, |_| line + SPACES[1]);
    let entries = sheet.rows[place].iter().map(|entry| match entry {
        Entry::Label(Some(label)) => stacked(label, style.label, style),
        Entry::Figure(value) if style.deviations == Deviations::Beneath => figure(value, style),
        Entry::Label(None) | Entry::Figure(_) => line,
    });
    let highest = entries.fold(line, f64::max);
    heading + highest + if line < highest { SPACES[0] } else { 0.0 }
}

/// Lines of a stack do not touch, however high their letters.
const APART: f64 = 1.5;

fn stacked(name: &str, at: usize, style: Style) -> f64 {
    match folded(name, at).len() {
        1 => style.size.line(),
        n => n as f64 * (style.size.line() + APART),
    }
}

/// A figure over its deviation or interval.
fn figure(value: &Figure, style: Style) -> f64 {
    let n = 1 + usize::from(value.deviation.is_some()) + usize::from(value.interval.is_some());
    if n == 1 { style.size.line() } else { n as f64 * (style.size.line() + APART) }
}

/// The height of a text that is as wide as the page.
fn lines(text: &str, style: Style) -> f64 {
    /// Of a line that words fill.
    const FILLED: f64 = 0.95;
    let width = letters(text) * style.size.scale();
    (width / (FILLED * WIDTH)).ceil() * style.size.line()
}
