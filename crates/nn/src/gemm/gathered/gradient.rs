//! What the images of a batch say together: their patches, transposed, times a matrix.

use pulp::{Simd, WithSimd};

use crate::Real;
use crate::gemm::gathered::{CHAIN, Gathered};
use crate::gemm::packing::pack;
use crate::gemm::{Scratch, View, load};
use crate::wide::arch;

/// The transpose of all patches times `deltas`, `[patches of all images, n]`: `out` is `[k, n]`.
pub(super) struct Gradient<'a> {
    pub(super) a: Gathered<'a, f32>,
    pub(super) deltas: &'a [f32],
    pub(super) out: &'a mut [f32],
    pub(super) scratch: &'a mut Scratch<f32>,
}

/// See [`Gradient`].
pub(crate) fn gradient_f32(
    a: Gathered<'_, f32>,
    deltas: &[f32],
    out: &mut [f32],
    scratch: &mut Scratch<f32>,
) {
    arch().dispatch(Gradient { a, deltas, out, scratch });
}

/// The same sums in any type: the reference, not tuned.
#[inline(always)]
pub(crate) fn gradient_plain<T: Real>(
    a: Gathered<'_, T>,
    deltas: &[T],
    out: &mut [T],
    scratch: &mut Scratch<T>,
) {
    let Gathered { frame, patches, .. } = a;
    let (n, n_patches) = (out.len() / patches.k(), patches.starts.len());
    let Scratch { framed, tile, .. } = scratch;
    frame.clear(framed, 0);
    tile.resize(out.len(), T::ZERO);
    out.fill(T::ZERO);
    for (image, deltas) in a.images(deltas, n_patches * n) {
        frame.place(image, framed);
        for (starts, deltas) in patches.starts.chunks(CHAIN).zip(deltas.chunks(CHAIN * n)) {
            tile.fill(T::ZERO);
            for (&r, delta) in starts.iter().zip(deltas.chunks_exact(n)) {
                let segments = patches.segments.iter().map(|t| &framed[r + t..][..patches.depth]);
                for (&value, sums) in segments.flatten().zip(tile.chunks_exact_mut(n)) {
                    sums.iter_mut().zip(delta).for_each(|(sum, &d)| *sum = value.mul_add(d, *sum));
                }
            }
            out.iter_mut().zip(&*tile).for_each(|(out, &sum)| *out += sum);
        }
    }
}

impl WithSimd for Gradient<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        // As many accumulators as the registers hold beside one row of deltas and a broadcast.
        let n = self.out.len() / self.a.patches.k();
        match (S::F32_LANES, n.div_ceil(S::F32_LANES)) {
            (16.., 1) => self.images::<S, 8, 1>(simd),
            (16.., 2) => self.images::<S, 8, 2>(simd),
            (16.., 3) => self.images::<S, 6, 3>(simd),
            (16.., _) => self.images::<S, 6, 4>(simd),
            (8.., 1) => self.images::<S, 8, 1>(simd),
            (8.., _) => self.images::<S, 6, 2>(simd),
            (_, 1) => self.images::<S, 4, 1>(simd),
            _ => self.images::<S, 4, 2>(simd),
        }
    }
}

impl Gradient<'_> {
    #[inline(always)]
    fn images<S: Simd, const ROWS: usize, const VECTORS: usize>(self, simd: S) {
        let Gradient { a, deltas, out, scratch } = self;
        let Gathered { frame, patches, .. } = a;
        let Scratch { panels, tile, framed, .. } = scratch;
        let (n, n_patches) = (out.len() / patches.k(), patches.starts.len());
        let width = S::F32_LANES * VECTORS;
        tile.resize(ROWS * width, 0.0);
        // A tile at a segment's end reads on; what it makes of that is left out.
        frame.clear(framed, ROWS);
        out.fill(0.0);
        for (image, deltas) in a.images(deltas, n_patches * n) {
            frame.place(image, framed);
            for (starts, deltas) in patches.starts.chunks(CHAIN).zip(deltas.chunks(CHAIN * n)) {
                let k = starts.len();
                // Rows as wide as a panel are one as they lie.
                let panels = if n == width {
                    deltas
                } else {
                    let offset = pack::<S, VECTORS>(simd, View::new(deltas, n), k, n, panels);
                    &panels[offset..]
                };
                for (panel, left) in panels.chunks_exact(k * width).zip((0..n).step_by(width)) {
                    let columns = width.min(n - left);
                    for (s, &t) in patches.segments.iter().enumerate() {
                        for p in (0..patches.depth).step_by(ROWS) {
                            let rows = ROWS.min(patches.depth - p);
                            let sums =
                                chains::<S, ROWS, VECTORS>(simd, panel, &framed[t + p..], starts);
                            let out = &mut out[(s * patches.depth + p) * n + left..];
                            if rows == ROWS && columns == width {
                                add::<S, ROWS, VECTORS>(simd, sums, out, n);
                            } else {
                                tile.fill(0.0);
                                add::<S, ROWS, VECTORS>(simd, sums, tile, width);
                                add_part(tile, width, out, n, (rows, columns));
                            }
                        }
                    }
                }
            }
        }
    }
}

/// One chain for each of `ROWS` neighbouring values of the patches.
#[inline(always)]
fn chains<S: Simd, const ROWS: usize, const VECTORS: usize>(
    simd: S,
    panel: &[f32],
    image: &[f32],
    starts: &[usize],
) -> [[S::f32s; VECTORS]; ROWS] {
    let mut sums = [[simd.splat_f32s(0.0); VECTORS]; ROWS];
    let (vectors, _) = S::as_simd_f32s(panel);
    for (&r, row) in starts.iter().zip(vectors.as_chunks::<VECTORS>().0) {
        let Some(values) = image[r..].first_chunk::<ROWS>() else { continue };
        for (sums, &value) in sums.iter_mut().zip(values) {
            let value = simd.splat_f32s(value);
            for (sum, &vector) in sums.iter_mut().zip(row) {
                *sum = simd.mul_add_f32s(value, vector, *sum);
            }
        }
    }
    sums
}

#[inline(always)]
fn add<S: Simd, const ROWS: usize, const VECTORS: usize>(
    simd: S,
    sums: [[S::f32s; VECTORS]; ROWS],
    out: &mut [f32],
    stride: usize,
) {
    for (i, sums) in sums.into_iter().enumerate() {
        let held = load::<S, VECTORS>(&out[i * stride..]);
        let (row, _) = S::as_mut_simd_f32s(&mut out[i * stride..][..VECTORS * S::F32_LANES]);
        for ((out, held), sum) in row.iter_mut().zip(held).zip(sums) {
            *out = simd.add_f32s(held, sum);
        }
    }
}

#[inline(always)]
fn add_part(
    tile: &[f32],
    width: usize,
    out: &mut [f32],
    stride: usize,
    (rows, columns): (usize, usize),
) {
    for i in 0..rows {
        let out = &mut out[i * stride..][..columns];
        out.iter_mut().zip(&tile[i * width..]).for_each(|(out, &sum)| *out += sum);
    }
}
