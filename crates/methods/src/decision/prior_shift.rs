//! Prior shift: the probabilities as they would be if the classes were as frequent as stated, and the most probable of them.
//!
//! ```text
//! q_k = p_k t_k / n_k / Σ_j p_j t_j / n_j,   ŷ = argmax_k q_k
//! ```
//!
//! - `p`: the probabilities of the classes, `[n_classes]`; `q`: those that are measured
//! - `n`: how often each class was learnt from, as it was sampled, `[n_classes]`
//! - `t`: the shares of the classes that are stated, `uniform` (the default) or `given.shares`, `[n_classes]`
//!
//! Log loss, areas and calibration errors are those of `q`. Nothing is chosen on the validation part.
//!
//! Source: Saerens, Latinne, Decaestecker, *Adjusting the Outputs of a Classifier to New a Priori Probabilities: A Simple
//! Procedure*, Neural Computation, 2002.
//! Differs: the shares are stated; their EM estimates them from test rows without labels.
//! Differs: a class that was never learnt from is never decided for.
//! Trap: it takes `p` to be calibrated to the frequencies learnt from. A loss that corrects for them has taken them out
//! already, and then it corrects twice.

use nn::range::NonNegative;
use serde::{Deserialize, Serialize};

use crate::MethodError;
use crate::decision::definition::Definition;
use crate::decision::rule::Rule;
use crate::judged::Judged;
use crate::named;
use crate::setting::ClassCounts;

const SHARES: &str = "prior_shift.target.given.shares";

/// Parameters of the prior shift.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PriorShift {
    /// How frequent the classes are taken to be; default `uniform`.
    #[serde(deserialize_with = "named::deserialize")]
    pub target: TargetPrior,
}

/// How frequent the classes are taken to be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum TargetPrior {
    /// All alike.
    Uniform {},
    /// See [`GivenShares`].
    Given(GivenShares),
}

impl Default for TargetPrior {
    fn default() -> Self {
        TargetPrior::Uniform {}
    }
}

/// Shares that are used as they are written, in proportion. There is no default: the list has to be given.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GivenShares {
    /// One share for each class, in the order of the classes.
    pub shares: Vec<NonNegative>,
}

impl TargetPrior {
    fn shares(&self, n_classes: usize) -> Vec<f64> {
        match self {
            TargetPrior::Uniform {} => vec![1.0; n_classes],
            TargetPrior::Given(GivenShares { shares }) => shares.iter().map(|s| s.get()).collect(),
        }
    }
}

impl Definition for PriorShift {
    fn code(&self) -> &'static str {
        include_str!("prior_shift.rs")
    }

    fn version(&self) -> u32 {
        1
    }

    fn needs_validation(&self) -> bool {
        false
    }

    fn check(&self, n_classes: usize) -> Result<(), MethodError> {
        let shares = self.target.shares(n_classes);
        if shares.len() != n_classes {
            return Err(MethodError::WrongLength {
                parameter: SHARES,
                given: shares.len(),
                n_classes,
            });
        }
        if shares.iter().all(|&share| share == 0.0) {
            return Err(MethodError::NothingWeighs { parameter: SHARES });
        }
        Ok(())
    }

    fn fit(&self, _: &Judged<'_>, counts: &ClassCounts) -> Rule {
        let shares = self.target.shares(counts.n_classes());
        let total: f64 = shares.iter().sum();
        let learnt: f64 = counts.get().iter().sum();
        let weight = |(share, &n): (&f64, &f64)| {
            if n == 0.0 { 0.0 } else { (share / total) / (n / learnt) }
        };
        Rule::PriorShift(shares.iter().zip(counts.get()).map(weight).collect())
    }
}

/// Multiplies each row by `weights` and renormalises it; a row of which nothing is left stays as it was.
pub(crate) fn shift(probabilities: &mut [f64], n_classes: usize, weights: &[f64]) {
    for row in probabilities.chunks_exact_mut(n_classes.max(1)) {
        let sum: f64 = row.iter().zip(weights).map(|(p, w)| p * w).sum();
        if 0.0 < sum && sum.is_finite() {
            row.iter_mut().zip(weights).for_each(|(p, w)| *p = *p * w / sum);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(target: TargetPrior, counts: &[u32]) -> Rule {
        let nothing = Judged { probabilities: &[], n_classes: counts.len(), targets: &[] };
        PriorShift { target }.fit(&nothing, &ClassCounts::new(counts.to_vec()))
    }

    fn given(shares: &[f64]) -> TargetPrior {
        let shares = shares.iter().map(|&share| NonNegative::new(share)).collect();
        TargetPrior::Given(GivenShares { shares })
    }

    fn shifted(rule: &Rule, row: &[f64]) -> Vec<f64> {
        let mut row = row.to_vec();
        let n_classes = row.len();
        assert_eq!(rule.decide(&mut row, n_classes), None);
        row
    }

    #[test]
    fn to_the_frequencies_that_were_learnt_from_it_changes_nothing() {
        let row = [0.5, 0.25, 0.25];
        assert_eq!(shifted(&rule(given(&[4.0, 2.0, 2.0]), &[8, 4, 4]), &row), row);
    }

    #[test]
    fn it_is_bayes_rule_with_another_prior() {
        // Densities 0.1 and 0.4 under priors of 0.9 and 0.1: 0.09 against 0.04.
        let learnt = [0.09 / 0.13, 0.04 / 0.13];
        let even = shifted(&rule(TargetPrior::default(), &[90, 10]), &learnt);
        assert!((even[0] - 0.2).abs() < 1e-15 && (even[1] - 0.8).abs() < 1e-15, "{even:?}");
        let rare = shifted(&rule(given(&[0.99, 0.01]), &[90, 10]), &learnt);
        let expected = 0.1 * 0.99 / (0.1 * 0.99 + 0.4 * 0.01);
        assert!((rare[0] - expected).abs() < 1e-15, "{rare:?}");
    }

    #[test]
    fn there_and_back_is_where_it_began() {
        let there = shifted(&rule(given(&[0.2, 0.3, 0.5]), &[7, 2, 1]), &[0.6, 0.3, 0.1]);
        let back = shifted(&rule(given(&[7.0, 2.0, 1.0]), &[2, 3, 5]), &there);
        let near = |(a, b): (&f64, &f64)| (a - b).abs() < 1e-15;
        assert!(back.iter().zip(&[0.6, 0.3, 0.1]).all(near), "{back:?}");
    }

    #[test]
    fn a_class_that_was_never_learnt_from_is_never_decided_for() {
        let rule = rule(TargetPrior::default(), &[3, 0, 1]);
        assert_eq!(shifted(&rule, &[0.3, 0.4, 0.3])[1], 0.0);
        assert_eq!(shifted(&rule, &[0.0, 1.0, 0.0]), [0.0, 1.0, 0.0], "nothing else is left");
    }

    #[test]
    fn shares_are_one_for_each_class_and_not_all_nothing() {
        let check = |shares: &[f64]| PriorShift { target: given(shares) }.check(2);
        assert!(check(&[1.0, 0.0]).is_ok());
        assert!(check(&[1.0]).is_err() && check(&[0.0, 0.0]).is_err());
    }
}
