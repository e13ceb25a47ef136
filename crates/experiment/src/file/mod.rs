//! The experiment file: TOML, every mistake in it located.

mod axis_name;
mod blocks;
pub(crate) mod condition;
mod described;
pub(crate) mod diagnostic;
mod expand;
mod folder_name;
pub(crate) mod one_of;
mod overrides;
mod pooled;
mod reader;
mod searched;
mod sections;
mod selected;
mod shown;
pub(crate) mod size;
mod source;
mod task;
pub(crate) mod typed;

use std::path::{Path, PathBuf};

use data::Catalogue;
use toml::de::DeTable;

pub use crate::file::blocks::Block;
pub use crate::file::condition::Condition;
use crate::file::described::described;
pub use crate::file::diagnostic::{Diagnostic, Diagnostics, did_you_mean, metric_meant};
pub use crate::file::folder_name::folder_name;
use crate::file::reader::Reader;
pub(crate) use crate::file::sections::When;
pub use crate::file::sections::{Design, Header, MeasuredEpoch, PublishedSpec, ReportSpec};
pub use crate::file::source::Source;
pub use crate::file::typed::read_entry;
use crate::labels::Labels;
use crate::search::spec::Search;

/// An experiment file that could be read: everything in it is typed.
#[derive(Clone, Debug)]
pub struct ExperimentFile {
    /// `[experiment]`.
    pub header: Header,
    /// `[axes]`, or one block for each `[[grid]]`.
    pub(crate) blocks: Vec<Block>,
    /// How choices are written in tables.
    pub(crate) labels: Labels,
    /// `[[exclude]]`.
    pub(crate) excludes: Vec<Condition>,
    /// `[[when]]`.
    pub(crate) whens: Vec<When>,
    /// `[search]`.
    pub search: Option<Search>,
    /// `[report]`; what is searched is selected.
    pub report: ReportSpec,
    /// `[[published]]`.
    pub published: Vec<PublishedSpec>,
    /// The data sets that can be named: those given, and those of `[data]`.
    pub catalogue: Catalogue,
    /// The `dataset.toml` files of `[data]`.
    pub described: Vec<PathBuf>,
    /// The text, for mistakes that only show when the plan is made.
    pub(crate) source: Source,
}

/// Why an experiment could not be read.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The file cannot be opened.
    #[error("cannot read the experiment {path}: {error}", path = path.display())]
    Read {
        /// The path as given.
        path: PathBuf,
        /// The system's reason.
        error: std::io::Error,
    },
    /// The file has mistakes.
    #[error("{0}")]
    Mistakes(Box<Diagnostics>),
}

impl ExperimentFile {
    /// Reads the file at `path`; `sets` are `key=value` overrides.
    ///
    /// # Errors
    /// If the file cannot be opened, or has mistakes: all of them are reported together.
    pub fn read(path: &Path, sets: &[String], catalogue: &Catalogue) -> Result<Self, FileError> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| FileError::Read { path: path.to_owned(), error })?;
        Self::parse(&path.display().to_string(), &text, sets, catalogue)
            .map_err(|mistakes| FileError::Mistakes(Box::new(mistakes)))
    }

    /// The same from text; `name` is shown in mistakes.
    ///
    /// # Errors
    /// If the text has mistakes.
    pub fn parse(
        name: &str,
        text: &str,
        sets: &[String],
        catalogue: &Catalogue,
    ) -> Result<Self, Diagnostics> {
        let mut source = Source::default();
        source.add(name, text);
        let lines: Vec<String> = sets.iter().map(|set| overrides::line(set)).collect();
        let starts: Vec<usize> = lines.iter().map(|line| source.add("--set", line)).collect();

        let mut mistakes = Vec::new();
        let folder = Path::new(name).parent().unwrap_or(Path::new(""));
        let file = match table(text, &lines, &starts) {
            Ok(table) => {
                let mut catalogue = catalogue.clone();
                let described = described(&table, folder, &mut catalogue, &mut mistakes);
                let mut reader =
                    Reader { table: &table, catalogue: &catalogue, mistakes: &mut mistakes };
                reader.file(text.len()).map(|file| ExperimentFile { catalogue, described, ..file })
            }
            Err(mistake) => {
                mistakes.push(mistake);
                None
            }
        };
        match file {
            Some(file) if mistakes.is_empty() => Ok(ExperimentFile { source, ..file }),
            _ => {
                mistakes.sort_by_key(|mistake| mistake.span.start);
                mistakes.dedup();
                Err(Diagnostics { source, list: mistakes })
            }
        }
    }
}

/// The file's table with every override laid over it.
fn table<'a>(
    text: &'a str,
    lines: &'a [String],
    starts: &[usize],
) -> Result<DeTable<'a>, Diagnostic> {
    let parsed = DeTable::parse(text).map_err(|error| diagnostic::syntax(&error, 0))?;
    let mut table = parsed.into_inner();
    for (line, &start) in lines.iter().zip(starts) {
        overrides::merge(&mut table, line, start)?;
    }
    Ok(table)
}
