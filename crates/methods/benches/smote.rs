//! SMOTE of 50,000 rows of 30 features, 5,000 of them of the class that is filled up, on one thread: the search for
//! neighbours and the rows that are made. Features are independent, which no tree can search, or lie near five
//! dimensions, as those of real tables do.

use divan::Bencher;
use methods::examples::Examples;
use methods::sampling::{SamplingSpec, Smote};
use nn::{Matrix, Stream, Streams};

fn main() {
    divan::main();
}

const N_FEATURES: usize = 30;
const N_DIMENSIONS: usize = 5;

fn independent(stream: &mut Stream) -> [f32; N_FEATURES] {
    std::array::from_fn(|_| stream.normal() as f32)
}

/// Every feature a mixture of the same few, with a little noise.
fn near_few_dimensions(stream: &mut Stream) -> [f32; N_FEATURES] {
    let few: [f64; N_DIMENSIONS] = std::array::from_fn(|_| stream.normal());
    std::array::from_fn(|j| {
        let share = |(i, x): (usize, &f64)| x * ((j * (2 * i + 3)) % 7) as f64 / 3.0;
        (few.iter().enumerate().map(share).sum::<f64>() + 0.1 * stream.normal()) as f32
    })
}

fn train(row: fn(&mut Stream) -> [f32; N_FEATURES]) -> Examples<f32> {
    let mut stream = Streams::new([0; 32]).stream("rows");
    let targets: Vec<u32> = (0..50_000).map(|i| u32::from(i % 10 == 0)).collect();
    let values = targets.iter().flat_map(|_| row(&mut stream)).collect();
    Examples { features: Matrix::from_values(N_FEATURES, values), targets }
}

fn resample(bencher: Bencher<'_, '_>, train: &Examples<f32>) {
    let spec = SamplingSpec::Smote(Smote::default());
    let streams = Streams::new([0; 32]);
    bencher
        .bench_local(|| spec.resample(train, &[], 2, &streams).expect("the class has neighbours"));
}

#[divan::bench(sample_count = 5)]
fn independent_features(bencher: Bencher<'_, '_>) {
    resample(bencher, &train(independent));
}

#[divan::bench(sample_count = 5)]
fn features_near_five_dimensions(bencher: Bencher<'_, '_>) {
    resample(bencher, &train(near_few_dimensions));
}
