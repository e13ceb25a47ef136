//! Loss tracking: the rows that stay hard for long are taken for mislabelled, and left out of the rest of the training.
//!
//! ```text
//! r_i  = Σ_e ℓ_ie over the epochs e with from <= progress < until
//! v_i  = 1 before until; from then on 0 if r_i is among the ⌊drop N⌋ largest (of equals, the earlier), else 1
//! L    = Σ_i ℓ'_i / Σ_i m_i over a batch of rows with v_i = 1
//! ```
//!
//! - `ℓ_ie`: plain losses of all training rows before epoch `e`, `[n_train]`; `ℓ'`, `m`: the loss that is learnt by, and what
//!   each example adds to the divisor; `progress`: share of the epochs that is done; `N`: rows that are ranked together
//! - `from`, 0.1, and `until`, 0.5: the time over which losses are gathered (ours)
//! - `drop`: share of the rows that is left out, 0.1 (ours; the source takes the share of wrong labels, which is known there)
//! - `scope`: rows are ranked among their class, `per_class` (ours), or all together, `global`, as the source has it. The rows
//!   of a small class are hard whether their labels are right or not: all together they would be the first to go. Of a class
//!   of fewer than 1 / `drop` rows none is left out
//!
//! It is the opposite of mining for hard examples, and the one to hold beside it where labels may be wrong.
//!
//! Source: Huang, Qu, Jia, Zhao, *O2U-Net: A Simple Noisy Label Detection Approach for Deep Neural Networks*, ICCV 2019.
//! Differs: the source takes the mean of each epoch off its losses, which moves all rows alike and ranks them no differently.
//! Differs: the source lets the rate rise and fall in cycles while it gathers, so that a network goes from underfitting to
//! overfitting and back; here the schedule is that of the training, and losses fall as it goes on. It starts again from fresh
//! weights with the rows that are left; here the network learns on. It gathers the losses of training batches; here those of
//! a survey before each epoch, without dropout.
//! Trap: an epoch with a loss that is not a number is not counted, and nothing is left out if no epoch counts, as in a
//! training of one epoch.
//! Trap: hard rows with a right label go too, and with them what lies at the border of the classes.

use nn::Real;
use nn::range::{BelowOne, Fraction};
use serde::{Deserialize, Serialize};

use crate::losses::Epoch;
use crate::mining::definition::{Acts, Definition, Mined};
use crate::mining::hardness::hardest_first;
use crate::mining::scope::Scope;
use crate::mining::{Mining, Survey};
use crate::sampling::Pool;

/// Parameters of loss tracking.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LossTracking {
    /// Share of the epochs after which losses are gathered, below 1; default 0.1.
    pub from: BelowOne,
    /// Share of the epochs after which rows are left out, above 0; default 0.5.
    pub until: Fraction,
    /// Share of the rows that is left out, below 1; default 0.1.
    pub drop: BelowOne,
    /// Which rows are ranked together; default those of each class.
    pub scope: Scope,
}

impl Default for LossTracking {
    fn default() -> Self {
        LossTracking {
            from: BelowOne::new(0.1),
            until: Fraction::new(0.5),
            drop: BelowOne::new(0.1),
            scope: Scope::PerClass,
        }
    }
}

impl<T: Real> Definition<T> for LossTracking {
    fn code(&self) -> &'static str {
        include_str!("loss_tracking.rs")
    }

    fn version(&self) -> u32 {
        1
    }

    fn acts(&self) -> Acts {
        Acts::OnRows
    }

    fn may_leave_out_a_class(&self, counts: &[u32]) -> bool {
        let n_dropped = self.n_dropped(counts.iter().map(|&n| n as usize).sum());
        let ranked = self.scope == Scope::Global && self.from.get() < self.until.get();
        ranked && counts.iter().any(|&n| n != 0 && n as usize <= n_dropped)
    }

    fn note(&self) -> Option<&'static str> {
        (self.until.get() <= self.from.get()).then_some(
            "loss_tracking with `until` no later than `from` gathers no losses: it never leaves a row out",
        )
    }

    fn build(&self, mined: &Mined<'_>) -> Box<dyn Mining<T>> {
        let n_classes = mined.setting.counts.n_classes();
        let mut groups = vec![Vec::new(); n_classes];
        for (row, &class) in (0..).zip(mined.targets) {
            groups[self.scope.group(class)].push(row);
        }
        Box::new(Tracked {
            parameters: self.clone(),
            groups,
            sums: vec![0.0; mined.targets.len()],
            n_epochs: 0,
        })
    }
}

impl LossTracking {
    fn gathers(&self, epoch: &Epoch<'_>) -> bool {
        self.from.get() <= epoch.progress && epoch.progress < self.until.get()
    }

    /// How many of `n` rows are left out.
    fn n_dropped(&self, n: usize) -> usize {
        // 0.29 * 100 is 28.999999999999996, which is to be 29.
        let n_dropped = (self.drop.get() * n as f64 + 1e-9) as usize;
        n_dropped.min(n.saturating_sub(1))
    }
}

/// Loss tracking with what it has gathered.
struct Tracked {
    parameters: LossTracking,
    /// Rows that are ranked together, the hardest in front once they are.
    groups: Vec<Vec<u32>>,
    /// `r`, so far.
    sums: Vec<f64>,
    n_epochs: usize,
}

impl Tracked {
    fn gather<T: Real>(&mut self, losses: &[T]) {
        if losses.iter().all(|loss| loss.is_finite()) {
            self.sums.iter_mut().zip(losses).for_each(|(sum, loss)| *sum += loss.to_f64());
            self.n_epochs += 1;
        }
    }
}

impl<T: Real> Mining<T> for Tracked {
    fn surveys(&self, epoch: &Epoch<'_>) -> bool {
        self.parameters.gathers(epoch)
    }

    fn pool(&mut self, epoch: &Epoch<'_>, survey: &Survey<'_, T>, pool: &mut Pool) {
        if self.parameters.gathers(epoch) {
            self.gather(survey.losses);
        }
        if epoch.progress < self.parameters.until.get() || self.n_epochs == 0 {
            return;
        }
        let Tracked { parameters, groups, sums, .. } = self;
        pool.change(|weights| {
            for group in groups {
                let n_dropped = parameters.n_dropped(group.len());
                hardest_first(group, n_dropped, sums);
                group[..n_dropped].iter().for_each(|&row| weights[row as usize] = 0.0);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use nn::Matrix;
    use serde_json::{Value, json};

    use super::*;
    use crate::mining::testing::miner;

    struct Tracking {
        miner: Box<dyn Mining<f64>>,
        n: u32,
    }

    impl Tracking {
        fn new(parameters: Value, targets: &[u32]) -> Self {
            let spec: LossTracking = serde_json::from_value(parameters).unwrap();
            Tracking { miner: miner(&spec, targets), n: targets.len() as u32 }
        }

        /// The rows that are left out of the epoch after `progress`, which may be surveyed.
        fn dropped(&mut self, progress: f64, losses: &[f64]) -> Vec<u32> {
            let (epoch, mut pool) = (Epoch::at(progress), Pool::full(self.n as usize));
            let losses = if self.miner.surveys(&epoch) { losses } else { &[] };
            let survey = Survey { losses, outputs: &Matrix::default() };
            self.miner.pool(&epoch, &survey, &mut pool);
            (0..self.n).filter(|&row| !pool.shows(row)).collect()
        }
    }

    #[test]
    fn what_stays_hard_is_left_out_from_the_end_of_the_time_on() {
        let mut tracking = Tracking::new(json!({ "drop": 0.25, "scope": "global" }), &[0, 0, 1, 1]);
        assert_eq!(tracking.dropped(0.0, &[9.0, 0.0, 0.0, 0.0]), [0; 0], "not gathered yet");
        assert_eq!(tracking.dropped(0.1, &[0.0, 3.0, 0.0, 0.0]), [0; 0]);
        assert_eq!(tracking.dropped(0.4, &[0.0, 1.0, 2.0, 0.0]), [0; 0]);
        assert_eq!(tracking.dropped(0.5, &[9.0, 0.0, 0.0, 0.0]), [1]);
        assert_eq!(tracking.dropped(0.9, &[9.0, 0.0, 0.0, 0.0]), [1], "for the rest");
    }

    #[test]
    fn each_class_loses_its_own_hardest_and_a_small_one_nothing() {
        let targets = [0, 0, 0, 0, 1, 1, 1, 1, 1];
        let losses = [0.1, 0.2, 0.3, 0.4, 9.0, 8.0, 7.0, 6.0, 5.0];
        let dropped = |parameters: Value| {
            let mut tracking = Tracking::new(parameters, &targets);
            tracking.dropped(0.2, &losses);
            tracking.dropped(0.5, &[])
        };
        assert_eq!(dropped(json!({ "drop": 0.25 })), [3, 4]);
        assert_eq!(dropped(json!({ "drop": 0.2 })), [4]);
        assert_eq!(dropped(json!({ "drop": 0.25, "scope": "global" })), [4, 5]);
        assert_eq!(dropped(json!({ "drop": 0 })), [0; 0]);
    }

    #[test]
    fn what_cannot_be_told_leaves_nothing_out() {
        let mut tracking = Tracking::new(json!({ "drop": 0.5 }), &[0; 4]);
        assert_eq!(tracking.dropped(0.5, &[]), [0; 0], "nothing was gathered");
        tracking.dropped(0.2, &[f64::NAN, 1.0, 2.0, 3.0]);
        assert_eq!(tracking.dropped(0.5, &[]), [0; 0], "nothing that counts");
        tracking.dropped(0.3, &[0.0, 1.0, 2.0, 3.0]);
        assert_eq!(tracking.dropped(0.5, &[]), [2, 3]);
    }
}
