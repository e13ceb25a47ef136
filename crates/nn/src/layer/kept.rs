//! The rows of a gradient that say something.
//!
//! An example that does not count has a gradient of zeros, and adds nothing to any sum: a backward pass can leave it
//! out, and what it makes of the others is the same to the bit.

use crate::wide::wide;
use crate::{Matrix, Real};

/// Values that are looked at together.
const LANES: usize = 16;

/// Which rows of `dy` are not all 0, ascending.
pub(super) fn find<T: Real>(dy: &Matrix<T>, kept: &mut Vec<u32>) {
    kept.clear();
    wide(
        #[inline(always)]
        || kept.extend((0..).zip(dy.rows()).filter_map(|(i, row)| speaks(row).then_some(i))),
    );
}

/// Whether at least a quarter of the rows seems to be all 0. Every eighth is looked at: where all speak, as in plain
/// training, looking at all of them takes a fiftieth of a small network's step.
pub(super) fn is_worth_finding<T: Real>(dy: &Matrix<T>) -> bool {
    let looked_at = dy.n_rows().div_ceil(8);
    let speaking = dy.rows().step_by(8).filter(|row| speaks(row)).count();
    looked_at <= 4 * (looked_at - speaking)
}

#[inline(always)]
fn speaks<T: Real>(row: &[T]) -> bool {
    // Without a branch for each value.
    let count = |values: &[T]| values.iter().map(|d| u32::from(!d.is_nothing())).sum::<u32>();
    let (blocks, rest) = row.as_chunks::<LANES>();
    blocks.iter().any(|block| count(block) != 0) || count(rest) != 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Dual;

    #[test]
    fn a_row_speaks_wherever_it_is_not_zero() {
        for n in [1, 16, 50] {
            for at in 0..n {
                let mut dy = Matrix::<f32>::zeros(4, n);
                dy.row_mut(1)[at] = f32::NAN;
                dy.row_mut(2)[at] = 1e-40;
                dy.row_mut(3)[at] = -0.0;
                let mut kept = vec![7];
                find(&dy, &mut kept);
                assert_eq!(kept, [1, 2], "{at} of {n}");
            }
        }
    }

    #[test]
    fn a_row_of_zeros_that_move_speaks() {
        let zero = Dual { value: 0.0, slope: 0.0 };
        let dy = Matrix::from_values(2, vec![zero, zero, zero, Dual { slope: 1.0, ..zero }]);
        let mut kept = Vec::new();
        find::<Dual<f64>>(&dy, &mut kept);
        assert_eq!(kept, [1]);
    }

    #[test]
    fn a_quarter_of_silent_rows_is_worth_finding() {
        let mut dy = Matrix::<f32>::zeros(64, 3);
        assert!(is_worth_finding(&dy));
        (0..48).for_each(|i| dy.row_mut(i).fill(1.0));
        assert!(is_worth_finding(&dy));
        (48..64).for_each(|i| dy.row_mut(i).fill(if i < 56 { 1.0 } else { 0.0 }));
        assert!(!is_worth_finding(&dy));
    }
}
