//! Accuracy of classes with many, some and few training examples.

use serde::{Deserialize, Serialize};

use crate::confusion::Confusion;
use crate::summary::mean;

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

impl ShotThresholds {
    /// Mean recalls of the many-, medium- and few-shot classes that are present.
    pub(crate) fn accuracies(
        &self,
        confusion: &Confusion,
        train_counts: &[u32],
    ) -> [Option<f64>; 3] {
        let group = |member: &dyn Fn(u32) -> bool| {
            let classes = (0..train_counts.len()).filter(|&class| member(train_counts[class]));
            mean(classes.filter_map(|class| confusion.recall(class)))
        };
        [
            group(&|n| self.many < n),
            group(&|n| self.few <= n && n <= self.many),
            group(&|n| n < self.few),
        ]
    }
}
