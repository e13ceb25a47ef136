//! The format of a file, from its name and its first bytes.
//!
//! A name that ends as those of one format do is believed: what is wrong with the file is then said by the reader of
//! that format. Else bytes that no text begins with tell binary formats, and a text is told by its keywords (KEEL, ARFF),
//! then by its pairs (LIBSVM); everything else is a table of cells ([`table`]).

mod foreign;
mod header;
mod pair;
mod table;

use std::borrow::Cow;
use std::path::Path;

use memchr::memmem;

use crate::error::DataError;
use crate::formats::content::{Content, content, has_extension, unpacked_name};
use crate::formats::csv::format::Delimiter;
use crate::formats::csv::text::without_separator_line;
use crate::formats::encoding::{Encoding, decoded, latin1};
use crate::formats::format::Format;
use crate::formats::idx;
use crate::formats::image_folder::ImageFolderFormat;
use crate::formats::npz::{self, NpzFormat};

const WORKBOOK: &str = "this is a workbook of a spreadsheet: save its table as CSV first";

/// Bytes of a text that are looked at, if so many lines end in them; else more are.
const HEAD: usize = 1 << 16;
const LINE_ENDS: usize = 10;

impl Format {
    /// The format of the file or folder at `path`, from its name and its first bytes. It is a guess, to be
    /// shown and written down. `labels` is the file with the labels of images.
    ///
    /// # Errors
    /// If it cannot be read, or is like no format that is known.
    pub fn guess(path: &Path, labels: Option<&Path>) -> Result<Self, DataError> {
        let guessed = if path.is_dir() {
            Format::ImageFolder(ImageFolderFormat::default())
        } else {
            Format::of_content(path, labels)?
        };
        match (&guessed, labels) {
            (Format::Idx(_), _) | (_, None) => Ok(guessed),
            (other, Some(_)) => Err(DataError::Binary {
                file: path.display().to_string(),
                message: format!(
                    "it is read as {}, and --labels is for images in IDX",
                    other.name()
                ),
            }),
        }
    }

    fn of_content(path: &Path, labels: Option<&Path>) -> Result<Self, DataError> {
        let Content { bytes, .. } = content(path)?;
        let shown = path.display().to_string();
        let unknown =
            |message: &str| DataError::Binary { file: shown.clone(), message: message.to_owned() };
        let text_of = |head: &Head<'_>| match (foreign::language(&head.text), named(path)) {
            (Some(message), _) => Err(unknown(message)),
            (None, Some(format)) => Ok(format),
            (None, None) => Ok(text(path, head)),
        };
        match bytes.as_slice() {
            [] => Err(unknown("the file is empty")),
            [b'P', b'A', b'R', b'1', ..] => Ok(Format::Parquet {}),
            [b'A', b'R', b'R', b'O', b'W', b'1', ..] => Ok(Format::Arrow {}),
            [0x93, b'N', b'U', b'M', b'P', b'Y', ..] => Ok(Format::Npy {}),
            [b'P', b'K', 3, 4, ..] => arrays(&shown, &bytes),
            [0xd0, 0xcf, 0x11, 0xe0, ..] => Err(unknown(WORKBOOK)),
            bytes if bytes.starts_with(idx::BEGIN) => pair::idx(path, labels).map(Format::Idx),
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => match decoded(&bytes, Encoding::Utf16) {
                Ok(all) => text_of(&Head::new(all, false, Encoding::Utf16)),
                Err((_, reason)) => Err(unknown(&reason)),
            },
            bytes if bytes.contains(&0) => {
                named(path).ok_or_else(|| foreign::with_nul(&shown, bytes))
            }
            bytes => text_of(&Head::of(bytes)),
        }
    }
}

/// Whether an archive is what Excel or LibreOffice writes; the names in it are plain.
fn is_workbook(bytes: &[u8]) -> bool {
    ["xl/workbook", "opendocument.spreadsheet"]
        .iter()
        .any(|mark| memmem::find(bytes, mark.as_bytes()).is_some())
}

/// The arrays of an NPZ file that are features and labels by their names.
fn arrays(file: &str, bytes: &[u8]) -> Result<Format, DataError> {
    let names = npz::names(file, bytes)?;
    let is_label =
        |name: &str| ["y", "label", "labels", "target", "targets"].contains(&&*name.to_lowercase());
    let (labels, others): (Vec<&String>, Vec<&String>) =
        names.iter().partition(|name| is_label(name));
    let message = match (&labels[..], &others[..]) {
        ([labels], [features]) => {
            return Ok(Format::Npz(NpzFormat {
                features: (*features).clone(),
                labels: (*labels).clone(),
            }));
        }
        ([], []) if is_workbook(bytes) => WORKBOOK.to_owned(),
        ([], []) => "this is a zip archive with no NumPy array in it: unpack it first".to_owned(),
        _ => format!(
            "it holds {}: say which are meant in a dataset.toml, with [format.npz] features = \"...\" and \
             labels = \"...\"",
            names.join(", ")
        ),
    };
    Err(DataError::Binary { file: file.to_owned(), message })
}

/// The beginning of a text.
struct Head<'a> {
    /// Whole lines, without the mark of byte order and the line that names the delimiter.
    text: Cow<'a, str>,
    /// The delimiter that such a line names.
    delimiter: Option<Delimiter>,
    /// Whether more follows.
    is_cut: bool,
    encoding: Encoding,
}

impl<'a> Head<'a> {
    fn of(bytes: &'a [u8]) -> Self {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let is_end = |byte: &u8| matches!(byte, b'\n' | b'\r');
        let few = bytes.iter().enumerate().filter(|(_, byte)| is_end(byte)).nth(LINE_ENDS - 1);
        let end = match few {
            Some((few, _)) if HEAD < bytes.len() => {
                few.max(bytes[..HEAD].iter().rposition(is_end).unwrap_or(0))
            }
            _ => bytes.len(),
        };
        let head = &bytes[..end];
        let (text, encoding) = match str::from_utf8(bytes) {
            Ok(all) => (Cow::Borrowed(all.get(..end).unwrap_or(all)), Encoding::Utf8),
            Err(_) => (Cow::Owned(latin1(head)), Encoding::Latin1),
        };
        Head::new(text, end < bytes.len(), encoding)
    }

    fn new(text: Cow<'a, str>, is_cut: bool, encoding: Encoding) -> Self {
        let (text, delimiter) = without_separator_line(text);
        let delimiter = delimiter.and_then(|delimiter| Delimiter::try_from(delimiter).ok());
        Head { text, delimiter, is_cut, encoding }
    }

    /// The lines that are not blank, without the blanks around them.
    fn lines(&self) -> impl Iterator<Item = &str> {
        self.text.split(['\n', '\r']).map(str::trim).filter(|line| !line.is_empty())
    }
}

/// The format that the name of a file ends in, if it is that of one format alone.
fn named(path: &Path) -> Option<Format> {
    let path = unpacked_name(path);
    let extension = path.extension()?.to_str()?.to_ascii_lowercase();
    match extension.as_str() {
        "arff" => Some(Format::Arff {}),
        "libsvm" | "svmlight" | "svm" => Some(Format::Libsvm {}),
        "parquet" => Some(Format::Parquet {}),
        "arrow" | "feather" => Some(Format::Arrow {}),
        "npy" => Some(Format::Npy {}),
        _ => None,
    }
}

fn text(path: &Path, head: &Head<'_>) -> Format {
    let is_comment = |line: &&str| line.starts_with(['#', '%']);
    let lines: Vec<&str> = head.lines().filter(|line| !is_comment(line)).collect();
    let keyword = |name: &str| {
        lines.iter().any(|line| {
            line.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name))
        })
    };
    if keyword("@relation") {
        let is_dat = has_extension(&unpacked_name(path), "dat");
        let keel = keyword("@input") || keyword("@output") || is_dat;
        if keel { Format::Keel {} } else { Format::Arff {} }
    } else if is_libsvm(&lines) {
        Format::Libsvm {}
    } else {
        table::guess(head)
    }
}

/// Whether the lines are labels and pairs `index:value`. An example whose features are all zero has no pairs. A line in
/// ten may be wrong, so that its reader says where: where some line has several pairs, they are no times of a day.
fn is_libsvm(lines: &[&str]) -> bool {
    let pairs: Vec<Option<usize>> = lines.iter().take(100).map(|line| n_pairs(line)).collect();
    let n_wrong = pairs.iter().filter(|pairs| pairs.is_none()).count();
    let most = pairs.iter().flatten().max().copied().unwrap_or(0);
    let is_first_right = pairs.first().is_some_and(Option::is_some);
    match n_wrong {
        0 => 0 < most,
        n => is_first_right && 1 < most && 10 * n <= pairs.len(),
    }
}

/// The pairs after the label of a line; `None` if something else is in it.
fn n_pairs(line: &str) -> Option<usize> {
    let (row, _) = line.split_once('#').unwrap_or((line, ""));
    let mut words = row.split_whitespace().peekable();
    words.next()?.parse::<f64>().ok()?;
    words.next_if(|word| word.starts_with("qid:"));
    let is_pair = |word: &str| {
        let (index, value) = word.split_once(':')?;
        index.parse::<u32>().ok().zip(value.parse::<f64>().ok())
    };
    words.try_fold(0, |n, word| is_pair(word).map(|_| n + 1))
}

#[cfg(test)]
mod tests;
