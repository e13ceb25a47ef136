//! What can be wrong with data.

use std::path::Path;

/// Why a data set could not be loaded or split.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DataError {
    /// No data set has this name.
    #[error("there is no data set `{name}`")]
    Unknown {
        /// The name asked for.
        name: String,
    },
    /// A text file is not what its format says.
    #[error("{file}:{line}:{column}: {message}")]
    Text {
        /// The file.
        file: String,
        /// The line, from 1.
        line: u64,
        /// The position in the line, from 1.
        column: usize,
        /// What was found and what was expected.
        message: String,
    },
    /// A binary file is not what its format says.
    #[error("{file}: {message}")]
    Binary {
        /// The file.
        file: String,
        /// What was found and what was expected.
        message: String,
    },
    /// A `dataset.toml` says what cannot be; whoever knows where it is locates it.
    #[error("{}: {message}", keys.join("."))]
    Described {
        /// The keys that lead to it, the outermost first.
        keys: Vec<String>,
        /// What is wrong.
        message: String,
    },
    /// A file cannot be opened.
    #[error("cannot read {path}: {reason}")]
    Unreadable {
        /// The file.
        path: String,
        /// The system's reason.
        reason: String,
    },
    /// A file is not the one that its catalogue lists.
    #[error(
        "{file}: its BLAKE3 digest is {found}, and its catalogue says {expected}: it was changed or is incomplete"
    )]
    Changed {
        /// The file.
        file: String,
        /// The digest listed.
        expected: String,
        /// The digest of the bytes.
        found: String,
    },
    /// The data set is not made for classification.
    #[error("{0}")]
    OtherTask(String),
    /// The data cannot be split as asked.
    #[error("{0}")]
    Split(String),
}

impl DataError {
    /// The mistake on one line, whatever bytes of the file it quotes.
    pub fn sentence(&self) -> String {
        self.to_string().replace(char::is_control, "\u{fffd}")
    }

    /// A mistake in a TOML file, located.
    pub(crate) fn toml(path: &Path, text: &str, error: &toml::de::Error) -> Self {
        let start = error.span().map_or(0, |span| span.start);
        DataError::at(path, text, start, error.message().replace('\n', "; "))
    }

    /// A mistake at the byte `start` of a text.
    pub(crate) fn at(path: &Path, text: &str, start: usize, message: String) -> Self {
        let before = text.get(..start.min(text.len())).unwrap_or_default();
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        DataError::Text {
            file: path.display().to_string(),
            line: before.matches('\n').count() as u64 + 1,
            column: before[line_start..].chars().count() + 1,
            message,
        }
    }
}
