//! p-values of several tests, adjusted so that one threshold serves all of them.
//!
//! With `p_(1) <= ... <= p_(m)` the p-values in ascending order,
//!
//! ```text
//! Holm:               max_{j <= i} min(1, (m - j + 1) p_(j))
//! Hommel:             the least alpha at which the closed test with Simes' inequality rejects the i-th
//! Benjamini–Hochberg: min_{j >= i} min(1, m p_(j) / j)
//! ```
//!
//! Holm and Hommel bound the chance of one false alarm or more, Holm whatever the tests depend on, Hommel if they are
//! independent or depend positively; Benjamini and Hochberg bound the expected share of false alarms among the alarms.
//!
//! Source: Holm, Scandinavian Journal of Statistics 1979; Hommel, Biometrika 1988 (computed as in Wright, Biometrics
//! 1992); Benjamini, Hochberg, JRSS B 1995.
//!
//! Trap: the results stand in the order of the input. A test that was not made has no p-value: leave it out, do not
//! pass NaN.

/// Holm's adjusted p-values.
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    let m = p_values.len();
    let mut least = 0.0_f64;
    in_order(p_values, |sorted| {
        for (i, p) in sorted.iter_mut().enumerate() {
            least = least.max((m - i) as f64 * *p);
            *p = least;
        }
    })
}

/// Hommel's adjusted p-values: never above Holm's.
pub fn hommel(p_values: &[f64]) -> Vec<f64> {
    let m = p_values.len();
    in_order(p_values, |sorted| {
        let given = sorted.to_vec();
        for size in (2..=m).rev() {
            let factor = size as f64;
            let largest = m - size;
            let simes = given[largest..]
                .iter()
                .enumerate()
                .map(|(i, p)| factor * p / (i + 1) as f64)
                .fold(f64::INFINITY, f64::min);
            for (i, p) in sorted.iter_mut().enumerate() {
                let bound = if largest <= i { simes } else { simes.min(factor * given[i]) };
                *p = p.max(bound);
            }
        }
    })
}

/// Benjamini and Hochberg's adjusted p-values.
pub fn benjamini_hochberg(p_values: &[f64]) -> Vec<f64> {
    let m = p_values.len() as f64;
    in_order(p_values, |sorted| {
        let mut most = f64::INFINITY;
        for (i, p) in sorted.iter_mut().enumerate().rev() {
            most = most.min(m * *p / (i + 1) as f64);
            *p = most;
        }
    })
}

/// What `adjust` makes of the sorted p-values, at most 1 each, put back in the order of the input.
fn in_order(p_values: &[f64], adjust: impl FnOnce(&mut [f64])) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|&a, &b| p_values[a].total_cmp(&p_values[b]));
    let mut sorted: Vec<f64> = order.iter().map(|&i| p_values[i]).collect();
    adjust(&mut sorted);
    let mut adjusted = vec![0.0; p_values.len()];
    order.into_iter().zip(sorted).for_each(|(i, p)| adjusted[i] = p.min(1.0));
    adjusted
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Adjust = fn(&[f64]) -> Vec<f64>;
    const ALL: [Adjust; 3] = [holm, hommel, benjamini_hochberg];

    #[test]
    fn one_test_is_not_adjusted_and_none_has_nothing() {
        for adjust in ALL {
            assert_eq!(adjust(&[0.03]), [0.03]);
            assert_eq!(adjust(&[]), [0.0; 0]);
        }
    }

    fn p_values() -> impl Strategy<Value = Vec<f64>> {
        prop::collection::vec((0..=64_u8).prop_map(|p| f64::from(p) / 64.0), 1..14)
    }

    proptest! {
        #[test]
        fn adjusting_never_lowers_nor_changes_the_order(p in p_values()) {
            for adjust in ALL {
                let adjusted = adjust(&p);
                for i in 0..p.len() {
                    prop_assert!(p[i] <= adjusted[i] && adjusted[i] <= 1.0);
                    for j in 0..p.len() {
                        prop_assert!(p[j] < p[i] || adjusted[i] <= adjusted[j]);
                    }
                }
            }
        }

        #[test]
        fn a_larger_p_lowers_none(p in p_values(), which in 0..14_usize) {
            let mut larger = p.clone();
            let which = which % p.len();
            larger[which] = f64::midpoint(larger[which], 1.0);
            for adjust in ALL {
                prop_assert!(adjust(&p).iter().zip(adjust(&larger)).all(|(a, b)| *a <= b));
            }
        }

        #[test]
        fn hommel_is_between_the_false_discovery_rate_and_holm(p in p_values()) {
            let (least, middle, most) = (benjamini_hochberg(&p), hommel(&p), holm(&p));
            for i in 0..p.len() {
                prop_assert!(least[i] <= middle[i] + 1e-12 && middle[i] <= most[i] + 1e-12);
            }
        }

        #[test]
        fn the_order_of_the_tests_does_not_matter(p in p_values()) {
            let backwards: Vec<f64> = p.iter().rev().copied().collect();
            for adjust in ALL {
                let mut again = adjust(&backwards);
                again.reverse();
                prop_assert_eq!(adjust(&p), again);
            }
        }
    }
}
