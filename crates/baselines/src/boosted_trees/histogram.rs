//! Gradients and curvatures of rows, summed by bin.

use pulp::{Arch, Simd, WithSimd};

use crate::boosted_trees::binned::{Group, LANES};

/// A training row in a node.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub(super) index: u32,
    pub(super) gradient: f64,
    pub(super) hessian: f64,
}

/// Sums over the rows of a bin or a node.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Sums {
    pub(super) gradient: f64,
    pub(super) hessian: f64,
    pub(super) n_rows: u32,
}

impl Sums {
    /// Over `rows`, in their order.
    pub(super) fn of(rows: &[Row]) -> Sums {
        let mut sums = Sums::default();
        rows.iter().for_each(|row| sums.add(row));
        sums
    }

    fn add(&mut self, row: &Row) {
        self.gradient += row.gradient;
        self.hessian += row.hessian;
        self.n_rows += 1;
    }

    pub(super) fn plus(self, other: Sums) -> Sums {
        Sums {
            gradient: self.gradient + other.gradient,
            hessian: self.hessian + other.hessian,
            n_rows: self.n_rows + other.n_rows,
        }
    }

    pub(super) fn minus(self, other: Sums) -> Sums {
        Sums {
            gradient: self.gradient - other.gradient,
            // The rounding of a difference may leave less than nothing.
            hessian: (self.hessian - other.hessian).max(0.0),
            n_rows: self.n_rows - other.n_rows,
        }
    }

    pub(super) fn score(self, lambda: f64) -> f64 {
        let below = self.hessian + lambda;
        if 0.0 < below { self.gradient * self.gradient / below } else { 0.0 }
    }
}

/// The sums of a group of features by bin, `[n_bins][LANES]`; the highest bin of all is left out, as nothing
/// lies beyond it. Whatever the path, a sum runs over the rows in their order.
#[derive(Default)]
pub(super) struct Histogram {
    bins: Vec<[Sums; LANES]>,
}

impl Histogram {
    /// The sums of `rows`.
    pub(super) fn fill(&mut self, group: &Group, rows: &[Row]) {
        self.bins.clear();
        if group.n_bins == 2 {
            self.bins.push(Arch::new().dispatch(BinZero { bins: &group.bins, rows }));
            return;
        }
        self.bins.resize(group.n_bins, [Sums::default(); LANES]);
        for row in rows {
            let bins = &group.bins[row.index as usize];
            for (lane, &bin) in bins.iter().enumerate().take(group.features.len()) {
                self.bins[bin as usize][lane].add(row);
            }
        }
    }

    /// The sums of the feature in `lane`, from the lowest bin to the last but one of `n_bins`.
    pub(super) fn below_the_last(&self, lane: usize, n_bins: usize) -> impl Iterator<Item = Sums> {
        self.bins[..n_bins - 1].iter().map(move |bin| bin[lane])
    }
}

/// The sums of bin 0. Every row adds to every lane, 0 where it is in another bin: without a branch, and to sums
/// that stay in registers. To add 0 changes no bits, as a sum that begins at 0 is never -0.
struct BinZero<'a> {
    bins: &'a [[u8; LANES]],
    rows: &'a [Row],
}

impl WithSimd for BinZero<'_> {
    type Output = [Sums; LANES];

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> [Sums; LANES] {
        let (mut gradients, mut hessians, mut n_rows) = ([0.0; LANES], [0.0; LANES], [0; LANES]);
        for &Row { index, gradient, hessian } in self.rows {
            let bins = self.bins[index as usize];
            for lane in 0..LANES {
                // All ones in bin 0, all zeros in bin 1.
                let mask = u64::from(bins[lane]).wrapping_sub(1);
                gradients[lane] += f64::from_bits(gradient.to_bits() & mask);
                hessians[lane] += f64::from_bits(hessian.to_bits() & mask);
                n_rows[lane] += mask & 1;
            }
        }
        std::array::from_fn(|lane| Sums {
            gradient: gradients[lane],
            hessian: hessians[lane],
            n_rows: n_rows[lane] as u32,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::boosted_trees::binned::Binned;

    proptest! {
        #[test]
        fn sums_are_those_of_one_feature_after_the_other(
            values in prop::collection::vec((any::<bool>(), 0_u8..9, 0_u8..255), 1..200),
            gradients in prop::collection::vec(-1.0_f64..1.0, 200),
            step in 1_usize..4,
        ) {
            let features: Vec<f32> = values
                .iter()
                .flat_map(|&(flag, few, many)| [f32::from(u8::from(flag)), f32::from(few), f32::from(many)])
                .collect();
            let data = Binned::new(&features, 3);
            let rows: Vec<Row> = (0..values.len())
                .step_by(step)
                .map(|i| Row { index: i as u32, gradient: gradients[i], hessian: gradients[i].abs() })
                .collect();
            let mut histogram = Histogram::default();
            for group in data.groups() {
                histogram.fill(group, &rows);
                for (lane, &feature) in group.features.iter().enumerate() {
                    let n_bins = data.cuts(feature).len() + 1;
                    let mut plain = vec![Sums::default(); n_bins];
                    rows.iter().for_each(|row| plain[group.bins[row.index as usize][lane] as usize].add(row));
                    let sums: Vec<Sums> = histogram.below_the_last(lane, n_bins).collect();
                    prop_assert_eq!(&sums[..], &plain[..n_bins - 1]);
                }
            }
        }
    }
}
