//! The data sets: what they are, and how hard the baseline finds them.

use crate::html::markup::{Attributes, Markup};
use crate::html::numbers;
use crate::html::view::{Set, View};

/// Classes that have a bar each; beyond them a few of the largest and the smallest would say little.
const MOST_BARS: usize = 40;
/// Height of the tallest bar, in pixels.
const TALLEST: f64 = 16.0;
/// Digits of a digest that are shown.
const DIGITS: usize = 12;

pub(super) fn section(view: &View<'_>, page: &mut Markup) {
    page.phrase("h2", &[], "Data sets");
    let metric = view.first().metric;
    let region: Attributes<'_> = &[
        ("class", &"scroll tall"),
        ("tabindex", &"0"),
        ("role", &"region"),
        ("aria-label", &"Data sets"),
    ];
    page.element("div", region, |page| {
        page.literal(
            "<table><thead><tr><th scope=\"col\">data set</th><th scope=\"col\" class=\"text\">family</th><th scope=\"col\">rows</th>\
             <th scope=\"col\">numbers + levels</th><th scope=\"col\">classes</th><th scope=\"col\">rarest</th>\
             <th scope=\"col\">imbalance</th><th scope=\"col\" class=\"text\">classes, log</th>",
        );
        page.phrase("th", &[("scope", &"col")], format!("baseline, {}", metric.title()));
        page.literal("<th scope=\"col\" class=\"text\">digest</th></tr></thead><tbody>");
        for &d in &view.columns {
            page.element("tr", &[], |tr| row(view, d, tr));
        }
        page.literal("</tbody></table>");
    });
    page.element("p", &[("class", &"note")], |p| {
        p.literal("Data sets of one family are cut from the same rows and are no independent evidence. ");
        if view.sets.iter().any(|set| !set.is_whole) {
            p.literal("Of a data set with a profile, classes and imbalance are those of a training part. ");
        }
        let positive = view.sets.iter().filter_map(|set| set.facts?.positive.as_ref());
        if 0 < positive.count() {
            p.literal("Of two classes, the one to be found is named under the data set.");
        }
    });
}

fn row(view: &View<'_>, d: usize, page: &mut Markup) {
    let dash = || "–".to_owned();
    let set = &view.sets[d];
    page.element("th", &[("scope", &"row")], |th| {
        th.text(&set.name);
        if let Some(positive) = set.facts.and_then(|facts| facts.positive.as_ref()) {
            th.phrase("small", &[], format!("finds {positive}"));
        }
    });
    page.phrase("td", &[("class", &"text")], &set.family);
    let facts = set.facts;
    let rows = facts.map(|facts| facts.classes.iter().map(|&(_, rows)| rows as usize).sum());
    page.phrase("td", &[], rows.map_or_else(dash, numbers::counted));
    let features = facts.map(|facts| format!("{} + {}", facts.n_numeric, facts.n_categorical));
    page.phrase("td", &[], features.unwrap_or_else(dash));
    let counts = set.counts.as_ref();
    page.phrase("td", &[], counts.map_or_else(dash, |counts| counts.len().to_string()));
    let rarest = counts.and_then(|counts| counts.iter().min());
    page.phrase("td", &[], rarest.map_or_else(dash, |&n| numbers::counted(n as usize)));
    page.phrase("td", &[], set.imbalance().map_or_else(dash, |ratio| format!("{ratio:.1}")));
    page.element("td", &[("class", &"text")], |td| bars(set, td));
    let table = view.first();
    let score = table.rows.iter().find(|row| row.is_baseline()).and_then(|row| row.cells[d].mean);
    let decimals = view.subject.comparison.decimals;
    page.phrase("td", &[], score.map_or_else(dash, |mean| numbers::plain(mean, decimals)));
    let digest = set.digest.get(..DIGITS).unwrap_or_default();
    page.phrase("td", &[("class", &"text mono")], digest);
}

/// The classes, largest first, each as high as the logarithm of its rows.
fn bars(set: &Set<'_>, page: &mut Markup) {
    let Some(counts) = &set.counts else { return };
    let mut counts = counts.clone();
    counts.sort_unstable_by(|a, b| b.cmp(a));
    if MOST_BARS < counts.len() {
        return page.text(format!("{} to {}", counts[0], counts[counts.len() - 1]));
    }
    let height = |n: u32| libm::log(f64::from(n) + 1.0);
    let most = counts.first().map_or(1.0, |&n| height(n));
    page.element("span", &[("class", &"bars"), ("aria-hidden", &"true")], |span| {
        for n in counts {
            let style = format!("height:{:.0}px", (TALLEST * height(n) / most).max(1.0));
            span.phrase("i", &[("style", &style)], "");
        }
    });
}
