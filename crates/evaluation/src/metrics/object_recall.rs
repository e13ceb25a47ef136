//! Object recall: the share of the objects that is found at all.
//!
//! ```text
//! mean over the classes of objects of TP / n_objects
//! ```
//!
//! - `TP`: objects that some detection overlaps by 0.5 or more, whatever its score, each counted once; how many detections there
//!   are is bounded by `protocol.task.detection.least_score`, `overlap` and `most`
//!
//! Absent classes: undefined on a part that lacks a class of objects.
//! scikit-learn: it has no metric of boxes; COCO's `AR` is a mean over overlaps of the same.
//! Not pooled: scores of networks that were trained on different folds are on different scales (Forman, Scholz, 2010).
//!
//! Source: Everingham, Van Gool, Williams, Winn, Zisserman, *The Pascal Visual Object Classes (VOC) Challenge*, IJCV 2010.

use crate::metrics::definition::{Definition, Measure, Needs};

pub(super) const OBJECT_RECALL: Definition = Definition {
    title: "object recall",
    higher_is_better: true,
    needs: Needs::EveryClass,
    measure: Measure::Detected(|class| class.recall),
    aliases: &["ar_50", "detection_recall"],
    code: include_str!("object_recall.rs"),
};
