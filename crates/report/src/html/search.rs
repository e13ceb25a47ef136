//! What the validation parts say of every setting that a search has drawn, against the value of each parameter.

use std::collections::BTreeSet;

use experiment::search::space::Space;
use experiment::selection::Parameter;
use serde_json::Value;

use crate::comparison::notes::{capitalised, count};
use crate::comparison::printed::number;
use crate::html::across::Across;
use crate::html::band::{HEIGHT, WIDTH};
use crate::html::markup::{Attributes, Markup};
use crate::html::scale::Scale;
use crate::html::searched::{Searched, Setting, searched};
use crate::html::view::View;

/// Panels, and dots in all of them, at most; one row is always shown.
const MOST_PANELS: usize = 12;
const MOST_DOTS: usize = 2000;
/// Letters for which there is room under a panel.
const LETTERS: usize = 42;

/// How a setting ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Ended {
    /// Stopped early in every run.
    Early,
    /// Trained for all epochs in some run, and chosen in none.
    Whole,
    /// Chosen in some run.
    Chosen,
}

/// A setting as a dot.
pub(crate) struct Dot {
    /// From 0 to 1.
    pub(crate) x: f64,
    pub(crate) y: f64,
    pub(crate) ended: Ended,
    /// Of the runs, those that chose it.
    pub(crate) share: f64,
    pub(crate) told: String,
}

/// The settings of a row over one parameter.
pub(crate) struct Panel {
    pub(crate) row: String,
    pub(crate) parameter: String,
    pub(crate) across: Across,
    pub(crate) up: Scale,
    /// Those that matter most come last, and lie on top.
    pub(crate) dots: Vec<Dot>,
    /// All of it in words.
    pub(crate) words: String,
}

/// The panels, and what a reader has to know.
pub(crate) struct Figure {
    pub(crate) title: String,
    pub(crate) panels: Vec<Panel>,
    pub(crate) legend: Vec<(Ended, &'static str)>,
    pub(crate) note: String,
}

/// `None` where no search has drawn anything that has a value.
pub(crate) fn figure(view: &View<'_>) -> Option<Figure> {
    let all = searched(view);
    let (mut panels, mut n_rows, mut n_dots) = (Vec::new(), 0, 0);
    for row in &all {
        let of_row = of_row(view, row);
        n_dots += of_row.iter().map(|panel| panel.dots.len()).sum::<usize>();
        let is_full = MOST_PANELS < panels.len() + of_row.len() || MOST_DOTS < n_dots;
        if is_full && !panels.is_empty() {
            break;
        }
        n_rows += 1;
        panels.extend(of_row);
    }
    let metrics: BTreeSet<&str> = all.iter().map(|row| row.metric.title()).collect();
    let metrics = metrics.into_iter().collect::<Vec<_>>().join(" or ");
    let ended: BTreeSet<Ended> =
        panels.iter().flat_map(|panel: &Panel| &panel.dots).map(|dot| dot.ended).collect();
    let legend = [
        (Ended::Early, "stopped early in every run"),
        (Ended::Whole, "trained whole, chosen in no run"),
        (Ended::Chosen, "chosen, the larger in the more runs"),
    ];
    (!panels.is_empty()).then(|| Figure {
        title: format!("{} on the validation parts, by what was searched", capitalised(&metrics)),
        legend: legend.into_iter().filter(|(one, _)| ended.contains(one)).collect(),
        note: note(&metrics, &all, n_rows, ended.contains(&Ended::Early)),
        panels,
    })
}

fn note(metrics: &str, all: &[Searched], n_rows: usize, halves: bool) -> String {
    let mut note = format!(
        "Every dot is a setting that the search has drawn. Up: {metrics} on the validation parts, the mean over the runs, then over \
         the data sets"
    );
    note += if halves {
        "; in each run of the most epochs that the setting was trained for there. Hollow: stopped early, in every run trained \
         for fewer epochs than there are."
    } else {
        "."
    };
    note += " Blue: chosen in some run. A run chooses for itself, and the test part has no say.";
    let n_lacking: usize = all[..n_rows].iter().map(|row| row.n_lacking).sum();
    if 0 < n_lacking {
        note += &format!(
            " Left out: {} without a value on some data set.",
            count(n_lacking, "setting of a row")
        );
    }
    if n_rows < all.len() {
        note += &format!(" Of {} rows, the first {n_rows}.", all.len());
    }
    note
}

/// A panel for each parameter of the row that has more than one value.
fn of_row(view: &View<'_>, row: &Searched) -> Vec<Panel> {
    let heights = row.settings.iter().map(|setting| setting.mean);
    let (low, high) = heights.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), mean| {
        (low.min(mean), high.max(mean))
    });
    let up = Scale::linear(low, high);
    let drawn = view.subject.plan.drawn.iter().enumerate();
    drawn.filter_map(|(place, drawn)| panel(view, row, place, drawn, &up)).collect()
}

fn panel(
    view: &View<'_>,
    row: &Searched,
    place: usize,
    (parameter, space): (&Parameter, &Space),
    up: &Scale,
) -> Option<Panel> {
    let values = || row.settings.iter().filter_map(|setting| setting.values[place].as_ref());
    let first = values().next()?;
    if values().all(|value| value == first) {
        return None;
    }
    let across = Across::new(space, values());
    let name = named(parameter, view);
    let decimals = view.subject.comparison.decimals;
    let told = |value: &Value, setting: &Setting| {
        let mean = number(setting.mean, decimals);
        let ended = match ended(setting) {
            Ended::Early => "stopped early in every run".to_owned(),
            Ended::Whole | Ended::Chosen => format!(
                "trained whole in {}, chosen in {} of {}",
                setting.n_whole,
                setting.n_chosen,
                count(row.n_runs, "run")
            ),
        };
        format!("{name} {}: {} {mean}, {ended}", across.told(value), row.metric.title())
    };
    let dot = |(i, setting): (usize, &Setting)| {
        let value = setting.values[place].as_ref()?;
        Some(Dot {
            x: across.place(value, i)?,
            y: up.place(setting.mean),
            ended: ended(setting),
            share: setting.n_chosen as f64 / row.n_runs.max(1) as f64,
            told: told(value, setting),
        })
    };
    let mut dots: Vec<Dot> = row.settings.iter().enumerate().filter_map(dot).collect();
    let n_early = dots.iter().filter(|dot| dot.ended == Ended::Early).count();
    // A large dot hides no small one.
    dots.sort_by(|a, b| a.ended.cmp(&b.ended).then(b.share.total_cmp(&a.share)));
    let row_name = &view.names[row.row];
    let mut words = format!(
        "{} against {name} of {row_name}: {}",
        row.metric.title(),
        count(dots.len(), "setting")
    );
    if 0 < n_early {
        words += &format!(", {n_early} stopped early in every run");
    }
    if let Some(most) = row.settings.iter().max_by_key(|setting| setting.n_chosen)
        && let (Some(value), true) = (&most.values[place], 0 < most.n_chosen)
    {
        words += &format!(". Chosen most often: {}", told(value, most));
    }
    Some(Panel { row: row_name.clone(), parameter: name, across, up: up.clone(), dots, words })
}

fn ended(setting: &Setting) -> Ended {
    match (setting.n_chosen, setting.n_whole) {
        (1.., _) => Ended::Chosen,
        (0, 1..) => Ended::Whole,
        (0, 0) => Ended::Early,
    }
}

/// A parameter by its own name, or by its path where another has the same.
fn named(parameter: &Parameter, view: &View<'_>) -> String {
    let alike = view.subject.plan.drawn.keys().filter(|other| other.name() == parameter.name());
    if 1 < alike.count() { parameter.to_string() } else { parameter.name().to_owned() }
}

pub(super) fn section(view: &View<'_>) -> Option<Markup> {
    let figure = figure(view)?;
    let mut page = Markup::default();
    page.phrase("h2", &[], "What the search has tried");
    page.element("p", &[("class", &"legend")], |legend| {
        for (ended, words) in &figure.legend {
            legend.element("span", &[], |entry| {
                entry.element("svg", &[], |svg| circle((13.0, 6.0), 4.0, *ended, None, svg));
                entry.text(words);
            });
        }
    });
    for of_row in figure.panels.chunk_by(|a, b| a.row == b.row) {
        page.element("h3", &[], |heading| heading.name(&of_row[0].row));
        page.element("div", &[("class", &"panels")], |page| {
            for panel in of_row {
                page.element("figure", &[("class", &"panel")], |page| draw(panel, page));
            }
        });
    }
    page.phrase("p", &[("class", &"note")], &figure.note);
    Some(page)
}

fn draw(panel: &Panel, page: &mut Markup) {
    page.element("figcaption", &[], |caption| caption.name(&title(panel)));
    let svg: Attributes<'_> =
        &[("viewBox", &"-62 -14 552 284"), ("role", &"img"), ("aria-label", &panel.words)];
    page.element("svg", svg, |svg| {
        let height = |share: f64| (HEIGHT * (1.0 - share)).round();
        for tick in panel.up.written_ticks() {
            let y = height(panel.up.place(tick));
            svg.void("line", &[("class", &"grid"), ("x2", &WIDTH), ("y1", &y), ("y2", &y)]);
            text(svg, (-8.0, y + 7.0), "end", &number(tick, panel.up.decimals()));
        }
        for (share, tick) in panel.across.ticks(LETTERS) {
            let x = (WIDTH * share).round();
            svg.void("line", &[("class", &"grid"), ("x1", &x), ("x2", &x), ("y2", &HEIGHT)]);
            text(svg, (x, HEIGHT + 26.0), "middle", &tick);
        }
        svg.void("line", &[("class", &"axis"), ("x2", &WIDTH), ("y1", &HEIGHT), ("y2", &HEIGHT)]);
        svg.void("line", &[("class", &"axis"), ("y2", &HEIGHT)]);
        for dot in &panel.dots {
            let place = ((WIDTH * dot.x).round(), height(dot.y));
            circle(place, 2.0 * radius(dot), dot.ended, Some(&dot.told), svg);
        }
    });
}

/// The parameter of a panel.
pub(crate) fn title(panel: &Panel) -> String {
    let log = if panel.across.is_log() { " (log)" } else { "" };
    format!("{}{log}", panel.parameter)
}

/// In pixels: the area of a chosen one grows with the runs that chose it.
pub(crate) fn radius(dot: &Dot) -> f64 {
    if dot.ended == Ended::Chosen { 3.0 + 4.0 * dot.share.sqrt() } else { 3.0 }
}

fn circle((x, y): (f64, f64), radius: f64, ended: Ended, tip: Option<&String>, svg: &mut Markup) {
    let class = match ended {
        Ended::Early => "setting",
        Ended::Whole => "setting whole",
        Ended::Chosen => "setting chosen",
    };
    let radius = (10.0 * radius).round() / 10.0;
    let at: Attributes<'_> = &[("class", &class), ("cx", &x), ("cy", &y), ("r", &radius)];
    match tip {
        Some(tip) => svg.void("circle", &[at[0], at[1], at[2], at[3], ("data-tip", tip)]),
        None => svg.void("circle", at),
    }
}

fn text(svg: &mut Markup, (x, y): (f64, f64), anchor: &'static str, text: &str) {
    svg.phrase("text", &[("x", &x), ("y", &y), ("text-anchor", &anchor)], text);
}
