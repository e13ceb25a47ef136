//! How much of a batch a miner keeps.

use std::fmt;
use std::num::NonZeroU32;

use nn::range::Fraction;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde::{Deserialize, Serialize};

/// `0.25`, a share of each batch, or `{ count = 32 }`, so many examples of it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Kept {
    /// `max(1, ⌈share n⌉)` of `n` examples.
    Share(Fraction),
    /// `min(count, n)` of `n` examples.
    Count {
        /// At least 1.
        count: NonZeroU32,
    },
}

impl Kept {
    /// A share of each batch, a literal above 0 and at most 1.
    pub(super) fn share(share: f64) -> Self {
        Kept::Share(Fraction::new(share))
    }

    /// How many of `n` examples.
    pub(super) fn of(self, n: usize) -> usize {
        match self {
            Kept::Share(share) => n_kept(share.get(), n),
            Kept::Count { count } => n.min(count.get() as usize),
        }
    }

    /// The number that is kept of every batch, if it is one.
    pub(super) fn count(self) -> Option<u32> {
        match self {
            Kept::Share(_) => None,
            Kept::Count { count } => Some(count.get()),
        }
    }
}

/// `max(1, ⌈share n⌉)`, 0 of none.
pub(crate) fn n_kept(share: f64, n: usize) -> usize {
    // 0.07 * 100 is 7.000000000000001, which is not to be 8.
    let n_kept = (share * n as f64 - 1e-9).ceil() as usize;
    n_kept.max(1).min(n)
}

impl<'de> Deserialize<'de> for Kept {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        input.deserialize_any(KeptVisitor)
    }
}

/// `{ count = 32 }`.
#[derive(Deserialize)]
#[serde(rename = "Kept", deny_unknown_fields)]
struct Counted {
    count: NonZeroU32,
}

struct KeptVisitor;

impl<'de> Visitor<'de> for KeptVisitor {
    type Value = Kept;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a share, as in 0.25, or a number of examples, as in { count = 32 }")
    }

    fn visit_f64<E: Error>(self, share: f64) -> Result<Kept, E> {
        Fraction::try_from(share).map(Kept::Share).map_err(E::custom)
    }

    fn visit_i64<E: Error>(self, share: i64) -> Result<Kept, E> {
        self.visit_f64(share as f64)
    }

    fn visit_u64<E: Error>(self, share: u64) -> Result<Kept, E> {
        self.visit_f64(share as f64)
    }

    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<Kept, A::Error> {
        let Counted { count } = Counted::deserialize(MapAccessDeserializer::new(entries))?;
        Ok(Kept::Count { count })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(value: &Value) -> Result<Kept, String> {
        serde_json::from_value(value.clone()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_share_is_rounded_up_and_never_empty() {
        assert_eq!(n_kept(0.25, 5), 2);
        assert_eq!(n_kept(1e-6, 5), 1);
        assert_eq!(n_kept(0.07, 100), 7);
        assert_eq!(n_kept(0.5, 0), 0);
    }

    #[test]
    fn a_number_is_kept_of_every_batch_that_has_so_many() {
        let kept = read(&json!({ "count": 3 })).unwrap();
        assert_eq!([0, 2, 3, 9].map(|n| kept.of(n)), [0, 2, 3, 3]);
        assert_eq!((kept.count(), Kept::share(0.5).count()), (Some(3), None));
    }

    #[test]
    fn what_is_kept_is_a_share_or_a_number_and_not_both() {
        for written in [json!(0.25), json!(1.0), json!({ "count": 32 })] {
            assert_eq!(json!(read(&written).unwrap()), written);
        }
        assert_eq!(read(&json!(1)).unwrap(), Kept::share(1.0));
        assert!(read(&json!(2)).unwrap_err().contains("2 is not a share above 0"));
        assert!(read(&json!({ "count": 0 })).is_err());
        let both = read(&json!({ "count": 32, "share": 0.5 })).unwrap_err();
        assert!(both.contains("unknown field `share`"), "{both}");
        assert!(read(&json!("half")).unwrap_err().contains("a share, as in 0.25"));
    }
}
