//! Recall@1 on the classes with many, some or few training examples: the mean over the classes of the group.
//!
//! ```text
//! (1/|G|) Σ_{k of G} (1/n_k) Σ_{q of k} [the nearest of q is of class k]
//! ```
//!
//! `many_shot_recall_at_1` is of the classes with more than 100 training examples, `medium_shot_recall_at_1` with 20 to 100,
//! `few_shot_recall_at_1` with fewer, but at least one; `protocol.shots` moves the bounds. `n_k`: queries of class `k` of which
//! there is something to be found besides themselves.
//!
//! Absent classes: undefined on a part without queries of a class of the group, and where the group is empty. It needs
//! training counts and picks no epoch.
//! scikit-learn: none.
//! Not pooled: what is near in the space of one network is not comparable with that of another.
//!
//! Source: the groups are those of Liu, Miao, Zhan, Wang, Gong, Yu, *Large-Scale Long-Tailed Recognition in an Open World*,
//! CVPR 2019.

use crate::metrics::definition::{Definition, Measure, Needs};
use crate::shots::Shots;

pub(super) const MANY_SHOT_RECALL_AT_1: Definition = Definition {
    title: "many-shot Recall@1",
    measure: Measure::Found(|retrieved| retrieved.shot_recall_at_1(Shots::Many)),
    ..of(Shots::Many)
};

pub(super) const MEDIUM_SHOT_RECALL_AT_1: Definition = Definition {
    title: "medium-shot Recall@1",
    measure: Measure::Found(|retrieved| retrieved.shot_recall_at_1(Shots::Medium)),
    ..of(Shots::Medium)
};

pub(super) const FEW_SHOT_RECALL_AT_1: Definition = Definition {
    title: "few-shot Recall@1",
    measure: Measure::Found(|retrieved| retrieved.shot_recall_at_1(Shots::Few)),
    ..of(Shots::Few)
};

const fn of(group: Shots) -> Definition {
    Definition {
        title: "",
        higher_is_better: true,
        needs: Needs::Group(group),
        measure: Measure::Found(|_| None),
        aliases: &[],
        code: include_str!("shot_recall_at_1.rs"),
    }
}
