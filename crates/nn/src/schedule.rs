//! Learning-rate schedules: the share of the learning rate at each moment of training.

use serde::{Deserialize, Serialize};
use strum::{EnumIter, IntoStaticStr};

use crate::range::{Fraction, NonNegative};

/// A schedule under the name it has in an experiment file. Every schedule begins with an optional
/// linear warm-up from 0.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, EnumIter, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum ScheduleSpec {
    /// The full rate throughout.
    Constant(ConstantRate),
    /// Multiplied by a factor at each milestone.
    Step(StepDecay),
    /// Half a cosine from the full rate to 0.
    Cosine(CosineAnnealing),
}

impl Default for ScheduleSpec {
    fn default() -> Self {
        ScheduleSpec::Cosine(CosineAnnealing::default())
    }
}

/// The full rate throughout.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ConstantRate {
    /// Epochs of linear warm-up; default 0.
    pub warmup_epochs: NonNegative,
}

impl ConstantRate {
    const VERSION: u32 = 1;
}

impl Default for ConstantRate {
    fn default() -> Self {
        ConstantRate { warmup_epochs: NonNegative::new(0.0) }
    }
}

/// Multiplied by `factor` at each milestone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StepDecay {
    /// When, as shares of all epochs; default `[0.8, 0.9]`.
    pub milestones: Vec<Fraction>,
    /// What the rate is multiplied by; default 0.1.
    pub factor: Fraction,
    /// Epochs of linear warm-up; default 0.
    pub warmup_epochs: NonNegative,
}

impl StepDecay {
    const VERSION: u32 = 1;
}

impl Default for StepDecay {
    fn default() -> Self {
        StepDecay {
            milestones: vec![Fraction::new(0.8), Fraction::new(0.9)],
            factor: Fraction::new(0.1),
            warmup_epochs: NonNegative::new(0.0),
        }
    }
}

/// `(1 + cos(π progress)) / 2` (Loshchilov, Hutter, *SGDR*, ICLR 2017, without restarts).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CosineAnnealing {
    /// Epochs of linear warm-up; default 0.
    pub warmup_epochs: NonNegative,
}

impl CosineAnnealing {
    const VERSION: u32 = 1;
}

impl Default for CosineAnnealing {
    fn default() -> Self {
        CosineAnnealing { warmup_epochs: NonNegative::new(0.0) }
    }
}

impl ScheduleSpec {
    /// Raised when the factors of the schedule change.
    pub fn version(&self) -> u32 {
        match self {
            ScheduleSpec::Constant(_) => ConstantRate::VERSION,
            ScheduleSpec::Step(_) => StepDecay::VERSION,
            ScheduleSpec::Cosine(_) => CosineAnnealing::VERSION,
        }
    }

    /// The share of the learning rate after `epoch` (fractional) of `n_epochs` epochs.
    pub fn factor(&self, epoch: f64, n_epochs: usize) -> f64 {
        let n_epochs = n_epochs as f64;
        let warmup = match self {
            ScheduleSpec::Constant(constant) => constant.warmup_epochs.get(),
            ScheduleSpec::Step(step) => step.warmup_epochs.get(),
            ScheduleSpec::Cosine(cosine) => cosine.warmup_epochs.get(),
        };
        if epoch < warmup {
            return epoch / warmup;
        }
        match self {
            ScheduleSpec::Constant(_) => 1.0,
            ScheduleSpec::Step(step) => {
                let passed = step.milestones.iter().filter(|m| m.get() * n_epochs <= epoch);
                passed.fold(1.0, |rate, _| rate * step.factor.get())
            }
            ScheduleSpec::Cosine(_) => {
                let progress = (epoch - warmup) / (n_epochs - warmup).max(f64::MIN_POSITIVE);
                0.5 * (1.0 + libm::cos(std::f64::consts::PI * progress.min(1.0)))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warm_up_is_linear_and_cosine_ends_at_zero() {
        let cosine = ScheduleSpec::Cosine(CosineAnnealing { warmup_epochs: NonNegative::new(2.0) });
        assert_eq!(cosine.factor(0.0, 10), 0.0);
        assert_eq!(cosine.factor(1.0, 10), 0.5);
        assert_eq!(cosine.factor(2.0, 10), 1.0);
        assert!((cosine.factor(6.0, 10) - 0.5).abs() < 1e-15);
        assert!(cosine.factor(10.0, 10) < 1e-15);
    }

    #[test]
    fn steps_fall_at_their_milestones() {
        let step = ScheduleSpec::Step(StepDecay::default());
        let factors = [79.0, 80.0, 90.0].map(|epoch| step.factor(epoch, 100));
        assert!((factors[0] - 1.0).abs() < 1e-15);
        assert!((factors[1] - 0.1).abs() < 1e-15);
        assert!((factors[2] - 0.01).abs() < 1e-15);
    }

    #[test]
    fn warm_up_longer_than_training_never_divides_by_zero() {
        let cosine = ScheduleSpec::Cosine(CosineAnnealing { warmup_epochs: NonNegative::new(5.0) });
        assert!(cosine.factor(5.0, 5).is_finite());
    }
}
