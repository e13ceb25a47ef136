//! Plans as a whole.

use std::collections::BTreeSet;

use strum::IntoEnumIterator;

use super::*;
use crate::testing::planned;

fn plan(text: &str) -> Plan {
    planned(text).0
}

#[test]
fn what_a_plan_knows_of_a_cell_is_what_the_cell_says_of_itself() {
    let plan = plan(
        "[experiment]\nname = \"p\"\nseeds = [3, 4]\n[protocol]\nsplit = { holdout.test = 0.3 }\n\
         [training]\noptimizer = { sgd.learning_rate = [0.1, 0.2] }\n[axes]\ndataset = [\"ecoli4\", \"glass2\"]\n\
         model = [\"linear\", { mlp.hidden = [[3]] }, \"boosted_trees\", { nearest_neighbors.k = 3 }]\n\
         loss = [\"cross_entropy\", { focal.gamma = 3 }]\nmining = [\"none\", \"ohem\"]",
    );
    assert_eq!(plan.cells.len(), 2 * 2 * (2 * 2 * 2 * 2 + 2 + 1));
    let mut ids = BTreeSet::new();
    for planned in &plan.cells {
        let spec = &planned.cell.spec;
        let own = Axis::iter()
            .filter_map(|axis| Some((axis, spec.label_among(&plan.labels, axis)?)))
            .collect();
        assert_eq!(plan.labels_of(planned), &own);
        assert_eq!(plan.combinations[planned.combination].reproducible, spec.reproducible());
        let TrialCell { id, data_digest, split_digest, .. } = &planned.cell;
        assert_eq!(*id, crate::CellId::of(spec, data_digest, split_digest));
        ids.insert(*id);
    }
    assert_eq!(ids.len(), plan.cells.len());
}

#[test]
fn an_ablation_of_many_lists_is_planned_without_their_product() {
    let list = |from: usize| -> String {
        let numbers: Vec<String> = (from..from + 20).map(|i| format!("0.{i}")).collect();
        numbers.join(", ")
    };
    // 20 to the fourth and more combinations, of which 1 + 19 + 19 + 2 are in the design.
    let plan = plan(&format!(
        "[experiment]\nname = \"p\"\ndesign = \"ablation\"\n[protocol]\nsplit = {{ holdout.test = 0.3 }}\n\
         [axes]\ndataset = [\"ecoli4\", \"glass2\"]\nmodel = [{{ mlp.dropout = [{}] }}]\n\
         loss = [{{ focal.gamma = [{}] }}]\nmining = [\"none\", {{ ohem.keep = [0.5, 0.25] }}]",
        list(10),
        list(30),
    ));
    assert_eq!(plan.cells.len(), 2 * (1 + 19 + 19 + 2));
    let base = plan.labels_of(&plan.cells[0]);
    for planned in &plan.cells {
        let labels = plan.labels_of(planned);
        let departures = [Axis::Model, Axis::Loss, Axis::Mining];
        let departed = departures.iter().filter(|axis| labels[axis] != base[axis]).count();
        assert!(departed <= 1, "{labels:?}");
    }
}

/// The reasons of combinations that do not run, and what the others are controlled by.
fn controlled(methods: &str) -> (Vec<String>, Vec<String>) {
    let plan = plan(&format!(
        "[experiment]\nname = \"p\"\n[protocol]\nsplit = {{ holdout.test = 0.3 }}\nmeta = {{ per_class = 5 }}\n[axes]\n\
         dataset = [\"ecoli4\"]\n{methods}\n\
         control = [\"none\", \"permuted\", \"permuted_within_class\", \"norm_matched\", \"replayed_mean\"]"
    ));
    let reasons = plan.left_out.iter().map(|out| out.reason.clone()).collect();
    let run = plan.combinations.iter().map(|run| run.labels[&Axis::Control].clone()).collect();
    (reasons, run)
}

#[test]
fn a_control_that_is_the_method_or_its_loss_alone_is_left_out_with_the_reason() {
    let (reasons, run) = controlled("");
    assert_eq!(run, ["none"]);
    assert!(reasons[2].contains("`norm_matched` of a step of plain training is that step"));
    for mixing in ["mixup", "remix"] {
        assert_eq!(controlled(&format!("mixing = \"{mixing}\"")).1, ["none"], "{mixing}");
    }
    let (reasons, run) = controlled("loss = \"focal\"");
    assert_eq!(run, ["none", "norm_matched"]);
    assert!(reasons.iter().all(|reason| reason.contains("those of a batch are equal here")));
    for (methods, run) in [
        (
            "mining = \"ohem\"",
            ["none", "permuted", "permuted_within_class", "norm_matched"].as_slice(),
        ),
        (
            "mining = \"ohem\"\nloss = \"weighted_cross_entropy\"",
            &["none", "permuted", "permuted_within_class", "norm_matched", "replayed_mean"],
        ),
        (
            "mining = \"dense_box\"",
            &["none", "permuted_within_class", "norm_matched", "replayed_mean"],
        ),
        ("reweighting = \"l2rw\"", &["none", "permuted", "permuted_within_class", "norm_matched"]),
        (
            "reweighting = \"meta_weight_net\"",
            &["none", "permuted", "permuted_within_class", "norm_matched", "replayed_mean"],
        ),
        (
            "reweighting = \"meta_class_weights\"",
            &["none", "permuted", "permuted_within_class", "norm_matched", "replayed_mean"],
        ),
        (
            "reweighting = \"fast_sample_reweighting\"",
            &["none", "permuted", "permuted_within_class", "norm_matched"],
        ),
        (
            "reweighting = \"class_aware_meta_weight_net\"",
            &["none", "permuted", "permuted_within_class", "norm_matched"],
        ),
        (
            "reweighting = { meta_weight_net.normalize = \"sum\" }",
            &["none", "permuted", "permuted_within_class", "norm_matched"],
        ),
        (
            "mining = \"negative_ratio\"",
            &["none", "permuted_within_class", "norm_matched", "replayed_mean"],
        ),
        ("mining = \"curriculum\"", &["none", "permuted", "permuted_within_class"]),
        ("mining = \"self_paced\"", &["none", "permuted", "permuted_within_class"]),
        (
            "mining = { self_paced.regularizer = \"linear\" }",
            &["none", "permuted", "permuted_within_class", "norm_matched", "replayed_mean"],
        ),
        (
            "mining = \"curriculum\"\nloss = \"focal\"",
            &["none", "permuted", "permuted_within_class", "norm_matched"],
        ),
    ] {
        assert_eq!(controlled(methods).1, run, "{methods}");
    }
    let (reasons, _) = controlled("mining = \"ohem\"");
    assert_eq!(
        reasons,
        [
            "`replayed_mean` of weights that sum to 1 in every batch, as these do, is `cross_entropy` alone"
        ]
    );
}

#[test]
fn a_method_without_a_control_is_what_it_was_without_the_axis() {
    let of = |control: &str| {
        let plan = plan(&format!(
            "[experiment]\nname = \"p\"\n[protocol]\nsplit = {{ holdout.test = 0.3 }}\n[axes]\n\
             dataset = [\"ecoli4\"]\nmining = \"ohem\"\n{control}"
        ));
        plan.cells.into_iter().map(|planned| planned.cell.id).collect::<Vec<_>>()
    };
    let (silent, named) = (of(""), of("control = [\"none\", \"permuted\"]"));
    assert_eq!((silent.len(), named.len()), (1, 2));
    assert_eq!(silent[0], named[0]);
}

#[test]
fn what_acts_after_training_costs_no_training_and_leaves_the_identity_of_the_others() {
    let of = |axes: &str| {
        let text = format!(
            "[experiment]\nname = \"p\"\n[axes]\ndataset = [\"ecoli4\", \"newthyroid\"]\n{axes}"
        );
        plan(&text)
    };
    let silent = of("");
    let named = of("calibration = [\"none\", \"platt\"]\ndecision = [\"argmax\", \"threshold\"]");
    let ids =
        |plan: &Plan| plan.cells.iter().map(|planned| planned.cell.id).collect::<BTreeSet<_>>();
    assert!(ids(&silent).is_subset(&ids(&named)));
    // Two of the six combinations are thresholds of three classes.
    assert_eq!((silent.cells.len(), named.cells.len()), (2 * 5, 6 * 5));
    assert_eq!(named.left_out.len(), 2);
    assert_eq!(named.left_out[0].reason, "`threshold` is defined for two classes only");
    let cost = |plan: &Plan| plan.cells.iter().map(|planned| planned.cost).sum::<f64>();
    assert!(cost(&named) < 2.0 * cost(&silent), "{} {}", cost(&named), cost(&silent));
}

/// An experiment with a search, and the plan of it.
fn searched(axes: &str, search: &str) -> Plan {
    plan(&format!(
        "[experiment]\nname = \"p\"\nseeds = [3, 4]\n[protocol]\nsplit = {{ holdout.test = 0.3 }}\n\
         [training]\nepochs = 9\n[axes]\ndataset = [\"ecoli4\", \"glass2\"]\n{axes}\n[search]\n{search}"
    ))
}

const GAMMA_AND_RATE: &str = "[search.parameters]\n\"loss.focal.gamma\" = { uniform = [0, 5] }\n\
     \"training.optimizer.sgd.learning_rate\" = { log_uniform = [1e-3, 1] }";

#[test]
fn a_search_draws_one_setting_for_all_data_sets_folds_seeds_and_methods() {
    let plan = searched(
        "loss = [\"focal\", \"cross_entropy\"]",
        &format!("method = {{ random.settings = 5 }}\n{GAMMA_AND_RATE}"),
    );
    // Two data sets, two seeds, two losses.
    assert_eq!(plan.cells.len(), 2 * 2 * 2 * 5);
    let mut drawn: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for planned in &plan.cells {
        let labels = plan.labels_of(planned);
        let family = &plan.combinations[planned.combination].family;
        drawn.entry(&family[&Axis::Loss]).or_default().insert(&labels[&Axis::Training]);
        assert_eq!(family[&Axis::Training], "learning_rate=tuned");
        let own = |axis| planned.cell.spec.label_among(&plan.labels, axis).unwrap();
        assert_eq!(labels[&Axis::Loss], own(Axis::Loss));
    }
    assert_eq!(drawn.keys().copied().collect::<Vec<_>>(), ["cross_entropy", "focal(gamma=tuned)"]);
    assert_eq!(drawn["cross_entropy"].len(), 5);
    assert_eq!(drawn["cross_entropy"], drawn["focal(gamma=tuned)"]);
}

#[test]
fn a_cell_of_a_search_is_the_cell_of_a_grid() {
    let of_search = searched(
        "loss = \"focal\"",
        &format!("method = {{ random.settings = 3 }}\n{GAMMA_AND_RATE}"),
    );
    let drawn = |planned: &PlannedCell| {
        let network = crate::labels::to_json(planned.cell.spec.network().unwrap());
        let gamma = network["loss"]["focal"]["gamma"].to_string();
        (gamma, network["training"]["optimizer"]["sgd"]["learning_rate"].to_string())
    };
    for planned in &of_search.cells {
        let (gamma, rate) = drawn(planned);
        let grid = plan(&format!(
            "[experiment]\nname = \"p\"\nseeds = [3, 4]\n[protocol]\nsplit = {{ holdout.test = 0.3 }}\n\
             [training]\nepochs = 9\noptimizer = {{ sgd.learning_rate = {rate} }}\n\
             [axes]\ndataset = [\"ecoli4\", \"glass2\"]\nloss = {{ focal.gamma = {gamma} }}\n"
        ));
        assert!(grid.cells.iter().any(|cell| cell.cell.id == planned.cell.id), "{gamma} {rate}");
    }
}

#[test]
fn settings_that_are_the_same_for_a_learner_are_one() {
    let plan = searched(
        "model = [\"linear\", \"nearest_neighbors\"]\nloss = \"focal\"",
        "method = { random.settings = 9 }\n\
         parameters = { \"training.batch_size\" = { choice = [16, 32] }, \"loss.gamma\" = { integer = [1, 2] } }",
    );
    let n = |model: &str| {
        let is = |planned: &&PlannedCell| plan.labels_of(planned)[&Axis::Model] == model;
        plan.cells.iter().filter(is).count()
    };
    // Of two batch sizes and two exponents all are drawn; a neighbour has none of them.
    assert_eq!((n("linear"), n("nearest_neighbors")), (2 * 2 * 4, 2 * 2));
    assert_eq!(plan.left_out.len(), 0);
}

#[test]
fn a_combination_that_cannot_be_is_left_out_with_all_its_settings() {
    let plan = searched(
        "loss = \"focal\"\ncontrol = [\"none\", \"permuted\"]",
        &format!("method = {{ random.settings = 5 }}\n{GAMMA_AND_RATE}"),
    );
    assert_eq!(plan.cells.len(), 2 * 2 * 5);
    let [ecoli4, glass2] = &plan.left_out[..] else { panic!("one a data set") };
    assert_eq!((ecoli4.n_cells, glass2.n_cells), (10, 10));
    assert_eq!(ecoli4.labels[&Axis::Loss], "focal(gamma=tuned)");
}
