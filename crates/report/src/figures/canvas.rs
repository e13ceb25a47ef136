//! A figure as SVG: shapes at places in pixels, and a style sheet of its own.
//!
//! The ground is white and the type is the reader's own: a figure goes on paper, into a browser and into other programs. What
//! comes from a file is escaped.

use std::fmt::Display;

use crate::html::markup::{Attributes, Markup};
use crate::html::packed::base64;

/// A place: from the left, from the top.
pub(super) type Place = (f64, f64);

/// Height of letters.
pub(super) const LETTERS: f64 = 12.0;
/// Room around everything.
pub(super) const MARGIN: f64 = 12.0;

/// What everything lies on.
pub(super) const GROUND: &str = "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>";

/// Blue is better than the baseline, orange worse, grey neither.
const STYLE: &str = "text{font:12px Helvetica,Arial,'Liberation Sans','DejaVu Sans',sans-serif;fill:#1a1c1f}\
.muted{fill:#585c63}.title{font-size:14px;font-weight:bold}.leader{font-weight:bold}.on{fill:#fff;font-weight:bold}\
.grid{stroke:#e2e3e5}.zero{stroke:#7b7f86}.axis{stroke:#1a1c1f}.zone{fill:#f0f0ee}\
.leads{fill:none;stroke:#7b7f86}.clique{stroke:#1a1c1f;stroke-width:3}\
.interval{stroke:#7b7f86;stroke-width:2.5}.dot{fill:#fff;stroke:#7b7f86}.mark{fill:#7b7f86}\
.better{fill:#0b559f}.worse{fill:#b04a00}.interval.better{stroke:#0b559f}.interval.worse{stroke:#b04a00}\
.base{stroke:#7b7f86;fill:none;stroke-width:1.6;stroke-dasharray:5 3}.row{stroke:#0b559f;fill:none;stroke-width:1.8}\
.other{stroke:#b04a00;fill:none;stroke-width:1.6}.third{stroke:#1a1c1f;fill:none;stroke-width:1.4;stroke-dasharray:2 2}\
.band-base{fill:#7b7f86;fill-opacity:.18}.band-row{fill:#0b559f;fill-opacity:.15}\
.gains{stroke:#0b559f;fill:#0b559f}.pays{stroke:#b04a00;fill:#b04a00}.unchanged{stroke:#7b7f86;fill:#7b7f86}\
.n1{fill:#fcefe2}.n2{fill:#fadfc5}.n3{fill:#f7c99f}.n4{fill:#f2b27a}.p1{fill:#e6f0f9}.p2{fill:#cbe1f3}.p3{fill:#a3cbea}\
.p4{fill:#78b0dd}.p0{fill:#f6f6f4}";

/// Where a text is held.
#[derive(Clone, Copy, Debug)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// A figure that is being drawn.
#[derive(Debug, Default)]
pub(super) struct Canvas {
    /// Beneath the shapes.
    pictures: Markup,
    shapes: Markup,
    /// Rules of this figure alone.
    style: &'static str,
    width: f64,
    height: f64,
}

impl Canvas {
    /// Makes room for a place: the figure is as large as it has to be.
    pub(super) fn reach(&mut self, (x, y): Place) {
        self.width = self.width.max(x + MARGIN);
        self.height = self.height.max(y + MARGIN);
    }

    /// The same with rules of its own beside those of all figures.
    pub(super) fn styled(style: &'static str) -> Self {
        Canvas { style, ..Canvas::default() }
    }

    /// The PNG file `png`, beneath all shapes. Its pixels stay pixels.
    pub(super) fn picture(&mut self, png: &[u8], (x, y): Place, width: f64, height: f64) {
        self.reach((x + width, y + height));
        let [x, y, width, height] = [x, y, width, height].map(short);
        let href = format!("data:image/png;base64,{}", base64(png));
        self.pictures.void(
            "image",
            &[
                ("x", &x),
                ("y", &y),
                ("width", &width),
                ("height", &height),
                ("preserveAspectRatio", &"none"),
                ("style", &"image-rendering:pixelated"),
                ("href", &href),
            ],
        );
    }

    pub(super) fn line(&mut self, class: &'static str, from: Place, to: Place) {
        self.reach(from);
        self.reach(to);
        let [x1, y1, x2, y2] = [from.0, from.1, to.0, to.1].map(short);
        self.shapes
            .void("line", &[("class", &class), ("x1", &x1), ("y1", &y1), ("x2", &x2), ("y2", &y2)]);
    }

    pub(super) fn circle(&mut self, class: &str, (x, y): Place, radius: f64) {
        self.reach((x + radius, y + radius));
        let [x, y, radius] = [x, y, radius].map(short);
        self.shapes.void("circle", &[("class", &class), ("cx", &x), ("cy", &y), ("r", &radius)]);
    }

    pub(super) fn rectangle(&mut self, class: &str, (x, y): Place, width: f64, height: f64) {
        self.reach((x + width, y + height));
        let [x, y, width, height] = [x, y, width, height].map(short);
        self.shapes.void(
            "rect",
            &[("class", &class), ("x", &x), ("y", &y), ("width", &width), ("height", &height)],
        );
    }

    /// A line through all of `places`.
    pub(super) fn path(&mut self, class: &str, places: &[Place]) {
        let d = self.through(places);
        self.shapes.void("path", &[("class", &class), ("d", &d)]);
    }

    /// The area within `places`.
    pub(super) fn area(&mut self, class: &str, places: &[Place]) {
        let d = self.through(places) + "Z";
        self.shapes.void("path", &[("class", &class), ("d", &d)]);
    }

    fn through(&mut self, places: &[Place]) -> String {
        let mut d = String::new();
        for (i, &place) in places.iter().enumerate() {
            self.reach(place);
            let letter = if i == 0 { 'M' } else { 'L' };
            d.push_str(&format!("{letter}{} {}", short(place.0), short(place.1)));
        }
        d
    }

    pub(super) fn text(&mut self, class: &str, (x, y): Place, anchor: Anchor, text: impl Display) {
        let text = text.to_string();
        let (before, anchor) = match anchor {
            Anchor::Start => (0.0, "start"),
            Anchor::Middle => (0.5, "middle"),
            Anchor::End => (1.0, "end"),
        };
        // A title is larger, and bold.
        let size = if class == "title" { 1.25 } else { 1.0 };
        self.reach((x + (1.0 - before) * size * width(&text), y + 0.3 * LETTERS));
        let (x, y) = (short(x), short(y));
        let attributes: Attributes<'_> =
            &[("class", &class), ("x", &x), ("y", &y), ("text-anchor", &anchor)];
        self.shapes.phrase("text", attributes, text);
    }

    /// What a reader has to know, in lines under all that is drawn.
    pub(super) fn note(&mut self, note: &str) {
        let room = (self.width - 2.0 * MARGIN).max(300.0);
        let mut line = String::new();
        let mut y = self.height + 0.5 * LETTERS;
        for word in note.split(' ') {
            if !line.is_empty() && room < width(&line) + width(word) + width(" ") {
                self.text("muted", (MARGIN, y), Anchor::Start, std::mem::take(&mut line));
                y += 1.3 * LETTERS;
            }
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        self.text("muted", (MARGIN, y), Anchor::Start, line);
    }

    /// The figure as a file, with a title for who cannot see it.
    pub(super) fn finished(self, title: &str) -> String {
        let mut file = Markup::default();
        let (width, height) = (self.width.ceil(), self.height.ceil());
        let view_box = format!("0 0 {width} {height}");
        let attributes: Attributes<'_> = &[
            ("xmlns", &"http://www.w3.org/2000/svg"),
            ("width", &width),
            ("height", &height),
            ("viewBox", &view_box),
            ("role", &"img"),
        ];
        file.element("svg", attributes, |svg| {
            svg.phrase("title", &[], title);
            svg.phrase("style", &[], format_args!("{STYLE}{}", self.style));
            svg.literal(GROUND);
            svg.append(&self.pictures);
            svg.append(&self.shapes);
        });
        file.into_string() + "\n"
    }
}

/// About how wide a text is, in a wide font: none is at hand when it is placed.
pub(super) fn width(text: &str) -> f64 {
    let share = |letter: char| match letter {
        'i' | 'j' | 'l' | 'f' | 't' | 'r' | 'I' | '.' | ',' | ':' | ';' | '\'' | '|' | ' '
        | '(' | ')' => 0.38,
        'm' | 'w' | 'M' | 'W' | '@' | '%' => 0.95,
        letter if letter.is_uppercase() => 0.72,
        _ => 0.63,
    };
    LETTERS * text.chars().map(share).sum::<f64>()
}

/// `text` as far as there is room for it.
pub(super) fn fitting(text: &str, room: f64) -> String {
    if width(text) <= room {
        return text.to_owned();
    }
    let mut kept = String::new();
    for letter in text.chars() {
        kept.push(letter);
        if room < width(&kept) + LETTERS {
            break;
        }
    }
    kept + "…"
}

/// A tenth of a pixel is what can be seen.
fn short(value: f64) -> f64 {
    let rounded = (10.0 * value).round() / 10.0;
    if rounded == 0.0 { 0.0 } else { rounded }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_is_as_large_as_what_is_drawn() {
        let mut canvas = Canvas::default();
        canvas.line("grid", (10.0, 20.0), (110.04, 20.0));
        let svg = canvas.finished("a < b");
        assert!(svg.contains("viewBox=\"0 0 123 32\""), "{svg}");
        assert!(svg.contains("<title>a &lt; b</title>"), "{svg}");
        assert!(svg.contains("x2=\"110\""), "{svg}");
    }

    #[test]
    fn a_note_is_broken_where_the_figure_ends_and_a_long_name_is_cut() {
        let mut canvas = Canvas::default();
        canvas.note(&"words and words ".repeat(20));
        assert!(4 < canvas.finished("").matches("<text").count());
        let cut = fitting(&"long name ".repeat(9), 100.0);
        assert!(cut.ends_with('…') && width(&cut) <= 100.0 + LETTERS, "{cut}");
        assert_eq!(fitting("short", 100.0), "short");
    }
}
