//! How long the gradients of the training examples are at the end of a training, and which of them make up the whole: before
//! a method, and with it.

use evaluation::summary::mean;
use experiment::record::gradients::{BINS, ClosingGradients};

use crate::html::bars::{self, Panel};
use crate::html::markup::{Attributes, Markup};
use crate::html::scale::Scale;
use crate::html::table::name;
use crate::html::view::View;

/// Rows that are shown at most.
const MOST_ROWS: usize = 4;

/// A row's shares in each bin, the mean over runs and data sets.
pub(crate) struct Shares {
    pub(crate) row: usize,
    /// Of the examples.
    pub(crate) examples: Vec<f64>,
    /// Of the whole gradient, in the plain loss.
    pub(crate) plain: Vec<f64>,
    /// The same with the method.
    pub(crate) method: Vec<f64>,
}

impl Shares {
    /// `None` of a row whose steps are plain.
    fn of(view: &View<'_>, row: usize) -> Option<Self> {
        let method = over_sets(view, row, |known| known.method.as_deref().map(widened))?;
        let plain = over_sets(view, row, |known| Some(widened(&known.plain)))?;
        Some(Shares { row, examples: over_sets(view, row, counted)?, plain, method })
    }

    /// The share of the gradient that the method moves from some lengths to others.
    fn moved(&self) -> f64 {
        let parts = self.plain.iter().zip(&self.method);
        parts.map(|(plain, method)| (plain - method).abs()).sum::<f64>() / 2.0
    }
}

/// What is shown, and of how many rows it is.
pub(crate) struct Lengths {
    /// Those that move most of the gradient first.
    pub(crate) shown: Vec<Shares>,
    pub(crate) of: usize,
    /// The baseline's examples.
    pub(crate) baseline: Option<Vec<f64>>,
}

impl Lengths {
    /// `None` where no row's steps are other than plain ones.
    pub(crate) fn of(view: &View<'_>) -> Option<Self> {
        let mut shown: Vec<Shares> =
            view.methods().filter_map(|row| Shares::of(view, row)).collect();
        let of = shown.len();
        shown.sort_by(|a, b| b.moved().total_cmp(&a.moved()));
        shown.truncate(MOST_ROWS);
        let baseline = view.baseline.and_then(|row| over_sets(view, row, counted));
        (!shown.is_empty()).then_some(Lengths { shown, of, baseline })
    }

    /// The axis of the shares of the examples: common and rare lengths are powers of ten apart.
    pub(crate) fn of_examples(&self, shares: &Shares) -> Scale {
        let counted = shares.examples.iter().chain(self.baseline.iter().flatten()).copied();
        let least = counted.filter(|share| 0.0 < *share).fold(f64::INFINITY, f64::min);
        Scale::logarithmic(least.clamp(1e-6, 0.1), 1.0).tight()
    }

    /// What a reader has to know.
    pub(crate) fn note(&self) -> String {
        let mut note = "The length is that of an example's gradient in the plain loss, from 0 to 1: under a softmax it is what the \
                        probability of the true class lacks to 1. How many examples are of each length, and how much of the whole \
                        gradient they have. Means over the runs, then over the data sets; 20 bins. Controls are left out."
            .to_owned();
        if self.shown.len() < self.of {
            note += &format!(" Of {} rows, those that move most of the gradient.", self.of);
        }
        note
    }

    pub(super) fn write(&self, view: &View<'_>, page: &mut Markup) {
        page.phrase("h3", &[], "By the length of their gradients");
        let examples = view.baseline.map_or_else(String::new, |row| {
            format!("examples: of {} (baseline); ", view.names[row])
        });
        let base = format!("{examples}gradient: of the same network, as in the plain loss");
        bars::legend(&[("row", "with the method"), ("base", &base)], page);
        page.element("div", &[("class", &"two")], |page| {
            for shares in &self.shown {
                page.element("div", &[], |page| self.row(view, shares, page));
            }
        });
        page.phrase("p", &[("class", &"note")], self.note());
    }

    fn row(&self, view: &View<'_>, shares: &Shares, page: &mut Markup) {
        page.element("h4", &[], |title| name(view, shares.row, title));
        page.element("div", &[("class", &"panels")], |page| {
            let words = "share of the examples (log)";
            let mut lines = vec![("row", &shares.examples[..])];
            lines.extend(self.baseline.iter().map(|baseline| ("base", &baseline[..])));
            panel((words, &view.names[shares.row]), &self.of_examples(shares), &lines, page);
            let words = "share of the whole gradient";
            let lines = [("base", &shares.plain[..]), ("row", &shares.method[..])];
            panel((words, &view.names[shares.row]), &of_gradient(shares), &lines, page);
        });
    }
}

/// The axis of the shares of the gradient.
pub(crate) fn of_gradient(shares: &Shares) -> Scale {
    let most = shares.plain.iter().chain(&shares.method).copied().fold(0.1, f64::max);
    Scale::linear(0.0, most).tight()
}

fn panel((words, row): (&str, &str), up: &Scale, lines: &[bars::Line<'_>], page: &mut Markup) {
    let label = format!("{row}: {words}, by the length of their gradient");
    let across = [0.0, 0.25, 0.5, 0.75, 1.0].map(|length| (length, length.to_string()));
    let panel = Panel { label: &label, across: &across, guide: None, up, tick: &percent };
    let class: Attributes<'_> = &[("class", &"panel")];
    page.element("figure", class, |figure| {
        figure.phrase("figcaption", &[], words);
        panel.draw(lines, figure);
    });
}

/// A share as far as it has digits of interest.
pub(crate) fn percent(share: f64) -> String {
    let percent = 100.0 * share;
    if percent < 1e-4 {
        return "0 %".to_owned();
    }
    let decimals = [1.0, 0.1, 0.01].iter().position(|least| *least <= percent * 1.001);
    let decimals = decimals.unwrap_or(3);
    format!("{percent:.decimals$} %")
}

/// The mean over the data sets of the mean over a row's runs, bin by bin.
fn over_sets(
    view: &View<'_>,
    row: usize,
    of: impl Fn(&ClosingGradients) -> Option<Vec<f64>>,
) -> Option<Vec<f64>> {
    let of_set = |set: usize| {
        let known = view.results(row, set).filter_map(|results| results.gradients.as_deref());
        averaged(known.filter_map(&of))
    };
    averaged((0..view.sets.len()).filter_map(of_set))
}

fn averaged(all: impl Iterator<Item = Vec<f64>>) -> Option<Vec<f64>> {
    let all: Vec<Vec<f64>> = all.filter(|bins| bins.len() == BINS).collect();
    (0..BINS).map(|bin| mean(all.iter().map(|bins| bins[bin]))).collect()
}

fn widened(shares: &[f32]) -> Vec<f64> {
    shares.iter().map(|&share| f64::from(share)).collect()
}

fn counted(gradients: &ClosingGradients) -> Option<Vec<f64>> {
    let n: u32 = gradients.examples.iter().sum();
    let share = |&count: &u32| f64::from(count) / f64::from(n);
    (0 < n).then(|| gradients.examples.iter().map(share).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_has_the_decimals_it_needs() {
        assert_eq!(
            [0.5, 0.01, 0.005, 0.0001, 0.0].map(percent),
            ["50 %", "1 %", "0.5 %", "0.01 %", "0 %"]
        );
    }

    #[test]
    fn what_is_moved_is_half_of_what_differs() {
        let shares = Shares {
            row: 0,
            examples: Vec::new(),
            plain: vec![0.75, 0.25],
            method: vec![0.5, 0.5],
        };
        assert_eq!(shares.moved(), 0.25);
    }
}
