//! Matrix products of one thread, in floating-point operations a second, beside the machine's peak.

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use nn::Real;
use nn::gemm::{Scratch, Shape, Start, View};
use pulp::{Arch, Simd, WithSimd};

fn main() {
    divan::main();
}

/// Those of a step of the network 10-64-64-2 over 128 rows, forward, at the weights and at the inputs; and larger ones.
const SHAPES: [(usize, usize, usize); 9] = [
    (128, 64, 10),
    (128, 64, 64),
    (128, 2, 64),
    (10, 64, 128),
    (64, 64, 128),
    (64, 2, 128),
    (128, 64, 2),
    (128, 64, 30),
    (512, 256, 784),
];

/// `out [m, n] = a [m, k] · b [k, n]`; the items are floating-point operations.
#[divan::bench(args = SHAPES, consts = [0, 1, 2], sample_count = 1000)]
fn product<const LAYOUT: usize>(bencher: Bencher<'_, '_>, (m, n, k): (usize, usize, usize)) {
    let (a, b) = (vec![0.5_f32; m * k], vec![0.25_f32; k * n]);
    let mut out = vec![0.0; m * n];
    let mut scratch = Scratch::default();
    bencher.counter(ItemsCount::new(2 * m * n * k)).bench_local(|| {
        // NN, TN, NT.
        let (a, b) = match LAYOUT {
            0 => (View::new(&a, k), View::new(&b, n)),
            1 => (View::new(&a, m).transposed(), View::new(&b, n)),
            _ => (View::new(&a, k), View::new(&b, k).transposed()),
        };
        f32::product(Shape { m, n, k }, a, b, black_box(&mut out), Start::Zero, &mut scratch);
    });
}

/// Fused multiply-adds in registers: what the processor can do at most.
#[divan::bench]
fn peak(bencher: Bencher<'_, '_>) {
    let lanes = Arch::new().dispatch(Peak(0));
    bencher
        .counter(ItemsCount::new(2 * 12 * 10_000 * lanes))
        .bench_local(|| Arch::new().dispatch(Peak(black_box(10_000))));
}

struct Peak(usize);

impl WithSimd for Peak {
    type Output = usize;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> usize {
        let (x, y) = (simd.splat_f32s(0.999), simd.splat_f32s(1e-6));
        let mut sums = [simd.splat_f32s(1.0); 12];
        for _ in 0..self.0 {
            for sum in &mut sums {
                *sum = simd.mul_add_f32s(*sum, x, y);
            }
        }
        black_box(sums);
        S::F32_LANES
    }
}
