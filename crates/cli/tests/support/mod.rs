//! What several tests of the program need.

/// The record in a line of a segment.
pub(crate) fn record(line: &str) -> &str {
    line.split_once(r#""record":"#).unwrap().1.strip_suffix('}').unwrap()
}

/// A line of a segment with the right checksum.
pub(crate) fn sealed(record: &str) -> String {
    let checksum = blake3::hash(record.as_bytes()).to_hex()[..16].to_owned();
    format!("{{\"blake3\":\"{checksum}\",\"record\":{record}}}\n")
}
