//! Average precision: the area under the precision-recall curve, as a sum of steps.
//!
//! ```text
//! Σ_n (R_n - R_{n-1}) P_n
//! ```
//!
//! over the distinct scores, from the highest; `P_n`, `R_n`: precision and recall of what has at least that score. Two
//! classes: of the second, positive class. More: the mean of each class against the rest. Scores that know nothing
//! have the share of the positives.
//!
//! Absent classes: undefined on a part that lacks a class. When it picks an epoch, it is of the classes that the
//! validation part has, at least two.
//! scikit-learn: `average_precision_score(average="macro")`, which is 0 for a class that is absent. Not its
//! `auc(recall, precision)`, which joins the steps by straight lines and is too large.
//! Not pooled: scores of networks that were trained on different folds are on different scales (Forman, Scholz, 2010).
//!
//! Source: Davis, Goadrich, *The Relationship between Precision-Recall and ROC Curves*, ICML 2006.

use crate::metrics::definition::{Definition, Measure, Needs};
use crate::ranking::groups;

pub(super) const AVERAGE_PRECISION: Definition = Definition {
    title: "average precision",
    higher_is_better: true,
    needs: Needs::EveryClass,
    measure: Measure::Order(precision_area),
    aliases: &[
        "auprc",
        "pr_auc",
        "prauc",
        "auc_pr",
        "aupr",
        "ap",
        "average_precision_score",
        "map",
    ],
    code: include_str!("average_precision.rs"),
};

/// `Σ (R_n - R_{n-1}) P_n`, multiplied by the number of positives and divided at the end.
fn precision_area(scored: &mut [(f64, bool)]) -> f64 {
    let (mut positives, mut taken, mut sum) = (0.0, 0.0, 0.0);
    for (p, n) in groups(scored) {
        positives += p;
        taken += p + n;
        sum += p * positives / taken;
    }
    sum / positives
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ranking::testing::scored;

    fn by_definition(scored: &[(f64, bool)]) -> f64 {
        let positives: Vec<f64> = scored.iter().filter(|s| s.1).map(|s| s.0).collect();
        let precision = |threshold: &f64| {
            let taken: Vec<_> = scored.iter().filter(|s| *threshold <= s.0).collect();
            taken.iter().filter(|s| s.1).count() as f64 / taken.len() as f64
        };
        positives.iter().map(precision).sum::<f64>() / positives.len() as f64
    }

    proptest! {
        #[test]
        fn the_area_is_its_definition(scored in scored()) {
            prop_assert!((precision_area(&mut scored.clone()) - by_definition(&scored)).abs() < 1e-12);
        }

        #[test]
        fn the_area_depends_on_the_order_alone(scored in scored()) {
            let stretched: Vec<_> = scored.iter().map(|&(s, y)| (s * s * s - 7.0, y)).collect();
            prop_assert_eq!(precision_area(&mut scored.clone()), precision_area(&mut stretched.clone()));
        }
    }

    #[test]
    fn constant_scores_have_the_share_of_the_positives() {
        let even = &mut [(0.5, true), (0.5, false), (0.5, false), (0.5, false)];
        assert_eq!(precision_area(even), 0.25);
    }
}
