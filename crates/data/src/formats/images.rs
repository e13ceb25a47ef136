//! A set of images as MNIST is distributed: four IDX files, training images before test images.

use std::borrow::Cow;

use crate::column::Column;
use crate::dataset::ClassLabels;
use crate::error::DataError;
use crate::formats::idx;
use crate::formats::labelled::LabelledTable;
use crate::image_shape::ImageShape;

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
    let mut pixels: Vec<Vec<f64>> = Vec::new();
    let mut labels = Vec::new();
    let mut shapes = Vec::new();
    for part in ["train", "t10k"] {
        let name = format!("{part}-images-idx3-ubyte.gz");
        let images = idx::read(&format!("{folder}/{name}"), &bytes(&name)?)?;
        shapes.push(images.sizes.get(1..).and_then(ImageShape::of_item));
        let n_pixels: usize = images.sizes.iter().skip(1).product();
        pixels.resize_with(n_pixels, Vec::new);
        for image in images.values.chunks_exact(n_pixels.max(1)) {
            pixels.iter_mut().zip(image).for_each(|(values, &x)| values.push(f64::from(x) / 255.0));
        }
        let name = format!("{part}-labels-idx1-ubyte.gz");
        let file = format!("{folder}/{name}");
        for label in idx::read(&file, &bytes(&name)?)?.values {
            let unknown = || DataError::Binary {
                file: file.clone(),
                message: format!("label {label} of {} classes", classes.len()),
            };
            let class = classes.get(usize::from(label)).ok_or_else(unknown)?;
            labels.push(class.as_ref());
        }
        if pixels.first().is_some_and(|values| values.len() != labels.len()) {
            let message = format!("{} labels of {} images", labels.len(), pixels[0].len());
            return Err(DataError::Binary { file, message });
        }
    }
    let column = |(i, values)| Column::Numeric { name: format!("pixel {i}"), values };
    Ok(LabelledTable {
        columns: pixels.into_iter().enumerate().map(column).collect(),
        labels: ClassLabels::of(labels),
        unlabelled: Vec::new(),
        truths: Vec::new(),
        image: shapes[0].filter(|_| shapes[0] == shapes[1]),
    })
}
