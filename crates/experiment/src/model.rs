//! The model axis: networks, boosted trees and classical learners side by side, each under its own name.

use std::sync::LazyLock;

use baselines::{BaselineSpec, BoostedTrees};
use serde::de::{Deserialize, Deserializer, VariantAccess};
use serde::{Serialize, Serializer};
use strum::{IntoEnumIterator, VariantNames};

use crate::by_name::{self, ByName, Entry};
use crate::networks::{Mlp, NetworkSpec};

/// What stands on the model axis.
#[derive(Clone, Debug, PartialEq)]
pub enum ModelSpec {
    /// Learns by gradient steps.
    Network(NetworkSpec),
    /// Grows trees to the gradients of a loss.
    Boosted(BoostedTrees),
    /// Learns by its own algorithm.
    Classical(BaselineSpec),
}

const BOOSTED_TREES: &str = "boosted_trees";

static NAMES: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| [NetworkSpec::VARIANTS, BaselineSpec::VARIANTS, &[BOOSTED_TREES]].concat());

impl ModelSpec {
    /// Every model with its defaults.
    pub fn iter() -> impl Iterator<Item = ModelSpec> {
        let trees = ModelSpec::Boosted(BoostedTrees::default());
        let classical = BaselineSpec::iter().map(ModelSpec::Classical);
        NetworkSpec::iter().map(ModelSpec::Network).chain(classical).chain([trees])
    }

    /// The name in an experiment file.
    pub fn name(&self) -> &'static str {
        match self {
            ModelSpec::Network(network) => network.name(),
            ModelSpec::Boosted(_) => BOOSTED_TREES,
            ModelSpec::Classical(learner) => learner.name(),
        }
    }

    /// Its file, whose head is its page.
    pub fn code(&self) -> &'static str {
        match self {
            ModelSpec::Network(network) => network.code(),
            ModelSpec::Boosted(_) => BoostedTrees::CODE,
            ModelSpec::Classical(learner) => learner.code(),
        }
    }
}

impl Default for ModelSpec {
    fn default() -> Self {
        ModelSpec::Network(NetworkSpec::Mlp(Mlp::default()))
    }
}

impl Serialize for ModelSpec {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            ModelSpec::Network(network) => network.serialize(serializer),
            ModelSpec::Boosted(trees) => {
                serializer.serialize_newtype_variant("ModelSpec", 0, BOOSTED_TREES, trees)
            }
            ModelSpec::Classical(learner) => learner.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for ModelSpec {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        by_name::deserialize(input)
    }
}

impl ByName for ModelSpec {
    const WHAT: &'static str = "a model";

    fn names() -> &'static [&'static str] {
        &NAMES
    }

    fn read<'de, P: VariantAccess<'de>>(entry: Entry<P>) -> Result<Self, P::Error> {
        if entry.name == BOOSTED_TREES {
            return entry.parameters.newtype_variant().map(ModelSpec::Boosted);
        }
        if NetworkSpec::VARIANTS.contains(&entry.name) {
            NetworkSpec::deserialize(entry.into_deserializer()).map(ModelSpec::Network)
        } else {
            BaselineSpec::deserialize(entry.into_deserializer()).map(ModelSpec::Classical)
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::labels::to_json;

    #[test]
    fn every_model_is_read_as_it_is_written_and_has_a_name_of_its_own() {
        let models: Vec<ModelSpec> = ModelSpec::iter().collect();
        assert_eq!(models.len(), NAMES.len());
        for (model, name) in models.iter().zip(NAMES.iter()) {
            let written = to_json(model);
            assert_eq!(written.as_object().unwrap().keys().collect::<Vec<_>>(), [name]);
            assert_eq!(model.name(), *name);
            assert_eq!(ModelSpec::deserialize(&written).unwrap(), *model);
        }
        let mut names = NAMES.clone();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), NAMES.len());
    }

    #[test]
    fn what_is_no_model_is_refused_with_those_there_are() {
        let why = |entry: Value| ModelSpec::deserialize(&entry).unwrap_err().to_string();
        let unknown = why(json!({ "mpl": {} }));
        assert!(
            unknown.contains("unknown variant `mpl`") && unknown.contains("`svm`"),
            "{unknown}"
        );
        let parameter = why(json!({ "svm": { "depth": 3 } }));
        assert!(parameter.contains("unknown field `depth`"), "{parameter}");
    }
}
