//! What each part does: one choice of one axis, averaged over all choices of the others.

use crate::comparison::table::MetricTable;
use crate::html::cost::tick_text;
use crate::html::interaction;
use crate::html::key;
use crate::html::markup::Markup;
use crate::html::numbers::bare_p;
use crate::html::strip::{Strip, Strips};
use crate::html::table::better_same_worse;
use crate::html::view::View;
use crate::judgement::estimate::Estimate;
use crate::judgement::words;

pub(super) fn section(view: &View<'_>) -> Result<Markup, String> {
    let tables = &view.subject.comparison.tables;
    if tables.iter().all(|table| table.judgement.parts.is_empty()) {
        let why = if view.has_families() {
            "rows differ on one axis alone: the figure at the top holds every comparison"
        } else {
            "there is one family of data sets: parts are compared over families of data sets"
        };
        return Err(why.to_owned());
    }
    let mut page = Markup::default();
    page.phrase("h2", &[], "What each part does");
    page.element("div", &[("data-slot", &"parts")], |page| page.append(&slot(view, view.first())));
    Ok(page)
}

pub(super) fn slot(view: &View<'_>, table: &MetricTable) -> Markup {
    let mut page = Markup::default();
    let parts = &table.judgement.parts;
    let verdicts: Vec<&Estimate> = parts.iter().map(|part| &part.estimate).collect();
    if verdicts.is_empty() {
        page.literal("<p class=\"note\">No two rows that differ in one choice alone have values by this metric.</p>");
        return page;
    }
    let (scale, is_stretched) = key::axis(&verdicts);
    let decimals = view.subject.comparison.decimals;
    let strips = Strips {
        scale: &scale,
        label: "What each part changes",
        header: [
            "changed from the baseline's choice",
            "← worse · mean difference over all other choices · better →",
            "median",
            "better/ same/ worse",
            "p, Holm",
        ],
        zone: Some((-table.judgement.rope, table.judgement.rope)),
        zero: Some(0.0),
        tick: &|tick| tick_text(tick, key::decimals(&scale, is_stretched, tick)),
    };
    strips.write(parts.len(), &mut page, |page| {
        for part in parts {
            let estimate = &part.estimate;
            let strip = Strip {
                class: key::colour(estimate).to_owned(),
                name: &|page| {
                    page.phrase("small", &[], format!("{} ", part.axis));
                    page.name(&part.label);
                },
                words: key::in_words(estimate),
                marks: &|svg| key::marks(&table.judgement, estimate, &strips, svg),
                figures: [
                    words::signed(estimate.size, decimals),
                    better_same_worse(estimate),
                    estimate.p_holm.map_or_else(|| "–".to_owned(), bare_p),
                ],
            };
            strips.row(&strip, page);
        }
    });
    page.phrase(
        "p",
        &[("class", &"note")],
        format!(
            "Each dot is a family: the change when one thing is set so, averaged over every choice of the others. Interval and p as \
             in the first figure; Holm over the {} rows shown.",
            parts.len()
        ),
    );
    interaction::write(view, table, &mut page);
    page
}
