//! Curves of the predictions of a part, small enough to be kept in every record: 64 points at the most.
//!
//! Two classes: of the second, positive class. More: the mean of the curves of each class against the rest, as the
//! metrics under them are means over classes. What keeps a curve of each class costs as many times more, and what a
//! reader asks of single classes, how often each is recognised, is measured beside it.

mod polyline;
mod pr;
mod reliability;
mod roc;

use serde::{Deserialize, Serialize};

use crate::predictions::Predictions;

pub use pr::PrCurve;
pub use reliability::Reliability;
pub use roc::RocCurve;

/// Points of a curve at the most.
pub const MOST_POINTS: usize = 64;

/// The curves of one set of predictions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Curves {
    /// `None` where a class is absent, as the ROC AUC is undefined there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roc: Option<RocCurve>,
    /// `None` where a class is absent, as the average precision is undefined there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pr: Option<PrCurve>,
    /// Whether what is said with a probability is as often so.
    pub reliability: Reliability,
}

impl Curves {
    /// Those of `predictions`; `None` if nothing can be measured on them.
    pub fn of(predictions: &Predictions<'_>) -> Option<Self> {
        if !predictions.measurable() {
            return None;
        }
        let has_all = predictions.present().into_iter().all(|present| present);
        Some(Curves {
            roc: has_all.then(|| RocCurve::of(predictions)).flatten(),
            pr: has_all.then(|| PrCurve::of(predictions)).flatten(),
            reliability: Reliability::of(predictions),
        })
    }
}

/// Four decimals: what a figure can show, in seven bytes of JSON.
fn rounded(x: f64) -> f32 {
    ((x * 1e4).round() / 1e4) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curves(probabilities: &[f64], n_classes: usize, targets: &[u32]) -> Option<Curves> {
        Curves::of(&Predictions { probabilities, n_classes, targets, decided: None })
    }

    #[test]
    fn a_part_that_lacks_a_class_has_no_curve_where_it_has_no_area() {
        let lacking = curves(&[0.9, 0.1, 0.2, 0.8], 2, &[0, 0]).unwrap();
        assert_eq!((&lacking.roc, &lacking.pr), (&None, &None));
        assert_eq!(lacking.reliability.examples, [1, 1]);
        assert!(curves(&[0.9, 0.1, 0.2, 0.8], 2, &[0, 1]).unwrap().roc.is_some());
    }

    #[test]
    fn of_no_numbers_and_of_nothing_there_is_no_curve() {
        assert_eq!(curves(&[f64::NAN, 0.1], 2, &[0]), None);
        assert_eq!(curves(&[], 2, &[]), None);
    }

    #[test]
    fn a_record_has_four_decimals_of_each_point_and_reads_what_it_wrote() {
        let drawn: Vec<f64> = (0..300_u32).map(|i| f64::from(i * 7919 % 300) / 300.0).collect();
        let probabilities: Vec<f64> = drawn.iter().flat_map(|p| [1.0 - p, *p]).collect();
        let targets: Vec<u32> = drawn.iter().map(|p| u32::from(0.4 < p * p * 0.9)).collect();
        let curves = curves(&probabilities, 2, &targets).unwrap();
        let json = serde_json::to_string(&curves).unwrap();
        assert!(json.len() < 2500, "{} bytes: {json}", json.len());
        assert_eq!(serde_json::from_str::<Curves>(&json).unwrap(), curves);
    }
}
