//! Pairs: losses of embeddings, which compare each example of a batch with the others.
//!
//! ```text
//! x = z / ‖z‖₂,   s_ij = ⟨x_i, r_j⟩     an anchor i, a reference j: another of the batch, or of a memory
//! mining      (positives, negatives [n_references])  -> the pairs of the anchor that count
//! term        (positives, negatives [n_references])  -> losses, slopes [n_references]
//! memory      (the embeddings of past batches)       -> more references, held constant
//! ```
//!
//! [`Compared`] is the [`crate::losses::Loss`] of these three: a new pair loss writes what one anchor says
//! ([`PairTerm::anchor`]), a new miner which of its pairs stay ([`PairMining::select`]), or which rows come into a batch. Either
//! goes with any of the other kind, with and without a memory.

mod by_class;
mod compared;
mod definition;
mod distance;
mod embedding;
mod exponentials;
mod far;
mod lanes;
mod logistic;
mod memory;
mod mining;
mod terms;
#[cfg(test)]
mod testing;

pub use compared::{Compared, PairLoss};
pub use definition::{PairMining, PairTerm, Pairs, Part, References, Said};
pub use embedding::Embeddings;
pub use far::negatives;
pub use memory::{CrossBatchMemory, Memory, MemorySpec, NoMemory};
pub use mining::{
    AllPairs, BatchHard, Brought, DistanceWeighted, EasyPositive, KeptNegatives,
    MultiSimilarityPairs, NearestNegatives, PairMargin, PairMiningSpec, RandomPairs, SemiHard,
};
pub use terms::{
    Circle, Contrastive, ContrastiveForm, CosineContrastive, CountedAnchors, MultiSimilarity,
    NtXent, PairTermSpec, SupCon, Triplet, TripletForm,
};

#[cfg(test)]
mod tests {
    use strum::IntoEnumIterator;

    use super::*;

    #[test]
    fn every_loss_and_every_miner_has_a_page_and_is_read_as_it_is_written() {
        let check = |name: &str, page: &str| {
            let has = |start: &str| page.lines().any(|line| line.starts_with(start));
            assert!(has("Source: "), "{name}");
            assert!(page.lines().next().is_some_and(|line| line.contains(": ")), "{name}");
        };
        for term in PairTermSpec::iter() {
            check(term.name(), &term.page());
            let json = serde_json::to_value(&term).unwrap();
            assert!(json.get(term.name()).is_some(), "{json}");
            assert_eq!(serde_json::from_value::<PairTermSpec>(json).unwrap(), term);
            assert_eq!(term.version(), 2);
        }
        for mining in PairMiningSpec::iter() {
            check(mining.name(), &mining.page());
            let json = serde_json::to_value(&mining).unwrap();
            assert!(json.get(mining.name()).is_some(), "{json}");
            assert_eq!(serde_json::from_value::<PairMiningSpec>(json).unwrap(), mining);
            assert_eq!(mining.version(), 1);
        }
        for memory in MemorySpec::iter() {
            check(memory.name(), &crate::header(memory.code()));
            let json = serde_json::to_value(&memory).unwrap();
            assert!(json.get(memory.name()).is_some(), "{json}");
            assert_eq!(serde_json::from_value::<MemorySpec>(json).unwrap(), memory);
        }
    }
}
