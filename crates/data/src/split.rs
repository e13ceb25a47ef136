//! Which rows are learnt from, which pick the epoch, which are measured.
//!
//! All parts of a split are disjoint. The test part is chosen first; of the others, in this order:
//! an imbalance profile removes rows, the meta set is taken out, the validation part is taken out, and
//! the rest is the training part. Every draw is a permutation with a name of its own: the partition
//! into folds does not depend on the fold, so that the test parts of all folds tile the data. Where tested classes are not learnt
//! from, the validation part has classes of its own, which are taken out before a profile.

mod apart;
pub(crate) mod class_disjoint;
pub(crate) mod draw;
pub(crate) mod given;
pub(crate) mod groups;
pub(crate) mod holdout;
pub(crate) mod k_fold;
mod ranges;
pub(crate) mod rows;
pub(crate) mod warning;

use serde::{Deserialize, Serialize};

use crate::dataset::Dataset;
use crate::error::DataError;
use crate::profile::ProfileSpec;
use crate::split::class_disjoint::ClassDisjoint;
use crate::split::draw::{Permutation, take};
use crate::split::given::{Given, OfficialFolds};
use crate::split::groups::{GroupKFold, Groups};
use crate::split::holdout::Holdout;
use crate::split::k_fold::StratifiedKFold;
use crate::split::rows::Rows;
use crate::split::warning::SplitWarning;

/// Which rows are tested, under the name it has in an experiment file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SplitSpec {
    /// Every row is tested once in each repeat.
    StratifiedKFold(StratifiedKFold),
    /// The same in whole groups.
    GroupKFold(GroupKFold),
    /// One test part.
    Holdout(Holdout),
    /// A column says which rows are tested together.
    Given(Given),
    /// The folds that the data set is published with.
    OfficialFolds(OfficialFolds),
    /// Classes that are tested are not learnt from.
    ClassDisjoint(ClassDisjoint),
}

impl Default for SplitSpec {
    fn default() -> Self {
        SplitSpec::StratifiedKFold(StratifiedKFold::default())
    }
}

impl SplitSpec {
    /// Number of test parts of a data set.
    ///
    /// # Errors
    /// If it cannot be split so.
    pub fn n_folds(&self, dataset: &Dataset) -> Result<usize, DataError> {
        match (self.n_folds_of_any(), self) {
            (Some(n_folds), _) => Ok(n_folds),
            (None, SplitSpec::Given(given)) => given.n_folds(&dataset.rows()),
            (None, _) => given::n_official(&dataset.rows()),
        }
    }

    /// Number of test parts, if it is the same for any data set.
    pub fn n_folds_of_any(&self) -> Option<usize> {
        match self {
            SplitSpec::StratifiedKFold(k_fold) => {
                Some(k_fold.folds.get().saturating_mul(k_fold.repeats.get()))
            }
            SplitSpec::GroupKFold(k_fold) => {
                Some(k_fold.folds.get().saturating_mul(k_fold.repeats.get()))
            }
            SplitSpec::ClassDisjoint(k_fold) => {
                Some(k_fold.folds.get().saturating_mul(k_fold.repeats.get()))
            }
            SplitSpec::Holdout(_) => Some(1),
            SplitSpec::Given(_) | SplitSpec::OfficialFolds(_) => None,
        }
    }

    /// How often every row is tested; `None` if that depends on the data set, or some rows never are.
    pub fn repeats(&self) -> Option<usize> {
        match self {
            SplitSpec::StratifiedKFold(k_fold) => Some(k_fold.repeats.get()),
            SplitSpec::GroupKFold(k_fold) => Some(k_fold.repeats.get()),
            SplitSpec::ClassDisjoint(k_fold) => Some(k_fold.repeats.get()),
            SplitSpec::Given(given) => given.test.is_empty().then(|| given.column.len()),
            SplitSpec::Holdout(_) | SplitSpec::OfficialFolds(_) => None,
        }
    }

    /// Whether the test parts are those that the data come with, whatever the seed.
    pub fn comes_with_the_data(&self) -> bool {
        match self {
            SplitSpec::Given(_) | SplitSpec::OfficialFolds(_) => true,
            SplitSpec::StratifiedKFold(_)
            | SplitSpec::GroupKFold(_)
            | SplitSpec::Holdout(_)
            | SplitSpec::ClassDisjoint(_) => false,
        }
    }

    /// Whether classes that are tested are never learnt from.
    pub fn keeps_classes_apart(&self) -> bool {
        matches!(self, SplitSpec::ClassDisjoint(_))
    }

    /// Whether it reads columns of the data set.
    pub fn reads_columns(&self) -> bool {
        match self {
            SplitSpec::StratifiedKFold(_)
            | SplitSpec::OfficialFolds(_)
            | SplitSpec::ClassDisjoint(_) => false,
            SplitSpec::Holdout(holdout) => holdout.group.is_some(),
            SplitSpec::GroupKFold(_) | SplitSpec::Given(_) => true,
        }
    }

    /// The columns that it names, which are no features.
    pub fn columns(&self) -> Vec<&str> {
        match self {
            SplitSpec::StratifiedKFold(_)
            | SplitSpec::OfficialFolds(_)
            | SplitSpec::ClassDisjoint(_) => Vec::new(),
            SplitSpec::GroupKFold(k_fold) => k_fold.group.as_deref().into_iter().collect(),
            SplitSpec::Holdout(holdout) => holdout.group.as_deref().into_iter().collect(),
            SplitSpec::Given(given) => given.column.iter().map(String::as_str).collect(),
        }
    }

    /// The rows that fold `fold` tests.
    fn test(
        &self,
        rows: &Rows<'_>,
        classes: &[Vec<u32>],
        fold: usize,
        permutation: Permutation<'_>,
        warnings: &mut Vec<SplitWarning>,
    ) -> Result<Vec<u32>, DataError> {
        match self {
            SplitSpec::StratifiedKFold(k_fold) => k_fold.test(classes, fold, permutation, warnings),
            SplitSpec::GroupKFold(k_fold) => k_fold.test(rows, fold, permutation, warnings),
            SplitSpec::Holdout(holdout) => holdout.test(rows, classes, fold, permutation, warnings),
            SplitSpec::Given(given) => given.test(rows, fold),
            SplitSpec::OfficialFolds(_) => given::official(rows, fold),
            SplitSpec::ClassDisjoint(k_fold) => k_fold.test(classes, fold, permutation),
        }
    }

    /// Rows that are in no part.
    fn unused(&self, rows: &Rows<'_>) -> Result<Vec<u32>, DataError> {
        match self {
            SplitSpec::Given(given) => given.unused(rows),
            SplitSpec::StratifiedKFold(_)
            | SplitSpec::GroupKFold(_)
            | SplitSpec::Holdout(_)
            | SplitSpec::OfficialFolds(_)
            | SplitSpec::ClassDisjoint(_) => Ok(Vec::new()),
        }
    }

    /// Whether all rows of a group of the data set are in one part; `None` where columns decide.
    pub fn keeps_groups(&self) -> Option<bool> {
        match self {
            SplitSpec::StratifiedKFold(_) | SplitSpec::ClassDisjoint(_) => Some(false),
            SplitSpec::GroupKFold(_) => Some(true),
            SplitSpec::Holdout(holdout) => Some(holdout.group.is_some()),
            SplitSpec::Given(_) | SplitSpec::OfficialFolds(_) => None,
        }
    }

    /// The column whose groups meta set and validation part keep together.
    fn group<'a>(&'a self, rows: &'a Rows<'_>) -> Option<&'a str> {
        match self {
            SplitSpec::StratifiedKFold(_) | SplitSpec::ClassDisjoint(_) => None,
            SplitSpec::Holdout(holdout) => holdout.group.as_deref(),
            SplitSpec::GroupKFold(k_fold) => rows.group_column(k_fold.group.as_ref()),
            SplitSpec::Given(_) | SplitSpec::OfficialFolds(_) => rows.group,
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

impl PartsSpec {
    /// The parts of fold `fold`, and what is too small.
    ///
    /// # Errors
    /// If there are more folds than rows or groups, a column is not there, or nothing is left to learn from.
    pub fn parts(
        &self,
        rows: &Rows<'_>,
        fold: usize,
        permutation: Permutation<'_>,
    ) -> Result<(Parts, Vec<SplitWarning>), DataError> {
        let mut warnings = Vec::new();
        let classes = rows.by_class();
        let test = self.split.test(rows, &classes, fold, permutation, &mut warnings)?;
        let mut is_out = vec![false; rows.targets.len()];
        let unused = self.split.unused(rows)?;
        test.iter().chain(&unused).for_each(|&row| is_out[row as usize] = true);
        let mut training: Vec<Vec<u32>> = classes
            .iter()
            .map(|rows| rows.iter().copied().filter(|&row| !is_out[row as usize]).collect())
            .collect();
        let of_classes = if self.split.keeps_classes_apart() {
            ClassDisjoint::validation(self.validation, &mut training, rows, fold, permutation)?
        } else {
            check_training(rows, &classes, &training, &mut warnings)?;
            Vec::new()
        };

        if let Some(profile) = &self.profile {
            let available: Vec<usize> = training.iter().map(Vec::len).collect();
            let learnt = |n: usize| n - self.n_meta(n) - self.n_validation(n - self.n_meta(n));
            for (class, kept) in profile.keep(&available, learnt).into_iter().enumerate() {
                let n = available[class] - kept;
                take(&mut training[class], n, "profile", fold, class, permutation);
            }
        }
        let (meta, mut validation) = match self.split.group(rows) {
            Some(column) => {
                let of_row = rows.values(column)?.of_row;
                let (meta, mut validation) =
                    self.in_groups(rows, &of_row, fold, &mut training, permutation, &mut warnings);
                beside(&mut validation, rows, &of_row, &is_out);
                (meta, validation)
            }
            None => self.by_row(fold, &mut training, permutation, &mut warnings),
        };
        validation.extend(of_classes);
        let train = training.concat();
        if train.is_empty() {
            return Err(DataError::Split("no row is left to learn from".to_owned()));
        }
        let parts = [train, meta, validation, test];
        let [train, meta, validation, test] = ascending(parts, rows.targets.len());
        Ok((Parts { train, meta, validation, test }, warnings))
    }

    /// Takes the meta set and the validation part out of `training`, class by class.
    fn by_row(
        &self,
        fold: usize,
        training: &mut [Vec<u32>],
        permutation: Permutation<'_>,
        warnings: &mut Vec<SplitWarning>,
    ) -> (Vec<u32>, Vec<u32>) {
        let (mut meta, mut validation) = (Vec::new(), Vec::new());
        for (class, rows) in training.iter_mut().enumerate() {
            let given = self.n_meta(rows.len());
            warnings.extend(self.small_meta(class, given, rows.len()));
            meta.extend(take(rows, given, "meta", fold, class, permutation));
            let n = self.n_validation(rows.len());
            validation.extend(take(rows, n, "validation", fold, class, permutation));
        }
        (meta, validation)
    }

    /// The same in whole groups. Rows of the meta set's groups that would make it unbalanced are not used.
    fn in_groups(
        &self,
        rows: &Rows<'_>,
        of_row: &[u32],
        fold: usize,
        training: &mut [Vec<u32>],
        permutation: Permutation<'_>,
        warnings: &mut Vec<SplitWarning>,
    ) -> (Vec<u32>, Vec<u32>) {
        let (mut meta, mut validation) = (Vec::new(), Vec::new());
        if let Some(spec) = &self.meta {
            let groups = Groups::of(&training.concat(), of_row, rows);
            let order = permutation(&format!("meta/fold {fold}/groups"), groups.len());
            let balanced = groups.balanced(spec.per_class.get(), &order, rows);
            for (class, given) in balanced.given.into_iter().enumerate() {
                warnings.extend(self.small_meta(class, given, training[class].len()));
            }
            remove(training, [&balanced.rows[..], &balanced.others].concat());
            meta = balanced.rows;
        }
        if 0.0 < self.validation {
            let groups = Groups::of(&training.concat(), of_row, rows);
            let order = permutation(&format!("validation/fold {fold}/groups"), groups.len());
            validation = groups.taken(self.validation, &order);
            remove(training, validation.clone());
        }
        (meta, validation)
    }

    /// Rows that a class of `n_rows` gives to the meta set.
    fn n_meta(&self, n_rows: usize) -> usize {
        self.meta.as_ref().map_or(0, |meta| meta.per_class.get().min(n_rows / 2))
    }

    /// Rows that a class of `n_rows` gives to the validation part, unless that has classes of its own.
    fn n_validation(&self, n_rows: usize) -> usize {
        if self.split.keeps_classes_apart() {
            return 0;
        }
        let share = (self.validation * n_rows as f64).round() as usize;
        if 0.0 < self.validation { share.max(1).min(n_rows.saturating_sub(1)) } else { 0 }
    }

    fn small_meta(&self, class: usize, given: usize, n_rows: usize) -> Option<SplitWarning> {
        let asked = self.meta.as_ref()?.per_class.get();
        (given < asked && 0 < n_rows).then_some(SplitWarning::SmallMeta { class, given, asked })
    }
}

/// Refuses a training side of one class, and warns of classes that are tested and not learnt.
fn check_training(
    rows: &Rows<'_>,
    classes: &[Vec<u32>],
    training: &[Vec<u32>],
    warnings: &mut Vec<SplitWarning>,
) -> Result<(), DataError> {
    let learnt: Vec<usize> =
        (0..training.len()).filter(|&class| !training[class].is_empty()).collect();
    let several = 1 < classes.iter().filter(|rows| !rows.is_empty()).count();
    if let ([class], true) = (&learnt[..], several) {
        return Err(DataError::Split(format!(
            "beside one of its test parts every row is of the class `{}`: there is nothing to tell apart",
            rows.classes[*class]
        )));
    }
    let lost = (0..classes.len()).filter(|&c| training[c].is_empty() && !classes[c].is_empty());
    warnings.extend(lost.map(|class| SplitWarning::NotLearnt { class }));
    Ok(())
}

/// The same disjoint parts of `n_rows` rows, each in ascending order: plans of many seeds would spend their time in sorts.
fn ascending<const N: usize>(mut parts: [Vec<u32>; N], n_rows: usize) -> [Vec<u32>; N] {
    let mut part_of = vec![u8::MAX; n_rows];
    for (part, rows) in parts.iter_mut().enumerate() {
        rows.drain(..).for_each(|row| part_of[row as usize] = part as u8);
    }
    for (row, &part) in part_of.iter().enumerate() {
        if let Some(rows) = parts.get_mut(usize::from(part)) {
            rows.push(row as u32);
        }
    }
    parts
}

/// Adds to `validation`, which is of whole groups, the rows of these groups that are no examples: they are measured.
fn beside(validation: &mut Vec<u32>, rows: &Rows<'_>, of_row: &[u32], is_out: &[bool]) {
    let n_groups = of_row.iter().max().map_or(0, |&last| last as usize + 1);
    let mut is_taken = vec![false; n_groups];
    validation.iter().for_each(|&row| is_taken[of_row[row as usize] as usize] = true);
    let others = (0..rows.ignored.len() as u32).filter(|&row| !rows.is_example(row));
    validation.extend(
        others.filter(|&row| !is_out[row as usize] && is_taken[of_row[row as usize] as usize]),
    );
}

/// Takes `rows` out of the classes they are in.
fn remove(training: &mut [Vec<u32>], mut rows: Vec<u32>) {
    rows.sort_unstable();
    for of_class in training {
        of_class.retain(|row| rows.binary_search(row).is_err());
    }
}

#[cfg(test)]
mod tests;
