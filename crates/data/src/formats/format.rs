//! Which format a file has, and reading it.

mod guess;

use std::borrow::Cow;
use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::DataError;
use crate::formats::bounds::Bound;
use crate::formats::csv::{CsvFormat, missing_by_default};
use crate::formats::encoding::{Encoding, decoded};
use crate::formats::lines::{lines, with_line_feeds};
use crate::formats::{
    Frame, Kinds, arff, csv, idx, image_folder, keel, libsvm, npy, npz, parquet, whitespace,
};

/// How a file, or a folder of files, is written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Format {
    /// Text with a delimiter.
    Csv(CsvFormat),
    /// Text between runs of blanks.
    Whitespace(WhitespaceFormat),
    /// KEEL's `.dat`.
    Keel {},
    /// Weka's ARFF, dense or sparse.
    Arff {},
    /// LIBSVM and SVMlight.
    Libsvm {},
    /// Parquet.
    Parquet {},
    /// Arrow IPC.
    Arrow {},
    /// NumPy's archive, with an array of features and one of labels.
    Npz(NpzFormat),
    /// One array of NumPy; the class is one of its columns.
    Npy {},
    /// Images as IDX, with their labels in another file.
    Idx(IdxFormat),
    /// PNG images in one folder for each class.
    ImageFolder(ImageFolderFormat),
}

/// Text between runs of blanks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct WhitespaceFormat {
    /// Whether the first line names the columns; default false.
    pub header: bool,
    /// Cells that stand for a missing value.
    pub missing: Vec<String>,
    /// Whether quotation marks enclose cells; default true.
    pub quotes: bool,
}

impl Default for WhitespaceFormat {
    fn default() -> Self {
        WhitespaceFormat { header: false, missing: missing_by_default(), quotes: true }
    }
}

/// The arrays of an NPZ file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NpzFormat {
    /// The array of features, one row an example.
    pub features: String,
    /// The array of labels.
    pub labels: String,
}

/// The labels of images in IDX.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdxFormat {
    /// The file of labels, beside the file of images.
    pub labels: String,
}

/// A folder of images.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ImageFolderFormat {
    /// Width and height to which all images are brought; without it they must be equal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<[u32; 2]>,
}

impl Format {
    /// The name in a `dataset.toml`.
    pub fn name(&self) -> &'static str {
        match self {
            Format::Csv(_) => "csv",
            Format::Whitespace(_) => "whitespace",
            Format::Keel {} => "keel",
            Format::Arff {} => "arff",
            Format::Libsvm {} => "libsvm",
            Format::Parquet {} => "parquet",
            Format::Arrow {} => "arrow",
            Format::Npz(_) => "npz",
            Format::Npy {} => "npy",
            Format::Idx(_) => "idx",
            Format::ImageFolder(_) => "image_folder",
        }
    }

    /// The format of the file or folder at `path`, from its name and its first bytes. It is a guess, to be
    /// shown and written down.
    ///
    /// # Errors
    /// If it cannot be read, or is like no format that is known.
    pub fn guess(path: &Path) -> Result<Self, DataError> {
        guess::guess(path)
    }

    /// Reads the file or folder at `path`; `kinds` pins columns by their names. What a text holds may still turn out
    /// to be numbers where rows are left out ([`Frame::typed`]).
    ///
    /// # Errors
    /// If it cannot be read, or is not what the format says.
    pub(crate) fn read(&self, path: &Path, kinds: &Kinds) -> Result<Frame, DataError> {
        let shown = path.display().to_string();
        let frame = match self {
            Format::ImageFolder(format) => image_folder::read(path, format.size),
            _ => self.file(path, &content(path)?, kinds),
        }?;
        let frame = match self {
            Format::Npz(_) | Format::Npy {} | Format::Idx(_) | Format::ImageFolder(_) => {
                frame.pinned(&shown, kinds)?
            }
            _ => frame,
        };
        Ok(frame.of(self, path))
    }

    fn file(&self, path: &Path, content: &Content, kinds: &Kinds) -> Result<Frame, DataError> {
        let shown = path.display().to_string();
        let Content { bytes: content, bound } = content;
        match self {
            Format::Csv(format) => csv::read(&shown, content, format, kinds, *bound),
            Format::Whitespace(format) => whitespace::read(&shown, content, format, kinds, *bound),
            Format::Keel {} => keel::read(&shown, content, kinds, *bound),
            Format::Arff {} => arff::read(&shown, content, kinds, *bound),
            Format::Libsvm {} => libsvm::read(&shown, content, kinds, *bound),
            Format::Parquet {} => parquet::read(&shown, content, kinds, *bound),
            Format::Arrow {} => parquet::read_ipc(&shown, content, kinds, *bound),
            Format::Npz(format) => {
                npz::read(&shown, content, &format.features, &format.labels, *bound)
            }
            Format::Npy {} => {
                let array = npy::read(&shown, content, *bound)?;
                let columns = npz::columns(array, "of the file", *bound);
                let failed = |message| DataError::Binary { file: shown.clone(), message };
                Ok(Frame::inferred(columns.map_err(failed)?, &Kinds::new(), false))
            }
            Format::Idx(format) => {
                let labels = path.with_file_name(&format.labels);
                let file = labels.display().to_string();
                idx::pair(&shown, content, &file, &bytes(&labels)?, *bound)
            }
            Format::ImageFolder(_) => unreachable!("a folder is no file"),
        }
    }

    /// Why the guess may be wrong, as a sentence: a single byte makes a file one of Latin-1.
    pub(crate) fn doubt(&self, path: &Path) -> Option<String> {
        let Format::Csv(CsvFormat { encoding: Encoding::Latin1, .. }) = self else { return None };
        let content = content(path).ok()?;
        let (before, _) = decoded(&content.bytes, Encoding::Utf8).err()?;
        Some(format!(
            "line {} has the first byte that is no UTF-8, for which all is read as Windows-1252 (Latin-1)",
            before.matches('\n').count() + 1
        ))
    }

    /// The line of the file at `path` on which a row, counted from 0, begins; `None` if the format has no lines.
    pub(crate) fn line_of(&self, path: &Path, row: usize) -> Option<u64> {
        self.place_of(path, row, "").map(|(line, _)| line)
    }

    /// The line of a row, counted from 0, and the place in it of a column, if they are known.
    pub(crate) fn place_of(&self, path: &Path, row: usize, column: &str) -> Option<(u64, usize)> {
        let content = content(path).ok()?.bytes;
        match self {
            Format::Csv(format) => csv::place_of(&content, format, row, column),
            Format::Whitespace(format) => whitespace::place_of(&content, format, row, column),
            Format::Libsvm {} => nth_line(&content, Some(b'#'), |_| false, row),
            Format::Keel {} | Format::Arff {} => {
                let is_data = |line: &str| {
                    line.trim().get(..5).is_some_and(|word| word.eq_ignore_ascii_case("@data"))
                };
                nth_line(&content, Some(b'%'), is_data, row)
            }
            _ => None,
        }
    }

    /// The files that are read, the one at `path` first; none for a folder of images.
    pub(crate) fn files(&self, path: &Path) -> Vec<std::path::PathBuf> {
        match self {
            Format::ImageFolder(_) => Vec::new(),
            Format::Idx(format) => vec![path.to_owned(), path.with_file_name(&format.labels)],
            _ => vec![path.to_owned()],
        }
    }
}

/// The beginning of the line that has `n` others before it; they are counted after a line that `begins`, if there is
/// one.
fn nth_line(
    content: &[u8],
    comment: Option<u8>,
    begins: impl Fn(&str) -> bool,
    n: usize,
) -> Option<(u64, usize)> {
    let content = with_line_feeds(content);
    let mut lines_left = lines("", &content, comment).map_while(Result::ok);
    let begin =
        lines("", &content, comment).map_while(Result::ok).position(|line| begins(line.text));
    lines_left.nth(begin.map_or(0, |begin| begin + 1) + n).map(|line| (line.number, 1))
}

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

/// The content of a file, decompressed if it is one of gzip.
pub(crate) fn content(path: &Path) -> Result<Content, DataError> {
    let bytes = bytes(path)?;
    let bound = Bound::of(bytes.len());
    let unpacked = bound
        .unpacked(&bytes)
        .map_err(|message| DataError::Binary { file: path.display().to_string(), message })?;
    let bytes = match unpacked {
        Cow::Owned(content) => content,
        Cow::Borrowed(_) => bytes,
    };
    Ok(Content { bytes, bound })
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
