//! Precision against recall: how many of those taken are positive, by how many of the positives are found.
//!
//! ```text
//! at the n-th threshold, scores from the highest:   R_n = TP_n / P     P_n = TP_n / (TP_n + FP_n)
//! ```
//!
//! A step has the height `P_n` from `R_(n-1)` to `R_n`, so that the area under the steps, `Σ (R_n - R_(n-1)) P_n`, is the
//! average precision. With more than two classes, the mean height of the steps of each class against the rest.
//!
//! Steps are thinned by joining neighbours: a joined step has their mean height, by their widths. So the area under the
//! thinned curve is the average precision, up to its four decimals.
//!
//! Source: Davis, Goadrich, *The Relationship between Precision-Recall and ROC Curves*, ICML 2006 (why no straight lines).

use serde::{Deserialize, Serialize};

use crate::curves::polyline::{Point, mean_of, thinned};
use crate::curves::{MOST_POINTS, rounded};
use crate::predictions::Predictions;
use crate::ranking::{each_class, groups};

/// What joining steps may take of the shape, in area between the lines of what is under them, where they are few already.
const FREE_AREA: f64 = 2e-4;

/// Steps: `precision[i]` holds from `recall[i - 1]`, or 0, to `recall[i]`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PrCurve {
    /// Share of the positives that are found, where the step ends; ascending, the last is 1.
    pub recall: Vec<f32>,
    /// Share of the positives among those taken for positives.
    pub precision: Vec<f32>,
}

impl PrCurve {
    /// `None` if no class has positives and negatives.
    pub(super) fn of(predictions: &Predictions<'_>) -> Option<Self> {
        let lines = each_class(predictions, areas);
        if lines.is_empty() {
            return None;
        }
        let points = thinned(&mean_of(&lines), MOST_POINTS + 1, FREE_AREA);
        let precision = |p: &[Point]| rounded((p[1].1 - p[0].1) / (p[1].0 - p[0].0));
        Some(PrCurve {
            recall: points[1..].iter().map(|point| rounded(point.0)).collect(),
            precision: points.windows(2).map(precision).collect(),
        })
    }
}

/// The area under the steps of one class up to each recall, whose slope is the precision.
fn areas(scored: &mut [(f64, bool)]) -> Vec<Point> {
    let positives = scored.iter().filter(|(_, positive)| *positive).count() as f64;
    let (mut found, mut taken, mut area) = (0.0, 0.0, 0.0);
    let mut line = vec![(0.0, 0.0)];
    for (p, n) in groups(scored) {
        found += p;
        taken += p + n;
        if 0.0 < p {
            area += p / positives * (found / taken);
            line.push((found / positives, area));
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::measuring::score;
    use crate::metrics::Metric;

    fn check(probabilities: &[f64], n_classes: usize, targets: &[u32]) -> PrCurve {
        let predictions = Predictions { probabilities, n_classes, targets, decided: None };
        let curve = PrCurve::of(&predictions).unwrap();
        let PrCurve { recall, precision } = &curve;
        assert!(recall.len() == precision.len() && recall.len() <= MOST_POINTS);
        assert!(recall.is_sorted() && recall.last() == Some(&1.0), "{recall:?}");
        assert!(precision.iter().all(|p| (0.0..=1.0).contains(p)), "{precision:?}");
        let mut area = 0.0;
        for (i, &p) in precision.iter().enumerate() {
            let from = if i == 0 { 0.0 } else { recall[i - 1] };
            area += f64::from(recall[i] - from) * f64::from(p);
        }
        let exact = score(Metric::AveragePrecision, &predictions).unwrap();
        // Half of the last decimal of each height, and of each of the ends of steps.
        assert!((area - exact).abs() < 2e-3, "{area} for {exact}");
        curve
    }

    #[test]
    fn steps_are_where_positives_are_found() {
        // Positive, negative, positive, negative by falling score.
        let curve = check(&[0.1, 0.9, 0.2, 0.8, 0.3, 0.7, 0.4, 0.6], 2, &[1, 0, 1, 0]);
        assert_eq!(curve, PrCurve { recall: vec![0.5, 1.0], precision: vec![1.0, 0.6667] });
    }

    #[test]
    fn equal_scores_are_one_step() {
        let curve = check(&[0.5; 8], 2, &[1, 0, 0, 0]);
        assert_eq!(curve, PrCurve { recall: vec![1.0], precision: vec![0.25] });
    }

    proptest! {
        #[test]
        fn the_area_is_the_average_precision(
            drawn in prop::collection::vec((0.0..1.0_f64, 0.0..1.0_f64), 4..600),
            rare in 0.02..0.5_f64,
        ) {
            let mut targets: Vec<u32> = drawn.iter().map(|(_, u)| u32::from(*u < rare)).collect();
            targets[..2].copy_from_slice(&[0, 1]);
            let pull = |(p, _): &(f64, f64), y: u32| 0.7 * p + 0.3 * f64::from(y);
            let scores = drawn.iter().zip(&targets).map(|(drawn, &y)| pull(drawn, y));
            check(&scores.flat_map(|p| [1.0 - p, p]).collect::<Vec<f64>>(), 2, &targets);
        }

        #[test]
        fn of_many_classes_it_is_the_mean_area(
            drawn in prop::collection::vec((0..5_u32, prop::array::uniform5(0.0..1.0_f64)), 5..200),
        ) {
            let mut targets: Vec<u32> = drawn.iter().map(|(target, _)| *target).collect();
            targets[..5].copy_from_slice(&[0, 1, 2, 3, 4]);
            let rows: Vec<f64> = drawn.iter().flat_map(|(_, row)| row.map(|p| p / row.iter().sum::<f64>())).collect();
            check(&rows, 5, &targets);
        }
    }
}
