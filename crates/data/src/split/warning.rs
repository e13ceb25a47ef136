//! What a split cannot give as asked.

use std::fmt;

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
    /// Fewer groups than folds have the class.
    FewGroups {
        /// The class.
        class: usize,
        /// The groups that have it.
        n_groups: usize,
        /// The folds.
        n_folds: usize,
    },
    /// All its rows are of one group, which is not tested.
    NeverTestedGroup {
        /// The class.
        class: usize,
    },
    /// A fold tests all of its rows.
    NotLearnt {
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

const UNDEFINED: &str = "metrics of how classes are recognised are undefined";

impl SplitWarning {
    /// The class it is about.
    pub fn class(&self) -> usize {
        match self {
            SplitWarning::FewerThanFolds { class, .. }
            | SplitWarning::FewGroups { class, .. }
            | SplitWarning::NeverTested { class }
            | SplitWarning::NeverTestedGroup { class }
            | SplitWarning::NotLearnt { class }
            | SplitWarning::SmallMeta { class, .. } => *class,
        }
    }

    /// What is too few of a class.
    fn unit(&self) -> &'static str {
        match self {
            SplitWarning::FewGroups { .. } | SplitWarning::NeverTestedGroup { .. } => "group",
            _ => "row",
        }
    }

    /// The same warning about several classes at once, in one sentence.
    pub fn about(&self, classes: &str) -> String {
        let unit = self.unit();
        match self {
            SplitWarning::FewerThanFolds { n_folds, .. }
            | SplitWarning::FewGroups { n_folds, .. } => format!(
                "fewer {unit}s than the {n_folds} folds in {classes}: some test parts lack it, and {UNDEFINED} there"
            ),
            SplitWarning::NeverTested { .. } | SplitWarning::NeverTestedGroup { .. } => format!(
                "a single {unit} in {classes}: it is always learnt from and never tested, and {UNDEFINED}"
            ),
            SplitWarning::NotLearnt { .. } => {
                format!("a fold tests all rows of {classes}, and nothing is learnt of it there")
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
