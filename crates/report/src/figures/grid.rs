//! A heat map: names down and across, and an entry where they meet.

use crate::figures::canvas::{Anchor, Canvas, MARGIN, fitting, width};

/// Least size of an entry; most room for what stands beside them.
const WIDTH: f64 = 74.0;
const HEIGHT: f64 = 22.0;
const MOST_NAME: f64 = 240.0;

/// What stands where.
pub(super) struct Grid<'a> {
    pub(super) title: &'a str,
    pub(super) down: &'a [&'a str],
    pub(super) across: &'a [&'a str],
    /// The entry at a place down and a place across.
    pub(super) entry: &'a dyn Fn(usize, usize) -> Entry,
}

/// How an entry is shaded, and what is written in it.
pub(super) struct Entry {
    pub(super) shade: String,
    pub(super) style: &'static str,
    pub(super) text: String,
}

impl Grid<'_> {
    /// Draws it under `top`; where it ends.
    pub(super) fn draw(&self, top: f64, canvas: &mut Canvas) -> f64 {
        canvas.text("leader", (MARGIN, top + 14.0), Anchor::Start, self.title);
        let label = |name: &str| fitting(name, MOST_NAME);
        let longest = self.down.iter().map(|name| width(&label(name))).fold(0.0, f64::max);
        let (left, head) = (MARGIN + longest + 10.0, top + 34.0);
        let size = self.size();
        // Names across are wider than entries: they stand in turn on two lines.
        let wide = self.across.iter().any(|name| size < width(&label(name)));
        for (i, name) in self.across.iter().enumerate() {
            let x = left + size * (i as f64 + 0.5);
            let y = if wide && i % 2 == 1 { head + 14.0 } else { head };
            canvas.text("muted", (x, y), Anchor::Middle, fitting(name, 2.0 * size - 8.0));
        }
        let first = head + if wide { 22.0 } else { 8.0 };
        for (j, name) in self.down.iter().enumerate() {
            let y = first + HEIGHT * j as f64;
            canvas.text("", (left - 8.0, y + 15.0), Anchor::End, label(name));
            for i in 0..self.across.len() {
                let x = left + size * i as f64;
                let Entry { shade, style, text } = (self.entry)(j, i);
                canvas.rectangle(&shade, (x + 1.0, y + 1.0), size - 2.0, HEIGHT - 2.0);
                canvas.text(style, (x + size / 2.0, y + 15.0), Anchor::Middle, text);
            }
        }
        first + HEIGHT * self.down.len() as f64 + 14.0
    }

    /// The width of an entry: what stands in any of them has room.
    fn size(&self) -> f64 {
        let places = (0..self.down.len()).flat_map(|j| (0..self.across.len()).map(move |i| (j, i)));
        places.map(|(j, i)| width(&(self.entry)(j, i).text) + 12.0).fold(WIDTH, f64::max)
    }
}
