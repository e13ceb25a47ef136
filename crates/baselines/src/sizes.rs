//! What costs are estimated from.

/// How many there are of each.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sizes {
    /// Rows that are learnt from in an epoch.
    pub train: f64,
    /// Rows of the other parts.
    pub others: f64,
    /// Features after preprocessing.
    pub inputs: f64,
    /// Classes.
    pub classes: f64,
}

impl Sizes {
    /// Rows of all parts.
    pub fn rows(&self) -> f64 {
        self.train + self.others
    }

    /// Learners for two classes are fitted to each class against the others where there are more.
    pub(crate) fn tasks(&self) -> f64 {
        if self.classes == 2.0 { 1.0 } else { self.classes }
    }

    /// Levels of a tree whose leaves are single rows.
    pub(crate) fn levels(&self) -> f64 {
        libm::log2(self.train + 2.0)
    }
}
