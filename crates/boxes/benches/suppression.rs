//! Suppression of 10,000 boxes of one image, on one thread: sides of 20 to 80 in an image of 1,000 by 1,000, which is what a
//! detector says of a crowded picture, and all of them within a tenth of it.

use boxes::{BoundingBox, suppress};
use divan::Bencher;

fn main() {
    divan::main();
}

const N: usize = 10_000;

/// Boxes whose corners lie within `extent`, and their scores.
fn scene(extent: f64) -> (Vec<BoundingBox>, Vec<f64>) {
    // Numbers that look random: no more is asked of them.
    let mut state = 1_u64;
    let mut uniform = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    (0..N)
        .map(|_| {
            let [x, y, width, height, score] = std::array::from_fn(|_| uniform());
            let [width, height] = [width, height].map(|side| 20.0 + 60.0 * side);
            (BoundingBox::of_size([extent * x, extent * y, width, height]), score)
        })
        .unzip()
}

#[divan::bench(args = [0.3, 0.5, 0.7, 1.0])]
fn spread(bencher: Bencher<'_, '_>, overlap: f64) {
    let (bounds, scores) = scene(1000.0);
    bencher.bench_local(|| suppress(&bounds, &scores, overlap));
}

#[divan::bench(args = [0.3, 0.5, 0.7])]
fn heaped(bencher: Bencher<'_, '_>, overlap: f64) {
    let (bounds, scores) = scene(100.0);
    bencher.bench_local(|| suppress(&bounds, &scores, overlap));
}
