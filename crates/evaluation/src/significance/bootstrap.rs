//! Bootstrap intervals of a statistic of data sets that come in families.
//!
//! A replicate draws as many families as there are, with replacement, and of each as many of its data sets as it has, with
//! replacement too. With `θ` the statistic, `θ*_1 <= ... <= θ*_B` its replicates, `θ_(-f)` without family `f`:
//!
//! ```text
//! percentile: [θ*(α/2), θ*(1 - α/2)]
//! BCa:        [θ*(a_1), θ*(a_2)],   a = Φ(z0 + (z0 + z_a) / (1 - â (z0 + z_a)))
//! z0 = Φ⁻¹(share of θ* below θ, ties half)
//! â  = Σ (m - θ_(-f))³ / (6 [Σ (m - θ_(-f))²]^{3/2}),   m the mean of θ_(-f)
//! ```
//!
//! `θ*(p)` interpolates linearly between replicates, `z_a` is `Φ⁻¹(α/2)` or `Φ⁻¹(1 - α/2)`.
//!
//! Source: Efron, *Better Bootstrap Confidence Intervals*, JASA 1987; two stages: Davison, Hinkley, *Bootstrap Methods and
//! their Application*, 1997, section 3.8.
//!
//! Trap: below a dozen families both intervals are too narrow: nothing resampled is more varied than what was measured.

use statrs::distribution::{ContinuousCDF, Normal};

use super::draws::Draws;
use super::interval::Interval;

/// Draws data sets: families first, then data sets within each.
pub struct Resampler<'a> {
    families: &'a [Vec<usize>],
    draws: Draws,
}

impl<'a> Resampler<'a> {
    /// `families` lists the data sets of each, as numbers that mean something to the statistic. Equal seeds draw equally.
    pub fn new(families: &'a [Vec<usize>], seed: u64) -> Self {
        Resampler { families, draws: Draws::new(seed) }
    }

    /// The data sets of one replicate, family by family, in the place of what `drawn` held.
    pub fn draw(&mut self, drawn: &mut Vec<usize>) {
        drawn.clear();
        for _ in 0..self.families.len() {
            let family = &self.families[self.draws.below(self.families.len())];
            drawn.extend((0..family.len()).map(|_| family[self.draws.below(family.len())]));
        }
    }
}

/// A statistic and its replicates.
#[derive(Clone, Debug, PartialEq)]
pub struct Bootstrap {
    /// The statistic of all data sets.
    pub estimate: f64,
    /// Ascending.
    replicates: Vec<f64>,
    /// The statistic without each family in turn.
    without: Vec<f64>,
}

/// `n_replicates` of `statistic`, which is given data sets, some of them several times. `None` with fewer than two families, one of
/// them empty, without replicates, or where the statistic is no number.
pub fn bootstrap(
    families: &[Vec<usize>],
    n_replicates: usize,
    seed: u64,
    mut statistic: impl FnMut(&[usize]) -> f64,
) -> Option<Bootstrap> {
    if families.len() < 2 || families.iter().any(Vec::is_empty) || n_replicates == 0 {
        return None;
    }
    let estimate = statistic(&families.concat());
    let without: Vec<f64> = (0..families.len())
        .map(|left_out| {
            let rest: Vec<usize> = families
                .iter()
                .enumerate()
                .filter(|(f, _)| *f != left_out)
                .flat_map(|(_, s)| s)
                .copied()
                .collect();
            statistic(&rest)
        })
        .collect();
    let (mut resampler, mut drawn) = (Resampler::new(families, seed), Vec::new());
    let mut replicates: Vec<f64> = (0..n_replicates)
        .map(|_| {
            resampler.draw(&mut drawn);
            statistic(&drawn)
        })
        .collect();
    replicates.sort_by(f64::total_cmp);
    let finite = replicates.iter().chain(&without).all(|value| value.is_finite());
    (finite && estimate.is_finite()).then_some(Bootstrap { estimate, replicates, without })
}

impl Bootstrap {
    /// The percentile interval at level `1 - alpha`.
    pub fn percentile(&self, alpha: f64) -> Interval {
        self.between(alpha / 2.0, 1.0 - alpha / 2.0, alpha)
    }

    /// The bias-corrected and accelerated interval at level `1 - alpha`; `None` where the estimate is outside of all replicates.
    pub fn bca(&self, alpha: f64) -> Option<Interval> {
        let normal = Normal::standard();
        let n = self.replicates.len() as f64;
        let below = self.replicates.partition_point(|value| *value < self.estimate);
        let up_to = self.replicates.partition_point(|value| *value <= self.estimate);
        let share = f64::midpoint(below as f64, up_to as f64) / n;
        if !(0.0 < share && share < 1.0) {
            return None;
        }
        let bias = normal.inverse_cdf(share);
        let acceleration = self.acceleration();
        let end = |p: f64| {
            let z = bias + normal.inverse_cdf(p);
            normal.cdf(bias + z / (1.0 - acceleration * z))
        };
        Some(self.between(end(alpha / 2.0), end(1.0 - alpha / 2.0), alpha))
    }

    /// `â`; 0 where leaving out a family changes nothing.
    fn acceleration(&self) -> f64 {
        let mean = self.without.iter().sum::<f64>() / self.without.len() as f64;
        let (mut squares, mut cubes) = (0.0, 0.0);
        for value in &self.without {
            let off = mean - value;
            squares += off * off;
            cubes += off * off * off;
        }
        if squares == 0.0 { 0.0 } else { cubes / (6.0 * squares * squares.sqrt()) }
    }

    fn between(&self, low: f64, high: f64, alpha: f64) -> Interval {
        Interval {
            low: quantile(&self.replicates, low),
            high: quantile(&self.replicates, high),
            level: 1.0 - alpha,
        }
    }
}

/// The value below which a share `p` of `sorted` lies, linear between neighbours. `sorted` is not empty.
pub(super) fn quantile(sorted: &[f64], p: f64) -> f64 {
    let place = p.clamp(0.0, 1.0) * (sorted.len() - 1) as f64;
    let (low, high) = (sorted[place.floor() as usize], sorted[place.ceil() as usize]);
    low + (high - low) * place.fract()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn mean_of(values: &[f64]) -> impl Fn(&[usize]) -> f64 {
        move |drawn| drawn.iter().map(|&i| values[i]).sum::<f64>() / drawn.len() as f64
    }

    #[test]
    fn equal_seeds_give_equal_replicates_and_others_do_not() {
        let families: Vec<Vec<usize>> = (0..8).map(|i| vec![i]).collect();
        let values: Vec<f64> = (0..8).map(f64::from).collect();
        let run = |seed| bootstrap(&families, 200, seed, mean_of(&values)).unwrap();
        assert_eq!(run(1), run(1));
        assert_ne!(run(1), run(2));
    }

    #[test]
    fn families_are_drawn_whole() {
        // Siblings that agree are one piece of evidence: the interval is as wide as that of two values, not of twenty.
        let families = [(0..10).collect(), (10..20).collect::<Vec<usize>>()];
        let values: Vec<f64> = (0..20).map(|i| f64::from(i / 10)).collect();
        let interval = bootstrap(&families, 500, 0, mean_of(&values)).unwrap().percentile(0.05);
        assert_eq!((interval.low, interval.high), (0.0, 1.0));
    }

    #[test]
    fn what_cannot_be_resampled_has_no_interval() {
        let values = [1.0, 2.0];
        assert_eq!(bootstrap(&[vec![0, 1]], 100, 0, mean_of(&values)), None, "one family");
        assert_eq!(bootstrap(&[vec![0], vec![]], 100, 0, mean_of(&values)), None);
        assert_eq!(bootstrap(&[vec![0], vec![1]], 0, 0, mean_of(&values)), None);
        assert_eq!(bootstrap(&[vec![0], vec![1]], 9, 0, |_| f64::NAN), None);
    }

    #[test]
    fn quantiles_are_interpolated() {
        assert_eq!(quantile(&[1.0, 2.0, 4.0], 0.75), 3.0);
        assert_eq!((quantile(&[1.0, 2.0], 0.0), quantile(&[1.0, 2.0], 1.0)), (1.0, 2.0));
    }

    proptest! {
        #[test]
        fn both_intervals_go_with_scale_and_shift(values in prop::collection::vec((-50..50_i32).prop_map(f64::from), 4..12)) {
            let families: Vec<Vec<usize>> = (0..values.len()).map(|i| vec![i]).collect();
            let moved: Vec<f64> = values.iter().map(|x| 2.0 * x + 1.0).collect();
            let plain = bootstrap(&families, 200, 5, mean_of(&values)).unwrap();
            let other = bootstrap(&families, 200, 5, mean_of(&moved)).unwrap();
            let (a, b) = (plain.percentile(0.1), other.percentile(0.1));
            prop_assert!((b.low - 2.0 * a.low - 1.0).abs() < 1e-9 && (b.high - 2.0 * a.high - 1.0).abs() < 1e-9);
            if let Some(interval) = plain.bca(0.1) {
                prop_assert!(interval.low <= interval.high);
                prop_assert!(plain.replicates[0] <= interval.low && interval.high <= *plain.replicates.last().unwrap());
            }
        }
    }
}
