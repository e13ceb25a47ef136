//! How the points that SMOTE makes are distributed.

use methods::examples::Examples;
use methods::sampling::{SamplingSpec, Smote};
use nn::{Matrix, Streams};

/// Six rows of the small class in the plane; from none of them do two others lie in the same direction.
const ROWS: [[f32; 2]; 6] =
    [[0.0, 0.0], [4.0, 1.0], [1.0, 5.0], [7.0, 3.0], [3.0, 8.0], [9.0, 9.0]];
const K: usize = 3;
const N_MADE: usize = 500;
const SEEDS: u8 = 40;

/// The three nearest to each row, by hand: squared distances 17 26 58, 13 17 25, 13 25 26, 13 40 40, 13 37 41, 37 40 80.
const NEIGHBORS: [[usize; K]; 6] =
    [[1, 2, 3], [3, 0, 2], [4, 1, 0], [1, 2, 5], [2, 5, 3], [4, 3, 2]];

fn train() -> Examples<f32> {
    let rest = vec![[0.0; 2]; ROWS.len() + N_MADE];
    let targets = [vec![0; rest.len()], vec![1; ROWS.len()]].concat();
    let values = rest.into_iter().chain(ROWS).flatten().collect();
    Examples { features: Matrix::from_values(2, values), targets }
}

/// Of every point that is made: the row it is made from, the neighbour it lies towards, and how far on the way.
fn made() -> Vec<(usize, usize, f64)> {
    let train = train();
    let n = train.targets.len();
    let spec = SamplingSpec::Smote(Smote { k: K.try_into().unwrap() });
    let mut made = Vec::new();
    for seed in 0..SEEDS {
        let resampled = spec.resample(&train, &[], 2, &Streams::new([seed; 32])).unwrap().unwrap();
        for (at, &origin) in resampled.origins.iter().enumerate().skip(n) {
            let i = origin as usize - (n - ROWS.len());
            let point = resampled.examples.features.row(at);
            let toward = |j: usize| {
                let [x, y, to_x, to_y] = [
                    point[0] - ROWS[i][0],
                    point[1] - ROWS[i][1],
                    ROWS[j][0] - ROWS[i][0],
                    ROWS[j][1] - ROWS[i][1],
                ]
                .map(f64::from);
                let length = to_x.hypot(to_y);
                let (along, beside) = (x * to_x + y * to_y, x * to_y - y * to_x);
                (beside.abs() / length, along / (length * length), j)
            };
            let nearest = NEIGHBORS[i].map(toward).into_iter().min_by(|a, b| a.0.total_cmp(&b.0));
            let (beside, share, j) = nearest.unwrap();
            // Two roundings of numbers up to 9.
            assert!(beside < 2e-6, "row {i}: {point:?} is on the way to no neighbour");
            made.push((i, j, share));
        }
    }
    assert_eq!(made.len(), N_MADE * usize::from(SEEDS));
    made
}

#[test]
fn points_lie_uniformly_between_a_row_and_its_neighbour() {
    let mut shares: Vec<f64> = made().into_iter().map(|(_, _, share)| share).collect();
    shares.sort_by(f64::total_cmp);
    let n = shares.len() as f64;
    let away = |(i, u): (usize, &f64)| (u - i as f64 / n).max((i + 1) as f64 / n - u);
    let distance = shares.iter().enumerate().map(away).fold(0.0, f64::max);
    // Kolmogorov and Smirnov's distance of a uniform sample is above it once in 10^9 samples, by the inequality of
    // Dvoretzky, Kiefer and Wolfowitz: 2 exp(-2 n e²) = 1e-9.
    let bound = (libm::log(2e9) / (2.0 * n)).sqrt();
    assert!(distance < bound, "{distance} of {n} shares, bound {bound}");
}

#[test]
fn every_row_and_every_neighbour_of_it_is_drawn_alike() {
    let made = made();
    let (n, p) = (made.len() as f64, 1.0 / (ROWS.len() * K) as f64);
    for (i, neighbors) in NEIGHBORS.into_iter().enumerate() {
        for j in neighbors {
            let drawn = made.iter().filter(|point| (point.0, point.1) == (i, j)).count() as f64;
            // Six standard deviations of a binomial.
            let bound = 6.0 * (n * p * (1.0 - p)).sqrt();
            assert!((drawn - n * p).abs() < bound, "{i} to {j}: {drawn}, not {}", n * p);
        }
    }
}
