//! Why tables could not be written.

use std::io;
use std::path::PathBuf;

use polars::error::PolarsError;

/// Why tables could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The folder cannot be created.
    #[error("cannot create the folder {path}: {source}", path = path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// A file cannot be written; the one that was there before stays as it was.
    #[error("cannot write {path}: {source}", path = path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// A figure cannot be painted as PNG.
    #[error("cannot paint {path}: {reason}", path = path.display())]
    Picture {
        /// The file that it was painted for.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The records do not fit into a table.
    #[error("cannot make the table {path}: {source}", path = path.display())]
    Table {
        /// The file it was made for.
        path: PathBuf,
        /// Polars' reason.
        source: PolarsError,
    },
}

impl ReportError {
    /// Whether the folder may only be read, so that tables can be shown and not be kept.
    pub fn is_read_only(&self) -> bool {
        match self {
            ReportError::Folder { source, .. } | ReportError::Write { source, .. } => matches!(
                source.kind(),
                io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem
            ),
            ReportError::Table { .. } | ReportError::Picture { .. } => false,
        }
    }
}
