//! Loops over an example whose values lie position by position, channel by channel.
//!
//! Channels run side by side in vectors, and stay in registers from position to position. A channel's sum runs over its
//! positions in their order: the bits do not depend on the vectors.
//!
//! Everything here is inlined into the caller's [`wide`](crate::wide::wide).

use crate::Real;

/// Channels side by side.
const LANES: usize = 16;

/// Adds to `sums[s]`, `[channels]`, the sum of `term(a, b, numbers)[s]` over the positions of an example: `a` and `b` are
/// its values at a position, `numbers` those of `per_channel`.
#[inline(always)]
pub(super) fn add_sums<T: Real, const K: usize, const S: usize>(
    operands: [&[T]; 2],
    per_channel: [&[T]; K],
    mut sums: [&mut [T]; S],
    term: impl Fn([T; 2], [T; K]) -> [T; S],
) {
    let channels = sums[0].len();
    let whole = channels / LANES * LANES;
    for left in (0..whole).step_by(LANES) {
        add_block::<T, K, S, LANES>(operands, per_channel, &mut sums, left, &term);
    }
    for left in whole..channels {
        add_block::<T, K, S, 1>(operands, per_channel, &mut sums, left, &term);
    }
}

#[inline(always)]
fn add_block<T: Real, const K: usize, const S: usize, const W: usize>(
    [a, b]: [&[T]; 2],
    per_channel: [&[T]; K],
    sums: &mut [&mut [T]; S],
    left: usize,
    term: &impl Fn([T; 2], [T; K]) -> [T; S],
) {
    let numbers = block::<T, K, W>(per_channel, left);
    let mut totals = [[T::ZERO; W]; S];
    let channels = sums[0].len();
    for (a, b) in a.chunks_exact(channels).zip(b.chunks_exact(channels)) {
        // References: copies would go to memory and back.
        let (Some(a), Some(b)) = (a[left..].first_chunk::<W>(), b[left..].first_chunk::<W>())
        else {
            break;
        };
        for lane in 0..W {
            let terms = term([a[lane], b[lane]], across(&numbers, lane));
            for (totals, term) in totals.iter_mut().zip(terms) {
                totals[lane] += term;
            }
        }
    }
    for (sums, totals) in sums.iter_mut().zip(totals) {
        sums[left..][..W].iter_mut().zip(totals).for_each(|(sum, total)| *sum += total);
    }
}

/// `out ← term(a, b, numbers)` at every position and channel of an example, with the same arguments.
#[inline(always)]
pub(super) fn map<T: Real, const K: usize>(
    operands: [&[T]; 2],
    per_channel: [&[T]; K],
    out: &mut [T],
    term: impl Fn([T; 2], [T; K]) -> T,
) {
    let channels = per_channel[0].len();
    let whole = channels / LANES * LANES;
    for left in (0..whole).step_by(LANES) {
        map_block::<T, K, LANES>(operands, per_channel, out, left, &term);
    }
    for left in whole..channels {
        map_block::<T, K, 1>(operands, per_channel, out, left, &term);
    }
}

#[inline(always)]
fn map_block<T: Real, const K: usize, const W: usize>(
    [a, b]: [&[T]; 2],
    per_channel: [&[T]; K],
    out: &mut [T],
    left: usize,
    term: &impl Fn([T; 2], [T; K]) -> T,
) {
    let numbers = block::<T, K, W>(per_channel, left);
    let channels = per_channel[0].len();
    let values = a.chunks_exact(channels).zip(b.chunks_exact(channels));
    for ((a, b), out) in values.zip(out.chunks_exact_mut(channels)) {
        let (Some(a), Some(b)) = (a[left..].first_chunk::<W>(), b[left..].first_chunk::<W>())
        else {
            break;
        };
        let Some(out) = out[left..].first_chunk_mut::<W>() else { break };
        for lane in 0..W {
            out[lane] = term([a[lane], b[lane]], across(&numbers, lane));
        }
    }
}

/// `W` numbers of each of the slices, from `at`.
#[inline(always)]
fn block<T: Real, const K: usize, const W: usize>(slices: [&[T]; K], at: usize) -> [[T; W]; K] {
    let mut blocks = [[T::ZERO; W]; K];
    for (block, slice) in blocks.iter_mut().zip(slices) {
        block.copy_from_slice(&slice[at..][..W]);
    }
    blocks
}

#[inline(always)]
fn across<T: Real, const K: usize, const W: usize>(blocks: &[[T; W]; K], lane: usize) -> [T; K] {
    let mut numbers = [T::ZERO; K];
    for (number, block) in numbers.iter_mut().zip(blocks) {
        *number = block[lane];
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Matrix, Streams};

    fn random(n_columns: usize, n: usize) -> Matrix<f32> {
        let mut stream = Streams::new([5; 32]).stream("channels");
        Matrix::from_values(n_columns, (0..n).map(|_| stream.normal() as f32).collect())
    }

    #[test]
    fn the_channels_of_a_block_are_summed_and_mapped_as_each_alone() {
        for channels in [1, 3, 16, 17, 40] {
            let x = random(7 * channels, 7 * channels);
            let x = x.row(0);
            let [by, mut first, mut second] = [0.5, 1.0, 2.0].map(|start| vec![start; channels]);
            add_sums([x, x], [&by], [&mut first, &mut second], |[x, _], [by]| [x * by, x + by]);
            let mut mapped = vec![0.0; x.len()];
            map([x, x], [&first], &mut mapped, |[a, b], [c]| a * b + c);
            for k in 0..channels {
                let positions = || x.iter().skip(k).step_by(channels);
                let sum =
                    |term: &dyn Fn(f32) -> f32| positions().fold(0.0, |total, &x| total + term(x));
                assert_eq!(first[k], 1.0 + sum(&|x| x * 0.5), "{channels} {k}");
                assert_eq!(second[k], 2.0 + sum(&|x| x + 0.5), "{channels} {k}");
                let expected = positions().map(|&x| x * x + first[k]);
                assert!(mapped.iter().skip(k).step_by(channels).copied().eq(expected));
            }
        }
    }
}
