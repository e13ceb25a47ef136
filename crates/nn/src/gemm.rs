//! Matrix products whose every output is one chain of fused multiply-adds in the order of `k`.
//!
//! ```text
//! out[i, j] = fma(a[i, K-1], b[K-1, j], ... fma(a[i, 1], b[1, j], fma(a[i, 0], b[0, j], start)))
//! ```
//!
//! `start` is 0 or what `out` held. Vectors run across the columns, never across `k`, so that
//! AVX-512, AVX2, NEON and scalar fused multiply-adds give the same bits.

use pulp::{Arch, Simd, WithSimd};

/// A matrix as it lies in memory: element `(i, j)` is `values[i * row_stride + j * column_stride]`.
#[derive(Clone, Copy, Debug)]
pub struct View<'a, T> {
    values: &'a [T],
    row_stride: usize,
    column_stride: usize,
}

impl<'a, T> View<'a, T> {
    /// Row-major values with `n_columns` columns.
    pub fn new(values: &'a [T], n_columns: usize) -> Self {
        View { values, row_stride: n_columns, column_stride: 1 }
    }

    /// The transpose, without moving anything.
    pub fn transposed(self) -> Self {
        View { row_stride: self.column_stride, column_stride: self.row_stride, ..self }
    }
}

/// The sizes of a product: `out [m, n] = a [m, k] · b [k, n]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Rows of `a` and `out`.
    pub m: usize,
    /// Columns of `b` and `out`.
    pub n: usize,
    /// Columns of `a`, rows of `b`.
    pub k: usize,
}

/// Buffers that products reuse, so that none is allocated after the first.
#[derive(Clone, Debug, Default)]
pub struct Scratch<T> {
    a: Vec<T>,
    b: Vec<T>,
}

/// Rows of `k` that are multiplied before the next block: the packed panels stay in the cache.
/// Blocks continue the chain from `out`, so that the blocking changes no bit.
const BLOCK: usize = 256;

/// A product of `f32` matrices, run by [`pulp`] on the widest vectors the machine has.
struct Product<'a> {
    shape: Shape,
    a: View<'a, f32>,
    b: View<'a, f32>,
    out: &'a mut [f32],
    accumulate: bool,
    scratch: &'a mut Scratch<f32>,
}

/// `out = a · b`, or `out + a · b` if `accumulate`; `out` is row-major, `[m, n]`.
pub(crate) fn product_f32(
    shape: Shape,
    a: View<'_, f32>,
    b: View<'_, f32>,
    out: &mut [f32],
    accumulate: bool,
    scratch: &mut Scratch<f32>,
) {
    assert_eq!(out.len(), shape.m * shape.n, "the output does not have the product's shape");
    if shape.k == 0 && !accumulate {
        out.fill(0.0);
    }
    Arch::new().dispatch(Product { shape, a, b, out, accumulate, scratch });
}

impl WithSimd for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        // As many accumulators as the registers hold beside one row of `b` and a broadcast.
        match S::F32_LANES {
            16.. => self.blocks::<S, 6, 4>(simd),
            8.. => self.blocks::<S, 6, 2>(simd),
            _ => self.blocks::<S, 4, 2>(simd),
        }
    }
}

impl Product<'_> {
    #[inline(always)]
    fn blocks<S: Simd, const ROWS: usize, const VECTORS: usize>(self, simd: S) {
        let Product { shape: Shape { m, n, k }, a, b, out, accumulate, scratch } = self;
        let width = S::F32_LANES * VECTORS;
        let mut accumulate = accumulate;
        for start in (0..k).step_by(BLOCK) {
            let depth = BLOCK.min(k - start);
            let panels = pack_b(b, start, depth, n, width, &mut scratch.b);
            for top in (0..m).step_by(ROWS) {
                let rows = ROWS.min(m - top);
                pack_a::<ROWS>(a, top, rows, start, depth, &mut scratch.a);
                for (panel, left) in (0..n).step_by(width).enumerate() {
                    let columns = width.min(n - left);
                    let packed = &scratch.b[panels + panel * depth * width..][..depth * width];
                    let tile = Tile {
                        a: &scratch.a,
                        b: packed,
                        out: &mut out[top * n + left..],
                        stride: n,
                        rows,
                        columns,
                        accumulate,
                    };
                    // A narrow last panel needs fewer vectors.
                    match columns.div_ceil(S::F32_LANES) {
                        1 => tile.multiply::<S, ROWS, 1>(simd, VECTORS),
                        2 => tile.multiply::<S, ROWS, 2>(simd, VECTORS),
                        3 => tile.multiply::<S, ROWS, 3>(simd, VECTORS),
                        _ => tile.multiply::<S, ROWS, 4>(simd, VECTORS),
                    }
                }
            }
            accumulate = true;
        }
    }
}

/// Copies `b[start.., ..]` to panels of `width` columns, each row by row, padded with zeros. Returns
/// where the first panel begins: on a cache line.
#[inline(always)]
fn pack_b(
    b: View<'_, f32>,
    start: usize,
    depth: usize,
    n: usize,
    width: usize,
    packed: &mut Vec<f32>,
) -> usize {
    let needed = n.div_ceil(width) * width * depth;
    if packed.len() < needed + 16 {
        packed.resize(needed + 16, 0.0);
    }
    let offset = packed.as_ptr().align_offset(64).min(15);
    let panels = packed[offset..offset + needed].chunks_exact_mut(width * depth);
    for (panel, left) in panels.zip((0..n).step_by(width)) {
        let columns = width.min(n - left);
        if b.column_stride == 1 {
            for (p, row) in panel.chunks_exact_mut(width).enumerate() {
                let from = (start + p) * b.row_stride + left;
                row[..columns].copy_from_slice(&b.values[from..from + columns]);
                row[columns..].fill(0.0);
            }
        } else {
            for (p, row) in panel.chunks_exact_mut(width).enumerate() {
                let column = &b.values[(start + p) * b.row_stride..];
                for (j, value) in row[..columns].iter_mut().enumerate() {
                    *value = column[(left + j) * b.column_stride];
                }
                row[columns..].fill(0.0);
            }
        }
    }
    offset
}

/// Copies `rows` rows of `a`, `ROWS` values for each `k`; missing rows repeat the last.
#[inline(always)]
fn pack_a<const ROWS: usize>(
    a: View<'_, f32>,
    top: usize,
    rows: usize,
    start: usize,
    depth: usize,
    packed: &mut Vec<f32>,
) {
    packed.resize(depth * ROWS, 0.0);
    let (groups, _) = packed.as_chunks_mut::<ROWS>();
    if a.row_stride == 1 {
        for (p, group) in groups.iter_mut().enumerate() {
            let from = (start + p) * a.column_stride + top;
            if rows == ROWS {
                group.copy_from_slice(&a.values[from..from + ROWS]);
            } else {
                group[..rows].copy_from_slice(&a.values[from..from + rows]);
                group[rows..].fill(0.0);
            }
        }
    } else {
        let lines: [&[f32]; ROWS] = std::array::from_fn(|i| {
            let from = (top + i.min(rows - 1)) * a.row_stride + start * a.column_stride;
            &a.values[from..from + depth]
        });
        for (p, group) in groups.iter_mut().enumerate() {
            for (value, line) in group.iter_mut().zip(&lines) {
                *value = line[p];
            }
        }
    }
}

/// A block of the output that fits the registers.
struct Tile<'a> {
    a: &'a [f32],
    b: &'a [f32],
    out: &'a mut [f32],
    stride: usize,
    rows: usize,
    columns: usize,
    accumulate: bool,
}

impl Tile<'_> {
    /// `panel_vectors` is the width of a packed row; `VECTORS` of them are used.
    #[inline(always)]
    fn multiply<S: Simd, const ROWS: usize, const VECTORS: usize>(self, simd: S, panel_vectors: usize) {
        let Tile { a, b, out, stride, rows, columns, accumulate } = self;
        let mut sums = [[simd.splat_f32s(0.0); VECTORS]; ROWS];
        if accumulate {
            for (i, sums) in sums[..rows].iter_mut().enumerate() {
                let lanes: &mut [f32] = bytemuck::cast_slice_mut(sums);
                lanes[..columns].copy_from_slice(&out[i * stride..][..columns]);
            }
        }
        let (groups, _) = a.as_chunks::<ROWS>();
        let (vectors, _) = S::as_simd_f32s(b);
        for (group, row) in groups.iter().zip(vectors.chunks_exact(panel_vectors)) {
            let row: &[S::f32s; VECTORS] = row[..VECTORS].try_into().expect("a row is a panel wide");
            for (sums, &value) in sums.iter_mut().zip(group) {
                let value = simd.splat_f32s(value);
                for (sum, &vector) in sums.iter_mut().zip(row) {
                    *sum = simd.mul_add_f32s(value, vector, *sum);
                }
            }
        }
        for (i, sums) in sums[..rows].iter().enumerate() {
            let lanes: &[f32] = bytemuck::cast_slice(sums);
            out[i * stride..][..columns].copy_from_slice(&lanes[..columns]);
        }
    }
}

/// The same product in `f64`: the reference, not tuned.
pub(crate) fn product_f64(
    shape: Shape,
    a: View<'_, f64>,
    b: View<'_, f64>,
    out: &mut [f64],
    accumulate: bool,
) {
    assert_eq!(out.len(), shape.m * shape.n, "the output does not have the product's shape");
    if !accumulate {
        out.fill(0.0);
    }
    for (i, row) in out.chunks_exact_mut(shape.n.max(1)).enumerate() {
        for p in 0..shape.k {
            let value = a.values[i * a.row_stride + p * a.column_stride];
            for (j, sum) in row.iter_mut().enumerate() {
                *sum = value.mul_add(b.values[p * b.row_stride + j * b.column_stride], *sum);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Streams;

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
    fn on_every_path(shape: Shape, a: View<'_, f32>, b: View<'_, f32>, start: Option<&[f32]>) -> Vec<Vec<f32>> {
        let mut results = Vec::new();
        let mut run = |path: &dyn Fn(Product<'_>)| {
            let mut out = start.map_or_else(|| vec![f32::NAN; shape.m * shape.n], <[f32]>::to_vec);
            let scratch = &mut Scratch::default();
            path(Product { shape, a, b, out: &mut out, accumulate: start.is_some(), scratch });
            results.push(out);
        };
        run(&|product| pulp::Scalar::new().vectorize(product));
        run(&|product| Arch::new().dispatch(product));
        #[cfg(target_arch = "x86_64")]
        {
            if let Some(avx2) = pulp::x86::V3::try_new() {
                run(&|product| Simd::vectorize(avx2, product));
            }
            if let Some(avx512) = pulp::x86::V4::try_new() {
                run(&|product| Simd::vectorize(avx512, product));
            }
        }
        results
    }

    fn check(shape: Shape, accumulate: bool) {
        let Shape { m, n, k } = shape;
        let (a, b, start) = (random(m * k, "a"), random(k * n, "b"), random(m * n, "out"));
        let layouts = [
            (View::new(&a, k), View::new(&b, n)),
            (View::new(&a, m).transposed(), View::new(&b, n)),
            (View::new(&a, k), View::new(&b, k).transposed()),
        ];
        for (a, b) in layouts {
            let zeros = vec![0.0; m * n];
            let expected = chain(shape, a, b, if accumulate { &start } else { &zeros });
            for out in on_every_path(shape, a, b, accumulate.then_some(&start[..])) {
                assert_eq!(out, expected, "{shape:?}");
            }
        }
    }

    #[test]
    fn every_path_is_the_chain_to_the_bit() {
        for (m, n, k) in [(128, 64, 64), (1, 1, 1), (7, 2, 64), (128, 10, 30), (13, 33, 700), (6, 16, 257)] {
            check(Shape { m, n, k }, false);
            check(Shape { m, n, k }, true);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_shape_is_the_chain_to_the_bit(m in 1..40_usize, n in 1..40_usize, k in 1..40_usize, accumulate: bool) {
            check(Shape { m, n, k }, accumulate);
        }
    }

    #[test]
    fn a_product_over_nothing_is_zero() {
        let mut out = [f32::NAN; 4];
        let shape = Shape { m: 2, n: 2, k: 0 };
        product_f32(shape, View::new(&[], 0), View::new(&[], 2), &mut out, false, &mut Scratch::default());
        assert_eq!(out, [0.0; 4]);
    }

    #[test]
    fn f64_is_the_same_chain() {
        let (a, b) = ([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [1.0, 0.5, -1.0, 2.0, 0.0, 1.0]);
        let mut out = [0.0; 4];
        product_f64(Shape { m: 2, n: 2, k: 3 }, View::new(&a, 3), View::new(&b, 2), &mut out, false);
        assert_eq!(out, [-1.0, 7.5, -1.0, 18.0]);
    }
}
