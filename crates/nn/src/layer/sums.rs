//! Sums over the rows of a batch.

use crate::Real;
use crate::wide::wide;

/// Adds to `sums` what the rows, each as long as that, sum up to, first to last.
pub(super) fn add_rows<T: Real>(rows: &[T], sums: &mut [T]) {
    wide(
        #[inline(always)]
        || {
            // As many columns as possible side by side: each waits for its own last sum.
            let mut left = 0;
            add_columns::<T, 64>(rows, sums, &mut left);
            add_columns::<T, 16>(rows, sums, &mut left);
            add_columns::<T, 4>(rows, sums, &mut left);
            add_columns::<T, 1>(rows, sums, &mut left);
        },
    );
}

/// The same of `N` columns at a time from `left` on, in registers, while there are so many.
#[inline(always)]
fn add_columns<T: Real, const N: usize>(rows: &[T], sums: &mut [T], left: &mut usize) {
    let n_columns = sums.len();
    while *left + N <= n_columns {
        let mut total = [T::ZERO; N];
        for row in rows.chunks_exact(n_columns) {
            total.iter_mut().zip(&row[*left..][..N]).for_each(|(sum, &d)| *sum += d);
        }
        let sums = &mut sums[*left..][..N];
        sums.iter_mut().zip(total).for_each(|(sum, total)| *sum += total);
        *left += N;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Streams;

    #[test]
    fn sums_side_by_side_are_those_of_each_column() {
        let mut stream = Streams::new([5; 32]).stream("rows");
        for n_columns in [1, 15, 16, 17, 32, 50, 64, 150] {
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
