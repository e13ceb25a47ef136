//! The transpose of a square of values, in registers.

use pulp::Simd;

/// Of `LANES` lines, as many as a vector has values, the values from `top` on: as vectors across the lines.
#[inline(always)]
pub(super) fn transposed<S: Simd, const LANES: usize>(
    simd: S,
    lines: &[&[f32]; LANES],
    top: usize,
) -> [S::f32s; LANES] {
    let mut tile = [simd.splat_f32s(0.0); LANES];
    for (row, line) in tile.iter_mut().zip(lines) {
        let (vectors, _) = S::as_simd_f32s(&line[top..][..LANES]);
        *row = vectors[0];
    }
    trade::<S, LANES, 8>(simd, &mut tile);
    trade::<S, LANES, 4>(simd, &mut tile);
    trade::<S, LANES, 2>(simd, &mut tile);
    trade::<S, LANES, 1>(simd, &mut tile);
    tile
}

/// 1 in the lanes whose numbers have the bit of 8, 4, 2 or 1.
const RIGHT: [[f32; 16]; 4] = {
    let mut right = [[0.0; 16]; 4];
    let mut lane = 0;
    while lane < 16 {
        let mut bit = 0;
        while bit < 4 {
            right[bit][lane] = ((lane >> bit) & 1) as f32;
            bit += 1;
        }
        lane += 1;
    }
    right
};

/// In each square of `2 HALF` rows and lanes, the upper right quarter and the lower left trade places.
#[inline(always)]
fn trade<S: Simd, const LANES: usize, const HALF: usize>(simd: S, tile: &mut [S::f32s; LANES]) {
    if LANES <= HALF {
        return;
    }
    let right = simd.partial_load_f32s(&RIGHT[HALF.ilog2() as usize][..LANES]);
    let is_right = simd.less_than_f32s(simd.splat_f32s(0.5), right);
    for block in tile.chunks_exact_mut(2 * HALF) {
        let (upper, lower) = block.split_at_mut(HALF);
        for (upper, lower) in upper.iter_mut().zip(lower) {
            let (a, b) = (*upper, *lower);
            *upper = simd.select_f32s(is_right, simd.rotate_right_f32s(b, HALF), a);
            *lower = simd.select_f32s(is_right, b, simd.rotate_left_f32s(a, HALF));
        }
    }
}
