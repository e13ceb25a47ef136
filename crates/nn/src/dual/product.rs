//! Products of matrices that move.
//!
//! ```text
//! (a + ȧ ε) (b + ḃ ε) = a b + (ȧ b + a ḃ) ε
//! ```
//!
//! The values are the chains of the other products. Vectors run across the columns.

use crate::Real;
use crate::dual::Dual;
use crate::gemm::{Scratch, Shape, Start, View, prepare};
use crate::wide::wide;

/// Rows and columns of a block of the output, whose sums stay in registers.
const ROWS: usize = 4;
const COLUMNS: usize = 16;

/// `out = start + a · b`; `out` is row-major, `[m, n]`.
pub(crate) fn product_dual<T: Real>(
    shape: Shape,
    a: View<'_, Dual<T>>,
    b: View<'_, Dual<T>>,
    out: &mut [Dual<T>],
    start: Start<'_, Dual<T>>,
    scratch: &mut Scratch<Dual<T>>,
) {
    prepare(shape, out, start);
    let Shape { m, n, k } = shape;
    if k == 0 {
        return;
    }
    let b = if b.column_stride == 1 && b.row_stride == n {
        b.values
    } else {
        let packed = &mut scratch.panels;
        packed.clear();
        let rows = (0..k).map(|p| &b.values[p * b.row_stride..]);
        packed.extend(rows.flat_map(|row| row.iter().step_by(b.column_stride).take(n)));
        packed
    };
    let mut product = Product { n, k, a, b, out, start };
    let (whole_rows, whole_columns) = (m / ROWS * ROWS, n / COLUMNS * COLUMNS);
    wide(
        #[inline(always)]
        || {
            for left in (0..whole_columns).step_by(COLUMNS) {
                for top in (0..whole_rows).step_by(ROWS) {
                    product.block::<ROWS, COLUMNS>(top, left);
                }
                for top in whole_rows..m {
                    product.block::<1, COLUMNS>(top, left);
                }
            }
            for left in whole_columns..n {
                for top in 0..m {
                    product.block::<1, 1>(top, left);
                }
            }
        },
    );
}

struct Product<'a, T> {
    n: usize,
    k: usize,
    a: View<'a, Dual<T>>,
    /// Row-major.
    b: &'a [Dual<T>],
    out: &'a mut [Dual<T>],
    start: Start<'a, Dual<T>>,
}

impl<T: Real> Product<'_, T> {
    #[inline(always)]
    fn block<const R: usize, const C: usize>(&mut self, top: usize, left: usize) {
        let Product { n, k, a, b, out, start } = self;
        // Values and slopes apart, so that each is a vector.
        let (mut values, mut slopes) = ([[T::ZERO; C]; R], [[T::ZERO; C]; R]);
        for i in 0..R {
            let begin = match start {
                Start::Zero => continue,
                Start::Row(row) => &row[left..],
                Start::Out => &out[(top + i) * *n + left..],
            };
            for j in 0..C {
                (values[i][j], slopes[i][j]) = (begin[j].value, begin[j].slope);
            }
        }
        for p in 0..*k {
            let Some(row) = b[p * *n + left..].first_chunk::<C>() else { break };
            for i in 0..R {
                let x = a.values[(top + i) * a.row_stride + p * a.column_stride];
                for j in 0..C {
                    let Dual { value, slope } = row[j];
                    values[i][j] = x.value.mul_add(value, values[i][j]);
                    slopes[i][j] = x.value.mul_add(slope, x.slope.mul_add(value, slopes[i][j]));
                }
            }
        }
        for i in 0..R {
            let end = &mut out[(top + i) * *n + left..][..C];
            for j in 0..C {
                end[j] = Dual { value: values[i][j], slope: slopes[i][j] };
            }
        }
    }
}
