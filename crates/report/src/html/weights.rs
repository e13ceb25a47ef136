//! How many examples a row really uses, and how long its steps are.

use evaluation::summary::mean;
use experiment::record::{Results, WeightsSummary};

use crate::comparison::gains::over_datasets;
use crate::html::markup::Markup;
use crate::html::numbers;
use crate::html::scale::Scale;
use crate::html::strip::{Strip, Strips};
use crate::html::table::name;
use crate::html::view::View;

/// Shares from which on all examples count alike.
const ALIKE: f64 = 0.9995;

pub(super) fn section(view: &View<'_>) -> Result<Markup, String> {
    let rows: Vec<usize> = view.first().rows.iter().map(|row| row.place).collect();
    let rows: Vec<usize> = rows.into_iter().filter(|&row| weighs(view, row)).collect();
    if rows.is_empty() {
        return Err("every row weighs all examples alike, or nothing is recorded yet".to_owned());
    }
    let mut page = Markup::default();
    page.phrase("h2", &[], "How many examples are really used");
    let scale = Scale::linear(0.0, 1.0).tight();
    let strips = Strips {
        scale: &scale,
        label: "Effective share of the examples of each row",
        header: [
            "row",
            "effective share of the examples, a dot a data set",
            "mean",
            "weight 0",
            "length of the step",
        ],
        zone: None,
        zero: None,
        tick: &|tick| format!("{:.0}", 100.0 * tick),
    };
    strips.write(rows.len(), &mut page, |page| {
        for &row in &rows {
            line(view, row, &strips, page);
        }
    });
    page.literal(
        "<p class=\"note\">Effective share: (Σw)² / (nΣw²), over the steps of a cell, of the weights that mining and reweighting give: 100 % is \
         equal weights. What a loss itself weighs its examples by is not in it, but in the length of the step. Weight 0: the share \
         of examples that a step left out. Length of the step: of the gradient, relative to that of plain training on the same \
         batch; a method whose step is only longer or shorter is a learning rate. It is the median over the data sets of the mean over \
         the runs. Rows that take the plain step are not shown.</p>",
    );
    wrong_labels(view, &rows, &mut page);
    Ok(page)
}

/// What wrong labels weigh in the rows that were measured under label noise.
fn wrong_labels(view: &View<'_>, rows: &[usize], page: &mut Markup) {
    let of_run =
        |results: &Results| results.selection.as_deref()?.flipped_weight_ratio.map(f64::from);
    let ratio = |row: usize| view.mean_over_sets(row, of_run);
    let told: Vec<(usize, f64)> =
        rows.iter().filter_map(|&row| ratio(row).map(|ratio| (row, ratio))).collect();
    if told.is_empty() {
        return;
    }
    page.element("p", &[("class", &"note")], |p| {
        p.literal(
            "Mean weight of the examples with a wrong label, relative to that of the others: ",
        );
        for (i, &(row, ratio)) in told.iter().enumerate() {
            p.text(if i == 0 { "" } else { "; " });
            name(view, row, p);
            p.text(format_args!(" {}", numbers::times(ratio)));
        }
        p.literal(".");
    });
}

fn summaries<'v>(
    view: &'v View<'_>,
    row: usize,
    set: usize,
) -> impl Iterator<Item = &'v WeightsSummary> {
    view.results(row, set).map(|results| &results.weights)
}

fn weighs(view: &View<'_>, row: usize) -> bool {
    let mut all = (0..view.sets.len()).flat_map(|set| summaries(view, row, set));
    all.any(|weights| {
        0 < weights.steps && (weights.effective_share < ALIKE || weights.length_ratio.is_some())
    })
}

fn line(view: &View<'_>, row: usize, strips: &Strips<'_>, page: &mut Markup) {
    let of_set = |set: usize, part: fn(&WeightsSummary) -> Option<f64>| {
        mean(summaries(view, row, set).filter_map(part))
    };
    let over_sets = |part: fn(&WeightsSummary) -> Option<f64>| {
        view.mean_over_sets(row, |results| part(&results.weights))
    };
    let effective: fn(&WeightsSummary) -> Option<f64> = |weights| Some(weights.effective_share);
    let percent = |share: Option<f64>| share.map_or_else(|| "–".to_owned(), numbers::percent);
    let ratio = over_datasets(
        (0..view.sets.len()).filter_map(|set| of_set(set, |weights| weights.length_ratio)),
    );
    let mean_share = percent(over_sets(effective));
    strips.row(
        &Strip {
            class: String::new(),
            name: &|page| name(view, row, page),
            words: format!("effective share {mean_share} in the mean"),
            marks: &|svg| {
                for &set in &view.columns {
                    let Some(share) = of_set(set, effective) else { continue };
                    let tip = format!("{}: {}", view.sets[set].name, numbers::percent(share));
                    let x = strips.at(share);
                    svg.void("circle", &[("class", &"dot"), ("cx", &x), ("data-tip", &tip)]);
                }
            },
            figures: [
                mean_share.clone(),
                percent(over_sets(|weights| Some(weights.zero_share))),
                ratio.map_or_else(|| "–".to_owned(), numbers::times),
            ],
        },
        page,
    );
}
