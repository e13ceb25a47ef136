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
use crate::retrieval::symmetric::eigenvalues;

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
}
