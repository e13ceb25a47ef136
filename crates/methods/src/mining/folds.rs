//! Into how many parts rows are dealt, to be scored by networks that have not learnt from them.

use serde::{Deserialize, Serialize};

/// A number of folds, at least 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u32")]
pub struct Folds(u32);

impl Folds {
    /// The number.
    pub(super) fn get(self) -> usize {
        self.0 as usize
    }
}

/// 5 (ours).
impl Default for Folds {
    fn default() -> Self {
        Folds(5)
    }
}

impl TryFrom<u32> for Folds {
    type Error = String;

    fn try_from(folds: u32) -> Result<Self, String> {
        if folds < 2 {
            return Err(format!("rows are left out in at least 2 folds, not in {folds}"));
        }
        Ok(Folds(folds))
    }
}
