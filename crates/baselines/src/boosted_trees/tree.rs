//! One tree, grown level by level on histograms of gradients and curvatures.

use std::ops::Range;

use crate::boosted_trees::BoostedTrees;
use crate::boosted_trees::binned::{Binned, Group};
use crate::boosted_trees::histogram::{Histogram, Row, Sums};

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

/// The best split of a node.
struct Split<'a> {
    gain: f64,
    group: &'a Group,
    lane: usize,
    /// Rows in this bin and those below it go left.
    bin: u8,
}

impl Split<'_> {
    fn feature(&self) -> usize {
        self.group.features[self.lane]
    }

    fn takes_left(&self, row: &Row) -> bool {
        self.group.bins[row.index as usize][self.lane] <= self.bin
    }

    /// Whether it gains more, or as much with an earlier feature: features do not stand in their order.
    fn beats(&self, other: &Split<'_>) -> bool {
        other.gain < self.gain || (other.gain == self.gain && self.feature() < other.feature())
    }
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
        let mut order: Vec<Row> = (0..data.n_rows() as u32)
            .zip(gradients.iter().zip(hessians))
            .map(|(index, (&gradient, &hessian))| Row { index, gradient, hessian })
            .filter(|row| row.gradient != 0.0 || row.hessian != 0.0)
            .collect();
        let sums = Sums::of(&order);
        let mut tree = Tree { nodes: vec![leaf(sums, spec)] };
        let mut open = vec![Open { node: 0, rows: 0..order.len(), sums, depth: 0 }];
        let (mut histogram, mut aside) = (Histogram::default(), Vec::new());
        while let Some(node) = open.pop() {
            let rows = &mut order[node.rows.clone()];
            let Some(split) = best_split(data, rows, node.sums, spec, &mut histogram) else {
                continue;
            };
            let n_left = partition(rows, &mut aside, |row| split.takes_left(row));
            let left = Sums::of(&rows[..n_left]);
            let right = node.sums.minus(left);
            let children = tree.nodes.len();
            tree.nodes.extend([leaf(left, spec), leaf(right, spec)]);
            tree.nodes[node.node] = Node::Split {
                feature: split.feature(),
                cut: data.cuts(split.feature())[split.bin as usize],
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

fn best_split<'a>(
    data: &'a Binned,
    rows: &[Row],
    total: Sums,
    spec: &BoostedTrees,
    histogram: &mut Histogram,
) -> Option<Split<'a>> {
    let lambda = spec.lambda.get();
    let (least_rows, least_hessian) = (spec.min_leaf.get(), spec.min_hessian.get());
    let allowed = |sums: Sums| least_rows <= sums.n_rows as usize && least_hessian <= sums.hessian;
    if rows.len() < 2 * least_rows {
        return None;
    }
    let mut best: Option<Split> = None;
    for group in data.groups() {
        histogram.fill(group, rows);
        for (lane, &feature) in group.features.iter().enumerate() {
            let n_bins = data.cuts(feature).len() + 1;
            let mut left = Sums::default();
            for (bin, sums) in histogram.below_the_last(lane, n_bins).enumerate() {
                if sums.n_rows == 0 {
                    continue;
                }
                left = left.plus(sums);
                let right = total.minus(left);
                if right.n_rows == 0 {
                    break;
                }
                if allowed(left) && allowed(right) {
                    let gain = left.score(lambda) + right.score(lambda) - total.score(lambda);
                    let split = Split { gain, group, lane, bin: bin as u8 };
                    if SMALLEST_GAIN < gain && best.as_ref().is_none_or(|best| split.beats(best)) {
                        best = Some(split);
                    }
                }
            }
        }
    }
    best
}

/// Brings the rows that go left before the others, both in the order they had; how many go left.
fn partition(rows: &mut [Row], aside: &mut Vec<Row>, goes_left: impl Fn(&Row) -> bool) -> usize {
    aside.clear();
    let mut n_left = 0;
    for i in 0..rows.len() {
        let row = rows[i];
        if goes_left(&row) {
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
    fn of_equal_splits_the_first_feature_is_taken_whatever_its_number_of_bins() {
        for features in
            [[0.0, 0.0, 1.0, 1.0, 2.0, 1.0, 3.0, 1.0], [0.0, 0.0, 1.0, 1.0, 1.0, 2.0, 1.0, 3.0]]
        {
            let data = Binned::new(&features, 2);
            let tree = Tree::grow(&data, &[-1.0, 1.0, 1.0, 1.0], &[1.0; 4], &spec(1));
            assert!(matches!(tree.nodes[0], Node::Split { feature: 0, .. }), "{tree:?}");
        }
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
