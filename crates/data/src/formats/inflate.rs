//! Decompressed bytes, up to a bound that is checked against what really comes out: the sizes that
//! a compressed file gives itself are not trusted.

use std::io::Read;

/// Bytes that one compressed file, or one array of an archive, may become: 1 GiB.
pub(crate) const LIMIT: u64 = 1 << 30;

/// All that `reader` gives, if that is at most `limit` bytes.
pub(crate) fn read_all(reader: impl Read, limit: u64) -> Result<Vec<u8>, String> {
    let mut content = Vec::new();
    reader
        .take(limit.saturating_add(1))
        .read_to_end(&mut content)
        .map_err(|error| format!("it cannot be decompressed ({error})"))?;
    if content.len() as u64 > limit {
        return Err(format!("it decompresses to more than {limit} bytes, the most that are read"));
    }
    Ok(content)
}

#[cfg(test)]
mod tests {
    use std::io::repeat;

    use super::*;

    #[test]
    fn the_bound_is_the_last_size_that_is_read() {
        assert_eq!(read_all(repeat(7).take(10), 10).unwrap(), [7; 10]);
        let error = read_all(repeat(7), 10).unwrap_err();
        assert_eq!(error, "it decompresses to more than 10 bytes, the most that are read");
    }
}
