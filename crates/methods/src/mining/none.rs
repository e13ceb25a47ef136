//! No mining: every example of a batch is learnt from.
//!
//! ```text
//! v_i = 1
//! L   = Σ_i ℓ_i / Σ_i m_i
//! ```
//!
//! - `ℓ`: losses, `[n_examples]`; `m`: what each example adds to the divisor, 1 under a plain mean
//!
//! Source: the definition of the mean loss; the baseline that miners are compared with.

use nn::Real;
use serde::{Deserialize, Serialize};

use crate::mining::definition::{Acts, Definition, Mined};
use crate::mining::{Mining, MiningSpec};

/// Keeps everything. It has no parameters.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NoMining {}

/// What is kept where no mining is named.
impl Default for MiningSpec {
    fn default() -> Self {
        MiningSpec::None(NoMining::default())
    }
}

impl<T: Real> Definition<T> for NoMining {
    fn code(&self) -> &'static str {
        include_str!("none.rs")
    }

    fn version(&self) -> u32 {
        1
    }

    fn acts(&self) -> Acts {
        Acts::Nowhere
    }

    fn build(&self, _: &Mined<'_>) -> Box<dyn Mining<T>> {
        Box::new(self.clone())
    }
}

impl<T: Real> Mining<T> for NoMining {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::losses::{Batch, PerExample};
    use crate::mining::Selection;
    use nn::Matrix;

    #[test]
    fn everything_is_kept() {
        let evaluated = PerExample::new(vec![3.0, f64::NAN], Matrix::zeros(2, 2), vec![1.0, 0.5]);
        let mut selection = Selection::default();
        let batch = Batch::new(&evaluated.gradient, &[0, 1]);
        NoMining {}.select(&batch, &evaluated, &mut selection);
        assert_eq!(selection, Selection { weights: vec![1.0, 1.0], divisor: 1.5 });
    }
}
