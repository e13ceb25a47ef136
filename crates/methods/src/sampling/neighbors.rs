//! Nearest rows, by the Euclidean distance of their features.
//!
//! Distances are measured in 64 bits, pair by pair. Of most pairs a product of matrices in 32 bits shows before that they
//! are too far apart:
//!
//! ```text
//! ‖a - b‖² = ‖a‖² - 2 (a·b - ‖b‖² / 2)
//! ```
//!
//! What stands in brackets, of rows of `d` features, is a chain of `d` fused multiply-adds that begins at `-‖b‖² / 2`. It
//! errs by less than `(d + 1) 2^-24 (‖a‖² / 2 + ‖b‖²)`; a margin of `(d + 4) 2^-22` of both squares is more than twice that.

use nn::gemm::{Scratch, Shape, Start, View};
use nn::{Matrix, Real};

/// Rows, and others, of one product: it stays in the cache.
const BLOCK: (usize, usize) = (128, 1024);

/// The `k` nearest of the rows `among` to each of the rows `of`, nearest first, itself left out by its number, so that
/// a copy of a row is its neighbour. Of equally near ones the first of `among` comes first. Fewer where there are
/// fewer.
pub(crate) fn nearest(
    features: &Matrix<f32>,
    of: &[u32],
    among: &[u32],
    k: usize,
) -> Vec<Vec<u32>> {
    let rows = |found: Vec<(f64, u32)>| found.into_iter().map(|(_, row)| row).collect();
    nearest_measured(features, of, among, k).into_iter().map(rows).collect()
}

/// [`nearest`], each with its squared distance.
pub(crate) fn nearest_measured(
    features: &Matrix<f32>,
    of: &[u32],
    among: &[u32],
    k: usize,
) -> Vec<Vec<(f64, u32)>> {
    if k == 0 {
        return vec![Vec::new(); of.len()];
    }
    let mut all = vec![Nearest { k, found: Vec::new() }; of.len()];
    let mut bounds = Bounds::default();
    for (rows, all) in of.chunks(BLOCK.0).zip(all.chunks_mut(BLOCK.0)) {
        for others in among.chunks(BLOCK.1) {
            bounds.of_pairs(features, rows, others);
            for (i, (&row, nearest)) in rows.iter().zip(all.iter_mut()).enumerate() {
                let mut least = bounds.least(i, nearest.reach());
                for (&other, &closeness) in others.iter().zip(bounds.closeness.row(i)) {
                    if closeness < least || other == row {
                        continue;
                    }
                    let (a, b) = (features.row(row as usize), features.row(other as usize));
                    nearest.offer(squared_distance(a, b), other);
                    least = bounds.least(i, nearest.reach());
                }
            }
        }
    }
    all.into_iter().map(|nearest| nearest.found).collect()
}

/// The nearest to one row so far.
#[derive(Clone)]
struct Nearest {
    k: usize,
    /// Squared distances and rows, nearest first.
    found: Vec<(f64, u32)>,
}

impl Nearest {
    /// The squared distance of the last, once there are `k`: others have to be nearer.
    fn reach(&self) -> f64 {
        self.found.get(self.k - 1).map_or(f64::INFINITY, |&(distance, _)| distance)
    }

    fn offer(&mut self, distance: f64, row: u32) {
        if self.found.len() < self.k || distance < self.reach() {
            let at = self.found.partition_point(|&(nearer, _)| nearer <= distance);
            self.found.insert(at, (distance, row));
            self.found.truncate(self.k);
        }
    }
}

/// What of each pair of some rows and some others shows how near they can be at the most.
#[derive(Default)]
struct Bounds {
    rows: Matrix<f32>,
    others: Matrix<f32>,
    /// `(1 - margin) ‖a‖²` of the rows.
    squares: Vec<f64>,
    /// `-(1 - margin) ‖b‖² / 2` of the others.
    starts: Vec<f32>,
    /// `a·b - (1 - margin) ‖b‖² / 2`, `[n_rows, n_others]`.
    closeness: Matrix<f32>,
    scratch: Scratch<f32>,
}

/// Below it no product of two rows overflows.
const LARGEST_SQUARE: f64 = 1e37;

impl Bounds {
    fn of_pairs(&mut self, features: &Matrix<f32>, rows: &[u32], others: &[u32]) {
        self.rows.gather(features, rows);
        self.others.gather(features, others);
        self.closeness.reshape(rows.len(), others.len());
        let n_features = features.n_columns();
        let shrunk = |row: &[f32]| (1.0 - margin(n_features)) * squared_length(row);
        self.squares.clear();
        self.squares.extend(self.rows.rows().map(shrunk));
        self.starts.clear();
        self.starts.extend(self.others.rows().map(|row| (-shrunk(row) / 2.0) as f32));
        let is_small = |row: &[f32]| squared_length(row) < LARGEST_SQUARE;
        if !self.rows.rows().chain(self.others.rows()).all(is_small) {
            self.closeness.values_mut().fill(f32::INFINITY);
            return;
        }
        f32::product(
            Shape { m: rows.len(), n: others.len(), k: n_features },
            View::new(self.rows.values(), n_features),
            View::new(self.others.values(), n_features).transposed(),
            self.closeness.values_mut(),
            Start::Row(&self.starts),
            &mut self.scratch,
        );
    }

    /// The closeness that all others have at the least whose squared distance to row `i` is below `reach`.
    fn least(&self, i: usize, reach: f64) -> f32 {
        let n_features = self.rows.n_columns();
        let of_underflow = (n_features + 4) as f64 * f64::from(f32::MIN_POSITIVE);
        let half = (self.squares[i] - (1.0 + margin(n_features)) * reach) / 2.0;
        (half - of_underflow) as f32
    }
}

/// Share of the squared lengths that is taken off the distance of two rows.
fn margin(n_features: usize) -> f64 {
    2.0 * (n_features + 4) as f64 * f64::from(f32::EPSILON)
}

fn squared_length(row: &[f32]) -> f64 {
    row.iter().map(|&x| f64::from(x) * f64::from(x)).sum()
}

/// Squared Euclidean distance. Eight sums run side by side, so that the order of additions is fixed and a vector long.
pub(crate) fn squared_distance(a: &[f32], b: &[f32]) -> f64 {
    let mut sums = [0.0_f64; 8];
    let mut a_chunks = a.chunks_exact(8);
    let mut b_chunks = b.chunks_exact(8);
    for (a, b) in a_chunks.by_ref().zip(b_chunks.by_ref()) {
        for ((sum, &a), &b) in sums.iter_mut().zip(a).zip(b) {
            let difference = f64::from(a) - f64::from(b);
            *sum += difference * difference;
        }
    }
    let rest = a_chunks.remainder().iter().zip(b_chunks.remainder());
    for (sum, (&a, &b)) in sums.iter_mut().zip(rest) {
        let difference = f64::from(a) - f64::from(b);
        *sum += difference * difference;
    }
    sums.iter().sum()
}

#[cfg(test)]
mod tests {
    use nn::Streams;
    use serde_json::Value;

    use super::*;

    #[test]
    fn the_nearest_come_first_and_a_copy_is_a_neighbour() {
        let features = Matrix::from_values(1, vec![0.0, 5.0, 1.0, 0.0, -1.0, 9.0]);
        let all = [0, 1, 2, 3, 4, 5];
        assert_eq!(nearest(&features, &[0], &all, 3), [[3, 2, 4]]);
        assert_eq!(nearest(&features, &[5, 4], &[0, 1, 5], 9), [vec![1, 0], vec![0, 1, 5]]);
        assert_eq!(nearest(&features, &[1], &all, 0), [Vec::<u32>::new()]);
    }

    #[test]
    fn distances_are_those_of_the_sum_written_out() {
        let wide: Vec<f32> = (0..2 * 19).map(|i| (i * i % 23) as f32 / 7.0).collect();
        let (a, b) = wide.split_at(19);
        let pairs = a.iter().zip(b).map(|(&a, &b)| f64::from(a) - f64::from(b));
        let sum: f64 = pairs.map(|d| d * d).sum();
        // 19 additions in another order: a few units in the last place.
        assert!((squared_distance(a, b) - sum).abs() < 1e-14 * sum);
    }

    /// Every pair measured.
    fn nearest_of_all(
        features: &Matrix<f32>,
        of: &[u32],
        among: &[u32],
        k: usize,
    ) -> Vec<Vec<u32>> {
        let nearest_to = |&row: &u32| {
            let distance = |other: u32| {
                squared_distance(features.row(row as usize), features.row(other as usize))
            };
            let others = among.iter().filter(|&&other| other != row);
            let mut pairs: Vec<(f64, u32)> =
                others.map(|&other| (distance(other), other)).collect();
            // Stable, so that the first of equals stays first.
            pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
            pairs.into_iter().take(k).map(|(_, other)| other).collect()
        };
        of.iter().map(nearest_to).collect()
    }

    #[test]
    fn no_bound_leaves_a_neighbour_out_wherever_and_however_large_the_features_are() {
        let mut stream = Streams::new([7; 32]).stream("rows");
        let (n, d) = (1100, 3);
        for (at, scale) in [
            (0.0, 1.0),
            // Distances are a few units in the last place of the products.
            (100.0, 0.03),
            (-3e4, 1.0),
            (0.0, 1e-22),
            (0.0, 3e-20),
            (0.0, 1e18),
            (1e19, 1e18),
            (0.0, 1e30),
        ] {
            for steps in [8.0, 1e9] {
                // On a coarse grid many distances are equal.
                let mut value =
                    |_| (at + scale * (stream.uniform() * steps).floor() / steps) as f32;
                let features = Matrix::from_values(d, (0..n * d).map(&mut value).collect());
                let among: Vec<u32> = (0..n as u32).rev().collect();
                let of: Vec<u32> = (0..n as u32).step_by(7).collect();
                let expected = nearest_of_all(&features, &of, &among, 5);
                assert!(nearest(&features, &of, &among, 5) == expected, "{at} {scale} {steps}");
            }
        }
    }

    #[test]
    fn neighbours_are_those_of_published_searches() {
        let text = include_str!("../../tests/golden/nearest_neighbors.json");
        let golden: Value = serde_json::from_str(text).unwrap();
        for case in golden["cases"].as_array().unwrap() {
            let rows: Vec<Vec<f64>> =
                serde_json::from_value(case["inputs"]["rows"].clone()).unwrap();
            let expected: Vec<Vec<u32>> =
                serde_json::from_value(case["expected"]["neighbors"].clone()).unwrap();
            let k = case["params"]["k"].as_u64().unwrap() as usize;
            let all: Vec<u32> = (0..rows.len() as u32).collect();
            let found = nearest(&Matrix::from_rows(&rows), &all, &all, k);
            assert_eq!(found, expected, "{}", case["name"]);
        }
    }
}
