//! The menu of rows over a figure that shows one of them beside the baseline.

use crate::html::markup::{Attributes, Markup};
use crate::html::view::View;

/// A menu for the figure `of`, and the legend that `legend` writes.
pub(super) fn write(
    view: &View<'_>,
    of: &'static str,
    page: &mut Markup,
    legend: impl FnOnce(&mut Markup),
) {
    page.element("div", &[("class", &"tools choose")], |page| {
        page.element("label", &[("class", &"script")], |label| {
            label.literal("row ");
            let select: Attributes<'_> = &[("class", &"choose-row"), ("data-for", &of)];
            label.element("select", select, |select| {
                for row in view.beside_baseline() {
                    let value = row.to_string();
                    let option: Attributes<'_> = &[("value", &value)];
                    select.phrase("option", option, &view.names[row]);
                }
            });
        });
        page.element("span", &[("class", &"legend")], legend);
    });
}

/// The legend of figures with a line for the chosen row and one for the baseline.
pub(super) fn lines(view: &View<'_>, legend: &mut Markup) {
    legend.literal("<span><svg><line x2=\"26\" y1=\"6\" y2=\"6\" class=\"line-row\"/></svg><span data-chosen=\"\">");
    legend.text(view.shown_first().map_or("", |row| &view.names[row]));
    legend.literal("</span></span>");
    if let Some(row) = view.baseline {
        legend.literal("<span><svg><line x2=\"26\" y1=\"6\" y2=\"6\" class=\"line-base\"/></svg>");
        legend.text(format!("{} (baseline)", view.names[row]));
        legend.literal("</span>");
    }
}
