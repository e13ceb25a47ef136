//! Quotation marks around the cells of tables of text.

use memchr::memchr;

/// Where the quotation mark is that closes the one at `open`; two of them are one of the text.
pub(crate) fn closing(bytes: &[u8], open: usize) -> Option<usize> {
    let mut at = open + 1;
    loop {
        at += memchr(b'"', bytes.get(at..)?)?;
        if bytes.get(at + 1) != Some(&b'"') {
            return Some(at);
        }
        at += 2;
    }
}

/// What is wrong with text behind the mark that closes one that was opened at the place `opened`; `section` is that of
/// the format.
pub(crate) fn text_behind(opened: &str, section: &str) -> String {
    format!(
        "text after a closing quotation mark; the one that opened it is at {opened}: two of them are one in a cell, and \
         if they are text, set quotes = false in [format.{section}]"
    )
}

/// What is wrong with a mark that is never closed.
pub(crate) fn not_closed(section: &str) -> String {
    format!(
        "this quotation mark is not closed; if it is text, set quotes = false in [format.{section}]"
    )
}
