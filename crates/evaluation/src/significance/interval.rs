//! An interval and how often such intervals cover what they are of.

use serde::Serialize;

/// Two ends and the level they reach.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
    /// The share of such intervals that cover the true value: what is reached, which a discrete distribution
    /// leaves above what was asked for.
    pub level: f64,
}

impl Interval {
    /// Whether `value` is within the ends, which belong to it.
    pub fn contains(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }
}
