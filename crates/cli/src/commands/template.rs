//! The experiment that `longtail init` writes: which rows are tested, and what is compared.

use data::{Grouping, Summary};
use serde::Serialize;

use crate::words::{count, visible};

/// How the rows are split.
///
/// What counts is the smallest class: of 95,000 rows with 30 to be found, a single test part has 8, and a difference of
/// one of them is 0.125 of recall. Folds are at most as many as leave three of its rows in each test part, if there
/// are so many; where few are tested in all, partitions are drawn again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) struct Split {
    kind: Kind,
    /// The column whose rows of one value are tested together.
    #[serde(skip_serializing_if = "Option::is_none")]
    group: Option<String>,
    /// The smallest class of those that can be tested, with its rows.
    class: (String, usize),
    /// How many of them are in a test part: the fewest and the most.
    tested: [usize; 2],
    /// Classes with a single row, which is always learnt from.
    never_tested: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    KFold {
        folds: usize,
        repeats: usize,
    },
    /// A quarter of the rows.
    Holdout,
}

/// Rows of the smallest class that are enough for folds of three, tested in all.
const ENOUGH: usize = 100;
/// Most repeats of a partition.
const MOST_REPEATS: usize = 3;
/// Below so many rows of a class in a test part, each counts for much.
const FEW: usize = 20;

impl Split {
    /// For a data set with two rows in a class at least; rows of one `group` stay together.
    pub(crate) fn of(summary: &Summary, group: Option<&(String, Grouping)>) -> Self {
        let classes = || summary.classes.iter().map(|(class, n)| (class.clone(), *n as usize));
        let class = classes().filter(|(_, n)| 1 < *n).min_by_key(|(_, n)| *n);
        let class = class.unwrap_or_default();
        let n = class.1;
        // Folds that end in minutes, and runs of each method.
        let (most_folds, most_runs) = match summary.n_rows {
            ..5_000 => (5, 15),
            5_000..50_000 => (3, 9),
            _ => (3, 6),
        };
        let (kind, tested) = if 50_000 <= summary.n_rows && 4 * ENOUGH <= n {
            let tested = (0.25 * n as f64).round() as usize;
            (Kind::Holdout, [tested; 2])
        } else {
            let most_groups = group.map_or(most_folds, |(_, groups)| groups.of_smallest_class);
            let folds = (n / 3).clamp(n.clamp(2, 3), most_folds).min(most_groups.max(2));
            let repeats = ENOUGH.div_ceil(n.max(1)).min(most_runs / folds).min(MOST_REPEATS);
            (Kind::KFold { folds, repeats }, [n / folds, n.div_ceil(folds)])
        };
        let never_tested = classes().filter(|(_, n)| *n == 1).map(|(class, _)| class).collect();
        let group = group.map(|(name, _)| name.clone());
        Split { kind, group, class, tested, never_tested }
    }

    /// As it stands in an experiment file.
    fn toml(&self) -> String {
        let group = self.group.as_ref().map(|group| toml::Value::from(group.as_str()));
        match (self.kind, group) {
            (Kind::KFold { folds, repeats: 1 }, None) => {
                format!("{{ stratified_k_fold.folds = {folds} }}")
            }
            (Kind::KFold { folds, repeats }, None) => {
                format!("{{ stratified_k_fold = {{ folds = {folds}, repeats = {repeats} }} }}")
            }
            (Kind::KFold { folds, repeats: 1 }, Some(group)) => {
                format!("{{ group_k_fold = {{ folds = {folds}, group = {group} }} }}")
            }
            (Kind::KFold { folds, repeats }, Some(group)) => format!(
                "{{ group_k_fold = {{ folds = {folds}, repeats = {repeats}, group = {group} }} }}"
            ),
            (Kind::Holdout, None) => "{ holdout.test = 0.25 }".to_owned(),
            (Kind::Holdout, Some(group)) => {
                format!("{{ holdout = {{ test = 0.25, group = {group} }} }}")
            }
        }
    }

    /// `3 folds, drawn 2 times: of the 30 rows of class yes, 10 are in each test part`, and what follows from it.
    pub(crate) fn text(&self) -> String {
        let parts = match self.kind {
            Kind::KFold { folds, repeats: 1 } => count(folds, "fold"),
            Kind::KFold { folds, repeats } => {
                format!("{}, drawn {repeats} times", count(folds, "fold"))
            }
            Kind::Holdout => "a quarter of the rows is tested".to_owned(),
        };
        let (parts, about) = match &self.group {
            Some(group) => (format!("{parts}, rows of one {} together", visible(group)), "about "),
            None => (parts, ""),
        };
        let (class, n) = &self.class;
        let [fewest, most] = self.tested;
        let tested = if fewest == most { most.to_string() } else { format!("{fewest} or {most}") };
        let one = if fewest < FEW {
            format!(", where a single one is {:.2} of its recall", 1.0 / fewest.max(1) as f64)
        } else {
            String::new()
        };
        format!(
            "{parts}: of the {n} rows of class {}, {about}{tested} are in each test part{one}",
            visible(class)
        )
    }

    /// A line of classes that no test part has, if there are any.
    pub(crate) fn never_tested(&self) -> String {
        let classes: Vec<String> = self.never_tested.iter().map(|class| visible(class)).collect();
        match &classes[..] {
            [] => String::new(),
            [class] => format!("never tested: class {class}, which has a single row\n"),
            [first, .., last] => format!(
                "never tested: {} classes with a single row each, from {first} to {last}\n",
                classes.len()
            ),
        }
    }
}

/// Epochs that end in minutes, whatever the number of rows.
pub(crate) fn experiment_toml(name: &str, summary: &Summary, split: &Split) -> String {
    let two = summary.classes.len() == 2;
    let (epochs, batch_size) = match summary.n_rows {
        ..5_000 => (40, 128),
        5_000..50_000 => (20, 256),
        _ => (5, 512),
    };
    let metrics = if two {
        "[\"average_precision\", \"balanced_accuracy\", \"g_mean\"]"
    } else {
        "[\"balanced_accuracy\", \"macro_f1\", \"accuracy\"]"
    };
    let select_by = if two { "average_precision" } else { "balanced_accuracy" };
    format!(
        "# Written by `longtail init`: the usual losses and what they have to beat, on the same splits.\n\
         # `longtail plan` on this file shows its cells, `longtail methods` what else there is.\n\n\
         [experiment]\nname = \"{name}\"\nseeds = [0]\n\n\
         [data]\nsets = [\"dataset.toml\"]\n\n\
         # {}.\n\
         [protocol]\nsplit = {}\nvalidation = 0.2\nselect_by = \"{select_by}\"\n\n\
         [training]\nepochs = {epochs}\nbatch_size = {batch_size}\n\n\
         [axes]\ndataset = \"{name}\"\n\n\
         # logit_adjustment_posthoc is cross_entropy with another threshold: what a loss adds is what it adds to that.\n\
         [[grid]]\nmodel = \"mlp\"\n\
         loss = [\"cross_entropy\", \"logit_adjustment_posthoc\", \"weighted_cross_entropy\", \"focal\", \
         \"logit_adjustment\"]\n\n\
         [[grid]]\nmodel = [\"logistic_regression\", \"boosted_trees\", \"prior\"]\n\n\
         [report]\nmetrics = {metrics}\n",
        split.text(),
        split.toml(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(counts: &[u32]) -> Summary {
        let classes = counts.iter().enumerate().map(|(i, &n)| (format!("c{i}"), n)).collect();
        let n_rows = counts.iter().map(|&n| n as usize).sum();
        Summary { n_rows, classes, ..Summary::default() }
    }

    fn split(counts: &[u32]) -> Split {
        Split::of(&summary(counts), None)
    }

    #[test]
    fn folds_are_no_more_than_the_groups_of_the_smallest_class() {
        let of = |n_groups: usize| {
            let groups = Grouping { n_values: 200, of_smallest_class: n_groups };
            Split::of(&summary(&[400, 100]), Some(&("who".to_owned(), groups)))
        };
        assert_eq!(of(90).toml(), "{ group_k_fold = { folds = 5, group = \"who\" } }");
        assert_eq!(of(2).toml(), "{ group_k_fold = { folds = 2, group = \"who\" } }");
        assert_eq!(
            of(90).text(),
            "5 folds, rows of one who together: of the 100 rows of class c1, about 20 are in each test part"
        );
    }

    #[test]
    fn the_smallest_class_decides_how_many_folds_there_are() {
        for (counts, folds, repeats, tested) in [
            (&[94_970, 30][..], 3, 2, [10, 10]),
            (&[970, 30], 5, 3, [6, 6]),
            (&[400, 100], 5, 1, [20, 20]),
            (&[200, 13], 4, 3, [3, 4]),
            (&[200, 9], 3, 3, [3, 3]),
            (&[30, 3], 3, 3, [1, 1]),
            (&[2, 2], 2, 3, [1, 1]),
            (&[20_000, 50], 3, 2, [16, 17]),
            // A class that cannot be tested decides nothing.
            (&[1, 60, 90], 5, 2, [12, 12]),
        ] {
            let split = split(counts);
            assert_eq!(split.kind, Kind::KFold { folds, repeats }, "{counts:?}");
            assert_eq!(split.tested, tested, "{counts:?}");
        }
        let enough = split(&[90_000, 400]);
        assert_eq!((enough.kind, enough.tested), (Kind::Holdout, [100, 100]));
    }

    #[test]
    fn what_a_test_part_has_of_the_smallest_class_is_said() {
        assert_eq!(
            split(&[94_970, 30]).text(),
            "3 folds, drawn 2 times: of the 30 rows of class c1, 10 are in each test part, where a single one is 0.10 \
             of its recall"
        );
        assert_eq!(
            split(&[400, 101]).text(),
            "5 folds: of the 101 rows of class c1, 20 or 21 are in each test part"
        );
        assert_eq!(
            split(&[1, 60, 90]).never_tested(),
            "never tested: class c0, which has a single row\n"
        );
    }
}
