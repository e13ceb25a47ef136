//! `"focal"` in an experiment file means `{ focal = {} }`: the method with its published defaults.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::{MapAccessDeserializer, MapDeserializer};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};

/// For `#[serde(deserialize_with = "named::deserialize")]` on a field that holds a method.
///
/// # Errors
/// If there is no such method, or it has no such parameters.
pub fn deserialize<'de, D: Deserializer<'de>, M: Deserialize<'de>>(
    input: D,
) -> Result<M, D::Error> {
    input.deserialize_any(NamedVisitor(PhantomData))
}

struct NamedVisitor<M>(PhantomData<M>);

impl<'de, M: Deserialize<'de>> Visitor<'de> for NamedVisitor<M> {
    type Value = M;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name, as in \"focal\", or a name with parameters, as in { focal.gamma = 2 }")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<M, E> {
        let no_parameters = MapDeserializer::new(std::iter::empty::<(&str, f64)>());
        let entry = MapDeserializer::new(std::iter::once((name, no_parameters)));
        M::deserialize(MapAccessDeserializer::new(entry))
    }

    fn visit_map<A: MapAccess<'de>>(self, parameters: A) -> Result<M, A::Error> {
        M::deserialize(MapAccessDeserializer::new(parameters))
    }
}
