//! The key figure: every row's differences from the baseline, their estimate, its interval and its test, in one line.

use crate::comparison::table::MetricTable;
use crate::html::cost::tick_text;
use crate::html::markup::Markup;
use crate::html::numbers::bare_p;
use crate::html::scale::Scale;
use crate::html::strip::{Strip, Strips};
use crate::html::table::{better_same_worse, has_ranks, name};
use crate::html::view::View;
use crate::judgement::Judgement;
use crate::judgement::estimate::Estimate;
use crate::judgement::words;

/// How many times as far as the interval of a typical row a difference has to lie for the axis to be stretched.
const FAR: f64 = 8.0;
/// Decimals of the words.
const DECIMALS: usize = 3;

/// The figure of a table.
pub(super) fn slot(view: &View<'_>, table: &MetricTable) -> Markup {
    let mut page = Markup::default();
    let judgement = &table.judgement;
    let verdicts: Vec<&Estimate> = judgement.verdicts.iter().flatten().collect();
    if verdicts.is_empty() {
        page.literal("<p class=\"note\">No row has enough runs in common with the baseline: there are no differences to draw.</p>");
        return page;
    }
    let (scale, is_stretched) = axis(&verdicts);
    let ranked = has_ranks(view);
    let strips = Strips {
        scale: &scale,
        label: "Differences from the baseline",
        header: [
            if ranked { "row, best average rank first" } else { "row" },
            "← worse than the baseline · difference · better →",
            if ranked { "avg. rank" } else { "mean" },
            "better/ same/ worse",
            "p, Holm",
        ],
        zone: Some((-judgement.rope, judgement.rope)),
        zero: Some(0.0),
        tick: &|tick| tick_text(tick, decimals(&scale, is_stretched, tick)),
    };
    strips.write(table.rows.len(), &mut page, |page| {
        for i in 0..table.rows.len() {
            line(view, table, i, &strips, page);
        }
    });
    reading(judgement, &verdicts, is_stretched, &mut page);
    page
}

pub(crate) fn decimals(scale: &Scale, is_stretched: bool, tick: f64) -> usize {
    match tick.abs() {
        _ if !is_stretched => scale.decimals(),
        large if 1.0 <= large => 0,
        large if 0.1 <= large => 1,
        _ => 2,
    }
}

/// An axis for all differences and intervals; whether it is stretched around 0.
pub(crate) fn axis(verdicts: &[&Estimate]) -> (Scale, bool) {
    let ends = |verdict: &&Estimate| {
        let interval = verdict.interval.as_ref();
        interval.map_or([verdict.size; 2], |interval| [interval.low, interval.high])
    };
    let mut reach: Vec<f64> = verdicts.iter().flat_map(ends).map(f64::abs).collect();
    reach.sort_by(f64::total_cmp);
    let typical = reach[reach.len() / 2];
    let all = verdicts.iter().flat_map(|verdict| {
        verdict.by_unit.iter().flatten().copied().chain(ends(verdict)).chain([0.0])
    });
    let low = all.clone().fold(f64::INFINITY, f64::min);
    let high = all.fold(f64::NEG_INFINITY, f64::max);
    let is_stretched = 0.0 < typical && FAR * typical < high.max(-low);
    let scale = if is_stretched { Scale::stretched(low, high) } else { Scale::linear(low, high) };
    (scale, is_stretched)
}

/// The differences, their estimate and its interval.
pub(super) fn marks(
    judgement: &Judgement,
    verdict: &Estimate,
    strips: &Strips<'_>,
    svg: &mut Markup,
) {
    if let Some(interval) = &verdict.interval {
        let (low, high) = (strips.at(interval.low), strips.at(interval.high));
        svg.void(
            "line",
            &[("class", &"interval"), ("x1", &low), ("x2", &high), ("y1", &"50%"), ("y2", &"50%")],
        );
    }
    for (place, difference) in verdict.by_unit.iter().enumerate() {
        let Some(difference) = difference else { continue };
        let x = strips.at(*difference);
        // Of a single data set, an observation is a run.
        let unit = judgement.families.get(place).map_or("a run", String::as_str);
        let tip = format!("{unit}: {}", words::signed(*difference, DECIMALS));
        svg.void("circle", &[("class", &"dot"), ("cx", &x), ("data-tip", &tip)]);
    }
    svg.void("circle", &[("class", &"estimate"), ("cx", &strips.at(verdict.size))]);
}

/// The class of a row: a colour only where it differs after Holm.
pub(crate) fn colour(verdict: &Estimate) -> &'static str {
    match verdict {
        verdict if verdict.is_better() => "better",
        verdict if verdict.is_worse() => "worse",
        _ => "",
    }
}

/// The estimate in words, for who cannot see it.
pub(super) fn in_words(verdict: &Estimate) -> String {
    let size = words::signed(verdict.size, DECIMALS);
    verdict.interval.as_ref().map_or_else(
        || format!("difference {size}"),
        |interval| {
            let [low, high] = [interval.low, interval.high].map(|end| words::signed(end, DECIMALS));
            format!("difference {size}, from {low} to {high}")
        },
    )
}

fn line(view: &View<'_>, table: &MetricTable, i: usize, strips: &Strips<'_>, page: &mut Markup) {
    let row = &table.rows[i];
    let dash = || "–".to_owned();
    let decimals = view.subject.comparison.decimals;
    let first = if has_ranks(view) {
        row.average_rank.map(|rank| format!("{rank:.1}"))
    } else {
        row.cells[0].compared.map(|compared| format!("{:.decimals$}", compared.mean))
    };
    let verdict = table.judgement.verdicts[i].as_ref();
    let leads = if table.judgement.leader == Some(i) { "leader" } else { "" };
    let (class, words) = match verdict {
        _ if row.is_baseline() => ("base", "the baseline".to_owned()),
        Some(verdict) => (colour(verdict), in_words(verdict)),
        None => ("", "not compared".to_owned()),
    };
    let blank = |text: String| if row.is_baseline() { String::new() } else { text };
    strips.row(
        &Strip {
            class: format!("{class} {leads}"),
            name: &|page| name(view, row.place, page),
            words,
            marks: &|svg| {
                if let Some(verdict) = verdict {
                    marks(&table.judgement, verdict, strips, svg);
                }
            },
            figures: [
                first.unwrap_or_else(dash),
                blank(verdict.map_or_else(dash, better_same_worse)),
                blank(verdict.and_then(|verdict| verdict.p_holm).map_or_else(dash, bare_p)),
            ],
        },
        page,
    );
}

fn reading(judgement: &Judgement, verdicts: &[&Estimate], is_stretched: bool, page: &mut Markup) {
    page.element("p", &[("class", &"note")], |p| {
        if is_stretched {
            p.literal("The axis is stretched around 0, so that small differences can be told apart beside large ones. ");
        }
        let is_family = !judgement.families.is_empty();
        p.literal(if is_family {
            "One open dot a family of data sets, the filled dot their median (Hodges–Lehmann)"
        } else {
            "One open dot a run, the filled dot their mean"
        });
        let interval = verdicts.iter().find_map(|verdict| verdict.interval.as_ref());
        if let Some(interval) = interval {
            let level = words::percent(interval.level);
            p.text(format!(", the line its {level} interval for one comparison"));
        }
        p.text(format!(
            ". Shaded: within ±{}, counted as the same. Blue or orange: differs from the baseline after Holm",
            judgement.rope
        ));
        let differs = verdicts.iter().any(|verdict| verdict.is_better() || verdict.is_worse());
        p.literal(if differs { "." } else { "; none does." });
    });
}
