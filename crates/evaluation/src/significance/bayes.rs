//! How probable it is that a method is better, practically the same, or worse: the Bayesian signed-rank test over data
//! sets, and the correlated t over splits of one data set.
//!
//! ```text
//! signed rank:  w ~ Dirichlet(s, 1, ..., 1) over the differences z_0 = 0, z_1, ..., z_n
//!               better = Σ_{ij} w_i w_j [z_i + z_j > 2 ρ],  worse likewise below -2 ρ,  same = the rest
//!               probability of each: how often it is the largest of the three among draws of w
//! correlated t: mean difference ~ Student(n - 1) about mean(d), of scale sqrt((1/n + n_test/n_train) s²)
//!               better = P(> ρ), same = P(-ρ..ρ), worse = P(< -ρ)
//! ```
//!
//! `ρ` is half the width of the region of practical equivalence (ROPE), `s` the strength of the prior, a pseudo-difference of
//! zero (1 by default in baycomp). With `ρ = 0` what ties is shared between both sides, and nothing is the same.
//!
//! Source: Benavoli, Corani, Demšar, Zaffalon, *Time for a Change: a Tutorial for Comparing Multiple Classifiers Through Bayesian
//! Analysis*, JMLR 2017; Corani, Benavoli, Machine Learning 2015 (correlated t).
//!
//! Trap: the signed-rank probabilities are of the draws, not exact: `error` is their standard error. They say how the
//! median of *such* data sets lies, given the prior, and are not p-values.

use statrs::distribution::{ContinuousCDF, StudentsT};

use super::draws::Draws;
use super::resampled::TTest;

/// Probabilities that add to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Posterior {
    /// Above the region of practical equivalence.
    pub better: f64,
    /// Within it.
    pub same: f64,
    /// Below it.
    pub worse: f64,
    /// The largest standard error of the three that comes from drawing; 0 where nothing is drawn.
    pub error: f64,
}

/// How the signed-rank posterior is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BayesSettings {
    /// Half the width of the region of practical equivalence.
    pub rope: f64,
    /// Strength of the prior, above 0: how many differences of zero it counts for.
    pub prior: f64,
    /// Number of draws.
    pub n_draws: u32,
    /// Seed of the draws.
    pub seed: u64,
}

impl Default for BayesSettings {
    fn default() -> Self {
        BayesSettings { rope: 0.01, prior: 1.0, n_draws: 50_000, seed: 0 }
    }
}

/// The Bayesian signed-rank test of differences, one a data set or family. `None` of nothing, of what is no number, without
/// draws, with a negative region or without a prior.
pub fn bayes_signed_rank(differences: &[f64], settings: &BayesSettings) -> Option<Posterior> {
    let BayesSettings { rope, prior, n_draws, seed } = *settings;
    let finite = differences.iter().all(|difference| difference.is_finite());
    if differences.is_empty() || !finite || n_draws == 0 || !(0.0 <= rope && 0.0 < prior) {
        return None;
    }
    let mut sorted = vec![(0.0, true)];
    sorted.extend(differences.iter().map(|&d| (d, false)));
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let values: Vec<f64> = sorted.iter().map(|(value, _)| *value).collect();
    let bounds: Vec<Bounds> = values.iter().map(|&z| Bounds::of(&values, z, rope)).collect();

    let mut draws = Draws::new(seed);
    let mut up_to = vec![0.0; values.len() + 1];
    // Twice how often each is the largest: a tie of both sides is half a time for either.
    let (mut better, mut worse) = (0_u64, 0_u64);
    for _ in 0..n_draws {
        for (i, (_, is_prior)) in sorted.iter().enumerate() {
            let weight = if *is_prior { draws.gamma(prior) } else { draws.exponential() };
            up_to[i + 1] = up_to[i] + weight;
        }
        let total = up_to[values.len()];
        let (mut above, mut below) = (0.0, 0.0);
        for (i, bound) in bounds.iter().enumerate() {
            let weight = up_to[i + 1] - up_to[i];
            above += weight * (total - f64::midpoint(up_to[bound.above.0], up_to[bound.above.1]));
            below += weight * f64::midpoint(up_to[bound.below.0], up_to[bound.below.1]);
        }
        let within = if rope == 0.0 { 0.0 } else { total * total - above - below };
        if within < above.max(below) {
            better += 2 * u64::from(below < above) + u64::from(above == below);
            worse += 2 * u64::from(above < below) + u64::from(above == below);
        }
    }
    let n = f64::from(n_draws);
    let (better, worse) = (better as f64 / (2.0 * n), worse as f64 / (2.0 * n));
    let same = (1.0 - better - worse).max(0.0);
    let variance = [better, same, worse].map(|p| p * (1.0 - p) / n).into_iter().fold(0.0, f64::max);
    Some(Posterior { better, same, worse, error: variance.sqrt() })
}

/// Of the sorted differences, where those begin and end that tie with the edges of the region, seen from one of them.
struct Bounds {
    /// Sums from the second on are above the region; between both they are on its upper edge, which counts half.
    above: (usize, usize),
    /// Sums before the first are below the region; between both they are on its lower edge.
    below: (usize, usize),
}

impl Bounds {
    fn of(sorted: &[f64], z: f64, rope: f64) -> Self {
        let edge = |edge: f64| {
            let first = sorted.partition_point(|other| z + other < edge);
            (first, sorted.partition_point(|other| z + other <= edge))
        };
        Bounds { above: edge(2.0 * rope), below: edge(-2.0 * rope) }
    }
}

/// The correlated t: the posterior of the mean difference of a corrected resampled t-test under a flat prior. `None` where
/// differences have no spread.
pub fn bayes_correlated_t(test: &TTest, rope: f64) -> Option<Posterior> {
    if test.standard_error == 0.0 {
        return None;
    }
    let student = StudentsT::new(test.mean, test.standard_error, test.degrees).ok()?;
    let (better, worse) = (student.sf(rope), student.cdf(-rope));
    Some(Posterior { better, same: (1.0 - better - worse).max(0.0), worse, error: 0.0 })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::significance::resampled::paired_t;

    fn few(rope: f64) -> BayesSettings {
        BayesSettings { rope, n_draws: 500, ..BayesSettings::default() }
    }

    #[test]
    fn what_wins_everywhere_by_far_is_better_and_what_hardly_differs_is_the_same() {
        let won = bayes_signed_rank(&[0.2; 12], &few(0.01)).unwrap();
        assert!(0.99 < won.better && won.error < 0.01, "{won:?}");
        let equal = bayes_signed_rank(&[0.001; 12], &few(0.01)).unwrap();
        assert_eq!(equal.same, 1.0);
    }

    #[test]
    fn differences_of_zero_without_a_region_are_split_evenly() {
        let none = bayes_signed_rank(&[0.0; 5], &few(0.0)).unwrap();
        assert_eq!((none.better, none.same, none.worse), (0.5, 0.0, 0.5));
        assert_eq!(bayes_signed_rank(&[], &few(0.0)), None);
        assert_eq!(bayes_correlated_t(&paired_t(&[0.0; 5]).unwrap(), 0.0), None);
    }

    proptest! {
        #[test]
        fn probabilities_add_to_one_and_turn_around_with_the_signs(
            d in prop::collection::vec(-0.1..0.1_f64, 2..15), rope in 0.0..0.05_f64
        ) {
            let swapped: Vec<f64> = d.iter().map(|d| -d).collect();
            let posterior = bayes_signed_rank(&d, &few(rope)).unwrap();
            let other = bayes_signed_rank(&swapped, &few(rope)).unwrap();
            prop_assert!((posterior.better + posterior.same + posterior.worse - 1.0).abs() < 1e-12);
            // Six standard errors of 500 draws each.
            prop_assert!((posterior.better - other.worse).abs() < 6.0 * (0.5_f64 / 500.0).sqrt());
            let t = bayes_correlated_t(&paired_t(&d).unwrap(), rope).unwrap();
            prop_assert!((t.better + t.same + t.worse - 1.0).abs() < 1e-12);
        }
    }
}
