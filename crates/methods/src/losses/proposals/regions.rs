//! Where training rows lie, if they are proposals.

use boxes::BoundingBox;

use crate::losses::proposals::label_base::{Label, LabelBase};

/// The proposals that training rows are. A batch knows them by the numbers of its rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Regions {
    /// The image of each row, `[n_rows]`.
    pub images: Vec<u32>,
    /// Where in it, `[n_rows]`.
    pub bounds: Vec<BoundingBox>,
    /// The deltas that lead to the box of the object, standardised, `[n_rows]`; of a row without an object they do not count.
    pub deltas: Vec<[f64; 4]>,
    /// What the class of a row says.
    pub labels: LabelBase,
    /// Classes of objects, without the background.
    pub n_classes: usize,
}

impl Regions {
    /// The class of objects that a row of class `target` is of; `None` for the background.
    pub fn object(&self, target: u32) -> Option<usize> {
        match self.labels.read(i64::from(target), self.n_classes) {
            Some(Label::Object(class)) => Some(class),
            Some(Label::Background | Label::LeftOut) | None => None,
        }
    }

    /// The class of rows that are of none.
    pub fn background(&self) -> Option<u32> {
        let reads = |target: u32| self.labels.read(i64::from(target), self.n_classes);
        (0..=self.n_classes as u32).find(|&target| reads(target) == Some(Label::Background))
    }
}
