//! AP50: how well objects are found, ranked by how sure the detector is.
//!
//! ```text
//! mean over the classes of objects of Σ_n (R_n - R_{n-1}) max over m ≥ n of P_m
//! ```
//!
//! - `P_n`, `R_n`: precision and recall of the `n` surest detections of the class in all images; a detection is right if it
//!   overlaps an object by 0.5 or more and no surer one has it (see [`crate::detection::voc`])
//! - objects that are difficult, in a crowd or of another part are neither to be found nor wrong to find
//!
//! Absent classes: undefined on a part that lacks a class of objects.
//! scikit-learn: it has no metric of boxes; this is PASCAL VOC's development kit since 2010.
//! Not pooled: scores of networks that were trained on different folds are on different scales (Forman, Scholz, 2010).
//!
//! Source: Everingham, Van Gool, Williams, Winn, Zisserman, *The Pascal Visual Object Classes (VOC) Challenge*, IJCV 2010.

use crate::metrics::definition::{Definition, Measure, Needs};

pub(super) const AP_50: Definition = Definition {
    title: "AP50",
    higher_is_better: true,
    needs: Needs::EveryClass,
    measure: Measure::Detected(|class| class.voc),
    aliases: &["voc_ap", "voc_map", "map_50", "ap50", "map50"],
    code: include_str!("ap_50.rs"),
};
