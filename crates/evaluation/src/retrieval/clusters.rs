//! Rows that have been put into clusters, and what these say of their classes.

use std::collections::BTreeMap;

/// Mutual information of the cluster and the class of a row over the mean of their entropies, of `clusters` and `targets`,
/// `[n_items]`; `None` without rows.
pub(crate) fn mutual_information(clusters: &[u32], targets: &[u32]) -> Option<f64> {
    let n = clusters.len() as f64;
    let (of_clusters, of_classes) = (counts(clusters.iter()), counts(targets.iter()));
    let information = counts(clusters.iter().zip(targets)).into_iter().map(|((c, y), both)| {
        let by_chance = of_clusters[c] * of_classes[y];
        both / n * libm::log(n * both / by_chance)
    });
    let information: f64 = information.sum();
    let entropies = entropy(&of_clusters, n) + entropy(&of_classes, n);
    match clusters.len() {
        0 => None,
        // One cluster and one class are the same partition.
        _ if entropies == 0.0 => Some(1.0),
        // Rounding alone takes it beyond.
        _ => Some((2.0 * information / entropies).clamp(0.0, 1.0)),
    }
}

fn counts<K: Ord>(items: impl Iterator<Item = K>) -> BTreeMap<K, f64> {
    let mut counts = BTreeMap::new();
    items.for_each(|item| *counts.entry(item).or_insert(0.0) += 1.0);
    counts
}

fn entropy<K>(counts: &BTreeMap<K, f64>, n: f64) -> f64 {
    counts.values().map(|count| -count / n * libm::log(count / n)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_that_of_scikit_learn() {
        // Its `normalized_mutual_info_score`, version 1.9.1.
        for (clusters, targets, expected) in [
            (&[0, 0, 1, 1, 2, 2][..], &[0, 0, 0, 1, 1, 1][..], 0.515_803_742_979_388_9),
            (&[0, 1, 1, 1, 0, 2, 2, 3], &[5, 5, 1, 1, 1, 2, 2, 2], 0.557_796_529_089_992_7),
            (&[0, 1, 0, 1], &[0, 0, 1, 1], 0.0),
            (&[3, 3, 9, 9], &[1, 1, 0, 0], 1.0),
            (&[0, 0, 0], &[0, 1, 2], 0.0),
            (&[0, 0, 0], &[4, 4, 4], 1.0),
        ] {
            let ours = mutual_information(clusters, targets).unwrap();
            assert!((ours - expected).abs() < 1e-15, "{ours} {expected}");
        }
        assert_eq!(mutual_information(&[], &[]), None);
    }

    #[test]
    fn names_of_clusters_and_the_order_of_rows_do_not_matter() {
        let one = mutual_information(&[0, 1, 1, 2, 2, 2], &[1, 1, 0, 0, 2, 2]).unwrap();
        let other = mutual_information(&[9, 9, 9, 4, 4, 7], &[2, 2, 0, 0, 1, 1]).unwrap();
        assert!((one - other).abs() < 1e-15);
    }
}
