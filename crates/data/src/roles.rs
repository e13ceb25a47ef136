//! What columns are that are no features: which rows belong together, which fold they are in.

use std::fmt;

use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::column::Column;
use crate::formats::kind::{Kind, Kinds};

/// `[roles]` of a `dataset.toml`, or of a data set in a catalogue. A column with a role is read as text, is not learnt
/// from, and can be named by a split.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Roles {
    /// Rows with the same value belong together, as those of one customer do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// The official fold of each row; of several columns each is a repeat.
    #[serde(skip_serializing_if = "Names::is_empty")]
    pub fold: Names,
    /// What else describes a row and is nothing to learn from.
    #[serde(skip_serializing_if = "Names::is_empty")]
    pub other: Names,
}

/// One name, or a list of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names(Vec<String>);

impl Roles {
    /// Whether no column has a role.
    pub fn is_empty(&self) -> bool {
        *self == Roles::default()
    }

    /// The columns that have one.
    pub(crate) fn names(&self) -> impl Iterator<Item = &String> {
        self.group.iter().chain(&self.fold.0).chain(&self.other.0)
    }

    /// The same, and `others` are nothing to learn from.
    pub(crate) fn with_others(&self, others: Vec<String>) -> Self {
        let mut roles = self.clone();
        roles.other.0.extend(others);
        roles
    }

    /// `kinds`, but columns with a role are read as text: a number of more than 53 bits would be taken for another.
    pub(crate) fn kinds(&self, kinds: &Kinds) -> Kinds {
        let mut kinds = kinds.clone();
        kinds.extend(self.names().map(|name| (name.clone(), Kind::Categorical)));
        kinds
    }

    /// The features among `columns`, and the columns that have a role.
    pub(crate) fn set_aside(&self, columns: Vec<Column>) -> (Vec<Column>, Vec<Column>) {
        columns.into_iter().partition(|column| self.names().all(|name| name != column.name()))
    }
}

impl Names {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Number of names.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The names in their order.
    pub fn iter(&self) -> impl Iterator<Item = &String> {
        self.0.iter()
    }
}

impl<S: Into<String>> FromIterator<S> for Names {
    fn from_iter<I: IntoIterator<Item = S>>(names: I) -> Self {
        Names(names.into_iter().map(Into::into).collect())
    }
}

impl Serialize for Names {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0[..] {
            [name] => name.serialize(serializer),
            names => names.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Names {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        input.deserialize_any(NamesVisitor)
    }
}

struct NamesVisitor;

impl<'de> Visitor<'de> for NamesVisitor {
    type Value = Names;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name, or a list of names")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Names, E> {
        Ok(Names(vec![name.to_owned()]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Names, A::Error> {
        let mut names: Vec<String> = Vec::new();
        while let Some(name) = list.next_element()? {
            if names.contains(&name) {
                return Err(A::Error::custom(format!("`{name}` is named twice")));
            }
            names.push(name);
        }
        if names.is_empty() {
            return Err(A::Error::custom("an empty list: expected a name, or a list of names"));
        }
        Ok(Names(names))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_and_a_list_of_names_are_both_understood() {
        let roles: Roles = toml::from_str("group = \"who\"\nfold = [\"a\", \"b\"]\n").unwrap();
        assert_eq!(roles.names().collect::<Vec<_>>(), ["who", "a", "b"]);
        assert_eq!(toml::from_str::<Roles>(&toml::to_string(&roles).unwrap()).unwrap(), roles);
        let error = |text: &str| toml::from_str::<Roles>(text).unwrap_err().message().to_owned();
        assert!(error("fold = 3").contains("expected a name, or a list of names"));
        assert!(error("fold = [\"a\", \"a\"]").contains("`a` is named twice"));
        assert!(error("fold = []").contains("an empty list"));
    }
}
