//! Shares of bins as steps, in a panel with marks on both of its sides.

use std::fmt::{Display, Write};

use crate::html::band::{HEIGHT, WIDTH};
use crate::html::markup::{Attributes, Markup};
use crate::html::scale::Scale;

/// The line of a panel: how it looks, and the bins from left to right.
pub(super) type Line<'a> = (&'static str, &'a [f64]);

/// What is around the lines.
pub(super) struct Panel<'a> {
    /// For who cannot see it.
    pub(super) label: &'a str,
    /// What is written at a share of the width.
    pub(super) across: &'a [(f64, String)],
    /// Where on the width a line goes up, if anywhere.
    pub(super) guide: Option<f64>,
    pub(super) up: &'a Scale,
    pub(super) tick: &'a dyn Fn(f64) -> String,
}

impl Panel<'_> {
    pub(super) fn draw(&self, lines: &[Line<'_>], page: &mut Markup) {
        let svg: Attributes<'_> =
            &[("viewBox", &"-84 -14 588 288"), ("role", &"img"), ("aria-label", &self.label)];
        page.element("svg", svg, |svg| {
            self.ground(svg);
            for (style, bins) in lines {
                svg.element("g", &[("class", style)], |g| {
                    g.void("path", &[("class", &"line"), ("d", &self.steps(bins))]);
                });
            }
        });
    }

    fn ground(&self, svg: &mut Markup) {
        for tick in self.up.ticks() {
            let y = self.height(tick);
            let line: Attributes<'_> =
                &[("class", &"grid"), ("x2", &WIDTH), ("y1", &y), ("y2", &y)];
            svg.void("line", line);
            text(svg, (-8.0, y + 7.0), "end", (self.tick)(tick));
        }
        if let Some(guide) = self.guide {
            let x = (WIDTH * guide).round();
            let line: Attributes<'_> =
                &[("class", &"guide"), ("x1", &x), ("x2", &x), ("y2", &HEIGHT)];
            svg.void("line", line);
        }
        svg.void("line", &[("class", &"axis"), ("x2", &WIDTH), ("y1", &HEIGHT), ("y2", &HEIGHT)]);
        svg.void("line", &[("class", &"axis"), ("y2", &HEIGHT)]);
        for (place, words) in self.across {
            text(svg, ((WIDTH * place).round(), HEIGHT + 24.0), "middle", words);
        }
    }

    fn height(&self, share: f64) -> f64 {
        (HEIGHT * (1.0 - self.up.place(share))).round()
    }

    /// The upper edge of the bins.
    fn steps(&self, bins: &[f64]) -> String {
        let mut path = String::new();
        for (i, &share) in bins.iter().enumerate() {
            let letter = if i == 0 { "M0 " } else { "V" };
            let right = (WIDTH * (i + 1) as f64 / bins.len() as f64).round();
            write!(path, "{letter}{}H{right}", self.height(share)).expect("text can be written");
        }
        path
    }
}

/// A legend: the looks of lines as the style sheet knows them, and what they are.
pub(super) fn legend(entries: &[(&'static str, &str)], page: &mut Markup) {
    page.element("div", &[("class", &"legend")], |legend| {
        for (style, words) in entries {
            legend.element("span", &[], |span| {
                let class = format!("line-{style}");
                let line: Attributes<'_> =
                    &[("x2", &26), ("y1", &6), ("y2", &6), ("class", &class)];
                span.element("svg", &[], |svg| svg.void("line", line));
                span.text(words);
            });
        }
    });
}

fn text(svg: &mut Markup, (x, y): (f64, f64), anchor: &'static str, text: impl Display) {
    svg.phrase("text", &[("x", &x), ("y", &y), ("text-anchor", &anchor)], text);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_are_steps_from_the_left_edge_to_the_right_one() {
        let up = Scale::linear(0.0, 1.0).tight();
        let tick = |tick: f64| tick.to_string();
        let panel = Panel { label: "", across: &[], guide: None, up: &up, tick: &tick };
        assert_eq!(panel.steps(&[0.0, 1.0, 0.5]), "M0 240H160V0H320V120H480");
    }
}
