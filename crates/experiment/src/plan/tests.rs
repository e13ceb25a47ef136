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
