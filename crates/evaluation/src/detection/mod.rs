//! How well objects are found: detections with a score, beside the objects that are there.
//!
//! A rule of matching says of each detection of a class whether it is right ([`voc`], [`coco`]); what a figure is made of is
//! a list of such verdicts, the best score first ([`Judged`]). Objects that are not asked for
//! ([`boxes::Standing`]) are neither to be found nor wrong to find.

pub mod coco;
mod detecting;
mod evaluating;
mod judged;
mod measuring;
mod places;
pub mod voc;

pub use detecting::{Detecting, Proposed};
pub use evaluating::{evaluate, score};
pub use judged::{Interpolation, Judged, Verdict};
pub use measuring::{ClassDetection, measure};

use boxes::BoundingBox;

/// What is said to be an object.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Detection {
    /// The image it is in.
    pub image: u32,
    /// What it is said to be.
    pub class: u32,
    /// Where.
    pub bounds: BoundingBox,
    /// How sure that is.
    pub score: f64,
}
