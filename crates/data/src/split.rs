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
    /// The folds that the data set is published with.
    OfficialFolds(OfficialFolds),
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
/// class with fewer rows than folds is missing from the test part of some folds, where metrics of
/// how classes are recognised are undefined. A class with a single row is always learnt from and never
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

/// The partition that others used: each fold is the test part once. Only some data sets have one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OfficialFolds {}

/// What a split is made from.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a> {
    /// The class of each row.
    pub targets: &'a [u32],
    /// Number of classes.
    pub n_classes: usize,
    /// The official fold of each row, from 0, if there is one.
    pub folds: Option<&'a [u32]>,
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
    /// Number of test parts of a data set with `official` official folds.
    pub fn n_folds(&self, official: usize) -> usize {
        match self {
            SplitSpec::StratifiedKFold(k_fold) => {
                (k_fold.folds.0 as usize).saturating_mul(k_fold.repeats.get())
            }
            SplitSpec::Holdout(_) => 1,
            SplitSpec::OfficialFolds(_) => official,
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
                "fewer rows than the {n_folds} folds in {classes}: some test parts lack it, and metrics of how \
                 classes are recognised are undefined there"
            ),
            SplitWarning::NeverTested { .. } => {
                format!(
                    "a single row in {classes}: it is always learnt from and never tested, and metrics of how \
                     classes are recognised are undefined"
                )
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
        rows: &Rows<'_>,
        fold: usize,
        permutation: Permutation<'_>,
    ) -> Result<(Parts, Vec<SplitWarning>), DataError> {
        let mut warnings = Vec::new();
        let classes = rows_by_class(rows.targets, rows.n_classes);
        let mut test = match (&self.split, rows.folds) {
            (SplitSpec::OfficialFolds(_), Some(folds)) => official(folds, fold),
            (SplitSpec::OfficialFolds(_), None) => {
                let message = "this data set has no official folds: they come with a data folder";
                return Err(DataError::Split(message.to_owned()));
            }
            _ => self.test(&classes, rows.targets.len(), fold, permutation, &mut warnings)?,
        };
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
                SplitSpec::Holdout(_) | SplitSpec::OfficialFolds(_) => {}
            }
        }
        Ok(test)
    }
}

/// The rows of an official fold.
fn official(folds: &[u32], fold: usize) -> Vec<u32> {
    let of_fold = folds.iter().zip(0..).filter(|(of_row, _)| **of_row as usize == fold);
    of_fold.map(|(_, row)| row).collect()
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
mod tests;
