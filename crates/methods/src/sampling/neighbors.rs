//! Nearest rows, by the Euclidean distance of their features.

use nn::Matrix;

/// The `k` nearest of the rows `among` to each of the rows `of`, nearest first, itself left out by its number, so that
/// a copy of a row is its neighbour. Of equally near ones the first of `among` comes first. Fewer where there are
/// fewer.
pub(crate) fn nearest(
    features: &Matrix<f32>,
    of: &[u32],
    among: &[u32],
    k: usize,
) -> Vec<Vec<u32>> {
    let mut best: Vec<(f64, u32)> = Vec::with_capacity(k + 1);
    let mut nearest_to = |&row: &u32| {
        best.clear();
        let point = features.row(row as usize);
        for &other in among.iter().filter(|&&other| other != row) {
            let distance = squared_distance(point, features.row(other as usize));
            if best.len() < k || distance < best[k - 1].0 {
                let at = best.partition_point(|&(nearer, _)| nearer <= distance);
                best.insert(at, (distance, other));
                best.truncate(k);
            }
        }
        best.iter().map(|&(_, other)| other).collect()
    };
    if k == 0 { vec![Vec::new(); of.len()] } else { of.iter().map(&mut nearest_to).collect() }
}

/// Eight sums run side by side, so that the order of additions is fixed and a vector long.
fn squared_distance(a: &[f32], b: &[f32]) -> f64 {
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
