//! How scores separate the classes: precision against recall, the ROC, and whether probabilities are what they say.

use std::fmt::Display;

use evaluation::curves::{Curves, PrCurve, Reliability, RocCurve};

use crate::html::band::{Band, Frame, HEIGHT, Point, WIDTH};
use crate::html::chooser;
use crate::html::curves::largest;
use crate::html::markup::{Attributes, Markup};
use crate::html::view::View;

/// Places at which the curves of runs are averaged, and beyond 0.
const PLACES: usize = 24;
/// Data sets that are shown.
const MOST_SETS: usize = 6;
/// Bins of probabilities, as records have them.
const BINS: usize = 15;

const FRAME: Frame = Frame { x: (0.0, 1.0), y: (0.0, 1.0) };

/// What a panel shows.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    PrecisionRecall,
    Roc,
    Reliability,
}

impl Kind {
    pub(crate) const ALL: [Kind; 3] = [Kind::PrecisionRecall, Kind::Roc, Kind::Reliability];

    /// Title, across, up.
    pub(crate) fn words(self) -> [&'static str; 3] {
        match self {
            Kind::PrecisionRecall => ["precision–recall", "recall", "precision"],
            Kind::Roc => ["ROC", "false alarms", "found"],
            Kind::Reliability => ["reliability", "probability", "how often it is so"],
        }
    }

    pub(crate) fn band(self, view: &View<'_>, row: usize, set: usize) -> Option<Band> {
        let curves: Vec<&Curves> =
            view.results(row, set).filter_map(|results| results.curves.as_ref()).collect();
        let points: Vec<Point> = match self {
            Kind::PrecisionRecall => {
                averaged(&curves, 1, |curves, x| curves.pr.as_ref().map(|pr| precision(pr, x)))
            }
            Kind::Roc => {
                averaged(&curves, 0, |curves, x| curves.roc.as_ref().map(|roc| found(roc, x)))
            }
            Kind::Reliability => bins(curves.iter().map(|curves| &curves.reliability)),
        };
        Band::plain(points)
    }
}

pub(super) fn section(view: &View<'_>) -> Result<Markup, String> {
    let sets = shown(view);
    if sets.is_empty() {
        return Err(
            "no record has the curves of its test part: they are older than these".to_owned()
        );
    }
    let mut page = Markup::default();
    page.phrase("h2", &[], "How scores separate the classes");
    chooser::write(view, "scores", &mut page, |legend| chooser::lines(view, legend));
    for &set in &sets {
        page.phrase("h3", &[], &view.sets[set].name);
        page.element("div", &[("class", &"panels three")], |page| {
            for (i, kind) in Kind::ALL.into_iter().enumerate() {
                page.element("figure", &[("class", &"panel")], |page| {
                    panel(view, (set, i), kind, page);
                });
            }
        });
    }
    page.element("p", &[("class", &"note")], |p| {
        p.literal(
            "Of the positive class or, where there are more than two, the mean over the classes; reliability then of the class \
             that is predicted. Means over the runs on the test part, band: from the tenth to the ninetieth percent of them; \
             reliability adds the examples of all runs in each of 15 bins, with a band where two runs or more have some, and \
             its diagonal is a probability that holds. ",
        );
        if sets.len() < view.sets.len() {
            p.text(format!("Of {} data sets, the largest of some families.", view.sets.len()));
        }
    });
    Ok(page)
}

/// The data sets that are shown: all, or the largest of some families.
pub(crate) fn shown(view: &View<'_>) -> Vec<usize> {
    let has_curves = |set: &usize| {
        (0..view.names.len())
            .any(|row| view.results(row, *set).any(|results| results.curves.is_some()))
    };
    let sets: Vec<usize> = view.columns.iter().copied().filter(has_curves).collect();
    if sets.len() <= MOST_SETS { sets } else { largest(view, &sets, MOST_SETS) }
}

fn panel(view: &View<'_>, (set, place): (usize, usize), kind: Kind, page: &mut Markup) {
    let [title, across, up] = kind.words();
    page.phrase("figcaption", &[], title);
    let label = format!("{title} on {}", view.sets[set].name);
    let svg: Attributes<'_> =
        &[("viewBox", &"-62 -14 552 284"), ("role", &"img"), ("aria-label", &label)];
    page.element("svg", svg, |svg| {
        if matches!(kind, Kind::Reliability | Kind::Roc) {
            svg.void("line", &[("class", &"guide"), ("y1", &HEIGHT), ("x2", &WIDTH)]);
        }
        svg.void("line", &[("class", &"axis"), ("x2", &WIDTH), ("y1", &HEIGHT), ("y2", &HEIGHT)]);
        svg.void("line", &[("class", &"axis"), ("y2", &HEIGHT)]);
        text(svg, (-8.0, 8.0), "end", "1");
        text(svg, (-8.0, HEIGHT), "end", "0");
        text(svg, (WIDTH, HEIGHT + 26.0), "end", format!("{across} →"));
        text(svg, (0.0, HEIGHT + 26.0), "start", format!("↑ {up}"));
        if (0..view.names.len()).all(|row| kind.band(view, row, set).is_none()) {
            text(
                svg,
                (WIDTH / 2.0, HEIGHT / 2.0),
                "middle",
                "not defined: test parts lack a class",
            );
        }
        if let Some(band) = view.baseline.and_then(|row| kind.band(view, row, set)) {
            svg.element("g", &[("class", &"base")], |g| FRAME.draw(&band, g));
        }
        let id = format!("{set}-{place}");
        svg.element("g", &[("class", &"row"), ("data-score", &id)], |g| {
            if let Some(band) = view.shown_first().and_then(|row| kind.band(view, row, set)) {
                FRAME.draw(&band, g);
            }
        });
    });
}

fn text(svg: &mut Markup, (x, y): (f64, f64), anchor: &'static str, text: impl Display) {
    svg.phrase("text", &[("x", &x), ("y", &y), ("text-anchor", &anchor)], text);
}

/// The drawings of a row by the panels they belong in, as a script puts them there.
pub(super) fn of_row(view: &View<'_>, row: usize) -> Vec<(String, String)> {
    let mut drawings = Vec::new();
    for set in shown(view) {
        for (place, kind) in Kind::ALL.into_iter().enumerate() {
            let mut drawing = Markup::default();
            if let Some(band) = kind.band(view, row, set) {
                FRAME.draw(&band, &mut drawing);
            }
            drawings.push((format!("{set}-{place}"), drawing.into_string()));
        }
    }
    drawings
}

/// The values of the runs at each place from the `first` on.
fn averaged(
    curves: &[&Curves],
    first: usize,
    value: impl Fn(&Curves, f64) -> Option<f64>,
) -> Vec<Point> {
    let point = |place: usize| {
        let x = place as f64 / PLACES as f64;
        Point::new(x, curves.iter().filter_map(|curves| value(curves, x)).collect())
    };
    (first..=PLACES).filter_map(point).collect()
}

/// The height of the step that `recall` is in.
fn precision(curve: &PrCurve, recall: f64) -> f64 {
    let step = curve.recall.partition_point(|&end| f64::from(end) < recall);
    f64::from(curve.precision[step.min(curve.precision.len() - 1)])
}

/// The height of the line at a share of false alarms: behind a jump, where there is one.
fn found(curve: &RocCurve, alarms: f64) -> f64 {
    let at = |i: usize| (f64::from(curve.false_alarms[i]), f64::from(curve.found[i]));
    let next = curve.false_alarms.partition_point(|&x| f64::from(x) <= alarms);
    if next == curve.found.len() {
        return at(next - 1).1;
    }
    let ((x0, y0), (x1, y1)) = (at(next.max(1) - 1), at(next));
    y0 + (y1 - y0) * (alarms - x0) / (x1 - x0)
}

/// Bins of all runs together, each with the runs that have examples in it beside each other.
fn bins<'c>(runs: impl Iterator<Item = &'c Reliability>) -> Vec<Point> {
    let mut sums = [[0.0; 3]; BINS];
    let mut shares = [const { Vec::new() }; BINS];
    for run in runs {
        for ((&probability, &examples), &so) in
            run.probability.iter().zip(&run.examples).zip(&run.so)
        {
            let (probability, examples) = (f64::from(probability), f64::from(examples));
            let bin = ((probability * BINS as f64).ceil() as usize).clamp(1, BINS) - 1;
            let add = [probability * examples, f64::from(so), examples];
            sums[bin].iter_mut().zip(add).for_each(|(sum, more)| *sum += more);
            if 0.0 < examples {
                shares[bin].push(f64::from(so) / examples);
            }
        }
    }
    let point = |([p, so, n], shares): ([f64; 3], Vec<f64>)| {
        Some(Point { mean: so / n, ..Point::new(p / n, shares)? })
    };
    sums.into_iter().zip(shares).filter_map(point).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_holds_up_to_its_end() {
        let curve = PrCurve { recall: vec![0.5, 1.0], precision: vec![0.9, 0.4] };
        assert_eq!(
            [0.1, 0.5, 0.6, 1.0].map(|x| precision(&curve, x)),
            [0.9_f32, 0.9, 0.4, 0.4].map(f64::from)
        );
    }

    #[test]
    fn a_line_is_straight_between_its_points_and_behind_a_jump() {
        let curve = RocCurve { false_alarms: vec![0.0, 0.0, 1.0], found: vec![0.0, 0.5, 1.0] };
        assert_eq!([0.0, 0.5, 1.0].map(|x| found(&curve, x)), [0.5, 0.75, 1.0]);
    }

    #[test]
    fn bins_of_all_runs_are_added_and_the_runs_are_a_band() {
        let run = |probability: &[f32], examples: &[u32], so: &[u32]| Reliability {
            probability: probability.to_vec(),
            examples: examples.to_vec(),
            so: so.to_vec(),
        };
        let runs = [run(&[0.05, 0.95], &[10, 4], &[1, 4]), run(&[0.05, 0.5], &[30, 4], &[0, 3])];
        let points = bins(runs.iter());
        let told = |p: &Point| (p.low, p.mean, p.high, p.n_runs);
        let told: Vec<_> = points.iter().map(told).collect();
        // The larger run counts for more in the line, and one run has no band.
        let expected = [(0.0, 0.025, 0.1, 2), (0.75, 0.75, 0.75, 1), (1.0, 1.0, 1.0, 1)];
        assert_eq!(told, expected);
    }
}
