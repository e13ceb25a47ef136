//! What the bytes of a text mean.
//!
//! ```text
//! utf8     UTF-8, which a mark of byte order may begin
//! latin1   Windows-1252: ISO 8859-1 with letters, dashes and quotation marks for the bytes 80 to 9F
//! utf16    UTF-16 of either byte order, after its mark
//! ```
//!
//! What is called Latin-1, ISO 8859-1 or `windows-1252` is the same: no text has the control characters that ISO 8859-1
//! means by 80 to 9F. The bytes 81, 8D, 8F, 90 and 9D mean nothing: a text with one of them is in another encoding, such
//! as that of DOS or of the Mac, and is refused.
//!
//! Source: the table of windows-1252 and its labels in the WHATWG's *Encoding Standard*.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// What the bytes of a text mean; any usual name of an encoding is understood.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", try_from = "String")]
pub enum Encoding {
    /// UTF-8.
    #[default]
    Utf8,
    /// Windows-1252, and so ISO 8859-1.
    Latin1,
    /// UTF-16 of either byte order, after its mark.
    Utf16,
}

impl TryFrom<String> for Encoding {
    type Error = String;
    fn try_from(name: String) -> Result<Self, String> {
        let plain = name.to_lowercase().replace(['-', '_', ' '], "");
        match plain.as_str() {
            "utf8" => Ok(Encoding::Utf8),
            "latin1" | "iso88591" | "windows1252" | "cp1252" => Ok(Encoding::Latin1),
            "utf16" => Ok(Encoding::Utf16),
            _ => Err(format!(
                "`{name}` is no encoding that is read; expected `utf8`, `latin1` (which is also windows-1252) or `utf16`"
            )),
        }
    }
}

/// What windows-1252 means by the bytes from 80 to 9F; a control character stands for nothing.
const FROM_80: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}',
    '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// The character of a byte of windows-1252; a control character from 80 on if it means nothing.
fn character(byte: u8) -> char {
    match byte.checked_sub(0x80).and_then(|i| FROM_80.get(usize::from(i))) {
        Some(&character) => character,
        None => char::from(byte),
    }
}

/// Bytes of windows-1252 as a text, whatever they are.
pub(crate) fn latin1(bytes: &[u8]) -> String {
    let length = bytes.iter().map(|&byte| character(byte).len_utf8()).sum();
    let mut text = String::with_capacity(length);
    text.extend(bytes.iter().map(|&byte| character(byte)));
    text
}

/// The text that bytes hold, without the mark of byte order; or what precedes the first that hold none.
pub(crate) fn decoded(bytes: &[u8], encoding: Encoding) -> Result<Cow<'_, str>, (String, String)> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    match encoding {
        Encoding::Latin1 => {
            let means_nothing = |&byte: &u8| byte >= 0x80 && character(byte).is_control();
            match bytes.iter().position(means_nothing) {
                None => Ok(Cow::Owned(latin1(bytes))),
                Some(first) => {
                    let message = format!(
                        "the byte {:02X} is no character of Windows-1252, which Latin-1 is read as: save the file as \
                         UTF-8",
                        bytes[first]
                    );
                    Err((latin1(&bytes[..first]), message))
                }
            }
        }
        Encoding::Utf8 => {
            let text = str::from_utf8(bytes).map_err(|error| {
                let before = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
                (before.into_owned(), "a byte that is no UTF-8; is the encoding latin1?".to_owned())
            })?;
            Ok(Cow::Borrowed(text))
        }
        Encoding::Utf16 => utf16(bytes).map_err(|(before, what)| (before, what.to_owned())),
    }
}

fn utf16(bytes: &[u8]) -> Result<Cow<'_, str>, (String, &'static str)> {
    let (is_big, bytes) = match bytes {
        [0xfe, 0xff, rest @ ..] => (true, rest),
        [0xff, 0xfe, rest @ ..] => (false, rest),
        _ => return Err((String::new(), "UTF-16 begins with its mark of byte order")),
    };
    let (units, odd) = bytes.as_chunks();
    let unit = if is_big { u16::from_be_bytes } else { u16::from_le_bytes };
    let mut text = String::with_capacity(units.len());
    for decoded in char::decode_utf16(units.iter().map(|bytes| unit(*bytes))) {
        match decoded {
            Ok(decoded) => text.push(decoded),
            Err(_) => return Err((text, "half a character of UTF-16")),
        }
    }
    if odd.is_empty() { Ok(Cow::Owned(text)) } else { Err((text, "half a unit of UTF-16")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_of_windows_1252_is_a_character_or_means_nothing() {
        let all: Vec<u8> =
            (0..=255).filter(|byte| ![0x81, 0x8d, 0x8f, 0x90, 0x9d].contains(byte)).collect();
        let text = decoded(&all, Encoding::Latin1).unwrap();
        let upper: String = text.chars().skip(0x80).collect();
        assert!(upper.starts_with("€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ\u{a0}¡"), "{upper}");
        assert!(upper.ends_with("ýþÿ") && !upper.contains(char::is_control));
        assert_eq!(text.chars().count(), 251);
        for byte in [0x81, 0x8d, 0x8f, 0x90, 0x9d] {
            let (before, message) = decoded(&[b'\xe9', b'\n', byte], Encoding::Latin1).unwrap_err();
            assert_eq!(before, "é\n");
            assert!(
                message.starts_with(&format!("the byte {byte:02X} is no character")),
                "{message}"
            );
        }
    }

    #[test]
    fn encodings_have_several_names() {
        let read = |name: &str| Encoding::try_from(name.to_owned());
        for name in ["latin1", "Windows-1252", "CP1252", "iso-8859-1", "ISO_8859-1", "latin-1"] {
            assert_eq!(read(name), Ok(Encoding::Latin1), "{name}");
        }
        assert_eq!((read("UTF-8"), read("utf16")), (Ok(Encoding::Utf8), Ok(Encoding::Utf16)));
        assert!(read("cp850").unwrap_err().starts_with("`cp850` is no encoding that is read; exp"));
        assert_eq!(serde_json::to_string(&Encoding::Latin1).unwrap(), "\"latin1\"");
    }
}
