//! Recall at FPPI: the share of the objects that is found while false alarms are few.
//!
//! ```text
//! mean over the classes of objects of R_n for the largest n with FP_n ≤ f n_images
//! ```
//!
//! - `R_n`, `FP_n`: recall and wrong detections among the `n` surest of the class, of equal scores all; `f`: false positives to
//!   an image, on average, `protocol.task.detection.false_positives`, by default 1; `n_images`: images in which the part has a row
//!
//! Absent classes: undefined on a part that lacks a class of objects.
//! scikit-learn: it has no metric of boxes; this is one point of the FROC curve.
//! Not pooled: scores of networks that were trained on different folds are on different scales (Forman, Scholz, 2010).
//!
//! Source: Dollár, Wojek, Schiele, Perona, *Pedestrian Detection: An Evaluation of the State of the Art*, PAMI 2012, which reads
//! the miss rate at false positives per image.

use crate::metrics::definition::{Definition, Measure, Needs};

pub(super) const RECALL_AT_FPPI: Definition = Definition {
    title: "recall at FPPI",
    higher_is_better: true,
    needs: Needs::EveryClass,
    measure: Measure::Detected(|class| *class.recall_at.first()?),
    aliases: &["fppi", "recall_at_false_positives", "froc"],
    code: include_str!("recall_at_fppi.rs"),
};
