//! A comparison for readers: terminal, Markdown, LaTeX, Typst; and for programs: CSV.
//!
//! All of them show the same sheets (`sheet`): methods as rows, one column of labels for each axis,
//! the best of each data set set apart. With more than 8 data sets a summary over them comes first
//! and the full table follows in blocks.

mod against;
mod columns;
mod csv;
mod explained;
mod folded;
pub(crate) mod headings;
mod interactions;
mod latex;
pub(crate) mod markdown;
mod parts;
mod published;
pub(crate) mod remarks;
mod sheet;
pub(crate) mod shown;
mod terminal;
mod typst;

use std::path::Path;

pub use csv::{csv, gains_csv};
pub use explained::{explained, explained_row};
pub use latex::latex;
pub use markdown::markdown;
pub use published::published;
pub use terminal::terminal;
pub use typst::typst;

use crate::atomic;
use crate::comparison::Comparison;
use crate::error::ReportError;

/// Writes `report.md`, `report.tex`, `report.typ`, `comparison.csv` and, if there are controls, `gains.csv` into `folder`, which is created if it is
/// not there. Each file is replaced as a whole; a `gains.csv` of other cells is removed.
///
/// # Errors
/// If the folder or a file cannot be written.
pub fn write_report(folder: &Path, comparison: &Comparison) -> Result<(), ReportError> {
    atomic::create_folder(folder)?;
    atomic::write(folder, "report.md", markdown(comparison).as_bytes())?;
    atomic::write(folder, "report.tex", latex(comparison).as_bytes())?;
    atomic::write(folder, "report.typ", typst(comparison).as_bytes())?;
    atomic::write(folder, "comparison.csv", csv(comparison).as_bytes())?;
    if comparison.gains.is_empty() {
        return atomic::remove(folder, "gains.csv");
    }
    atomic::write(folder, "gains.csv", gains_csv(&comparison.gains).as_bytes())
}
