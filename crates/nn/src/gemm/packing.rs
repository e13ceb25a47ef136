//! Operands of a product copied to the order in which its blocks read them.

use pulp::{Simd, WithSimd};

use crate::gemm::tile::transposed;
use crate::gemm::{View, load};

/// Copies the first `depth` rows of `b` to panels of `VECTORS` vectors, row by row, padded with zeros.
/// Returns where the first panel begins: on a cache line.
#[inline(always)]
pub(super) fn pack<S: Simd, const VECTORS: usize>(
    simd: S,
    b: View<'_, f32>,
    depth: usize,
    n: usize,
    packed: &mut Vec<f32>,
) -> usize {
    let width = S::F32_LANES * VECTORS;
    let needed = n.div_ceil(width) * width * depth;
    if packed.len() < needed + 16 {
        packed.resize(needed + 16, 0.0);
    }
    let offset = packed.as_ptr().align_offset(64).min(15);
    let panels = packed[offset..offset + needed].chunks_exact_mut(width * depth);
    for (panel, left) in panels.zip((0..n).step_by(width)) {
        let columns = width.min(n - left);
        if b.column_stride != 1 {
            simd.vectorize(Transposed { b, depth, left, columns, width, panel });
        } else if columns == width {
            let (rows, _) = S::as_mut_simd_f32s(panel);
            for (p, row) in rows.as_chunks_mut::<VECTORS>().0.iter_mut().enumerate() {
                *row = load::<S, VECTORS>(&b.values[p * b.row_stride + left..]);
            }
        } else {
            for (p, row) in panel.chunks_exact_mut(width).enumerate() {
                let source = &b.values[p * b.row_stride + left..][..columns];
                row.fill(0.0);
                row.iter_mut().zip(source).for_each(|(value, &source)| *value = source);
            }
        }
    }
    offset
}

/// Columns of `b` that lie contiguously become columns of the panel, a vector of them at a time. A function of its own,
/// which all kernels share.
struct Transposed<'a> {
    b: View<'a, f32>,
    depth: usize,
    /// The first column.
    left: usize,
    columns: usize,
    /// Of the panel.
    width: usize,
    panel: &'a mut [f32],
}

impl WithSimd for Transposed<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        match S::F32_LANES {
            16 => self.tiles::<S, 16>(simd),
            8 => self.tiles::<S, 8>(simd),
            4 => self.tiles::<S, 4>(simd),
            _ => self.tiles::<S, 1>(simd),
        }
    }
}

impl Transposed<'_> {
    #[inline(always)]
    fn tiles<S: Simd, const LANES: usize>(self, simd: S) {
        let Transposed { b, depth, left, columns, width, panel } = self;
        for first in (0..width).step_by(LANES) {
            // The last column stands in for those that are missing.
            let mut lines: [&[f32]; LANES] = [&[]; LANES];
            for (j, line) in lines.iter_mut().enumerate() {
                let column = left + (first + j).min(columns - 1);
                *line = &b.values[column * b.column_stride..][..depth];
            }
            let whole = depth / LANES * LANES;
            for top in (0..whole).step_by(LANES) {
                let rows = transposed::<S, LANES>(simd, &lines, top);
                for (p, row) in rows.into_iter().enumerate() {
                    let (to, _) =
                        S::as_mut_simd_f32s(&mut panel[(top + p) * width + first..][..LANES]);
                    to[0] = row;
                }
            }
            for p in whole..depth {
                let row = &mut panel[p * width + first..][..LANES];
                row.iter_mut().zip(&lines).for_each(|(value, line)| *value = line[p]);
            }
        }
    }
}

/// Copies `rows` rows of `a`, whose columns lie contiguously, `ROWS` values for each `k`. What stands in
/// the place of missing rows is multiplied and left out.
#[inline(always)]
pub(super) fn pack_rows<const ROWS: usize>(
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
            group.iter_mut().zip(source).for_each(|(value, &source)| *value = source);
        }
    }
}
