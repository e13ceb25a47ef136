//! Nemenyi's test of all pairs of methods by their average ranks, and its critical difference.
//!
//! ```text
//! CD   = q_{alpha,k} / sqrt(2) · sqrt(k (k+1) / (6 N))
//! p_ab = P(Q_k > |R_a - R_b| sqrt(2) / sqrt(k (k+1) / (6 N)))
//! ```
//!
//! `k` methods, `N` data sets, `R` average ranks, `Q_k` the studentised range with infinite degrees of freedom. The p-values
//! hold for all pairs at once: they are adjusted already.
//!
//! Source: Nemenyi, *Distribution-free Multiple Comparisons*, Princeton 1963; Demšar, JMLR 2006.
//!
//! Trap: average ranks, and so the verdict on a pair, depend on which other methods are in the pool: Benavoli, Corani,
//! Mangili, *Should We Really Use Post-Hoc Tests Based on Mean-Ranks?*, JMLR 2016.

use super::studentized_range::{studentized_range_quantile, studentized_range_sf};

/// The standard error of a difference of average ranks of `n_methods` over `n_units` data sets.
pub(super) fn rank_error(n_methods: usize, n_units: usize) -> f64 {
    let k = n_methods as f64;
    (k * (k + 1.0) / (6.0 * n_units as f64)).sqrt()
}

/// How far two average ranks have to be apart to differ at `alpha`; `None` with fewer than two methods, without data sets, or
/// unless `alpha` is between 0 and 1.
pub fn critical_difference(n_methods: usize, n_units: usize, alpha: f64) -> Option<f64> {
    let quantile = studentized_range_quantile(alpha, n_methods)?;
    (0 < n_units).then(|| quantile / std::f64::consts::SQRT_2 * rank_error(n_methods, n_units))
}

/// The p-value of each pair, `[method][method]`, symmetric with 1 on the diagonal.
pub fn nemenyi(average_ranks: &[f64], n_units: usize) -> Vec<Vec<f64>> {
    let k = average_ranks.len();
    let error = rank_error(k, n_units) / std::f64::consts::SQRT_2;
    let mut p_values = vec![vec![1.0; k]; k];
    for a in 0..k {
        for b in 0..a {
            let apart = (average_ranks[a] - average_ranks[b]).abs();
            p_values[a][b] = studentized_range_sf(apart / error, k);
            p_values[b][a] = p_values[a][b];
        }
    }
    p_values
}

/// The largest sets of methods none of which is further than `critical_difference` from another: each from its best to its
/// worst, the sets from the best on; sets of one are left out. They are the bars of a critical-difference diagram.
pub fn cliques(average_ranks: &[f64], critical_difference: f64) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..average_ranks.len()).collect();
    order.sort_by(|&a, &b| average_ranks[a].total_cmp(&average_ranks[b]));
    let mut cliques = Vec::new();
    let mut reached = 0;
    for first in 0..order.len() {
        let near = order[first..].iter().take_while(|&&m| {
            average_ranks[m] - average_ranks[order[first]] <= critical_difference
        });
        let end = first + near.count();
        // One that ends no later than the one before is part of it.
        if reached < end && first + 1 < end {
            cliques.push(order[first..end].to_vec());
        }
        reached = reached.max(end);
    }
    cliques
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn demsars_example_has_his_critical_difference() {
        // Section 3.2.2, four classifiers on 14 data sets: 1.12 at 0.10 and 1.25 at 0.05.
        assert!((critical_difference(4, 14, 0.10).unwrap() - 1.118).abs() < 5e-4);
        assert!((critical_difference(4, 14, 0.05).unwrap() - 1.25).abs() < 5e-3);
        assert_eq!(critical_difference(1, 14, 0.05), None);
        assert_eq!(critical_difference(4, 0, 0.05), None);
    }

    #[test]
    fn bars_are_the_largest_and_may_overlap() {
        let ranks = [4.0, 1.0, 2.0, 6.0, 2.5];
        assert_eq!(cliques(&ranks, 1.6), [vec![1, 2, 4], vec![4, 0]]);
        assert_eq!(cliques(&ranks, 9.0), [vec![1, 2, 4, 0, 3]]);
        assert_eq!(cliques(&ranks, 0.1), [[0; 0]; 0]);
        assert_eq!(cliques(&[], 1.0), [[0; 0]; 0]);
    }

    proptest! {
        #[test]
        fn a_pair_differs_where_it_is_further_apart_than_the_critical_difference(
            ranks in prop::collection::vec(1.0..10.0_f64, 2..10), n in 2..60_usize
        ) {
            let critical = critical_difference(ranks.len(), n, 0.05).unwrap();
            let p = nemenyi(&ranks, n);
            for a in 0..ranks.len() {
                for b in 0..ranks.len() {
                    let apart = (ranks[a] - ranks[b]).abs();
                    prop_assert_eq!(p[a][b], p[b][a]);
                    prop_assert!((apart - critical).abs() < 1e-9 || (p[a][b] < 0.05) == (critical < apart));
                }
            }
        }

        #[test]
        fn two_methods_share_a_bar_where_they_do_not_differ(
            ranks in prop::collection::vec((2..20_u8).prop_map(|r| f64::from(r) / 2.0), 1..10),
            critical in 0.0..6.0_f64,
        ) {
            let bars = cliques(&ranks, critical);
            for a in 0..ranks.len() {
                for b in 0..a {
                    let shared = bars.iter().any(|bar| bar.contains(&a) && bar.contains(&b));
                    prop_assert_eq!(shared, (ranks[a] - ranks[b]).abs() <= critical);
                }
            }
        }
    }
}
