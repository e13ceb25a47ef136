//! Accuracy on the classes with many, some or few training examples: the mean recall of the group.
//!
//! ```text
//! (1/|G|) Σ_{k of G} TP_k / n_k
//! ```
//!
//! `many_shot_accuracy` is of the classes with more than 100 training examples, `medium_shot_accuracy` with 20 to 100,
//! `few_shot_accuracy` with fewer; `protocol.shots` moves the bounds. `n_k`: examples of class `k` in the part;
//! `TP_k`: those that are predicted as it.
//!
//! Absent classes: undefined on a part that lacks a class of the group, and where the group is empty: it is not 0. It
//! needs training counts and picks no epoch.
//! scikit-learn: none.
//! Not pooled: the training parts of different folds may put a class into different groups.
//!
//! Source: Liu, Miao, Zhan, Wang, Gong, Yu, *Large-Scale Long-Tailed Recognition in an Open World*, CVPR 2019, whose code
//! gives 0 to a group without classes.

use crate::metrics::definition::{Definition, Measure, Needs};
use crate::shots::Shots;

pub(super) const MANY_SHOT_ACCURACY: Definition =
    Definition { title: "many-shot accuracy", aliases: &["many_shot", "many"], ..of(Shots::Many) };

pub(super) const MEDIUM_SHOT_ACCURACY: Definition = Definition {
    title: "medium-shot accuracy",
    aliases: &["medium_shot", "medium"],
    ..of(Shots::Medium)
};

pub(super) const FEW_SHOT_ACCURACY: Definition =
    Definition { title: "few-shot accuracy", aliases: &["few_shot", "few"], ..of(Shots::Few) };

const fn of(group: Shots) -> Definition {
    Definition {
        title: "",
        higher_is_better: true,
        needs: Needs::Group(group),
        measure: Measure::GroupRecall,
        aliases: &[],
        code: include_str!("shot_accuracy.rs"),
    }
}
