//! How much single examples count at the end of a training: of the commonest classes, of the rarest, and of those with a
//! wrong label.

use evaluation::summary::mean;
use experiment::record::gradients::{ExampleWeights, N_RATIOS};

use crate::html::bars::{self, Panel};
use crate::html::lengths::percent;
use crate::html::markup::Markup;
use crate::html::scale::Scale;
use crate::html::table::name;
use crate::html::view::View;

/// Rows that are shown at most.
const MOST_ROWS: usize = 9;
/// The bin in which examples lie that count as in the plain mean, at its left edge.
pub(crate) const ONE: usize = 7;
/// Edges between bins that are marked.
const MARKED: [usize; 6] = [0, 2, 5, ONE, 9, 12];

/// Whose examples: style, words, and their bins in a record.
type Whose = (&'static str, &'static str, fn(&ExampleWeights) -> Option<&Vec<u32>>);

pub(crate) const WHOSE: [Whose; 3] = [
    ("base", "the commonest class", |weights| weights.groups.first()),
    ("row", "the rarest class", |weights| weights.groups.last()),
    ("other", "examples with a wrong label", |weights| weights.flipped.as_ref()),
];

/// The shares of a row: in the order of [`WHOSE`], by bins.
pub(crate) struct Weighed {
    pub(crate) row: usize,
    pub(crate) lines: [Option<Vec<f64>>; 3],
}

impl Weighed {
    /// `None` of a row in which all examples count alike.
    fn of(view: &View<'_>, row: usize) -> Option<Self> {
        let lines = WHOSE.map(|(_, _, of)| {
            let of_set = |set: usize| {
                let known =
                    view.results(row, set).filter_map(|results| results.gradients.as_deref());
                averaged(known.filter_map(|known| shares(of(known.weights.as_ref()?)?)))
            };
            averaged((0..view.sets.len()).filter_map(of_set))
        });
        // Where all lie in the bin that begins at 1 there is nothing to see.
        let differs = |bins: &Vec<f64>| bins[ONE] < 0.9995;
        lines.iter().flatten().any(differs).then_some(Weighed { row, lines })
    }

    /// The axis of the shares.
    pub(crate) fn scale(&self) -> Scale {
        let most = self.lines.iter().flatten().flatten().copied().fold(0.0, f64::max);
        Scale::linear(0.0, most).tight()
    }
}

/// What is shown, and of how many rows it is.
pub(crate) struct Ratios {
    /// In the order of the table.
    pub(crate) shown: Vec<Weighed>,
    pub(crate) of: usize,
}

impl Ratios {
    /// `None` where all examples of all rows count alike.
    pub(crate) fn of(view: &View<'_>) -> Option<Self> {
        let mut shown: Vec<Weighed> =
            view.methods().filter_map(|row| Weighed::of(view, row)).collect();
        let of = shown.len();
        shown.truncate(MOST_ROWS);
        (!shown.is_empty()).then_some(Ratios { shown, of })
    }

    /// The style and the words of the lines that some row has.
    pub(crate) fn legend(&self) -> Vec<(&'static str, &'static str)> {
        let is_there = |i: &usize| self.shown.iter().any(|weighed| weighed.lines[*i].is_some());
        (0..WHOSE.len()).filter(is_there).map(|i| (WHOSE[i].0, WHOSE[i].1)).collect()
    }

    /// What a reader has to know.
    pub(crate) fn note(&self) -> String {
        let mut note = "Share of the examples, by how many times as much as in the plain mean they count: 0, below 1/32, and from \
                        each power of two to the next. It is the length of an example's gradient, with all that loss, miner and \
                        reweighter make of it, against its length in the plain mean. Means over the runs, then over the data sets. Of \
                        more than ten classes, the commonest and the rarest tenth of them. Controls are left out."
            .to_owned();
        if self.shown.len() < self.of {
            note += &format!(" The best {} of {} rows that weigh.", self.shown.len(), self.of);
        }
        note
    }

    pub(super) fn write(&self, view: &View<'_>, page: &mut Markup) {
        page.phrase("h3", &[], "By how much they count");
        bars::legend(&self.legend(), page);
        page.element("div", &[("class", &"panels")], |page| {
            for weighed in &self.shown {
                page.element("figure", &[("class", &"panel")], |figure| {
                    figure.element("figcaption", &[], |title| name(view, weighed.row, title));
                    row(&view.names[weighed.row], weighed, figure);
                });
            }
        });
        page.phrase("p", &[("class", &"note")], self.note());
    }
}

fn row(name: &str, weighed: &Weighed, page: &mut Markup) {
    let label = format!("{name}: share of the examples, by how much they count");
    let place = |edge: usize| edge as f64 / N_RATIOS as f64;
    let across = MARKED.map(|at| (place(at), edge(at)));
    let guide = Some(place(ONE));
    let up = weighed.scale();
    let panel = Panel { label: &label, across: &across, guide, up: &up, tick: &percent };
    let lines = WHOSE.iter().zip(&weighed.lines);
    let lines = lines.filter_map(|((style, ..), bins)| Some((*style, bins.as_deref()?)));
    panel.draw(&lines.collect::<Vec<_>>(), page);
}

/// What is written at the left edge of a bin.
pub(crate) fn edge(bin: usize) -> String {
    match bin {
        0 | 1 => "0".to_owned(),
        below if below < ONE => format!("1/{}", 1 << (ONE - below)),
        above => (1 << (above - ONE)).to_string(),
    }
}

pub(crate) fn shares(counts: &[u32]) -> Option<Vec<f64>> {
    let n: u32 = counts.iter().sum();
    let share = |&count: &u32| f64::from(count) / f64::from(n);
    (0 < n && counts.len() == N_RATIOS).then(|| counts.iter().map(share).collect())
}

fn averaged(all: impl Iterator<Item = Vec<f64>>) -> Option<Vec<f64>> {
    let all: Vec<Vec<f64>> = all.collect();
    (0..N_RATIOS).map(|bin| mean(all.iter().map(|bins| bins[bin]))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_are_powers_of_two() {
        let edges = [0, 2, 4, 6, 7, 8, 12].map(edge);
        assert_eq!(edges, ["0", "1/32", "1/8", "1/2", "1", "2", "32"]);
    }
}
