//! Recall of every class, or average precision of a class of objects, against its training rows: which classes gain, and which pay.

use std::collections::BTreeMap;
use std::fmt::Write;

use evaluation::ClassScores;
use evaluation::summary::mean;
use experiment::record::Results;

use crate::comparison::notes::capitalised;
use crate::html::chooser;
use crate::html::markup::{Attributes, Markup};
use crate::html::numbers;
use crate::html::scale::Scale;
use crate::html::strip::at;
use crate::html::view::{Pair, View};

/// Beyond so many classes, means over doublings of the training rows are drawn over them.
const MOST_CLASSES: usize = 40;
/// Changes of recall that count as none.
pub(crate) const SAME: f64 = 0.01;
/// Units of the drawing: thousandths of its width and of its height.
const UNITS: f64 = 1000.0;

/// How well a class is recognised or, if it is of objects to be found, its average precision at an overlap of a half.
pub(crate) fn measured_of(class: &ClassScores) -> Option<f64> {
    class.detection.map_or(class.recall, |detection| detection.ap50)
}

/// What that is called.
pub(crate) fn measure(view: &View<'_>) -> &'static str {
    let all = (0..view.sets.len()).flat_map(|set| view.results(view.baseline.unwrap_or(0), set));
    let mut classes = all.flat_map(|results| &view.measured(results).test.classes);
    if classes.any(|class| class.detection.is_some()) { "AP50" } else { "recall" }
}

/// A class of a data set.
pub(crate) struct Class {
    pub(crate) set: usize,
    pub(crate) place: usize,
    /// Mean over the baseline's runs.
    pub(crate) train: f64,
    /// [`measured_of`] it, by the baseline.
    base: f64,
}

pub(super) fn section(view: &View<'_>) -> Result<Markup, String> {
    let classes = classes(view);
    if classes.is_empty() || view.shown_first().is_none() {
        return Err("there is no baseline with recalls, or no row beside it".to_owned());
    }
    let mut page = Markup::default();
    page.phrase("h2", &[], "Which classes gain, which pay");
    chooser::write(view, "classes", &mut page, |legend| {
        legend.literal(
            "<span><svg><circle class=\"dot\" cx=\"8\" cy=\"6\" r=\"3\"/></svg>baseline</span>\
             <span><svg><circle class=\"gains\" cx=\"8\" cy=\"6\" r=\"3.5\"/></svg>gains</span>\
             <span><svg><circle class=\"pays\" cx=\"8\" cy=\"6\" r=\"3.5\"/></svg>pays</span>\
             <span><svg><circle class=\"unchanged\" cx=\"8\" cy=\"6\" r=\"3.5\"/></svg>unchanged</span>",
        );
    });
    let (scale, measure) = (scale(&classes), measure(view));
    page.element("div", &[("class", &"plot")], |page| {
        let label = format!(
            "{} of every class against its training rows, from the baseline to a row",
            capitalised(measure)
        );
        page.element(
            "svg",
            &[("class", &"ground"), ("role", &"img"), ("aria-label", &label)],
            |svg| ground(view, &classes, &scale, svg),
        );
        let drawing: Attributes<'_> = &[
            ("class", &"drawing"),
            ("viewBox", &"0 0 1000 1000"),
            ("preserveAspectRatio", &"none"),
            ("aria-hidden", &"true"),
            ("data-classes", &""),
        ];
        page.element("svg", drawing, |svg| {
            if let Some(row) = view.shown_first() {
                svg.append(&fragment(view, row, &classes, &scale));
            }
        });
    });
    page.literal("<p class=\"note\">Across: training rows of the class (log). ");
    page.text(format!(
        "Up: {measure} on the test part, mean over the runs that row and baseline have. "
    ));
    if MOST_CLASSES < classes.len() {
        page.literal("Thick: means over the classes of each doubling of the training rows. ");
    }
    page.literal(
        "A line leads from the baseline to the row; within 0.01 it counts as unchanged.</p>",
    );
    Ok(page)
}

/// The drawing of every row, as a script puts it into the figure.
pub(super) fn of_rows(view: &View<'_>) -> Vec<String> {
    let classes = classes(view);
    if classes.is_empty() {
        return vec![String::new(); view.names.len()];
    }
    let scale = scale(&classes);
    let of_row = |row: usize| fragment(view, row, &classes, &scale).into_string();
    (0..view.names.len()).map(of_row).collect()
}

pub(crate) fn classes(view: &View<'_>) -> Vec<Class> {
    let Some(baseline) = view.baseline else { return Vec::new() };
    let mut classes = Vec::new();
    for &set in &view.columns {
        let n_classes = view.results(baseline, set).map(|results| results.train_counts.len()).max();
        for class in 0..n_classes.unwrap_or(0) {
            let counts = view.results(baseline, set).filter_map(|r| r.train_counts.get(class));
            let train = mean(counts.map(|&n| f64::from(n)));
            if let (Some(train), Some(base)) = (train, of_row(view, baseline, set, class)) {
                classes.push(Class { set, place: class, train: train.max(1.0), base });
            }
        }
    }
    classes
}

fn of_row(view: &View<'_>, row: usize, set: usize, class: usize) -> Option<f64> {
    let classes = view.results(row, set).map(|results| &view.measured(results).test.classes);
    mean(classes.filter_map(|classes| measured_of(classes.get(class)?)))
}

/// [`measured_of`] a class by a row and by the baseline, over the runs that both have.
pub(crate) fn of_pairs(view: &View<'_>, pairs: &[Pair<'_>], class: usize) -> Option<[f64; 2]> {
    let of = |results: &[&Results]| {
        let classes = results.iter().map(|results| &view.measured(results).test.classes);
        mean(classes.filter_map(|classes| measured_of(classes.get(class)?)))
    };
    let of_pair = |[own, other]: &Pair<'_>| Some([of(own)?, of(other)?]);
    let both: Vec<[f64; 2]> = pairs.iter().filter_map(of_pair).collect();
    Some([mean(both.iter().map(|pair| pair[0]))?, mean(both.iter().map(|pair| pair[1]))?])
}

pub(crate) fn scale(classes: &[Class]) -> Scale {
    let least = classes.iter().map(|class| class.train).fold(f64::INFINITY, f64::min);
    let most = classes.iter().map(|class| class.train).fold(1.0, f64::max);
    Scale::logarithmic(least, most)
}

fn ground(view: &View<'_>, classes: &[Class], scale: &Scale, svg: &mut Markup) {
    for tick in scale.ticks() {
        let x = at(scale, tick);
        svg.void("line", &[("class", &"grid"), ("x1", &x), ("x2", &x), ("y2", &"100%")]);
        let text: Attributes<'_> =
            &[("x", &x), ("y", &"100%"), ("dy", &16), ("text-anchor", &"middle")];
        svg.phrase("text", text, numbers::counted(tick as usize));
    }
    for tick in [0.0, 0.25, 0.5, 0.75, 1.0] {
        let y = format!("{}%", 100.0 * (1.0 - tick));
        svg.void("line", &[("class", &"grid"), ("x2", &"100%"), ("y1", &y), ("y2", &y)]);
        let text: Attributes<'_> = &[("x", &-6), ("y", &y), ("dy", &4), ("text-anchor", &"end")];
        svg.phrase("text", text, format!("{tick:.2}"));
    }
    let measure = measure(view);
    for class in classes {
        let set = &view.sets[class.set];
        let name = set.facts.and_then(|facts| facts.classes.get(class.place));
        let name = name.map_or_else(|| class.place.to_string(), |(name, _)| name.clone());
        let tip = format!(
            "{}, class {name}: {:.0} training rows, baseline {measure} {:.3}",
            set.name, class.train, class.base
        );
        let circle: Attributes<'_> = &[
            ("class", &"dot"),
            ("cx", &at(scale, class.train)),
            ("cy", &format!("{:.1}%", 100.0 * (1.0 - class.base))),
            ("r", &3),
            ("data-tip", &tip),
        ];
        svg.void("circle", circle);
    }
}

/// Lines and their ends; a line of no length with round ends is a dot that keeps its shape however the drawing is stretched.
#[derive(Default)]
struct Paths {
    lines: String,
    dots: String,
}

impl Paths {
    fn add(&mut self, x: f64, from: f64, to: f64) {
        let (x, from, to) = ((UNITS * x).round(), height(from), height(to));
        write!(self.lines, "M{x} {from}V{to}").expect("text can be written");
        write!(self.dots, "M{x} {to}h0").expect("text can be written");
    }

    fn draw(&self, class: &'static str, svg: &mut Markup) {
        if !self.dots.is_empty() {
            svg.element("g", &[("class", &class)], |g| {
                g.void("path", &[("d", &self.lines)]);
                g.void("path", &[("class", &"dots"), ("d", &self.dots)]);
            });
        }
    }
}

fn height(recall: f64) -> f64 {
    (UNITS * (1.0 - recall)).round()
}

fn fragment(view: &View<'_>, row: usize, classes: &[Class], scale: &Scale) -> Markup {
    let (mut gains, mut pays, mut unchanged) =
        (Paths::default(), Paths::default(), Paths::default());
    // Of each doubling of the training rows: place, recall of the baseline, of the row.
    let mut doublings: BTreeMap<i64, Vec<[f64; 3]>> = BTreeMap::new();
    for of_set in classes.chunk_by(|a, b| a.set == b.set) {
        let pairs = view.pairs(row, of_set[0].set);
        for class in of_set {
            let Some([to, from]) = of_pairs(view, &pairs, class.place) else { continue };
            let paths = match to - from {
                change if SAME < change => &mut gains,
                change if change < -SAME => &mut pays,
                _ => &mut unchanged,
            };
            let x = scale.place(class.train);
            paths.add(x, from, to);
            let doubling = libm::floor(libm::log2(class.train)) as i64;
            doublings.entry(doubling).or_default().push([x, from, to]);
        }
    }
    let mut svg = Markup::default();
    unchanged.draw("unchanged", &mut svg);
    pays.draw("pays", &mut svg);
    gains.draw("gains", &mut svg);
    if MOST_CLASSES < classes.len() {
        let (mut base, mut own) = (String::new(), String::new());
        for members in doublings.values() {
            let of = |i: usize| mean(members.iter().map(|m| m[i])).unwrap_or_default();
            let letter = if base.is_empty() { 'M' } else { 'L' };
            let x = (UNITS * of(0)).round();
            write!(base, "{letter}{x} {}", height(of(1))).expect("text can be written");
            write!(own, "{letter}{x} {}", height(of(2))).expect("text can be written");
        }
        svg.void("path", &[("class", &"mean-base"), ("d", &base)]);
        svg.void("path", &[("class", &"mean-row"), ("d", &own)]);
    }
    svg
}
