//! Losses of proposals: what the classes cost, and beside it what the boxes cost.

mod balanced_l1;
mod box_loss;
mod class_and_box;
mod ghm_r;
mod label_base;
mod regions;
mod smooth_l1;

pub use balanced_l1::BalancedL1;
pub use box_loss::{BoxBatch, BoxDivisor, BoxLoss};
pub use class_and_box::{DeltaColumns, Proposals};
pub use ghm_r::{BoxHarmonizing, GhmR};
pub use label_base::{Label, LabelBase};
pub use regions::Regions;
pub use smooth_l1::SmoothL1;

use nn::Real;
use serde::{Deserialize, Serialize};
use strum::{EnumIter, IntoStaticStr};

/// Every loss of boxes, by its name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, EnumIter, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum BoxLossSpec {
    /// See [`SmoothL1`].
    SmoothL1(SmoothL1),
    /// See [`BalancedL1`].
    BalancedL1(BalancedL1),
    /// See [`GhmR`].
    GhmR(GhmR),
}

/// What boxes cost where no loss is named.
impl Default for BoxLossSpec {
    fn default() -> Self {
        BoxLossSpec::SmoothL1(SmoothL1::default())
    }
}

impl BoxLossSpec {
    /// Whether it is the one that stands where none is named, with its defaults.
    pub fn is_default(&self) -> bool {
        *self == BoxLossSpec::default()
    }

    /// Raised whenever the numbers of this loss change.
    pub fn version(&self) -> u32 {
        match self {
            BoxLossSpec::SmoothL1(_) | BoxLossSpec::BalancedL1(_) => 1,
            BoxLossSpec::GhmR(_) => 2,
        }
    }

    /// The loss of one trial.
    pub fn build<T: Real>(&self) -> Box<dyn BoxLoss<T>> {
        match self {
            BoxLossSpec::SmoothL1(loss) => Box::new(loss.clone()),
            BoxLossSpec::BalancedL1(loss) => Box::new(loss.clone()),
            BoxLossSpec::GhmR(loss) => Box::new(BoxHarmonizing::new(loss)),
        }
    }

    /// Its file.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            BoxLossSpec::SmoothL1(_) => include_str!("smooth_l1.rs"),
            BoxLossSpec::BalancedL1(_) => include_str!("balanced_l1.rs"),
            BoxLossSpec::GhmR(_) => include_str!("ghm_r.rs"),
        }
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        self.into()
    }
}
