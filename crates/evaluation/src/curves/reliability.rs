//! Reliability: of what is said with a probability, how often it is so.
//!
//! ```text
//! bin b of 15 has the examples with probability in ((b - 1)/15, b/15]
//! ```
//!
//! Two classes: the probability of the second, positive class, and how many of the bin's examples are positive. More: the
//! probability of the predicted class, here the most probable, and how many of them are predicted rightly, as the
//! expected calibration error has it. The bins are the same for all predictions, so that bins of several parts add up.
//!
//! Source: Niculescu-Mizil, Caruana, *Predicting Good Probabilities with Supervised Learning*, ICML 2005.

use serde::{Deserialize, Serialize};

use crate::curves::rounded;
use crate::metrics::ece::{N_BINS, bin};
use crate::predictions::Predictions;
use crate::tally::most_probable;

/// The bins that have examples, ascending: `[n_bins]` each.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Reliability {
    /// The mean probability of a bin's examples.
    pub probability: Vec<f32>,
    /// How many they are.
    pub examples: Vec<u32>,
    /// Of how many it is so.
    pub so: Vec<u32>,
}

impl Reliability {
    pub(super) fn of(predictions: &Predictions<'_>) -> Self {
        let (mut sums, mut counts) = ([0.0; N_BINS], [(0_u32, 0_u32); N_BINS]);
        for (row, &target) in predictions.rows().zip(predictions.targets) {
            let class = if predictions.n_classes == 2 { 1 } else { most_probable(row) };
            let b = bin(row[class]);
            sums[b] += row[class];
            counts[b].0 += 1;
            counts[b].1 += u32::from(class == target as usize);
        }
        let mut bins = Reliability::default();
        let all = sums.into_iter().zip(counts);
        for (sum, (examples, so)) in all.filter(|(_, (examples, _))| 0 < *examples) {
            bins.probability.push(rounded(sum / f64::from(examples)));
            bins.examples.push(examples);
            bins.so.push(so);
        }
        bins
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::measuring::score;
    use crate::metrics::Metric;

    #[test]
    fn of_two_classes_it_is_about_the_positive_one() {
        let predictions = Predictions {
            probabilities: &[0.9, 0.1, 0.9, 0.1, 0.2, 0.8],
            n_classes: 2,
            targets: &[0, 1, 0],
            decided: None,
        };
        let (probability, examples, so) = (vec![0.1, 0.8], vec![2, 1], vec![1, 0]);
        assert_eq!(Reliability::of(&predictions), Reliability { probability, examples, so });
    }

    proptest! {
        #[test]
        fn of_more_classes_its_gaps_are_the_calibration_error(
            drawn in prop::collection::vec((0..4_u32, prop::array::uniform4(0.01..1.0_f64)), 1..200),
        ) {
            let targets: Vec<u32> = drawn.iter().map(|(target, _)| *target).collect();
            let rows: Vec<f64> = drawn.iter().flat_map(|(_, row)| row.map(|p| p / row.iter().sum::<f64>())).collect();
            let predictions =
                Predictions { probabilities: &rows, n_classes: 4, targets: &targets, decided: None };
            let bins = Reliability::of(&predictions);
            let gap = |b: usize| {
                let sure = f64::from(bins.examples[b]) * f64::from(bins.probability[b]);
                (f64::from(bins.so[b]) - sure).abs()
            };
            let gaps = (0..bins.so.len()).map(gap).sum::<f64>() / targets.len() as f64;
            prop_assert_eq!(bins.examples.iter().sum::<u32>() as usize, targets.len());
            // Half of the last decimal.
            prop_assert!((gaps - score(Metric::Ece, &predictions).unwrap()).abs() < 6e-5);
        }
    }
}
