//! Long-tail profiles: how many training rows each class keeps.
//!
//! ```text
//! exponential  n_k = ⌊n_max ρ^(-k / (K - 1))⌋
//! step         n_k = n_max for the first ⌈K/2⌉ classes, ⌊n_max / ρ⌋ for the others
//! pareto       n_k = ⌊n_max (k + 1)^(-ln ρ / ln K)⌋
//! ```
//!
//! Classes are ordered from the largest, `k = 0`, to the smallest of the training side; `ρ` is the imbalance
//! ratio, `K` the number of classes. `n_max` is the largest head for which every class has enough
//! rows, so that the ratio is `ρ` and not what the data happen to allow, and at most `largest` where that is given. Every
//! class keeps at least one row. The profile is given to the training side only; test parts keep their distribution.
//!
//! The meta set and the validation part are drawn from what is kept. A class of which they leave more
//! than a tenth more or less than the formula gives for the training part keeps as many rows as leave
//! the right number, if it has them; of the smallest class, at which the ratio is read, that is the
//! nearest whole number. No class has less than one row to learn from: a ratio beyond the rows of the
//! largest class is not reached, and the plan says so.
//!
//! Source: Cui, Jia, Lin, Song, Belongie, *Class-Balanced Loss*, CVPR 2019 (exponential); Buda, Maki,
//! Mazurowski, *A systematic study of the class imbalance problem*, 2018 (step); Liu, Miao, Zhan, Wang, Gong, Yu,
//! *Large-Scale Long-Tailed Recognition in an Open World*, CVPR 2019 (Pareto: the largest of ImageNet-LT's classes follow it).
//! Differs: the step profile of the LDAM code leaves out a class when `K` is odd; here the middle
//! class belongs to the head. The Pareto profile is the size of the `k`-th largest under that law, `k^(-1/α)`, with the `α`
//! that gives the ratio; the sets of the source are drawn with `α = 6` and cut at 5 images.

use std::fmt;
use std::num::NonZeroUsize;

use serde::{Deserialize, Serialize};

/// A profile under the name it has in an experiment file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProfileSpec {
    /// Geometric decay from the largest class to the smallest.
    Exponential(ImbalanceRatio),
    /// Half of the classes are large, the others small.
    Step(ImbalanceRatio),
    /// A power of the rank: steeper than exponential at the head, flatter in the tail.
    Pareto(ImbalanceRatio),
}

/// Largest class over smallest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImbalanceRatio {
    /// `ρ`, at least 1.
    pub ratio: Ratio,
    /// The most rows that the largest class keeps, before meta set and validation part are drawn; default as many as the
    /// data allow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub largest: Option<NonZeroUsize>,
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
        let name = match self {
            ProfileSpec::Exponential(_) => "exponential",
            ProfileSpec::Step(_) => "step",
            ProfileSpec::Pareto(_) => "pareto",
        };
        write!(f, "{name} {}", self.ratio())?;
        self.imbalance().largest.map_or(Ok(()), |largest| write!(f, " from {largest}"))
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
            // The ratio itself, whatever rounding makes of the power.
            ProfileSpec::Pareto(profile) if k + 1 == n_classes => 1.0 / profile.ratio.0,
            ProfileSpec::Pareto(profile) => {
                let power = libm::log(profile.ratio.0) / libm::log(n_classes as f64);
                libm::pow((k + 1) as f64, -power)
            }
        }
    }

    /// Rows that each class keeps, given the rows it has; of `n` kept rows of a class, `learnt(n)` are left by the meta
    /// set and the validation part. `learnt` never falls.
    pub(crate) fn keep(&self, available: &[usize], learnt: impl Fn(usize) -> usize) -> Vec<usize> {
        let mut order: Vec<usize> =
            (0..available.len()).filter(|&class| 0 < available[class]).collect();
        order.sort_by(|&a, &b| available[b].cmp(&available[a]));
        let n_classes = order.len();
        // The largest head for which every class has enough rows.
        let largest_head = |rows: &dyn Fn(usize) -> usize| {
            let of_class = |(k, &class): (usize, &usize)| {
                rows(available[class]) as f64 / self.share(k, n_classes)
            };
            order.iter().enumerate().map(of_class).fold(f64::INFINITY, f64::min)
        };
        let cap = self.imbalance().largest.map_or(usize::MAX, NonZeroUsize::get);
        let mut kept = vec![0; available.len()];
        let Some(&largest) = order.first() else { return kept };
        let counts = class_counts(self, cap.min(largest_head(&|n| n).floor() as usize), n_classes);
        for (&class, count) in order.iter().zip(counts) {
            kept[class] = count.clamp(1, available[class]);
        }
        // Small classes lose more of their rows, by the whole, to the meta set and the validation part.
        let reachable =
            learnt(cap.min(available[largest])).min(largest_head(&learnt).floor() as usize);
        let n_largest = learnt(kept[largest]);
        let n_largest = if is_off(n_largest, reachable) { reachable } else { n_largest };
        for (k, &class) in order.iter().enumerate() {
            let wanted = self.wanted(n_largest, k, n_classes);
            if is_off(learnt(kept[class]), wanted) {
                let enough = (1..available[class]).find(|&n| wanted <= learnt(n));
                kept[class] = enough.unwrap_or(available[class]);
            }
        }
        kept
    }

    /// Rows of the `k`-th class that are to be learnt from beside `n_largest` of the largest: by the formula, and of
    /// the smallest, at which the ratio is read, the nearest whole number.
    fn wanted(&self, n_largest: usize, k: usize, n_classes: usize) -> usize {
        let exact = n_largest as f64 * self.share(k, n_classes);
        let is_smallest = self.share(k, n_classes) == self.share(n_classes - 1, n_classes);
        let whole = if is_smallest { (exact - 0.5).ceil() } else { exact.floor() };
        (whole as usize).max(1)
    }

    /// The imbalance ratio that is asked for.
    pub fn ratio(&self) -> f64 {
        self.imbalance().ratio.0
    }

    fn imbalance(&self) -> &ImbalanceRatio {
        let (ProfileSpec::Exponential(imbalance)
        | ProfileSpec::Step(imbalance)
        | ProfileSpec::Pareto(imbalance)) = self;
        imbalance
    }
}

/// Whether `n` is more than a tenth away from `wanted`.
fn is_off(n: usize, wanted: usize) -> bool {
    wanted < 10 * wanted.abs_diff(n)
}

/// Whether an imbalance ratio is within a tenth of the one that was asked for.
pub fn is_met(asked: f64, reached: f64) -> bool {
    (reached - asked).abs() <= 0.1 * asked
}

/// Largest class over smallest, of the classes that have rows at all; `None` if none has.
pub fn reached_ratio(counts: &[u32]) -> Option<f64> {
    let known = || counts.iter().copied().filter(|&n| 0 < n);
    Some(f64::from(known().max()?) / f64::from(known().min()?))
}

/// Rows of the classes from the largest, `n_max`, to the smallest.
pub fn class_counts(profile: &ProfileSpec, n_max: usize, n_classes: usize) -> Vec<usize> {
    (0..n_classes).map(|k| (n_max as f64 * profile.share(k, n_classes)) as usize).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exponential(ratio: f64) -> ProfileSpec {
        ProfileSpec::Exponential(ImbalanceRatio { ratio: Ratio(ratio), largest: None })
    }

    #[test]
    fn cifar_10_at_ratio_100_has_its_12406_images() {
        assert_eq!(class_counts(&exponential(100.0), 5000, 10).iter().sum::<usize>(), 12_406);
    }

    #[test]
    fn pareto_is_a_power_of_the_rank_that_ends_at_the_ratio() {
        let pareto =
            |ratio| ProfileSpec::Pareto(ImbalanceRatio { ratio: Ratio(ratio), largest: None });
        // 100 = 10^2.
        let squares = [5000, 1250, 555, 312, 200, 138, 102, 78, 61, 50];
        assert_eq!(class_counts(&pareto(100.0), 5000, 10), squares);
        for (ratio, n_classes) in [(10.0, 2), (50.0, 7), (200.0, 100)] {
            let counts = class_counts(&pareto(ratio), 6000, n_classes);
            assert!(counts.is_sorted_by(|a, b| a >= b), "{counts:?}");
            assert_eq!([counts[0], counts[n_classes - 1]], [6000, (6000.0 / ratio) as usize]);
            let exponential = class_counts(&exponential(ratio), 6000, n_classes);
            assert!(counts.iter().zip(exponential).all(|(a, b)| *a <= b + 1), "{ratio}");
        }
        assert_eq!(class_counts(&pareto(100.0), 10, 1), [0]);
    }

    #[test]
    fn the_ratio_is_kept_on_data_that_are_imbalanced_already() {
        let kept = exponential(10.0).keep(&[500, 50, 100], |n| n);
        let (largest, smallest) = (kept[0] as f64, kept[1] as f64);
        assert!((largest / smallest - 10.0).abs() < 0.5, "{kept:?}");
    }

    #[test]
    fn the_ratio_is_that_of_what_meta_set_and_validation_part_leave() {
        // Ten rows of each class, and then one in five.
        let learnt = |n: usize| {
            let rest = n - 10.min(n / 2);
            rest - ((0.2 * rest as f64).round() as usize).max(1).min(rest - 1)
        };
        for (available, ratio) in
            [([2000, 900, 500], 10.0), ([500, 400, 45], 15.0), ([300, 80, 60], 20.0)]
        {
            let kept = exponential(ratio).keep(&available, learnt);
            let left: Vec<f64> = kept.iter().map(|&n| learnt(n) as f64).collect();
            assert!((left[0] / left[2] - ratio).abs() < 0.1 * ratio, "{available:?}: {kept:?}");
            let middle = left[0] / ratio.sqrt();
            assert!((left[1] - middle).abs() <= 1.0 + 0.1 * middle, "{available:?}: {kept:?}");
        }
        // Where nothing is off, the published counts stand.
        let published = class_counts(&exponential(100.0), 5000, 3);
        assert_eq!(exponential(100.0).keep(&[5000; 3], |n| n), published);
        assert_eq!(exponential(100.0).keep(&[5000; 3], |n| n - n / 5), published);
    }

    #[test]
    fn the_largest_class_has_no_more_rows_than_are_asked_for() {
        let of = |largest: usize| {
            ProfileSpec::Exponential(ImbalanceRatio {
                ratio: Ratio(100.0),
                largest: NonZeroUsize::new(largest),
            })
        };
        let learnt = |n: usize| n - n / 5;
        let kept = of(1250).keep(&[6000; 10], learnt);
        assert_eq!([kept[0], kept[9]], [1250, 12]);
        assert_eq!([learnt(kept[0]), learnt(kept[9])], [1000, 10]);
        assert_eq!(of(1250).to_string(), "exponential 100 from 1250");
        // More than there are change nothing.
        let all = exponential(100.0).keep(&[6000; 10], learnt);
        assert_eq!(of(6000).keep(&[6000; 10], learnt), all);
        assert_eq!(of(9999).keep(&[6000; 10], learnt), all);
        // The ratio goes before: the smallest class has not enough rows for more.
        assert_eq!(of(1250).keep(&[6000, 5], |n| n), [500, 5]);
    }

    #[test]
    fn every_class_keeps_a_row_and_never_more_than_it_has() {
        let available = [40, 3, 1, 7];
        let kept = exponential(1000.0).keep(&available, |n| n);
        assert!(
            kept.iter().zip(available).all(|(&kept, has)| 1 <= kept && kept <= has),
            "{kept:?}"
        );
    }
}
