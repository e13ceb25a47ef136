//! Columns as somebody names them who describes the file from afar.

use crate::describe::summary::DatasetSummary;
use crate::formats::kind::{Kind, Kinds};

/// The names of all columns, that of the class last.
pub fn column_names(summary: &DatasetSummary, target: Option<&str>) -> Vec<String> {
    let features = summary.columns.iter().map(|column| column.name.as_str());
    features.chain(target).map(str::to_owned).collect()
}

/// The column of this name, or the only one of this name but for quotation marks and case: names are typed by those who
/// upload.
pub fn column_meant<'a>(name: &str, columns: &'a [String]) -> Option<&'a str> {
    let bare = |name: &str| name.trim_matches(['\'', '"', '`', ' ']).to_lowercase();
    let alike = || {
        let mut alike = columns.iter().filter(|column| bare(column) == bare(name));
        alike.next().filter(|_| alike.next().is_none())
    };
    let exact = columns.iter().find(|column| *column == name);
    exact.or_else(alike).map(String::as_str)
}

/// Columns that somebody says are not to be learnt from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NotFeatures {
    /// They are ignored.
    pub kinds: Kinds,
    /// Names that no column has, with the column that is taken to be meant, if there is one.
    pub inexact: Vec<(String, Option<String>)>,
}

impl NotFeatures {
    /// Those called `names`, but for the class.
    pub fn of<'a>(
        names: impl IntoIterator<Item = &'a String>,
        columns: &[String],
        target: &str,
    ) -> Self {
        let mut not_features = NotFeatures::default();
        for name in names {
            let found = column_meant(name, columns);
            if found != Some(name) {
                not_features.inexact.push((name.clone(), found.map(str::to_owned)));
            }
            if let Some(column) = found
                && column != target
            {
                not_features.kinds.insert(column.to_owned(), Kind::Ignored);
            }
        }
        not_features
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_in_other_quotation_marks_or_case_means_the_only_column_that_it_can() {
        let columns = ["Age", "age ", "'Job'", "y"].map(str::to_owned);
        assert_eq!(column_meant("Age", &columns), Some("Age"));
        assert_eq!(column_meant("AGE", &columns), None);
        assert_eq!(column_meant("job", &columns), Some("'Job'"));
        let said = ["job", "nobody", "Y", "Age"].map(str::to_owned);
        let not_features = NotFeatures::of(&said, &columns, "y");
        let ignored: Vec<&String> = not_features.kinds.keys().collect();
        assert_eq!(ignored, ["'Job'", "Age"]);
        let inexact = [("job", Some("'Job'")), ("nobody", None), ("Y", Some("y"))];
        let inexact = inexact.map(|(name, column)| (name.to_owned(), column.map(str::to_owned)));
        assert_eq!(not_features.inexact, inexact);
    }
}
