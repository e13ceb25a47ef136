use proptest::prelude::*;
use pulp::Arch;

use super::*;
use crate::Streams;
use crate::wide::tests::every_arch;

fn random(n: usize, name: &str) -> Vec<f32> {
    let mut stream = Streams::new([1; 32]).stream(name);
    (0..n).map(|_| (stream.uniform() * 2.0 - 1.0) as f32).collect()
}

fn chain(shape: Shape, a: View<'_, f32>, b: View<'_, f32>, start: &[f32]) -> Vec<f32> {
    let mut out = start.to_vec();
    for i in 0..shape.m {
        for j in 0..shape.n {
            for p in 0..shape.k {
                let a = a.values[i * a.row_stride + p * a.column_stride];
                let b = b.values[p * b.row_stride + j * b.column_stride];
                out[i * shape.n + j] = a.mul_add(b, out[i * shape.n + j]);
            }
        }
    }
    out
}

/// The product on every path this machine has.
fn on_every_path(
    shape: Shape,
    a: View<'_, f32>,
    b: View<'_, f32>,
    start: Start<'_, f32>,
    held: &[f32],
) -> Vec<Vec<f32>> {
    let run = |(_, arch): (&str, Arch)| {
        let mut out = held.to_vec();
        let scratch = &mut Scratch::default();
        arch.dispatch(Product { shape, a, b, out: &mut out, start, scratch });
        out
    };
    every_arch().into_iter().map(run).collect()
}

fn check(shape: Shape) {
    let Shape { m, n, k } = shape;
    let (a, b, held) = (random(m * k, "a"), random(k * n, "b"), random(m * n, "out"));
    let biases = random(n, "biases");
    let layouts = [
        (View::new(&a, k), View::new(&b, n)),
        (View::new(&a, m).transposed(), View::new(&b, n)),
        (View::new(&a, k), View::new(&b, k).transposed()),
        (View::new(&a, m).transposed(), View::new(&b, k).transposed()),
    ];
    let starts = [
        (Start::Zero, vec![0.0; m * n]),
        (Start::Out, held.clone()),
        (Start::Row(&biases), biases.repeat(m)),
    ];
    for (a, b) in layouts {
        for (start, first) in &starts {
            let expected = chain(shape, a, b, first);
            for out in on_every_path(shape, a, b, *start, &held) {
                assert_eq!(out, expected, "{shape:?}");
            }
        }
    }
}

#[test]
fn every_path_is_the_chain_to_the_bit() {
    for (m, n, k) in
        [(128, 64, 64), (1, 1, 1), (7, 2, 64), (128, 10, 30), (13, 33, 700), (6, 16, 257)]
    {
        check(Shape { m, n, k });
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_shape_is_the_chain_to_the_bit(m in 1..40_usize, n in 1..40_usize, k in 1..40_usize) {
        check(Shape { m, n, k });
    }
}

#[test]
fn a_product_over_nothing_is_zero() {
    let mut out = [f32::NAN; 4];
    let shape = Shape { m: 2, n: 2, k: 0 };
    product_f32(
        shape,
        View::new(&[], 0),
        View::new(&[], 2),
        &mut out,
        Start::Zero,
        &mut Scratch::default(),
    );
    assert_eq!(out, [0.0; 4]);
}

#[test]
fn f64_is_the_same_chain() {
    let (a, b) = ([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [1.0, 0.5, -1.0, 2.0, 0.0, 1.0]);
    let mut out = [0.0; 4];
    product_f64(
        Shape { m: 2, n: 2, k: 3 },
        View::new(&a, 3),
        View::new(&b, 2),
        &mut out,
        Start::Zero,
    );
    assert_eq!(out, [-1.0, 7.5, -1.0, 18.0]);
}
