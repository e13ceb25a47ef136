//! Sums over the rows of a batch.

use crate::Real;
use crate::wide::wide;

/// Columns that are summed side by side, in registers.
const LANES: usize = 16;

/// Adds to `sums` what the rows, each as long as that, sum up to, first to last.
pub(super) fn add_rows<T: Real>(rows: &[T], sums: &mut [T]) {
    let n_columns = sums.len();
    wide(
        #[inline(always)]
        || {
            let (blocks, rest) = sums.as_chunks_mut::<LANES>();
            let left = blocks.len() * LANES;
            for (b, block) in blocks.iter_mut().enumerate() {
                let mut total = [T::ZERO; LANES];
                for row in rows.chunks_exact(n_columns) {
                    let row = &row[b * LANES..][..LANES];
                    total.iter_mut().zip(row).for_each(|(sum, &d)| *sum += d);
                }
                block.iter_mut().zip(total).for_each(|(sum, total)| *sum += total);
            }
            if rest.is_empty() {
                return;
            }
            let mut total = [T::ZERO; LANES];
            for row in rows.chunks_exact(n_columns) {
                total.iter_mut().zip(&row[left..]).for_each(|(sum, &d)| *sum += d);
            }
            rest.iter_mut().zip(total).for_each(|(sum, total)| *sum += total);
        },
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Streams;

    #[test]
    fn sums_side_by_side_are_those_of_each_column() {
        let mut stream = Streams::new([5; 32]).stream("rows");
        for n_columns in [1, 15, 16, 17, 32, 50] {
            let rows: Vec<f32> = (0..7 * n_columns).map(|_| stream.normal() as f32).collect();
            let mut sums = vec![1.0; n_columns];
            add_rows(&rows, &mut sums);
            for (k, sum) in sums.iter().enumerate() {
                let column = rows.iter().skip(k).step_by(n_columns);
                let expected = 1.0 + column.fold(0.0, |sum, d| sum + d);
                assert_eq!(sum.to_bits(), expected.to_bits(), "{n_columns} {k}");
            }
        }
    }
}
