//! Classes that are tested are not learnt from.

use std::num::NonZeroUsize;

use serde::{Deserialize, Serialize};

use crate::error::DataError;
use crate::split::draw::Permutation;
use crate::split::ranges::AtLeastTwo;
use crate::split::rows::Rows;

/// Cross-validation over classes, for retrieval: a fold tests all rows of some classes and learns from none of them.
///
/// Classes with rows are permuted and dealt to the folds in turn, so that folds differ by one class at the most. The
/// validation part is of classes of its own too, about its share of those that are not tested and at least two of them, so
/// that an epoch is picked by what the test part asks: whether classes are told apart that nobody has learnt. A profile and the
/// meta set are of the classes that are learnt from.
///
/// Source: Musgrave, Belongie, Lim, *A Metric Learning Reality Check*, ECCV 2020 (cross-validation over classes, 4 folds).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ClassDisjoint {
    /// Number of folds, at least 2; default 4.
    pub folds: AtLeastTwo,
    /// Number of partitions, each with a permutation of its own; default 1.
    pub repeats: NonZeroUsize,
}

impl Default for ClassDisjoint {
    fn default() -> Self {
        ClassDisjoint { folds: AtLeastTwo(4), repeats: NonZeroUsize::MIN }
    }
}

impl ClassDisjoint {
    /// The rows that fold `fold` tests.
    pub(super) fn test(
        &self,
        classes: &[Vec<u32>],
        fold: usize,
        permutation: Permutation<'_>,
    ) -> Result<Vec<u32>, DataError> {
        let present = present(classes);
        let n_folds = self.folds.get();
        if present.len() < 2 * n_folds {
            return Err(DataError::Split(format!(
                "{n_folds} folds of classes need at least {} classes, two for each to tell apart, and there are {}",
                2 * n_folds,
                present.len()
            )));
        }
        let name = format!("split/repeat {}/classes", fold / n_folds);
        let dealt = permutation(&name, present.len());
        let dealt = dealt.into_iter().enumerate();
        let tested = dealt.filter(|(i, _)| i % n_folds == fold % n_folds);
        Ok(tested.flat_map(|(_, class)| classes[present[class as usize]].iter().copied()).collect())
    }

    /// Takes about `share` of the classes, all of their rows, out of `training`.
    pub(super) fn validation(
        share: f64,
        training: &mut [Vec<u32>],
        rows: &Rows<'_>,
        fold: usize,
        permutation: Permutation<'_>,
    ) -> Result<Vec<u32>, DataError> {
        if share == 0.0 {
            return Ok(Vec::new());
        }
        let present = present(training);
        if present.len() < 4 {
            return Err(DataError::Split(format!(
                "beside its test parts {} classes are left of {}: two to learn from and two to pick an epoch by need four; \
                 validation = 0 keeps the last epoch",
                present.len(),
                rows.classes.len()
            )));
        }
        let n = (share * present.len() as f64).round() as usize;
        let n = n.clamp(2, present.len() - 2);
        let order = permutation(&format!("validation/fold {fold}/classes"), present.len());
        let taken = order[..n].iter();
        Ok(taken
            .flat_map(|&class| std::mem::take(&mut training[present[class as usize]]))
            .collect())
    }
}

/// The classes that have rows.
fn present(classes: &[Vec<u32>]) -> Vec<usize> {
    (0..classes.len()).filter(|&class| !classes[class].is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::split::tests::rows;
    use crate::split::{MetaSpec, Parts, PartsSpec, SplitSpec};

    /// Eleven classes, the last without rows, of 12, 11, ... rows.
    fn targets() -> Vec<u32> {
        (0..10_u32).flat_map(|class| vec![class; 12 - class as usize]).collect()
    }

    fn parts(fold: usize, validation: f64, profile: Option<f64>) -> Result<Parts, DataError> {
        let (targets, names): (_, Vec<String>) =
            (targets(), (0..11).map(|c| c.to_string()).collect());
        let rows = Rows { classes: &names, ..rows(&targets) };
        let profile = profile.map(|ratio| {
            serde_json::from_value(serde_json::json!({ "exponential": { "ratio": ratio } }))
                .unwrap()
        });
        let split = SplitSpec::ClassDisjoint(ClassDisjoint::default());
        let meta = Some(MetaSpec { per_class: NonZeroUsize::new(2).unwrap() });
        // Any permutation does: the one that turns the order round.
        let mut turned = |_: &str, n: usize| (0..n as u32).rev().collect();
        let (parts, warnings) =
            PartsSpec { split, profile, meta, validation }.parts(&rows, fold, &mut turned)?;
        assert_eq!(warnings, [], "a class that is not learnt is what was asked for");
        Ok(parts)
    }

    fn classes(rows: &[u32]) -> BTreeSet<u32> {
        let targets = targets();
        rows.iter().map(|&row| targets[row as usize]).collect()
    }

    #[test]
    fn every_class_is_tested_once_and_in_no_other_part_of_its_fold() {
        let mut tested = Vec::new();
        for fold in 0..4 {
            let Parts { train, meta, validation, test } = parts(fold, 0.2, None).unwrap();
            let [train, meta, validation, of_test] =
                [&train, &meta, &validation, &test].map(|rows| classes(rows));
            assert!(train.is_disjoint(&validation) && train.is_disjoint(&of_test));
            assert!(validation.is_disjoint(&of_test) && meta.is_subset(&train));
            assert_eq!((validation.len(), meta.len()), (2, train.len()));
            assert_eq!(train.len() + validation.len() + of_test.len(), 10);
            assert!([2, 3].contains(&of_test.len()));
            tested.extend(test);
        }
        tested.sort_unstable();
        assert_eq!(tested, (0..targets().len() as u32).collect::<Vec<_>>());
    }

    #[test]
    fn a_profile_is_of_the_classes_that_are_learnt() {
        let whole = parts(0, 0.2, None).unwrap();
        let Parts { train, meta, validation, test } = parts(0, 0.2, Some(3.0)).unwrap();
        assert_eq!((&validation, &test), (&whole.validation, &whole.test));
        let targets = targets();
        let n = |class: u32| train.iter().filter(|&&row| targets[row as usize] == class).count();
        let counts: Vec<usize> = classes(&train).into_iter().map(n).collect();
        // As near to 3 as whole rows are.
        let ratio = counts[0] as f64 / counts[counts.len() - 1] as f64;
        assert!(counts.is_sorted_by(|a, b| a >= b) && (2.5..3.5).contains(&ratio), "{counts:?}");
        assert_eq!(classes(&meta), classes(&train));
    }

    #[test]
    fn too_few_classes_are_refused_with_what_they_would_need() {
        let of = |n_classes: u32, folds: u32, validation: f64| {
            let targets: Vec<u32> = (0..n_classes).flat_map(|class| [class; 3]).collect();
            let names: Vec<String> = (0..n_classes).map(|class| class.to_string()).collect();
            let rows = Rows { classes: &names, ..rows(&targets) };
            let split = SplitSpec::ClassDisjoint(ClassDisjoint {
                folds: AtLeastTwo(folds),
                ..ClassDisjoint::default()
            });
            let spec = PartsSpec { split, profile: None, meta: None, validation };
            spec.parts(&rows, 0, &mut |_, n| (0..n as u32).collect())
        };
        let why = |result: Result<_, DataError>| {
            result.map(|_: (Parts, Vec<_>)| ()).unwrap_err().to_string()
        };
        assert!(
            why(of(7, 4, 0.2))
                .contains("need at least 8 classes, two for each to tell apart, and there are 7")
        );
        assert!(why(of(4, 2, 0.2)).contains("2 classes are left of 4: two to learn from and two"));
        assert!(of(4, 2, 0.0).unwrap().0.validation.is_empty());
    }
}
