//! What is no table: texts in other languages, and bytes that are no text.

use crate::error::DataError;
use crate::formats::csv::text::located;

const JSON: &str = "this is JSON, which is not read: save its table as CSV first";
const HTML: &str = "this is a page of HTML and no table: save the data itself, or its table as CSV";
const XML: &str =
    "this is XML, which is read only as boxes (Pascal VOC): save its table as CSV first";

/// What a text is that is written in the language of no table.
pub(super) fn language(text: &str) -> Option<&'static str> {
    let text = text.trim_start();
    let after = |begin: char| text.strip_prefix(begin).map(str::trim_start);
    if after('{').is_some_and(|inner| inner.starts_with(['"', '}']))
        || after('[').is_some_and(|inner| inner.starts_with(['{', '[']))
    {
        return Some(JSON);
    }
    let tag = after('<')?.to_lowercase();
    if tag.starts_with("html") || tag.starts_with("!doctype html") {
        return Some(HTML);
    }
    let is_xml = tag.starts_with(['?', '!'])
        || (tag.starts_with(char::is_alphabetic) && (tag.contains("</") || tag.contains("/>")));
    is_xml.then_some(XML)
}

/// What is wrong with bytes among which are some of zero.
pub(super) fn with_nul(file: &str, bytes: &[u8]) -> DataError {
    let binary =
        |message: &str| DataError::Binary { file: file.to_owned(), message: message.to_owned() };
    let is_every_second = |first: usize| {
        let mut pairs = bytes.chunks_exact(2).take(1000);
        3 < bytes.len() && pairs.all(|pair| pair[first] == 0 && pair[1 - first] != 0)
    };
    if is_every_second(0) || is_every_second(1) {
        return binary(
            "every second byte is 0: this looks like UTF-16 without its mark of byte order; save it as UTF-8",
        );
    }
    let is_text = |byte: &u8| matches!(byte, 0 | b'\t'..=b'\r' | b' '..=b'~' | 0x80..);
    if !bytes.iter().all(is_text) {
        return binary("these bytes are no text and no table that is known");
    }
    let first = bytes.iter().position(|&byte| byte == 0).unwrap_or(0);
    let before = String::from_utf8_lossy(&bytes[..first]);
    located(file, &before, before.len(), "a byte of 0, which is in no text: remove it")
}
