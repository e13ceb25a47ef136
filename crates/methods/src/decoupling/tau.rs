//! `τ`: a number, or that which the validation part picks.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde::{Serialize, Serializer};

/// The exponent of τ-normalisation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Tau {
    /// The best on the validation part.
    Validation,
    /// From 0 to 2.
    Given(f64),
}

/// As a file names the choice.
const VALIDATION: &str = "validation";

impl Serialize for Tau {
    fn serialize<S: Serializer>(&self, output: S) -> Result<S::Ok, S::Error> {
        match self {
            Tau::Validation => output.serialize_str(VALIDATION),
            Tau::Given(tau) => output.serialize_f64(*tau),
        }
    }
}

impl<'de> Deserialize<'de> for Tau {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        input.deserialize_any(TauVisitor)
    }
}

struct TauVisitor;

impl Visitor<'_> for TauVisitor {
    type Value = Tau;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number from 0 to 2, or \"validation\"")
    }

    fn visit_str<E: Error>(self, word: &str) -> Result<Tau, E> {
        if word == VALIDATION {
            return Ok(Tau::Validation);
        }
        Err(E::custom(format!("\"{word}\" is not a number from 0 to 2, or \"validation\"")))
    }

    fn visit_f64<E: Error>(self, tau: f64) -> Result<Tau, E> {
        if (0.0..=2.0).contains(&tau) {
            return Ok(Tau::Given(tau));
        }
        Err(E::custom(format!("{tau} is not a number from 0 to 2, or \"validation\"")))
    }

    fn visit_i64<E: Error>(self, tau: i64) -> Result<Tau, E> {
        self.visit_f64(tau as f64)
    }

    fn visit_u64<E: Error>(self, tau: u64) -> Result<Tau, E> {
        self.visit_f64(tau as f64)
    }
}
