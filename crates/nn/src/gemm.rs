//! Matrix products whose every output is one chain of fused multiply-adds in the order of `k`.
//!
//! ```text
//! out[i, j] = fma(a[i, K-1], b[K-1, j], ... fma(a[i, 1], b[1, j], fma(a[i, 0], b[0, j], start)))
//! ```
//!
//! `start` is 0 or what `out` held. Vectors run across the columns, never across `k`, so that
//! AVX-512, AVX2, NEON and scalar fused multiply-adds give the same bits.

pub(crate) mod gathered;
mod packing;
mod strip;
mod tile;

use pulp::{Simd, WithSimd};

use crate::gemm::packing::pack;
use crate::gemm::strip::Strip;
use crate::wide::arch;

/// A matrix as it lies in memory: element `(i, j)` is `values[i * row_stride + j * column_stride]`.
#[derive(Clone, Copy, Debug)]
pub struct View<'a, T> {
    pub(crate) values: &'a [T],
    pub(crate) row_stride: usize,
    pub(crate) column_stride: usize,
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

/// Where the chains begin.
#[derive(Clone, Copy, Debug)]
pub enum Start<'a, T> {
    /// At 0.
    Zero,
    /// At what `out` holds.
    Out,
    /// At a row that all rows of `out` share, `[n]`: the biases of a layer.
    Row(&'a [T]),
}

/// Buffers that products reuse, so that none is allocated after the first.
#[derive(Clone, Debug, Default)]
pub struct Scratch<T> {
    rows: Vec<T>,
    pub(crate) panels: Vec<T>,
    tile: Vec<T>,
    /// An image between its margins.
    framed: Vec<T>,
    /// Weights in another order.
    pub(crate) turned: Vec<T>,
    /// The transpose of an output.
    columns: Vec<T>,
    /// Rows that are worked on in place of all.
    pub(crate) kept: Vec<u32>,
    /// Those of an input, of the gradient at the output, and of that at the input.
    pub(crate) rows_kept: [Vec<T>; 3],
}

#[cfg(test)]
impl<T> Scratch<T> {
    /// Where the buffers are.
    pub(crate) fn addresses(&self) -> Vec<*const T> {
        let Scratch { rows, panels, tile, framed, turned, columns, kept, rows_kept } = self;
        let buffers = [rows, panels, tile, framed, turned, columns].map(Vec::as_ptr);
        let rows = rows_kept.iter().map(Vec::as_ptr);
        buffers.into_iter().chain(rows).chain([kept.as_ptr().cast()]).collect()
    }
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
    start: Start<'a, f32>,
    scratch: &'a mut Scratch<f32>,
}

/// `out = start + a · b`; `out` is row-major, `[m, n]`.
pub(crate) fn product_f32(
    shape: Shape,
    a: View<'_, f32>,
    b: View<'_, f32>,
    out: &mut [f32],
    start: Start<'_, f32>,
    scratch: &mut Scratch<f32>,
) {
    prepare(shape, out, start);
    if shape.k != 0 {
        arch().dispatch(Product { shape, a, b, out, start, scratch });
    }
}

/// Checks the output's shape, and fills it where there is nothing to multiply.
pub(crate) fn prepare<T: Copy + Default>(shape: Shape, out: &mut [T], start: Start<'_, T>) {
    assert_eq!(out.len(), shape.m * shape.n, "the output does not have the product's shape");
    if shape.k == 0 {
        match start {
            Start::Zero => out.fill(T::default()),
            Start::Out => {}
            Start::Row(row) => {
                out.chunks_exact_mut(shape.n.max(1)).for_each(|o| o.copy_from_slice(row));
            }
        }
    }
}

impl WithSimd for Product<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        if self.is_narrow::<S>() {
            self.transposed(simd);
        } else {
            simd.vectorize(Straight(self));
        }
    }
}

impl Product<'_> {
    /// Whether the output has too few columns for a vector: its transpose then has whole ones, and the same chains, as a
    /// product of two numbers does not depend on their order. Rows of `a` that do not lie as columns have to be copied
    /// for it, which only very few columns are worth.
    #[inline(always)]
    fn is_narrow<S: Simd>(&self) -> bool {
        let Shape { m, n, k } = self.shape;
        let lie_as_columns = self.a.row_stride == 1 && self.a.column_stride != 1;
        let very = 4 * n <= S::F32_LANES && S::F32_LANES <= k;
        n < S::F32_LANES && S::F32_LANES <= m && (lie_as_columns || very)
    }

    /// `outᵀ = startᵀ + bᵀ · aᵀ`.
    #[inline(always)]
    fn transposed<S: Simd>(self, simd: S) {
        let Product { shape: Shape { m, n, k }, a, b, out, start, scratch } = self;
        let mut columns = std::mem::take(&mut scratch.columns);
        columns.resize(out.len(), 0.0);
        let start = match start {
            Start::Zero => Start::Zero,
            Start::Out => {
                transpose(out, n, &mut columns);
                Start::Out
            }
            Start::Row(row) => {
                let lines = columns.chunks_exact_mut(m).zip(row);
                lines.for_each(|(line, &value)| line.fill(value));
                Start::Out
            }
        };
        let (shape, a, b) = (Shape { m: n, n: m, k }, b.transposed(), a.transposed());
        let scratch = &mut *scratch;
        simd.vectorize(Straight(Product { shape, a, b, out: &mut columns, start, scratch }));
        transpose(&columns, m, out);
        scratch.columns = columns;
    }
}

/// A product as it is asked for. A function of its own: who has two ways to it holds it once.
struct Straight<'a>(Product<'a>);

impl WithSimd for Straight<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        // As many accumulators as the registers hold beside one row of `b` and a broadcast.
        match (S::F32_LANES, self.0.shape.m) {
            (16.., ..=2) => self.0.widths::<S, 2, 4>(simd),
            (16.., _) => self.0.widths::<S, 6, 4>(simd),
            (8.., _) => self.0.widths::<S, 6, 2>(simd),
            _ => self.0.widths::<S, 4, 2>(simd),
        }
    }
}

impl Product<'_> {
    /// Panels no wider than the output.
    #[inline(always)]
    fn widths<S: Simd, const ROWS: usize, const VECTORS: usize>(self, simd: S) {
        match self.shape.n.div_ceil(S::F32_LANES) {
            1 => self.blocks::<S, ROWS, 1>(simd),
            2 if VECTORS > 2 => self.blocks::<S, ROWS, 2>(simd),
            3 if VECTORS > 3 => self.blocks::<S, ROWS, 3>(simd),
            _ => self.blocks::<S, ROWS, VECTORS>(simd),
        }
    }

    #[inline(always)]
    fn blocks<S: Simd, const ROWS: usize, const VECTORS: usize>(self, simd: S) {
        let Product { shape: Shape { m, n, k }, a, b, out, mut start, scratch } = self;
        let Scratch { rows: packed, panels, tile, .. } = scratch;
        let width = S::F32_LANES * VECTORS;
        tile.resize(ROWS * width, 0.0);
        for from in (0..k).step_by(BLOCK) {
            let depth = BLOCK.min(k - from);
            let b = View { values: &b.values[from * b.row_stride..], ..b };
            let a = View { values: &a.values[from * a.column_stride..], ..a };
            // Rows of `b` that are as wide as a panel are one as they lie.
            let panels = if n == width && b.column_stride == 1 && b.row_stride == n {
                &b.values[..depth * width]
            } else {
                let offset = pack::<S, VECTORS>(simd, b, depth, n, panels);
                &panels[offset..]
            };
            let mut top = 0;
            while top < m {
                let left = m - top;
                let (rows, out) = (left.min(ROWS), &mut out[top * n..]);
                let strip = Strip { top, rows, n, depth, a, panels, start, out, packed, tile };
                // The last rows are multiplied by themselves where few are left.
                match left {
                    1 | 2 => strip.multiply::<S, 2, VECTORS>(simd),
                    3 | 4 => strip.multiply::<S, 4, VECTORS>(simd),
                    _ => strip.multiply::<S, ROWS, VECTORS>(simd),
                }
                top += rows;
            }
            start = Start::Out;
        }
    }
}

/// `to ← fromᵀ`, of rows of `n` values.
#[inline(always)]
fn transpose(from: &[f32], n: usize, to: &mut [f32]) {
    let m = from.len() / n;
    for (i, row) in from.chunks_exact(n).enumerate() {
        for (j, &value) in row.iter().enumerate() {
            to[j * m + i] = value;
        }
    }
}

/// The first `VECTORS` vectors of `values`.
#[inline(always)]
fn load<S: Simd, const VECTORS: usize>(values: &[f32]) -> [S::f32s; VECTORS] {
    let (vectors, _) = S::as_simd_f32s(&values[..VECTORS * S::F32_LANES]);
    std::array::from_fn(|v| vectors[v])
}

/// The same product in `f64`: the reference, not tuned.
pub(crate) fn product_f64(
    shape: Shape,
    a: View<'_, f64>,
    b: View<'_, f64>,
    out: &mut [f64],
    start: Start<'_, f64>,
) {
    prepare(shape, out, start);
    for (i, row) in out.chunks_exact_mut(shape.n.max(1)).enumerate() {
        match start {
            Start::Zero => row.fill(0.0),
            Start::Out => {}
            Start::Row(biases) => row.copy_from_slice(biases),
        }
        for p in 0..shape.k {
            let value = a.values[i * a.row_stride + p * a.column_stride];
            for (j, sum) in row.iter_mut().enumerate() {
                *sum = value.mul_add(b.values[p * b.row_stride + j * b.column_stride], *sum);
            }
        }
    }
}

#[cfg(test)]
mod tests;
