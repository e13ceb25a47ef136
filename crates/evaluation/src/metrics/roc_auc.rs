//! Area under the ROC curve: the share of pairs of a positive and a negative that the score puts in the right order.
//!
//! ```text
//! (1/(P N)) Σ_pairs [s_+ > s_-] + ½ [s_+ = s_-]
//! ```
//!
//! Two classes: of the second, positive class. More: the mean of each class against the rest.
//!
//! Absent classes: undefined on a part that lacks a class. When it picks an epoch, it is of the classes that the
//! validation part has, at least two.
//! scikit-learn: `roc_auc_score(multi_class="ovr", average="macro")`, which is NaN where a class is absent.
//! Not pooled: scores of networks that were trained on different folds are on different scales (Forman, Scholz, 2010).
//!
//! Source: Hanley, McNeil, *The Meaning and Use of the Area under a Receiver Operating Characteristic (ROC) Curve*, 1982.

use crate::metrics::definition::{Definition, Measure, Needs};
use crate::ranking::groups;

pub(super) const ROC_AUC: Definition = Definition {
    title: "ROC AUC",
    higher_is_better: true,
    needs: Needs::EveryClass,
    measure: Measure::Order(area),
    aliases: &["auc", "auroc", "roc", "auc_roc", "rocauc", "roc_auc_score"],
    code: include_str!("roc_auc.rs"),
};

/// Share of (positive, negative) pairs in the right order; ties count a half.
fn area(scored: &mut [(f64, bool)]) -> f64 {
    let (mut above, mut negatives, mut pairs) = (0.0, 0.0, 0.0);
    for (p, n) in groups(scored) {
        pairs += n * (above + 0.5 * p);
        above += p;
        negatives += n;
    }
    pairs / (above * negatives)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ranking::testing::scored;

    fn by_definition(scored: &[(f64, bool)]) -> f64 {
        let (mut right, mut pairs) = (0.0, 0.0);
        for (a, _) in scored.iter().filter(|s| s.1) {
            for (b, _) in scored.iter().filter(|s| !s.1) {
                pairs += 1.0;
                right += if b < a {
                    1.0
                } else if a == b {
                    0.5
                } else {
                    0.0
                };
            }
        }
        right / pairs
    }

    proptest! {
        #[test]
        fn the_area_is_its_definition(scored in scored()) {
            prop_assert!((area(&mut scored.clone()) - by_definition(&scored)).abs() < 1e-12);
        }

        #[test]
        fn the_area_depends_on_the_order_alone(scored in scored()) {
            let stretched: Vec<_> = scored.iter().map(|&(s, y)| (s * s * s - 7.0, y)).collect();
            prop_assert_eq!(area(&mut scored.clone()), area(&mut stretched.clone()));
            let turned: Vec<_> = scored.iter().map(|&(s, y)| (-s, y)).collect();
            prop_assert!((area(&mut turned.clone()) + area(&mut scored.clone()) - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn constant_scores_know_nothing() {
        assert_eq!(area(&mut [(0.5, true), (0.5, false), (0.5, false), (0.5, false)]), 0.5);
    }
}
