//! Training rows with every feature in bins.

/// Bins of a feature: a byte names one.
pub(super) const MOST_BINS: usize = 255;

/// Features whose bins stand side by side.
pub(super) const LANES: usize = 16;

/// Training rows with every feature in bins.
#[derive(Clone, Debug)]
pub struct Binned {
    n_rows: usize,
    /// Upper ends of the bins of each feature but the last, ascending.
    cuts: Vec<Vec<f32>>,
    groups: Vec<Group>,
}

/// A few features side by side, so that the sums of one do not wait for those of another.
#[derive(Clone, Debug)]
pub(super) struct Group {
    /// At most [`LANES`].
    pub(super) features: Vec<usize>,
    /// Of the feature that has most.
    pub(super) n_bins: usize,
    /// `[n_rows]`; 0 in a lane without a feature.
    pub(super) bins: Vec<[u8; LANES]>,
}

impl Binned {
    /// Bins `features`, `[n_rows, n_features]` row by row and finite. A feature with few values has a bin for
    /// each; one with more has cuts at its quantiles.
    pub fn new(features: &[f32], n_features: usize) -> Self {
        let n_rows = features.len().checked_div(n_features).unwrap_or(0);
        let (mut cuts, mut columns) = (Vec::new(), Vec::new());
        for feature in 0..n_features {
            let values: Vec<f32> =
                features.iter().skip(feature).step_by(n_features).copied().collect();
            let of_feature = cuts_of(&values);
            let bin = |x: &f32| of_feature.partition_point(|cut| cut < x) as u8;
            columns.push(values.iter().map(bin).collect::<Vec<u8>>());
            cuts.push(of_feature);
        }
        // Nothing can be split by a constant; features with two bins are summed in a way of their own.
        let (two, more): (Vec<usize>, Vec<usize>) = (0..n_features)
            .filter(|&feature| !cuts[feature].is_empty())
            .partition(|&feature| cuts[feature].len() == 1);
        let groups = two.chunks(LANES).chain(more.chunks(LANES)).map(|features| {
            let mut bins = vec![[0; LANES]; n_rows];
            for (lane, &feature) in features.iter().enumerate() {
                bins.iter_mut().zip(&columns[feature]).for_each(|(bins, &bin)| bins[lane] = bin);
            }
            let n_bins = features.iter().map(|&feature| cuts[feature].len() + 1).max();
            Group { features: features.to_vec(), n_bins: n_bins.unwrap_or(1), bins }
        });
        let groups = groups.collect();
        Binned { n_rows, cuts, groups }
    }

    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// Upper ends of the bins of a feature but the last.
    pub(super) fn cuts(&self, feature: usize) -> &[f32] {
        &self.cuts[feature]
    }

    /// The features that are not constant: those with two bins, then those with more.
    pub(super) fn groups(&self) -> &[Group] {
        &self.groups
    }
}

fn cuts_of(values: &[f32]) -> Vec<f32> {
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f32::total_cmp);
    let mut distinct = sorted.clone();
    distinct.dedup();
    if distinct.len() <= MOST_BINS {
        return distinct.windows(2).map(|pair| between(pair[0], pair[1])).collect();
    }
    let quantile = |i: usize| sorted[i * (sorted.len() - 1) / MOST_BINS];
    let mut cuts: Vec<f32> = (1..MOST_BINS).map(quantile).collect();
    cuts.dedup();
    cuts
}

/// A number that is at least `low` and below `high`.
fn between(low: f32, high: f32) -> f32 {
    let middle = low + (high - low) / 2.0;
    if middle < high { middle } else { low }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_row_falls_on_the_side_its_bin_says(
            values in prop::collection::vec(-1e3_f32..1e3, 4..600),
        ) {
            let values = &values[..values.len() / 2 * 2];
            let data = Binned::new(values, 2);
            for group in data.groups() {
                for (lane, &feature) in group.features.iter().enumerate() {
                    prop_assert!(data.cuts(feature).len() < MOST_BINS);
                    for (row, bins) in values.chunks(2).zip(&group.bins) {
                        for (i, &cut) in data.cuts(feature).iter().enumerate() {
                            prop_assert_eq!(row[feature] <= cut, bins[lane] as usize <= i);
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn every_feature_that_is_not_constant_is_in_one_group_of_its_kind() {
        // One constant, and of every three others two indicators.
        let feature = |row: usize, feature: usize| match feature {
            0 => 7.0,
            _ if feature.is_multiple_of(3) => row as f32,
            _ => ((row + feature) % 2) as f32,
        };
        let rows = (0..9).flat_map(|row| (0..100).map(move |i| feature(row, i)));
        let data = Binned::new(&rows.collect::<Vec<f32>>(), 100);
        let mut features: Vec<usize> = Vec::new();
        for group in data.groups() {
            assert!(group.features.len() <= LANES);
            for &feature in &group.features {
                let n_bins = if feature.is_multiple_of(3) { 9 } else { 2 };
                assert_eq!((data.cuts(feature).len() + 1, group.n_bins), (n_bins, n_bins));
            }
            features.extend(&group.features);
        }
        features.sort_unstable();
        assert_eq!(features, (1..100).collect::<Vec<usize>>());
    }
}
