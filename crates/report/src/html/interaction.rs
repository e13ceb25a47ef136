//! Two axes against each other: the difference from the baseline of every pair of choices, a panel for each choice on the
//! other axes.

use crate::comparison::table::MetricTable;
use crate::html::markup::{Attributes, Markup};
use crate::html::table::shade;
use crate::html::view::View;
use crate::judgement::interaction::{Interaction, Pair, Panel};
use crate::judgement::words;

/// The panels, if there are any.
pub(super) fn write(view: &View<'_>, table: &MetricTable, page: &mut Markup) {
    let Some(interaction) = Interaction::of(view.axes(), table) else { return };
    page.element("div", &[("class", &"two")], |page| {
        for panel in &interaction.panels {
            page.element("div", &[], |page| draw(view, &interaction, panel, page));
        }
    });
    let metric = table.metric.title();
    page.phrase("p", &[("class", &"note")], format!("Of {metric}. {}", interaction.remark()));
}

fn draw(view: &View<'_>, interaction: &Interaction<'_>, panel: &Panel, page: &mut Markup) {
    if !panel.title.is_empty() {
        page.phrase("h3", &[], &panel.title);
    }
    let label = format!("{} {}", interaction.axes(), panel.title);
    let region: Attributes<'_> =
        &[("class", &"scroll"), ("tabindex", &"0"), ("role", &"region"), ("aria-label", &label)];
    page.element("div", region, |page| {
        page.literal("<table class=\"heat\"><thead><tr>");
        let corner = format!("{} ╲ {}", interaction.down, interaction.across);
        page.phrase("th", &[("scope", &"col")], corner);
        for choice in &panel.across {
            page.phrase("th", &[("scope", &"col")], choice);
        }
        page.literal("</tr></thead><tbody>");
        for (i, choice) in panel.down.iter().enumerate() {
            page.element("tr", &[], |tr| {
                tr.phrase("th", &[("scope", &"row")], choice);
                for j in 0..panel.across.len() {
                    entry(view, interaction.pair(panel, i, j), tr);
                }
            });
        }
        page.literal("</tbody></table>");
    });
}

fn entry(view: &View<'_>, pair: Pair<'_>, page: &mut Markup) {
    match pair {
        Pair::Nothing => page.literal("<td class=\"no\">–</td>"),
        Pair::Baseline => page.literal("<td>baseline</td>"),
        Pair::Difference(difference, _) => {
            let class = shade(difference).unwrap_or_default();
            let decimals = view.subject.comparison.decimals;
            page.phrase("td", &[("class", &class)], words::signed(difference, decimals));
        }
    }
}
