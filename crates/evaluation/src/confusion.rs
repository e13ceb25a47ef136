//! Metrics of predicted classes, all from one confusion matrix.

use crate::summary::mean;
use crate::{ClassScores, Predictions};

/// Counts of (true class, predicted class).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Confusion {
    n_classes: usize,
    /// `[true class, predicted class]`, row by row.
    counts: Vec<u32>,
}

impl Confusion {
    /// Predicted is the most probable class, the first of equals.
    pub(crate) fn of(predictions: &Predictions<'_>) -> Self {
        let n_classes = predictions.n_classes;
        let mut counts = vec![0; n_classes * n_classes];
        for (row, &target) in predictions.rows().zip(predictions.targets) {
            counts[target as usize * n_classes + most_probable(row)] += 1;
        }
        Confusion { n_classes, counts }
    }

    fn at(&self, target: usize, predicted: usize) -> f64 {
        f64::from(self.counts[target * self.n_classes + predicted])
    }

    fn n_true(&self, class: usize) -> f64 {
        (0..self.n_classes).map(|predicted| self.at(class, predicted)).sum()
    }

    fn n_predicted(&self, class: usize) -> f64 {
        (0..self.n_classes).map(|target| self.at(target, class)).sum()
    }

    fn n_examples(&self) -> f64 {
        self.counts.iter().map(|&n| f64::from(n)).sum()
    }

    fn n_right(&self) -> f64 {
        (0..self.n_classes).map(|class| self.at(class, class)).sum()
    }

    fn present(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.n_classes).filter(|&class| 0.0 < self.n_true(class))
    }

    /// Recall; `None` if the class is absent from the targets.
    pub(crate) fn recall(&self, class: usize) -> Option<f64> {
        let n_true = self.n_true(class);
        (0.0 < n_true).then(|| self.at(class, class) / n_true)
    }

    fn precision(&self, class: usize) -> f64 {
        let n_predicted = self.n_predicted(class);
        if 0.0 < n_predicted { self.at(class, class) / n_predicted } else { 0.0 }
    }

    fn f1(&self, class: usize) -> Option<f64> {
        let total = self.n_true(class) + self.n_predicted(class);
        (0.0 < total).then(|| 2.0 * self.at(class, class) / total)
    }

    pub(crate) fn class_scores(&self, class: usize) -> ClassScores {
        ClassScores {
            support: self.n_true(class) as u32,
            recall: self.recall(class),
            precision: Some(self.precision(class)),
            f1: self.f1(class),
        }
    }

    pub(crate) fn accuracy(&self) -> Option<f64> {
        let n_examples = self.n_examples();
        (0.0 < n_examples).then(|| self.n_right() / n_examples)
    }

    pub(crate) fn balanced_accuracy(&self) -> Option<f64> {
        mean(self.present().filter_map(|class| self.recall(class)))
    }

    pub(crate) fn macro_precision(&self) -> Option<f64> {
        mean(self.present().map(|class| self.precision(class)))
    }

    pub(crate) fn macro_f1(&self) -> Option<f64> {
        mean(self.present().filter_map(|class| self.f1(class)))
    }

    pub(crate) fn g_mean(&self) -> Option<f64> {
        let recalls: Vec<f64> = self.present().filter_map(|class| self.recall(class)).collect();
        if recalls.contains(&0.0) {
            return Some(0.0);
        }
        // The root of a product of many small recalls would underflow: the mean of logarithms does not.
        mean(recalls.into_iter().map(libm::log)).map(libm::exp)
    }

    pub(crate) fn mcc(&self) -> Option<f64> {
        let n = self.n_examples();
        let classes = 0..self.n_classes;
        let agreement: f64 = classes.clone().map(|k| self.n_true(k) * self.n_predicted(k)).sum();
        let square = |count: f64| count * count;
        let of_true: f64 = classes.clone().map(|k| square(self.n_true(k))).sum();
        let of_predicted: f64 = classes.map(|k| square(self.n_predicted(k))).sum();
        let denominator = (n * n - of_true) * (n * n - of_predicted);
        if n == 0.0 {
            None
        } else if denominator == 0.0 {
            Some(0.0)
        } else {
            Some((self.n_right() * n - agreement) / denominator.sqrt())
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
mod tests {
    use super::*;

    fn confusion(targets: &[u32], predicted: &[usize], n_classes: usize) -> Confusion {
        let mut probabilities = vec![0.0; targets.len() * n_classes];
        predicted.iter().enumerate().for_each(|(i, &k)| probabilities[i * n_classes + k] = 1.0);
        Confusion::of(&Predictions { probabilities: &probabilities, n_classes, targets })
    }

    #[test]
    fn a_class_that_is_absent_does_not_enter_the_means() {
        let confusion = confusion(&[0, 0, 1, 1], &[0, 0, 1, 2], 3);
        assert_eq!(confusion.balanced_accuracy(), Some(0.75));
        assert!((confusion.g_mean().unwrap() - 0.5_f64.sqrt()).abs() < 1e-15);
        assert_eq!(confusion.class_scores(2).recall, None);
        assert_eq!(confusion.class_scores(2).f1, Some(0.0));
    }

    #[test]
    fn a_class_never_predicted_has_precision_zero() {
        let confusion = confusion(&[0, 1], &[0, 0], 2);
        assert_eq!(confusion.macro_precision(), Some(0.25));
        assert_eq!(confusion.g_mean(), Some(0.0));
        assert_eq!(confusion.mcc(), Some(0.0));
    }

    #[test]
    fn of_equal_probabilities_the_first_class_is_predicted() {
        let even = Predictions { probabilities: &[0.5, 0.5], n_classes: 2, targets: &[0] };
        assert_eq!(Confusion::of(&even).accuracy(), Some(1.0));
    }
}
