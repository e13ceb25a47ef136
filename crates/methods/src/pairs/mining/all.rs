//! No pair mining: every pair of an anchor is learnt from.
//!
//! ```text
//! P = all references of the anchor's class but itself,   N = all others
//! ```
//!
//! Source: every pair loss as it was published; it is what miners are compared with.

use nn::Real;
use serde::{Deserialize, Serialize};

use crate::pairs::definition::{MiningDefinition, PairMining, Pairs};
use crate::setting::Setting;

/// All pairs; it has no parameters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AllPairs {}

impl<T: Real> MiningDefinition<T> for AllPairs {
    fn code(&self) -> &'static str {
        include_str!("all.rs")
    }

    fn version(&self) -> u32 {
        1
    }

    fn leaves_out(&self) -> bool {
        false
    }

    fn build(&self, _: &Setting<'_>) -> Box<dyn PairMining<T>> {
        Box::new(*self)
    }
}

impl<T: Real> PairMining<T> for AllPairs {
    fn select(&mut self, _: usize, _: &mut Pairs<T>, _: &mut [T]) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pairs::testing::{kept, miner};

    #[test]
    fn every_pair_stays() {
        let (kept, far) =
            kept(&mut *miner(&AllPairs {}), &[f64::NAN, 0.3, f64::NAN], &[0], &[1, 2]);
        assert_eq!(kept.triplets(&far), [(0, 1), (0, 2)]);
    }
}
