//! MentorNet's predefined curriculum: all examples first, then those that are easier than a running percentile of the
//! losses, and at last the others too, the less the harder they are.
//!
//! ```text
//! q_t = decay q_{t-1} + (1 - decay) P(ℓ of the batch)
//! d_i = ℓ_i - q_t
//! v_i = 1                               while progress < burn_in
//!     = 1 if d_i <= 0 else 0            from then on
//!     = max(0, min(1, 1 - d_i / γ))     from linear_from on
//! L   = Σ_i v_i ℓ_i / Σ_i v_i m_i
//! ```
//!
//! - `ℓ`, `m`: the losses and what each example adds to the divisor, `[n_examples]`; `progress`: share of the epochs that is
//!   done before this one
//! - `P`: the percentile of the batch, the loss at position `round(percentile (n - 1))` of the sorted ones; `q` begins as that
//!   of the first batch
//! - `percentile`, 0.75, and `decay`, 0.5: the source's for CIFAR; `γ`, 1; `burn_in`, 0.19, and `linear_from`, 0.9: its
//!   schedule, which counts in percents and holds the first 18
//!
//! It is self-paced learning batch by batch: no survey, and λ is what runs along.
//!
//! Source: Jiang, Zhou, Leung, Li, Fei-Fei, *MentorNet: Learning Data-Driven Curriculum for Very Deep Neural Networks on
//! Corrupted Labels*, ICML 2018; its code's `vstar_mentornet_pd`.
//! Differs: the source begins `q` at 0, where the burn-in hides it, and can learn a network from these weights that takes
//! their place; this is what it learns from.
//! Differs: weights are divided by their sum, not by the size of the batch.
//! Trap: the examples of a small class are hard at first, and go first.

use nn::Real;
use nn::range::{BelowOne, Positive, UnitInterval};
use serde::{Deserialize, Serialize};

use crate::losses::{Batch, Epoch, PerExample};
use crate::mining::definition::{Acts, Definition, Mined};
use crate::mining::hardness::by_hardness;
use crate::mining::{Mining, Selection, Survey};
use crate::sampling::Pool;

/// Parameters of MentorNet's predefined curriculum.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct MentorNet {
    /// Share of a batch whose losses are below what runs along, from 0 to 1; default 0.75.
    pub percentile: UnitInterval,
    /// What is left of it at each batch, below 1; default 0.5.
    pub decay: BelowOne,
    /// Loss above it at which an example has no weight at last, above 0; default 1.
    pub gamma: Positive,
    /// Share of the epochs in which all examples count, from 0 to 1; default 0.19.
    pub burn_in: UnitInterval,
    /// Share of the epochs after which weights fall linearly, from 0 to 1; default 0.9.
    pub linear_from: UnitInterval,
}

impl Default for MentorNet {
    fn default() -> Self {
        MentorNet {
            percentile: UnitInterval::new(0.75),
            decay: BelowOne::new(0.5),
            gamma: Positive::new(1.0),
            burn_in: UnitInterval::new(0.19),
            linear_from: UnitInterval::new(0.9),
        }
    }
}

impl<T: Real> Definition<T> for MentorNet {
    fn code(&self) -> &'static str {
        include_str!("mentor_net.rs")
    }

    fn version(&self) -> u32 {
        1
    }

    fn acts(&self) -> Acts {
        Acts::InSomeBatches
    }

    fn build(&self, _: &Mined<'_>) -> Box<dyn Mining<T>> {
        Box::new(Mentor {
            parameters: self.clone(),
            progress: 0.0,
            running: None,
            sorted: Vec::new(),
        })
    }
}

impl MentorNet {
    /// `v` of an example whose loss is `above` what runs along; none of what is no number.
    fn weight(&self, above: f64, progress: f64) -> f64 {
        if progress < self.burn_in.get() || above <= 0.0 {
            1.0
        } else if progress < self.linear_from.get() || above.is_nan() {
            0.0
        } else {
            (1.0 - above / self.gamma.get()).max(0.0)
        }
    }
}

/// The mentor, with what runs along.
struct Mentor<T> {
    parameters: MentorNet,
    progress: f64,
    running: Option<f64>,
    /// The losses of a batch, the hardest first.
    sorted: Vec<T>,
}

impl<T: Real> Mentor<T> {
    /// The percentile of the losses that are numbers.
    fn percentile(&mut self, losses: &[T]) -> Option<f64> {
        self.sorted.clear();
        self.sorted.extend(losses.iter().copied().filter(|loss| loss.to_f64().is_finite()));
        let last = self.sorted.len().checked_sub(1)?;
        let harder = 1.0 - self.parameters.percentile.get();
        let at = (harder * last as f64).round() as usize;
        let (_, loss, _) = self.sorted.select_nth_unstable_by(at, |a, b| by_hardness(*a, *b));
        Some(loss.to_f64())
    }
}

impl<T: Real> Mining<T> for Mentor<T> {
    fn pool(&mut self, epoch: &Epoch<'_>, _: &Survey<'_, T>, _: &mut Pool) {
        self.progress = epoch.progress;
    }

    fn select(
        &mut self,
        _: &Batch<'_, T>,
        evaluated: &PerExample<T>,
        selection: &mut Selection<T>,
    ) {
        if let Some(percentile) = self.percentile(&evaluated.losses) {
            let decay = self.parameters.decay.get();
            let running = self.running.unwrap_or(percentile);
            self.running = Some(decay * running + (1.0 - decay) * percentile);
        }
        let running = self.running.unwrap_or(f64::INFINITY);
        let above = evaluated.losses.iter().map(|loss| loss.to_f64() - running);
        let weights = above.map(|above| self.parameters.weight(above, self.progress));
        selection.keep_all(&evaluated.mass);
        selection.weigh(weights, &evaluated.mass);
    }
}

#[cfg(test)]
mod tests {
    use nn::Matrix;
    use serde_json::Value;

    use super::*;
    use crate::mining::testing::{miner, select};

    fn at(miner: &mut dyn Mining<f64>, progress: f64) {
        let outputs = Matrix::default();
        let survey = Survey { losses: &[], outputs: &outputs };
        miner.pool(&Epoch::at(progress), &survey, &mut Pool::full(1));
    }

    #[test]
    fn weights_are_those_of_the_sources_code() {
        let text = include_str!("../../tests/golden/mentornet_vstar.json");
        let golden: Value = serde_json::from_str(text).unwrap();
        for case in golden["cases"].as_array().unwrap() {
            let gamma = Positive::new(case["params"]["vstar_gamma"].as_f64().unwrap());
            let numbers = |of: &Value| -> Vec<f64> { serde_json::from_value(of.clone()).unwrap() };
            let above = numbers(&case["inputs"]["loss_diff"]);
            let percents = numbers(&case["inputs"]["epoch"]);
            let predefined = MentorNet { gamma, ..MentorNet::default() };
            let never = UnitInterval::new(0.0);
            let always = UnitInterval::new(1.0);
            let hard = MentorNet { burn_in: never, linear_from: always, ..predefined.clone() };
            let linear = MentorNet { burn_in: never, linear_from: never, ..predefined.clone() };
            for (name, spec) in
                [("mentornet_pd", predefined), ("self_paced", hard), ("spcl_linear", linear)]
            {
                let expected = numbers(&case["expected"][name]);
                for ((&above, percent), expected) in above.iter().zip(&percents).zip(expected) {
                    let ours = spec.weight(above, percent / 100.0);
                    assert!((ours - expected).abs() < 1e-9, "{name} {above} {percent}");
                }
            }
        }
    }

    #[test]
    fn what_runs_along_is_a_mean_of_percentiles_and_all_count_at_first() {
        let spec = MentorNet { percentile: UnitInterval::new(0.5), ..MentorNet::default() };
        let mut mentor = miner(&spec, &[0; 3]);
        at(mentor.as_mut(), 0.0);
        assert_eq!(select(mentor.as_mut(), &[1.0, 2.0, 9.0], &[0; 3]).weights, [1.0; 3]);
        at(mentor.as_mut(), 0.5);
        // (2 + 4) / 2 is 3, and 3 is not above it; then (3 + 4) / 2 is 3.5.
        let selection = select(mentor.as_mut(), &[3.0, 4.0, 5.0], &[0; 3]);
        assert_eq!((&selection.weights[..], selection.divisor), (&[1.0, 0.0, 0.0][..], 1.0));
        at(mentor.as_mut(), 0.9);
        let selection = select(mentor.as_mut(), &[4.0, 3.75, f64::NAN, 5.0, 4.0], &[0; 5]);
        assert_eq!(selection.weights, [0.5, 0.75, 0.0, 0.0, 0.5]);
    }
}
