//! k-means: centres of clusters, each the mean of the rows that are nearer to it than to any other.
//!
//! The first centres are rows, drawn one after the other by their squared distance to the nearest centre so far (Arthur,
//! Vassilvitskii, *k-means++*, SODA 2007). Then rows go to their nearest centre and centres to the mean of their rows
//! (Lloyd), until no row moves. A centre without rows stays where it is; of equally near centres the first counts.

use nn::{Matrix, Stream};

use crate::sampling::neighbors::{nearest, squared_distance};

/// Rounds after which centres are taken as they are, as in scikit-learn.
const MAX_ROUNDS: usize = 300;

/// Clusters of rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Clusters {
    /// Their centres, `[k, n_features]`.
    pub centres: Matrix<f32>,
    /// The row that is nearest to each centre, `[k]`.
    pub nearest: Vec<u32>,
    /// The cluster of each row, `[n_rows]`.
    pub assigned: Vec<u32>,
}

/// `k` clusters of the rows `rows` of `features`, whose numbers are finite; `k` is at most the number of rows.
pub fn cluster(features: &Matrix<f32>, rows: &[u32], k: usize, stream: &mut Stream) -> Clusters {
    let (n, d) = (rows.len(), features.n_columns());
    // The rows, and behind them the centres: neighbours are searched within one matrix.
    let seeds = seeds(features, rows, k, stream);
    let with_seeds: Vec<u32> = rows.iter().chain(&seeds).copied().collect();
    let mut points = Matrix::default();
    points.gather(features, &with_seeds);
    let (points_of_rows, centres): (Vec<u32>, Vec<u32>) =
        (0..(n + k) as u32).partition(|&point| (point as usize) < n);
    let mut assigned: Vec<u32> = Vec::new();
    for _ in 0..MAX_ROUNDS {
        let found = nearest(&points, &points_of_rows, &centres, 1).concat();
        if found == assigned {
            break;
        }
        assigned = found;
        move_centres(&mut points, &assigned, n);
    }
    let closest = nearest(&points, &centres, &points_of_rows, 1).concat();
    Clusters {
        centres: Matrix::from_values(d, points.values()[n * d..].to_vec()),
        nearest: closest.into_iter().map(|point| rows[point as usize]).collect(),
        assigned: assigned.into_iter().map(|point| point - n as u32).collect(),
    }
}

/// `k` of `rows`, far from each other.
fn seeds(features: &Matrix<f32>, rows: &[u32], k: usize, stream: &mut Stream) -> Vec<u32> {
    let mut seeds = Vec::with_capacity(k);
    let mut squares = vec![f64::INFINITY; rows.len()];
    for _ in 0..k {
        // Every row is a copy of a seed, or there is none yet: any will do.
        let any = seeds.is_empty() || squares.iter().all(|&square| square == 0.0);
        let at = if any { stream.below(rows.len()) } else { stream.choice(&squares) };
        let seed = features.row(rows[at] as usize);
        for (square, &row) in squares.iter_mut().zip(rows) {
            *square = square.min(squared_distance(features.row(row as usize), seed));
        }
        seeds.push(rows[at]);
    }
    seeds
}

/// Each centre, which are the points from `n` on, becomes the mean of the rows before them that are assigned to it.
fn move_centres(points: &mut Matrix<f32>, assigned: &[u32], n: usize) {
    let d = points.n_columns();
    let n_centres = points.n_rows() - n;
    let mut sums = vec![0.0_f64; n_centres * d];
    let mut sizes = vec![0_u32; n_centres];
    for (row, &centre) in assigned.iter().enumerate() {
        let centre = centre as usize - n;
        sizes[centre] += 1;
        let sums = &mut sums[centre * d..(centre + 1) * d];
        sums.iter_mut().zip(points.row(row)).for_each(|(sum, &x)| *sum += f64::from(x));
    }
    for (centre, &size) in sizes.iter().enumerate().filter(|&(_, &size)| 0 < size) {
        let sums = &sums[centre * d..(centre + 1) * d];
        let means = sums.iter().map(|sum| (sum / f64::from(size)) as f32);
        points.row_mut(n + centre).iter_mut().zip(means).for_each(|(x, mean)| *x = mean);
    }
}

#[cfg(test)]
mod tests {
    use nn::Streams;

    use super::*;

    #[test]
    fn separate_heaps_have_their_means_as_centres_whatever_is_drawn() {
        let at = vec![0.0, 1.0, 2.0, 100.0, 101.0, 50.0, 52.0, 54.0, 56.0];
        let features = Matrix::from_values(1, at);
        for seed in 0..20 {
            let mut stream = Streams::new([seed; 32]).stream("test");
            let rows = [0, 1, 2, 4, 3, 5, 6, 7, 8];
            let Clusters { centres, nearest, assigned } = cluster(&features, &rows, 3, &mut stream);
            let mut found: Vec<(f32, u32)> =
                centres.values().iter().copied().zip(nearest).collect();
            found.sort_by(|a, b| a.0.total_cmp(&b.0));
            // Of the rows at equal distance the first of those given.
            assert_eq!(found, [(1.0, 1), (53.0, 6), (100.5, 4)], "{seed}");
            let heaps = assigned.chunk_by(|a, b| a == b).map(<[u32]>::len);
            assert!(heaps.eq([3, 2, 4]), "{seed}: {assigned:?}");
        }
    }

    #[test]
    fn a_centre_is_the_mean_of_the_rows_that_are_nearest_to_it() {
        let mut stream = Streams::new([5; 32]).stream("rows");
        let features = Matrix::from_values(2, (0..200).map(|_| stream.normal() as f32).collect());
        let rows: Vec<u32> = (0..100).collect();
        let Clusters { centres, .. } = cluster(&features, &rows, 7, &mut stream);
        let mut sums = vec![[0.0_f64; 3]; 7];
        for row in features.rows() {
            let distance = |centre: &usize| squared_distance(row, centres.row(*centre));
            let near = (0..7).min_by(|a, b| distance(a).total_cmp(&distance(b))).unwrap();
            let [x, y, n] = &mut sums[near];
            (*x, *y, *n) = (*x + f64::from(row[0]), *y + f64::from(row[1]), *n + 1.0);
        }
        for (centre, [x, y, n]) in centres.rows().zip(sums) {
            // Rounding to 32 bits.
            let is_mean = |c: f32, sum: f64| (f64::from(c) - sum / n).abs() < 1e-6;
            assert!(0.0 < n && is_mean(centre[0], x) && is_mean(centre[1], y));
        }
    }

    #[test]
    fn copies_have_centres_too() {
        let features = Matrix::from_values(1, vec![3.0; 5]);
        let mut stream = Streams::new([1; 32]).stream("test");
        let Clusters { centres, nearest, .. } =
            cluster(&features, &[0, 1, 2, 3, 4], 4, &mut stream);
        assert_eq!((centres.values(), nearest), (&[3.0; 4][..], vec![0; 4]));
    }
}
