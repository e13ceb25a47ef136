//! What methods gain over plain training, and over controls that take the same step without what the method knows.

use crate::comparison::gains::{Gain, GainRow, GainsTable};
use crate::html::markup::{Attributes, Markup};
use crate::html::numbers;
use crate::html::table::shade;
use crate::html::view::View;
use crate::judgement::words;
use crate::render::remarks;
use crate::render::shown::Shown;

const LIE_DECIMALS: usize = 2;

pub(super) fn section(view: &View<'_>) -> Result<Markup, String> {
    let has_rows = |table: &GainsTable| !table.rows.is_empty();
    let Some(first) = view.subject.comparison.gains.first().filter(|table| has_rows(table)) else {
        return Err("the experiment has no control (axis `control`)".to_owned());
    };
    let mut page = Markup::default();
    page.phrase("h2", &[], "Is it the method, or the length of its step?");
    page.element("div", &[("data-slot", &"gains")], |page| page.append(&slot(view, first)));
    for remark in remarks::of_gains(first, Shown::FULL) {
        page.phrase("p", &[("class", &"note")], remark);
    }
    Ok(page)
}

pub(super) fn slot(view: &View<'_>, table: &GainsTable) -> Markup {
    let mut page = Markup::default();
    let title = remarks::gains_title(table);
    let region: Attributes<'_> =
        &[("class", &"scroll"), ("tabindex", &"0"), ("role", &"region"), ("aria-label", &title)];
    page.element("div", region, |page| {
        page.element("table", &[], |page| {
            page.literal("<thead><tr><th scope=\"col\">row</th><th scope=\"col\">over plain training</th>");
            for control in &table.controls {
                page.phrase("th", &[("scope", &"col")], format!("over {control}"));
            }
            page.literal("<th scope=\"col\">length ratio</th><th scope=\"col\">cosine</th></tr></thead><tbody>");
            for row in &table.rows {
                page.element("tr", &[], |tr| line(view, row, tr));
            }
            page.literal("</tbody>");
        });
    });
    page
}

fn line(view: &View<'_>, row: &GainRow, page: &mut Markup) {
    page.element("th", &[("scope", &"row")], |th| th.name(&row.name));
    for gain in [&row.over_baseline].into_iter().chain(&row.over_controls) {
        entry(view, gain.as_ref(), page);
    }
    for lie in [row.length_ratio, row.cosine] {
        let text = lie.map_or_else(|| "–".to_owned(), |lie| numbers::plain(lie, LIE_DECIMALS));
        page.phrase("td", &[], text);
    }
}

fn entry(view: &View<'_>, gain: Option<&Gain>, page: &mut Markup) {
    let decimals = view.subject.comparison.decimals;
    let Some(estimate) = gain.and_then(|gain| gain.estimate.as_ref()) else {
        return page.phrase("td", &[], "–");
    };
    let class = shade(estimate.size).unwrap_or_default();
    page.element("td", &[("class", &class)], |td| {
        let size = words::signed(estimate.size, decimals);
        if estimate.is_better() || estimate.is_worse() {
            td.phrase("b", &[], size);
        } else {
            td.text(size);
        }
        if let Some(interval) = estimate.interval {
            let [low, high] = [interval.low, interval.high].map(|end| words::signed(end, decimals));
            td.phrase("small", &[], format!(" {low} to {high}"));
        }
        if let Some(p) = estimate.p_holm {
            td.phrase("small", &[], format!(" {}", numbers::p(p)));
        }
    });
}
