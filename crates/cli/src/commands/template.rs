//! The experiment that `longtail init` writes: which rows are tested, and what is compared.

use data::{DatasetSummary, ProposedParts, SplitProposal};

use crate::words::{count, visible};

/// Below so many rows of a class in a test part, each counts for much.
const FEW: usize = 20;

/// As it stands in an experiment file.
fn split_toml(split: &SplitProposal) -> String {
    let group = split.group.as_ref().map(|group| toml::Value::from(group.as_str()));
    match (split.kind, group) {
        (ProposedParts::KFold { folds, repeats: 1 }, None) => {
            format!("{{ stratified_k_fold.folds = {folds} }}")
        }
        (ProposedParts::KFold { folds, repeats }, None) => {
            format!("{{ stratified_k_fold = {{ folds = {folds}, repeats = {repeats} }} }}")
        }
        (ProposedParts::KFold { folds, repeats: 1 }, Some(group)) => {
            format!("{{ group_k_fold = {{ folds = {folds}, group = {group} }} }}")
        }
        (ProposedParts::KFold { folds, repeats }, Some(group)) => format!(
            "{{ group_k_fold = {{ folds = {folds}, repeats = {repeats}, group = {group} }} }}"
        ),
        (ProposedParts::Published, _) => "\"given\"".to_owned(),
        (ProposedParts::Holdout, None) => "{ holdout.test = 0.25 }".to_owned(),
        (ProposedParts::Holdout, Some(group)) => {
            format!("{{ holdout = {{ test = 0.25, group = {group} }} }}")
        }
    }
}

/// `3 folds, drawn 2 times: of the 30 rows of class yes, 10 are in each test part`, and what follows from it.
pub(crate) fn split_text(split: &SplitProposal) -> String {
    let parts = match split.kind {
        ProposedParts::KFold { folds, repeats: 1 } => count(folds, "fold"),
        ProposedParts::KFold { folds, repeats } => {
            format!("{}, drawn {repeats} times", count(folds, "fold"))
        }
        ProposedParts::Holdout => "a quarter of the rows is tested".to_owned(),
        ProposedParts::Published => "the published test part".to_owned(),
    };
    let (parts, about) = match &split.group {
        Some(group) => (format!("{parts}, rows of one {} together", visible(group)), "about "),
        None => (parts, ""),
    };
    let (class, n) = &split.class;
    let [fewest, most] = split.tested;
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
pub(crate) fn never_tested(split: &SplitProposal) -> String {
    let classes: Vec<String> = split.never_tested.iter().map(|class| visible(class)).collect();
    match &classes[..] {
        [] => String::new(),
        [class] => format!("never tested: class {class}, which has a single row\n"),
        [first, .., last] => format!(
            "never tested: {} classes with a single row each, from {first} to {last}\n",
            classes.len()
        ),
    }
}

const HEAD: &str =
    "# `longtail plan` on this file shows its cells, `longtail methods` what else there is.\n\n";

/// Of rows that are regions of pictures: which proposals to learn from.
pub(crate) fn detection_toml(name: &str, split: &SplitProposal) -> String {
    format!(
        "# Written by `longtail init`: detectors on given proposals, which learn from all of them, from some at random, or from hard ones.\n\
         {HEAD}\
         [experiment]\nname = \"{name}\"\nseeds = [0, 1, 2]\n\n\
         [data]\nsets = [\"dataset.toml\"]\n\n\
         # {}.\n\
         # The last epoch is measured: a validation part would be whole pictures.\n\
         [protocol]\ntask = \"detection\"\nsplit = {}\nvalidation = 0\nselect_by = \"ap_50\"\n\n\
         [training]\nepochs = 15\noptimizer = {{ adamw = {{ learning_rate = 0.01, weight_decay = 0.01 }} }}\n\n\
         [axes]\ndataset = \"{name}\"\nmodel = \"mlp\"\n\
         sampling = {{ per_image = {{ images = 2, proposals = 500 }} }}\nloss = [\"cross_entropy\", \"focal\"]\n\
         mining = [\"none\", {{ random.keep = 0.25 }}, {{ ohem = {{ keep = 0.25, overlap = 0.7 }} }}]\n\n\
         [report]\nmetrics = [\"ap_50\", \"ap_50_95\", \"recall_at_fppi\"]\n",
        split_text(split),
        split_toml(split),
    )
}

/// Epochs that end in minutes, whatever the number of rows.
pub(crate) fn experiment_toml(
    name: &str,
    summary: &DatasetSummary,
    split: &SplitProposal,
) -> String {
    let two = summary.classes.len() == 2;
    let is_image = summary.image.is_some();
    let is_balanced = is_image && summary.imbalance_ratio < 2.0;
    let (epochs, batch_size) = match summary.n_rows {
        _ if is_balanced => (20, 128),
        ..5_000 => (40, 128),
        5_000..50_000 => (20, 256),
        _ => (5, 512),
    };
    let metrics = if is_balanced {
        "[\"accuracy\", \"balanced_accuracy\", \"many_shot_accuracy\", \"medium_shot_accuracy\", \"few_shot_accuracy\"]"
    } else if two {
        "[\"average_precision\", \"balanced_accuracy\", \"g_mean\"]"
    } else {
        "[\"balanced_accuracy\", \"macro_f1\", \"accuracy\"]"
    };
    let decision = if two { "threshold" } else { "offsets" };
    let dataset = if is_balanced {
        // The published training part is balanced, and nothing would be compared.
        format!("{{ {name}.profile = {{ exponential.ratio = 100 }} }}")
    } else {
        format!("\"{name}\"")
    };
    // Trees and solvers of a system of equations take hours over as many columns.
    let others = if is_image {
        "\"prior\""
    } else {
        "[\"logistic_regression\", \"boosted_trees\", \"prior\"]"
    };
    let select_by = if two { "average_precision" } else { "balanced_accuracy" };
    format!(
        "# Written by `longtail init`: the usual losses and what they have to beat, on the same splits.\n\
         {HEAD}\
         [experiment]\nname = \"{name}\"\nseeds = [0]\n\n\
         [data]\nsets = [\"dataset.toml\"]\n\n\
         # {}.\n\
         [protocol]\nsplit = {}\nvalidation = 0.2\nselect_by = \"{select_by}\"\n\n\
         [training]\nepochs = {epochs}\nbatch_size = {batch_size}\n\n\
         # The most probable class, and one that is chosen on the validation part: both share one training.\n\
         [axes]\ndataset = {dataset}\ndecision = [\"argmax\", {{ {decision}.maximise = \"g_mean\" }}]\n\n\
         # logit_adjustment_posthoc is cross_entropy with another threshold: what a loss adds is what it adds to that.\n\
         [[grid]]\nmodel = \"mlp\"\n\
         loss = [\"cross_entropy\", \"logit_adjustment_posthoc\", \"weighted_cross_entropy\", \"focal\", \
         \"logit_adjustment\"]\n\n\
         [[grid]]\nmodel = {others}\n\n\
         [report]\nmetrics = {metrics}\n",
        split_text(split),
        split_toml(split),
    )
}

#[cfg(test)]
mod tests {
    use data::Grouping;

    use super::*;

    fn split(counts: &[u32], group: Option<&(String, Grouping)>) -> SplitProposal {
        let classes = counts.iter().enumerate().map(|(i, &n)| (format!("c{i}"), n)).collect();
        let n_rows = counts.iter().map(|&n| n as usize).sum();
        SplitProposal::of(&DatasetSummary { n_rows, classes, ..DatasetSummary::default() }, group)
    }

    #[test]
    fn folds_of_whole_groups_are_written_as_such() {
        let of = |n_groups: usize| {
            let groups = Grouping { n_values: 200, of_smallest_class: n_groups };
            split(&[400, 100], Some(&("who".to_owned(), groups)))
        };
        assert_eq!(split_toml(&of(90)), "{ group_k_fold = { folds = 5, group = \"who\" } }");
        assert_eq!(split_toml(&of(2)), "{ group_k_fold = { folds = 2, group = \"who\" } }");
        assert_eq!(
            split_text(&of(90)),
            "5 folds, rows of one who together: of the 100 rows of class c1, about 20 are in each test part"
        );
    }

    #[test]
    fn what_a_test_part_has_of_the_smallest_class_is_said() {
        assert_eq!(
            split_text(&split(&[94_970, 30], None)),
            "3 folds, drawn 2 times: of the 30 rows of class c1, 10 are in each test part, where a single one is 0.10 \
             of its recall"
        );
        assert_eq!(
            split_text(&split(&[400, 101], None)),
            "5 folds: of the 101 rows of class c1, 20 or 21 are in each test part"
        );
        assert_eq!(
            never_tested(&split(&[1, 60, 90], None)),
            "never tested: class c0, which has a single row\n"
        );
    }
}
