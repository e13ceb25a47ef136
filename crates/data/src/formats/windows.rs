//! Pictures with boxes around their objects: rows are windows that slide over each picture.
//!
//! ```text
//! folder/a.png  folder/b.png  folder/boxes.csv
//! columns       image, x1, y1, x2, y2, part, the numbers of the filter bank, class
//! class         that of the object that a window overlaps by `object` or more, `background` below `background`, else `ignore`
//! part          `train` left of `cut` times the width of the picture, `test` right of it, `across` on both sides
//! ```
//!
//! - `boxes`: the objects, beside the pictures: CSV or Pascal VOC, or several files
//! - `sides`, `aspects`, `stride`: the windows, see [`boxes::Windows`]
//! - `object`: 0.5; `background`: 0.3, see [`boxes::Assignment`]; a window of a difficult object, or in a crowd, is ignored
//! - `objects`: what all objects are called, where they are to be of one class
//! - `cut`: 0.6, for a split within pictures: `split = { given = { column = "part", test = "test", unused = "across" } }`; or,
//!   with `across = "drop"`, where windows on both sides are no rows, `split = "given"`
//!
//! A `dataset.toml` of this format needs no `[regions]`: it follows from what stands here. Pictures are PNG, of 1 to 16 bits, grey
//! or in colour, each of any size.

pub(crate) mod filter_bank;

use std::path::Path;

use boxes::{Assigned, Assignment, BoundingBox, Object, Windows};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::column::Column;
use crate::error::DataError;
use crate::formats::boxes::{GroundTruthBox, read as read_boxes};
use crate::formats::frame::Frame;
use crate::formats::image_folder::pictures;
use crate::formats::picture::Picture;
use crate::formats::windows::filter_bank::FilterBank;
use crate::regions::keys::RegionKeys;
use crate::regions::reading::stem;
use crate::roles::Names;
use crate::split::given::{LEARNT, PART, TESTED};

/// Pictures, and the windows over them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WindowsFormat {
    /// The file with the objects, in the folder of the pictures, or several.
    #[serde(default, skip_serializing_if = "Names::is_empty")]
    pub boxes: Names,
    /// Square roots of areas of windows, in pixels; default 20, 28, 40, 56, 80.
    #[serde(default = "sides")]
    pub sides: Vec<f64>,
    /// Width over height; default 1, 1.5625, 0.64.
    #[serde(default = "aspects")]
    pub aspects: Vec<f64>,
    /// A step as a share of the window; default 0.25.
    #[serde(default = "stride")]
    pub stride: f64,
    /// Least overlap of a window that is of an object; default 0.5.
    #[serde(default = "object")]
    pub object: f64,
    /// Least overlap of one that is not background; default 0.3.
    #[serde(default = "background")]
    pub background: f64,
    /// What all objects are called, where they are to be of one class; default: classes stay apart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub objects: Option<String>,
    /// Where pictures are cut into a part to learn from and one to test, as a share of their width; default 0.6.
    #[serde(default = "cut")]
    pub cut: f64,
    /// What becomes of windows on both sides of the cut; default `keep`.
    #[serde(default, skip_serializing_if = "Across::is_kept")]
    pub across: Across,
}

/// What becomes of windows on both sides of the cut.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Across {
    /// They are rows of the part `across`.
    #[default]
    Keep,
    /// They are no rows: `split = "given"` has no more to say.
    Drop,
}

impl Across {
    fn is_kept(&self) -> bool {
        *self == Across::Keep
    }
}

impl Default for WindowsFormat {
    fn default() -> Self {
        WindowsFormat {
            boxes: Names::default(),
            sides: sides(),
            aspects: aspects(),
            stride: stride(),
            object: object(),
            background: background(),
            objects: None,
            cut: cut(),
            across: Across::Keep,
        }
    }
}

fn sides() -> Vec<f64> {
    Windows::default().sides
}

fn aspects() -> Vec<f64> {
    Windows::default().aspects
}

fn stride() -> f64 {
    Windows::default().stride
}

fn object() -> f64 {
    Assignment::default().object
}

fn background() -> f64 {
    Assignment::default().background
}

fn cut() -> f64 {
    0.6
}

/// The class of windows of no object, and of those that are no examples.
const BACKGROUND: &str = "background";
const IGNORE: &str = "ignore";
/// The columns of a window's image and edges.
const IMAGE: &str = "image";
const EDGES: [&str; 4] = ["x1", "y1", "x2", "y2"];

impl WindowsFormat {
    /// Where the rows lie.
    pub(crate) fn regions(&self) -> RegionKeys {
        RegionKeys {
            image: IMAGE.to_owned(),
            edges: EDGES.map(str::to_owned),
            ground_truth: self.boxes.clone(),
            background: BACKGROUND.to_owned(),
            ignore: Some(IGNORE.to_owned()),
            objects: self.objects.clone(),
        }
    }

    /// The windows over all pictures of `folder`.
    pub(crate) fn read(&self, folder: &Path) -> Result<Frame, DataError> {
        let keys = ["format", "windows"];
        if self.boxes.is_empty() {
            let message = "where are the objects? name their file as boxes = \"boxes.csv\"";
            let keys = keys.map(str::to_owned).to_vec();
            return Err(DataError::Described { keys, message: message.to_owned() });
        }
        self.check(&keys)?;
        let pictures = pictures(folder)?;
        let mut boxes = Vec::new();
        for file in self.boxes.iter() {
            boxes.extend(read_boxes(&folder.join(file))?);
        }
        self.cut_frame(&pictures, boxes)
            .map_err(|message| DataError::Binary { file: folder.display().to_string(), message })
    }

    /// Whether windows can be laid and told apart so; `keys` lead to the table that says it.
    pub(crate) fn check(&self, keys: &[&str]) -> Result<(), DataError> {
        let wrong = |key: &str, message: &str| {
            let keys = keys.iter().chain(&[key]).map(|key| (*key).to_owned()).collect();
            Err(DataError::Described { keys, message: message.to_owned() })
        };
        let are_positive =
            |list: &[f64]| !list.is_empty() && list.iter().all(|x| x.is_finite() && 0.0 < *x);
        if !are_positive(&self.sides) || self.sides.iter().any(|side| *side < 2.0) {
            return wrong("sides", "expected sides in pixels, each 2 or more");
        }
        if !are_positive(&self.aspects) {
            return wrong("aspects", "expected widths over heights, each above 0");
        }
        if !are_positive(&[self.stride]) {
            return wrong("stride", "expected a share of the window, above 0");
        }
        if !(0.0 < self.object && self.object <= 1.0) {
            return wrong("object", "expected an overlap above 0 and at most 1");
        }
        if !(0.0 <= self.background && self.background <= self.object) {
            return wrong("background", "expected an overlap of at least 0 and at most `object`");
        }
        if !(0.0 < self.cut && self.cut < 1.0) {
            return wrong("cut", "expected a share of the width between 0 and 1");
        }
        Ok(())
    }

    /// The rows of `pictures` that have these objects, where each picture is cut into parts.
    pub(crate) fn cut_frame(
        &self,
        pictures: &[Picture],
        boxes: Vec<GroundTruthBox>,
    ) -> Result<Frame, String> {
        self.frame(pictures, boxes, |picture, window| {
            let line = self.cut * f64::from(picture.image.size[0]);
            match window {
                window if window.x2 <= line => Some(LEARNT),
                window if line <= window.x1 => Some(TESTED),
                _ => self.across.is_kept().then_some("across"),
            }
        })
    }

    /// The rows of `pictures` that have these objects; `part_of` says which part a window of a picture is in, or that it is no row.
    pub(crate) fn frame(
        &self,
        pictures: &[Picture],
        boxes: Vec<GroundTruthBox>,
        part_of: impl Fn(&Picture, &BoundingBox) -> Option<&'static str> + Sync,
    ) -> Result<Frame, String> {
        self.are_few(pictures.iter().map(|picture| picture.image.size))?;
        let of_picture = |picture: &Picture| self.rows(picture, &boxes, &part_of);
        let parts: Vec<Rows> = pictures.par_iter().map(of_picture).collect();
        let names = parts.iter().zip(pictures).flat_map(|(rows, picture)| {
            std::iter::repeat_n(Some(picture.name.as_str()), rows.bounds.len())
        });
        let mut columns = vec![Column::from_texts(IMAGE.to_owned(), names)];
        let bounds = || parts.iter().flat_map(|rows| &rows.bounds);
        for (k, name) in EDGES.iter().enumerate() {
            let values = bounds().map(|window| window.edges()[k]).collect();
            columns.push(Column::Numeric { name: (*name).to_owned(), values });
        }
        for (k, name) in FilterBank::names().into_iter().enumerate() {
            let of_rows = parts.iter().flat_map(|rows| rows.seen.chunks(filter_bank::N_FEATURES));
            columns.push(Column::Numeric { name, values: of_rows.map(|seen| seen[k]).collect() });
        }
        let classes = parts.iter().flat_map(|rows| &rows.classes).map(|class| Some(class.as_str()));
        columns.push(Column::from_texts("class".to_owned(), classes));
        let sides = parts.iter().flat_map(|rows| &rows.sides).map(|side| Some(*side));
        let part = Column::from_texts(PART.to_owned(), sides);
        let target = columns.len() - 1;
        Ok(Frame::new(columns, Some(target)).with_part(Some(part)).with_objects(boxes))
    }

    fn windows(&self) -> Windows {
        Windows { sides: self.sides.clone(), aspects: self.aspects.clone(), stride: self.stride }
    }

    /// Refuses more windows over pictures of these sizes than anybody wants.
    pub(crate) fn are_few(&self, sizes: impl Iterator<Item = [u32; 2]>) -> Result<(), String> {
        let windows = self.windows();
        let mut n_rows = 0;
        for [width, height] in sizes {
            n_rows += windows.number_over(width, height);
            if MOST_ROWS < n_rows {
                return Err(format!(
                    "the pictures have more than {MOST_ROWS} windows: raise stride, or have fewer sides and aspects"
                ));
            }
        }
        Ok(())
    }

    fn rows(
        &self,
        picture: &Picture,
        boxes: &[GroundTruthBox],
        part_of: impl Fn(&Picture, &BoundingBox) -> Option<&'static str>,
    ) -> Rows {
        let assignment = Assignment { object: self.object, background: self.background };
        let name = stem(&picture.name);
        let of_image: Vec<&GroundTruthBox> =
            boxes.iter().filter(|object| stem(&object.image) == name).collect();
        let objects: Vec<Object> = of_image
            .iter()
            .map(|object| Object {
                image: 0,
                class: 0,
                bounds: BoundingBox::new([object.x1, object.y1, object.x2, object.y2]),
                standing: object.standing,
            })
            .collect();
        let [width, height] = picture.image.size;
        let bank = FilterBank::of(&picture.image);
        let mut rows = Rows::default();
        for window in self.windows().over(width, height) {
            let Some(side) = part_of(picture, &window) else { continue };
            bank.describe(&window, &mut rows.seen);
            rows.classes.push(match assignment.assign(&window, &objects) {
                Assigned::Object(at) => of_image[at].class.to_string(),
                Assigned::Background => BACKGROUND.to_owned(),
                Assigned::Ignored => IGNORE.to_owned(),
            });
            rows.bounds.push(window);
            rows.sides.push(side);
        }
        rows
    }
}

/// Windows are as many as nobody wants by mistake.
const MOST_ROWS: usize = 2_000_000;

/// The windows over a picture.
#[derive(Default)]
struct Rows {
    bounds: Vec<BoundingBox>,
    /// `[n_rows, n_features]`.
    seen: Vec<f64>,
    classes: Vec<String>,
    sides: Vec<&'static str>,
}

#[cfg(test)]
mod tests;
