//! What is asked for, where, and what is handed back.

use std::path::PathBuf;
use std::time::Duration;

use crate::description::Description;

/// Where data sets come from, and how patient one is with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The address of OpenML's REST API, without `/json`.
    pub base: String,
    /// The longest silence: of a name server, while connecting, and before each next byte.
    pub read_timeout: Duration,
    /// The longest time until an answer begins, and the one over which its speed is measured: it has to be 1 KiB a second.
    pub window: Duration,
    /// The pauses before each further try; there are as many further tries as pauses.
    pub pauses: Vec<Duration>,
}

impl Default for Source {
    fn default() -> Self {
        Self {
            base: "https://www.openml.org/api/v1".to_owned(),
            read_timeout: Duration::from_secs(30),
            window: Duration::from_mins(1),
            pauses: [1, 2, 4, 8].map(Duration::from_secs).to_vec(),
        }
    }
}

/// Which data set is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// OpenML's number of the data set.
    pub id: u32,
    /// The BLAKE3 of the file in hexadecimal digits, where the caller knows it.
    pub digest: Option<String>,
}

/// A data set in the cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// The file.
    pub path: PathBuf,
    /// What OpenML says of it.
    pub description: Description,
    /// The BLAKE3 of the file, in small hexadecimal digits.
    pub blake3: String,
    /// Whether the file was there already.
    pub from_cache: bool,
    /// Whether it has the digest that was asked for, or that OpenML promises.
    pub has_digest: bool,
}
