//! What a method knows before the first batch.

use nn::Streams;

use crate::losses::ClassCounts;

/// The classes and the streams of a trial.
#[derive(Clone, Copy, Debug)]
pub struct Setting<'a> {
    /// Training examples of each class, as they are sampled.
    pub counts: &'a ClassCounts,
    /// For methods that draw.
    pub streams: &'a Streams,
}
