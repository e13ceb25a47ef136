//! What is in a file of boxes.

use std::collections::{BTreeMap, BTreeSet};

use boxes::Standing;
use serde::Serialize;

use crate::formats::boxes::GroundTruthBox;

/// What is in a file of boxes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BoxesSummary {
    /// Number of boxes.
    pub n_boxes: usize,
    /// Number of images that have one.
    pub n_images: usize,
    /// Boxes that are hard to recognise.
    pub n_difficult: usize,
    /// The smallest and the largest width, in pixels.
    pub width: [f64; 2],
    /// The smallest and the largest height, in pixels.
    pub height: [f64; 2],
    /// The classes with their boxes.
    pub classes: Vec<(String, u32)>,
}

impl BoxesSummary {
    /// Summarises `boxes`.
    pub fn of(boxes: &[GroundTruthBox]) -> Self {
        let images: BTreeSet<&str> = boxes.iter().map(|b| &*b.image).collect();
        let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
        boxes.iter().for_each(|b| *counts.entry(&*b.class).or_default() += 1);
        let range = |side: fn(&GroundTruthBox) -> f64| {
            let extreme = |pick: fn(f64, f64) -> f64| boxes.iter().map(side).reduce(pick);
            [extreme(f64::min), extreme(f64::max)].map(Option::unwrap_or_default)
        };
        BoxesSummary {
            n_boxes: boxes.len(),
            n_images: images.len(),
            n_difficult: boxes.iter().filter(|b| b.standing == Standing::Difficult).count(),
            width: range(|b| b.x2 - b.x1),
            height: range(|b| b.y2 - b.y1),
            classes: counts.into_iter().map(|(class, n)| (class.to_owned(), n)).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_are_counted_by_image_and_class() {
        let of = |image: &str, class: &str, x2: f64, standing: Standing| GroundTruthBox {
            image: image.into(),
            class: class.into(),
            x1: 1.0,
            y1: 2.0,
            x2,
            y2: 5.0,
            standing,
        };
        let (counts, difficult) = (Standing::Counts, Standing::Difficult);
        let boxes = [
            of("a", "cat", 4.0, difficult),
            of("a", "dog", 3.0, counts),
            of("b", "cat", 9.0, counts),
        ];
        let summary = BoxesSummary::of(&boxes);
        assert_eq!((summary.n_boxes, summary.n_images, summary.n_difficult), (3, 2, 1));
        assert_eq!((summary.width, summary.height), ([2.0, 8.0], [3.0, 3.0]));
        assert_eq!(summary.classes, [("cat".to_owned(), 2), ("dog".to_owned(), 1)]);
        assert_eq!(BoxesSummary::of(&[]).width, [0.0, 0.0]);
    }
}
