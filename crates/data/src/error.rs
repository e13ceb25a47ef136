//! What can be wrong with data.

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
        /// The column of the table, from 1.
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
    /// The data cannot be split as asked.
    #[error("{0}")]
    Split(String),
}
