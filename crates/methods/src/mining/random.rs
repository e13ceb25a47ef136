//! Random mining: a random share of each batch is learnt from, the control of every other miner.
//!
//! ```text
//! k   = max(1, ⌈keep n⌉), or min(count, n)
//! v_i = 1 if i is among k examples drawn without replacement, else 0
//! L   = Σ_i v_i ℓ_i / Σ_i v_i m_i
//! ```
//!
//! - `ℓ`: losses, `[n_examples]`; `m`: what each example adds to the divisor, 1 under a plain mean
//! - `keep`: share of the batch, 0.25 (that of `ohem`, so that the two keep the same number), or `keep.count`, a number of
//!   examples
//!
//! What is drawn depends on the seed, the number of the epoch and the sizes of its batches, on no loss and no class.
//!
//! Source: ours, as a control. Its published relative is the random choice of regions beside which Shrivastava, Gupta,
//! Girshick set theirs: *Training Region-based Object Detectors with Online Hard Example Mining*, CVPR 2016.
//! Differs: there the choice keeps a ratio of foreground to background; here every example is as likely as any other.
//! Trap: a batch may keep none of its few examples of a rare class.

use nn::{Real, Stream, Streams};
use serde::{Deserialize, Serialize};

use crate::losses::{Batch, Epoch, PerExample};
use crate::mining::definition::{Definition, Mined};
use crate::mining::kept::Kept;
use crate::mining::{Mining, Selection, Survey};
use crate::sampling::Pool;

/// Parameters of random mining.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RandomMining {
    /// Share of the batch that is kept, above 0 and at most 1, or `{ count = 32 }`, so many examples; default 0.25.
    pub keep: Kept,
}

impl Default for RandomMining {
    fn default() -> Self {
        RandomMining { keep: Kept::share(0.25) }
    }
}

impl<T: Real> Definition<T> for RandomMining {
    fn code(&self) -> &'static str {
        include_str!("random.rs")
    }

    fn version(&self) -> u32 {
        1
    }

    fn count(&self) -> Option<u32> {
        self.keep.count()
    }

    fn build(&self, mined: &Mined<'_>) -> Box<dyn Mining<T>> {
        Box::new(self.miner(mined.setting.streams))
    }
}

impl RandomMining {
    fn miner(&self, streams: &Streams) -> Drawn {
        let (streams, stream) = (streams.clone(), streams.stream("mining"));
        Drawn { keep: self.keep, streams, stream, order: Vec::new() }
    }
}

/// Random mining with its workspace.
struct Drawn {
    keep: Kept,
    streams: Streams,
    /// Of this epoch.
    stream: Stream,
    /// Positions in the batch, the kept ones in front.
    order: Vec<u32>,
}

impl<T: Real> Mining<T> for Drawn {
    fn pool(&mut self, epoch: &Epoch<'_>, _: &Survey<'_, T>, _: &mut Pool) {
        self.stream = self.streams.indexed("mining", epoch.number as u64);
    }

    fn select(
        &mut self,
        _: &Batch<'_, T>,
        evaluated: &PerExample<T>,
        selection: &mut Selection<T>,
    ) {
        let n = evaluated.losses.len();
        self.order.clear();
        self.order.extend(0..n as u32);
        self.stream.shuffle(&mut self.order);
        selection.keep(&self.order[..self.keep.of(n)], &evaluated.mass);
    }
}

#[cfg(test)]
mod tests {
    use nn::Matrix;
    use proptest::prelude::*;

    use super::*;
    use crate::mining::Ohem;
    use crate::mining::testing;

    fn built(spec: &impl Definition<f64>) -> Box<dyn Mining<f64>> {
        testing::miner(spec, &[])
    }

    fn select(miner: &mut dyn Mining<f64>, losses: &[f64]) -> Selection<f64> {
        testing::select(miner, losses, &vec![0; losses.len()])
    }

    fn begin(miner: &mut dyn Mining<f64>, number: usize) {
        let survey = Survey { losses: &[], outputs: &Matrix::default() };
        miner.pool(&Epoch { number, ..Epoch::at(0.0) }, &survey, &mut Pool::full(1));
    }

    #[test]
    fn an_epoch_keeps_what_its_number_says_and_each_of_its_batches_something_else() {
        let mut miner = built(&RandomMining::default());
        let mut of_epoch = |number| {
            begin(miner.as_mut(), number);
            [select(miner.as_mut(), &[0.5; 64]), select(miner.as_mut(), &[0.5; 64])]
        };
        let (first, second) = (of_epoch(0), of_epoch(1));
        assert_ne!(first[0], first[1]);
        assert_ne!(first[0], second[0]);
        assert_eq!(of_epoch(0), first);
        assert_eq!(of_epoch(1), second);
    }

    #[test]
    fn every_place_is_kept_as_often_as_any_other() {
        let mut miner = built(&RandomMining { keep: Kept::share(0.3) });
        let mut kept = [0.0; 10];
        for _ in 0..10_000 {
            let weights = select(miner.as_mut(), &[0.0; 10]).weights;
            kept.iter_mut().zip(weights).for_each(|(sum, v)| *sum += v);
        }
        // Five standard deviations of a binomial.
        assert!(kept.iter().all(|sum| (sum - 3000.0).abs() < 230.0), "{kept:?}");
    }

    proptest! {
        #[test]
        fn as_many_are_kept_as_by_ohem_and_losses_do_not_matter(
            losses in prop::collection::vec(0.0..9.0, 0..40), keep in 0.01..1.0
        ) {
            let keep = Kept::share(keep);
            let selection = select(built(&RandomMining { keep }).as_mut(), &losses);
            let n_kept = |selection: &Selection<f64>| selection.weights.iter().sum::<f64>();
            let ohem = Ohem { keep, ..Ohem::default() };
            let ohem = select(built(&ohem).as_mut(), &losses);
            prop_assert_eq!(n_kept(&selection), n_kept(&ohem));
            let others = vec![f64::NAN; losses.len()];
            prop_assert_eq!(select(built(&RandomMining { keep }).as_mut(), &others), selection);
        }
    }
}
