//! What a decision is chosen for: metrics of decided classes, from counts.

use nn::range::{NonNegative, Positive};
use serde::{Deserialize, Serialize};
use strum::EnumIter;

/// What becomes of the examples of each class under a decision.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Decided {
    /// Examples of each class, `[n_classes]`.
    members: Vec<f64>,
    /// Examples for which it is decided.
    chosen: Vec<f64>,
    /// Of these, those that are of it.
    right: Vec<f64>,
}

impl Decided {
    /// Those of `targets` for which the classes `decided` are.
    pub(crate) fn of(
        targets: &[u32],
        decided: impl Iterator<Item = usize>,
        n_classes: usize,
    ) -> Self {
        let none = vec![0.0; n_classes];
        let mut all = Decided { members: none.clone(), chosen: none.clone(), right: none };
        for (&target, class) in targets.iter().zip(decided) {
            all.members[target as usize] += 1.0;
            all.count(target, class, 1.0);
        }
        all
    }

    fn count(&mut self, target: u32, class: usize, n: f64) {
        self.chosen[class] += n;
        if target as usize == class {
            self.right[class] += n;
        }
    }

    /// An example of the class `target` is decided for `to`, and not for `from` any more.
    pub(crate) fn turn(&mut self, target: u32, from: usize, to: usize) {
        self.count(target, from, -1.0);
        self.count(target, to, 1.0);
    }

    fn n_examples(&self) -> f64 {
        self.members.iter().sum()
    }

    /// Of the classes that there are.
    fn recalls(&self) -> impl Iterator<Item = f64> + '_ {
        let present = self.members.iter().zip(&self.right).filter(|(members, _)| 0.0 < **members);
        present.map(|(members, right)| right / members)
    }

    fn balanced_accuracy(&self) -> f64 {
        mean(self.recalls())
    }

    /// The logarithm of the geometric mean. A class that is never found counts as if next to none of it were: of two
    /// decisions that miss classes, the one that misses fewer is the better.
    fn ln_g_mean(&self) -> f64 {
        mean(self.recalls().map(|recall| libm::log(recall.max(f64::EPSILON))))
    }

    fn f(&self, class: usize, beta: f64) -> f64 {
        let square = beta * beta;
        let total = square * self.members[class] + self.chosen[class];
        if total == 0.0 { 0.0 } else { (1.0 + square) * self.right[class] / total }
    }

    fn macro_f1(&self) -> f64 {
        let present = (0..self.members.len()).filter(|&class| 0.0 < self.members[class]);
        mean(present.map(|class| self.f(class, 1.0)))
    }

    fn mcc(&self) -> f64 {
        let n = self.n_examples();
        let product = |a: &[f64], b: &[f64]| -> f64 { a.iter().zip(b).map(|(a, b)| a * b).sum() };
        let n_right: f64 = self.right.iter().sum();
        let agreement = n_right * n - product(&self.members, &self.chosen);
        let of_true = n * n - product(&self.members, &self.members);
        let of_decided = n * n - product(&self.chosen, &self.chosen);
        let scale = (of_true * of_decided).sqrt();
        if scale == 0.0 { 0.0 } else { agreement / scale }
    }
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, n) = values.fold((0.0, 0.0), |(sum, n), value| (sum + value, n + 1.0));
    sum / n
}

/// What a decision between two classes is chosen for; the second is the positive one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, EnumIter)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Maximise {
    /// The mean of the recalls.
    BalancedAccuracy {},
    /// The geometric mean of the recalls.
    GMean {},
    /// F1 of the positive class.
    F1 {},
    /// See [`FBeta`].
    FBeta(FBeta),
    /// Matthews' correlation.
    Mcc {},
    /// See [`Costs`].
    Cost(Costs),
}

impl Default for Maximise {
    fn default() -> Self {
        Maximise::GMean {}
    }
}

/// `(1 + β²) TP / (β² true + predicted)` of the positive class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FBeta {
    /// `β`: how much more recall counts than precision; default 2.
    pub beta: Positive,
}

impl Default for FBeta {
    fn default() -> Self {
        FBeta { beta: Positive::new(2.0) }
    }
}

/// What mistakes cost; the least cost is chosen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Costs {
    /// Of an example of the first class that is taken for one of the second; default 1.
    pub false_positive: NonNegative,
    /// Of an example of the second class that is taken for one of the first; default 1.
    pub false_negative: NonNegative,
}

impl Default for Costs {
    fn default() -> Self {
        Costs { false_positive: NonNegative::new(1.0), false_negative: NonNegative::new(1.0) }
    }
}

impl Maximise {
    /// The larger, the better.
    pub(crate) fn value(&self, decided: &Decided) -> f64 {
        match self {
            Maximise::BalancedAccuracy {} => decided.balanced_accuracy(),
            Maximise::GMean {} => decided.ln_g_mean(),
            Maximise::F1 {} => decided.f(1, 1.0),
            Maximise::FBeta(FBeta { beta }) => decided.f(1, beta.get()),
            Maximise::Mcc {} => decided.mcc(),
            Maximise::Cost(Costs { false_positive, false_negative }) => {
                let wrong = |class: usize| decided.chosen[class] - decided.right[class];
                -(false_positive.get() * wrong(1) + false_negative.get() * wrong(0))
            }
        }
    }
}

/// What a decision between any number of classes is chosen for, over those that the validation part has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, EnumIter)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum MaximiseAll {
    /// The mean of the recalls.
    BalancedAccuracy {},
    /// The geometric mean of the recalls.
    GMean {},
    /// The mean of the F1.
    MacroF1 {},
    /// Matthews' correlation.
    Mcc {},
}

impl Default for MaximiseAll {
    fn default() -> Self {
        MaximiseAll::GMean {}
    }
}

impl MaximiseAll {
    /// The larger, the better.
    pub(crate) fn value(&self, decided: &Decided) -> f64 {
        match self {
            MaximiseAll::BalancedAccuracy {} => decided.balanced_accuracy(),
            MaximiseAll::GMean {} => decided.ln_g_mean(),
            MaximiseAll::MacroF1 {} => decided.macro_f1(),
            MaximiseAll::Mcc {} => decided.mcc(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 8 of the first class, 2 of which are taken for the second; 4 of the second, 1 of which is missed.
    fn decided() -> Decided {
        let targets = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1];
        Decided::of(&targets, [0, 0, 0, 0, 0, 0, 1, 1, 0, 1, 1, 1].into_iter(), 2)
    }

    #[test]
    fn values_are_those_of_a_table_worked_by_hand() {
        let near = |maximise: Maximise, expected: f64| {
            let value = maximise.value(&decided());
            // A handful of roundings.
            assert!((value - expected).abs() < 1e-14, "{maximise:?}: {value} {expected}");
        };
        near(Maximise::BalancedAccuracy {}, 0.75);
        near(Maximise::GMean {}, libm::log(0.75));
        near(Maximise::F1 {}, 6.0 / 9.0);
        near(Maximise::FBeta(FBeta::default()), 15.0 / 21.0);
        near(Maximise::Mcc {}, (6.0 * 3.0 - 2.0) / (8.0 * 4.0 * 7.0 * 5.0_f64).sqrt());
        let costs = Costs { false_negative: NonNegative::new(10.0), ..Costs::default() };
        near(Maximise::Cost(costs), -12.0);
        let all = MaximiseAll::MacroF1 {}.value(&decided());
        assert!((all - f64::midpoint(12.0 / 15.0, 6.0 / 9.0)).abs() < 1e-14, "{all}");
    }

    #[test]
    fn an_example_turned_there_and_back_changes_nothing() {
        let mut turned = decided();
        turned.turn(1, 1, 0);
        assert_ne!(turned, decided());
        turned.turn(1, 0, 1);
        assert_eq!(turned, decided());
    }

    #[test]
    fn of_decisions_that_never_find_a_class_the_one_that_misses_fewer_is_better() {
        let of = |decided: [usize; 3]| {
            MaximiseAll::GMean {}.value(&Decided::of(&[0, 1, 2], decided.into_iter(), 3))
        };
        assert!(of([0, 0, 0]) < of([0, 1, 0]) && of([0, 1, 0]) < of([0, 1, 2]));
    }
}
