//! IDX, plain or compressed with gzip: images as bytes, labels as bytes (LeCun's format of MNIST).
//!
//! ```text
//! 0x00 0x00 0x08 rank, rank sizes of 4 bytes (big-endian), then one byte a value
//! ```
//!
//! A pair of files makes a table: a row an image, a column a pixel (from 0 to 1, the last axis first
//! to change), and the class, which is the number in the other file. Where a second pair is the published test part, its
//! rows follow, and the column `part`, which is no feature, says `train` or `test`.

use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::column::Column;
use crate::dataset::ClassLabels;
use crate::error::DataError;
use crate::formats::bounds::{Bound, MAX_COLUMNS, at_most};
use crate::formats::content::{Content, content};
use crate::formats::frame::Frame;
use crate::image_shape::ImageShape;
use crate::split::given::{LEARNT, PART, TESTED};

/// The labels of images in IDX, and the images that they are published to be tested on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdxFormat {
    /// The file of labels, beside the file of images.
    pub labels: String,
    /// Names of the classes, in the order of the labels from 0; without them the numbers are the names. Images of a class
    /// with an empty name have none: `unlabelled = "drop"` leaves them out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<String>,
    /// The published test part, another pair of files beside these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub test: Option<IdxPair>,
}

/// A file of images and one of their labels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdxPair {
    /// The file of images.
    pub images: String,
    /// The file of labels.
    pub labels: String,
}

/// What a file of bytes begins with.
pub(crate) const BEGIN: &[u8] = &[0, 0, 8];

/// An array of bytes.
#[derive(Debug)]
struct IdxArray<'a> {
    /// Its sizes, the number of items first.
    sizes: Vec<usize>,
    values: &'a [u8],
}

/// Images and their labels.
#[derive(Debug)]
pub(crate) struct LabelledImages {
    /// The sizes of one image, of which none is 0.
    sizes: Vec<usize>,
    /// Image after image, from `start` on: what stands before is the header of the file.
    bytes: Vec<u8>,
    start: usize,
    labels: Vec<u8>,
    /// Where the labels are, for errors.
    labels_file: String,
}

impl LabelledImages {
    /// Both files, plain or compressed; their names are for errors.
    pub(crate) fn read(
        [images_file, labels_file]: [&str; 2],
        images: Content,
        labels: &Content,
    ) -> Result<Self, DataError> {
        let Content { bytes, bound } = images;
        let array = array(&bytes, bound).map_err(failed(images_file))?;
        let labels_array = self::array(&labels.bytes, labels.bound).map_err(failed(labels_file))?;
        if labels_array.sizes.len() != 1 {
            let message = format!(
                "labels have one axis, not the sizes {:?}: are these images?",
                labels_array.sizes
            );
            return Err(failed(labels_file)(message));
        }
        let [n_images, ref sizes @ ..] = array.sizes[..] else {
            return Err(failed(images_file)("images have at least one axis".to_owned()));
        };
        if sizes.is_empty() || array.values.is_empty() {
            let message = format!("the sizes {:?} are not those of images", array.sizes);
            return Err(failed(images_file)(message));
        }
        if labels_array.values.len() != n_images {
            let n_labels = labels_array.values.len();
            let message = format!("{n_labels} labels for the {n_images} images in {images_file}");
            return Err(failed(labels_file)(message));
        }
        at_most(array.values.len() / n_images, MAX_COLUMNS, "pixels an image")
            .map_err(failed(images_file))?;
        Ok(LabelledImages {
            sizes: sizes.to_vec(),
            start: bytes.len() - array.values.len(),
            labels: labels_array.values.to_vec(),
            labels_file: labels_file.to_owned(),
            bytes,
        })
    }

    fn n_pixels(&self) -> usize {
        self.sizes.iter().product()
    }

    fn images(&self) -> &[u8] {
        &self.bytes[self.start..]
    }

    /// The name of every row's class.
    fn classes<'a>(&self, names: &'a [impl AsRef<str>]) -> Result<Vec<&'a str>, DataError> {
        let name = |&label: &u8| {
            let name = names.get(usize::from(label)).map(AsRef::as_ref);
            let message = || format!("label {label} of {} classes", names.len());
            name.ok_or_else(|| failed(&self.labels_file)(message()))
        };
        self.labels.iter().map(name).collect()
    }
}

/// The images of one file, or those of the published parts, as columns.
#[derive(Debug)]
pub(crate) struct ImageTable {
    /// `pixel 0`, `pixel 1`, ...
    pub(crate) columns: Vec<Column>,
    pub(crate) image: Option<ImageShape>,
    /// Which part each row is in, if there are parts.
    pub(crate) part: Option<Column>,
}

/// The images of `train`, and those of `test` behind them.
///
/// # Errors
/// If they have different sizes.
pub(crate) fn table(
    train: &LabelledImages,
    test: Option<&LabelledImages>,
) -> Result<ImageTable, DataError> {
    if let Some(test) = test.filter(|test| test.sizes != train.sizes) {
        let message = format!(
            "the labels of images of the sizes {:?}, and what is learnt from has {:?}",
            test.sizes, train.sizes
        );
        return Err(failed(&test.labels_file)(message));
    }
    let n_pixels = train.n_pixels();
    let parts: Vec<&LabelledImages> = [train].into_iter().chain(test).collect();
    let n_rows = parts.iter().map(|part| part.labels.len()).sum();
    let column = |pixel: usize| {
        let mut values = Vec::with_capacity(n_rows);
        for part in &parts {
            let of_image = part.images()[pixel..].iter().step_by(n_pixels);
            values.extend(of_image.map(|&x| f64::from(x) / 255.0));
        }
        Column::Numeric { name: format!("pixel {pixel}"), values }
    };
    let columns = (0..n_pixels).into_par_iter().map(column).collect();
    let part = test.map(|test| {
        let of = |name, part: &LabelledImages| std::iter::repeat_n(Some(name), part.labels.len());
        Column::from_texts(PART.to_owned(), of(LEARNT, train).chain(of(TESTED, test)))
    });
    Ok(ImageTable { columns, image: ImageShape::of_item(&train.sizes), part })
}

/// The classes of the rows of [`table`] under their names.
///
/// # Errors
/// If a label has none.
pub(crate) fn classes(
    train: &LabelledImages,
    test: Option<&LabelledImages>,
    names: &[impl AsRef<str>],
) -> Result<ClassLabels, DataError> {
    let mut classes = train.classes(names)?;
    if let Some(test) = test {
        classes.extend(test.classes(names)?);
    }
    Ok(ClassLabels::of(classes))
}

impl IdxFormat {
    /// Reads the images at `path`, whose content is `images`, with all that stands beside them: columns `pixel 0`,
    /// `pixel 1`, ... and, last, `label`.
    pub(crate) fn read(&self, path: &Path, images: Content) -> Result<Frame, DataError> {
        let train = self::read(path, images, &path.with_file_name(&self.labels))?;
        let test = self.test.as_ref().map(|pair| {
            let [images, labels] =
                [&pair.images, &pair.labels].map(|file| path.with_file_name(file));
            self::read(&images, content(&images)?, &labels)
        });
        let test = test.transpose()?;
        let ImageTable { mut columns, image, part } = table(&train, test.as_ref())?;
        let n_pixels = columns.len();
        columns.push(self.label(&train, test.as_ref())?);
        Ok(Frame::new(columns, Some(n_pixels)).with_image(image).with_part(part))
    }

    fn label(
        &self,
        train: &LabelledImages,
        test: Option<&LabelledImages>,
    ) -> Result<Column, DataError> {
        let parts = || [train].into_iter().chain(test);
        let name = "label".to_owned();
        if self.classes.is_empty() {
            let labels: Vec<f64> =
                parts().flat_map(|part| &part.labels).map(|&label| f64::from(label)).collect();
            return Ok(Column::from_numbers(name, &labels));
        }
        let mut classes = Vec::new();
        for part in parts() {
            classes.extend(part.classes(&self.classes)?);
        }
        let known = classes.into_iter().map(|class| Some(class).filter(|class| !class.is_empty()));
        Ok(Column::from_texts(name, known))
    }

    /// The files that are read, the one at `path` first.
    pub(crate) fn files(&self, path: &Path) -> Vec<PathBuf> {
        let test = self.test.iter().flat_map(|pair| [&pair.images, &pair.labels]);
        let others = [&self.labels].into_iter().chain(test).map(|file| path.with_file_name(file));
        [path.to_owned()].into_iter().chain(others).collect()
    }
}

fn read(path: &Path, images: Content, labels: &Path) -> Result<LabelledImages, DataError> {
    let [images_file, labels_file] = [path, labels].map(|path| path.display().to_string());
    LabelledImages::read([&images_file, &labels_file], images, &content(labels)?)
}

fn failed(file: &str) -> impl Fn(String) -> DataError {
    move |message| DataError::Binary { file: file.to_owned(), message }
}

fn array(content: &[u8], bound: Bound) -> Result<IdxArray<'_>, String> {
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
    Ok(IdxArray { sizes, values })
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

    fn content(file: &str, bytes: &[u8], bound: Bound) -> Result<Content, DataError> {
        let unpacked = Content::unpacked(file, bytes.to_vec())?;
        Ok(Content { bound, ..unpacked })
    }

    fn pair(images: &[u8], labels: &[u8], bound: Bound) -> Result<LabelledImages, DataError> {
        let (images, labels) = (content("i", images, bound)?, content("l", labels, bound)?);
        LabelledImages::read(["i", "l"], images, &labels)
    }

    fn pair_error(images: &[u8], labels: &[u8]) -> String {
        pair(images, labels, Bound::of(0)).unwrap_err().to_string()
    }

    /// The sizes and the values of an array.
    fn read(bytes: &[u8]) -> Result<(Vec<usize>, Vec<u8>), DataError> {
        let Content { bytes, bound } = content("t", bytes, Bound::of(0))?;
        let array = array(&bytes, bound).map_err(failed("t"))?;
        Ok((array.sizes, array.values.to_vec()))
    }

    #[test]
    fn sizes_and_values_are_read() {
        let plain = [0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 1, 7, 9];
        for bytes in
            [plain.to_vec(), packed(&plain), [packed(&plain[..6]), packed(&plain[6..])].concat()]
        {
            assert_eq!(read(&bytes).unwrap(), (vec![2, 1], vec![7, 9]));
        }
    }

    #[test]
    fn a_real_file_of_labels_is_read() {
        let (sizes, values) = read(LABELS).unwrap();
        assert_eq!(sizes, [10_000]);
        assert_eq!(values[..4], [9, 2, 1, 1]);
    }

    #[test]
    fn wrong_bytes_are_refused() {
        let long = [0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 1, 7];
        for content in [&b"x"[..], &[0, 0, 8, 3, 0, 0, 0, 2], &long, &[0, 0, 8, 255], &[]] {
            assert!(read(&packed(content)).is_err());
            assert!(read(content).is_err());
        }
        assert!(read(&packed(&long)[..20]).is_err());
        let floats = read(&[0, 0, 13, 1, 0, 0, 0, 0]).unwrap_err().to_string();
        assert_eq!(floats, "t: its values are of the type 0xd; only 0x8, bytes, is read");
    }

    #[test]
    fn a_pair_makes_a_table() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("i");
        for (name, bytes) in [("i", &packed(&IMAGES)[..]), ("l", &TWO_LABELS), ("j", &IMAGES)] {
            std::fs::write(folder.path().join(name), bytes).unwrap();
        }
        let frame = |format: &IdxFormat| {
            format.read(&path, crate::formats::content::content(&path).unwrap())
        };
        let pixel = |i: usize, values| Column::Numeric { name: format!("pixel {i}"), values };
        let text = |name: &str, values: &[&'static str]| {
            Column::from_texts(name.to_owned(), values.iter().copied().map(Some))
        };
        let plain = IdxFormat { labels: "l".to_owned(), classes: Vec::new(), test: None };
        let alone = frame(&plain).unwrap();
        assert_eq!(alone.columns[..2], [pixel(0, vec![0.0, 0.2]), pixel(1, vec![1.0, 0.4])]);
        assert_eq!((&alone.columns[2], alone.target), (&text("label", &["10", "9"]), Some(2)));
        assert_eq!(alone.part, None);

        let test = IdxPair { images: "j".to_owned(), labels: "l".to_owned() };
        let with_test = IdxFormat { test: Some(test), ..plain.clone() };
        let both = frame(&with_test).unwrap();
        assert_eq!(both.columns[1], pixel(1, vec![1.0, 0.4, 1.0, 0.4]));
        assert_eq!(both.columns[2], text("label", &["10", "9", "10", "9"]));
        assert_eq!(both.part, Some(text("part", &["train", "train", "test", "test"])));
        let files = with_test.files(&path);
        let names: Vec<_> = files.iter().map(|file| file.file_name().unwrap()).collect();
        assert_eq!(names, ["i", "l", "j", "l"]);

        let classes: Vec<String> = (0..11).map(|i| format!("c{i}")).collect();
        let named = IdxFormat { classes: classes.clone(), ..plain };
        assert_eq!(frame(&named).unwrap().columns[2], text("label", &["c10", "c9"]));
        let mut without = named.clone();
        without.classes[9].clear();
        let label = Column::from_texts("label".to_owned(), [Some("c10"), None]);
        assert_eq!(frame(&without).unwrap().columns[2], label);
        let few = IdxFormat { classes: classes[..10].to_vec(), ..named };
        let error = frame(&few).unwrap_err().to_string();
        assert!(error.ends_with("l: label 10 of 10 classes"), "{error}");
    }

    #[test]
    fn images_have_lines_and_pixels() {
        let two = [&IMAGES[..6], &[0, 2, 0, 0, 0, 2, 0, 0, 0, 3], &[9; 12]].concat();
        let read = |images: &[u8]| pair(images, &TWO_LABELS, Bound::of(0)).unwrap();
        let shape = |images: &[u8]| table(&read(images), None).unwrap().image;
        assert_eq!(shape(&two), ImageShape::of_item(&[2, 3]));
        assert_eq!(shape(&IMAGES), None);
        let error = table(&read(&two), Some(&read(&IMAGES))).unwrap_err().to_string();
        let expected =
            "l: the labels of images of the sizes [2, 1], and what is learnt from has [2, 3]";
        assert_eq!(error, expected);
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
        let many = pair(&IMAGES, &TWO_LABELS, Bound::of_cells(3)).unwrap_err();
        assert!(many.to_string().starts_with("i: more than the 3 cells"), "{many}");
        assert!(pair_error(&[0, 0, 8, 0, 7], &TWO_LABELS).starts_with("i: images have"));
    }

    proptest! {
        #![proptest_config(cases(500))]

        #[test]
        fn damaged_files_are_read_or_refused(bytes in damaged(LABELS)) {
            let _ = read(&bytes);
        }

        #[test]
        fn damaged_pairs_are_read_or_refused(
            images in damaged(&IMAGES),
            labels in damaged(&TWO_LABELS),
        ) {
            let _ = pair(&images, &labels, Bound::of(0));
        }
    }
}
