//! Which classes have many, some and few training examples.

use serde::{Deserialize, Serialize};

/// Training counts that bound the groups.
///
/// Source: Liu, Miao, Zhan, Wang, Gong, Yu, *Large-Scale Long-Tailed Recognition in an Open World*,
/// CVPR 2019 (more than 100; 20 to 100; fewer than 20).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ShotThresholds {
    /// A class with more training examples is many-shot; default 100.
    pub many: u32,
    /// A class with fewer training examples is few-shot; default 20.
    pub few: u32,
}

impl Default for ShotThresholds {
    fn default() -> Self {
        ShotThresholds { many: 100, few: 20 }
    }
}

/// One of the groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shots {
    Many,
    Medium,
    Few,
}

impl ShotThresholds {
    /// The group of a class with `n_train` training examples.
    pub(crate) fn group(&self, n_train: u32) -> Shots {
        if self.many < n_train {
            Shots::Many
        } else if n_train < self.few {
            Shots::Few
        } else {
            Shots::Medium
        }
    }
}
