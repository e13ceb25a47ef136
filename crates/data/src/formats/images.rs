//! A set of images as MNIST is distributed: four IDX files, training images before test images.

use std::borrow::Cow;

use crate::error::DataError;
use crate::formats::content::Content;
use crate::formats::idx::{self, ImageTable, LabelledImages};
use crate::formats::labelled::LabelledTable;

/// Names of the classes of Fashion-MNIST, in the order of their labels.
pub(crate) const FASHION: [&str; 10] = [
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
];

/// Reads the four files of `folder` through `bytes`; a pixel is a feature from 0 to 1.
pub(crate) fn read<'a>(
    folder: &str,
    bytes: impl Fn(&str) -> Result<Cow<'a, [u8]>, DataError>,
    classes: &[impl AsRef<str>],
) -> Result<LabelledTable, DataError> {
    let content = |name: &str| {
        let file = format!("{folder}/{name}");
        let content = Content::unpacked(&file, bytes(name)?.into_owned())?;
        Ok((file, content))
    };
    let part = |name: &str| {
        let (images_file, images) = content(&format!("{name}-images-idx3-ubyte.gz"))?;
        let (labels_file, labels) = content(&format!("{name}-labels-idx1-ubyte.gz"))?;
        LabelledImages::read([&images_file, &labels_file], images, &labels)
    };
    let (train, test) = (part("train")?, part("t10k")?);
    let ImageTable { columns, image, part } = idx::table(&train, Some(&test))?;
    Ok(LabelledTable {
        columns,
        labels: idx::classes(&train, Some(&test), classes)?,
        unlabelled: Vec::new(),
        truths: Vec::new(),
        image,
        part,
        objects: None,
    })
}
