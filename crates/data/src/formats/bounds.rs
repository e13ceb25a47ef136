//! The most that is read, so that a small file that claims to be large takes no more than a few
//! gigabytes of memory.

use std::borrow::Cow;
use std::io::Read;

use flate2::read::MultiGzDecoder;

/// Bytes that one compressed file, or one array of an archive, may become: 1 GiB.
pub(crate) const MAX_BYTES: usize = 1 << 30;

/// Numbers in one table: 2 GiB as floats.
pub(crate) const MAX_NUMBERS: usize = 1 << 28;

/// Strings in one table, which take more than numbers do.
pub(crate) const MAX_TEXTS: usize = 1 << 26;

/// Columns of one table: each has a name and takes some 100 bytes even if it is empty.
pub(crate) const MAX_COLUMNS: usize = 1 << 20;

/// All that `reader` gives, if that is at most `limit` bytes. They are counted as they come: the
/// size that a compressed file gives itself is not trusted.
pub(crate) fn read_all(reader: impl Read, limit: usize) -> Result<Vec<u8>, String> {
    let mut content = Vec::new();
    reader
        .take(limit as u64 + 1)
        .read_to_end(&mut content)
        .map_err(|error| format!("it cannot be decompressed ({error})"))?;
    at_most(content.len(), limit, "bytes")?;
    Ok(content)
}

/// `bytes`, decompressed if they are a file of gzip.
pub(crate) fn unpacked(bytes: &[u8]) -> Result<Cow<'_, [u8]>, String> {
    if bytes.starts_with(&[0x1f, 0x8b]) {
        read_all(MultiGzDecoder::new(bytes), MAX_BYTES).map(Cow::Owned)
    } else {
        Ok(Cow::Borrowed(bytes))
    }
}

/// Refuses more than `most` things called `what`.
pub(crate) fn at_most(found: usize, most: usize, what: &str) -> Result<(), String> {
    if found > most {
        Err(format!("it holds more than the {most} {what} that are read"))
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::repeat;

    use super::*;

    #[test]
    fn the_bound_is_the_last_size_that_is_read() {
        assert_eq!(read_all(repeat(7).take(10), 10).unwrap(), [7; 10]);
        let error = read_all(repeat(7), 10).unwrap_err();
        assert_eq!(error, "it holds more than the 10 bytes that are read");
    }
}
