//! The axes of losses and of mining: what is of single examples and what is of pairs of them, side by side, each under its own
//! name. Which of the two a network learns by is decided by its loss.

use std::sync::LazyLock;

use methods::losses::LossSpec;
use methods::mining::MiningSpec;
use methods::pairs::{PairMiningSpec, PairTermSpec};
use serde::de::{Deserialize, Deserializer, VariantAccess};
use serde::{Serialize, Serializer};
use serde_json::Value;
use strum::IntoEnumIterator;

use crate::by_name::{self, ByName, Entry};
use crate::labels::only_entry;

/// What stands on the axis of losses.
#[derive(Clone, Debug, PartialEq)]
pub enum Objective {
    /// Of logits and labels.
    Examples(LossSpec),
    /// Of pairs of embeddings.
    Pairs(PairTermSpec),
}

/// What stands on the axis of mining.
#[derive(Clone, Debug, PartialEq)]
pub enum Miner {
    /// Chooses examples; `none` and `random` mean the same of pairs.
    Examples(MiningSpec),
    /// Chooses pairs.
    Pairs(PairMiningSpec),
}

static LOSSES: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let pairs = PairTermSpec::iter().map(|term| term.name());
    LossSpec::iter().map(|loss| loss.name()).chain(pairs).collect()
});

static MINERS: LazyLock<Vec<&'static str>> = LazyLock::new(|| {
    let examples = MiningSpec::iter().map(|mining| mining.name());
    let pairs = PairMiningSpec::iter().map(|mining| mining.name());
    let pairs = pairs.filter(|name| !is_of_examples(name));
    examples.chain(pairs).collect()
});

fn is_of_examples(miner: &str) -> bool {
    MiningSpec::iter().any(|mining| mining.name() == miner)
}

impl Default for Objective {
    fn default() -> Self {
        Objective::Examples(LossSpec::default())
    }
}

impl Default for Miner {
    fn default() -> Self {
        Miner::Examples(MiningSpec::default())
    }
}

impl Miner {
    /// The pair miner that `value`, an entry of the axis, names; `None` where it names none.
    pub(crate) fn of_pairs(value: &Value) -> Option<PairMiningSpec> {
        let (name, _) = only_entry(value)?;
        let is_one = PairMiningSpec::iter().any(|mining| mining.name() == name);
        is_one.then(|| PairMiningSpec::deserialize(value).ok()).flatten()
    }
}

impl Serialize for Objective {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Objective::Examples(loss) => loss.serialize(serializer),
            Objective::Pairs(term) => term.serialize(serializer),
        }
    }
}

impl Serialize for Miner {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Miner::Examples(mining) => mining.serialize(serializer),
            Miner::Pairs(mining) => mining.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Objective {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        by_name::deserialize(input)
    }
}

impl<'de> Deserialize<'de> for Miner {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        by_name::deserialize(input)
    }
}

impl ByName for Objective {
    const WHAT: &'static str = "a loss";

    fn names() -> &'static [&'static str] {
        &LOSSES
    }

    fn read<'de, P: VariantAccess<'de>>(entry: Entry<P>) -> Result<Self, P::Error> {
        if PairTermSpec::iter().any(|term| term.name() == entry.name) {
            PairTermSpec::deserialize(entry.into_deserializer()).map(Objective::Pairs)
        } else {
            LossSpec::deserialize(entry.into_deserializer()).map(Objective::Examples)
        }
    }
}

impl ByName for Miner {
    const WHAT: &'static str = "a miner";

    fn names() -> &'static [&'static str] {
        &MINERS
    }

    fn read<'de, P: VariantAccess<'de>>(entry: Entry<P>) -> Result<Self, P::Error> {
        if is_of_examples(entry.name) {
            MiningSpec::deserialize(entry.into_deserializer()).map(Miner::Examples)
        } else {
            PairMiningSpec::deserialize(entry.into_deserializer()).map(Miner::Pairs)
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::labels::{from_json, to_json};

    #[test]
    fn every_loss_and_every_miner_has_a_name_of_its_own_or_means_the_same_of_pairs() {
        for name in LOSSES.iter() {
            assert_eq!(LOSSES.iter().filter(|other| *other == name).count(), 1, "{name}");
            let written = json!({ *name: {} });
            let Ok(read) = Objective::deserialize(&written) else { continue };
            assert!(to_json(&read).get(name).is_some(), "{name}");
        }
        for mining in PairMiningSpec::iter() {
            let value = to_json(&mining);
            assert_eq!(Miner::of_pairs(&value), Some(mining.clone()));
            match from_json::<Miner>(&value) {
                Miner::Pairs(read) => assert_eq!(read, mining),
                // What is written of the one is read as the other.
                Miner::Examples(read) => {
                    assert_eq!(to_json(&read), value);
                    assert!(["none", "random"].contains(&mining.name()), "{}", mining.name());
                }
            }
        }
        assert_eq!(
            Miner::of_pairs(&to_json(&Miner::Examples(MiningSpec::default()))),
            Some(PairMiningSpec::default())
        );
        assert_eq!(Miner::of_pairs(&json!({ "ohem": { "keep": 0.5 } })), None);
    }

    #[test]
    fn what_is_none_is_refused_with_those_there_are() {
        let why = Objective::deserialize(&json!({ "contrastiv": {} })).unwrap_err().to_string();
        assert!(
            why.contains("unknown variant `contrastiv`") && why.contains("`contrastive`"),
            "{why}"
        );
        assert!(why.contains("`focal`"), "{why}");
        let why = Miner::deserialize(&json!({ "batch_hard": { "keep": 1 } })).unwrap_err();
        assert!(why.to_string().contains("unknown field `keep`"), "{why}");
    }
}
