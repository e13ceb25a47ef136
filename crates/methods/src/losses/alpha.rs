//! `α`: class weights that the reader gives, one number for the positives or a list.

use std::fmt;

use nn::range::{NonNegative, UnitInterval};
use serde::Serialize;
use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};

/// Weights of the classes in focal loss.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Alpha {
    /// The weight of a positive; a negative has 1 less this.
    Positive(UnitInterval),
    /// One weight for each class.
    PerClass(Vec<NonNegative>),
}

impl<'de> Deserialize<'de> for Alpha {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        input.deserialize_any(AlphaVisitor)
    }
}

struct AlphaVisitor;

impl<'de> Visitor<'de> for AlphaVisitor {
    type Value = Alpha;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number from 0 to 1, or a list with one weight for each class")
    }

    fn visit_f64<E: Error>(self, alpha: f64) -> Result<Alpha, E> {
        UnitInterval::try_from(alpha).map(Alpha::Positive).map_err(E::custom)
    }

    fn visit_i64<E: Error>(self, alpha: i64) -> Result<Alpha, E> {
        self.visit_f64(alpha as f64)
    }

    fn visit_u64<E: Error>(self, alpha: u64) -> Result<Alpha, E> {
        self.visit_f64(alpha as f64)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Alpha, A::Error> {
        let mut weights = Vec::new();
        while let Some(weight) = list.next_element()? {
            weights.push(weight);
        }
        Ok(Alpha::PerClass(weights))
    }
}
