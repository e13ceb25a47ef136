//! The receiver operating characteristic: how many positives are found at which share of false alarms.
//!
//! ```text
//! x(t) = #{negatives with score >= t} / N      y(t) = #{positives with score >= t} / P
//! ```
//!
//! for each threshold `t`, joined by straight lines: equal scores are one slanting line. With more than two classes, the
//! mean height of the lines of each class against the rest at each `x`, whose area is the mean of their areas: under
//! either line lies the ROC AUC, up to what thinning takes: less than 0.004 in draws of up to 600 rows.
//!
//! Source: Fawcett, *An introduction to ROC analysis*, Pattern Recognition Letters, 2006 (vertical averaging).

use serde::{Deserialize, Serialize};

use crate::curves::polyline::{Point, mean_of, thinned};
use crate::curves::{MOST_POINTS, rounded};
use crate::predictions::Predictions;
use crate::ranking::{each_class, groups};

/// Area that thinning may take where there are few points already.
const FREE_AREA: f64 = 2e-4;

/// Found at the price of false alarms: straight lines from (0, 0) to (1, 1).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RocCurve {
    /// Share of the negatives that are taken for positives, ascending.
    pub false_alarms: Vec<f32>,
    /// Share of the positives that are found.
    pub found: Vec<f32>,
}

impl RocCurve {
    /// `None` if no class has positives and negatives.
    pub(super) fn of(predictions: &Predictions<'_>) -> Option<Self> {
        let lines = each_class(predictions, line);
        if lines.is_empty() {
            return None;
        }
        let points = thinned(&mean_of(&lines), MOST_POINTS, FREE_AREA);
        Some(RocCurve {
            false_alarms: points.iter().map(|point| rounded(point.0)).collect(),
            found: points.iter().map(|point| rounded(point.1)).collect(),
        })
    }
}

/// The line of one class, without points inside of a level or an upright part.
fn line(scored: &mut [(f64, bool)]) -> Vec<Point> {
    let counts: Vec<(f64, f64)> = groups(scored).collect();
    let positives: f64 = counts.iter().map(|group| group.0).sum();
    let negatives: f64 = counts.iter().map(|group| group.1).sum();
    let (mut found, mut alarms) = (0.0, 0.0);
    let mut line = vec![(0.0, 0.0)];
    for (i, &(p, n)) in counts.iter().enumerate() {
        found += p;
        alarms += n;
        let goes_on = counts.get(i + 1).is_some_and(|&(next_p, next_n)| {
            (p == 0.0 && next_p == 0.0) || (n == 0.0 && next_n == 0.0)
        });
        if !goes_on {
            line.push((alarms / negatives, found / positives));
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::curves::polyline::area;
    use crate::measuring::score;
    use crate::metrics::Metric;

    fn check(probabilities: &[f64], n_classes: usize, targets: &[u32]) -> RocCurve {
        let predictions = Predictions { probabilities, n_classes, targets, decided: None };
        let curve = RocCurve::of(&predictions).unwrap();
        let points: Vec<(f64, f64)> = curve
            .false_alarms
            .iter()
            .zip(&curve.found)
            .map(|(&x, &y)| (x.into(), y.into()))
            .collect();
        assert!(points.len() <= MOST_POINTS);
        assert_eq!((points[0], points[points.len() - 1]), ((0.0, 0.0), (1.0, 1.0)));
        assert!(points.windows(2).all(|p| p[0].0 <= p[1].0 && p[0].1 <= p[1].1), "{points:?}");
        let exact = score(Metric::RocAuc, &predictions).unwrap();
        let area = area(points.into_iter());
        assert!((area - exact).abs() < 4e-3, "{area} for {exact}");
        curve
    }

    #[test]
    fn all_positives_first_is_up_and_then_right() {
        let curve = check(&[0.1, 0.9, 0.2, 0.8, 0.7, 0.3, 0.6, 0.4], 2, &[1, 1, 0, 0]);
        assert_eq!((curve.false_alarms, curve.found), (vec![0.0, 0.0, 1.0], vec![0.0, 1.0, 1.0]));
    }

    #[test]
    fn equal_scores_are_one_slanting_line() {
        let curve = check(&[0.5; 8], 2, &[1, 0, 0, 0]);
        assert_eq!((curve.false_alarms, curve.found), (vec![0.0, 1.0], vec![0.0, 1.0]));
    }

    proptest! {
        #[test]
        fn the_area_is_the_roc_auc(
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
