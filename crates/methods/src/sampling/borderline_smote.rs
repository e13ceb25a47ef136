//! Borderline SMOTE: points are made from the rows of a small class that lie among others, not from all of it.
//!
//! ```text
//! i is in danger   <=>   h_i / 2 ≤ o_i < h_i        o_i of the h_i = min(m, n - 1) nearest rows are of other classes
//! x' = x_i + u (x_j - x_i)        i in danger, drawn alike;   j one of the k nearest rows, drawn alike
//! kind 1: of the class of i,      u ~ U(0, 1)
//! kind 2: of all rows,            u ~ U(0, 1), and times U(0, 1/2) where j is of another class
//! ```
//!
//! - `x_i`: features of a row of the class as they are learnt from, preprocessed, `[n_features]`; `n`: all training rows
//! - `m`: 10, `k`: 5, as in imbalanced-learn; the paper chooses both by the data. A class of `n` rows has `n - 1` neighbours
//!   of a row at the most
//! - a row all of whose neighbours are of other classes is noise, and no point is made from it
//! - every class is brought to the size of the largest, once, before the first epoch; then every row, made or not, is seen
//!   once an epoch
//!
//! A class without a row in danger, or with a single row, stays as it is: a plan knows that there may be so few.
//!
//! Source: Han, Wang, Mao, *Borderline-SMOTE: A New Over-Sampling Method in Imbalanced Data Sets Learning*, ICIC 2005.
//! Differs: for kind 2 the paper adds the nearest row of another class to the `k` of the class itself, and halves the step
//! towards it; here, as in imbalanced-learn, all `k` are of the whole set and the step is a product of two draws.
//! Trap: in a class far from all others nothing is in danger, and a borderline method is no method at all.

use std::num::NonZeroUsize;
use std::ops::{Range, RangeInclusive};

use nn::Streams;
use serde::{Deserialize, Serialize};

use crate::MethodError;
use crate::examples::Examples;
use crate::sampling::by_class::members;
use crate::sampling::definition::{Definition, Resampled, Resampling};
use crate::sampling::neighbors::nearest;
use crate::sampling::synthesis::{Synthesis, filled, missing};
use crate::setting::counts_of;

/// Parameters of borderline SMOTE.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BorderlineSmote {
    /// Towards which rows points are made; default 1.
    pub kind: BorderlineKind,
    /// Neighbours of a row that points are made towards; default 5.
    pub k: NonZeroUsize,
    /// Neighbours of a row that say whether it is in danger; default 10.
    pub m: NonZeroUsize,
}

impl Default for BorderlineSmote {
    fn default() -> Self {
        let of = |n| NonZeroUsize::new(n).expect("a literal above 0");
        BorderlineSmote { kind: BorderlineKind::WithinClass, k: of(5), m: of(10) }
    }
}

/// Towards which rows points are made; 1 or 2 in an experiment file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "i64", into = "i64")]
pub enum BorderlineKind {
    /// 1: neighbours of the class.
    WithinClass,
    /// 2: neighbours of all classes.
    AcrossClasses,
}

impl TryFrom<i64> for BorderlineKind {
    type Error = String;

    fn try_from(number: i64) -> Result<Self, String> {
        match number {
            1 => Ok(BorderlineKind::WithinClass),
            2 => Ok(BorderlineKind::AcrossClasses),
            _ => Err(format!("{number} is not 1 or 2")),
        }
    }
}

impl From<BorderlineKind> for i64 {
    fn from(kind: BorderlineKind) -> i64 {
        match kind {
            BorderlineKind::WithinClass => 1,
            BorderlineKind::AcrossClasses => 2,
        }
    }
}

impl Definition for BorderlineSmote {
    fn code(&self) -> &'static str {
        include_str!("borderline_smote.rs")
    }

    fn version(&self) -> u32 {
        1
    }

    fn resampling(&self) -> Option<&dyn Resampling> {
        Some(self)
    }
}

impl Resampling for BorderlineSmote {
    fn resample(
        &self,
        train: &Examples<f32>,
        _: &[Range<usize>],
        n_classes: usize,
        streams: &Streams,
    ) -> Result<Resampled, MethodError> {
        let mut stream = streams.stream("resample");
        let mut made = Synthesis::of(train);
        let all: Vec<u32> = (0..train.targets.len() as u32).collect();
        let members = members(&train.targets, n_classes);
        for (class, n_made) in missing(&counts_of(&train.targets, n_classes)) {
            let rows = &members[class as usize];
            let danger = self.in_danger(train, rows, &all);
            if danger.is_empty() {
                continue;
            }
            let among = match self.kind {
                BorderlineKind::WithinClass => rows,
                BorderlineKind::AcrossClasses => &all,
            };
            let neighbors = nearest(&train.features, &danger, among, self.k.get());
            for _ in 0..n_made {
                let i = stream.below(danger.len());
                let j = neighbors[i][stream.below(neighbors[i].len())];
                let mut u = stream.uniform();
                if train.targets[j as usize] != class {
                    u *= 0.5 * stream.uniform();
                }
                made.between(danger[i], j, u as f32);
            }
        }
        Ok(made.finish())
    }

    fn bounds(&self, counts: &[u32]) -> Vec<RangeInclusive<u32>> {
        counts.iter().zip(filled(counts)).map(|(&n, most)| n..=most).collect()
    }
}

impl BorderlineSmote {
    /// Those of `rows`, of one class, half of whose neighbours at the least are of other classes, but not all of them.
    fn in_danger(&self, train: &Examples<f32>, rows: &[u32], all: &[u32]) -> Vec<u32> {
        let class = |row: u32| train.targets[row as usize];
        let neighbors = nearest(&train.features, rows, all, self.m.get());
        let is_in_danger = |&(&row, near): &(&u32, &Vec<u32>)| {
            let n_others = near.iter().filter(|&&other| class(other) != class(row)).count();
            near.len() <= 2 * n_others && n_others < near.len()
        };
        rows.iter().zip(&neighbors).filter(is_in_danger).map(|(&row, _)| row).collect()
    }
}

#[cfg(test)]
mod tests {
    use nn::Matrix;

    use super::*;

    /// On a line, the large class at 0 to 9. Of the small one 9.4 and 9.6 are in danger with `m = 4`, 4.5 is noise, and
    /// 12.0 to 12.3 are safe.
    fn train() -> Examples<f32> {
        let mut values: Vec<f32> = (0..10).map(|i| i as f32).collect();
        values.extend([9.4, 9.6, 4.5, 12.0, 12.1, 12.2, 12.3]);
        let targets = (0..17).map(|i| u32::from(10 <= i)).collect();
        Examples { features: Matrix::from_values(1, values), targets }
    }

    fn of_kind(kind: i64) -> BorderlineSmote {
        let of = |n| NonZeroUsize::new(n).unwrap();
        BorderlineSmote { kind: kind.try_into().unwrap(), k: of(3), m: of(4) }
    }

    fn made(kind: i64, seed: u8) -> Vec<(u32, f32)> {
        let made = of_kind(kind).resample(&train(), &[], 2, &Streams::new([seed; 32])).unwrap();
        assert_eq!(counts_of(&made.examples.targets, 2), [10, 10]);
        let points = made.examples.features.values().iter();
        made.origins.iter().copied().zip(points.copied()).skip(17).collect()
    }

    #[test]
    fn points_are_made_from_rows_in_danger_alone() {
        let train = train();
        let all: Vec<u32> = (0..17).collect();
        assert_eq!(of_kind(1).in_danger(&train, &all[10..], &all), [10, 11]);
        for (kind, seed) in [(1, 0), (1, 1), (2, 0), (2, 1)] {
            assert!(made(kind, seed).iter().all(|(origin, _)| [10, 11].contains(origin)));
        }
    }

    #[test]
    fn towards_its_own_class_a_point_may_go_the_whole_way_towards_another_not_half() {
        let points: Vec<(u32, f32)> = (0..100).flat_map(|seed| made(2, seed)).collect();
        // The nearest three of 9.4 are 9.6, 9.0 and 8.0, those of 9.6 are 9.4, 9.0 and 8.0.
        for &(origin, x) in &points {
            let from = if origin == 10 { 9.4 } else { 9.6 };
            assert!((from - x) < 0.5 * (from - 8.0) && x <= 9.6, "{origin} {x}");
        }
        assert!(points.iter().any(|&(origin, x)| origin == 10 && 9.55 < x));
        assert!(points.iter().any(|&(origin, x)| origin == 11 && x < 9.1));
        let within: Vec<(u32, f32)> = (0..100).flat_map(|seed| made(1, seed)).collect();
        assert!(
            within.iter().all(|&(_, x)| 9.4 <= x),
            "the nearest of the class are 9.4, 9.6, 12.0, 12.1"
        );
    }

    #[test]
    fn a_class_without_a_row_in_danger_or_with_one_row_stays_as_it_is() {
        let far = Examples {
            features: Matrix::from_values(1, vec![0.0, 1.0, 2.0, 3.0, 4.0, 90.0, 91.0, 92.0]),
            targets: vec![0, 0, 0, 0, 0, 1, 1, 1],
        };
        let borderline = BorderlineSmote { m: NonZeroUsize::new(2).unwrap(), ..of_kind(1) };
        let made = borderline.resample(&far, &[], 2, &Streams::new([0; 32])).unwrap();
        assert_eq!(made.examples, far);
        let alone = Examples {
            features: Matrix::from_values(1, vec![0.0, 1.0, 0.5]),
            targets: vec![0, 0, 1],
        };
        let made = of_kind(2).resample(&alone, &[], 2, &Streams::new([0; 32])).unwrap();
        assert_eq!(made.examples, alone);
    }
}
