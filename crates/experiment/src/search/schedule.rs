//! Which settings are trained for how many epochs.
//!
//! With `R` epochs in all (`training.epochs`), a factor `η` and at least `m` epochs, the budgets of epochs are
//!
//! ```text
//! r(j) = floor(R / η^j)        j = 0, 1, ..., s_max, the last with r(j) >= m
//! ```
//!
//! A bracket of `n` settings that begins at `r(s)` has the rungs
//!
//! ```text
//! n(i) = max(1, floor(n / η^i)) settings for r(s - i) epochs        i = 0, 1, ..., s
//! ```
//!
//! of which the first has all settings and every further one the best of the one before; where one setting is left, it
//! goes to `R` at once. The methods are
//!
//! ```text
//! random               n settings for R epochs
//! successive halving   one bracket of n settings from r(s_max)
//! Hyperband            for s = s_max, ..., 0 a bracket of ceil((s_max + 1) η^s / (s + 1)) settings from r(s)
//! ```
//!
//! Source: Jamieson, Talwalkar. *Non-stochastic Best Arm Identification and Hyperparameter Optimization.* AISTATS 2016.
//! Li, Jamieson, DeSalvo, Rostamizadeh, Talwalkar. *Hyperband: A Novel Bandit-Based Approach to Hyperparameter
//! Optimization.* JMLR 2018 (Algorithm 1; factor 3 or 4).
//!
//! Differs: a setting that goes on is trained anew for the larger budget, under the schedule of that budget: a cell knows
//! no other cell.
//!
//! Trap: much public code rounds `(s_max + 1) / (s + 1)` down before it multiplies: 81, 27, 9, 6, 5 settings at `R = 81`,
//! `η = 3` in place of 81, 34, 15, 8, 5.

use std::ops::Range;

use crate::search::spec::{Hyperband, Random, SearchMethod, SuccessiveHalving};

/// So many settings for so many epochs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rung {
    /// How many.
    pub settings: usize,
    /// How long each.
    pub epochs: usize,
}

/// Settings that are compared with each other until few are left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bracket {
    /// Its settings among all that are drawn.
    pub settings: Range<usize>,
    /// Epochs, ascending; the last are all of them.
    pub budgets: Vec<usize>,
    /// Of a rung one in so many settings goes on.
    pub factor: usize,
}

impl Bracket {
    /// The rungs, if `n` of its settings differ for a learner.
    pub fn rungs(&self, n: usize) -> Vec<Rung> {
        let (whole, smaller) = self.budgets.split_last().expect("a bracket has a budget");
        let mut rungs = Vec::new();
        let mut settings = n;
        for &epochs in smaller {
            if settings <= 1 {
                break;
            }
            rungs.push(Rung { settings, epochs });
            settings /= self.factor;
        }
        rungs.push(Rung { settings: settings.max(1), epochs: *whole });
        rungs
    }
}

impl SearchMethod {
    /// The brackets, of trials of `epochs` in all.
    pub fn brackets(&self, epochs: usize) -> Vec<Bracket> {
        match self {
            SearchMethod::Random(Random { settings }) => {
                let settings = 0..settings.get();
                vec![Bracket { settings, budgets: vec![epochs], factor: 1 }]
            }
            SearchMethod::SuccessiveHalving(SuccessiveHalving { settings, factor, min_epochs }) => {
                let budgets = budgets(epochs, factor.get(), min_epochs.get());
                vec![Bracket { settings: 0..settings.get(), budgets, factor: factor.get() }]
            }
            SearchMethod::Hyperband(Hyperband { factor, min_epochs }) => {
                hyperband(&budgets(epochs, factor.get(), min_epochs.get()), factor.get())
            }
        }
    }

    /// Settings that are drawn for trials of `epochs` in all.
    pub(crate) fn n_settings(&self, epochs: usize) -> usize {
        self.brackets(epochs).last().map_or(0, |bracket| bracket.settings.end)
    }

    /// Epochs that no setting is trained for less than; `None` where all are trained for all of them.
    pub(crate) fn min_epochs(&self) -> Option<usize> {
        match self {
            SearchMethod::Random(_) => None,
            SearchMethod::SuccessiveHalving(SuccessiveHalving { min_epochs, .. })
            | SearchMethod::Hyperband(Hyperband { min_epochs, .. }) => Some(min_epochs.get()),
        }
    }
}

/// `epochs`, a `factor`-th of them, and so on down to `least`; ascending.
fn budgets(epochs: usize, factor: usize, least: usize) -> Vec<usize> {
    let smaller = |budget: &usize| Some(budget / factor).filter(|&smaller| least <= smaller);
    let mut budgets: Vec<usize> = std::iter::successors(Some(epochs), smaller).collect();
    budgets.reverse();
    budgets
}

fn hyperband(budgets: &[usize], factor: usize) -> Vec<Bracket> {
    let n_budgets = budgets.len();
    let mut first = 0;
    let bracket = |s: usize| {
        let power = (0..s).fold(1_usize, |power, _| power.saturating_mul(factor));
        let settings = n_budgets.saturating_mul(power).div_ceil(s + 1);
        let drawn = first..first + settings;
        first = drawn.end;
        Bracket { settings: drawn, budgets: budgets[n_budgets - 1 - s..].to_vec(), factor }
    };
    (0..n_budgets).rev().map(bracket).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// `settings x epochs` of every rung of every bracket.
    fn schedule(method: serde_json::Value, epochs: usize) -> Vec<String> {
        let method: SearchMethod = serde_json::from_value(method).unwrap();
        let shown = |bracket: Bracket| {
            let rungs = bracket.rungs(bracket.settings.len());
            let rungs = rungs.iter().map(|rung| format!("{}x{}", rung.settings, rung.epochs));
            rungs.collect::<Vec<_>>().join(" ")
        };
        method.brackets(epochs).into_iter().map(shown).collect()
    }

    #[test]
    fn hyperband_of_81_epochs_and_factor_3_is_that_of_the_paper() {
        let method = json!({ "hyperband": { "factor": 3, "min_epochs": 1 } });
        assert_eq!(
            schedule(method, 81),
            [
                "81x1 27x3 9x9 3x27 1x81",
                "34x3 11x9 3x27 1x81",
                "15x9 5x27 1x81",
                "8x27 2x81",
                "5x81"
            ]
        );
    }

    #[test]
    fn brackets_of_hyperband_draw_settings_of_their_own() {
        let method: SearchMethod =
            serde_json::from_value(json!({ "hyperband": { "factor": 3, "min_epochs": 2 } }))
                .unwrap();
        let brackets = method.brackets(20);
        let settings: Vec<Range<usize>> =
            brackets.iter().map(|bracket| bracket.settings.clone()).collect();
        assert_eq!(settings, [0..9, 9..14, 14..17]);
        assert_eq!(method.n_settings(20), 17);
        assert_eq!(brackets[0].budgets, [2, 6, 20]);
    }

    #[test]
    fn halving_ends_with_all_epochs_and_begins_with_at_least_the_least() {
        let halving = |settings: usize, factor: usize, least: usize, epochs: usize| {
            let parameters = json!({ "settings": settings, "factor": factor, "min_epochs": least });
            schedule(json!({ "successive_halving": parameters }), epochs).remove(0)
        };
        assert_eq!(halving(27, 3, 3, 81), "27x3 9x9 3x27 1x81");
        assert_eq!(halving(27, 3, 3, 60), "27x6 9x20 3x60");
        assert_eq!(halving(16, 2, 5, 40), "16x5 8x10 4x20 2x40");
        // One that is left is not trained again and again.
        assert_eq!(halving(5, 3, 2, 60), "5x2 1x60");
        assert_eq!(halving(2, 3, 2, 60), "2x2 1x60");
        assert_eq!(halving(8, 3, 40, 60), "8x60");
        assert_eq!(schedule(json!({ "random": { "settings": 7 } }), 60), ["7x60"]);
    }

    #[test]
    fn a_setting_that_is_the_only_one_is_trained_whole() {
        let bracket = Bracket { settings: 0..9, budgets: vec![2, 6, 18], factor: 3 };
        assert_eq!(bracket.rungs(1), [Rung { settings: 1, epochs: 18 }]);
    }
}
