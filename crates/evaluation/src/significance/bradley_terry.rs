//! Strengths of methods from who beat whom: Bradley and Terry's model, on the scale of Elo.
//!
//! ```text
//! P(i beats j) = π_i / (π_i + π_j)
//! MM step:  π_i ← W_i / Σ_j n_ij / (π_i + π_j)
//! Elo_i     = 400 log10 π_i,   of mean 0
//! ```
//!
//! `W_i` the wins of method `i`, ties half, `n_ij` the comparisons of `i` and `j`. The prior adds to every pair that was
//! compared so many comparisons, each a tie: without it a method that always wins is infinitely strong. The steps end when
//! no Elo moves by 1e-9.
//!
//! Source: Bradley, Terry, Biometrika 1952; Hunter, *MM Algorithms for Generalized Bradley–Terry Models*, Annals of Statistics
//! 2004; scale: Elo, *The Rating of Chessplayers*, 1978.
//!
//! Trap: on one data set all comparisons hang together. The spread of the strengths is that over families (`elo_intervals`), not
//! that of the comparisons.

use super::bootstrap::{Resampler, quantile};
use super::interval::Interval;

/// Most steps before the search ends as it is.
const MOST_STEPS: usize = 100_000;

/// Comparisons of methods, `wins[i][j]` how often `i` was better than `j`, a tie being half a win for both.
pub fn wins(scores: &[Vec<Option<f64>>]) -> Vec<Vec<f64>> {
    let k = scores.first().map_or(0, Vec::len);
    let mut wins = vec![vec![0.0; k]; k];
    scores.iter().for_each(|row| add_wins(row, &mut wins));
    wins
}

fn add_wins(row: &[Option<f64>], wins: &mut [Vec<f64>]) {
    for (i, a) in row.iter().enumerate() {
        for (j, b) in row.iter().enumerate() {
            if let (Some(a), Some(b), true) = (a, b, i != j) {
                wins[i][j] += if a == b { 0.5 } else { f64::from(u8::from(b < a)) };
            }
        }
    }
}

/// Elo of each method, of mean 0. `None` where strengths are not finite or not determined: methods fall into groups one of which
/// never won against the rest (with a prior: was never compared with it).
pub fn elo(wins: &[Vec<f64>], prior: f64) -> Option<Vec<f64>> {
    let k = wins.len();
    let with_prior = |i: usize, j: usize| {
        let compared = i != j && 0.0 < wins[i][j] + wins[j][i];
        wins[i][j] + if compared { prior / 2.0 } else { 0.0 }
    };
    let wins: Vec<Vec<f64>> = (0..k).map(|i| (0..k).map(|j| with_prior(i, j)).collect()).collect();
    if !(reaches_all(&wins, |a, b| wins[a][b]) && reaches_all(&wins, |a, b| wins[b][a])) {
        return None;
    }
    let won: Vec<f64> = wins.iter().map(|row| row.iter().sum()).collect();
    let mut strengths = vec![1.0; k];
    for _ in 0..MOST_STEPS {
        let mut next: Vec<f64> = (0..k)
            .map(|i| {
                let met = (0..k).filter(|&j| j != i);
                let sum = met.map(|j| (wins[i][j] + wins[j][i]) / (strengths[i] + strengths[j]));
                won[i] / sum.sum::<f64>()
            })
            .collect();
        let middle = libm::exp(next.iter().map(|s| libm::log(*s)).sum::<f64>() / k as f64);
        next.iter_mut().for_each(|strength| *strength /= middle);
        let moved =
            next.iter().zip(&strengths).map(|(a, b)| (a / b - 1.0).abs()).fold(0.0, f64::max);
        strengths = next;
        // 1e-9 of Elo is 1e-9 ln(10) / 400 of the strength.
        if moved < 1e-9 * std::f64::consts::LN_10 / 400.0 {
            break;
        }
    }
    Some(strengths.iter().map(|strength| 400.0 * libm::log10(*strength)).collect())
}

/// Whether the first method leads to every other one along positive `edge`s.
fn reaches_all(wins: &[Vec<f64>], edge: impl Fn(usize, usize) -> f64) -> bool {
    let mut reached: Vec<usize> = (0..wins.len().min(1)).collect();
    let mut next = 0;
    while let Some(&from) = reached.get(next) {
        reached.extend(
            (0..wins.len())
                .filter(|to| 0.0 < edge(from, *to) && !reached.contains(to))
                .collect::<Vec<_>>(),
        );
        next += 1;
    }
    !wins.is_empty() && reached.len() == wins.len()
}

/// Percentile intervals of Elo at level `1 - alpha`: families of data sets are drawn, then data sets within, `n_replicates` times.
/// `scores` is `[data set][method]`, `families` lists data sets. `None` as [`elo`], in any replicate too: use a prior.
pub fn elo_intervals(
    scores: &[Vec<Option<f64>>],
    families: &[Vec<usize>],
    prior: f64,
    n_replicates: usize,
    alpha: f64,
    seed: u64,
) -> Option<Vec<Interval>> {
    let k = scores.first().map_or(0, Vec::len);
    let (mut resampler, mut drawn) = (Resampler::new(families, seed), Vec::new());
    let mut replicates = vec![Vec::with_capacity(n_replicates); k];
    for _ in 0..n_replicates {
        resampler.draw(&mut drawn);
        let mut wins = vec![vec![0.0; k]; k];
        drawn.iter().for_each(|&set| add_wins(&scores[set], &mut wins));
        replicates.iter_mut().zip(elo(&wins, prior)?).for_each(|(of, elo)| of.push(elo));
    }
    if n_replicates == 0 {
        return None;
    }
    let interval = |mut values: Vec<f64>| {
        values.sort_by(f64::total_cmp);
        let end = |p| quantile(&values, p);
        Interval { low: end(alpha / 2.0), high: end(1.0 - alpha / 2.0), level: 1.0 - alpha }
    };
    Some(replicates.into_iter().map(interval).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ten_to_one_is_four_hundred_points() {
        let points = elo(&[vec![0.0, 10.0], vec![1.0, 0.0]], 0.0).unwrap();
        assert!((points[0] - 200.0).abs() < 1e-6 && (points[1] + 200.0).abs() < 1e-6, "{points:?}");
    }

    #[test]
    fn who_always_wins_needs_a_prior() {
        let always = [vec![0.0, 5.0], vec![0.0, 0.0]];
        assert_eq!(elo(&always, 0.0), None);
        // One tie more: 5.5 to 0.5.
        let points = elo(&always, 1.0).unwrap();
        assert!((points[0] - points[1] - 400.0 * libm::log10(11.0)).abs() < 1e-6, "{points:?}");
        let strangers = [vec![0.0, 1.0, 0.0], vec![1.0, 0.0, 0.0], vec![0.0; 3]];
        assert_eq!(elo(&strangers, 1.0), None, "the third was never compared");
        assert_eq!(elo(&[], 1.0), None);
    }

    #[test]
    fn wins_count_ties_half_and_gaps_not_at_all() {
        let scores = [vec![Some(1.0), Some(2.0), None], vec![Some(1.0), Some(1.0), Some(0.0)]];
        assert_eq!(wins(&scores), [[0.0, 0.5, 1.0], [1.5, 0.0, 1.0], [0.0, 0.0, 0.0]]);
    }

    #[test]
    fn intervals_cover_the_strengths_and_shrink_with_families() {
        let rows = |n: usize| -> Vec<Vec<Option<f64>>> {
            (0..n)
                .map(|i| (0..3).map(|m| Some(((i * 7 + m * 5) % 11) as f64 + m as f64)).collect())
                .collect()
        };
        let width = |n: usize| {
            let families: Vec<Vec<usize>> = (0..n).map(|i| vec![i]).collect();
            let points = elo(&wins(&rows(n)), 1.0).unwrap();
            let intervals = elo_intervals(&rows(n), &families, 1.0, 300, 0.05, 4).unwrap();
            assert!(points.iter().zip(&intervals).all(|(p, i)| i.contains(*p)));
            intervals[0].high - intervals[0].low
        };
        assert!(width(88) < width(11));
    }

    proptest! {
        #[test]
        fn strengths_explain_the_wins(
            rows in prop::collection::vec(prop::collection::vec(0..9_u8, 4), 3..20)
        ) {
            let scores: Vec<Vec<Option<f64>>> =
                rows.iter().map(|row| row.iter().map(|&x| Some(f64::from(x))).collect()).collect();
            let wins = wins(&scores);
            let points = elo(&wins, 1.0).unwrap();
            prop_assert!(points.iter().sum::<f64>().abs() < 1e-6);
            // The likelihood is at its peak where expected wins are the actual ones.
            for i in 0..4 {
                let met = (0..4).filter(|&j| j != i);
                let expected: f64 = met.clone().map(|j| {
                    (wins[i][j] + wins[j][i] + 1.0) / (1.0 + libm::pow(10.0, (points[j] - points[i]) / 400.0))
                }).sum();
                let actual: f64 = met.map(|j| wins[i][j] + 0.5).sum();
                prop_assert!((expected - actual).abs() < 1e-6, "{expected} {actual}");
            }
        }
    }
}
