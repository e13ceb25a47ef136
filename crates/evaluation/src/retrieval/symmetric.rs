//! Eigenvalues and eigenvectors of a symmetric matrix, by rotations of two rows and columns at a time (Jacobi), which leave less
//! outside of the diagonal with every sweep.
//!
//! ```text
//! A = V diag(λ) Vᵀ,  V: the product of all rotations
//! ```

/// The eigenvalues of `a`, `[n, n]`.
pub(super) fn eigenvalues(mut a: Vec<f64>, n: usize) -> Vec<f64> {
    diagonalise(&mut a, n, |_| {});
    diagonal(&a, n)
}

/// The same with a vector of length 1 for each, the largest first.
pub(super) fn eigenvectors(mut a: Vec<f64>, n: usize) -> Vec<(f64, Vec<f64>)> {
    // A vector a row: rotated as the columns of the matrix are.
    let mut vectors: Vec<Vec<f64>> =
        (0..n).map(|p| (0..n).map(|k| if k == p { 1.0 } else { 0.0 }).collect()).collect();
    diagonalise(&mut a, n, |&Rotation { p, q, c, s }| {
        let (before, from_q) = vectors.split_at_mut(q);
        for (x, y) in before[p].iter_mut().zip(&mut from_q[0]) {
            (*x, *y) = (c * *x - s * *y, s * *x + c * *y);
        }
    });
    let mut all: Vec<(f64, Vec<f64>)> = diagonal(&a, n).into_iter().zip(vectors).collect();
    all.sort_by(|(a, _), (b, _)| b.total_cmp(a));
    all
}

fn diagonal(a: &[f64], n: usize) -> Vec<f64> {
    (0..n).map(|p| a[p * n + p]).collect()
}

/// A rotation by an angle of cosine `c` and sine `s` in the plane of the axes `p < q`.
struct Rotation {
    p: usize,
    q: usize,
    c: f64,
    s: f64,
}

/// Rotates until next to nothing is left outside of the diagonal; `rotated` is told of each rotation.
fn diagonalise(a: &mut [f64], n: usize, mut rotated: impl FnMut(&Rotation)) {
    const SWEEPS: usize = 50;
    let total: f64 = a.iter().map(|x| x * x).sum();
    for _ in 0..SWEEPS {
        let outside: f64 = (0..n)
            .flat_map(|p| (0..p).map(move |q| (p, q)))
            .map(|(p, q)| a[p * n + q] * a[p * n + q])
            .sum();
        if outside <= 1e-30 * total {
            break;
        }
        for p in 0..n {
            for q in p + 1..n {
                if let Some(rotation) = Rotation::of(a, n, p, q) {
                    rotation.apply(a, n);
                    rotated(&rotation);
                }
            }
        }
    }
}

impl Rotation {
    /// The one that makes the elements `(p, q)` and `(q, p)` 0; `None` where they are.
    fn of(a: &[f64], n: usize, p: usize, q: usize) -> Option<Self> {
        let apq = a[p * n + q];
        if apq == 0.0 {
            return None;
        }
        let theta = (a[q * n + q] - a[p * n + p]) / (2.0 * apq);
        let t = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
        let c = 1.0 / (t * t + 1.0).sqrt();
        Some(Rotation { p, q, c, s: t * c })
    }

    fn apply(&self, a: &mut [f64], n: usize) {
        let &Rotation { p, q, c, s } = self;
        for k in 0..n {
            let (x, y) = (a[k * n + p], a[k * n + q]);
            (a[k * n + p], a[k * n + q]) = (c * x - s * y, s * x + c * y);
        }
        for k in 0..n {
            let (x, y) = (a[p * n + k], a[q * n + k]);
            (a[p * n + k], a[q * n + k]) = (c * x - s * y, s * x + c * y);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The reflection H = I - 2 v vᵀ, v = (1, 2, 2) / 3.
    fn h(i: usize, j: usize) -> f64 {
        let v = [1.0, 2.0, 2.0];
        f64::from(i == j) - 2.0 * v[i] * v[j] / 9.0
    }

    /// H diag(2, 5, -1) H.
    fn matrix() -> Vec<f64> {
        let values = [2.0, 5.0, -1.0];
        let element = |i: usize, j: usize| (0..3).map(|k| h(i, k) * values[k] * h(j, k)).sum();
        (0..9).map(|place| element(place / 3, place % 3)).collect()
    }

    #[test]
    fn eigenvalues_are_those_of_the_matrix_that_they_were_put_into() {
        let mut found = eigenvalues(matrix(), 3);
        found.sort_by(|a, b| b.total_cmp(a));
        for (found, value) in found.iter().zip([5.0, 2.0, -1.0]) {
            assert!((found - value).abs() < 1e-13, "{found} {value}");
        }
    }

    #[test]
    fn eigenvectors_are_of_their_values_the_largest_first() {
        let found = eigenvectors(matrix(), 3);
        for ((found, vector), (value, column)) in found.iter().zip([(5.0, 1), (2.0, 0), (-1.0, 2)])
        {
            assert!((found - value).abs() < 1e-13, "{found} {value}");
            let cosine: f64 = (0..3).map(|k| vector[k] * h(k, column)).sum();
            let length: f64 = vector.iter().map(|x| x * x).sum();
            assert!((cosine.abs() - 1.0).abs() < 1e-13 && (length - 1.0).abs() < 1e-13);
        }
        let spins = eigenvectors(vec![1.0, 0.0, 0.0, 3.0], 2);
        assert_eq!(spins, [(3.0, vec![0.0, 1.0]), (1.0, vec![1.0, 0.0])]);
    }
}
