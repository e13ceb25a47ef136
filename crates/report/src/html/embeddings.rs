//! How far embeddings spread, and how far behind what a memory holds of them has fallen.

use evaluation::summary::mean;
use experiment::record::{EmbeddingSpread, Results};

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
        .map(|row| (row.place, [cosine, rank, drift].map(|of| over_sets(view, row.place, of))))
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

fn spread(view: &View<'_>, results: &Results) -> Option<EmbeddingSpread> {
    view.measured(results).spread.as_deref().copied()
}

fn cosine(view: &View<'_>, results: &Results) -> Option<f64> {
    spread(view, results).map(|spread| spread.mean_cosine)
}

fn rank(view: &View<'_>, results: &Results) -> Option<f64> {
    spread(view, results).map(|spread| spread.effective_rank)
}

fn drift(_: &View<'_>, results: &Results) -> Option<f64> {
    results.history.mean_drift()
}

/// The mean over the data sets of the mean over a row's runs.
fn over_sets(
    view: &View<'_>,
    row: usize,
    of: fn(&View<'_>, &Results) -> Option<f64>,
) -> Option<f64> {
    let of_set = |set: usize| mean(view.results(row, set).filter_map(|results| of(view, results)));
    mean((0..view.sets.len()).filter_map(of_set))
}
