//! How long the gradients of the training examples are at the end of a training, and which of them make up the whole: the
//! picture of gradient harmonizing, of every method that moves it.

use evaluation::summary::mean;
use experiment::record::gradients::{BINS, ClosingGradients};

use crate::figures::canvas::{Anchor, Canvas, MARGIN};
use crate::figures::panel::{Axis, Panel, edges, legend, steps};
use crate::html::scale::Scale;
use crate::html::view::View;

/// Rows that are shown at most.
const MOST_ROWS: usize = 4;
const SIZE: (f64, f64) = (330.0, 170.0);
/// From a row's panels to those of the next.
const BELOW: f64 = 44.0;

/// A row's shares in each bin, the mean over runs and data sets.
struct Shares {
    row: usize,
    examples: Vec<f64>,
    plain: Vec<f64>,
    method: Vec<f64>,
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

/// `None` where no row's steps are other than plain ones.
pub(super) fn figure(view: &View<'_>) -> Option<String> {
    let mut all: Vec<Shares> = view.methods().filter_map(|row| Shares::of(view, row)).collect();
    let n = all.len();
    all.sort_by(|a, b| b.moved().total_cmp(&a.moved()));
    all.truncate(MOST_ROWS);
    if all.is_empty() {
        return None;
    }
    let baseline = view.baseline.and_then(|row| over_sets(view, row, counted));
    let mut canvas = Canvas::default();
    let title = "Gradients of the training examples in the last epoch";
    canvas.text("title", (MARGIN, 22.0), Anchor::Start, title);
    let base = view
        .baseline
        .map_or_else(String::new, |row| format!("left: {} (baseline); ", view.names[row]));
    let base = format!("{base}right: the same network's gradient as in the plain loss");
    let mut top = legend(&mut canvas, 42.0, &[("row", "with the method"), ("base", &base)]);
    for shares in &all {
        canvas.text("leader", (MARGIN, top + 18.0), Anchor::Start, &view.names[shares.row]);
        top = draw(&mut canvas, top + 22.0, shares, baseline.as_deref());
    }
    let mut note = "Left: share of the examples, by the length of their gradient in the plain loss, which under a softmax is what the \
                    probability of the true class lacks to 1. Right: share of the whole gradient that the examples of each length \
                    have. Means over the runs, then over the data sets; 20 bins. Controls are left out."
        .to_owned();
    if all.len() < n {
        note += &format!(" Of {n} rows, those that move most of the gradient.");
    }
    canvas.note(&note);
    Some(canvas.finished(title))
}

/// Draws the panels of a row under `top`; where they end.
fn draw(canvas: &mut Canvas, top: f64, shares: &Shares, baseline: Option<&[f64]>) -> f64 {
    let x = Scale::linear(0.0, 1.0).tight();
    let across = Axis { title: "length of the gradient", tick: &|tick| format!("{tick:.1}") };
    let counted = || shares.examples.iter().chain(baseline.into_iter().flatten()).copied();
    let (low, _) = edges(counted().filter(|share| 0.0 < *share));
    let logarithmic = Scale::logarithmic(low.clamp(1e-6, 0.1), 1.0).tight();
    let left = Panel::large(top, SIZE, &x, &logarithmic);
    let up = Axis { title: "", tick: &percent };
    left.ground(canvas, "share of the examples (log)", &across, &up);
    if let Some(baseline) = baseline {
        left.line(canvas, "base", &steps(baseline));
    }
    left.line(canvas, "row", &steps(&shares.examples));

    let (_, high) = edges(shares.plain.iter().chain(&shares.method).copied());
    let linear = Scale::linear(0.0, high.max(0.1)).tight();
    let right = Panel::large(top, SIZE, &x, &linear).moved(SIZE.0 + 64.0);
    right.ground(canvas, "share of the whole gradient", &across, &up);
    right.line(canvas, "base", &steps(&shares.plain));
    right.line(canvas, "row", &steps(&shares.method));
    left.bottom() + BELOW
}

fn percent(share: f64) -> String {
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
        let known = view.results(row, set).filter_map(|results| results.gradients.as_ref());
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
