//! What a value is made of, as serde asks for it: values of a list, entries of a table, a name and its parameters.

use std::ops::Range;

use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, MapAccess, SeqAccess, VariantAccess, Visitor,
};
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use crate::file::typed::Place;
use crate::file::typed::mistake::Mistake;

/// The values of a list.
pub(super) struct List<'de>(std::vec::IntoIter<Spanned<DeValue<'de>>>);

impl<'de> List<'de> {
    pub(super) fn new(list: DeArray<'de>) -> Self {
        List(list.into_iter())
    }
}

impl<'de> SeqAccess<'de> for List<'de> {
    type Error = Mistake;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Mistake> {
        let Some(value) = self.0.next() else { return Ok(None) };
        let span = value.span();
        seed.deserialize(Place::new(value)).map(Some).map_err(|mistake: Mistake| mistake.at(&span))
    }
}

/// The keys and values of a table.
pub(super) struct Table<'de> {
    entries: <DeTable<'de> as IntoIterator>::IntoIter,
    /// The key and the value that come next.
    next: Option<(String, Place<'de>)>,
}

impl<'de> Table<'de> {
    pub(super) fn new(table: DeTable<'de>) -> Self {
        Table { entries: table.into_iter(), next: None }
    }
}

impl<'de> MapAccess<'de> for Table<'de> {
    type Error = Mistake;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Mistake> {
        let Some((key, value)) = self.entries.next() else { return Ok(None) };
        let span = key.span();
        let key = key.into_inner().to_string();
        let read = seed.deserialize(StrDeserializer::<Mistake>::new(&key));
        let read = read.map(Some).map_err(|mistake: Mistake| mistake.at(&span));
        self.next = Some((key, Place::new(value)));
        read
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Mistake> {
        let (key, value) = self.next.take().expect("serde asks for a key before its value");
        let span = value.span.clone();
        seed.deserialize(value).map_err(|mistake: Mistake| mistake.at(&span).of(&key))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.entries.len())
    }
}

/// A name with its parameters.
pub(super) struct Entry<'de> {
    pub(super) name: String,
    pub(super) name_span: Range<usize>,
    pub(super) parameters: Place<'de>,
}

impl<'de> EnumAccess<'de> for Entry<'de> {
    type Error = Mistake;
    type Variant = Variant<'de>;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Variant<'de>), Mistake> {
        let variant = seed.deserialize(StrDeserializer::<Mistake>::new(&self.name));
        let variant = variant.map_err(|mistake: Mistake| mistake.at(&self.name_span))?;
        Ok((variant, Variant { name: self.name, parameters: self.parameters }))
    }
}

/// What stands with a name.
pub(super) struct Variant<'de> {
    name: String,
    parameters: Place<'de>,
}

impl<'de> VariantAccess<'de> for Variant<'de> {
    type Error = Mistake;

    fn unit_variant(self) -> Result<(), Mistake> {
        match &self.parameters.value {
            DeValue::Table(table) if table.is_empty() => Ok(()),
            _ => self.parameters.other(&format!("nothing: `{}` has no parameters", self.name)),
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Mistake> {
        let span = self.parameters.span.clone();
        seed.deserialize(self.parameters)
            .map_err(|mistake: Mistake| mistake.at(&span).of(&self.name))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Mistake> {
        self.parameters.deserialize_seq(visitor).map_err(|mistake: Mistake| mistake.of(&self.name))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mistake> {
        self.parameters.deserialize_map(visitor).map_err(|mistake: Mistake| mistake.of(&self.name))
    }
}
