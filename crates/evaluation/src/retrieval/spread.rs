//! How far embeddings spread: whether they have collapsed.
//!
//! ```text
//! mean cosine      1 / (n (n - 1)) Σ_{i ≠ j} ⟨x_i, x_j⟩ = (‖Σ_i x_i‖² - Σ_i ‖x_i‖²) / (n (n - 1))
//! effective rank   e^H,  H = -Σ_k p_k ln p_k,  p_k = σ_k / Σ σ,  σ: singular values of X
//! ```
//!
//! - `X`: embeddings of length 1, `[n, width]`, not centred
//! - one point for all: a mean cosine of 1, an effective rank of 1. Spread evenly over the sphere: nearly 0, and nearly `width`
//!
//! Source: Roy, Vetterli, *The Effective Rank: A Measure of Effective Dimensionality*, EUSIPCO 2007.

use crate::retrieval::Embedded;

/// How far embeddings spread.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spread {
    /// Of all pairs.
    pub mean_cosine: f64,
    /// From 1 to the width of the embeddings.
    pub effective_rank: f64,
}

impl Spread {
    /// That of `items`, whose embeddings have length 1; `None` of fewer than two, and where one is no number.
    pub fn of(items: Embedded<'_>) -> Option<Self> {
        let (n, width) = (items.targets.len(), items.width);
        if n < 2 || !items.measurable() {
            return None;
        }
        let mut sum = vec![0.0; width];
        let mut products = vec![0.0; width * width];
        for row in items.rows() {
            sum.iter_mut().zip(row).for_each(|(sum, x)| *sum += x);
            for (products, a) in products.chunks_exact_mut(width).zip(row) {
                products.iter_mut().zip(row).for_each(|(product, b)| *product += a * b);
            }
        }
        let of_sum: f64 = sum.iter().map(|x| x * x).sum();
        let lengths: f64 = items.embeddings.iter().map(|x| x * x).sum();
        Some(Spread {
            mean_cosine: (of_sum - lengths) / (n as f64 * (n - 1) as f64),
            effective_rank: effective_rank(&eigenvalues(products, width))?,
        })
    }
}

/// From the squares of singular values.
fn effective_rank(squares: &[f64]) -> Option<f64> {
    // A square that rounding has made negative is 0.
    let values: Vec<f64> = squares.iter().map(|square| square.max(0.0).sqrt()).collect();
    let sum: f64 = values.iter().sum();
    let shares = values.iter().map(|value| value / sum).filter(|share| 0.0 < *share);
    (0.0 < sum).then(|| libm::exp(-shares.map(|p| p * libm::log(p)).sum::<f64>()))
}

/// The eigenvalues of a symmetric matrix, by rotations of two rows and columns at a time (Jacobi), which leave less outside
/// of the diagonal with every sweep.
fn eigenvalues(mut a: Vec<f64>, n: usize) -> Vec<f64> {
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
                rotate(&mut a, n, p, q);
            }
        }
    }
    (0..n).map(|p| a[p * n + p]).collect()
}

/// Makes the elements `(p, q)` and `(q, p)` 0.
fn rotate(a: &mut [f64], n: usize, p: usize, q: usize) {
    let apq = a[p * n + q];
    if apq == 0.0 {
        return;
    }
    let theta = (a[q * n + q] - a[p * n + p]) / (2.0 * apq);
    let t = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
    let c = 1.0 / (t * t + 1.0).sqrt();
    let s = t * c;
    for k in 0..n {
        let (x, y) = (a[k * n + p], a[k * n + q]);
        (a[k * n + p], a[k * n + q]) = (c * x - s * y, s * x + c * y);
    }
    for k in 0..n {
        let (x, y) = (a[p * n + k], a[q * n + k]);
        (a[p * n + k], a[q * n + k]) = (c * x - s * y, s * x + c * y);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spread(embeddings: &[f64], width: usize) -> Option<Spread> {
        let targets = vec![0; embeddings.len() / width];
        Spread::of(Embedded { embeddings, width, targets: &targets })
    }

    #[test]
    fn of_one_point_the_cosine_and_the_rank_are_1() {
        let spread = spread(&[0.6, 0.8, 0.6, 0.8, 0.6, 0.8], 2).unwrap();
        assert!((spread.mean_cosine - 1.0).abs() < 1e-15);
        assert!((spread.effective_rank - 1.0).abs() < 1e-6, "{spread:?}");
    }

    #[test]
    fn of_all_directions_the_cosine_is_nearly_0_and_the_rank_the_width() {
        let mut axes = Vec::new();
        for k in 0..5 {
            for sign in [1.0, -1.0] {
                axes.extend((0..5).map(|j| if j == k { sign } else { 0.0 }));
            }
        }
        let spread = spread(&axes, 5).unwrap();
        assert!((spread.mean_cosine + 1.0 / 9.0).abs() < 1e-15);
        assert!((spread.effective_rank - 5.0).abs() < 1e-12);
    }

    #[test]
    fn too_few_or_no_numbers_are_not_measured() {
        assert_eq!((spread(&[1.0, 0.0], 2), spread(&[1.0, f64::NAN], 1)), (None, None));
    }

    #[test]
    fn eigenvalues_are_those_of_the_matrix_that_they_were_put_into() {
        // H diag(5, 2, -1) H with the reflection H = I - 2 v vᵀ, v = (1, 2, 2) / 3.
        let h = |i: usize, j: usize| {
            let v = [1.0, 2.0, 2.0];
            f64::from(i == j) - 2.0 * v[i] * v[j] / 9.0
        };
        let values = [5.0, 2.0, -1.0];
        let element = |i: usize, j: usize| (0..3).map(|k| h(i, k) * values[k] * h(j, k)).sum();
        let a: Vec<f64> = (0..9).map(|place| element(place / 3, place % 3)).collect();
        let mut found = eigenvalues(a, 3);
        found.sort_by(|a, b| b.total_cmp(a));
        for (found, value) in found.iter().zip(values) {
            assert!((found - value).abs() < 1e-13, "{found} {value}");
        }
    }
}
