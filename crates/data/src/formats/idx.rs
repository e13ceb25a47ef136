//! IDX, compressed with gzip: images as bytes, labels as bytes (LeCun's format of MNIST).
//!
//! ```text
//! 0x00 0x00 0x08 rank, rank sizes of 4 bytes (big-endian), then one byte a value
//! ```

use std::io::Read;

use flate2::read::GzDecoder;

use crate::DataError;

/// An array of bytes.
pub(crate) struct Array {
    /// Its sizes, the number of items first.
    pub(crate) sizes: Vec<usize>,
    pub(crate) values: Vec<u8>,
}

/// Reads `bytes`; `file` is named in errors.
pub(crate) fn read(file: &str, bytes: &[u8]) -> Result<Array, DataError> {
    let failed = |message: String| DataError::Binary { file: file.to_owned(), message };
    let mut content = Vec::new();
    GzDecoder::new(bytes)
        .read_to_end(&mut content)
        .map_err(|error| failed(format!("this is no gzip file ({error})")))?;
    let Some(([0, 0, 8, rank], rest)) = content.split_first_chunk::<4>() else {
        return Err(failed("an IDX file of bytes begins with 0 0 8 and its rank".to_owned()));
    };
    let (sizes, _) = rest.as_chunks::<4>();
    let sizes: Vec<usize> = sizes
        .iter()
        .take(usize::from(*rank))
        .map(|size| u32::from_be_bytes(*size) as usize)
        .collect();
    let values = rest.get(4 * usize::from(*rank)..).unwrap_or_default();
    let expected = sizes.iter().try_fold(1_usize, |product, &size| product.checked_mul(size));
    if sizes.len() != usize::from(*rank) || expected != Some(values.len()) {
        return Err(failed(format!(
            "{} bytes follow the header, not the product of {sizes:?}",
            values.len()
        )));
    }
    Ok(Array { sizes, values: values.to_vec() })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn packed(content: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn sizes_and_values_are_read() {
        let array = read("t", &packed(&[0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 1, 7, 9])).unwrap();
        assert_eq!((array.sizes, array.values), (vec![2, 1], vec![7, 9]));
    }

    #[test]
    fn wrong_bytes_are_refused() {
        let long = [0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 1, 7];
        for content in [&b"x"[..], &[0, 0, 8, 3, 0, 0, 0, 2], &long] {
            assert!(read("t", &packed(content)).is_err());
        }
        assert!(read("t", b"not gzip").is_err());
    }
}
