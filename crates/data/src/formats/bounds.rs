//! The most that is read, so that a small file takes no more than a few gigabytes of memory.
//!
//! ```text
//! cells  = 2^27 (134 million), or twice as many as the file has bytes if these are more
//! bytes  = 8 cells        what a packed file may become
//! texts  = cells / 8      different texts of all columns, a level or a class each
//! ```
//!
//! A cell takes 8 bytes of the table, and a different text some 64. While it is read, the text or the array that it
//! comes from takes another 8 bytes a cell, and so do the parts of which its columns are joined: 4 GiB in all at the
//! bound of a small file. Images, packed well, have a cell and a half a byte. Everything is counted as it comes,
//! whatever a file says of its own size.

use std::borrow::Cow;
use std::io::Read;

use flate2::read::MultiGzDecoder;

/// Cells of the table in a small file.
const CELLS: usize = 1 << 27;

/// Cells for each byte of a larger one.
const PER_BYTE: usize = 2;

/// Bytes of a cell in memory.
const CELL: usize = 8;

/// Cells whose memory a new text takes, with its place in a table of texts.
const TEXT: usize = 8;

/// Columns of one table: each has a name and takes some 100 bytes even if it is empty.
pub(crate) const MAX_COLUMNS: usize = 1 << 20;

/// What may be read of one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bound {
    cells: usize,
}

impl Bound {
    /// That of a file of so many bytes as it lies on the disk.
    pub(crate) fn of(n_bytes: usize) -> Self {
        Bound::of_cells(CELLS.max(n_bytes.saturating_mul(PER_BYTE)))
    }

    pub(crate) fn of_cells(cells: usize) -> Self {
        Bound { cells }
    }

    /// Bytes that the file may become.
    pub(crate) fn bytes(self) -> usize {
        self.cells.saturating_mul(CELL)
    }

    /// Refuses more cells, in rows of `n_columns`.
    pub(crate) fn check(self, n_cells: usize, n_columns: usize) -> Result<(), String> {
        if n_cells <= self.cells {
            return Ok(());
        }
        Err(format!(
            "more than the {} cells that are read of a file of this size, in rows of {n_columns}",
            self.cells
        ))
    }

    /// Refuses a table of more cells.
    pub(crate) fn check_rows(self, n_rows: usize, n_columns: usize) -> Result<(), String> {
        self.check(n_rows.saturating_mul(n_columns), n_columns)
    }

    /// Refuses more different texts.
    pub(crate) fn check_texts(self, n_texts: usize) -> Result<(), String> {
        let most = self.cells / TEXT;
        if n_texts <= most {
            return Ok(());
        }
        Err(format!("more than the {most} different texts that are read of a file of this size"))
    }

    /// `bytes`, decompressed if they are a file of gzip.
    pub(crate) fn unpacked(self, bytes: &[u8]) -> Result<Cow<'_, [u8]>, String> {
        if bytes.starts_with(&[0x1f, 0x8b]) {
            read_all(MultiGzDecoder::new(bytes), self.bytes()).map(Cow::Owned)
        } else {
            Ok(Cow::Borrowed(bytes))
        }
    }
}

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

    #[test]
    fn a_table_has_so_many_cells_or_twice_as_many_as_its_file_has_bytes() {
        let small = Bound::of(1000);
        assert!(small.check_rows(1 << 20, 1 << 7).is_ok() && small.check_texts(1 << 24).is_ok());
        let error = small.check_rows(1 << 20, 129).unwrap_err();
        let expected =
            "more than the 134217728 cells that are read of a file of this size, in rows of 129";
        assert_eq!(error, expected);
        assert!(
            small.check_rows(usize::MAX, 2).is_err() && small.check_texts((1 << 24) + 1).is_err()
        );
        let large = Bound::of(1 << 29);
        assert!(
            large.check_rows(1 << 20, 1 << 10).is_ok() && large.check_rows(1 << 20, 1025).is_err()
        );
        assert_eq!((small.bytes(), large.bytes()), (1 << 30, 1 << 33));
    }
}
