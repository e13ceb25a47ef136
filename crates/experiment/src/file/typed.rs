//! Tables and values of an experiment as typed things. What a type refuses is kept as what it is, a name that
//! is none of some, a value of another kind, until the whole is known, and then told in one sentence.

mod mistake;
mod parts;

use std::ops::Range;

use serde::de::{DeserializeOwned, Deserializer, IntoDeserializer, Unexpected, Visitor};
use serde::forward_to_deserialize_any;
use serde_spanned::de::{SpannedDeserializer, is_spanned};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::file::diagnostic::{Diagnostic, syntax};
use crate::file::typed::mistake::{Mistake, in_words};
use crate::file::typed::parts::{Entry, List, Table};

/// Reads `value`; `key` is what it stands for, as in "unknown loss".
pub(crate) fn read<T: DeserializeOwned>(
    value: Spanned<DeValue<'_>>,
    key: &str,
) -> Result<T, Diagnostic> {
    told(value, key, T::deserialize)
}

/// Reads `value`, a name with or without parameters.
pub(crate) fn read_named<T: DeserializeOwned>(
    value: Spanned<DeValue<'_>>,
    key: &str,
) -> Result<T, Diagnostic> {
    told(value, key, methods::named::deserialize)
}

/// Reads `text` as the one entry of an axis, `focal.gamma = 1`; `key` is what it stands for.
///
/// # Errors
/// If it is no TOML or no such entry.
pub fn read_entry<T: DeserializeOwned>(text: &str, key: &str) -> Result<T, Diagnostic> {
    let table = DeTable::parse(text).map_err(|error| syntax(&error, 0))?;
    let value = Spanned::new(0..text.len(), DeValue::Table(table.into_inner()));
    read_named(value, key)
}

fn told<'de, T>(
    value: Spanned<DeValue<'de>>,
    key: &str,
    read: impl FnOnce(Place<'de>) -> Result<T, Mistake>,
) -> Result<T, Diagnostic> {
    let span = value.span();
    let place = Place { value: value.into_inner(), span: span.clone() };
    read(place).map_err(|mistake: Mistake| mistake.at(&span).of(key).told())
}

/// A value and where it stands.
struct Place<'de> {
    value: DeValue<'de>,
    span: Range<usize>,
}

impl<'de> Place<'de> {
    fn new(value: Spanned<DeValue<'de>>) -> Self {
        let span = value.span();
        Place { value: value.into_inner(), span }
    }

    /// Something else stands here than is wanted.
    fn other<T>(&self, wanted: &str) -> Result<T, Mistake> {
        Err(Mistake::wanted(wanted, &shown(&self.value)).at(&self.span))
    }

    /// The whole number that stands here; the largest there is for one that is larger.
    fn whole(&self) -> Option<i128> {
        let DeValue::Integer(integer) = &self.value else { return None };
        Some(i128::from_str_radix(integer.as_str(), integer.radix()).unwrap_or(i128::MAX))
    }

    fn visit_whole<V: Visitor<'de>>(self, most: u64, visitor: V) -> Result<V::Value, Mistake> {
        let n = self.whole();
        match n.map(u64::try_from) {
            Some(Ok(n)) if (1..=most).contains(&n) => {
                visitor.visit_u64(n).map_err(|mistake: Mistake| mistake.at(&self.span))
            }
            _ if n.is_some_and(|n| i128::from(most) < n) => {
                self.other(&format!("a whole number of at most {most}"))
            }
            // Whether 0 is one of the numbers that are wanted is known to the type alone.
            _ => match visitor.visit_u64(0) {
                Ok(zero) if n == Some(0) => Ok(zero),
                Ok(_) => self.other("a whole number of at least 0"),
                Err::<_, Mistake>(_) => self.other("a whole number of at least 1"),
            },
        }
    }

    fn visit_signed<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        let DeValue::Integer(integer) = &self.value else { return self.other("a whole number") };
        match i64::from_str_radix(integer.as_str(), integer.radix()) {
            Ok(n) => visitor.visit_i64(n).map_err(|mistake: Mistake| mistake.at(&self.span)),
            Err(_) => self.other("a whole number of 64 bits"),
        }
    }
}

/// What stands there, as a sentence names it.
fn shown(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => in_words(&Unexpected::Str(text)),
        DeValue::Integer(number) => number.to_string(),
        DeValue::Float(number) => number.as_str().to_owned(),
        DeValue::Boolean(truth) => truth.to_string(),
        DeValue::Datetime(date) => format!("the date {date}"),
        DeValue::Array(_) => in_words(&Unexpected::Seq),
        DeValue::Table(_) => in_words(&Unexpected::Map),
    }
}

impl<'de> IntoDeserializer<'de, Mistake> for Place<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Deserializer<'de> for Place<'de> {
    type Error = Mistake;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        let span = self.span.clone();
        let visited = match self.value {
            DeValue::String(text) => visitor.visit_str(&text),
            DeValue::Boolean(truth) => visitor.visit_bool(truth),
            DeValue::Integer(_) => match self.whole().map(u64::try_from) {
                Some(Ok(n)) => visitor.visit_u64(n),
                _ => return self.visit_signed(visitor),
            },
            DeValue::Float(_) => return self.deserialize_f64(visitor),
            DeValue::Datetime(date) => visitor.visit_string(date.to_string()),
            DeValue::Array(list) => visitor.visit_seq(List::new(list)),
            DeValue::Table(table) => visitor.visit_map(Table::new(table)),
        };
        visited.map_err(|mistake: Mistake| mistake.at(&span))
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        match self.value {
            DeValue::Boolean(truth) => {
                visitor.visit_bool(truth).map_err(|mistake: Mistake| mistake.at(&self.span))
            }
            _ => self.other("true or false"),
        }
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        let number = match &self.value {
            DeValue::Float(number) => number.as_str().parse::<f64>().ok(),
            DeValue::Integer(number) => {
                i128::from_str_radix(number.as_str(), number.radix()).ok().map(|n| n as f64)
            }
            _ => None,
        };
        let Some(number) = number else { return self.other("a number") };
        visitor.visit_f64(number).map_err(|mistake: Mistake| mistake.at(&self.span))
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        self.deserialize_f64(visitor)
    }

    fn deserialize_u8<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        self.visit_whole(u64::from(u8::MAX), visitor)
    }

    fn deserialize_u16<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        self.visit_whole(u64::from(u16::MAX), visitor)
    }

    fn deserialize_u32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        self.visit_whole(u64::from(u32::MAX), visitor)
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        self.visit_whole(u64::MAX, visitor)
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        self.visit_signed(visitor)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        match &self.value {
            DeValue::String(text) => {
                visitor.visit_str(text).map_err(|mistake: Mistake| mistake.at(&self.span))
            }
            _ => self.other("a text"),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        self.deserialize_str(visitor)
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        self.deserialize_str(visitor)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        match self.value {
            DeValue::Array(_) => self.deserialize_any(visitor),
            _ => self.other("a list"),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Mistake> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        match self.value {
            DeValue::Table(_) => self.deserialize_any(visitor),
            _ => self.other("a table { name = value }"),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mistake> {
        if is_spanned(name) {
            let span = self.span.clone();
            return visitor.visit_map(SpannedDeserializer::new(self, span));
        }
        if matches!(self.value, DeValue::Table(_)) {
            return self.deserialize_any(visitor);
        }
        // A type may say better than we what is wanted.
        let says = (&visitor as &dyn serde::de::Expected).to_string();
        let wanted = if says == format!("struct {name}") {
            "a table of parameters { parameter = value }".to_owned()
        } else {
            says
        };
        self.other(&wanted)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mistake> {
        let span = self.span.clone();
        let entry = match self.value {
            DeValue::String(ref name) => {
                let nothing = Place { value: DeValue::Table(DeTable::new()), span: span.clone() };
                Entry { name: name.to_string(), name_span: span.clone(), parameters: nothing }
            }
            DeValue::Table(table) if table.len() == 1 => {
                let (name, value) = table.into_iter().next().expect("there is one");
                let name_span = name.span();
                Entry {
                    name: name.into_inner().to_string(),
                    name_span,
                    parameters: Place::new(value),
                }
            }
            DeValue::Table(table) => return Err(Mistake::several(table.keys()).at(&span)),
            _ => return self.other("a name, or a name with parameters { name.parameter = value }"),
        };
        visitor.visit_enum(entry).map_err(|mistake: Mistake| mistake.at(&span).of_type(name))
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Mistake> {
        let span = self.span.clone();
        visitor.visit_newtype_struct(self).map_err(|mistake: Mistake| mistake.at(&span))
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i128 u128 bytes byte_buf unit unit_struct tuple_struct identifier
    }
}

#[cfg(test)]
mod tests;
