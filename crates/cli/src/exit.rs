//! How the program ends: documented exit codes, and the failures that lead to them.

use std::fmt;
use std::io;
use std::process::ExitCode;

use experiment::file::{Diagnostics, FileError};
use fetch::FetchError;

/// All that was asked for was done.
pub(crate) const SUCCESS: u8 = 0;
/// A trial or a download failed, a replay differed, records contradict each other, or a result cannot be written;
/// results that were finished are kept.
pub(crate) const FAILED: u8 = 1;
/// The command line, the experiment file or another file is wrong; nothing was run.
pub(crate) const USAGE: u8 = 2;
/// A gate failed: a loss is not what it should be, or results are worse than they were.
pub(crate) const GATE: u8 = 3;
/// Interrupted by Ctrl-C, SIGTERM or SIGHUP with cells left; finished cells are kept.
pub(crate) const INTERRUPTED: u8 = 130;

/// Why a command could not be carried out.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Mistakes in an experiment file, shown with their lines.
    Mistakes(Box<Diagnostics>),
    /// Wrong use, in one sentence.
    Usage(String),
    /// A run that could not be carried on, in one sentence.
    Run(String),
}

impl Failure {
    pub(crate) fn code(&self) -> ExitCode {
        ExitCode::from(match self {
            Failure::Mistakes(_) | Failure::Usage(_) => USAGE,
            Failure::Run(_) => FAILED,
        })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Mistakes(mistakes) => write!(f, "{mistakes}"),
            Failure::Usage(message) | Failure::Run(message) => f.write_str(message),
        }
    }
}

impl From<FileError> for Failure {
    fn from(error: FileError) -> Self {
        match error {
            FileError::Mistakes(mistakes) => Failure::Mistakes(mistakes),
            read @ FileError::Read { .. } => Failure::Usage(read.to_string()),
        }
    }
}

impl From<Diagnostics> for Failure {
    fn from(mistakes: Diagnostics) -> Self {
        Failure::Mistakes(Box::new(mistakes))
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Failure::Run(error.to_string())
    }
}

impl From<data::DataError> for Failure {
    fn from(error: data::DataError) -> Self {
        Failure::Usage(error.sentence())
    }
}

impl From<FetchError> for Failure {
    fn from(error: FetchError) -> Self {
        let message = error.to_string();
        match error {
            FetchError::Unknown { .. }
            | FetchError::UnknownName { .. }
            | FetchError::InvalidDigest { .. }
            | FetchError::CachedDigest { .. }
            | FetchError::Folder { .. } => Failure::Usage(message),
            // A server that fails is no mistake of the user's.
            _ => Failure::Run(message),
        }
    }
}

impl From<report::ReportError> for Failure {
    fn from(error: report::ReportError) -> Self {
        Failure::Run(error.to_string())
    }
}
