//! The patches of every image times a matrix.

use pulp::{Arch, Simd, WithSimd};

use crate::Real;
use crate::gemm::gathered::{Gathered, Patches};
use crate::gemm::packing::pack;
use crate::gemm::{Scratch, Start, View, load};

/// The patches of every image times `b`, `[k, n]`. Of each image as many values are made as its share of `out`.
pub(super) struct Correlate<'a> {
    pub(super) a: Gathered<'a, f32>,
    pub(super) b: &'a [f32],
    pub(super) out: &'a mut [f32],
    pub(super) start: Start<'a, f32>,
    pub(super) scratch: &'a mut Scratch<f32>,
}

/// See [`Correlate`].
pub(crate) fn correlate_f32(
    a: Gathered<'_, f32>,
    b: &[f32],
    out: &mut [f32],
    start: Start<'_, f32>,
    scratch: &mut Scratch<f32>,
) {
    Arch::new().dispatch(Correlate { a, b, out, start, scratch });
}

/// The same chains in any type: the reference, not tuned.
pub(crate) fn correlate_plain<T: Real>(
    a: Gathered<'_, T>,
    b: &[T],
    out: &mut [T],
    start: Start<'_, T>,
    scratch: &mut Scratch<T>,
) {
    let Gathered { frame, patches, .. } = a;
    let (n, out_len) = (b.len() / patches.k(), share(&a, out.len()));
    let framed = &mut scratch.framed;
    frame.clear(framed, 0);
    for (image, out) in a.images().zip(out.chunks_exact_mut(out_len)) {
        frame.place(image, framed);
        for (&r, &o) in patches.starts.iter().zip(&patches.outs) {
            let out = &mut out[o..][..n];
            match start {
                Start::Zero => out.fill(T::ZERO),
                Start::Row(row) => out.copy_from_slice(row),
                Start::Out => {}
            }
            let segments = patches.segments.iter().map(|t| &framed[r + t..][..patches.depth]);
            for (&value, b) in segments.flatten().zip(b.chunks_exact(n)) {
                out.iter_mut().zip(b).for_each(|(out, &b)| *out = value.mul_add(b, *out));
            }
        }
    }
}

/// Values of `out` for each image.
fn share<T>(a: &Gathered<'_, T>, out_len: usize) -> usize {
    let n_images = a.images.len() / a.frame.image_len();
    (out_len / n_images.max(1)).max(1)
}

impl WithSimd for Correlate<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        // As many accumulators as the registers hold beside one row of `b` and a broadcast.
        let n = self.b.len() / self.a.patches.k();
        match (S::F32_LANES, n.div_ceil(S::F32_LANES)) {
            (16.., 1) => self.depths::<S, 8, 1>(simd),
            (16.., 2) => self.depths::<S, 8, 2>(simd),
            (16.., 3) => self.depths::<S, 8, 3>(simd),
            (16.., _) => self.depths::<S, 6, 4>(simd),
            (8.., 1) => self.depths::<S, 8, 1>(simd),
            (8.., _) => self.depths::<S, 6, 2>(simd),
            (_, 1) => self.depths::<S, 4, 1>(simd),
            _ => self.depths::<S, 4, 2>(simd),
        }
    }
}

impl Correlate<'_> {
    /// Segments in pieces of a known length, whose bounds are checked once.
    #[inline(always)]
    fn depths<S: Simd, const ROWS: usize, const VECTORS: usize>(self, simd: S) {
        match self.a.patches.depth {
            depth if depth.is_multiple_of(8) => self.images::<S, ROWS, VECTORS, 8>(simd),
            depth if depth.is_multiple_of(5) => self.images::<S, ROWS, VECTORS, 5>(simd),
            depth if depth.is_multiple_of(3) => self.images::<S, ROWS, VECTORS, 3>(simd),
            _ => self.images::<S, ROWS, VECTORS, 1>(simd),
        }
    }

    #[inline(always)]
    fn images<S: Simd, const ROWS: usize, const VECTORS: usize, const PIECE: usize>(self, simd: S) {
        let Correlate { a, b, out, start, scratch } = self;
        let Gathered { frame, patches, .. } = a;
        let Scratch { panels, tile, framed, .. } = scratch;
        let (k, out_len) = (patches.k(), share(&a, out.len()));
        let n = b.len() / k;
        let width = S::F32_LANES * VECTORS;
        tile.resize(ROWS * width, 0.0);
        let offset = pack::<S, VECTORS>(View::new(b, n), k, n, panels);
        let panels = &panels[offset..];
        frame.clear(framed, 0);
        for (image, out) in a.images().zip(out.chunks_exact_mut(out_len)) {
            let image = if frame.is_bare() {
                image
            } else {
                frame.place(image, framed);
                &framed[..]
            };
            let tiles = patches.starts.chunks(ROWS).zip(patches.outs.chunks(ROWS));
            for (starts, outs) in tiles {
                let last = starts.len() - 1;
                let from: [usize; ROWS] = std::array::from_fn(|i| starts[i.min(last)]);
                let to: [usize; ROWS] = std::array::from_fn(|i| outs[i.min(last)]);
                for (panel, left) in panels.chunks_exact(k * width).zip((0..n).step_by(width)) {
                    let columns = width.min(n - left);
                    let start = match start {
                        Start::Row(row) => Start::Row(&row[left..left + columns]),
                        other => other,
                    };
                    if outs.len() == ROWS && columns == width {
                        let to = to.map(|o| o + left);
                        let out = (&mut *out, to);
                        multiply::<S, ROWS, VECTORS, PIECE>(
                            simd, panel, image, from, patches, start, out,
                        );
                    } else {
                        begin_part(start, tile, width, columns, out, &to.map(|o| o + left));
                        let places = std::array::from_fn(|i| i * width);
                        let part = (tile.as_mut_slice(), places);
                        multiply::<S, ROWS, VECTORS, PIECE>(
                            simd,
                            panel,
                            image,
                            from,
                            patches,
                            Start::Out,
                            part,
                        );
                        for (tile, &o) in tile.chunks_exact(width).zip(outs) {
                            out[o + left..][..columns].copy_from_slice(&tile[..columns]);
                        }
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

/// The outputs, at their places in `out`, of as many patches as the registers have room for: those that begin at `from`.
#[inline(always)]
fn multiply<S: Simd, const ROWS: usize, const VECTORS: usize, const PIECE: usize>(
    simd: S,
    panel: &[f32],
    image: &[f32],
    from: [usize; ROWS],
    patches: &Patches,
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
    let depth = patches.depth;
    let (vectors, _) = S::as_simd_f32s(panel);
    let (vectors, _) = vectors.as_chunks::<VECTORS>();
    for (&t, vectors) in patches.segments.iter().zip(vectors.chunks_exact(depth)) {
        let mut lines: [&[[f32; PIECE]]; ROWS] = [&[]; ROWS];
        for (line, from) in lines.iter_mut().zip(from) {
            *line = image[from + t..][..depth].as_chunks::<PIECE>().0;
        }
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
