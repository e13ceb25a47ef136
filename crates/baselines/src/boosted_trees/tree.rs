//! One tree, grown level by level on histograms of gradients and curvatures.

use std::ops::Range;

use crate::boosted_trees::BoostedTrees;

/// Bins of a feature: a byte names one.
const MOST_BINS: usize = 255;

/// Training rows with every feature in bins.
#[derive(Clone, Debug)]
pub struct Binned {
    n_rows: usize,
    /// Upper ends of the bins of each feature but the last, ascending.
    cuts: Vec<Vec<f32>>,
    /// `[n_features][n_rows]`.
    bins: Vec<Vec<u8>>,
}

impl Binned {
    /// Bins `features`, `[n_rows, n_features]` row by row and finite. A feature with few values has a bin for
    /// each; one with more has cuts at its quantiles.
    pub fn new(features: &[f32], n_features: usize) -> Self {
        let n_rows = features.len().checked_div(n_features).unwrap_or(0);
        let (mut cuts, mut bins) = (Vec::new(), Vec::new());
        for feature in 0..n_features {
            let values: Vec<f32> =
                features.iter().skip(feature).step_by(n_features).copied().collect();
            let of_feature = cuts_of(&values);
            let bin = |x: &f32| of_feature.partition_point(|cut| cut < x) as u8;
            bins.push(values.iter().map(bin).collect());
            cuts.push(of_feature);
        }
        Binned { n_rows, cuts, bins }
    }

    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.n_rows
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

/// A regression tree.
#[derive(Clone, Debug, PartialEq)]
pub struct Tree {
    nodes: Vec<Node>,
}

#[derive(Clone, Debug, PartialEq)]
enum Node {
    Leaf { value: f64 },
    Split { feature: usize, cut: f32, left: usize, right: usize },
}

/// Sums over the rows of a bin or a node.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    gradient: f64,
    hessian: f64,
    n_rows: u32,
}

impl Sums {
    fn add(&mut self, gradient: f64, hessian: f64) {
        self.gradient += gradient;
        self.hessian += hessian;
        self.n_rows += 1;
    }

    fn plus(self, other: Sums) -> Sums {
        Sums {
            gradient: self.gradient + other.gradient,
            hessian: self.hessian + other.hessian,
            n_rows: self.n_rows + other.n_rows,
        }
    }

    fn minus(self, other: Sums) -> Sums {
        Sums {
            gradient: self.gradient - other.gradient,
            // The rounding of a difference may leave less than nothing.
            hessian: (self.hessian - other.hessian).max(0.0),
            n_rows: self.n_rows - other.n_rows,
        }
    }

    fn score(self, lambda: f64) -> f64 {
        let below = self.hessian + lambda;
        if 0.0 < below { self.gradient * self.gradient / below } else { 0.0 }
    }
}

/// The best split of a node.
struct Split {
    gain: f64,
    feature: usize,
    /// Rows in this bin and those below it go left.
    bin: u8,
}

/// A node that may still be split.
struct Open {
    node: usize,
    /// Its rows, as a range of the order.
    rows: Range<usize>,
    sums: Sums,
    depth: u8,
}

/// Gains below this are rounding.
const SMALLEST_GAIN: f64 = 1e-10;

impl Tree {
    /// Grows a tree to `gradients` and `hessians`, `[n_rows]`. Rows whose gradient and curvature are both 0
    /// are not looked at. Ties go to the first feature and the lowest cut.
    pub fn grow(data: &Binned, gradients: &[f64], hessians: &[f64], spec: &BoostedTrees) -> Tree {
        let counts = |&row: &u32| gradients[row as usize] != 0.0 || hessians[row as usize] != 0.0;
        let mut order: Vec<u32> = (0..data.n_rows as u32).filter(counts).collect();
        let mut sums = Sums::default();
        for &row in &order {
            sums.add(gradients[row as usize], hessians[row as usize]);
        }
        let mut tree = Tree { nodes: vec![leaf(sums, spec)] };
        let mut open = vec![Open { node: 0, rows: 0..order.len(), sums, depth: 0 }];
        let mut aside = Vec::new();
        while let Some(node) = open.pop() {
            let rows = &mut order[node.rows.clone()];
            let Some(split) = best_split(data, rows, gradients, hessians, node.sums, spec) else {
                continue;
            };
            let bins = &data.bins[split.feature];
            let n_left = partition(rows, &mut aside, |row| bins[row as usize] <= split.bin);
            let mut left = Sums::default();
            for &row in &rows[..n_left] {
                left.add(gradients[row as usize], hessians[row as usize]);
            }
            let right = node.sums.minus(left);
            let children = tree.nodes.len();
            tree.nodes.extend([leaf(left, spec), leaf(right, spec)]);
            tree.nodes[node.node] = Node::Split {
                feature: split.feature,
                cut: data.cuts[split.feature][split.bin as usize],
                left: children,
                right: children + 1,
            };
            let depth = node.depth + 1;
            if depth < spec.max_depth.get() {
                let middle = node.rows.start + n_left;
                let (start, end) = (node.rows.start, node.rows.end);
                open.push(Open { node: children + 1, rows: middle..end, sums: right, depth });
                open.push(Open { node: children, rows: start..middle, sums: left, depth });
            }
        }
        tree
    }

    /// The value of the leaf that `row`, the features of one example, falls into.
    pub fn value(&self, row: &[f32]) -> f64 {
        let mut node = 0;
        loop {
            match &self.nodes[node] {
                Node::Leaf { value } => return *value,
                Node::Split { feature, cut, left, right } => {
                    node = if row[*feature] <= *cut { *left } else { *right };
                }
            }
        }
    }
}

fn leaf(sums: Sums, spec: &BoostedTrees) -> Node {
    let below = sums.hessian + spec.lambda.get();
    let value = if sums.gradient == 0.0 { 0.0 } else { -sums.gradient / below };
    let bound = spec.max_step.get();
    Node::Leaf { value: value.clamp(-bound, bound) }
}

fn best_split(
    data: &Binned,
    rows: &[u32],
    gradients: &[f64],
    hessians: &[f64],
    total: Sums,
    spec: &BoostedTrees,
) -> Option<Split> {
    let lambda = spec.lambda.get();
    let (least_rows, least_hessian) = (spec.min_leaf.get(), spec.min_hessian.get());
    let allowed = |sums: Sums| least_rows <= sums.n_rows as usize && least_hessian <= sums.hessian;
    if rows.len() < 2 * least_rows {
        return None;
    }
    let mut histogram = [Sums::default(); MOST_BINS + 1];
    let mut best: Option<Split> = None;
    for (feature, bins) in data.bins.iter().enumerate() {
        let n_bins = data.cuts[feature].len() + 1;
        if n_bins == 1 {
            continue;
        }
        histogram[..n_bins].fill(Sums::default());
        for &row in rows {
            let bin = bins[row as usize] as usize;
            histogram[bin].add(gradients[row as usize], hessians[row as usize]);
        }
        let mut left = Sums::default();
        for (bin, sums) in histogram[..n_bins - 1].iter().enumerate() {
            if sums.n_rows == 0 {
                continue;
            }
            left = left.plus(*sums);
            let right = total.minus(left);
            if right.n_rows == 0 {
                break;
            }
            if allowed(left) && allowed(right) {
                let gain = left.score(lambda) + right.score(lambda) - total.score(lambda);
                if best.as_ref().map_or(SMALLEST_GAIN, |best| best.gain) < gain {
                    best = Some(Split { gain, feature, bin: bin as u8 });
                }
            }
        }
    }
    best
}

/// Brings the rows that go left before the others, both in the order they had; how many go left.
fn partition(rows: &mut [u32], aside: &mut Vec<u32>, goes_left: impl Fn(u32) -> bool) -> usize {
    aside.clear();
    let mut n_left = 0;
    for i in 0..rows.len() {
        let row = rows[i];
        if goes_left(row) {
            rows[n_left] = row;
            n_left += 1;
        } else {
            aside.push(row);
        }
    }
    rows[n_left..].copy_from_slice(aside);
    n_left
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU8;

    use nn::range::NonNegative;
    use proptest::prelude::*;

    use super::*;

    fn spec(depth: u8) -> BoostedTrees {
        BoostedTrees {
            max_depth: NonZeroU8::new(depth).unwrap(),
            lambda: NonNegative::new(0.0),
            ..BoostedTrees::default()
        }
    }

    #[test]
    fn a_stump_finds_the_step() {
        let features = [0.0, 5.0, 1.0, 5.0, 2.0, 5.0, 3.0, 5.0];
        let data = Binned::new(&features, 2);
        let tree = Tree::grow(&data, &[-1.0, -1.0, 1.0, 1.0], &[1.0; 4], &spec(1));
        assert_eq!(tree.value(&[1.4, 5.0]), 1.0);
        assert_eq!(tree.value(&[1.6, 5.0]), -1.0);
    }

    #[test]
    fn depth_two_finds_what_no_stump_can() {
        let features = [0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0, 0.0, 0.0];
        let data = Binned::new(&features, 2);
        // Exclusive or; the fifth row breaks the tie at the root.
        let tree = Tree::grow(&data, &[-1.0, 1.0, 1.0, -1.0, -1.0], &[1.0; 5], &spec(2));
        let values = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]].map(|row| tree.value(&row));
        assert_eq!(values, [1.0, -1.0, -1.0, 1.0]);
    }

    #[test]
    fn rows_without_weight_and_constant_features_change_nothing() {
        let data = Binned::new(&[0.0, 1.0, 2.0, 9.0], 1);
        let with = Tree::grow(&data, &[-1.0, 1.0, 1.0, 0.0], &[1.0, 1.0, 1.0, 0.0], &spec(1));
        assert_eq!(with.value(&[0.4]), 1.0);
        let constant = Binned::new(&[3.0; 4], 1);
        let root = Tree::grow(&constant, &[1.0; 4], &[1.0; 4], &spec(3));
        assert_eq!(root.value(&[3.0]), -1.0);
        let nothing = Tree::grow(&constant, &[0.0; 4], &[0.0; 4], &spec(3));
        assert_eq!(nothing.value(&[3.0]), 0.0);
    }

    proptest! {
        #[test]
        fn a_row_falls_on_the_side_its_bin_says(
            values in prop::collection::vec(-1e3_f32..1e3, 2..600),
        ) {
            let data = Binned::new(&values, 1);
            prop_assert!(data.cuts[0].len() < MOST_BINS);
            for (value, &bin) in values.iter().zip(&data.bins[0]) {
                for (i, cut) in data.cuts[0].iter().enumerate() {
                    prop_assert_eq!(value <= cut, bin as usize <= i);
                }
            }
        }

        #[test]
        fn no_tree_fits_worse_than_its_root(
            gradients in prop::collection::vec(-1.0_f64..1.0, 20),
            values in prop::collection::vec(-5.0_f32..5.0, 40),
        ) {
            let data = Binned::new(&values, 2);
            let loss = |tree: &Tree| -> f64 {
                let rows = values.chunks(2).zip(&gradients);
                rows.map(|(row, g)| { let v = tree.value(row); g * v + 0.5 * v * v }).sum()
            };
            let losses: Vec<f64> =
                (1..5).map(|d| loss(&Tree::grow(&data, &gradients, &[1.0; 20], &spec(d)))).collect();
            prop_assert!(losses.windows(2).all(|pair| pair[1] <= pair[0] + 1e-9), "{:?}", losses);
        }
    }
}
