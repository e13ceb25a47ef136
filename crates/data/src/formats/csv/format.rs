//! What can be said of how a text table is written.

use serde::{Deserialize, Serialize};

use crate::formats::cells::number::missing_by_default;
use crate::formats::encoding::Encoding;

/// How a text table is written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CsvFormat {
    /// What stands between cells; default `,`.
    pub delimiter: Delimiter,
    /// Whether the first line names the columns; default true.
    pub header: bool,
    /// Cells that stand for a missing value.
    pub missing: Vec<String>,
    /// Whether `1,5` is one and a half; default false.
    pub decimal_comma: bool,
    /// Whether quotation marks enclose cells; default true.
    pub quotes: bool,
    /// What bytes mean; default `utf8`.
    pub encoding: Encoding,
}

/// One byte of ASCII that stands between cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "char", into = "char")]
pub struct Delimiter(pub(super) u8);

impl TryFrom<char> for Delimiter {
    type Error = String;
    fn try_from(delimiter: char) -> Result<Self, String> {
        if delimiter.is_ascii() && !"\"\r\n".contains(delimiter) {
            Ok(Delimiter(delimiter as u8))
        } else {
            Err(format!("{delimiter:?} cannot stand between cells: one ASCII character can"))
        }
    }
}

impl From<Delimiter> for char {
    fn from(delimiter: Delimiter) -> char {
        char::from(delimiter.0)
    }
}

impl Default for CsvFormat {
    fn default() -> Self {
        CsvFormat {
            delimiter: Delimiter(b','),
            header: true,
            missing: missing_by_default(),
            decimal_comma: false,
            quotes: true,
            encoding: Encoding::Utf8,
        }
    }
}
