//! A data set as it is named in an experiment: `"ecoli4"`, or
//! `{ glass.profile = { exponential.ratio = 10 } }`.

use std::fmt;

use serde::de::{Error, IgnoredAny, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::profile::ProfileSpec;

/// A data set and what is done to its training part.
#[derive(Clone, Debug, PartialEq)]
pub struct DatasetSpec {
    /// The name in the catalogue.
    pub name: String,
    /// The imbalance that the training part is given.
    pub profile: Option<ProfileSpec>,
}

#[derive(Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Options {
    #[serde(skip_serializing_if = "Option::is_none")]
    profile: Option<ProfileSpec>,
}

impl fmt::Display for DatasetSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        match &self.profile {
            Some(profile) => write!(f, " ({profile})"),
            None => Ok(()),
        }
    }
}

impl Serialize for DatasetSpec {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry(&self.name, &Options { profile: self.profile.clone() })?;
        map.end()
    }
}

impl<'de> Deserialize<'de> for DatasetSpec {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        input.deserialize_any(SpecVisitor)
    }
}

struct SpecVisitor;

impl<'de> Visitor<'de> for SpecVisitor {
    type Value = DatasetSpec;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a data set's name, as in \"ecoli4\", or { glass.profile = { exponential.ratio = 10 } }")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<DatasetSpec, E> {
        Ok(DatasetSpec { name: name.to_owned(), profile: None })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<DatasetSpec, A::Error> {
        let Some((name, Options { profile })) = map.next_entry()? else {
            return Err(A::Error::custom("a data set has to be named"));
        };
        if let Some((other, _)) = map.next_entry::<String, IgnoredAny>()? {
            return Err(A::Error::custom(format!(
                "an entry is one data set, and here `{other}` stands beside `{name}`"
            )));
        }
        Ok(DatasetSpec { name, profile })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(json: &str) -> Result<DatasetSpec, serde_json::Error> {
        serde_json::from_str(json)
    }

    #[test]
    fn a_name_and_a_table_are_both_understood() {
        assert_eq!(spec("\"ecoli4\"").unwrap(), spec(r#"{ "ecoli4": {} }"#).unwrap());
        let tailed =
            spec(r#"{ "glass": { "profile": { "exponential": { "ratio": 10 } } } }"#).unwrap();
        assert_eq!(tailed.to_string(), "glass (exponential 10)");
        let json = serde_json::to_string(&tailed).unwrap();
        assert_eq!(spec(&json).unwrap(), tailed);
        assert!(spec(r#"{ "glass": { "profil": 1 } }"#).is_err());
        let two = spec(r#"{ "glass": {}, "pima": {} }"#).unwrap_err().to_string();
        assert!(two.contains("`pima` stands beside `glass`"), "{two}");
    }
}
