//! What surrounds the places of every image, times a matrix.

use pulp::{Simd, WithSimd};

use crate::Real;
use crate::gemm::gathered::{Run, Surroundings};
use crate::gemm::packing::pack;
use crate::gemm::{Scratch, Start, View, load};
use crate::wide::arch;

/// What surrounds the places of every image times `b`, `[k, n]`.
pub(super) struct Correlate<'a> {
    pub(super) a: Surroundings<'a, f32>,
    pub(super) b: &'a [f32],
    pub(super) out: &'a mut [f32],
    pub(super) start: Start<'a, f32>,
    pub(super) scratch: &'a mut Scratch<f32>,
}

/// See [`Correlate`].
pub(crate) fn correlate_f32(
    a: Surroundings<'_, f32>,
    b: &[f32],
    out: &mut [f32],
    start: Start<'_, f32>,
    scratch: &mut Scratch<f32>,
) {
    arch().dispatch(Correlate { a, b, out, start, scratch });
}

/// The same chains in any type: the reference, not tuned.
#[inline(always)]
pub(crate) fn correlate_plain<T: Real>(
    a: Surroundings<'_, T>,
    b: &[T],
    out: &mut [T],
    start: Start<'_, T>,
) {
    let Surroundings { places, images, .. } = a;
    let (n, [image_len, out_len]) = (b.len() / places.k, places.lens);
    for at in (0..a.n_kept()).map(|at| a.image(at)) {
        let (image, out) = (&images[at * image_len..], &mut out[at * out_len..]);
        for place in &places.list {
            let out = &mut out[place.out..][..n];
            match start {
                Start::Zero => out.fill(T::ZERO),
                Start::Row(row) => out.copy_from_slice(row),
                Start::Out => {}
            }
            for run in &place.runs {
                let b = b[run.row * n..].chunks_exact(n);
                for (&value, b) in image[run.from..][..run.len].iter().zip(b) {
                    out.iter_mut().zip(b).for_each(|(out, &b)| *out = value.mul_add(b, *out));
                }
            }
        }
    }
}

impl WithSimd for Correlate<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        // As many accumulators as the registers hold beside one row of `b` and a broadcast.
        let n = self.b.len() / self.a.places.k;
        match (S::F32_LANES, n.div_ceil(S::F32_LANES)) {
            (16.., 1) => self.units::<S, 8, 1>(simd),
            (16.., 2) => self.units::<S, 8, 2>(simd),
            (16.., 3) => self.units::<S, 8, 3>(simd),
            (16.., _) => self.units::<S, 6, 4>(simd),
            (8.., 1) => self.units::<S, 8, 1>(simd),
            (8.., _) => self.units::<S, 6, 2>(simd),
            (_, 1) => self.units::<S, 4, 1>(simd),
            _ => self.units::<S, 4, 2>(simd),
        }
    }
}

impl Correlate<'_> {
    /// Runs in pieces of a known length, whose bounds are checked once.
    #[inline(always)]
    fn units<S: Simd, const ROWS: usize, const VECTORS: usize>(self, simd: S) {
        match self.a.places.unit {
            unit if unit.is_multiple_of(8) => self.images::<S, ROWS, VECTORS, 8>(simd),
            unit if unit.is_multiple_of(5) => self.images::<S, ROWS, VECTORS, 5>(simd),
            unit if unit.is_multiple_of(3) => self.images::<S, ROWS, VECTORS, 3>(simd),
            _ => self.images::<S, ROWS, VECTORS, 1>(simd),
        }
    }

    #[inline(always)]
    fn images<S: Simd, const ROWS: usize, const VECTORS: usize, const PIECE: usize>(self, simd: S) {
        let Correlate { a, b, out, start, scratch } = self;
        let Surroundings { places, images, .. } = a;
        let Scratch { panels, tile, .. } = scratch;
        let (k, [image_len, out_len]) = (places.k, places.lens);
        let (n, n_images) = (b.len() / k, a.n_kept());
        let width = S::F32_LANES * VECTORS;
        tile.resize(ROWS * width, 0.0);
        let offset = pack::<S, VECTORS>(simd, View::new(b, n), k, n, panels);
        let panels = &panels[offset..];
        for first in (0..n_images).step_by(ROWS) {
            let rows = ROWS.min(n_images - first);
            // The last image stands in for those that are missing.
            let image: [usize; ROWS] = std::array::from_fn(|i| a.image(first + i.min(rows - 1)));
            let from = image.map(|image| image * image_len);
            for place in &places.list {
                let to = image.map(|image| image * out_len + place.out);
                for (panel, left) in panels.chunks_exact(k * width).zip((0..n).step_by(width)) {
                    let columns = width.min(n - left);
                    let to = to.map(|o| o + left);
                    let start = match start {
                        Start::Row(row) => Start::Row(&row[left..left + columns]),
                        other => other,
                    };
                    if rows == ROWS && columns == width {
                        let out = (&mut *out, to);
                        multiply::<S, ROWS, VECTORS, PIECE>(
                            simd,
                            panel,
                            images,
                            from,
                            &place.runs,
                            start,
                            out,
                        );
                        continue;
                    }
                    begin_part(start, tile, width, columns, out, &to);
                    let part = (tile.as_mut_slice(), std::array::from_fn(|i| i * width));
                    multiply::<S, ROWS, VECTORS, PIECE>(
                        simd,
                        panel,
                        images,
                        from,
                        &place.runs,
                        Start::Out,
                        part,
                    );
                    for (tile, &o) in tile.chunks_exact(width).zip(&to).take(rows) {
                        out[o..][..columns].copy_from_slice(&tile[..columns]);
                    }
                }
            }
        }
    }
}

/// Puts the start of outputs at an edge into `tile`, where whole vectors can be multiplied.
#[inline(always)]
fn begin_part(
    start: Start<'_, f32>,
    tile: &mut [f32],
    width: usize,
    columns: usize,
    out: &[f32],
    from: &[usize],
) {
    for (tile, &o) in tile.chunks_exact_mut(width).zip(from) {
        match start {
            Start::Zero => tile.fill(0.0),
            Start::Row(row) => tile[..columns].copy_from_slice(row),
            Start::Out => tile[..columns].copy_from_slice(&out[o..][..columns]),
        }
    }
}

/// The outputs, at their places in `out`, of as many images as the registers have room for: those that begin at `from`.
#[inline(always)]
fn multiply<S: Simd, const ROWS: usize, const VECTORS: usize, const PIECE: usize>(
    simd: S,
    panel: &[f32],
    images: &[f32],
    from: [usize; ROWS],
    runs: &[Run],
    start: Start<'_, f32>,
    (out, to): (&mut [f32], [usize; ROWS]),
) {
    let mut sums: [[S::f32s; VECTORS]; ROWS] = match start {
        Start::Zero => [[simd.splat_f32s(0.0); VECTORS]; ROWS],
        Start::Row(row) => [load::<S, VECTORS>(row); ROWS],
        Start::Out => to.map(
            #[inline(always)]
            |o| load::<S, VECTORS>(&out[o..]),
        ),
    };
    let (vectors, _) = S::as_simd_f32s(panel);
    let (vectors, _) = vectors.as_chunks::<VECTORS>();
    for run in runs {
        let mut lines: [&[[f32; PIECE]]; ROWS] = [&[]; ROWS];
        for (line, from) in lines.iter_mut().zip(from) {
            *line = images[from + run.from..][..run.len].as_chunks::<PIECE>().0;
        }
        let vectors = &vectors[run.row..][..run.len];
        for (p, rows) in vectors.as_chunks::<PIECE>().0.iter().enumerate() {
            let mut pieces: [&[f32; PIECE]; ROWS] = [&[0.0; PIECE]; ROWS];
            for (piece, line) in pieces.iter_mut().zip(lines) {
                *piece = &line[p];
            }
            for (q, row) in rows.iter().enumerate() {
                for (sums, piece) in sums.iter_mut().zip(pieces) {
                    let value = simd.splat_f32s(piece[q]);
                    for (sum, &vector) in sums.iter_mut().zip(row) {
                        *sum = simd.mul_add_f32s(value, vector, *sum);
                    }
                }
            }
        }
    }
    for (sums, o) in sums.into_iter().zip(to) {
        let (row, _) = S::as_mut_simd_f32s(&mut out[o..][..VECTORS * S::F32_LANES]);
        for (out, sum) in row.iter_mut().zip(sums) {
            *out = sum;
        }
    }
}
