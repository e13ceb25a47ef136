//! Which format a file has, and reading it.

mod guess;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::DataError;
use crate::formats::content::{Content, content};
use crate::formats::csv::format::CsvFormat;
use crate::formats::encoding::{Encoding, decoded};
use crate::formats::frame::{Frame, Locate};
use crate::formats::idx::IdxFormat;
use crate::formats::image_folder::{ImageFolderFormat, pictures};
use crate::formats::kind::Kinds;
use crate::formats::lines::{lines, with_line_feeds};
use crate::formats::npz::NpzFormat;
use crate::formats::picture::Picture;
use crate::formats::scenes::ScenesFormat;
use crate::formats::whitespace::WhitespaceFormat;
use crate::formats::windows::WindowsFormat;
use crate::formats::{arff, csv, image_folder, keel, libsvm, npy, npz, parquet, whitespace};
use crate::regions::keys::RegionKeys;

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
    /// PNG images with boxes around their objects.
    Windows(WindowsFormat),
    /// Scenes of objects that are images of another set.
    Scenes(ScenesFormat),
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
            Format::Windows(_) => "windows",
            Format::Scenes(_) => "scenes",
        }
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
            Format::Windows(format) => format.read(path),
            Format::Scenes(format) => format.read(path),
            Format::Idx(format) => format.read(path, content(path)?),
            _ => self.file(path, &content(path)?, kinds),
        }?;
        let frame = match self {
            Format::Npz(_)
            | Format::Npy {}
            | Format::Idx(_)
            | Format::ImageFolder(_)
            | Format::Windows(_)
            | Format::Scenes(_) => frame.pinned(&shown, kinds)?,
            _ => frame,
        };
        Ok(frame.of(FormattedFile { format: self.clone(), path: path.to_owned() }))
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
                Ok(Frame::inferred(columns.map_err(failed)?, &Kinds::new(), None))
            }
            Format::Idx(_) | Format::ImageFolder(_) | Format::Windows(_) | Format::Scenes(_) => {
                unreachable!("they are more than one file")
            }
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

    /// Where the rows lie, if the format makes them of pictures.
    pub(crate) fn regions(&self) -> Option<RegionKeys> {
        match self {
            Format::Windows(format) => Some(format.regions()),
            Format::Scenes(format) => Some(format.windows.regions()),
            _ => None,
        }
    }

    /// The pictures that rows are regions of, as the file or folder at `path` has them, if the format reads pictures.
    ///
    /// # Errors
    /// If they cannot be read.
    pub(crate) fn pictures(&self, path: &Path) -> Result<Option<Vec<Picture>>, DataError> {
        match self {
            Format::Windows(_) => pictures(path).map(Some),
            Format::Scenes(format) => Ok(Some(format.composed(path)?.pictures)),
            _ => Ok(None),
        }
    }

    /// The files that are read, the one at `path` first; none for folders of images.
    pub(crate) fn files(&self, path: &Path) -> Vec<PathBuf> {
        match self {
            Format::ImageFolder(_) | Format::Windows(_) | Format::Scenes(_) => Vec::new(),
            Format::Idx(format) => format.files(path),
            _ => vec![path.to_owned()],
        }
    }
}

/// A file, and how it is written.
#[derive(Debug)]
struct FormattedFile {
    format: Format,
    path: PathBuf,
}

impl Locate for FormattedFile {
    fn place_of(&self, row: usize, column: &str) -> Option<(u64, usize)> {
        self.format.place_of(&self.path, row, column)
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
