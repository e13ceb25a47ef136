//! `"focal"` in an experiment file means `{ focal = {} }`: the method with its published defaults.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::{MapAccessDeserializer, MapDeserializer};
use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, Visitor};

/// For `#[serde(deserialize_with = "named::deserialize")]` on a field that holds a method.
///
/// # Errors
/// If there is no such method, it has no such parameters, or there are two.
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

    fn visit_map<A: MapAccess<'de>>(self, mut entry: A) -> Result<M, A::Error> {
        if entry.size_hint() == Some(0) {
            return Err(A::Error::custom(
                "an entry is one name with its parameters, and this has none",
            ));
        }
        let method = M::deserialize(MapAccessDeserializer::new(&mut entry))?;
        // Whoever reads one name of two would drop the other in silence.
        let mut others = Vec::new();
        while let Some((name, _)) = entry.next_entry::<String, IgnoredAny>()? {
            others.push(format!("`{name}`"));
        }
        if others.is_empty() { Ok(method) } else { Err(A::Error::custom(one_too_many(&others))) }
    }
}

fn one_too_many(others: &[String]) -> String {
    format!(
        "an entry is one name with its parameters, and this has {}: {} stands beside the first",
        others.len() + 1,
        others.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::deserialize;
    use crate::losses::LossSpec;

    fn why(entry: Value) -> String {
        deserialize::<_, LossSpec>(entry).unwrap_err().to_string()
    }

    #[test]
    fn an_entry_is_one_name() {
        let beside = why(json!({ "dice": {}, "focal": { "gamma": 1 } }));
        assert!(beside.contains("this has 2: `focal` stands beside the first"), "{beside}");
        let within = why(json!({ "label_smoothing": { "loss": { "focal": {}, "poly_1": {} } } }));
        assert!(within.contains("this has 2: `poly_1`"), "{within}");
        let weights = json!({ "scheme": { "inverse": {}, "smooth": {}, "sqrt_inverse": {} } });
        let weights = why(json!({ "weighted_cross_entropy": weights }));
        assert!(weights.contains("this has 3: "), "{weights}");
        assert!(why(json!({})).contains("this has none"));
    }
}
