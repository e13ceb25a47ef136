//! From records to tables.
//!
//! [`write_tables`] puts every record into Parquet and CSV, one row a trial. [`Comparison`] averages
//! them into one table a metric, methods as rows and data sets as columns; [`render`] shows it on
//! the terminal, in Markdown and in LaTeX.
//!
//! [`write_audit`] writes down what a replayed trial did.
//!
//! Invariants: this crate opens no data set and runs no trial. Polars holds, sorts and writes tables;
//! every mean, rank and test is computed by `evaluation`, in a fixed order. The same records in any
//! order give the same bytes.

mod atomic;
mod audit;
mod columns;
mod comparison;
mod error;
mod explained;
mod figures;
mod files;
mod frames;
pub mod gate;
mod html;
mod judgement;
mod kept;
mod published;
pub mod render;
pub mod results;

pub use audit::{Audited, AuditedPart, write_audit};
pub use comparison::Comparison;
pub use comparison::cell::{Compared, RunCounts, TableCell};
pub use comparison::chosen::Chosen;
pub use comparison::gains::{Gain, GainRow, GainsTable};
pub use comparison::groups::Groups;
pub use comparison::ranking::{Friedman, Incomplete, Wins};
pub use comparison::table::{MethodRow, MetricTable, Role};
pub use comparison::warnings::{About, Warning};
pub use error::ReportError;
pub use explained::{Explained, ExplainedCell, ExplainedRun, Explainer};
pub use figures::{
    Detected, EmbeddedPart, FIGURES, Ground, Sought, drawn_images, figures, learned_weights,
    write_detected, write_embedded,
};
#[cfg(feature = "png")]
pub use figures::{paint_detected, paint_embedded, paint_figures};
pub use files::{Written, tables_there, write_tables};
pub use frames::{timings, trials};
pub use html::{PAGE, Subject, html, write_page};
pub use judgement::entries::Entry;
pub use judgement::estimate::Estimate;
pub use judgement::paragraph::{Answer, Paragraph, Span};
pub use judgement::parts::Part;
pub use judgement::picked::Picked;
pub use judgement::practice::Practice;
pub use judgement::readings::{Probabilities, Reading, Readings};
pub use published::{Published, PublishedLine, PublishedPair, published};

pub use judgement::{ALPHA, Judgement, RunTest, Unit};
pub use render::write_report;
