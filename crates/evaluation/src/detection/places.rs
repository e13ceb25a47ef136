//! Detections and objects of one class, image by image.

use std::cmp::Ordering;

use boxes::Object;

use crate::detection::Detection;

/// The objects of a class, those of an image next to each other.
pub(super) struct Places<'a> {
    /// By image, and in their order.
    objects: Vec<&'a Object>,
}

impl<'a> Places<'a> {
    pub(super) fn of(objects: &'a [Object], class: u32) -> Self {
        let mut objects: Vec<&Object> = objects.iter().filter(|o| o.class == class).collect();
        objects.sort_by_key(|object| object.image);
        Places { objects }
    }

    /// Where the first of an image stands, and those of it.
    pub(super) fn of_image(&self, image: u32) -> (usize, &[&'a Object]) {
        let start = self.objects.partition_point(|object| object.image < image);
        let n = self.objects[start..].partition_point(|object| object.image == image);
        (start, &self.objects[start..start + n])
    }

    pub(super) fn objects(&self) -> &[&'a Object] {
        &self.objects
    }
}

/// The detections of a class, the best score first; of equal scores those of earlier images, and of these the earlier. One
/// that is no number is the worst.
pub(super) fn best_first(detections: &[Detection], class: u32) -> Vec<&Detection> {
    let mut of_class: Vec<&Detection> = detections.iter().filter(|d| d.class == class).collect();
    of_class.sort_by(|a, b| by_score(a.score, b.score).then(a.image.cmp(&b.image)));
    of_class
}

fn by_score(a: f64, b: f64) -> Ordering {
    b.partial_cmp(&a).unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()))
}
