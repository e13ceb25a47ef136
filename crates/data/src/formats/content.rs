//! Files as bytes, unpacked and within bounds.

use std::borrow::Cow;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use rayon::prelude::*;

use crate::error::DataError;
use crate::formats::bounds::Bound;

/// The name that a file has inside gzip: `t.csv` of `t.csv.gz`; any other file has its own.
pub(crate) fn unpacked_name(path: &Path) -> Cow<'_, Path> {
    if has_extension(path, "gz") {
        Cow::Owned(path.with_extension(""))
    } else {
        Cow::Borrowed(path)
    }
}

pub(crate) fn has_extension(path: &Path, name: &str) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case(name))
}

/// What is in a file, and how much of it may be read.
pub(crate) struct Content {
    pub(crate) bytes: Vec<u8>,
    pub(crate) bound: Bound,
}

impl Content {
    /// What `bytes` hold, decompressed if they are a file of gzip; `file` is named in errors.
    pub(crate) fn unpacked(file: &str, bytes: Vec<u8>) -> Result<Self, DataError> {
        let bound = Bound::of(bytes.len());
        let unpacked = bound
            .unpacked(&bytes)
            .map_err(|message| DataError::Binary { file: file.to_owned(), message })?;
        let bytes = match unpacked {
            Cow::Owned(content) => content,
            Cow::Borrowed(_) => bytes,
        };
        Ok(Content { bytes, bound })
    }
}

/// The content of a file, decompressed if it is one of gzip.
pub(crate) fn content(path: &Path) -> Result<Content, DataError> {
    Content::unpacked(&path.display().to_string(), bytes(path)?)
}

/// The bytes of a file.
pub(crate) fn bytes(path: &Path) -> Result<Vec<u8>, DataError> {
    in_parts(path).map_err(|error| DataError::Unreadable {
        path: path.display().to_string(),
        reason: error.to_string(),
    })
}

/// Bytes of a file that are read at once.
const PART: usize = 1 << 22;

/// A large file is read by all threads: most of the time goes into the memory that it fills.
fn in_parts(path: &Path) -> io::Result<Vec<u8>> {
    let metadata = fs::metadata(path)?;
    let length = usize::try_from(metadata.len()).unwrap_or(usize::MAX);
    if !metadata.is_file() || length <= PART {
        return fs::read(path);
    }
    let mut bytes = vec![0; length];
    bytes.par_chunks_mut(PART).enumerate().try_for_each(|(i, part)| {
        let mut file = File::open(path)?;
        file.seek(SeekFrom::Start((i * PART) as u64))?;
        file.read_exact(part)
    })?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_several_parts_is_read_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t");
        for length in [0, 10, PART, PART + 1, 2 * PART + 77] {
            let content: Vec<u8> = (0..length).map(|i| (i * 31 % 251) as u8).collect();
            fs::write(&path, &content).unwrap();
            assert!(bytes(&path).unwrap() == content, "{length}");
        }
        assert!(bytes(&folder.path().join("u")).is_err());
    }
}
