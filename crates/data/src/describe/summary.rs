//! What is told of a data set and its columns.

use serde::Serialize;

use crate::describe::proposals::Proposal;
use crate::formats::kind::Kind;

/// What is in a data set.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct DatasetSummary {
    /// Number of rows.
    pub n_rows: usize,
    /// The features; of images, whose pixels tell nothing one by one, none.
    pub columns: Vec<ColumnSummary>,
    /// Lines, pixels of a line and channels, if the rows are images.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<[usize; 3]>,
    /// Rows of each class in the published test part, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tested: Option<Vec<u32>>,
    /// The classes with their rows; of two, the second is the positive one.
    pub classes: Vec<(String, u32)>,
    /// Rows of the largest class for each of the smallest.
    pub imbalance_ratio: f64,
    /// Classes that may be one, in a sentence: the imbalance ratio would be another.
    pub class_spellings: Option<String>,
    /// Those that may be one together.
    pub classes_alike: Vec<Vec<String>>,
    /// Missing values.
    pub n_missing: usize,
    /// Rows that have a twin with the same features: a split may learn from one and test the other.
    pub n_duplicates: usize,
    /// Of them, rows with a twin of another class.
    pub n_contradictions: usize,
    /// Of them, rows with a twin in another official fold; `None` of a set without such folds.
    pub n_across_folds: Option<usize>,
    /// Of them, rows with a twin in another group of the set's own; `None` of a set without such groups.
    pub n_across_groups: Option<usize>,
    /// The column that is said to tell which rows belong together, and its groups.
    pub group: Option<(String, Grouping)>,
}

impl DatasetSummary {
    /// Columns that can be learnt from.
    pub fn n_features(&self) -> usize {
        self.columns.len() + self.image.map_or(0, |sizes| sizes.iter().product())
    }
}

/// What is in a column.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ColumnSummary {
    /// Its name.
    pub name: String,
    /// `numeric` or `categorical`.
    pub kind: &'static str,
    /// Missing values.
    pub n_missing: usize,
    /// Different values.
    pub n_distinct: usize,
    /// Smallest, mean and largest number; `None` of a categorical column, or without any value.
    pub range: Option<[f64; 3]>,
    /// The most frequent levels with their rows; none of a numeric column.
    pub levels: Vec<(String, usize)>,
    /// What its texts look like if they are numbers that are not read as such: `percentages`, `dates`.
    pub looks_like: Option<&'static str>,
    /// How it could be treated, if that would change what it holds.
    pub proposal: Option<Proposal>,
    /// Whether it seems to say which row it is, and nothing of the row.
    pub is_identifier: bool,
    /// The groups that it makes, if it seems to say which rows belong together.
    pub grouping: Option<Grouping>,
    /// Whether the class follows from its value, or from there being none.
    pub gives_the_class_away: bool,
    /// What to look at, in sentences.
    pub suspicions: Vec<String>,
}

/// Rows that seem to belong together.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Grouping {
    /// Different values.
    pub n_values: usize,
    /// Of them, those with a row of the smallest class, of those that can be tested.
    pub of_smallest_class: usize,
}

impl ColumnSummary {
    /// What it is learnt from as, if nobody says otherwise.
    pub fn read_as(&self) -> Kind {
        if self.kind == "numeric" { Kind::Numeric } else { Kind::Categorical }
    }
}
