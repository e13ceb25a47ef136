//! How the example weights of a training were distributed.

use methods::direction::Lie;
use methods::step::Stepped;

use crate::record::WeightsSummary;

/// Running figures of the example weights.
#[derive(Default)]
pub(super) struct WeightTally {
    steps: u64,
    skipped: u64,
    examples: u64,
    zeros: u64,
    effective: f64,
    /// Share of the rows in the pool of each epoch.
    pub(super) shown: Vec<f64>,
}

impl WeightTally {
    pub(super) fn add(&mut self, weights: &[f32], stepped: Stepped) {
        let (mut sum, mut squares, mut zeros) = (0.0, 0.0, 0);
        for &w in weights {
            let w = f64::from(w);
            sum += w;
            squares += w * w;
            zeros += u64::from(w == 0.0);
        }
        self.examples += weights.len() as u64;
        self.zeros += zeros;
        if stepped == Stepped::Skipped {
            self.skipped += 1;
        } else {
            self.steps += 1;
            let share = sum * sum / (weights.len() as f64 * squares);
            // Weights of a network that diverges may be infinite, and JSON has no word for that.
            self.effective += if share.is_finite() { share } else { 0.0 };
        }
    }

    pub(super) fn summary(&self, lie: Option<Lie>) -> WeightsSummary {
        WeightsSummary {
            steps: self.steps,
            skipped_steps: self.skipped,
            zero_share: self.zeros as f64 / self.examples.max(1) as f64,
            effective_share: self.effective / self.steps.max(1) as f64,
            shown_share: self
                .shown
                .iter()
                .any(|&share| share < 1.0)
                .then(|| self.shown.iter().sum::<f64>() / self.shown.len() as f64),
            length_ratio: lie.map(|lie| lie.length_ratio),
            cosine: lie.map(|lie| lie.cosine),
        }
    }
}
