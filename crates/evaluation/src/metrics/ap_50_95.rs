//! AP50-95: AP averaged over how far a detection has to overlap its object.
//!
//! ```text
//! mean over IoU in 0.5, 0.55, ..., 0.95 of the mean over r in 0, 0.01, ..., 1 of max over n with R_n ≥ r of P_n
//! ```
//!
//! - the mean of that over the classes of objects; `P_n`, `R_n` as in `ap_50`, by COCO's rule of what is right (see
//!   [`crate::detection::coco`]), of the 100 surest detections of a class in each image
//!
//! Absent classes: undefined on a part that lacks a class of objects.
//! scikit-learn: it has no metric of boxes; this is pycocotools' `AP @[ IoU=0.50:0.95 | area=all | maxDets=100 ]`.
//! Not pooled: scores of networks that were trained on different folds are on different scales (Forman, Scholz, 2010).
//!
//! Source: Lin, Maire, Belongie, Hays, Perona, Ramanan, Dollár, Zitnick, *Microsoft COCO: Common Objects in Context*, ECCV 2014.

use crate::metrics::definition::{Definition, Measure, Needs};

pub(super) const AP_50_95: Definition = Definition {
    title: "AP50-95",
    higher_is_better: true,
    needs: Needs::EveryClass,
    measure: Measure::Detected(|class| class.coco),
    aliases: &["coco_ap", "coco_map", "map_50_95", "map50_95", "ap_50:95"],
    code: include_str!("ap_50_95.rs"),
};
