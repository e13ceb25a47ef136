//! The softmax of rows with few numbers, of which many stand side by side.

use crate::matrix::Matrix;
use crate::real::Real;
use crate::softmax::{LANES, TrueClass};
use crate::wide::wide;

/// Rows side by side.
const ROWS: usize = 64;

/// Numbers of as many rows, one of each.
type Column<T> = [T; ROWS];

/// What is found of each row.
struct Found<T> {
    p: Column<T>,
    rest: Column<T>,
    /// `z_y - max z`.
    shifted: Column<T>,
    total: Column<T>,
    near: Column<T>,
}

/// [`softmax_residuals`](super::softmax_residuals) of rows with fewer numbers than [`LANES`], in the shape of `logits`:
/// every sum goes from first to last there, here as there.
pub(super) fn residuals<T: Real>(
    logits: &Matrix<T>,
    targets: &[u32],
    residuals: &mut Matrix<T>,
    true_classes: &mut Vec<TrueClass<T>>,
) {
    let width = logits.n_columns();
    assert!(targets.iter().all(|&y| (y as usize) < width), "a class without a logit");
    let mut columns = [[T::ZERO; ROWS]; LANES];
    let columns = &mut columns[..width];
    let (mut classes, zeros) = ([0; ROWS], [T::ZERO; ROWS]);
    let mut found = Found { p: zeros, rest: zeros, shifted: zeros, total: zeros, near: zeros };
    let blocks = logits.values().chunks(ROWS * width).zip(targets.chunks(ROWS));
    for ((z, targets), out) in blocks.zip(residuals.values_mut().chunks_mut(ROWS * width)) {
        classes[..targets.len()].copy_from_slice(targets);
        for (i, row) in z.chunks_exact(width).enumerate() {
            columns.iter_mut().zip(row).for_each(|(column, &z)| column[i] = z);
        }
        shift(columns, &classes, &mut found);
        T::exp_nonpositive(columns.as_flattened_mut());
        divide(columns, &classes, &mut found);
        let Found { p, rest, shifted, total, near } = &mut found;
        T::ln_1p_nonpositive(near);
        T::ln_normal(total);
        true_classes.extend((0..targets.len()).map(|i| {
            let is_near = rest[i] < T::of(0.5);
            let ln_p = if is_near { near[i] } else { shifted[i] - total[i] };
            TrueClass { p: p[i], rest: rest[i], ln_p }
        }));
        for (i, row) in out.chunks_exact_mut(width).enumerate() {
            row.iter_mut().zip(&*columns).for_each(|(out, column)| *out = column[i]);
        }
    }
}

/// From logits to their distances from the largest of their row.
fn shift<T: Real>(columns: &mut [Column<T>], classes: &[u32; ROWS], found: &mut Found<T>) {
    wide(
        #[inline(always)]
        || {
            let mut top = [T::of(f64::NEG_INFINITY); ROWS];
            for column in &*columns {
                for (top, &z) in top.iter_mut().zip(column) {
                    *top = if z <= *top { *top } else { z };
                }
            }
            for (k, column) in (0..).zip(&mut *columns) {
                for i in 0..ROWS {
                    let z = column[i] - top[i];
                    found.shifted[i] = if classes[i] == k { z } else { found.shifted[i] };
                    column[i] = z;
                }
            }
        },
    );
}

/// From exponentials to residuals.
fn divide<T: Real>(columns: &mut [Column<T>], classes: &[u32; ROWS], found: &mut Found<T>) {
    wide(
        #[inline(always)]
        || {
            let Found { p, rest, total, near, .. } = &mut *found;
            total.fill(T::ZERO);
            for column in &*columns {
                total.iter_mut().zip(column).for_each(|(total, &e)| *total += e);
            }
            rest.fill(T::ZERO);
            for (k, column) in (0..).zip(&mut *columns) {
                for i in 0..ROWS {
                    let (e, is_own) = (column[i] / total[i], classes[i] == k);
                    p[i] = if is_own { e } else { p[i] };
                    column[i] = if is_own { T::ZERO } else { e };
                    rest[i] += column[i];
                }
            }
            for (k, column) in (0..).zip(&mut *columns) {
                for i in 0..ROWS {
                    column[i] = if classes[i] == k { -rest[i] } else { column[i] };
                }
            }
            for (near, &rest) in near.iter_mut().zip(&*rest) {
                *near = if rest < T::of(0.5) { -rest } else { T::ZERO };
            }
        },
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Streams;
    use crate::softmax::{row_by_row, softmax_residuals};
    use crate::wide::tests::{every_arch, on};

    /// Logits of every size, the largest among them once or twice, in the last rows also none.
    fn logits<T: Real>(n_rows: usize, width: usize) -> Matrix<T> {
        let mut stream = Streams::new([3; 32]).stream("logits");
        let values = (0..n_rows * width).map(|at| {
            let size = [0.0, 1e-3, 1.0, 30.0, 200.0][at / width % 5];
            if at % 97 == 96 { f64::NAN } else { size * (4.0 * stream.normal()).round() }
        });
        Matrix::from_values(width, values.map(T::of).collect())
    }

    fn check<T: Real>(bits: fn(T) -> u64) {
        let bits = |x: T| if x.is_nan() { u64::MAX } else { bits(x) };
        for width in 1..LANES + 2 {
            for n_rows in [1, 17, ROWS, 2 * ROWS + 3] {
                let logits = logits::<T>(n_rows, width);
                let targets: Vec<u32> = (0..n_rows).map(|i| (i * 7 % width) as u32).collect();
                let [mut found, mut expected] = [(); 2].map(|()| (Matrix::default(), Vec::new()));
                row_by_row(&logits, &targets, &mut expected.0, &mut expected.1);
                softmax_residuals(&logits, &targets, &mut found.0, &mut found.1);
                let all = |of: &(Matrix<T>, Vec<TrueClass<T>>)| -> Vec<u64> {
                    let classes = of.1.iter().flat_map(|class| [class.p, class.rest, class.ln_p]);
                    of.0.values().iter().copied().chain(classes).map(bits).collect()
                };
                assert_eq!(all(&found), all(&expected), "{n_rows} rows of {width}");
            }
        }
    }

    #[test]
    fn rows_side_by_side_have_the_bits_of_one_after_another() {
        for (_, arch) in every_arch() {
            on(arch, || check::<f32>(|x| x.to_bits().into()));
        }
        check::<f64>(f64::to_bits);
    }

    #[test]
    #[should_panic(expected = "a class without a logit")]
    fn a_class_without_a_logit_is_noticed() {
        softmax_residuals(&logits::<f32>(2, 3), &[0, 3], &mut Matrix::default(), &mut Vec::new());
    }
}
