//! Numbers that a split is given, within their bounds.

use serde::{Deserialize, Serialize};

/// A whole number of at least 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct AtLeastTwo(pub(super) u32);

impl TryFrom<u32> for AtLeastTwo {
    type Error = String;
    fn try_from(n: u32) -> Result<Self, String> {
        if 2 <= n { Ok(AtLeastTwo(n)) } else { Err(format!("{n} is too few: at least 2")) }
    }
}

impl AtLeastTwo {
    pub(super) fn get(self) -> usize {
        self.0 as usize
    }
}

impl From<AtLeastTwo> for u32 {
    fn from(n: AtLeastTwo) -> u32 {
        n.0
    }
}

/// A share above 0 and below 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Share(pub(super) f64);

impl TryFrom<f64> for Share {
    type Error = String;
    fn try_from(share: f64) -> Result<Self, String> {
        if 0.0 < share && share < 1.0 {
            Ok(Share(share))
        } else {
            Err(format!("{share} is not a share above 0 and below 1"))
        }
    }
}

impl From<Share> for f64 {
    fn from(share: Share) -> f64 {
        share.0
    }
}
