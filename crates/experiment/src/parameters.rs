//! What a trial is made of, piece by piece: every number and every word of its specification, by its path.

use serde_json::Value;

use crate::labels::to_json;
use crate::spec::TrialSpec;

/// What stands at the end of a path.
#[derive(Clone, Debug, PartialEq)]
pub enum Leaf {
    /// A number.
    Number(f64),
    /// Anything else, as JSON: a word, a list, nothing.
    Other(String),
}

/// Every piece of `spec` but its data set, fold and seed: `learner.network.loss.focal.gamma`.
pub fn leaves(spec: &TrialSpec) -> Vec<(String, Leaf)> {
    let mut found = Vec::new();
    let json = to_json(spec);
    let parts = json.as_object().into_iter().flatten();
    for (name, part) in parts.filter(|(name, _)| !["dataset", "fold", "seed"].contains(&&***name)) {
        walk(name.clone(), part, &mut found);
    }
    found
}

fn walk(path: String, value: &Value, found: &mut Vec<(String, Leaf)>) {
    match (value, value.as_f64()) {
        (Value::Object(map), _) if !map.is_empty() => {
            for (name, value) in map {
                walk(format!("{path}.{name}"), value, found);
            }
        }
        (_, Some(number)) => found.push((path, Leaf::Number(number))),
        _ => found.push((path, Leaf::Other(value.to_string()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::planned;

    #[test]
    fn a_trial_is_told_by_its_parts_and_not_by_where_it_ran() {
        let text = "[experiment]\nname = \"parts\"\n[axes]\ndataset = [\"glass2\"]\nmodel = \"linear\"\n\
                    loss = [{ focal.gamma = 0.5 }]\n";
        let (plan, _) = planned(text);
        let leaves = leaves(&plan.cells[0].cell.spec);
        let of = |path: &str| leaves.iter().find(|(known, _)| known == path).map(|(_, leaf)| leaf);
        assert_eq!(of("learner.network.loss.focal.gamma"), Some(&Leaf::Number(0.5)));
        assert_eq!(of("sampling.instance_balanced"), Some(&Leaf::Other("{}".to_owned())));
        assert!(leaves.iter().all(|(path, _)| !path.starts_with("dataset") && path != "seed"));
    }
}
