//! IDX, plain or compressed with gzip: images as bytes, labels as bytes (LeCun's format of MNIST).
//!
//! ```text
//! 0x00 0x00 0x08 rank, rank sizes of 4 bytes (big-endian), then one byte a value
//! ```
//!
//! A pair of files makes a table: a row an image, a column a pixel (from 0 to 1, the last axis first
//! to change), and the class, which is the number in the other file.

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::column::Column;
use crate::error::DataError;
use crate::formats::bounds::{Bound, MAX_COLUMNS, at_most};
use crate::formats::frame::Frame;
use crate::image_shape::ImageShape;

/// The labels of images in IDX.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdxFormat {
    /// The file of labels, beside the file of images.
    pub labels: String,
}

/// What a file of bytes begins with.
pub(crate) const BEGIN: &[u8] = &[0, 0, 8];

/// An array of bytes.
#[derive(Debug)]
pub(crate) struct IdxArray {
    /// Its sizes, the number of items first.
    pub(crate) sizes: Vec<usize>,
    pub(crate) values: Vec<u8>,
}

/// Reads `bytes`; `file` is named in errors.
pub(crate) fn read(file: &str, bytes: &[u8]) -> Result<IdxArray, DataError> {
    array(bytes, Bound::of(bytes.len())).map_err(failed(file))
}

/// Reads images and their labels: columns `pixel 0`, `pixel 1`, ... and, last, `label`.
pub(crate) fn pair(
    images_file: &str,
    images: &[u8],
    labels_file: &str,
    labels: &[u8],
    bound: Bound,
) -> Result<Frame, DataError> {
    let images = array(images, bound).map_err(failed(images_file))?;
    let labels = array(labels, bound).map_err(failed(labels_file))?;
    if labels.sizes.len() != 1 {
        let message =
            format!("labels have one axis, not the sizes {:?}: are these images?", labels.sizes);
        return Err(failed(labels_file)(message));
    }
    let [n_images, ref rest @ ..] = images.sizes[..] else {
        return Err(failed(images_file)("images have at least one axis".to_owned()));
    };
    if rest.is_empty() || images.values.is_empty() {
        let message = format!("the sizes {:?} are not those of images", images.sizes);
        return Err(failed(images_file)(message));
    }
    if labels.values.len() != n_images {
        let message =
            format!("{} labels for the {n_images} images in {images_file}", labels.values.len());
        return Err(failed(labels_file)(message));
    }
    let n_pixels = images.values.len() / n_images;
    at_most(n_pixels, MAX_COLUMNS, "pixels an image").map_err(failed(images_file))?;
    let column = |pixel: usize| Column::Numeric {
        name: format!("pixel {pixel}"),
        values: images.values[pixel..].iter().step_by(n_pixels).map(|&x| scaled(x)).collect(),
    };
    let mut columns: Vec<Column> = (0..n_pixels).into_par_iter().map(column).collect();
    let labels: Vec<f64> = labels.values.iter().map(|&label| f64::from(label)).collect();
    columns.push(Column::from_numbers("label".to_owned(), &labels));
    Ok(Frame::new(columns, Some(n_pixels)).with_image(ImageShape::of_item(rest)))
}

fn scaled(byte: u8) -> f64 {
    f64::from(byte) / 255.0
}

fn failed(file: &str) -> impl Fn(String) -> DataError {
    move |message| DataError::Binary { file: file.to_owned(), message }
}

fn array(bytes: &[u8], bound: Bound) -> Result<IdxArray, String> {
    let content = bound.unpacked(bytes)?;
    let Some(([0, 0, kind, rank], rest)) = content.split_first_chunk::<4>() else {
        return Err("an IDX file, plain or compressed with gzip, begins with 0 0".to_owned());
    };
    if *kind != 8 {
        return Err(format!("its values are of the type {kind:#x}; only 0x8, bytes, is read"));
    }
    let rank = usize::from(*rank);
    let (sizes, _) = rest.as_chunks::<4>();
    let sizes: Vec<usize> =
        sizes.iter().take(rank).map(|size| u32::from_be_bytes(*size) as usize).collect();
    let values = rest.get(4 * rank..).unwrap_or_default();
    let expected = sizes.iter().try_fold(1_usize, |product, &size| product.checked_mul(size));
    if sizes.len() != rank || expected != Some(values.len()) {
        return Err(format!(
            "{} bytes follow the header, not the product of {sizes:?}",
            values.len()
        ));
    }
    bound.check(values.len(), values.len() / sizes.first().copied().unwrap_or(0).max(1))?;
    Ok(IdxArray { sizes, values: values.to_vec() })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use proptest::prelude::*;

    use super::*;
    use crate::formats::testing::{cases, damaged};

    const LABELS: &[u8] = include_bytes!("../../tests/samples/idx1_gzip.gz");
    const IMAGES: [u8; 20] = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 1, 0, 255, 51, 102];
    const TWO_LABELS: [u8; 10] = [0, 0, 8, 1, 0, 0, 0, 2, 10, 9];

    fn packed(content: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(content).unwrap();
        encoder.finish().unwrap()
    }

    fn pair_error(images: &[u8], labels: &[u8]) -> String {
        pair("i", images, "l", labels, Bound::of(0)).unwrap_err().to_string()
    }

    #[test]
    fn sizes_and_values_are_read() {
        let plain = [0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 1, 7, 9];
        for bytes in
            [plain.to_vec(), packed(&plain), [packed(&plain[..6]), packed(&plain[6..])].concat()]
        {
            let array = read("t", &bytes).unwrap();
            assert_eq!((array.sizes, array.values), (vec![2, 1], vec![7, 9]));
        }
    }

    #[test]
    fn a_real_file_of_labels_is_read() {
        let array = read("t", LABELS).unwrap();
        assert_eq!(array.sizes, [10_000]);
        assert_eq!(array.values[..4], [9, 2, 1, 1]);
    }

    #[test]
    fn wrong_bytes_are_refused() {
        let long = [0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 1, 7];
        for content in [&b"x"[..], &[0, 0, 8, 3, 0, 0, 0, 2], &long, &[0, 0, 8, 255], &[]] {
            assert!(read("t", &packed(content)).is_err());
            assert!(read("t", content).is_err());
        }
        assert!(read("t", &packed(&long)[..20]).is_err());
        let floats = read("t", &[0, 0, 13, 1, 0, 0, 0, 0]).unwrap_err().to_string();
        assert_eq!(floats, "t: its values are of the type 0xd; only 0x8, bytes, is read");
    }

    #[test]
    fn a_pair_makes_a_table() {
        let frame = pair("i", &packed(&IMAGES), "l", &TWO_LABELS, Bound::of(0)).unwrap();
        let pixel = |i: usize, values| Column::Numeric { name: format!("pixel {i}"), values };
        assert_eq!(frame.columns[0], pixel(0, vec![0.0, 0.2]));
        assert_eq!(frame.columns[1], pixel(1, vec![1.0, 0.4]));
        let label = Column::from_texts("label".to_owned(), [Some("10"), Some("9")]);
        assert_eq!((&frame.columns[2], frame.target), (&label, Some(2)));
    }

    #[test]
    fn images_have_lines_and_pixels() {
        let two = [&IMAGES[..6], &[0, 2, 0, 0, 0, 2, 0, 0, 0, 3], &[9; 12]].concat();
        let shape =
            |images: &[u8]| pair("i", images, "l", &TWO_LABELS, Bound::of(0)).unwrap().image;
        assert_eq!(shape(&two), ImageShape::of_item(&[2, 3]));
        assert_eq!(shape(&IMAGES), None);
    }

    #[test]
    fn pairs_that_do_not_match_are_refused() {
        let one = [0, 0, 8, 1, 0, 0, 0, 1, 3];
        assert_eq!(pair_error(&IMAGES, &one), "l: 1 labels for the 2 images in i");
        assert!(pair_error(&TWO_LABELS, &IMAGES).starts_with("l: labels have one axis"));
        assert!(pair_error(&TWO_LABELS, &TWO_LABELS).starts_with("i: the sizes [2] are not"));
        let none = [0, 0, 8, 2, 0, 0, 0, 0, 255, 255, 255, 255];
        assert!(pair_error(&none, &TWO_LABELS).starts_with("i: the sizes [0, 4294967295]"));
        let wide = [&[0, 0, 8, 2, 0, 0, 0, 1, 0, 16, 0, 1][..], &vec![0; (1 << 20) + 1]].concat();
        let one = [0, 0, 8, 1, 0, 0, 0, 1, 3];
        let bound = "i: it holds more than the 1048576 pixels an image that are read";
        assert_eq!(pair_error(&wide, &one), bound);
        let many = pair("i", &IMAGES, "l", &TWO_LABELS, Bound::of_cells(3)).unwrap_err();
        assert!(many.to_string().starts_with("i: more than the 3 cells"), "{many}");
        assert!(pair_error(&[0, 0, 8, 0, 7], &TWO_LABELS).starts_with("i: images have"));
    }

    proptest! {
        #![proptest_config(cases(500))]

        #[test]
        fn damaged_files_are_read_or_refused(bytes in damaged(LABELS)) {
            let _ = read("t", &bytes);
        }

        #[test]
        fn damaged_pairs_are_read_or_refused(
            images in damaged(&IMAGES),
            labels in damaged(&TWO_LABELS),
        ) {
            let _ = pair("i", &images, "l", &labels, Bound::of(0));
        }
    }
}
