//! One line a row: a name, a strip of marks on an axis that all rows share, figures beside it.

use crate::html::markup::{Attributes, Markup};
use crate::html::scale::Scale;

/// Beyond so many rows, lines are lower.
const MANY: usize = 24;

/// Strips on one axis.
pub(super) struct Strips<'a> {
    pub(super) scale: &'a Scale,
    pub(super) label: &'static str,
    /// Over the names, over the strips, over each of three figures.
    pub(super) header: [&'a str; 5],
    /// A band that is shaded in all strips.
    pub(super) zone: Option<(f64, f64)>,
    /// The value of the line that stands out.
    pub(super) zero: Option<f64>,
    pub(super) tick: &'a dyn Fn(f64) -> String,
}

/// What stands in one line.
pub(super) struct Strip<'a> {
    pub(super) class: String,
    pub(super) name: &'a dyn Fn(&mut Markup),
    /// What the marks show, in words.
    pub(super) words: String,
    pub(super) marks: &'a dyn Fn(&mut Markup),
    pub(super) figures: [String; 3],
}

impl Strips<'_> {
    pub(super) fn write(&self, n_rows: usize, page: &mut Markup, rows: impl FnOnce(&mut Markup)) {
        let class = if MANY < n_rows { "strips many" } else { "strips" };
        let table: Attributes<'_> =
            &[("class", &class), ("role", &"table"), ("aria-label", &self.label)];
        page.element("div", table, |page| {
            page.element("div", &[("class", &"line head"), ("role", &"row")], |line| {
                let classes = ["name", "strip", "", "", ""];
                for (class, text) in classes.iter().zip(self.header) {
                    line.phrase("span", &[("class", class), ("role", &"columnheader")], text);
                }
            });
            rows(page);
            self.axis(page);
        });
    }

    pub(super) fn row(&self, strip: &Strip<'_>, page: &mut Markup) {
        let class = format!("line {}", strip.class);
        page.element("div", &[("class", &class), ("role", &"row")], |line| {
            line.element("span", &[("class", &"name"), ("role", &"rowheader")], strip.name);
            line.element("span", &[("class", &"strip"), ("role", &"cell")], |span| {
                let svg: Attributes<'_> = &[("role", &"img"), ("aria-label", &strip.words)];
                span.element("svg", svg, |svg| {
                    self.ground(svg);
                    (strip.marks)(svg);
                });
            });
            for figure in &strip.figures {
                line.phrase("span", &[("role", &"cell")], figure);
            }
        });
    }

    /// Where a value lies, as an attribute.
    pub(super) fn at(&self, value: f64) -> String {
        at(self.scale, value)
    }

    fn ground(&self, svg: &mut Markup) {
        if let Some((low, high)) = self.zone {
            let width = format!("{:.2}%", 100.0 * (self.scale.place(high) - self.scale.place(low)));
            svg.void(
                "rect",
                &[("class", &"zone"), ("x", &self.at(low)), ("width", &width), ("height", &"100%")],
            );
        }
        for tick in self.scale.ticks() {
            let class = if Some(tick) == self.zero { "zero" } else { "grid" };
            let x = self.at(tick);
            svg.void("line", &[("class", &class), ("x1", &x), ("x2", &x), ("y2", &"100%")]);
        }
    }

    fn axis(&self, page: &mut Markup) {
        page.element("div", &[("class", &"line axis"), ("aria-hidden", &"true")], |line| {
            line.literal("<span class=\"name\"></span>");
            line.element("span", &[("class", &"strip")], |span| {
                span.element("svg", &[], |svg| {
                    for tick in self.scale.written_ticks() {
                        let text: Attributes<'_> =
                            &[("x", &self.at(tick)), ("y", &18), ("text-anchor", &"middle")];
                        svg.phrase("text", text, (self.tick)(tick));
                    }
                });
            });
        });
    }
}

/// Where a value lies on an axis, in percent.
pub(super) fn at(scale: &Scale, value: f64) -> String {
    format!("{:.1}%", 100.0 * scale.place(value))
}
