//! The objects that are to be found.

use crate::bounding_box::BoundingBox;

/// An object in an image.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Object {
    /// The image it is in.
    pub image: u32,
    /// What it is.
    pub class: u32,
    /// Where it is.
    pub bounds: BoundingBox,
    /// Whether it is asked for.
    pub standing: Standing,
}

/// Whether an object is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Standing {
    /// It is to be found.
    #[default]
    Counts,
    /// It is one, but too hard to tell: to find it is neither right nor wrong (PASCAL VOC's `difficult`).
    Difficult,
    /// Many that are not told apart, within one box: what lies in it is neither right nor wrong (COCO's `iscrowd`).
    Crowd,
}

impl Object {
    /// How far `bounds` is of this object: of a crowd, how much of `bounds` lies in it; of any other, their overlap.
    pub fn overlap(&self, bounds: &BoundingBox) -> f64 {
        match self.standing {
            Standing::Crowd => bounds.share_within(&self.bounds),
            Standing::Counts | Standing::Difficult => bounds.iou(&self.bounds),
        }
    }
}
