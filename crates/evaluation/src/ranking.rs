//! Metrics of the order in which scores put the examples.

use crate::Predictions;
use crate::summary::mean;

/// The mean of `metric(scores, is_positive)` over the classes that have positives and negatives; two
/// classes have one score.
fn over_classes(
    predictions: &Predictions<'_>,
    metric: fn(&mut [(f64, bool)]) -> f64,
) -> Option<f64> {
    let classes = if predictions.n_classes == 2 { 1..2 } else { 0..predictions.n_classes };
    let mut scored = Vec::with_capacity(predictions.targets.len());
    let mut values = Vec::new();
    for class in classes {
        let rows = predictions.rows().zip(predictions.targets);
        scored.clear();
        scored.extend(rows.map(|(row, &target)| (row[class], target as usize == class)));
        let n_positive = scored.iter().filter(|(_, positive)| *positive).count();
        if 0 < n_positive && n_positive < scored.len() {
            values.push(metric(&mut scored));
        }
    }
    mean(values.into_iter())
}

pub(crate) fn roc_auc(predictions: &Predictions<'_>) -> Option<f64> {
    over_classes(predictions, area)
}

pub(crate) fn average_precision(predictions: &Predictions<'_>) -> Option<f64> {
    over_classes(predictions, precision_area)
}

/// Examples with equal scores, from the highest score: `(positives, negatives)`.
fn groups(scored: &mut [(f64, bool)]) -> impl Iterator<Item = (f64, f64)> + '_ {
    scored.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
    // `total_cmp` puts -0 below 0, but they are one score.
    scored.chunk_by(|a, b| a.0 == b.0).map(|group| {
        let positives = group.iter().filter(|(_, positive)| *positive).count();
        (positives as f64, (group.len() - positives) as f64)
    })
}

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

    fn brute_force_area(scored: &[(f64, bool)]) -> f64 {
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

    fn brute_force_precision(scored: &[(f64, bool)]) -> f64 {
        let positives: Vec<f64> = scored.iter().filter(|s| s.1).map(|s| s.0).collect();
        let precision = |threshold: &f64| {
            let taken: Vec<_> = scored.iter().filter(|s| *threshold <= s.0).collect();
            taken.iter().filter(|s| s.1).count() as f64 / taken.len() as f64
        };
        positives.iter().map(precision).sum::<f64>() / positives.len() as f64
    }

    fn scored() -> impl Strategy<Value = Vec<(f64, bool)>> {
        // Few distinct scores, so that ties are common; one of each class is added.
        prop::collection::vec((0..8_u8, any::<bool>()), 0..40).prop_map(|drawn| {
            let mut all: Vec<_> = drawn.into_iter().map(|(s, y)| (f64::from(s) / 8.0, y)).collect();
            all.extend([(0.3, true), (0.6, false)]);
            all
        })
    }

    proptest! {
        #[test]
        fn areas_are_their_definitions(scored in scored()) {
            prop_assert!((area(&mut scored.clone()) - brute_force_area(&scored)).abs() < 1e-12);
            let (value, definition) = (precision_area(&mut scored.clone()), brute_force_precision(&scored));
            prop_assert!((value - definition).abs() < 1e-12);
        }

        #[test]
        fn areas_depend_on_the_order_alone(scored in scored()) {
            let stretched: Vec<_> = scored.iter().map(|&(s, y)| (s * s * s - 7.0, y)).collect();
            prop_assert_eq!(area(&mut scored.clone()), area(&mut stretched.clone()));
            prop_assert_eq!(precision_area(&mut scored.clone()), precision_area(&mut stretched.clone()));
            let turned: Vec<_> = scored.iter().map(|&(s, y)| (-s, y)).collect();
            prop_assert!((area(&mut turned.clone()) + area(&mut scored.clone()) - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn one_class_has_no_area() {
        let one =
            Predictions { probabilities: &[0.5, 0.5, 0.2, 0.8], n_classes: 2, targets: &[1, 1] };
        assert_eq!((roc_auc(&one), average_precision(&one)), (None, None));
    }

    #[test]
    fn constant_scores_know_nothing() {
        let even = Predictions { probabilities: &[0.5; 8], n_classes: 2, targets: &[1, 0, 0, 0] };
        assert_eq!((roc_auc(&even), average_precision(&even)), (Some(0.5), Some(0.25)));
    }
}
