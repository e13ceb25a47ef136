//! A download that is not complete or not accepted yet, and what is needed to go on with it.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::description::{Remote, RemoteFormat};
use crate::error::FetchError;
use crate::verify;

/// A file `….part.parquet` or `….part.arff` and its record beside it, `….json`.
pub(crate) struct PartialFile {
    path: PathBuf,
    record: PathBuf,
}

/// Which file the server offered when the download began.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Record {
    pub(crate) url: String,
    /// Its strong `ETag`, in quotation marks, or its `Last-Modified`.
    pub(crate) validator: String,
    pub(crate) total: Option<u64>,
}

impl PartialFile {
    pub(crate) fn new(path: PathBuf) -> Self {
        let record = path.with_added_extension("json");
        Self { path, record }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// How many bytes are there and of which file, if a server can be asked for the rest.
    pub(crate) fn resumable(&self, url: &str) -> Option<(u64, Record)> {
        let record: Record = serde_json::from_slice(&fs::read(&self.record).ok()?).ok()?;
        let length = fs::metadata(&self.path).ok()?.len();
        let printable = record.validator.bytes().all(|byte| matches!(byte, b' '..=b'~'));
        let fits = length > 0 && record.total.is_none_or(|total| length <= total);
        (fits && printable && record.url == url).then_some((length, record))
    }

    /// An empty file; without a record it cannot be gone on with.
    pub(crate) fn begin(&self, record: Option<&Record>) -> Result<File, FetchError> {
        // A record must never stand beside bytes of another file.
        self.discard()?;
        let file = File::create(&self.path).map_err(|source| self.unwritten(source))?;
        if let Some(record) = record {
            let text = serde_json::to_vec(record).map_err(io::Error::from);
            text.and_then(|text| fs::write(&self.record, text))
                .map_err(|source| FetchError::Write { path: self.record.clone(), source })?;
        }
        Ok(file)
    }

    /// The file, to be written on at its end.
    pub(crate) fn append(&self) -> Result<File, FetchError> {
        File::options().append(true).open(&self.path).map_err(|source| self.unwritten(source))
    }

    /// Removes what is there.
    pub(crate) fn discard(&self) -> Result<(), FetchError> {
        for path in [&self.record, &self.path] {
            match fs::remove_file(path) {
                Err(source) if source.kind() != io::ErrorKind::NotFound => {
                    return Err(FetchError::Write { path: path.clone(), source });
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The BLAKE3 of a complete download, which is removed if it is not what was expected; where no digest
    /// vouches for it, `accept` has to.
    pub(crate) fn verified(
        &self,
        remote: &Remote,
        digest: Option<&str>,
        accept: &mut dyn FnMut(&Path) -> Result<(), String>,
    ) -> Result<String, FetchError> {
        let unread = |source| FetchError::Read { path: self.path.clone(), source };
        let content = verify::content(&self.path, remote.md5.is_some()).map_err(unread)?;
        if let Some(mismatch) = verify::mismatch(&content, remote, digest) {
            self.discard()?;
            return Err(FetchError::Digest {
                url: remote.url.to_owned(),
                algorithm: mismatch.algorithm,
                expected: mismatch.expected,
                found: mismatch.found,
            });
        }
        let refused = match remote.format {
            RemoteFormat::Parquet if !verify::is_parquet(&self.path).map_err(unread)? => {
                Some(FetchError::NotParquet { url: remote.url.to_owned() })
            }
            RemoteFormat::Arff if !verify::is_arff(&self.path).map_err(unread)? => {
                let reason = "it has no @relation and @data".to_owned();
                Some(FetchError::Unreadable { url: remote.url.to_owned(), reason })
            }
            _ if remote.is_vouched_for(digest) => None,
            _ => accept(&self.path)
                .err()
                .map(|reason| FetchError::Unreadable { url: remote.url.to_owned(), reason }),
        };
        if let Some(refused) = refused {
            self.discard()?;
            return Err(refused);
        }
        Ok(content.blake3)
    }

    pub(crate) fn unwritten(&self, source: io::Error) -> FetchError {
        FetchError::Write { path: self.path.clone(), source }
    }
}
