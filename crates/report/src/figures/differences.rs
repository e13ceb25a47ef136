//! The key figure: every row's differences from the baseline, their estimate, its interval and its test, in one line.

use crate::comparison::notes::capitalised;
use crate::comparison::table::MetricTable;
use crate::figures::canvas::{Anchor, Canvas, MARGIN, fitting, width};
use crate::html::cost::tick_text;
use crate::html::key;
use crate::html::numbers::bare_p;
use crate::html::scale::Scale;
use crate::html::table::better_same_worse;
use crate::html::view::View;
use crate::judgement::Judgement;
use crate::judgement::estimate::Estimate;
use crate::judgement::words;

/// Most room for names; width of the strips; height of a line, and where there are many.
const MOST_NAME: f64 = 460.0;
const STRIP: f64 = 430.0;
const LINE: f64 = 20.0;
const LOW_LINE: f64 = 15.0;
const MANY: usize = 24;
/// Room for a figure beside the strip.
const FIGURE: f64 = 82.0;
const TOP: f64 = 58.0;

/// Where lines and their parts are.
struct Places<'a> {
    scale: &'a Scale,
    left: f64,
    line: f64,
}

impl Places<'_> {
    fn x(&self, value: f64) -> f64 {
        self.left + STRIP * self.scale.place(value)
    }

    fn y(&self, row: usize) -> f64 {
        TOP + self.line * (row as f64 + 0.5)
    }

    fn figure(&self, place: usize) -> f64 {
        self.left + STRIP + FIGURE * (place as f64 + 0.7)
    }
}

/// `None` where no row has runs in common with the baseline.
pub(super) fn figure(_: &View<'_>, table: &MetricTable) -> Option<String> {
    let judgement = &table.judgement;
    let verdicts: Vec<&Estimate> = judgement.verdicts.iter().flatten().collect();
    if verdicts.is_empty() {
        return None;
    }
    let (scale, is_stretched) = key::axis(&verdicts);
    let longest = table.rows.iter().map(|row| width(&row.name)).fold(0.0, f64::max);
    let left = MARGIN + longest.min(MOST_NAME) + 14.0;
    let line = if MANY < table.rows.len() { LOW_LINE } else { LINE };
    let places = Places { scale: &scale, left, line };
    let mut canvas = Canvas::default();
    let title = format!("{}: difference from the baseline", capitalised(table.metric.title()));
    canvas.text("title", (MARGIN, 22.0), Anchor::Start, &title);
    ground(&places, table, is_stretched, &mut canvas);
    for row in 0..table.rows.len() {
        one(&places, table, row, &mut canvas);
    }
    canvas.note(&reading(judgement, &verdicts, is_stretched));
    Some(canvas.finished(&title))
}

fn ground(places: &Places<'_>, table: &MetricTable, is_stretched: bool, canvas: &mut Canvas) {
    let bottom = TOP + places.line * table.rows.len() as f64;
    let rope = table.judgement.rope;
    let (low, high) = (places.x(-rope), places.x(rope));
    canvas.rectangle("zone", (low, TOP), high - low, bottom - TOP);
    for tick in places.scale.ticks() {
        let x = places.x(tick);
        let class = if tick.abs() < 1e-12 { "zero" } else { "grid" };
        canvas.line(class, (x, TOP), (x, bottom));
        let text = tick_text(tick, key::decimals(places.scale, is_stretched, tick));
        canvas.text("muted", (x, bottom + 14.0), Anchor::Middle, text);
    }
    let middle = places.left + STRIP / 2.0;
    canvas.text(
        "muted",
        (middle, TOP - 12.0),
        Anchor::Middle,
        "← worse than the baseline · better →",
    );
    let first = if table.datasets.len() == 1 { "mean" } else { "avg. rank" };
    for (place, header) in [first, "better/same/worse", "p, Holm"].into_iter().enumerate() {
        let y = if place == 1 { TOP - 26.0 } else { TOP - 12.0 };
        canvas.text("muted", (places.figure(place), y), Anchor::Middle, header);
    }
}

fn one(places: &Places<'_>, table: &MetricTable, i: usize, canvas: &mut Canvas) {
    let (row, judgement, y) = (&table.rows[i], &table.judgement, places.y(i));
    let text = y + 4.0;
    let is_baseline = judgement.baseline == Some(i);
    let class = if judgement.leader == Some(i) { "leader" } else { "" };
    let name = fitting(&row.name, MOST_NAME);
    canvas.text(class, (places.left - 12.0, text), Anchor::End, name);
    let first = match row.average_rank {
        Some(rank) if 1 < table.datasets.len() => format!("{rank:.2}"),
        None if 1 < table.datasets.len() => "–".to_owned(),
        _ => row.cells[0]
            .compared
            .map_or_else(|| "–".to_owned(), |compared| format!("{:.3}", compared.mean)),
    };
    canvas.text("", (places.figure(0), text), Anchor::Middle, first);
    let Some(verdict) = &judgement.verdicts[i].as_ref().filter(|_| !is_baseline) else {
        let word = if is_baseline { "the baseline" } else { "not compared" };
        let x = if is_baseline { places.x(0.0) + 8.0 } else { places.left };
        canvas.text("muted", (x, text), Anchor::Start, word);
        return;
    };
    let colour = key::colour(verdict);
    if let Some(interval) = &verdict.interval {
        let class = match colour {
            "better" => "interval better",
            "worse" => "interval worse",
            _ => "interval",
        };
        canvas.path(class, &[(places.x(interval.low), y), (places.x(interval.high), y)]);
    }
    for difference in verdict.by_unit.iter().flatten() {
        canvas.circle("dot", (places.x(*difference), y), 2.6);
    }
    let mark = if colour.is_empty() { "mark" } else { colour };
    canvas.circle(mark, (places.x(verdict.size), y), 4.2);
    canvas.text("", (places.figure(1), text), Anchor::Middle, better_same_worse(verdict));
    let p = verdict.p_holm.map_or_else(|| "–".to_owned(), bare_p);
    canvas.text("", (places.figure(2), text), Anchor::Middle, p);
}

fn reading(judgement: &Judgement, verdicts: &[&Estimate], is_stretched: bool) -> String {
    let mut note = String::new();
    if is_stretched {
        note += "The axis is stretched around 0. ";
    }
    note += if judgement.families.is_empty() {
        "One open dot a run, the filled dot their mean"
    } else {
        "One open dot a family of data sets, the filled dot their median (Hodges–Lehmann)"
    };
    if let Some(interval) = verdicts.iter().find_map(|verdict| verdict.interval.as_ref()) {
        note += &format!(
            ", the line its {} interval for one comparison",
            words::percent(interval.level)
        );
    }
    note += &format!(
        ". Shaded: within ±{}, counted as the same. Blue or orange: differs from the baseline after Holm",
        judgement.rope
    );
    let differs = verdicts.iter().any(|verdict| verdict.is_better() || verdict.is_worse());
    note + if differs { "." } else { "; none does." }
}
