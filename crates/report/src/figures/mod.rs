//! Figures as files: SVG by hand, for papers and slides. The page draws its own, from the same values.
//!
//! Each file of this folder is a figure, but for what they share: `canvas` draws, `panel` sets axes around it, `grid` is a
//! heat map.

mod canvas;
mod classes;
mod cost;
mod courses;
mod detected;
mod differences;
mod embedded;
mod gradients;
mod grid;
mod interaction;
mod learned;
mod panel;
mod parameters;
#[cfg(feature = "png")]
mod png;
mod ranks;
mod scores;
mod search;
mod selection;
mod tuning;
mod weights;

#[cfg(feature = "png")]
pub use detected::paint_detected;
pub use detected::{Detected, Ground, Sought, drawn_images, write_detected};
#[cfg(feature = "png")]
pub use embedded::paint_embedded;
pub use embedded::{EmbeddedPart, write_embedded};
pub use learned::learned_weights;

use std::path::Path;

use evaluation::Metric;
use strum::IntoEnumIterator;

use crate::atomic;
use crate::comparison::table::MetricTable;
use crate::error::ReportError;
use crate::html::view::{Subject, View};

/// What the folder is called, in the folder of the results.
pub const FIGURES: &str = "figures";

/// Draws a figure; `None` where there is nothing to draw.
type Draw = fn(&View<'_>) -> Option<String>;
/// The same of a metric.
type DrawMetric = fn(&View<'_>, &MetricTable) -> Option<String>;

/// The figures that each metric has, by the names of their files.
const OF_METRICS: [(&str, DrawMetric); 5] = [
    ("differences", differences::figure),
    ("ranks", ranks::figure),
    ("interaction", interaction::figure),
    ("parameters", parameters::figure),
    ("cost", cost::figure),
];

/// The others.
const OTHERS: [(&str, Draw); 10] = [
    ("learning-curves", courses::figure),
    ("classes", classes::figure),
    ("selection", selection::figure),
    ("tuning", tuning::figure),
    ("search", search::figure),
    ("gradient-norms", gradients::figure),
    ("example-weights", weights::figure),
    ("precision-recall", scores::precision_recall),
    ("roc", scores::roc),
    ("reliability", scores::reliability),
];

/// The figures of an experiment that can be drawn, by name, as SVG: those of the first metric and of none under their own
/// names, those of another metric as `METRIC/NAME`.
pub fn figures(subject: Subject<'_>) -> Vec<(String, String)> {
    let view = View::new(subject);
    drawn(&view).into_iter().filter_map(|(name, svg)| Some((name, svg?))).collect()
}

/// Every figure of the metrics that are asked for, by name.
fn drawn(view: &View<'_>) -> Vec<(String, Option<String>)> {
    let mut figures: Vec<(String, Option<String>)> = Vec::new();
    for (i, table) in view.subject.comparison.tables.iter().enumerate() {
        let before = if i == 0 { String::new() } else { format!("{}/", table.metric.name()) };
        let of_metric =
            OF_METRICS.iter().map(|(name, draw)| (format!("{before}{name}"), draw(view, table)));
        figures.extend(of_metric);
    }
    figures.extend(OTHERS.iter().map(|(name, draw)| ((*name).to_owned(), draw(view))));
    figures
}

/// Writes `figures/NAME.svg` and, of metrics beside the first, `figures/METRIC/NAME.svg` into `folder`, and removes what
/// cannot be drawn any more.
pub(crate) fn write(folder: &Path, view: &View<'_>) -> Result<(), ReportError> {
    let folder = folder.join(FIGURES);
    atomic::create_folder(&folder)?;
    let drawn = drawn(view);
    for (name, svg) in &drawn {
        let file = format!("{name}.svg");
        // No picture is older than the tables.
        atomic::remove(&folder, &format!("{name}.png"))?;
        match svg {
            Some(svg) => {
                if let Some((metric, _)) = name.split_once('/') {
                    atomic::create_folder(&folder.join(metric))?;
                }
                atomic::write(&folder, &file, svg.as_bytes())?;
            }
            None => atomic::remove(&folder, &file)?,
        }
    }
    for metric in Metric::iter() {
        let of_metric = folder.join(metric.name());
        if of_metric.is_dir() {
            let stale = OF_METRICS.iter().map(|(name, _)| format!("{}/{name}", metric.name()));
            for name in stale.filter(|name| drawn.iter().all(|(known, _)| known != name)) {
                for kind in ["svg", "png"] {
                    atomic::remove(&folder, &format!("{name}.{kind}"))?;
                }
            }
            // One that holds files of a reader's stays.
            let _ = std::fs::remove_dir(&of_metric);
        }
    }
    Ok(())
}

/// Paints every `figures/NAME.svg` of `folder` as `figures/NAME.png`; how many there are.
///
/// # Errors
/// If a figure cannot be painted or written.
#[cfg(feature = "png")]
pub fn paint_figures(folder: &Path) -> Result<usize, ReportError> {
    let folder = folder.join(FIGURES);
    let painter = png::Painter::new();
    let of_metrics = OF_METRICS.iter().map(|(name, _)| *name);
    let beside = Metric::iter()
        .flat_map(|metric| of_metrics.clone().map(move |name| format!("{}/{name}", metric.name())));
    let names = of_metrics.clone().chain(OTHERS.iter().map(|(name, _)| *name)).map(str::to_owned);
    let mut n = 0;
    for name in names.chain(beside) {
        let path = folder.join(format!("{name}.svg"));
        let Ok(svg) = std::fs::read_to_string(&path) else { continue };
        let failed = |reason| ReportError::Picture { path: path.clone(), reason };
        let picture = painter.paint(&svg).map_err(failed)?;
        atomic::write(&folder, &format!("{name}.png"), &picture)?;
        n += 1;
    }
    Ok(n)
}
