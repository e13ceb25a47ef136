//! The images that scenes are made of.

use std::path::Path;
use std::sync::Arc;

use boxes::BoundingBox;

use crate::catalogue::Catalogue;
use crate::catalogue::dataset_file::DatasetFile;
use crate::catalogue::entry::Entry;
use crate::column::Column;
use crate::dataset::Dataset;
use crate::error::DataError;
use crate::formats::format::Format;
use crate::formats::image_folder::triangle;
use crate::formats::lines::listed;
use crate::formats::picture::Image;
use crate::formats::scenes::draws::Draws;
use crate::image_shape::{ChannelOrder, ImageShape};
use crate::split::given::{PART, TESTED};

/// Images, and which class each is of.
pub(super) struct SourceImages {
    /// The class with the most images first.
    pub(super) classes: Vec<Arc<str>>,
    /// Of each class: an image, and whether it is for scenes that are tested.
    images: Vec<Vec<(Sprite, bool)>>,
}

impl SourceImages {
    /// Those of the set that `path` names; of each class the share `test` is for scenes that are tested, unless the set says
    /// which are.
    ///
    /// # Errors
    /// If there is no such set, or its rows are no images.
    pub(super) fn read(path: &Path, test: f64) -> Result<Self, DataError> {
        let dataset = source(path)?;
        let shape = dataset.image.filter(|shape| shape.channels < 4).ok_or_else(|| {
            let message = format!("the rows of {} are no images, grey or in colour", dataset.name);
            DataError::Described { keys: vec!["file".to_owned()], message }
        })?;
        let parts = dataset.asides.iter().find(|column| column.name() == PART);
        let parts = parts.and_then(|column| column.values().ok());
        let said = |row: usize| {
            parts.as_ref().map(|parts| parts.names[parts.of_row[row] as usize] == TESTED)
        };
        let full = brightest(&dataset);
        let mut images: Vec<Vec<(Sprite, bool)>> = vec![Vec::new(); dataset.classes.len()];
        for (row, &class) in dataset.targets.iter().enumerate() {
            let of_class = &mut images[class as usize];
            let dealt = |i: usize| (i as f64 * test + 0.5).floor();
            let is_tested = || dealt(of_class.len()) < dealt(of_class.len() + 1);
            let is_tested = said(row).unwrap_or_else(is_tested);
            of_class.push((sprite(&dataset, &shape, row, full), is_tested));
        }
        let mut order: Vec<usize> = (0..images.len()).collect();
        order.sort_by_key(|&class| std::cmp::Reverse(images[class].len()));
        let classes = order.iter().map(|&class| Arc::from(dataset.classes[class].as_str()));
        let classes = classes.collect();
        let images = order.iter().map(|&class| std::mem::take(&mut images[class])).collect();
        Ok(SourceImages { classes, images })
    }

    /// Values of a pixel.
    pub(super) fn channels(&self) -> usize {
        self.images.iter().flatten().next().map_or(1, |(sprite, _)| sprite.0.channels)
    }

    /// The images of each class for the scenes of a part.
    ///
    /// # Errors
    /// If a class has none.
    pub(super) fn pool(&self, part: &str) -> Result<Vec<Vec<&Sprite>>, String> {
        let is_in = |is_tested: bool| is_tested == (part == TESTED);
        let pool: Vec<Vec<&Sprite>> = (self.images.iter())
            .map(|of_class| of_class.iter().filter(|(_, t)| is_in(*t)).map(|(s, _)| s).collect())
            .collect();
        match pool.iter().position(Vec::is_empty) {
            None => Ok(pool),
            Some(class) => Err(format!(
                "the class `{}` has no image for the part `{part}`: it needs one that is learnt from and one that is tested",
                self.classes[class]
            )),
        }
    }
}

/// The set of images at `path`.
fn source(path: &Path) -> Result<Arc<Dataset>, DataError> {
    if DatasetFile::is_at(path) {
        let file = DatasetFile::read(path)?;
        if matches!(file.format, Format::Scenes(_)) {
            let message = format!("{} describes scenes itself, and no images", path.display());
            return Err(DataError::Described { keys: vec!["file".to_owned()], message });
        }
        return file.load_beside(path).map(Arc::new);
    }
    let catalogue = Catalogue::embedded();
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if catalogue.entry(&name).is_some_and(Entry::is_image) {
        return catalogue.load(&name);
    }
    let known = catalogue.group("image").unwrap_or_default();
    let message = format!(
        "`{name}` is no dataset.toml of images, and no set of images that the program carries: those are {}",
        listed(&known)
    );
    Err(DataError::Described { keys: vec!["file".to_owned()], message })
}

/// What is white: the first of 1, 255 and 65535 that no value exceeds.
fn brightest(dataset: &Dataset) -> f64 {
    let largest = dataset.columns.iter().flat_map(pixels).fold(0.0, |a: f64, b| a.max(*b));
    [1.0, 255.0, 65_535.0].into_iter().find(|&unit| largest <= unit).unwrap_or(largest)
}

/// The values of a column of pixels.
fn pixels(column: &Column) -> &[f64] {
    match column {
        Column::Numeric { values, .. } => values,
        Column::Categorical { .. } => &[],
    }
}

fn sprite(dataset: &Dataset, shape: &ImageShape, row: usize, full: f64) -> Sprite {
    let n_pixels = shape.height * shape.width;
    let value = |pixel: usize, channel: usize| {
        let column = match shape.order {
            ChannelOrder::Last => pixel * shape.channels + channel,
            ChannelOrder::First => channel * n_pixels + pixel,
        };
        // What is missing is 0.
        (pixels(&dataset.columns[column])[row] / full * f64::from(u16::MAX)).round() as u16
    };
    let of_pixel = |pixel| (0..shape.channels).map(move |channel| value(pixel, channel));
    Sprite(Image {
        size: [shape.width as u32, shape.height as u32],
        channels: shape.channels,
        values: (0..n_pixels).flat_map(of_pixel).collect(),
    })
}

/// What is pasted into a scene: an image, or a piece of one.
#[derive(Clone)]
pub(super) struct Sprite(pub(super) Image);

impl Sprite {
    /// A rectangle of a quarter to a half of its width and of its height.
    pub(super) fn piece(&self, draws: &mut Draws) -> Sprite {
        let Image { size, channels, values } = &self.0;
        let sides = size.map(|side| {
            let least = side.div_ceil(4);
            least + draws.below(side / 2 + 1 - (side / 2).min(least))
        });
        let [x, y] = std::array::from_fn(|k| draws.below(size[k] - sides[k] + 1));
        let lines = values.chunks_exact(size[0] as usize * channels);
        let lines = lines.skip(y as usize).take(sides[1] as usize);
        let [from, n] = [x, sides[0]].map(|n| n as usize * channels);
        let values = lines.flat_map(|line| &line[from..from + n]).copied().collect();
        Sprite(Image { size: sides, channels: *channels, values })
    }

    /// The same with a longer side of so many pixels.
    pub(super) fn with_longer_side(&self, side: u32) -> Sprite {
        let Image { size, channels, values } = &self.0;
        let longer = size[0].max(size[1]);
        let size_of = |of: u32| (u64::from(of) * u64::from(side)).div_ceil(u64::from(longer));
        let new = size.map(|of| (size_of(of) as u32).max(1));
        let [old, size] = [*size, new].map(|size| size.map(|n| n as usize));
        Sprite(Image {
            size: new,
            channels: *channels,
            values: triangle::resize(values, *channels, old, size),
        })
    }

    /// The same with 60 to 100 % of its brightness.
    pub(super) fn dimmed(mut self, draws: &mut Draws) -> Sprite {
        let share = 60 + draws.below(41);
        for value in &mut self.0.values {
            *value = (u32::from(*value) * share / 100) as u16;
        }
        self
    }

    /// Around what is brighter than an eighth; of an image that is nowhere, all of it.
    pub(super) fn outline(&self) -> BoundingBox {
        let Image { size: [width, height], channels, values } = &self.0;
        let mut edges = [*width, *height, 0, 0];
        for (at, pixel) in values.chunks_exact(*channels).enumerate() {
            if pixel.iter().any(|&value| u16::MAX / 8 < value) {
                let (x, y) = (at as u32 % width, at as u32 / width);
                edges =
                    [edges[0].min(x), edges[1].min(y), edges[2].max(x + 1), edges[3].max(y + 1)];
            }
        }
        let edges = if edges[0] < edges[2] { edges } else { [0, 0, *width, *height] };
        BoundingBox::new(edges.map(f64::from))
    }
}
