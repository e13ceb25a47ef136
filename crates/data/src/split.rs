//! Which rows are learnt from, which pick the epoch, which are measured.
//!
//! All parts of a split are disjoint. The test part is chosen first; of the others, in this order:
//! an imbalance profile removes rows, the meta set is taken out, the validation part is taken out, and
//! the rest is the training part. Every draw is a permutation with a name of its own: the partition
//! into folds does not depend on the fold, so that the test parts of all folds tile the data.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::DataError;
use crate::profile::ProfileSpec;

/// Gives the permutation of `0..n` that has a name.
pub type Permutation<'a> = &'a mut dyn FnMut(&str, usize) -> Vec<u32>;

/// Which rows are tested, under the name it has in an experiment file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SplitSpec {
    /// Every row is tested once in each repeat.
    StratifiedKFold(StratifiedKFold),
    /// One test part.
    Holdout(Holdout),
}

impl Default for SplitSpec {
    fn default() -> Self {
        SplitSpec::StratifiedKFold(StratifiedKFold::default())
    }
}

/// Stratified k-fold cross-validation.
///
/// The rows of each class are permuted and dealt to the folds in turn; the deal is carried on from
/// class to class, so that folds differ by one row at the most, and so do the counts of each class. A
/// class with fewer rows than folds is missing from the test part of some folds, whose metrics are
/// taken over the classes that are there. A class with a single row is always learnt from and never
/// tested.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StratifiedKFold {
    /// Number of folds, at least 2; default 5.
    pub folds: AtLeastTwo,
    /// Number of partitions, each with permutations of its own; default 1.
    pub repeats: std::num::NonZeroUsize,
}

impl Default for StratifiedKFold {
    fn default() -> Self {
        StratifiedKFold { folds: AtLeastTwo(5), repeats: std::num::NonZeroUsize::MIN }
    }
}

/// One test part: `⌊test · n⌉` rows of each class, at least one and not all if it has two or more.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Holdout {
    /// Share of the rows that is tested, above 0 and below 1; default 0.2.
    pub test: Share,
}

impl Default for Holdout {
    fn default() -> Self {
        Holdout { test: Share(0.2) }
    }
}

/// A whole number of at least 2.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u32", into = "u32")]
pub struct AtLeastTwo(u32);

impl TryFrom<u32> for AtLeastTwo {
    type Error = String;
    fn try_from(n: u32) -> Result<Self, String> {
        if 2 <= n { Ok(AtLeastTwo(n)) } else { Err(format!("{n} is too few: at least 2")) }
    }
}

impl From<AtLeastTwo> for u32 {
    fn from(n: AtLeastTwo) -> u32 {
        n.0
    }
}

/// A share above 0 and below 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Share(f64);

impl TryFrom<f64> for Share {
    type Error = String;
    fn try_from(share: f64) -> Result<Self, String> {
        if 0.0 < share && share < 1.0 {
            Ok(Share(share))
        } else {
            Err(format!("{share} is not a share above 0 and below 1"))
        }
    }
}

impl From<Share> for f64 {
    fn from(share: Share) -> f64 {
        share.0
    }
}

impl SplitSpec {
    /// Number of test parts.
    pub fn n_folds(&self) -> usize {
        match self {
            SplitSpec::StratifiedKFold(k_fold) => k_fold.folds.0 as usize * k_fold.repeats.get(),
            SplitSpec::Holdout(_) => 1,
        }
    }
}

/// Rows taken out of the training side for methods that learn from a clean, balanced set: the same
/// number of each class, but at most half of the rows a class has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MetaSpec {
    /// Rows of each class; default 10.
    pub per_class: std::num::NonZeroUsize,
}

impl Default for MetaSpec {
    fn default() -> Self {
        MetaSpec { per_class: std::num::NonZeroUsize::new(10).expect("10 > 0") }
    }
}

/// Everything that determines the parts.
#[derive(Clone, Debug, PartialEq)]
pub struct PartsSpec {
    /// Which rows are tested.
    pub split: SplitSpec,
    /// The imbalance that the training side is given.
    pub profile: Option<ProfileSpec>,
    /// The meta set.
    pub meta: Option<MetaSpec>,
    /// Share of the training side, after profile and meta set, that picks the epoch.
    pub validation: f64,
}

/// Rows of each part, each in ascending order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    /// Learnt from.
    pub train: Vec<u32>,
    /// Clean and balanced.
    pub meta: Vec<u32>,
    /// Picks the epoch.
    pub validation: Vec<u32>,
    /// Measured.
    pub test: Vec<u32>,
}

/// A class that is too small for what was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SplitWarning {
    /// Fewer rows than folds.
    FewerThanFolds {
        /// The class.
        class: usize,
        /// Its rows.
        n_rows: usize,
        /// The folds.
        n_folds: usize,
    },
    /// A single row.
    NeverTested {
        /// The class.
        class: usize,
    },
    /// The meta set is not balanced.
    SmallMeta {
        /// The class.
        class: usize,
        /// Rows it gives to the meta set.
        given: usize,
        /// Rows it was asked for.
        asked: usize,
    },
}

impl SplitWarning {
    /// The class it is about.
    pub fn class(&self) -> usize {
        match self {
            SplitWarning::FewerThanFolds { class, .. }
            | SplitWarning::NeverTested { class }
            | SplitWarning::SmallMeta { class, .. } => *class,
        }
    }

    /// The same warning about several classes at once, in one sentence.
    pub fn about(&self, classes: &str) -> String {
        match self {
            SplitWarning::FewerThanFolds { n_folds, .. } => format!(
                "fewer rows than the {n_folds} folds in {classes}: some test parts lack it, and metrics are \
                 taken over the classes that are there"
            ),
            SplitWarning::NeverTested { .. } => {
                format!("a single row in {classes}: it is always learnt from and never tested")
            }
            SplitWarning::SmallMeta { asked, .. } => format!(
                "fewer than {asked} rows for the meta set from {classes}: at most half of what it has"
            ),
        }
    }
}

impl fmt::Display for SplitWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.about(&format!("class {}", self.class())))
    }
}

impl PartsSpec {
    /// The parts of fold `fold`, and what is too small.
    ///
    /// # Errors
    /// If there are more folds than rows, or nothing is left to learn from.
    pub fn parts(
        &self,
        targets: &[u32],
        n_classes: usize,
        fold: usize,
        permutation: Permutation<'_>,
    ) -> Result<(Parts, Vec<SplitWarning>), DataError> {
        let mut warnings = Vec::new();
        let classes = rows_by_class(targets, n_classes);
        let mut test = self.test(&classes, targets.len(), fold, permutation, &mut warnings)?;
        test.sort_unstable();
        let is_test = |row: &u32| test.binary_search(row).is_ok();
        let mut training: Vec<Vec<u32>> = classes
            .iter()
            .map(|rows| rows.iter().copied().filter(|row| !is_test(row)).collect())
            .collect();

        if let Some(profile) = &self.profile {
            let available: Vec<usize> = training.iter().map(Vec::len).collect();
            for (class, kept) in profile.keep(&available).into_iter().enumerate() {
                take(
                    &mut training[class],
                    available[class] - kept,
                    "profile",
                    fold,
                    class,
                    permutation,
                );
            }
        }
        let mut meta = Vec::new();
        if let Some(spec) = &self.meta {
            let asked = spec.per_class.get();
            for (class, rows) in training.iter_mut().enumerate() {
                let given = asked.min(rows.len() / 2);
                if given < asked && !rows.is_empty() {
                    warnings.push(SplitWarning::SmallMeta { class, given, asked });
                }
                meta.extend(take(rows, given, "meta", fold, class, permutation));
            }
        }
        let mut validation = Vec::new();
        for (class, rows) in training.iter_mut().enumerate() {
            let share = (self.validation * rows.len() as f64).round() as usize;
            let n = if 0.0 < self.validation {
                share.max(1).min(rows.len().saturating_sub(1))
            } else {
                0
            };
            validation.extend(take(rows, n, "validation", fold, class, permutation));
        }
        let mut train: Vec<u32> = training.into_iter().flatten().collect();
        if train.is_empty() {
            return Err(DataError::Split("no row is left to learn from".to_owned()));
        }
        [&mut train, &mut meta, &mut validation].into_iter().for_each(|part| part.sort_unstable());
        Ok((Parts { train, meta, validation, test }, warnings))
    }

    fn test(
        &self,
        classes: &[Vec<u32>],
        n_rows: usize,
        fold: usize,
        permutation: Permutation<'_>,
        warnings: &mut Vec<SplitWarning>,
    ) -> Result<Vec<u32>, DataError> {
        let mut test = Vec::new();
        let mut dealt = 0;
        for (class, rows) in classes.iter().enumerate() {
            if rows.len() == 1 {
                warnings.push(SplitWarning::NeverTested { class });
                continue;
            }
            match &self.split {
                SplitSpec::StratifiedKFold(k_fold) => {
                    let n_folds = k_fold.folds.0 as usize;
                    if n_rows < n_folds {
                        let message = format!(
                            "{n_folds} folds need at least as many rows, and there are {n_rows}"
                        );
                        return Err(DataError::Split(message));
                    }
                    if (2..n_folds).contains(&rows.len()) {
                        let n_rows = rows.len();
                        warnings.push(SplitWarning::FewerThanFolds { class, n_rows, n_folds });
                    }
                    let name = format!("split/repeat {}/class {class}", fold / n_folds);
                    for (i, at) in permutation(&name, rows.len()).into_iter().enumerate() {
                        if (dealt + i) % n_folds == fold % n_folds {
                            test.push(rows[at as usize]);
                        }
                    }
                    dealt += rows.len();
                }
                SplitSpec::Holdout(holdout) if !rows.is_empty() => {
                    let share = (holdout.test.0 * rows.len() as f64).round() as usize;
                    let n = share.clamp(1, rows.len() - 1);
                    test.extend(take(&mut rows.clone(), n, "split", fold, class, permutation));
                }
                SplitSpec::Holdout(_) => {}
            }
        }
        Ok(test)
    }
}

fn rows_by_class(targets: &[u32], n_classes: usize) -> Vec<Vec<u32>> {
    let mut classes = vec![Vec::new(); n_classes];
    for (row, &target) in targets.iter().enumerate() {
        classes[target as usize].push(row as u32);
    }
    classes
}

/// Takes `n` rows out of `rows`, those that the permutation called `draw` of this fold and class names
/// first.
fn take(
    rows: &mut Vec<u32>,
    n: usize,
    draw: &str,
    fold: usize,
    class: usize,
    permutation: Permutation<'_>,
) -> Vec<u32> {
    if n == 0 {
        return Vec::new();
    }
    let order = permutation(&format!("{draw}/fold {fold}/class {class}"), rows.len());
    let taken: Vec<u32> = order[..n].iter().map(|&at| rows[at as usize]).collect();
    let mut sorted = taken.clone();
    sorted.sort_unstable();
    rows.retain(|row| sorted.binary_search(row).is_err());
    taken
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Permutations that depend on their name alone.
    fn permutation(name: &str, n: usize) -> Vec<u32> {
        let key = |i: &u32| *blake3::hash(format!("{name} {i}").as_bytes()).as_bytes();
        let mut order: Vec<u32> = (0..n as u32).collect();
        order.sort_by_key(key);
        order
    }

    fn k_fold(folds: u32, validation: f64, meta: Option<usize>) -> PartsSpec {
        let split = StratifiedKFold { folds: AtLeastTwo(folds), ..StratifiedKFold::default() };
        let per_class = meta.and_then(std::num::NonZeroUsize::new);
        PartsSpec {
            split: SplitSpec::StratifiedKFold(split),
            profile: None,
            meta: per_class.map(|per_class| MetaSpec { per_class }),
            validation,
        }
    }

    fn parts(spec: &PartsSpec, targets: &[u32], fold: usize) -> (Parts, Vec<SplitWarning>) {
        spec.parts(targets, 3, fold, &mut permutation).unwrap()
    }

    proptest! {
        #[test]
        fn parts_are_disjoint_and_complete_and_folds_tile_the_data(
            targets in prop::collection::vec(0..3_u32, 12..80),
            folds in 2..6_u32,
            meta in prop::option::of(1..5_usize),
        ) {
            let spec = k_fold(folds, 0.2, meta);
            let mut tested = Vec::new();
            for fold in 0..folds as usize {
                let (parts, _) = parts(&spec, &targets, fold);
                let mut all: Vec<u32> =
                    [&parts.train, &parts.meta, &parts.validation, &parts.test].into_iter().flatten().copied().collect();
                all.sort_unstable();
                prop_assert!(all.iter().enumerate().all(|(i, &row)| i as u32 == row));
                prop_assert_eq!(all.len(), targets.len());
                for class in 0..3 {
                    let of = |rows: &[u32]| rows.iter().filter(|&&r| targets[r as usize] == class).count();
                    let n = targets.iter().filter(|&&t| t == class).count();
                    if n != 1 {
                        let exact = n as f64 / f64::from(folds);
                        prop_assert!((of(&parts.test) as f64 - exact).abs() < 1.0);
                    }
                    if of(&parts.test) < n {
                        prop_assert!(0 < of(&parts.train), "every class is learnt from");
                    }
                    prop_assert!(of(&parts.meta) <= n.div_ceil(2));
                }
                tested.extend(parts.test);
            }
            tested.sort_unstable();
            tested.dedup();
            let singles = (0..3).filter(|&c| targets.iter().filter(|&&t| t == c).count() == 1).count();
            prop_assert_eq!(tested.len(), targets.len() - singles);
        }
    }

    #[test]
    fn small_classes_are_warned_about() {
        let targets = [&[0; 20][..], &[1; 3], &[2]].concat();
        let (parts, warnings) = parts(&k_fold(5, 0.2, Some(10)), &targets, 0);
        assert!(parts.train.contains(&23), "the single row is learnt from");
        let texts: Vec<String> = warnings.iter().map(ToString::to_string).collect();
        assert!(
            texts.iter().any(|text| text.contains("fewer rows than the 5 folds in class 1")),
            "{texts:?}"
        );
        assert!(texts.iter().any(|text| text.contains("a single row in class 2")), "{texts:?}");
        assert!(
            texts
                .iter()
                .any(|text| text.contains("fewer than 10 rows for the meta set from class 0")),
            "{texts:?}"
        );
    }

    #[test]
    fn a_profile_shapes_the_training_side_alone() {
        let targets = [vec![0; 100], vec![1; 100], vec![2; 100]].concat();
        let profile = serde_json::from_str(r#"{ "exponential": { "ratio": 10 } }"#).unwrap();
        let spec = PartsSpec { profile: Some(profile), ..k_fold(5, 0.0, None) };
        let (parts, _) = parts(&spec, &targets, 0);
        let count =
            |rows: &[u32], class| rows.iter().filter(|&&r| targets[r as usize] == class).count();
        assert_eq!([0, 1, 2].map(|class| count(&parts.test, class)), [20, 20, 20]);
        assert_eq!([0, 1, 2].map(|class| count(&parts.train, class)), [80, 25, 8]);
    }

    #[test]
    fn a_holdout_tests_its_share_of_every_class() {
        let targets = [vec![0; 50], vec![1; 10]].concat();
        let split = SplitSpec::Holdout(Holdout { test: Share(0.3) });
        let spec = PartsSpec { split, ..k_fold(5, 0.2, None) };
        let (parts, _) = spec.parts(&targets, 2, 0, &mut permutation).unwrap();
        assert_eq!((parts.test.len(), parts.validation.len(), parts.train.len()), (18, 8, 34));
    }

    #[test]
    fn more_folds_than_rows_is_an_error() {
        let error = k_fold(5, 0.2, None).parts(&[0, 1, 0], 3, 0, &mut permutation).unwrap_err();
        assert_eq!(error.to_string(), "5 folds need at least as many rows, and there are 3");
    }
}
