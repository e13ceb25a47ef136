//! Rows of an output, as many as the registers hold, multiplied panel by panel.

use pulp::Simd;

use crate::gemm::packing::pack_rows;
use crate::gemm::{Start, View, load};

/// Rows of the output that are multiplied together, and a block of `k`.
pub(super) struct Strip<'a> {
    /// The first row, in `a`.
    pub(super) top: usize,
    pub(super) rows: usize,
    pub(super) n: usize,
    pub(super) depth: usize,
    pub(super) a: View<'a, f32>,
    pub(super) panels: &'a [f32],
    pub(super) start: Start<'a, f32>,
    /// From the first row on.
    pub(super) out: &'a mut [f32],
    pub(super) packed: &'a mut Vec<f32>,
    pub(super) tile: &'a mut [f32],
}

impl Strip<'_> {
    #[inline(always)]
    pub(super) fn multiply<S: Simd, const ROWS: usize, const VECTORS: usize>(self, simd: S) {
        let Strip { top, rows, n, depth, a, panels, start, out, packed, tile } = self;
        let width = S::F32_LANES * VECTORS;
        let as_lines = a.column_stride == 1;
        // Columns of `a` that lie as rows hold the values of a block side by side.
        let as_groups = a.row_stride == 1 && rows == ROWS;
        if !as_lines && !as_groups {
            pack_rows::<ROWS>(a, top, rows, depth, packed);
        }
        let panels = panels.chunks_exact(depth * width);
        for (panel, left) in panels.zip((0..n).step_by(width)) {
            let columns = width.min(n - left);
            let mut start = match start {
                Start::Row(row) => Start::Row(&row[left..left + columns]),
                other => other,
            };
            let out = &mut out[left..];
            let whole = rows == ROWS && columns == width;
            if !whole {
                begin_part(start, tile, out, (rows, columns), (width, n));
                start = Start::Out;
            }
            let (block, stride) = if whole { (&mut *out, n) } else { (&mut *tile, width) };
            if as_lines {
                let lines: [&[f32]; ROWS] = std::array::from_fn(|i| {
                    &a.values[(top + i.min(rows - 1)) * a.row_stride..][..depth]
                });
                multiply_lines::<S, ROWS, VECTORS>(simd, panel, lines, start, block, stride);
            } else {
                let (groups, hop) = if as_groups {
                    (&a.values[top..], a.column_stride)
                } else {
                    (packed.as_slice(), ROWS)
                };
                multiply_groups::<S, ROWS, VECTORS>(simd, panel, groups, hop, start, block, stride);
            }
            if !whole {
                copy_block(tile, width, out, n, (rows, columns));
            }
        }
    }
}

/// Puts the start of a block at the output's edge into `tile`, where whole vectors can be multiplied.
#[inline(always)]
fn begin_part(
    start: Start<'_, f32>,
    tile: &mut [f32],
    out: &[f32],
    (rows, columns): (usize, usize),
    (width, stride): (usize, usize),
) {
    match start {
        Start::Zero => tile.fill(0.0),
        Start::Row(row) => {
            for tile in tile.chunks_exact_mut(width) {
                tile.iter_mut().zip(row).for_each(|(value, &start)| *value = start);
            }
        }
        Start::Out => copy_block(out, stride, tile, width, (rows, columns)),
    }
}

#[inline(always)]
fn copy_block(
    from: &[f32],
    from_stride: usize,
    to: &mut [f32],
    to_stride: usize,
    (rows, columns): (usize, usize),
) {
    for i in 0..rows {
        let from = &from[i * from_stride..][..columns];
        let to = &mut to[i * to_stride..][..columns];
        to.iter_mut().zip(from).for_each(|(to, &from)| *to = from);
    }
}

/// A block of the output that fits the registers. `groups` hold `ROWS` values of `a` for each `k`, every `hop` values.
#[inline(always)]
fn multiply_groups<S: Simd, const ROWS: usize, const VECTORS: usize>(
    simd: S,
    panel: &[f32],
    groups: &[f32],
    hop: usize,
    start: Start<'_, f32>,
    out: &mut [f32],
    stride: usize,
) {
    let mut sums = begin::<S, ROWS, VECTORS>(simd, start, out, stride);
    let (vectors, _) = S::as_simd_f32s(panel);
    for (group, row) in groups.chunks(hop).zip(vectors.as_chunks::<VECTORS>().0) {
        let Some(group) = group.first_chunk::<ROWS>() else { break };
        for (sums, &value) in sums.iter_mut().zip(group) {
            let value = simd.splat_f32s(value);
            for (sum, &vector) in sums.iter_mut().zip(row) {
                *sum = simd.mul_add_f32s(value, vector, *sum);
            }
        }
    }
    end::<S, ROWS, VECTORS>(sums, out, stride);
}

/// The same block, where `lines` are `ROWS` rows of `a`, each as deep as the panel. A function of its
/// own: two loops over the accumulators in one function spill them, at half the speed.
#[inline(always)]
fn multiply_lines<S: Simd, const ROWS: usize, const VECTORS: usize>(
    simd: S,
    panel: &[f32],
    lines: [&[f32]; ROWS],
    start: Start<'_, f32>,
    out: &mut [f32],
    stride: usize,
) {
    let mut sums = begin::<S, ROWS, VECTORS>(simd, start, out, stride);
    let (vectors, _) = S::as_simd_f32s(panel);
    for (p, row) in vectors.as_chunks::<VECTORS>().0.iter().enumerate() {
        let group: [f32; ROWS] = std::array::from_fn(|i| lines[i][p]);
        for (sums, value) in sums.iter_mut().zip(group) {
            let value = simd.splat_f32s(value);
            for (sum, &vector) in sums.iter_mut().zip(row) {
                *sum = simd.mul_add_f32s(value, vector, *sum);
            }
        }
    }
    end::<S, ROWS, VECTORS>(sums, out, stride);
}

#[inline(always)]
fn begin<S: Simd, const ROWS: usize, const VECTORS: usize>(
    simd: S,
    start: Start<'_, f32>,
    out: &[f32],
    stride: usize,
) -> [[S::f32s; VECTORS]; ROWS] {
    match start {
        Start::Zero => [[simd.splat_f32s(0.0); VECTORS]; ROWS],
        Start::Row(row) => [load::<S, VECTORS>(row); ROWS],
        Start::Out => std::array::from_fn(|i| load::<S, VECTORS>(&out[i * stride..])),
    }
}

#[inline(always)]
fn end<S: Simd, const ROWS: usize, const VECTORS: usize>(
    sums: [[S::f32s; VECTORS]; ROWS],
    out: &mut [f32],
    stride: usize,
) {
    for (i, sums) in sums.into_iter().enumerate() {
        let (row, _) = S::as_mut_simd_f32s(&mut out[i * stride..][..VECTORS * S::F32_LANES]);
        for (out, sum) in row.iter_mut().zip(sums) {
            *out = sum;
        }
    }
}
