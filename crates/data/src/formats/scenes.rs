//! Scenes composed of images: objects of several classes, a long tail of them, on clutter. Rows are windows over the scenes.
//!
//! ```text
//! file          whose images the objects are: a set that the program carries, or the `dataset.toml` of one
//! scene         grey noise, then pieces of images as clutter, then objects; each is pasted where it is brighter
//! object        an image brought to a side of `sides`, dimmed to 60 to 100 %, at a place where its box overlaps no other by
//!               more than a tenth; one that finds none in 50 attempts is left out
//! box           around what is brighter than an eighth of the brightest value of the set
//! of n objects  class k of K has n_k ~ n ρ^(-k / (K - 1)), at least 1; classes in the order of their images, the most first
//! part          the last scenes are `test`, the others `train`: for split = "given"
//! ```
//!
//! - `scenes`: 60; `size`: 160 x 120 pixels; `objects`: 3 to 6 in a scene; `sides`: 24 to 44 pixels, the longer side of an image
//! - `clutter`: 12 pieces in a scene, each a quarter to a half of the width and height of an image
//! - `noise`: 0.1, the largest value of the ground beside what lies on it, where 1 is white
//! - `imbalance`: ρ, 20; 1 gives each class as many
//! - `test`: 0.4 of the scenes. Their images are others than those that are learnt from: those of the set's own part `test`, or of
//!   each class as large a share
//! - `seed`: 0; another gives other scenes
//! - `windows`: see [`WindowsFormat`]; its `boxes`, `cut` and `across` have no place here
//!
//! Everything is drawn in whole numbers from streams that the seed, the number of the scene and a name give: the same keys are the
//! same scenes on every machine.
//!
//! Source: the task is that of *cluttered translated MNIST*, Mnih, Heess, Graves, Kavukcuoglu, *Recurrent Models of Visual
//! Attention*, NeurIPS 2014. Differs: several objects to a scene, of a long tail of classes, with boxes.

mod canvas;
mod cast;
mod draws;
mod images;

use std::path::Path;
use std::sync::Arc;

use boxes::{BoundingBox, Standing};
use serde::{Deserialize, Serialize};

use crate::error::DataError;
use crate::formats::boxes::GroundTruthBox;
use crate::formats::frame::Frame;
use crate::formats::picture::Picture;
use crate::formats::scenes::canvas::Canvas;
use crate::formats::scenes::cast::Cast;
use crate::formats::scenes::draws::Draws;
use crate::formats::scenes::images::SourceImages;
use crate::formats::windows::WindowsFormat;
use crate::split::given::{LEARNT, TESTED};

/// Scenes, and the windows over them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ScenesFormat {
    /// How many; default 60.
    pub scenes: u32,
    /// Width and height in pixels; default 160 and 120.
    pub size: [u32; 2],
    /// Objects of a scene, at least and at most; default 3 and 6.
    pub objects: [u32; 2],
    /// The longer side of an object's image in pixels, at least and at most; default 24 and 44.
    pub sides: [u32; 2],
    /// Pieces of other images in a scene; default 12.
    pub clutter: u32,
    /// The largest value of the ground, where 1 is white; default 0.1.
    pub noise: f64,
    /// Objects of the most frequent class for each of the least; default 20.
    pub imbalance: f64,
    /// Share of the scenes that are tested; default 0.4.
    pub test: f64,
    /// Another gives other scenes; default 0.
    pub seed: u64,
    /// The windows over the scenes.
    pub windows: WindowsFormat,
}

impl Default for ScenesFormat {
    fn default() -> Self {
        ScenesFormat {
            scenes: 60,
            size: [160, 120],
            objects: [3, 6],
            sides: [24, 44],
            clutter: 12,
            noise: 0.1,
            imbalance: 20.0,
            test: 0.4,
            seed: 0,
            windows: WindowsFormat::default(),
        }
    }
}

/// Scenes, and what is to be found in them.
pub(crate) struct Composed {
    pub(crate) pictures: Vec<Picture>,
    boxes: Vec<GroundTruthBox>,
}

/// Attempts to find a place for an object.
const ATTEMPTS: usize = 50;
/// Overlap of two objects, at most.
const OVERLAP: f64 = 0.1;

impl ScenesFormat {
    /// The windows over all scenes of the images at `path`.
    pub(crate) fn read(&self, path: &Path) -> Result<Frame, DataError> {
        let Composed { pictures, boxes } = self.composed(path)?;
        let first_tested = self.scenes - self.n_tested();
        let tested: Vec<&str> =
            pictures.iter().skip(first_tested as usize).map(|p| p.name.as_str()).collect();
        let part_of = |picture: &Picture, _: &BoundingBox| {
            let is_tested = tested.binary_search(&picture.name.as_str()).is_ok();
            Some(if is_tested { TESTED } else { LEARNT })
        };
        self.windows
            .frame(&pictures, boxes, part_of)
            .map_err(|message| DataError::Binary { file: path.display().to_string(), message })
    }

    /// The scenes of the images at `path`.
    pub(crate) fn composed(&self, path: &Path) -> Result<Composed, DataError> {
        self.check()?;
        let images = SourceImages::read(path, self.test)?;
        let mut composed = Composed { pictures: Vec::new(), boxes: Vec::new() };
        let n_learnt = self.scenes - self.n_tested();
        for (part, scenes) in [(LEARNT, 0..n_learnt), (TESTED, n_learnt..self.scenes)] {
            let numbers: Vec<u32> =
                scenes.clone().map(|scene| self.number_of_objects(scene)).collect();
            let n_objects = numbers.iter().sum();
            let mut cast =
                Cast::of(self, &images, part, n_objects).map_err(|why| mistake("scenes", why))?;
            for (scene, n) in scenes.zip(numbers) {
                self.compose(scene, n, &images, &mut cast, &mut composed);
            }
        }
        Ok(composed)
    }

    fn number_of_objects(&self, scene: u32) -> u32 {
        let [least, most] = self.objects;
        least + Draws::new(self.seed, scene, "number").below(most - least + 1)
    }

    /// Appends a scene of the next `n` objects of the cast.
    fn compose(
        &self,
        scene: u32,
        n: u32,
        images: &SourceImages,
        cast: &mut Cast<'_>,
        composed: &mut Composed,
    ) {
        let name = format!("scene-{:0width$}", scene, width = self.scenes.to_string().len());
        let mut canvas = Canvas::new(self.size, images.channels());
        canvas.add_noise(self.noise, &mut Draws::new(self.seed, scene, "ground"));
        let mut draws = Draws::new(self.seed, scene, "clutter");
        for _ in 0..self.clutter {
            let whole = self.sized(cast.any(&mut draws), &mut draws);
            let piece = whole.piece(&mut draws).dimmed(&mut draws);
            let at = canvas.anywhere(&piece, &mut draws);
            canvas.paste(&piece, at);
        }
        let mut draws = Draws::new(self.seed, scene, "objects");
        let mut taken: Vec<BoundingBox> = Vec::new();
        for _ in 0..n {
            let (class, image) = cast.next();
            let object = self.sized(image, &mut draws).dimmed(&mut draws);
            let outline = object.outline();
            let place = (0..ATTEMPTS).find_map(|_| {
                let at = canvas.anywhere(&object, &mut draws);
                let bounds = outline.moved_by(f64::from(at[0]), f64::from(at[1]));
                let is_free = taken.iter().all(|other| other.iou(&bounds) <= OVERLAP);
                is_free.then_some((at, bounds))
            });
            let Some((at, bounds)) = place else { continue };
            canvas.paste(&object, at);
            taken.push(bounds);
            let [x1, y1, x2, y2] = bounds.edges();
            composed.boxes.push(GroundTruthBox {
                image: Arc::from(name.as_str()),
                class: Arc::clone(&images.classes[class]),
                x1,
                y1,
                x2,
                y2,
                standing: Standing::Counts,
            });
        }
        composed.pictures.push(Picture { name, image: canvas.into_image() });
    }

    /// `image` with a longer side that is drawn from `sides`.
    fn sized(&self, image: &images::Sprite, draws: &mut Draws) -> images::Sprite {
        let [least, most] = self.sides;
        image.with_longer_side(least + draws.below(most - least + 1))
    }

    /// Scenes that are tested.
    fn n_tested(&self) -> u32 {
        let n = (f64::from(self.scenes) * self.test).round() as u32;
        n.clamp(1, self.scenes - 1)
    }

    fn check(&self) -> Result<(), DataError> {
        let wrong = |key, message: &str| Err(mistake(key, message.to_owned()));
        if !(2..=MOST_SCENES).contains(&self.scenes) {
            return wrong(
                "scenes",
                "expected 2 to 100000 scenes: some are learnt from, others tested",
            );
        }
        if self.size.iter().any(|side| !(16..=4096).contains(side)) {
            return wrong("size", "expected a width and a height of 16 to 4096 pixels");
        }
        if !(1 <= self.objects[0] && self.objects[0] <= self.objects[1] && self.objects[1] <= 1000)
        {
            return wrong(
                "objects",
                "expected the least and the most objects of a scene, 1 to 1000",
            );
        }
        let shortest = self.size[0].min(self.size[1]);
        if !(4 <= self.sides[0] && self.sides[0] <= self.sides[1] && self.sides[1] <= shortest) {
            return wrong(
                "sides",
                "expected the least and the largest side of an object, from 4 pixels to the shorter side of a scene",
            );
        }
        if 10_000 < self.clutter {
            return wrong("clutter", "expected 0 to 10000 pieces in a scene");
        }
        if !(0.0..=1.0).contains(&self.noise) {
            return wrong("noise", "expected a value from 0 to 1, which is white");
        }
        if !(1.0 <= self.imbalance && self.imbalance.is_finite()) {
            return wrong("imbalance", "expected a ratio of 1 or more");
        }
        if !(0.0 < self.test && self.test < 1.0) {
            return wrong("test", "expected a share between 0 and 1");
        }
        let keys = ["format", "scenes", "windows"];
        if !self.windows.boxes.is_empty() {
            let keys = keys.iter().chain(&["boxes"]).map(|key| (*key).to_owned()).collect();
            let message = "scenes know their objects: leave boxes out".to_owned();
            return Err(DataError::Described { keys, message });
        }
        self.windows.check(&keys)?;
        let sizes = std::iter::repeat_n(self.size, self.scenes as usize);
        self.windows.are_few(sizes).map_err(|why| mistake("scenes", why))
    }
}

/// Scenes are as many as nobody wants by mistake.
const MOST_SCENES: u32 = 100_000;

/// A mistake of `[format.scenes]`, at its key.
fn mistake(key: &str, message: String) -> DataError {
    let keys = ["format", "scenes", key].map(str::to_owned).to_vec();
    DataError::Described { keys, message }
}

#[cfg(test)]
mod tests;
