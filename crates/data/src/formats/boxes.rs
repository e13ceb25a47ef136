//! Boxes around the objects in images: what both formats of them share.

pub(crate) mod csv;
pub(crate) mod voc;

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;

use boxes::Standing;

use crate::error::DataError;
use crate::formats::bounds::Bound;
use crate::formats::content::{Content, content, has_extension, unpacked_name};

/// A box around an object in an image, drawn by an annotator.
#[derive(Clone, Debug, PartialEq)]
pub struct GroundTruthBox {
    /// The image, as the file with the boxes names it.
    pub image: Arc<str>,
    /// The class of the object.
    pub class: Arc<str>,
    /// The left edge, in pixels from the image's left.
    pub x1: f64,
    /// The upper edge, in pixels from the image's top.
    pub y1: f64,
    /// The right edge, above `x1`.
    pub x2: f64,
    /// The lower edge, above `y1`.
    pub y2: f64,
    /// Whether it is to be found: not if the annotator found it hard to recognise, or if it is a crowd of objects.
    pub standing: Standing,
}

/// Whether the file at `path` is taken for Pascal VOC: by its name, which ends in `.xml`.
pub fn is_voc(path: &Path) -> bool {
    has_extension(&unpacked_name(path), "xml")
}

/// The boxes in the file at `path`, which gzip may have packed: Pascal VOC if [`is_voc`] says so, else a table with
/// one box a row.
///
/// # Errors
/// If it cannot be read, or a box is wrong.
pub fn read(path: &Path) -> Result<Vec<GroundTruthBox>, DataError> {
    let Content { bytes, bound } = content(path)?;
    let file = path.display().to_string();
    if is_voc(path) { voc::read(&file, &bytes, bound) } else { csv::read(&file, &bytes, bound) }
}

/// Cells that a box takes in memory, as long as many boxes share their names.
const CELLS: usize = 16;

/// Names that come again and again, each kept once.
#[derive(Default)]
struct SharedNames(HashSet<Arc<str>>);

impl SharedNames {
    fn shared(&mut self, name: &str) -> Arc<str> {
        if let Some(known) = self.0.get(name) {
            return Arc::clone(known);
        }
        let name: Arc<str> = Arc::from(name);
        self.0.insert(Arc::clone(&name));
        name
    }
}

/// Refuses more boxes than are read.
fn in_bound(bound: Bound, boxes: &[GroundTruthBox], names: &SharedNames) -> Result<(), String> {
    bound.check(boxes.len().saturating_mul(CELLS), CELLS)?;
    bound.check_texts(names.0.len())
}

/// Whether a mark says yes, as `difficult` of an object; `None` of what is neither 0 nor 1.
fn mark(cell: &str) -> Option<bool> {
    match cell.to_ascii_lowercase().as_str() {
        "" | "0" | "false" => Some(false),
        "1" | "true" => Some(true),
        _ => None,
    }
}

/// The text in `bytes`, without a byte order mark.
fn text<'a>(file: &str, bytes: &'a [u8]) -> Result<&'a str, DataError> {
    let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
    str::from_utf8(bytes).map_err(|error| {
        let known = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
        wrong(file, &known, known.len(), "this byte is no UTF-8 text".to_owned())
    })
}

/// The mistake that begins at the byte `at` of `text`.
fn wrong(file: &str, text: &str, at: usize, message: String) -> DataError {
    let before = text.get(..at).unwrap_or(text);
    let line = before.bytes().filter(|&byte| byte == b'\n').count() as u64 + 1;
    let column = before.chars().rev().take_while(|&c| c != '\n').count() + 1;
    DataError::Text { file: file.to_owned(), line, column, message }
}

/// The edges x1, y1, x2 and y2, or which of them is wrong and why.
fn edges(names: [&str; 4], cells: [&str; 4]) -> Result<[f64; 4], (usize, String)> {
    let mut edges = [0.0; 4];
    for (i, cell) in cells.into_iter().enumerate() {
        let number = cell.parse().ok().filter(|number: &f64| number.is_finite());
        let message = || format!("`{}` is `{cell}`, which is no finite number", names[i]);
        edges[i] = number.ok_or_else(|| (i, message()))?;
    }
    for (low, high) in [(0, 2), (1, 3)] {
        if edges[low] >= edges[high] {
            let [low_name, low_cell] = [names[low], cells[low]];
            let [name, cell] = [names[high], cells[high]];
            let message = format!(
                "the box is empty: `{name}` is {cell}, not above the `{low_name}` {low_cell}"
            );
            return Err((high, message));
        }
    }
    Ok(edges)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edges_are_finite_and_in_order() {
        let names = ["x1", "y1", "x2", "y2"];
        assert_eq!(edges(names, ["-1", "0.5", "2", "1e3"]), Ok([-1.0, 0.5, 2.0, 1000.0]));
        let error = |cells| edges(names, cells).unwrap_err();
        assert_eq!(
            error(["1", "nan", "2", "3"]),
            (1, "`y1` is `nan`, which is no finite number".to_owned())
        );
        assert_eq!(error(["1", "0", "1e999", "3"]).0, 2);
        assert_eq!(error(["", "0", "1", "3"]).0, 0);
        let empty = "the box is empty: `y2` is 3.0, not above the `y1` 3";
        assert_eq!(error(["1", "3", "2", "3.0"]), (3, empty.to_owned()));
        assert_eq!(error(["4", "0", "2", "3"]).0, 2);
    }

    #[test]
    fn bytes_that_are_no_text_are_located() {
        let error = text("t", b"\xef\xbb\xbfa\n\xc3\xa9b\xff").unwrap_err().to_string();
        assert_eq!(error, "t:2:3: this byte is no UTF-8 text");
        assert_eq!(text("t", b"\xef\xbb\xbfa"), Ok("a"));
    }
}
