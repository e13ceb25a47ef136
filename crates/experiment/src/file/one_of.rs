//! Which tables of an experiment name one of several, as `split = { holdout.test = 0.3 }` does: their types
//! are asked, so that no list of such keys can be forgotten.

use std::cell::Cell;

use serde::de::value::Error;
use serde::de::{
    DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, Error as _, IntoDeserializer,
    MapAccess, VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;

/// Whether a `T` wants one name with its parameters at `path`.
pub(crate) fn asked<T: DeserializeOwned>(path: &[&str]) -> bool {
    let found = Cell::new(false);
    // It is always an error: at the end of the path nothing is given.
    let _ = T::deserialize(Question { path, found: &found });
    found.get()
}

/// The same of a method, which stands as a name with or without parameters.
pub(crate) fn asked_by_name<T: DeserializeOwned>(path: &[&str]) -> bool {
    let found = Cell::new(false);
    let _ = methods::named::deserialize::<_, T>(Question { path, found: &found });
    found.get()
}

/// Leads a type along `path`, and notes whether what is at its end asks for a name.
#[derive(Clone, Copy)]
struct Question<'de, 'f> {
    path: &'de [&'de str],
    found: &'f Cell<bool>,
}

impl<'de, 'f> Question<'de, 'f> {
    /// A name is asked for: the answer, if this is the end of the path.
    fn named<T>(
        self,
        further: impl FnOnce(NextKey<'de, 'f>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        if self.path.is_empty() {
            self.found.set(true);
            return Err(Error::custom("there is nothing at the end of the path"));
        }
        further(NextKey(Some(self)))
    }
}

impl<'de> Deserializer<'de> for Question<'de, '_> {
    type Error = Error;

    /// Asked by types that take a name or a table; those that take no table are replaced anyway.
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.named(|step| visitor.visit_map(step))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.named(|step| visitor.visit_enum(step))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_map(NextKey(Some(self)))
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_map(NextKey(Some(self)))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct identifier ignored_any
    }
}

/// A table with the next key of the path alone; empty once that is taken.
struct NextKey<'de, 'f>(Option<Question<'de, 'f>>);

impl<'de, 'f> NextKey<'de, 'f> {
    fn taken(&mut self) -> Result<Question<'de, 'f>, Error> {
        let rest = self.0.take().and_then(|question| {
            Some(Question { path: question.path.split_first()?.1, ..question })
        });
        rest.ok_or_else(|| Error::custom("the path ends here"))
    }
}

impl<'de> MapAccess<'de> for NextKey<'de, '_> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Error> {
        let key = self.0.and_then(|question| question.path.first());
        key.map(|&key| seed.deserialize(key.into_deserializer())).transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        seed.deserialize(self.taken()?)
    }
}

impl<'de, 'f> EnumAccess<'de> for NextKey<'de, 'f> {
    type Error = Error;
    type Variant = Question<'de, 'f>;

    fn variant_seed<V: DeserializeSeed<'de>>(
        mut self,
        seed: V,
    ) -> Result<(V::Value, Self::Variant), Error> {
        let Some(variant) = self.next_key_seed(seed)? else {
            return Err(Error::custom("the path ends here"));
        };
        Ok((variant, self.taken()?))
    }
}

impl<'de> VariantAccess<'de> for Question<'de, '_> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        Err(Error::custom("it has no parameters"))
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Error> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_map(NextKey(Some(self)))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_map(NextKey(Some(self)))
    }
}
