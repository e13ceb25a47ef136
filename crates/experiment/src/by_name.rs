//! What stands under one name on an axis, and is one of several kinds: an entry is handed on to the kind that has its name.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::{EnumAccessDeserializer, StrDeserializer};
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error, IntoDeserializer, VariantAccess, Visitor,
};

/// One of several kinds, each with names of its own.
pub(crate) trait ByName: Sized {
    /// What it is, as in "a model".
    const WHAT: &'static str;

    /// The names of all kinds.
    fn names() -> &'static [&'static str];

    /// The entry as the kind that has its name, one of [`ByName::names`].
    fn read<'de, P: VariantAccess<'de>>(entry: Entry<P>) -> Result<Self, P::Error>;
}

/// Reads an entry.
pub(crate) fn deserialize<'de, D: Deserializer<'de>, K: ByName>(input: D) -> Result<K, D::Error> {
    input.deserialize_enum(K::WHAT, K::names(), Kinds(PhantomData))
}

struct Kinds<K>(PhantomData<K>);

impl<'de, K: ByName> Visitor<'de> for Kinds<K> {
    type Value = K;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(K::WHAT)
    }

    fn visit_enum<A: EnumAccess<'de>>(self, entry: A) -> Result<K, A::Error> {
        let (name, parameters) = entry.variant_seed(KnownName::<K>(PhantomData))?;
        K::read(Entry { name, parameters })
    }
}

/// Reads one of the names.
struct KnownName<K>(PhantomData<K>);

impl<'de, K: ByName> DeserializeSeed<'de> for KnownName<K> {
    type Value = &'static str;

    fn deserialize<D: Deserializer<'de>>(self, input: D) -> Result<&'static str, D::Error> {
        input.deserialize_identifier(self)
    }
}

impl<K: ByName> Visitor<'_> for KnownName<K> {
    type Value = &'static str;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the name of {}", K::WHAT)
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<&'static str, E> {
        let known = K::names().iter().find(|known| **known == name);
        known.copied().ok_or_else(|| E::unknown_variant(name, K::names()))
    }
}

/// A name that has been read, with its parameters, which have not.
pub(crate) struct Entry<P> {
    pub(crate) name: &'static str,
    pub(crate) parameters: P,
}

impl<'de, P: VariantAccess<'de>> Entry<P> {
    /// The entry as one for a kind that is read by its own names.
    pub(crate) fn into_deserializer(self) -> EnumAccessDeserializer<Self> {
        EnumAccessDeserializer::new(self)
    }
}

impl<'de, P: VariantAccess<'de>> EnumAccess<'de> for Entry<P> {
    type Error = P::Error;
    type Variant = P;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, P), P::Error> {
        let name: StrDeserializer<'_, P::Error> = self.name.into_deserializer();
        Ok((seed.deserialize(name)?, self.parameters))
    }
}
