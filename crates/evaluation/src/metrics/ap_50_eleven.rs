//! AP50 of eleven points, as PASCAL VOC had it until 2009.
//!
//! ```text
//! mean over the classes of objects of the mean over r in 0, 0.1, ..., 1 of max over n with R_n ≥ r of P_n
//! ```
//!
//! - `P_n`, `R_n`, what is right: as in `ap_50`
//!
//! Absent classes: undefined on a part that lacks a class of objects.
//! scikit-learn: it has no metric of boxes; this is PASCAL VOC's development kit until 2009.
//! Not pooled: scores of networks that were trained on different folds are on different scales (Forman, Scholz, 2010).
//!
//! Source: Everingham, Van Gool, Williams, Winn, Zisserman, *The Pascal Visual Object Classes (VOC) Challenge*, IJCV 2010.
//! Trap: it jumps by an eleventh: of few objects two detectors are easily the same, or far apart.

use crate::metrics::definition::{Definition, Measure, Needs};

pub(super) const AP_50_ELEVEN: Definition = Definition {
    title: "AP50 of 11 points",
    higher_is_better: true,
    needs: Needs::EveryClass,
    measure: Measure::Detected(|class| class.voc_11),
    aliases: &["voc_2007_ap", "voc07_map"],
    code: include_str!("ap_50_eleven.rs"),
};
