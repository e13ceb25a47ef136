//! Figures as files: SVG by hand, for papers and slides. The page draws its own, from the same values.
//!
//! Each file of this folder is a figure; `canvas` draws and `panel` sets axes around it.

mod canvas;
mod classes;
mod cost;
mod courses;
mod differences;
mod interaction;
mod panel;
mod ranks;
mod scores;
mod selection;

use std::path::Path;

use crate::atomic;
use crate::error::ReportError;
use crate::html::view::{Subject, View};

/// What the folder is called, in the folder of the results.
pub const FIGURES: &str = "figures";

/// Draws a figure; `None` where there is nothing to draw.
type Draw = fn(&View<'_>) -> Option<String>;

/// All figures, by the names of their files.
const ALL: [(&str, Draw); 10] = [
    ("differences", differences::figure),
    ("ranks", ranks::figure),
    ("interaction", interaction::figure),
    ("learning-curves", courses::figure),
    ("classes", classes::figure),
    ("cost", cost::figure),
    ("selection", selection::figure),
    ("precision-recall", scores::precision_recall),
    ("roc", scores::roc),
    ("reliability", scores::reliability),
];

/// The figures of an experiment's first metric that can be drawn, by name, as SVG.
pub fn figures(subject: Subject<'_>) -> Vec<(&'static str, String)> {
    let view = View::new(subject);
    ALL.into_iter().filter_map(|(name, draw)| Some((name, draw(&view)?))).collect()
}

/// Writes `figures/NAME.svg` into `folder`, and removes what cannot be drawn any more.
pub(crate) fn write(folder: &Path, view: &View<'_>) -> Result<(), ReportError> {
    let folder = folder.join(FIGURES);
    atomic::create_folder(&folder)?;
    for (name, draw) in ALL {
        let file = format!("{name}.svg");
        match draw(view) {
            Some(svg) => atomic::write(&folder, &file, svg.as_bytes())?,
            None => atomic::remove(&folder, &file)?,
        }
    }
    Ok(())
}
