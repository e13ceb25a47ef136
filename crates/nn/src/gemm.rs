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
    panels: Vec<T>,
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
        Arch::new().dispatch(Product { shape, a, b, out, start, scratch });
    }
}

/// Checks the output's shape, and fills it where there is nothing to multiply.
fn prepare<T: Copy + Default>(shape: Shape, out: &mut [T], start: Start<'_, T>) {
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
        let Product { shape: Shape { m, n, k }, a, b, out, mut start, scratch } = self;
        let vectors = n.div_ceil(S::F32_LANES).min(VECTORS);
        let width = S::F32_LANES * vectors;
        for from in (0..k).step_by(BLOCK) {
            let depth = BLOCK.min(k - from);
            let b = View { values: &b.values[from * b.row_stride..], ..b };
            let a = View { values: &a.values[from * a.column_stride..], ..a };
            let offset = pack(b, depth, n, width, &mut scratch.panels);
            for top in (0..m).step_by(ROWS) {
                let rows = ROWS.min(m - top);
                let as_lines = a.column_stride == 1;
                if !as_lines {
                    pack_rows::<ROWS>(a, top, rows, depth, &mut scratch.rows);
                }
                let panels = scratch.panels[offset..].chunks_exact(depth * width);
                for (panel, left) in panels.zip((0..n).step_by(width)) {
                    let columns = width.min(n - left);
                    let out = &mut out[top * n + left..];
                    let start = match start {
                        Start::Row(row) => Start::Row(&row[left..left + columns]),
                        other => other,
                    };
                    let tile = Tile { panel, out, stride: n, rows, columns, start };
                    if as_lines {
                        let lines: [&[f32]; ROWS] = std::array::from_fn(|i| {
                            &a.values[(top + i.min(rows - 1)) * a.row_stride..][..depth]
                        });
                        match vectors {
                            1 => tile.multiply_lines::<S, ROWS, 1>(simd, lines),
                            2 => tile.multiply_lines::<S, ROWS, 2>(simd, lines),
                            3 => tile.multiply_lines::<S, ROWS, 3>(simd, lines),
                            _ => tile.multiply_lines::<S, ROWS, 4>(simd, lines),
                        }
                    } else {
                        let (groups, _) = scratch.rows.as_chunks::<ROWS>();
                        match vectors {
                            1 => tile.multiply_packed::<S, ROWS, 1>(simd, groups),
                            2 => tile.multiply_packed::<S, ROWS, 2>(simd, groups),
                            3 => tile.multiply_packed::<S, ROWS, 3>(simd, groups),
                            _ => tile.multiply_packed::<S, ROWS, 4>(simd, groups),
                        }
                    }
                }
            }
            start = Start::Out;
        }
    }
}

/// Copies the first `depth` rows of `b` to panels of `width` columns, row by row, padded with zeros.
/// Returns where the first panel begins: on a cache line.
#[inline(always)]
fn pack(b: View<'_, f32>, depth: usize, n: usize, width: usize, packed: &mut Vec<f32>) -> usize {
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
                let source = &b.values[p * b.row_stride + left..][..columns];
                row[..columns].copy_from_slice(source);
                row[columns..].fill(0.0);
            }
        } else {
            pack_transposed(b, depth, left, columns, width, panel);
        }
    }
    offset
}

/// Columns of `b` that lie contiguously become columns of the panel, eight at a time.
#[inline(always)]
fn pack_transposed(
    b: View<'_, f32>,
    depth: usize,
    left: usize,
    columns: usize,
    width: usize,
    panel: &mut [f32],
) {
    const GROUP: usize = 8;
    for first in (0..width).step_by(GROUP) {
        let lines: [&[f32]; GROUP] = std::array::from_fn(|j| {
            let column = left + (first + j).min(columns - 1);
            &b.values[column * b.column_stride..][..depth]
        });
        for (p, row) in panel.chunks_exact_mut(width).enumerate() {
            let end = width.min(first + GROUP);
            for (value, line) in row[first..end].iter_mut().zip(&lines) {
                *value = line[p];
            }
        }
    }
}

/// Copies `rows` rows of `a`, whose columns lie contiguously, `ROWS` values for each `k`. What stands in
/// the place of missing rows is multiplied and left out.
#[inline(always)]
fn pack_rows<const ROWS: usize>(
    a: View<'_, f32>,
    top: usize,
    rows: usize,
    depth: usize,
    packed: &mut Vec<f32>,
) {
    packed.resize(depth * ROWS, 0.0);
    let (groups, _) = packed.as_chunks_mut::<ROWS>();
    for (p, group) in groups.iter_mut().enumerate() {
        let source = &a.values[p * a.column_stride + top..][..rows];
        if let Some(full) = source.first_chunk::<ROWS>() {
            *group = *full;
        } else {
            group[..rows].copy_from_slice(source);
        }
    }
}

/// A block of the output that fits the registers.
struct Tile<'a> {
    panel: &'a [f32],
    out: &'a mut [f32],
    stride: usize,
    rows: usize,
    columns: usize,
    start: Start<'a, f32>,
}

impl Tile<'_> {
    /// `groups` hold `ROWS` values of `a` for each `k`.
    #[inline(always)]
    fn multiply_packed<S: Simd, const ROWS: usize, const VECTORS: usize>(
        self,
        simd: S,
        groups: &[[f32; ROWS]],
    ) {
        let mut sums = self.begin::<S, ROWS, VECTORS>(simd);
        let (vectors, _) = S::as_simd_f32s(self.panel);
        for (group, row) in groups.iter().zip(vectors.as_chunks::<VECTORS>().0) {
            for (sums, &value) in sums.iter_mut().zip(group) {
                let value = simd.splat_f32s(value);
                for (sum, &vector) in sums.iter_mut().zip(row) {
                    *sum = simd.mul_add_f32s(value, vector, *sum);
                }
            }
        }
        self.end(simd, &sums);
    }

    /// `lines` are `ROWS` rows of `a`, each as deep as the panel. A function of its own: two loops over
    /// the accumulators in one function spill them, at half the speed.
    #[inline(always)]
    fn multiply_lines<S: Simd, const ROWS: usize, const VECTORS: usize>(
        self,
        simd: S,
        lines: [&[f32]; ROWS],
    ) {
        let mut sums = self.begin::<S, ROWS, VECTORS>(simd);
        let (vectors, _) = S::as_simd_f32s(self.panel);
        for (p, row) in vectors.as_chunks::<VECTORS>().0.iter().enumerate() {
            let group: [f32; ROWS] = std::array::from_fn(|i| lines[i][p]);
            for (sums, value) in sums.iter_mut().zip(group) {
                let value = simd.splat_f32s(value);
                for (sum, &vector) in sums.iter_mut().zip(row) {
                    *sum = simd.mul_add_f32s(value, vector, *sum);
                }
            }
        }
        self.end(simd, &sums);
    }

    #[inline(always)]
    fn begin<S: Simd, const ROWS: usize, const VECTORS: usize>(
        &self,
        simd: S,
    ) -> [[S::f32s; VECTORS]; ROWS] {
        let mut sums = [[simd.splat_f32s(0.0); VECTORS]; ROWS];
        match self.start {
            Start::Zero => {}
            Start::Row(row) => sums.fill(load(simd, row)),
            Start::Out => {
                for (i, sums) in sums[..self.rows].iter_mut().enumerate() {
                    *sums = load(simd, &self.out[i * self.stride..][..self.columns]);
                }
            }
        }
        sums
    }

    #[inline(always)]
    fn end<S: Simd, const ROWS: usize, const VECTORS: usize>(
        self,
        simd: S,
        sums: &[[S::f32s; VECTORS]; ROWS],
    ) {
        for (i, sums) in sums[..self.rows].iter().enumerate() {
            store(simd, sums, &mut self.out[i * self.stride..][..self.columns]);
        }
    }
}

/// `values` in vectors; missing lanes are 0.
#[inline(always)]
fn load<S: Simd, const VECTORS: usize>(simd: S, values: &[f32]) -> [S::f32s; VECTORS] {
    if let Ok(vectors) = S::as_simd_f32s(values).0.try_into()
        && values.len() == VECTORS * S::F32_LANES
    {
        return vectors;
    }
    std::array::from_fn(|v| {
        let start = (v * S::F32_LANES).min(values.len());
        let end = (start + S::F32_LANES).min(values.len());
        simd.partial_load_f32s(&values[start..end])
    })
}

/// The first lanes of `vectors` to `out`.
#[inline(always)]
fn store<S: Simd, const VECTORS: usize>(simd: S, vectors: &[S::f32s; VECTORS], out: &mut [f32]) {
    if out.len() == VECTORS * S::F32_LANES {
        S::as_mut_simd_f32s(out).0.copy_from_slice(vectors);
        return;
    }
    for (&vector, lanes) in vectors.iter().zip(out.chunks_mut(S::F32_LANES)) {
        simd.partial_store_f32s(lanes, vector);
    }
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
    fn on_every_path(
        shape: Shape,
        a: View<'_, f32>,
        b: View<'_, f32>,
        start: Start<'_, f32>,
        held: &[f32],
    ) -> Vec<Vec<f32>> {
        let mut results = Vec::new();
        let mut run = |path: &dyn Fn(Product<'_>)| {
            let mut out = held.to_vec();
            let scratch = &mut Scratch::default();
            path(Product { shape, a, b, out: &mut out, start, scratch });
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
}
