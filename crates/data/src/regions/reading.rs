//! Proposals as a `dataset.toml` describes them: columns and a file of objects become boxes, classes and their order.

use std::collections::{BTreeMap, HashMap};

use boxes::{BoundingBox, Object};

use crate::column::Column;
use crate::dataset::{ClassLabels, Dataset};
use crate::error::DataError;
use crate::formats::boxes::GroundTruthBox;
use crate::formats::lines::listed;
use crate::regions::Proposed;
use crate::regions::keys::RegionKeys;

/// A mistake of `[regions]`, at its key.
fn wrong(key: &str, message: String) -> DataError {
    DataError::Described { keys: vec!["regions".to_owned(), key.to_owned()], message }
}

impl RegionKeys {
    /// The labels of the rows as classes of objects and background, and which rows are no examples.
    ///
    /// # Errors
    /// If no row is of the background or of those that are ignored.
    pub(crate) fn labels(
        &self,
        labels: &ClassLabels,
    ) -> Result<(ClassLabels, Vec<bool>), DataError> {
        for (key, class) in
            [("background", Some(&self.background)), ("ignore", self.ignore.as_ref())]
        {
            if let Some(class) = class.filter(|class| !labels.levels.contains(class)) {
                let classes = listed(&labels.levels);
                return Err(wrong(
                    key,
                    format!("no row is of the class `{class}`; the classes are {classes}"),
                ));
            }
        }
        let is_ignored = |level: &String| self.ignore.as_ref() == Some(level);
        let of_level = |level: &String| match &self.objects {
            _ if is_ignored(level) => self.background.clone(),
            Some(objects) if *level != self.background => objects.clone(),
            _ => level.clone(),
        };
        let named: Vec<String> = labels.levels.iter().map(of_level).collect();
        let ignored = labels.codes().iter().map(|&code| is_ignored(&labels.levels[code as usize]));
        let names = labels.codes().iter().map(|&code| named[code as usize].as_str());
        Ok((ClassLabels::of(names), ignored.collect()))
    }

    /// `dataset` with its rows in their places beside the objects of the ground truth; the background is its first class.
    ///
    /// # Errors
    /// If a box is none, the ground truth is of other images or classes, or a row is of an object that is not there.
    pub(crate) fn placed(
        &self,
        dataset: Dataset,
        ignored: Vec<bool>,
        truth: &[GroundTruthBox],
    ) -> Result<Dataset, DataError> {
        let dataset = dataset.with_first(&self.background);
        let column = |name: &String| {
            let column = dataset.asides.iter().find(|column| column.name() == name);
            column.expect("columns of regions have a role")
        };
        let values = column(&self.image).values().map_err(|why| wrong("image", why))?;
        let edges: Vec<Vec<f64>> = (self.edges.iter().map(|name| numbers(column(name))))
            .collect::<Result<_, String>>()
            .map_err(|why| wrong("box", why))?;
        let bounds: Vec<BoundingBox> = (0..dataset.targets.len())
            .map(|row| BoundingBox::new(std::array::from_fn(|k| edges[k][row])))
            .collect();
        if let Some(row) = bounds.iter().position(|bounds| !bounds.is_proper()) {
            let [x1, y1, x2, y2] = bounds[row].edges();
            let why =
                format!("row {row} (from 0) has the box {x1}, {y1}, {x2}, {y2}, which has no area");
            return Err(wrong("box", why));
        }
        let objects = self.objects(truth, &values.names, &dataset.classes)?;
        let proposed = Proposed::new(values.names, values.of_row, bounds, ignored, objects);
        missing_object(&dataset, &proposed)?;
        Ok(Dataset { proposed: Some(proposed), ..dataset })
    }

    /// The objects of the ground truth, with the numbers of their images and classes.
    fn objects(
        &self,
        boxes: &[GroundTruthBox],
        images: &[String],
        classes: &[String],
    ) -> Result<Vec<Object>, DataError> {
        let image_of: HashMap<&str, u32> = stems(images)?.into_iter().zip(0..).collect();
        let mut unknown: BTreeMap<&str, usize> = BTreeMap::new();
        let mut objects = Vec::with_capacity(boxes.len());
        for object in boxes {
            let Some(&image) = image_of.get(stem(&object.image)) else {
                *unknown.entry(&object.image).or_default() += 1;
                continue;
            };
            let name = self.objects.as_deref().unwrap_or(&object.class);
            let Some(class) = classes.iter().skip(1).position(|class| class == name) else {
                let known = listed(&classes[1..]);
                return Err(wrong(
                    "ground_truth",
                    format!(
                        "there are objects of the class `{name}`, and no row is of it; the classes of rows are {known}"
                    ),
                ));
            };
            let bounds = BoundingBox::new([object.x1, object.y1, object.x2, object.y2]);
            objects.push(Object { image, class: class as u32, bounds, standing: object.standing });
        }
        match unknown.first_key_value() {
            None => Ok(objects),
            Some((image, n)) => Err(wrong(
                "ground_truth",
                format!(
                    "the image `{image}` has {n} objects and no row that could find them; images with rows are {}",
                    listed(images)
                ),
            )),
        }
    }
}

/// Refuses a row of an object that is not there.
fn missing_object(dataset: &Dataset, proposed: &Proposed) -> Result<(), DataError> {
    for (row, &target) in dataset.targets.iter().enumerate() {
        let Some(class) = target.checked_sub(1) else { continue };
        if proposed.object_of(row as u32, class).is_none() {
            let (name, image) = (
                &dataset.classes[target as usize],
                &proposed.images[proposed.of_row[row] as usize],
            );
            return Err(wrong(
                "ground_truth",
                format!(
                    "row {row} (from 0) is of the class `{name}`, and overlaps no object of it that counts in the image `{image}`"
                ),
            ));
        }
    }
    Ok(())
}

/// The numbers that a column holds.
fn numbers(column: &Column) -> Result<Vec<f64>, String> {
    let values = column.values()?;
    let number = |name: &String| match name.parse::<f64>() {
        Ok(x) if x.is_finite() => Ok(x),
        _ => Err(format!("`{}` is `{name}` in some row, which is no finite number", column.name())),
    };
    let numbers = values.names.iter().map(number).collect::<Result<Vec<f64>, String>>()?;
    Ok(values.of_row.iter().map(|&value| numbers[value as usize]).collect())
}

/// The names of images without extensions.
fn stems(images: &[String]) -> Result<Vec<&str>, DataError> {
    let mut first: HashMap<&str, &String> = HashMap::new();
    for image in images {
        if let Some(other) = first.insert(stem(image), image) {
            return Err(wrong(
                "image",
                format!("`{other}` and `{image}` are called the same but for their extensions"),
            ));
        }
    }
    Ok(images.iter().map(|image| stem(image)).collect())
}

/// A file's name without what it ends in; a name that no extension of pictures ends is whole.
pub(crate) fn stem(name: &str) -> &str {
    const EXTENSIONS: [&str; 7] = ["png", "jpg", "jpeg", "tif", "tiff", "bmp", "webp"];
    match name.rsplit_once('.') {
        Some((stem, extension))
            if EXTENSIONS.iter().any(|known| known.eq_ignore_ascii_case(extension)) =>
        {
            stem
        }
        _ => name,
    }
}

#[cfg(test)]
mod tests;
