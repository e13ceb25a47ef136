//! The critical-difference diagram.
//!
//! Source: Demšar, *Statistical Comparisons of Classifiers over Multiple Data Sets*, JMLR 2006.

use std::fmt::Display;

use evaluation::significance::cliques;

use crate::comparison::ranking::{Friedman, Incomplete};
use crate::comparison::table::MetricTable;
use crate::html::markup::{Attributes, Markup};
use crate::html::numbers;
use crate::html::view::View;
use crate::judgement::words;

/// Units of the axis, of a letter of a name, and of the least room for names on either side.
const AXIS_WIDTH: f64 = 440.0;
const LETTER: f64 = 6.5;
const LEAST_SIDE: f64 = 120.0;
/// Height of the axis, of the first name, of a line.
const AXIS: f64 = 56.0;
const LINE: f64 = 16.0;
const BARS: f64 = 7.0;

pub(super) fn section(view: &View<'_>) -> Result<Markup, String> {
    if view.sets.len() == 1 {
        return Err(
            "there is one data set: a rank would say no more than the order of the rows".to_owned()
        );
    }
    let tables = &view.subject.comparison.tables;
    if tables.iter().all(|table| ranked(table).is_empty()) {
        return Err("no two rows have enough runs in common to be ranked".to_owned());
    }
    let mut page = Markup::default();
    page.phrase("h2", &[], "Average ranks");
    page.element("div", &[("data-slot", &"ranks")], |page| page.append(&slot(view, view.first())));
    Ok(page)
}

/// The ranked rows, best first, as places in the table.
fn ranked(table: &MetricTable) -> Vec<usize> {
    (0..table.rows.len()).filter(|&row| table.rows[row].average_rank.is_some()).collect()
}

pub(super) fn slot(_: &View<'_>, table: &MetricTable) -> Markup {
    let mut page = Markup::default();
    let rows = ranked(table);
    if rows.len() < 2 {
        page.literal("<p class=\"note\">No two rows are ranked by this metric.</p>");
        return page;
    }
    let critical = table.judgement.critical_difference;
    let label = format!("Average ranks of {} rows", rows.len());
    let region: Attributes<'_> = &[
        ("class", &"wide-scroll"),
        ("tabindex", &"0"),
        ("role", &"region"),
        ("aria-label", &label),
    ];
    page.element("div", region, |page| diagram(table, &rows, critical, page));
    tests(table, critical, &mut page);
    page
}

fn diagram(table: &MetricTable, rows: &[usize], critical: Option<f64>, page: &mut Markup) {
    let ranks: Vec<f64> = rows.iter().filter_map(|&row| table.rows[row].average_rank).collect();
    let (low, high) = (ranks[0].floor(), ranks[ranks.len() - 1].ceil().max(ranks[0].floor() + 1.0));
    let n_left = rows.len().div_ceil(2);
    // A rank stands beside each name.
    let side = |rows: &[usize]| {
        let longest = rows.iter().map(|&row| table.rows[row].name.chars().count()).max();
        (LETTER * (longest.unwrap_or(0) + 8) as f64).max(LEAST_SIDE)
    };
    let left = side(&rows[..n_left]);
    let right = left + AXIS_WIDTH;
    let width = right + side(&rows[n_left..]);
    let x = |rank: f64| left + AXIS_WIDTH * (rank - low) / (high - low);
    let bars = critical.map_or_else(Vec::new, |critical| bars(&ranks, critical));
    let names = AXIS + 14.0 + BARS * bars.len() as f64;
    let height = names + LINE * n_left as f64 + 10.0;
    let view_box = format!("0 0 {width} {height}");
    let label = "Critical difference diagram";
    let style = format!("min-width:{:.0}px;max-width:{:.0}px", 0.85 * width, 1.12 * width);
    let svg: Attributes<'_> = &[
        ("viewBox", &view_box),
        ("class", &"ranks"),
        ("style", &style),
        ("role", &"img"),
        ("aria-label", &label),
    ];
    page.element("svg", svg, |svg| {
        line(svg, "zero", (left, AXIS), (right, AXIS));
        let step = ((high - low) / 12.0).ceil().max(1.0) as usize;
        for tick in (low as i64..=high as i64).step_by(step) {
            let at = x(tick as f64);
            line(svg, "zero", (at, AXIS - 5.0), (at, AXIS));
            text(svg, "", (at, AXIS - 9.0), "middle", tick);
        }
        if let Some(critical) = critical {
            let end = x(low + critical).min(right);
            line(svg, "zero", (left, 18.0), (end, 18.0));
            let note = if right < x(low + critical) { " (wider than the axis)" } else { "" };
            text(
                svg,
                "",
                (left, 12.0),
                "start",
                format!("critical difference {critical:.2}{note}"),
            );
        }
        for (i, &(first, last)) in bars.iter().enumerate() {
            let y = AXIS + 8.0 + BARS * i as f64;
            line(svg, "clique", (x(ranks[first]) - 3.0, y), (x(ranks[last]) + 3.0, y));
        }
        for (place, (&row, &rank)) in rows.iter().zip(&ranks).enumerate() {
            let is_left = place < n_left;
            let level = if is_left { place } else { rows.len() - 1 - place };
            let y = names + LINE * level as f64 + 8.0;
            let (edge, anchor) =
                if is_left { (left - 10.0, "end") } else { (right + 10.0, "start") };
            let class = match row {
                row if table.rows[row].is_baseline() => "baseline",
                row if table.judgement.leader == Some(row) => "leader",
                _ => "",
            };
            let path = format!("M{:.1} {AXIS}V{y:.1}H{edge}", x(rank));
            svg.void("path", &[("class", &format!("leads {class}")), ("d", &path)]);
            let beside = edge + if is_left { -5.0 } else { 5.0 };
            let name = &table.rows[row].name;
            let label =
                if is_left { format!("{name} {rank:.2}") } else { format!("{rank:.2} {name}") };
            text(svg, class, (beside, y + 4.0), anchor, label);
        }
    });
}

fn line(svg: &mut Markup, class: &'static str, from: (f64, f64), to: (f64, f64)) {
    let [x1, y1, x2, y2] = [from.0, from.1, to.0, to.1].map(|value| format!("{value:.1}"));
    svg.void("line", &[("class", &class), ("x1", &x1), ("y1", &y1), ("x2", &x2), ("y2", &y2)]);
}

fn text(
    svg: &mut Markup,
    class: &'static str,
    (x, y): (f64, f64),
    anchor: &'static str,
    text: impl Display,
) {
    let (x, y) = (format!("{x:.1}"), format!("{y:.1}"));
    svg.phrase("text", &[("class", &class), ("x", &x), ("y", &y), ("text-anchor", &anchor)], text);
}

/// First and last of each longest group of rows whose ranks, which ascend, do not differ.
fn bars(ranks: &[f64], critical: f64) -> Vec<(usize, usize)> {
    let ends = |clique: &Vec<usize>| Some((*clique.first()?, *clique.last()?));
    cliques(ranks, critical).iter().filter_map(ends).collect()
}

fn tests(table: &MetricTable, critical: Option<f64>, page: &mut Markup) {
    page.element("p", &[("class", &"note")], |p| {
        match &table.friedman {
            Friedman::Computed { chi_square, p_value, f, f_p_value } => {
                p.text(format!(
                    "Friedman χ² = {chi_square:.2} ({}); {}, over {} rows and {}. ",
                    numbers::p(*p_value),
                    f.map_or_else(
                        || "all families rank alike, of which Iman–Davenport's F is infinite".to_owned(),
                        |f| format!("Iman–Davenport F = {f:.2} ({})", numbers::p(*f_p_value))
                    ),
                    table.n_ranked_rows,
                    words::families(table.n_ranked_families),
                ));
            }
            Friedman::NotComputed(reason) => {
                p.text(format!("Friedman's test is not made: {reason}. "));
            }
        }
        if let Some(Incomplete { rows, families, chi_square, p_value }) = table.incomplete {
            p.text(format!(
                "Skillings–Mack over {rows} rows and {}, each row where it is compared: χ² = {chi_square:.2} ({}). ",
                words::families(families),
                numbers::p(p_value),
            ));
        }
        if critical.is_some() {
            p.literal("Rows under one bar differ by less than the critical difference (Nemenyi, α = 0.05). ");
        }
        p.literal(
            "Average ranks depend on which rows take part (Benavoli, Corani, Mangili 2016): what differs from the baseline is \
             said by the test over differences in the first figure.",
        );
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_the_longest_groups_within_the_critical_difference() {
        assert_eq!(bars(&[1.0, 1.5, 2.4, 4.0], 1.0), [(0, 1), (1, 2)]);
        assert_eq!(bars(&[1.0, 1.2, 1.4], 1.0), [(0, 2)]);
        assert!(bars(&[1.0, 3.0], 1.0).is_empty());
    }
}
