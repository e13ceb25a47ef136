//! What no experiment could learn from.

use std::path::Path;

use crate::catalogue::dataset_file::DatasetFile;
use crate::describe::summary::DatasetSummary;
use crate::inspect::Inspection;

/// Why nothing can be learnt from a file as it was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// Which column is the class is not known.
    NoTarget,
    /// So many rows have no class, more than have one: another column may be meant.
    MostlyUnlabelled {
        /// Rows without a class.
        n_without: usize,
    },
    /// Every row is of one class.
    OneClass,
    /// There are fewer than two rows for each class: it is an identifier or a quantity.
    TooManyClasses,
    /// Of two classes, this one has a single row.
    SingleRow {
        /// The class.
        class: String,
    },
    /// The class that is to be found is none.
    UnknownPositive,
}

impl Obstacle {
    /// What stands in the way of learning from the file at `path`, if anything does; `positive` is the class that is to
    /// be found, if somebody says which.
    pub fn of(
        inspection: &Inspection,
        summary: &DatasetSummary,
        path: &Path,
        positive: Option<&str>,
    ) -> Option<Self> {
        if inspection.target.is_none() {
            return Some(Obstacle::NoTarget);
        }
        let n_without = inspection.left_out.as_ref().map_or(0, |left_out| left_out.n_rows);
        // A `dataset.toml` says that it knows.
        if summary.n_rows < n_without && !DatasetFile::is_at(path) {
            return Some(Obstacle::MostlyUnlabelled { n_without });
        }
        let n_classes = summary.classes.len();
        if n_classes < 2 {
            return Some(Obstacle::OneClass);
        }
        if summary.n_rows < 2 * n_classes {
            return Some(Obstacle::TooManyClasses);
        }
        if n_classes == 2
            && let Some((class, _)) = summary.classes.iter().find(|(_, n)| *n == 1)
        {
            return Some(Obstacle::SingleRow { class: class.clone() });
        }
        let is_known = positive.is_none_or(|class| inspection.class(class).is_some());
        (!is_known).then_some(Obstacle::UnknownPositive)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn obstacle(rows: &str, target: Option<&str>, positive: Option<&str>) -> Option<Obstacle> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.csv");
        std::fs::write(&path, format!("x,y\n{rows}")).unwrap();
        let inspection = Inspection::of(&path, target).unwrap();
        let summary = DatasetSummary::of(&inspection.dataset, Some(&inspection.format));
        Obstacle::of(&inspection, &summary, &path, positive)
    }

    #[test]
    fn what_cannot_be_learnt_from_is_named() {
        let good = "1,a\n2,b\n3,a\n4,b\n";
        let of = |rows: &str| obstacle(rows, Some("y"), None);
        assert_eq!(of(good), None);
        assert_eq!(obstacle(good, None, None), Some(Obstacle::NoTarget));
        let mostly = "1,\n2,\n3,\n4,a\n5,b\n";
        assert_eq!(of(mostly), Some(Obstacle::MostlyUnlabelled { n_without: 3 }));
        assert_eq!(of("1,a\n2,a\n"), Some(Obstacle::OneClass));
        assert_eq!(of("1,a\n2,b\n3,c\n"), Some(Obstacle::TooManyClasses));
        let single = "1,a\n2,b\n3,b\n4,b\n";
        assert_eq!(of(single), Some(Obstacle::SingleRow { class: "a".to_owned() }));
        assert_eq!(obstacle(good, Some("y"), Some("c")), Some(Obstacle::UnknownPositive));
    }
}
