//! Which examples of a training were selected, given a weight above 0, and how much those of a kind weighed.

use crate::record::SelectionSummary;

/// Epochs that are told of at most.
const TOLD: usize = 20;

/// What was selected, epoch by epoch.
pub(super) struct SelectionTally {
    /// The class of each row, `[n_train]`.
    targets: Vec<u32>,
    /// Whether that is a wrong one, under label noise.
    flipped: Option<Vec<bool>>,
    n_epochs: usize,
    epoch: EpochTally,
    /// Rows selected in the epoch before; in any epoch.
    before: Vec<bool>,
    ever: Vec<bool>,
    n_ended: usize,
    told: SelectionSummary,
    /// Of each class, and with a right and a wrong label, over all steps.
    of_class: Vec<Weighed>,
    of_label: [Weighed; 2],
}

/// Examples of a kind, each as often as a step met it.
#[derive(Clone, Copy, Default)]
struct Weighed {
    weight: f64,
    n: u64,
}

impl Weighed {
    fn add(&mut self, weight: f32) {
        self.weight += f64::from(weight);
        self.n += 1;
    }

    fn mean(self) -> f64 {
        self.weight / self.n as f64
    }
}

/// How many times `mean` is `other`; JSON has no word for what is no number.
fn relative(mean: f64, other: f64) -> Option<f32> {
    let relative = (mean / other) as f32;
    relative.is_finite().then_some(relative)
}

/// One epoch.
#[derive(Default)]
struct EpochTally {
    rows: Vec<bool>,
    of_class: Vec<u64>,
    n_flipped: u64,
    weight: f64,
    flipped_weight: f64,
}

impl EpochTally {
    fn new(n_rows: usize, n_classes: usize) -> Self {
        EpochTally { rows: vec![false; n_rows], of_class: vec![0; n_classes], ..Self::default() }
    }
}

impl SelectionTally {
    pub(super) fn new(
        targets: &[u32],
        n_classes: usize,
        flipped: Option<Vec<bool>>,
        n_epochs: usize,
    ) -> Self {
        let n = targets.len();
        let shares = || flipped.as_ref().map(|_| Vec::new());
        let (flipped_shares, flipped_weights) = (shares(), shares());
        let told =
            SelectionSummary { flipped_shares, flipped_weights, ..SelectionSummary::default() };
        SelectionTally {
            targets: targets.to_vec(),
            flipped,
            n_epochs,
            epoch: EpochTally::new(n, n_classes),
            before: vec![false; n],
            ever: vec![false; n],
            n_ended: 0,
            told,
            of_class: vec![Weighed::default(); n_classes],
            of_label: [Weighed::default(); 2],
        }
    }

    /// A step on `rows` with these weights.
    pub(super) fn add(&mut self, rows: &[u32], weights: &[f32]) {
        for (&row, &weight) in rows.iter().zip(weights) {
            let row = row as usize;
            self.of_class[self.targets[row] as usize].add(weight);
            if let Some(flipped) = &self.flipped {
                self.of_label[usize::from(flipped[row])].add(weight);
            }
        }
        let epoch = &mut self.epoch;
        for (&row, &weight) in rows.iter().zip(weights).filter(|(_, weight)| 0.0 < **weight) {
            let row = row as usize;
            epoch.rows[row] = true;
            epoch.of_class[self.targets[row] as usize] += 1;
            epoch.weight += f64::from(weight);
            if self.flipped.as_ref().is_some_and(|flipped| flipped[row]) {
                epoch.n_flipped += 1;
                epoch.flipped_weight += f64::from(weight);
            }
        }
    }

    /// Ends an epoch; `rates` are those of the classes in a sampling that learns.
    pub(super) fn end_epoch(&mut self, rates: Option<&[f64]>) {
        let n_classes = self.epoch.of_class.len();
        let next = EpochTally::new(self.targets.len(), n_classes);
        let epoch = std::mem::replace(&mut self.epoch, next);
        if is_told(self.n_ended, self.n_epochs) {
            self.tell(&epoch);
            let rates = rates.map(|rates| rates.iter().map(|&rate| rate as f32).collect());
            self.told.class_rates.extend(rates);
        }
        self.ever.iter_mut().zip(&epoch.rows).for_each(|(ever, &now)| *ever |= now);
        self.before = epoch.rows;
        self.n_ended += 1;
    }

    fn tell(&mut self, epoch: &EpochTally) {
        let n: u64 = epoch.of_class.iter().sum();
        let of = |part: f64, whole: f64| if 0.0 < whole { (part / whole) as f32 } else { 0.0 };
        let told = &mut self.told;
        told.epochs.push(self.n_ended);
        let shares = epoch.of_class.iter().map(|&count| of(count as f64, n as f64));
        told.class_shares.push(shares.collect());
        let pairs = || epoch.rows.iter().zip(&self.before);
        let either = pairs().filter(|&(&now, &before)| now || before).count();
        let both = pairs().filter(|&(&now, &before)| now && before).count();
        let has_overlap = 0 < self.n_ended && 0 < either;
        told.overlaps.push(has_overlap.then(|| both as f32 / either as f32));
        if let Some(shares) = &mut told.flipped_shares {
            shares.push(of(epoch.n_flipped as f64, n as f64));
        }
        if let Some(weights) = &mut told.flipped_weights {
            // Weights of a network that diverges may be infinite, and JSON has no word for that.
            let share = of(epoch.flipped_weight, epoch.weight);
            weights.push(if share.is_finite() { share } else { 0.0 });
        }
    }

    pub(super) fn summary(&self) -> SelectionSummary {
        let never_selected = self.ever.iter().filter(|&&ever| !ever).count();
        let mut all = Weighed::default();
        self.of_class
            .iter()
            .for_each(|of| (all.weight, all.n) = (all.weight + of.weight, all.n + of.n));
        let class_weights =
            self.of_class.iter().map(|of| relative(of.mean(), all.mean())).collect();
        let [right, wrong] = self.of_label.map(Weighed::mean);
        let flipped_weight_ratio = self.flipped.as_ref().and_then(|_| relative(wrong, right));
        SelectionSummary {
            never_selected,
            class_weights,
            flipped_weight_ratio,
            ..self.told.clone()
        }
    }
}

/// Whether `epoch` of `n` is one of those that stand for all: the first, the last, and evenly between them.
fn is_told(epoch: usize, n: usize) -> bool {
    n <= TOLD || (0..TOLD).any(|i| (i * (n - 1) + (TOLD - 1) / 2) / (TOLD - 1) == epoch)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_epoch_is_summed_up_and_set_beside_the_one_before() {
        let flipped = Some(vec![false, true, false, true]);
        let mut tally = SelectionTally::new(&[0, 0, 1, 1], 2, flipped, 3);
        tally.add(&[0, 1], &[0.5, 0.0]);
        tally.add(&[2], &[1.0]);
        tally.end_epoch(Some(&[0.75, 0.25]));
        tally.add(&[3, 0, 1], &[0.25, 0.75, 0.0]);
        tally.end_epoch(None);
        tally.end_epoch(Some(&[0.5, 0.5]));
        assert_eq!(
            tally.summary(),
            SelectionSummary {
                epochs: vec![0, 1, 2],
                class_shares: vec![vec![0.5, 0.5], vec![0.5, 0.5], vec![0.0, 0.0]],
                overlaps: vec![None, Some(1.0 / 3.0), Some(0.0)],
                flipped_shares: Some(vec![0.0, 0.5, 0.0]),
                flipped_weights: Some(vec![0.0, 0.25, 0.0]),
                never_selected: 1,
                class_weights: vec![Some(0.75), Some(1.5)],
                flipped_weight_ratio: Some(1.0 / 9.0),
                class_rates: vec![vec![0.75, 0.25], vec![0.5, 0.5]],
            }
        );
    }

    #[test]
    fn twenty_epochs_stand_for_many_and_all_for_few() {
        for n in [1, 5, 20, 21, 60, 200] {
            let told: Vec<usize> = (0..n).filter(|&epoch| is_told(epoch, n)).collect();
            assert_eq!(told.len(), n.min(TOLD));
            assert_eq!((told[0], told.last()), (0, Some(&(n - 1))));
            let gaps = told.windows(2).map(|pair| pair[1] - pair[0]);
            let (least, most) = (gaps.clone().min().unwrap_or(1), gaps.max().unwrap_or(1));
            assert!(most - least <= 1, "{told:?}");
        }
    }
}
