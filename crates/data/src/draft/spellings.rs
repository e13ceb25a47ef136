//! Classes that may be one class in several spellings.

use crate::describe::summary::DatasetSummary;
use crate::treatment::keys::Treatment;
use crate::treatment::mark::Mark;

/// How classes that are alike become one, each group under the name that most rows have. `None` if none are alike, or
/// if nothing would be left to tell apart.
pub fn merged_spellings(summary: &DatasetSummary) -> Option<Treatment> {
    let n_merged: usize = summary.classes_alike.iter().map(|group| group.len() - 1).sum();
    if n_merged == 0 || summary.classes.len() - n_merged < 2 {
        return None;
    }
    let n_rows = |class: &String| {
        summary.classes.iter().find(|(name, _)| name == class).map_or(0, |(_, n)| *n)
    };
    let mut treatment = Treatment::default();
    for group in &summary.classes_alike {
        let mut by_rows: Vec<&String> = group.iter().collect();
        by_rows.sort_by_key(|class| std::cmp::Reverse(n_rows(class)));
        if let Some((name, others)) = by_rows.split_first() {
            let others = others.iter().map(|other| Mark::new(other.as_str())).collect();
            treatment.merge.insert((*name).clone(), others);
        }
    }
    Some(treatment)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::{ClassLabels, Dataset};

    fn merged(classes: &[&str]) -> Option<Vec<String>> {
        let labels = ClassLabels::of(classes.iter().copied());
        let summary = DatasetSummary::of(&Dataset::new("t", Vec::new(), labels, None), None);
        merged_spellings(&summary).map(|treatment| treatment.lines())
    }

    #[test]
    fn classes_that_are_alike_become_the_one_with_the_most_rows() {
        let lines = merged(&["ill", "Ill", "Ill", "well", "well"]).unwrap();
        assert_eq!(lines, ["merge = { Ill = [\"ill\"] }"]);
        assert_eq!(merged(&["ill", "well"]), None);
    }

    #[test]
    fn two_classes_that_are_alike_are_never_merged() {
        assert_eq!(merged(&["ill", "Ill"]), None);
    }
}
