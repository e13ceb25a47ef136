//! A cell, as a key names it: a number or a text.

use std::fmt;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A cell, as a key names it. Numbers are the same however they are written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark(String);

impl Mark {
    /// The cell that has this text.
    pub fn new(text: impl Into<String>) -> Self {
        Mark(text.into())
    }

    /// Its text.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// Whether `cell` is meant: it has the same text, or holds the same number.
    pub(crate) fn means(&self, cell: &str) -> bool {
        let number = |text: &str| text.trim().parse::<f64>().ok().filter(|x| x.is_finite());
        self.0 == cell || number(&self.0).is_some_and(|own| number(cell) == Some(own))
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.0)
    }
}

impl Serialize for Mark {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // A number that has another spelling is a text.
        match self.0.parse::<i64>() {
            Ok(number) if number.to_string() == self.0 => serializer.serialize_i64(number),
            _ => serializer.serialize_str(&self.0),
        }
    }
}

impl<'de> Deserialize<'de> for Mark {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        struct Cell;
        impl Visitor<'_> for Cell {
            type Value = Mark;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number or a text, as a cell holds it")
            }
            fn visit_i64<E: Error>(self, number: i64) -> Result<Mark, E> {
                Ok(Mark(number.to_string()))
            }
            fn visit_u64<E: Error>(self, number: u64) -> Result<Mark, E> {
                Ok(Mark(number.to_string()))
            }
            fn visit_f64<E: Error>(self, number: f64) -> Result<Mark, E> {
                Ok(Mark(number.to_string()))
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Mark, E> {
                Ok(Mark(text.to_owned()))
            }
        }
        input.deserialize_any(Cell)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_the_same_however_they_are_written() {
        for cell in ["-999", "-999.0", "-9.99e2", " -999"] {
            assert!(Mark::new("-999").means(cell), "{cell}");
        }
        assert!(!Mark::new("-999").means("999") && !Mark::new("-999").means("-"));
        assert!(Mark::new("nan").means("nan") && !Mark::new("nan").means("NaN"));
    }
}
