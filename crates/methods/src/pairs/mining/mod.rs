//! Pair mining: which pairs of an anchor are learnt from.

mod all;
mod batch_hard;
mod distance_weighted;
mod easy_positive;
mod extremes;
mod multi_similarity;
mod nearest_negatives;
mod pair_margin;
mod random;
mod semi_hard;

pub use all::AllPairs;
pub use batch_hard::BatchHard;
pub use distance_weighted::DistanceWeighted;
pub use easy_positive::{EasyPositive, KeptNegatives};
pub use multi_similarity::MultiSimilarityPairs;
pub use nearest_negatives::{Brought, NearestNegatives};
pub use pair_margin::PairMargin;
pub use random::RandomPairs;
pub use semi_hard::SemiHard;
pub(super) use semi_hard::{Behind, is_behind};

use nn::Real;
use serde::{Deserialize, Serialize};
use strum::{EnumIter, IntoStaticStr};

use crate::header::header;
use crate::mining::Mining;
use crate::pairs::definition::{MiningDefinition, PairMining};
use crate::setting::Setting;

/// Every pair miner, under its name in a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, EnumIter, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum PairMiningSpec {
    /// See [`AllPairs`].
    None(AllPairs),
    /// See [`BatchHard`].
    BatchHard(BatchHard),
    /// See [`SemiHard`].
    SemiHard(SemiHard),
    /// See [`DistanceWeighted`].
    DistanceWeighted(DistanceWeighted),
    /// See [`MultiSimilarityPairs`].
    MultiSimilarity(MultiSimilarityPairs),
    /// See [`PairMargin`].
    PairMargin(PairMargin),
    /// See [`EasyPositive`].
    EasyPositive(EasyPositive),
    /// See [`NearestNegatives`].
    NearestNegatives(NearestNegatives),
    /// See [`RandomPairs`].
    Random(RandomPairs),
}

impl Default for PairMiningSpec {
    fn default() -> Self {
        PairMiningSpec::None(AllPairs {})
    }
}

impl PairMiningSpec {
    fn definition<T: Real>(&self) -> &dyn MiningDefinition<T> {
        match self {
            PairMiningSpec::None(mining) => mining,
            PairMiningSpec::BatchHard(mining) => mining,
            PairMiningSpec::SemiHard(mining) => mining,
            PairMiningSpec::DistanceWeighted(mining) => mining,
            PairMiningSpec::MultiSimilarity(mining) => mining,
            PairMiningSpec::PairMargin(mining) => mining,
            PairMiningSpec::EasyPositive(mining) => mining,
            PairMiningSpec::NearestNegatives(mining) => mining,
            PairMiningSpec::Random(mining) => mining,
        }
    }

    /// The miner of one trial.
    pub fn build<T: Real>(&self, setting: &Setting<'_>) -> Box<dyn PairMining<T>> {
        self.definition().build(setting)
    }

    /// What it does to the batches of an epoch of rows with classes `targets`; `None` if it chooses among the pairs of a
    /// batch.
    pub fn of_rows<T: Real>(
        &self,
        targets: &[u32],
        setting: &Setting<'_>,
    ) -> Option<Box<dyn Mining<T>>> {
        self.definition().of_rows(targets, setting)
    }

    /// Whether it leaves out pairs of a batch.
    pub fn leaves_out(&self) -> bool {
        self.definition::<f64>().leaves_out()
    }

    /// Whether it asks what the network makes of all training rows.
    pub fn surveys(&self) -> bool {
        self.definition::<f64>().surveys()
    }

    /// Raised whenever the selections of this miner change.
    pub fn version(&self) -> u32 {
        self.definition::<f64>().version()
    }

    /// What it is, in Markdown.
    pub fn page(&self) -> String {
        header(self.code())
    }

    /// Its file.
    pub(crate) fn code(&self) -> &'static str {
        self.definition::<f64>().code()
    }

    /// The name in a file.
    pub fn name(&self) -> &'static str {
        self.into()
    }
}
