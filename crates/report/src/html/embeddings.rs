//! How far embeddings spread, and how far behind what a memory holds of them has fallen.

use experiment::record::Results;

use crate::html::markup::{Attributes, Markup};
use crate::html::numbers;
use crate::html::table::name;
use crate::html::view::View;

/// `None` where nothing is embedded.
pub(super) fn section(view: &View<'_>) -> Option<Markup> {
    let rows: Vec<(usize, [Option<f64>; 3])> = view
        .first()
        .rows
        .iter()
        .map(|row| (row.place, figures(view, row.place)))
        .filter(|(_, figures)| figures.iter().any(Option::is_some))
        .collect();
    if rows.is_empty() {
        return None;
    }
    let mut page = Markup::default();
    page.phrase("h2", &[], "How far embeddings spread");
    let label = "How far the embeddings of each row spread";
    let region: Attributes<'_> =
        &[("class", &"scroll"), ("tabindex", &"0"), ("role", &"region"), ("aria-label", &label)];
    page.element("div", region, |page| {
        page.element("table", &[], |page| {
            page.literal(
                "<thead><tr><th scope=\"col\">row</th><th scope=\"col\">cosine of two</th>\
                 <th scope=\"col\">effective rank</th><th scope=\"col\">remembered and fresh</th></tr></thead><tbody>",
            );
            for (row, [cosine, rank, drift]) in rows {
                page.element("tr", &[], |tr| {
                    tr.element("th", &[("scope", &"row")], |th| name(view, row, th));
                    for (figure, decimals) in [(cosine, 3), (rank, 1), (drift, 3)] {
                        let text = figure
                            .map_or_else(|| "–".to_owned(), |x| numbers::plain(x, decimals));
                        tr.phrase("td", &[], text);
                    }
                });
            }
            page.literal("</tbody>");
        });
    });
    page.literal(
        "<p class=\"note\">Of the test part after the best epoch: the mean cosine of two embeddings, 1 where all are one point, and how many \
         directions they use, from 1 to the dimension. Of a memory, over all epochs: the mean cosine of what it held of a row and what has \
         become of that, 1 where nothing has moved. Means over the runs, then over the data sets.</p>",
    );
    Some(page)
}

/// Cosine, rank and drift of a row.
fn figures(view: &View<'_>, row: usize) -> [Option<f64>; 3] {
    let spread = |results: &Results| view.measured(results).spread.as_deref().copied();
    [
        view.mean_over_sets(row, |results| Some(spread(results)?.mean_cosine)),
        view.mean_over_sets(row, |results| Some(spread(results)?.effective_rank)),
        view.mean_over_sets(row, |results| results.history.mean_drift()),
    ]
}
