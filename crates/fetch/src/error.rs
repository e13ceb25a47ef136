//! Why a data set could not be fetched, and what to do about it.

use std::io;
use std::path::PathBuf;

/// Why a data set could not be fetched.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// OpenML has no data set of this id.
    #[error(
        "OpenML has no data set {id} ({url} answers: {message}); \
         look its id up at https://www.openml.org/search?type=data"
    )]
    Unknown {
        /// The id asked for.
        id: u32,
        /// The address of its description.
        url: String,
        /// What the server says.
        message: String,
    },
    /// OpenML has no active data set of this name.
    #[error(
        "OpenML has no active data set called `{name}` ({url}); \
         look its id up at https://www.openml.org/search?type=data"
    )]
    UnknownName {
        /// The name asked for.
        name: String,
        /// The address of the list.
        url: String,
    },
    /// A folder lacks a file of a published set.
    #[error("{folder} has no {name}; name the folder, or the address, that has it", folder = folder.display())]
    Missing {
        /// The folder.
        folder: PathBuf,
        /// The file.
        name: String,
    },
    /// The server refuses or fails.
    #[error("{url} answers {status}{message}; {advice}", advice = advice(*.status))]
    Status {
        /// The address asked.
        url: String,
        /// The HTTP status.
        status: u16,
        /// What the server says, behind a colon, or nothing.
        message: String,
    },
    /// No connection, or one that the client does not trust.
    #[error("{url} cannot be reached ({reason}); check the address, the network and the proxy")]
    Unreachable {
        /// The address asked.
        url: String,
        /// The client's reason.
        reason: String,
    },
    /// The server accepts a connection and stays silent.
    #[error(
        "{url} sent nothing for {seconds} s; fetch it again later, or with a longer read time-out"
    )]
    Stalled {
        /// The address asked.
        url: String,
        /// The read time-out.
        seconds: f64,
    },
    /// The server sends, but hardly.
    #[error(
        "{url} is too slow: {received} bytes had come when less than 1 KiB a second came for {seconds} s; \
         fetch it again later, and it goes on from there if the server allows it"
    )]
    Slow {
        /// The address asked.
        url: String,
        /// The bytes that arrived, those of earlier tries included.
        received: u64,
        /// The time in which they should have been more.
        seconds: f64,
    },
    /// The answer is longer than any that is wanted, or has no end.
    #[error(
        "{url} has more than {longest} bytes, so it was not kept; check the address, or download it by hand and give its path"
    )]
    TooLong {
        /// The address asked.
        url: String,
        /// The bytes that would have been taken.
        longest: u64,
    },
    /// The connection ended before there was an answer, or the answer is no HTTP.
    #[error("{url} gave no whole answer ({reason}); fetch it again later")]
    Cut {
        /// The address asked.
        url: String,
        /// The client's reason.
        reason: String,
    },
    /// The connection ended before the file did.
    #[error(
        "{url} broke off after {received} bytes{of}; \
         fetch it again, and it goes on from there if the server allows it",
        of = expected.map(|n| format!(" of {n}")).unwrap_or_default()
    )]
    Incomplete {
        /// The address asked.
        url: String,
        /// The bytes that arrived, those of earlier tries included.
        received: u64,
        /// The bytes that the server announced.
        expected: Option<u64>,
    },
    /// The server offers another file than it did when the download began.
    #[error("{url} changed while it was downloaded; fetch it again, from its beginning")]
    Changed {
        /// The address asked.
        url: String,
    },
    /// The server's description of the data set cannot be understood.
    #[error("{url} is no description of an OpenML data set: {message}; check the base address")]
    Description {
        /// The address of the description.
        url: String,
        /// What was found and what was expected.
        message: String,
    },
    /// The description names no file that can be read here.
    #[error(
        "OpenML data set {id} has the format `{format}` and no Parquet or ARFF file; \
         download it by hand and give its path"
    )]
    NoFile {
        /// The id asked for.
        id: u32,
        /// The format that the description names.
        format: String,
    },
    /// What arrived is not of the format that its address promises.
    #[error(
        "{url} gave no Parquet file (it does not begin and end with `PAR1`), so it was removed; \
         open the address in a browser to see what answers"
    )]
    NotParquet {
        /// The address asked.
        url: String,
    },
    /// What arrived cannot be read.
    #[error(
        "{url} gave no file that can be read ({reason}), so it was removed; \
         open the address in a browser to see what answers"
    )]
    Unreadable {
        /// The address asked.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// What arrived is not the file that was expected.
    #[error(
        "the {algorithm} of {url} is {found}, not {expected}, so the download was removed; \
         fetch it again, and if that does not help, the file behind the address has changed"
    )]
    Digest {
        /// The address asked.
        url: String,
        /// `BLAKE3` or `MD5`.
        algorithm: &'static str,
        /// The digest that was asked for.
        expected: String,
        /// The digest of what arrived.
        found: String,
    },
    /// The file in the cache is not the one that was expected.
    #[error(
        "the {algorithm} of {path} is {found}, not {expected}; \
         delete the file to have it downloaded again", path = path.display()
    )]
    CachedDigest {
        /// The file in the cache.
        path: PathBuf,
        /// `BLAKE3` or `MD5`.
        algorithm: &'static str,
        /// The digest that was asked for.
        expected: String,
        /// The digest of the file.
        found: String,
    },
    /// The digest asked for cannot be one.
    #[error("`{digest}` is no BLAKE3 digest: write its 64 hexadecimal digits")]
    InvalidDigest {
        /// The digest asked for.
        digest: String,
    },
    /// The cache cannot be created.
    #[error(
        "cannot create the folder {path}: {source}; choose a cache you may write to",
        path = path.display()
    )]
    Folder {
        /// The cache.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// A file of the cache cannot be written.
    #[error(
        "cannot write {path}: {source}; make room, or choose a cache you may write to",
        path = path.display()
    )]
    Write {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// A file of the cache cannot be read.
    #[error(
        "cannot read {path}: {source}; check who may read it, or delete it",
        path = path.display()
    )]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
}

impl FetchError {
    /// Whether the same request may succeed a little later.
    pub(crate) fn may_pass(&self) -> bool {
        match self {
            Self::Status { status, .. } => *status >= 500,
            Self::Stalled { .. }
            | Self::Cut { .. }
            | Self::Incomplete { .. }
            | Self::Changed { .. } => true,
            _ => false,
        }
    }
}

fn advice(status: u16) -> &'static str {
    match status {
        401 | 403 | 407 | 412 => "it may not be public: check the id",
        404 | 410 => "check the address, or use another version of the data set",
        429 => "wait before you fetch more",
        500.. => "fetch it again later",
        _ => "check the address",
    }
}
