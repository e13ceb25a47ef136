//! Long-tail profiles: how many training rows each class keeps.
//!
//! ```text
//! exponential  n_k = ⌊n_max ρ^(-k / (K - 1))⌋
//! step         n_k = n_max for the first ⌈K/2⌉ classes, ⌊n_max / ρ⌋ for the others
//! ```
//!
//! Classes are ordered from the largest to the smallest of the training part; `ρ` is the imbalance
//! ratio, `K` the number of classes. `n_max` is the largest head for which every class has enough
//! rows, so that the ratio is `ρ` and not what the data happen to allow. Every class keeps at least
//! one row. The profile is given to the training side only; test parts keep their distribution.
//!
//! Source: Cui, Jia, Lin, Song, Belongie, *Class-Balanced Loss*, CVPR 2019 (exponential); Buda, Maki,
//! Mazurowski, *A systematic study of the class imbalance problem*, 2018 (step).
//! Differs: the step profile of the LDAM code leaves out a class when `K` is odd; here the middle
//! class belongs to the head.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A profile under the name it has in an experiment file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProfileSpec {
    /// Geometric decay from the largest class to the smallest.
    Exponential(ImbalanceRatio),
    /// Half of the classes are large, the others small.
    Step(ImbalanceRatio),
}

/// Largest class over smallest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImbalanceRatio {
    /// `ρ`, at least 1.
    pub ratio: Ratio,
}

/// A finite number of at least 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Ratio(f64);

impl TryFrom<f64> for Ratio {
    type Error = String;
    fn try_from(ratio: f64) -> Result<Self, String> {
        if 1.0 <= ratio && ratio.is_finite() {
            Ok(Ratio(ratio))
        } else {
            Err(format!("{ratio} is no imbalance ratio: a finite number of at least 1"))
        }
    }
}

impl From<Ratio> for f64 {
    fn from(ratio: Ratio) -> f64 {
        ratio.0
    }
}

impl fmt::Display for ProfileSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ProfileSpec::Exponential(profile) => write!(f, "exponential {}", profile.ratio.0),
            ProfileSpec::Step(profile) => write!(f, "step {}", profile.ratio.0),
        }
    }
}

impl ProfileSpec {
    /// The share of `n_max` that the `k`-th largest of `n_classes` keeps.
    fn share(&self, k: usize, n_classes: usize) -> f64 {
        match self {
            ProfileSpec::Exponential(profile) => {
                let position = k as f64 / (n_classes.max(2) - 1) as f64;
                libm::pow(1.0 / profile.ratio.0, position)
            }
            ProfileSpec::Step(_) if k < n_classes.div_ceil(2) => 1.0,
            ProfileSpec::Step(profile) => 1.0 / profile.ratio.0,
        }
    }

    /// Rows that each class keeps, given the rows it has.
    pub(crate) fn keep(&self, available: &[usize]) -> Vec<usize> {
        let mut order: Vec<usize> =
            (0..available.len()).filter(|&class| 0 < available[class]).collect();
        order.sort_by(|&a, &b| available[b].cmp(&available[a]));
        let n_classes = order.len();
        let enough =
            |(k, &class): (usize, &usize)| available[class] as f64 / self.share(k, n_classes);
        let n_max = order.iter().enumerate().map(enough).fold(f64::INFINITY, f64::min);
        let mut kept = vec![0; available.len()];
        if n_max.is_finite() {
            let counts = class_counts(self, n_max.floor() as usize, n_classes);
            for (&class, count) in order.iter().zip(counts) {
                kept[class] = count.clamp(1, available[class]);
            }
        }
        kept
    }
}

/// Rows of the classes from the largest, `n_max`, to the smallest.
pub fn class_counts(profile: &ProfileSpec, n_max: usize, n_classes: usize) -> Vec<usize> {
    (0..n_classes).map(|k| (n_max as f64 * profile.share(k, n_classes)) as usize).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exponential(ratio: f64) -> ProfileSpec {
        ProfileSpec::Exponential(ImbalanceRatio { ratio: Ratio(ratio) })
    }

    #[test]
    fn cifar_10_at_ratio_100_has_its_12406_images() {
        assert_eq!(class_counts(&exponential(100.0), 5000, 10).iter().sum::<usize>(), 12_406);
    }

    #[test]
    fn the_ratio_is_kept_on_data_that_are_imbalanced_already() {
        let kept = exponential(10.0).keep(&[500, 50, 100]);
        let (largest, smallest) = (kept[0] as f64, kept[1] as f64);
        assert!((largest / smallest - 10.0).abs() < 0.5, "{kept:?}");
    }

    #[test]
    fn every_class_keeps_a_row_and_never_more_than_it_has() {
        let available = [40, 3, 1, 7];
        let kept = exponential(1000.0).keep(&available);
        assert!(
            kept.iter().zip(available).all(|(&kept, has)| 1 <= kept && kept <= has),
            "{kept:?}"
        );
    }
}
