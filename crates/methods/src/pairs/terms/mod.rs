//! Pair losses: what the pairs of an anchor cost.

mod circle;
mod contrastive;
mod cosine_contrastive;
mod multi_similarity;
mod nt_xent;
mod sup_con;
mod triplet;

pub use circle::Circle;
pub use contrastive::{Contrastive, ContrastiveForm};
pub use cosine_contrastive::CosineContrastive;
pub use multi_similarity::MultiSimilarity;
pub use nt_xent::NtXent;
pub use sup_con::{CountedAnchors, SupCon};
pub use triplet::{Triplet, TripletForm};

use nn::Real;
use serde::{Deserialize, Serialize};
use strum::{EnumIter, IntoStaticStr};

use crate::header::header;
use crate::pairs::definition::{PairTerm, TermDefinition};

/// Every pair loss, under its name in a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, EnumIter, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum PairTermSpec {
    /// See [`Contrastive`].
    Contrastive(Contrastive),
    /// See [`CosineContrastive`].
    CosineContrastive(CosineContrastive),
    /// See [`Triplet`].
    Triplet(Triplet),
    /// See [`MultiSimilarity`].
    MultiSimilarity(MultiSimilarity),
    /// See [`NtXent`].
    NtXent(NtXent),
    /// See [`SupCon`].
    SupCon(SupCon),
    /// See [`Circle`].
    Circle(Circle),
}

impl PairTermSpec {
    fn definition<T: Real>(&self) -> &dyn TermDefinition<T> {
        match self {
            PairTermSpec::Contrastive(term) => term,
            PairTermSpec::CosineContrastive(term) => term,
            PairTermSpec::Triplet(term) => term,
            PairTermSpec::MultiSimilarity(term) => term,
            PairTermSpec::NtXent(term) => term,
            PairTermSpec::SupCon(term) => term,
            PairTermSpec::Circle(term) => term,
        }
    }

    /// The term of one trial.
    pub fn build<T: Real>(&self) -> Box<dyn PairTerm<T>> {
        self.definition().build()
    }

    /// Raised whenever the numbers of this term change.
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
