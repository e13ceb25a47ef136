//! Bounding boxes: how far two overlap, what makes one of the other, which object a proposal is of, which of many
//! overlapping ones stay, and the windows that slide over an image.
//!
//! Coordinates are real numbers, x to the right and y downwards: a box reaches from its first edge to its second, and has
//! their difference as its width. A format whose second edge is the last pixel inside is read by
//! [`BoundingBox::of_pixels`], and nothing else has to know of it.
//!
//! It knows no other crate, so that those that read, learn and measure share one geometry.

mod assignment;
mod bounding_box;
mod deltas;
mod object;
mod suppression;
mod windows;

pub use assignment::{Assigned, Assignment};
pub use bounding_box::BoundingBox;
pub use deltas::DeltaCoder;
pub use object::{Object, Standing};
pub use suppression::{Suppression, suppress};
pub use windows::Windows;
