//! Tests of 40 methods over 60 data sets: ranks, Friedman, Nemenyi for all 780 pairs, signed ranks against a baseline with
//! Holm; and 10,000 replicates of what depends on the data sets drawn.

use divan::{Bencher, black_box};
use evaluation::significance::{
    Resampler, Zeros, against_control, critical_difference, friedman, friedman_of_ranks, holm,
    nemenyi, ranks, signed_rank,
};

fn main() {
    divan::main();
}

const METHODS: usize = 40;
const DATA_SETS: usize = 60;

/// Scores of two decimals, so that there are ties, `[data set][method]`.
fn scores() -> Vec<Vec<f64>> {
    let mut state = 1_u64;
    let mut draw = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % 40
    };
    let row = |draw: &mut dyn FnMut() -> u64| -> Vec<f64> {
        (0..METHODS).map(|m| (draw() + m as u64) as f64 / 100.0).collect()
    };
    (0..DATA_SETS).map(|_| row(&mut draw)).collect()
}

fn mean_ranks(ranked: &[Vec<f64>], drawn: impl Iterator<Item = usize>, into: &mut [f64]) {
    into.fill(0.0);
    let mut n = 0.0;
    for set in drawn {
        into.iter_mut().zip(&ranked[set]).for_each(|(sum, rank)| *sum += rank);
        n += 1.0;
    }
    into.iter_mut().for_each(|sum| *sum /= n);
}

#[divan::bench]
fn friedman_nemenyi_holm(bencher: Bencher) {
    let scores = scores();
    bencher.bench(|| {
        let scores = black_box(&scores);
        let ranked: Vec<Vec<f64>> = scores.iter().map(|row| ranks(row, true)).collect();
        let mut means = vec![0.0; METHODS];
        mean_ranks(&ranked, 0..DATA_SETS, &mut means);
        let signed: Vec<f64> = (1..METHODS)
            .map(|m| {
                let differences: Vec<f64> = scores.iter().map(|row| row[m] - row[0]).collect();
                signed_rank(&differences, Zeros::Pratt).map_or(1.0, |test| test.p_value)
            })
            .collect();
        (friedman(scores), nemenyi(&means, DATA_SETS), holm(&signed))
    });
}

#[divan::bench(sample_count = 5)]
fn ten_thousand_replicates(bencher: Bencher) {
    let scores = scores();
    let ranked: Vec<Vec<f64>> = scores.iter().map(|row| ranks(row, true)).collect();
    let families: Vec<Vec<usize>> = (0..DATA_SETS / 2).map(|f| vec![2 * f, 2 * f + 1]).collect();
    bencher.bench(|| {
        let (mut resampler, mut drawn) = (Resampler::new(&families, 1), Vec::new());
        let (mut means, mut n_apart) = (vec![0.0; METHODS], 0);
        let critical = critical_difference(METHODS, DATA_SETS, 0.05).unwrap();
        for _ in 0..10_000 {
            resampler.draw(&mut drawn);
            let test = friedman_of_ranks(drawn.iter().map(|&set| ranked[set].as_slice()));
            mean_ranks(&ranked, drawn.iter().copied(), &mut means);
            let p: Vec<f64> =
                against_control(&means, 0, drawn.len()).into_iter().map(|(_, p)| p).collect();
            let alarms = holm(&p[1..]).iter().filter(|p| **p < 0.05).count();
            let pairs = means
                .iter()
                .enumerate()
                .flat_map(|(i, a)| means[..i].iter().filter(move |b| critical < (a - *b).abs()));
            n_apart += pairs.count() + alarms + usize::from(test.is_some());
        }
        n_apart
    });
}
