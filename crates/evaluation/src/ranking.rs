//! What the metrics and curves of the order of scores share.

use crate::predictions::Predictions;
use crate::summary::mean;

/// The mean of `metric(scores, is_positive)` over the classes that have positives and negatives; two
/// classes have one score.
pub(crate) fn over_classes(
    predictions: &Predictions<'_>,
    metric: fn(&mut [(f64, bool)]) -> f64,
) -> Option<f64> {
    mean(each_class(predictions, metric).into_iter())
}

/// `of(scores, is_positive)` of each class that has positives and negatives; of two classes, of the second alone.
pub(crate) fn each_class<R>(
    predictions: &Predictions<'_>,
    of: fn(&mut [(f64, bool)]) -> R,
) -> Vec<R> {
    let classes = if predictions.n_classes == 2 { 1..2 } else { 0..predictions.n_classes };
    let mut scored = Vec::with_capacity(predictions.targets.len());
    let mut values = Vec::new();
    for class in classes {
        let rows = predictions.rows().zip(predictions.targets);
        scored.clear();
        scored.extend(rows.map(|(row, &target)| (row[class], target as usize == class)));
        let n_positive = scored.iter().filter(|(_, positive)| *positive).count();
        if 0 < n_positive && n_positive < scored.len() {
            values.push(of(&mut scored));
        }
    }
    values
}

/// Examples with equal scores, from the highest score: `(positives, negatives)`.
pub(crate) fn groups(scored: &mut [(f64, bool)]) -> impl Iterator<Item = (f64, f64)> + '_ {
    scored.sort_unstable_by(|a, b| b.0.total_cmp(&a.0));
    // `total_cmp` puts -0 below 0, but they are one score.
    scored.chunk_by(|a, b| a.0 == b.0).map(|group| {
        let positives = group.iter().filter(|(_, positive)| *positive).count();
        (positives as f64, (group.len() - positives) as f64)
    })
}

#[cfg(test)]
pub(crate) mod testing {
    use proptest::prelude::*;

    /// Scores of positives and negatives.
    pub(crate) fn scored() -> impl Strategy<Value = Vec<(f64, bool)>> {
        // Few distinct scores, so that ties are common; one of each class is added.
        prop::collection::vec((0..8_u8, any::<bool>()), 0..40).prop_map(|drawn| {
            let mut all: Vec<_> = drawn.into_iter().map(|(s, y)| (f64::from(s) / 8.0, y)).collect();
            all.extend([(0.3, true), (0.6, false)]);
            all
        })
    }
}
