//! Augmentation: what an image becomes before it is learnt from, anew in every epoch.
//!
//! ```text
//! shift, then flip, then cutout                 each where it is asked for, each image for itself
//! stream of an image = (trial, epoch, row)      so that neither batches nor methods change what it becomes
//! ```
//!
//! Training steps alone see augmented images: what a miner surveys, the meta set, the validation part, the test part and a
//! second stage see them as they are. A row that a sampling shows several times in an epoch becomes the same each time.

mod cutout;
mod flip;
mod shift;

use std::num::NonZeroUsize;

use nn::{Matrix, Real, Streams};
use serde::{Deserialize, Serialize};

use crate::mixing::Pixels;

/// What is done to the images of `[training]`; nothing by default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AugmentationSpec {
    /// Whether every second image, by chance, is mirrored: left becomes right; default false.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub flip: bool,
    /// The most pixels by which an image is shifted, in each direction; default not at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shift: Option<NonZeroUsize>,
    /// The side of the square that is cut out of each image, at least 2; default none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cutout: Option<Side>,
}

/// A whole number of at least 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "usize", into = "usize")]
pub struct Side(usize);

impl TryFrom<usize> for Side {
    type Error = String;
    fn try_from(side: usize) -> Result<Self, String> {
        // Half of it, rounded down, is on each side of the centre.
        if 2 <= side {
            Ok(Side(side))
        } else {
            Err(format!("{side} is not a whole number of at least 2"))
        }
    }
}

impl From<Side> for usize {
    fn from(side: Side) -> usize {
        side.0
    }
}

impl AugmentationSpec {
    /// Raised when images become others.
    pub const VERSION: u32 = 1;

    /// Whether images stay as they are.
    pub fn is_none(&self) -> bool {
        *self == AugmentationSpec::default()
    }

    /// Why images of this shape cannot be augmented so, as a clause; `None` if they can.
    pub fn objection(&self, pixels: &Pixels) -> Option<String> {
        let shift = self.shift?.get();
        let shortest = pixels.height.min(pixels.width);
        (shortest <= shift).then(|| {
            format!(
                "a shift by {shift} pixels moves images of {} x {} out of sight",
                pixels.width, pixels.height
            )
        })
    }

    /// What augments the images of one trial; `blank` has for every feature what it is where an image has nothing.
    pub fn build<T: Real>(
        &self,
        pixels: Pixels,
        blank: &[T],
        streams: &Streams,
    ) -> Augmentation<T> {
        Augmentation {
            spec: self.clone(),
            pixels,
            blank: blank.to_vec(),
            streams: streams.clone(),
            epoch: 0,
            original: Vec::new(),
        }
    }
}

/// Augmentation with its workspace.
#[derive(Debug)]
pub struct Augmentation<T> {
    spec: AugmentationSpec,
    pixels: Pixels,
    blank: Vec<T>,
    streams: Streams,
    epoch: usize,
    /// An image as it was before it is shifted.
    original: Vec<T>,
}

impl<T: Real> Augmentation<T> {
    /// What follows is of the epoch `number`, from 0.
    pub fn begin_epoch(&mut self, number: usize) {
        self.epoch = number;
    }

    /// Augments the images of a batch, which are the `rows` of what is learnt from.
    pub fn augment(&mut self, features: &mut Matrix<T>, rows: &[u32]) {
        let Augmentation { spec, pixels, blank, streams, epoch, original } = self;
        for (image, &row) in features.rows_mut().zip(rows) {
            let mut stream = streams.indexed("augment", (*epoch as u64) << 32 | u64::from(row));
            if let Some(most) = spec.shift {
                let corner = shift::draw(most.get(), &mut stream);
                original.clear();
                original.extend_from_slice(image);
                shift::shift(image, original, blank, pixels, (most.get(), corner));
            }
            if spec.flip && stream.uniform() < 0.5 {
                flip::flip(image, pixels);
            }
            if let Some(side) = spec.cutout {
                cutout::cut(image, pixels, side.0, &mut stream);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PIXELS: Pixels = Pixels { planes: 1, height: 6, width: 8, depth: 2 };

    fn augmented(spec: &AugmentationSpec, rows: &[u32], epoch: usize) -> Matrix<f64> {
        let image = |row: u32| (0..96).map(move |i| f64::from(1 + row * 1000 + i));
        let values = rows.iter().flat_map(|&row| image(row)).collect();
        let mut features = Matrix::from_values(96, values);
        let blank: Vec<f64> = (0..96).map(|i| -f64::from(i)).collect();
        let mut augmentation = spec.build(PIXELS, &blank, &Streams::new([7; 32]));
        augmentation.begin_epoch(epoch);
        augmentation.augment(&mut features, rows);
        features
    }

    fn all() -> AugmentationSpec {
        AugmentationSpec { flip: true, shift: NonZeroUsize::new(2), cutout: Some(Side(4)) }
    }

    #[test]
    fn what_an_image_becomes_depends_on_its_row_and_the_epoch_alone() {
        let together = augmented(&all(), &[3, 9, 4, 9], 5);
        assert_eq!(together.row(1), augmented(&all(), &[9], 5).row(0));
        assert_eq!(together.row(1), together.row(3));
        let epochs: Vec<Vec<f64>> =
            (0..20).map(|epoch| augmented(&all(), &[9], epoch).values().to_vec()).collect();
        let others = epochs.iter().filter(|image| **image != epochs[0]).count();
        assert!(17 <= others, "{others}");
    }

    #[test]
    fn nothing_is_done_that_is_not_asked_for() {
        let none = AugmentationSpec::default();
        assert!(none.is_none());
        let image: Vec<f64> = (0..96).map(|i| f64::from(1 + i)).collect();
        assert_eq!(augmented(&none, &[0], 0).values(), image);
        assert_eq!(serde_json::to_string(&none).unwrap(), "{}");
        let shifted = AugmentationSpec { shift: NonZeroUsize::new(2), ..none };
        assert_eq!(serde_json::to_string(&shifted).unwrap(), r#"{"shift":2}"#);
        assert!(serde_json::from_str::<AugmentationSpec>(r#"{"cutout":1}"#).is_err());
    }

    #[test]
    fn every_second_image_is_mirrored() {
        let flip = AugmentationSpec { flip: true, ..AugmentationSpec::default() };
        let rows: Vec<u32> = (0..400).collect();
        let features = augmented(&flip, &rows, 0);
        let is_mirrored = |row: &u32| features.row(*row as usize)[0] != f64::from(1 + row * 1000);
        let n = rows.iter().filter(|row| is_mirrored(row)).count();
        // Five standard deviations of a binomial: 5 sqrt(400 / 4).
        assert!((150..=250).contains(&n), "{n}");
    }

    #[test]
    fn a_shift_that_leaves_nothing_is_refused() {
        let by = |n| AugmentationSpec { shift: NonZeroUsize::new(n), ..all() }.objection(&PIXELS);
        assert_eq!(by(5), None);
        assert_eq!(by(6).unwrap(), "a shift by 6 pixels moves images of 8 x 6 out of sight");
    }
}
