//! How the gradients of the last epoch's examples were distributed, and how much each example counted.

use methods::lengths::Length;

use crate::record::gradients::{
    BINS, ClosingGradients, ExampleWeights, N_RATIOS, group_of, n_groups, ratio_bin,
};

/// Sums over the steps of the last epoch.
pub(super) struct ClosingTally {
    examples: [u32; BINS],
    plain: [f64; BINS],
    method: [f64; BINS],
    /// How much the examples of a group of classes count; `None` where each step is the plain one.
    weights: Option<ExampleTally>,
}

struct ExampleTally {
    /// The group of the class of each row, `[n_train]`.
    groups: Vec<usize>,
    /// Whether its label is a wrong one, under label noise.
    flipped: Option<Vec<bool>>,
    told: ExampleWeights,
}

impl ClosingTally {
    /// Of rows of the classes `targets`; `weighs` unless each step is the plain one.
    pub(super) fn new(
        targets: &[u32],
        n_classes: usize,
        flipped: Option<Vec<bool>>,
        weighs: bool,
    ) -> Self {
        let (examples, zeros) = ([0; BINS], [0.0; BINS]);
        let weights = weighs.then(|| ExampleTally::new(targets, n_classes, flipped));
        ClosingTally { examples, plain: zeros, method: zeros, weights }
    }

    /// A step on `rows`, whose gradients are `lengths`. Those that are no numbers are left out.
    pub(super) fn add(&mut self, rows: &[u32], lengths: &[Length]) {
        let known = rows.iter().zip(lengths);
        for (&row, length) in known.filter(|(_, length)| (length.plain + length.method).is_finite())
        {
            let bin = ((length.plain * BINS as f64) as usize).min(BINS - 1);
            self.examples[bin] += 1;
            self.plain[bin] += length.plain;
            self.method[bin] += length.method;
            if let Some(weights) = &mut self.weights {
                weights.add(row as usize, length.ratio);
            }
        }
    }

    /// `None` before the last epoch.
    pub(super) fn summary(&self) -> Option<ClosingGradients> {
        let any = self.examples.iter().any(|&n| 0 < n);
        any.then(|| ClosingGradients {
            examples: self.examples.to_vec(),
            plain: shares(&self.plain),
            method: self.weights.is_some().then(|| shares(&self.method)),
            weights: self.weights.as_ref().map(|weights| weights.told.clone()),
        })
    }
}

impl ExampleTally {
    fn new(targets: &[u32], n_classes: usize, flipped: Option<Vec<bool>>) -> Self {
        let mut counts = vec![0_u32; n_classes];
        targets.iter().for_each(|&y| counts[y as usize] += 1);
        let group_of = group_of(&counts);
        let told = ExampleWeights {
            groups: vec![vec![0; N_RATIOS]; n_groups(n_classes)],
            flipped: flipped.as_ref().map(|_| vec![0; N_RATIOS]),
        };
        let groups = targets.iter().map(|&y| group_of[y as usize]).collect();
        ExampleTally { groups, flipped, told }
    }

    fn add(&mut self, row: usize, ratio: f64) {
        let Some(bin) = ratio_bin(ratio) else { return };
        self.told.groups[self.groups[row]][bin] += 1;
        let is_flipped = self.flipped.as_ref().is_some_and(|flipped| flipped[row]);
        if let Some(flipped) = self.told.flipped.as_mut().filter(|_| is_flipped) {
            flipped[bin] += 1;
        }
    }
}

/// Each of `parts` of their sum, to a ten-thousandth; zeros where there is none.
fn shares(parts: &[f64]) -> Vec<f32> {
    let sum: f64 = parts.iter().sum();
    let of_sum = |part: &f64| ((part / sum * 1e4).round() / 1e4) as f32;
    parts.iter().map(|part| if 0.0 < sum { of_sum(part) } else { 0.0 }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn length(plain: f64, ratio: f64) -> Length {
        Length { plain, method: plain * ratio, ratio }
    }

    #[test]
    fn gradients_are_counted_where_the_plain_one_is_and_shares_add_up() {
        let mut tally = ClosingTally::new(&[0, 0, 0, 1], 2, None, true);
        assert_eq!(tally.summary(), None, "no epoch was the last");
        let lengths = [length(0.02, 0.5), length(0.04, 0.5), length(0.5, 0.0), length(1.0, 4.0)];
        tally.add(&[0, 1, 2, 3], &lengths);
        tally.add(&[0], &[length(f64::NAN, 1.0)]);
        let told = tally.summary().unwrap();
        assert_eq!((told.examples[0], told.examples[10], told.examples[19]), (2, 1, 1));
        assert_eq!(told.plain[19], 0.641);
        let method = told.method.unwrap();
        assert_eq!((method[0], method[10], method[19]), (0.0074, 0.0, 0.9926));
        let weights = told.weights.unwrap();
        // The common class first: one half is in the bin below 1.
        let common: Vec<u32> = vec![1, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0];
        assert_eq!(weights.groups[0], common);
        assert_eq!(weights.groups[1].iter().sum::<u32>(), 1);
        assert_eq!(weights.flipped, None);
    }

    #[test]
    fn wrong_labels_are_counted_apart_and_plain_training_has_no_weights() {
        let flipped = Some(vec![false, true]);
        let mut noisy = ClosingTally::new(&[0, 1], 2, flipped, true);
        noisy.add(&[0, 1], &[length(0.5, 1.0), length(0.5, 0.0)]);
        let weights = noisy.summary().unwrap().weights.unwrap();
        let flipped = weights.flipped.unwrap();
        assert_eq!((flipped[0], flipped.iter().sum::<u32>()), (1, 1));
        let mut plain = ClosingTally::new(&[0, 1], 2, None, false);
        plain.add(&[0, 1], &[length(0.5, 1.0), length(0.25, 1.0)]);
        let told = plain.summary().unwrap();
        assert!(told.method.is_none() && told.weights.is_none());
    }
}
