//! The model axis: networks, boosted trees and classical learners side by side, each under its own name.

use std::fmt;
use std::sync::LazyLock;

use baselines::{BaselineSpec, BoostedTrees};
use serde::de::value::{EnumAccessDeserializer, StrDeserializer};
use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, EnumAccess, Error, IntoDeserializer, VariantAccess,
    Visitor,
};
use serde::{Serialize, Serializer};
use strum::{IntoEnumIterator, VariantNames};

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
        input.deserialize_enum("ModelSpec", &NAMES, ByName)
    }
}

/// Hands an entry on to the kind of model that has its name.
struct ByName;

impl<'de> Visitor<'de> for ByName {
    type Value = ModelSpec;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a model")
    }

    fn visit_enum<A: EnumAccess<'de>>(self, entry: A) -> Result<ModelSpec, A::Error> {
        let (name, parameters) = entry.variant_seed(KnownName)?;
        if name == BOOSTED_TREES {
            return parameters.newtype_variant().map(ModelSpec::Boosted);
        }
        let entry = EnumAccessDeserializer::new(Entry { name, parameters });
        if NetworkSpec::VARIANTS.contains(&name) {
            NetworkSpec::deserialize(entry).map(ModelSpec::Network)
        } else {
            BaselineSpec::deserialize(entry).map(ModelSpec::Classical)
        }
    }
}

/// Reads one of [`NAMES`].
struct KnownName;

impl<'de> DeserializeSeed<'de> for KnownName {
    type Value = &'static str;

    fn deserialize<D: Deserializer<'de>>(self, input: D) -> Result<&'static str, D::Error> {
        input.deserialize_identifier(self)
    }
}

impl Visitor<'_> for KnownName {
    type Value = &'static str;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a model")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<&'static str, E> {
        let known = NAMES.iter().find(|known| **known == name);
        known.copied().ok_or_else(|| E::unknown_variant(name, &NAMES))
    }
}

/// A name that has been read, with its parameters, which have not.
struct Entry<P> {
    name: &'static str,
    parameters: P,
}

impl<'de, P: VariantAccess<'de>> EnumAccess<'de> for Entry<P> {
    type Error = P::Error;
    type Variant = P;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, P), P::Error> {
        let name: StrDeserializer<'_, P::Error> = self.name.into_deserializer();
        Ok((seed.deserialize(name)?, self.parameters))
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
