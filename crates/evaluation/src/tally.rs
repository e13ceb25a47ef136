//! What became of each class: enough for every metric of predicted classes.

use crate::class_scores::ClassScores;
use crate::predictions::Predictions;

/// What became of the examples of each class. Tallies of several parts add up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    classes: Vec<Counts>,
}

/// Of one class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Counts {
    support: u64,
    predicted: u64,
    right: u64,
}

impl Tally {
    /// Predicted is the class decided for.
    pub(crate) fn of(predictions: &Predictions<'_>) -> Self {
        let mut classes = vec![Counts::default(); predictions.n_classes];
        for (i, (row, &target)) in predictions.rows().zip(predictions.targets).enumerate() {
            let decided = predictions.decided.map(|decided| decided[i] as usize);
            let predicted = decided.unwrap_or_else(|| most_probable(row));
            classes[target as usize].support += 1;
            classes[predicted].predicted += 1;
            classes[predicted].right += u64::from(predicted == target as usize);
        }
        Tally { classes }
    }

    /// Of all `parts` together; `None` if one of them was recorded without counts.
    pub(crate) fn of_parts(parts: &[&[ClassScores]]) -> Option<Self> {
        let n_classes = parts.iter().map(|part| part.len()).max().unwrap_or_default();
        let mut classes = vec![Counts::default(); n_classes];
        for part in parts {
            for (sum, class) in classes.iter_mut().zip(*part) {
                sum.support += u64::from(class.support);
                sum.predicted += u64::from(class.predicted?);
                sum.right += u64::from(class.right?);
            }
        }
        Some(Tally { classes })
    }

    pub(crate) fn n_classes(&self) -> usize {
        self.classes.len()
    }

    pub(crate) fn n_true(&self, class: usize) -> f64 {
        self.classes[class].support as f64
    }

    pub(crate) fn n_predicted(&self, class: usize) -> f64 {
        self.classes[class].predicted as f64
    }

    fn n_right_of(&self, class: usize) -> f64 {
        self.classes[class].right as f64
    }

    pub(crate) fn n_examples(&self) -> f64 {
        self.classes.iter().map(|class| class.support as f64).sum()
    }

    pub(crate) fn n_right(&self) -> f64 {
        self.classes.iter().map(|class| class.right as f64).sum()
    }

    /// The classes that are among the targets.
    pub(crate) fn present(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.n_classes()).filter(|&class| 0 < self.classes[class].support)
    }

    /// `None` if the class is absent from the targets.
    pub(crate) fn recall(&self, class: usize) -> Option<f64> {
        let n_true = self.n_true(class);
        (0.0 < n_true).then(|| self.n_right_of(class) / n_true)
    }

    /// 0 for a class that is never predicted.
    pub(crate) fn precision(&self, class: usize) -> f64 {
        let n_predicted = self.n_predicted(class);
        if 0.0 < n_predicted { self.n_right_of(class) / n_predicted } else { 0.0 }
    }

    /// `(1 + β²) TP / (β² true + predicted)`; `None` if the class is neither true nor predicted.
    pub(crate) fn f(&self, class: usize, beta_squared: f64) -> Option<f64> {
        let total = beta_squared * self.n_true(class) + self.n_predicted(class);
        (0.0 < total).then(|| (1.0 + beta_squared) * self.n_right_of(class) / total)
    }

    pub(crate) fn scores(&self, class: usize, log_loss: Option<f64>) -> ClassScores {
        // A part has as many rows as fit into 32 bits.
        let count = |n: u64| u32::try_from(n).unwrap_or(u32::MAX);
        let Counts { support, predicted, right } = self.classes[class];
        ClassScores {
            support: count(support),
            predicted: Some(count(predicted)),
            right: Some(count(right)),
            recall: self.recall(class),
            precision: Some(self.precision(class)),
            f1: self.f(class, 1.0),
            log_loss,
            detection: None,
        }
    }
}

/// The class that is predicted: the most probable, of equals the first.
pub fn most_probable(probabilities: &[f64]) -> usize {
    let mut predicted = 0;
    for (class, p) in probabilities.iter().enumerate() {
        if probabilities[predicted] < *p {
            predicted = class;
        }
    }
    predicted
}

#[cfg(test)]
pub(crate) mod testing {
    use super::*;

    /// The tally of these targets and predicted classes.
    pub(crate) fn tally(targets: &[u32], predicted: &[usize], n_classes: usize) -> Tally {
        let mut probabilities = vec![0.0; targets.len() * n_classes];
        predicted.iter().enumerate().for_each(|(i, &k)| probabilities[i * n_classes + k] = 1.0);
        Tally::of(&Predictions { probabilities: &probabilities, n_classes, targets, decided: None })
    }
}

#[cfg(test)]
mod tests {
    use super::testing::tally;
    use super::*;

    #[test]
    fn an_absent_class_has_no_recall_and_its_false_alarms_count() {
        let tally = tally(&[0, 0, 1, 1], &[0, 0, 1, 2], 3);
        assert_eq!(tally.present().collect::<Vec<_>>(), [0, 1]);
        assert_eq!(tally.recall(2), None);
        assert_eq!(tally.f(2, 1.0), Some(0.0));
        assert_eq!(tally.scores(2, None).predicted, Some(1));
    }

    #[test]
    fn of_equal_probabilities_the_first_class_is_predicted() {
        let even =
            Predictions { probabilities: &[0.5, 0.5], n_classes: 2, targets: &[0], decided: None };
        assert_eq!(Tally::of(&even).n_right(), 1.0);
    }

    #[test]
    fn what_is_decided_for_is_predicted_whatever_is_probable() {
        let tally = Tally::of(&Predictions {
            probabilities: &[0.9, 0.1, 0.8, 0.2],
            n_classes: 2,
            targets: &[1, 0],
            decided: Some(&[1, 1]),
        });
        assert_eq!(
            (tally.n_right(), tally.recall(1), tally.recall(0)),
            (1.0, Some(1.0), Some(0.0))
        );
    }
}
