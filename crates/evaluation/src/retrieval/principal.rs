//! Embeddings in the plane in which they differ most: their first two principal components.
//!
//! ```text
//! C = 1/n Σ_i (x_i - m) (x_i - m)ᵀ,  m = 1/n Σ_i x_i
//! place of i = (⟨x_i - m, v_1⟩, ⟨x_i - m, v_2⟩),  v_k: eigenvectors of C, the largest eigenvalue first
//! share_k = λ_k / Σ λ
//! ```
//!
//! - a vector and its opposite are as good: the one whose largest element is positive is taken
//! - to be looked at: what lies apart here lies apart, what lies together here may not
//!
//! Source: Pearson, *On Lines and Planes of Closest Fit to Systems of Points in Space*, Philosophical Magazine 1901.

use crate::retrieval::Embedded;
use crate::retrieval::symmetric::eigenvectors;

/// Embeddings in the plane in which they differ most.
#[derive(Clone, Debug, PartialEq)]
pub struct Principal {
    /// `[n_items]`.
    pub places: Vec<[f64; 2]>,
    /// Of the variance, what each of the two directions has.
    pub shares: [f64; 2],
}

impl Principal {
    /// Of `items`; `None` of fewer than two, of fewer than two numbers each, where one is no number, and where all are the same.
    pub fn of(items: Embedded<'_>) -> Option<Self> {
        let (n, width) = (items.targets.len(), items.width);
        if n < 2 || width < 2 || !items.measurable() {
            return None;
        }
        let mut mean = vec![0.0; width];
        for row in items.rows() {
            mean.iter_mut().zip(row).for_each(|(mean, x)| *mean += x / n as f64);
        }
        let mut covariance = vec![0.0; width * width];
        for row in items.rows() {
            let from_mean: Vec<f64> = row.iter().zip(&mean).map(|(x, mean)| x - mean).collect();
            for (of_a, a) in covariance.chunks_exact_mut(width).zip(&from_mean) {
                of_a.iter_mut().zip(&from_mean).for_each(|(c, b)| *c += a * b / n as f64);
            }
        }
        let total: f64 = (0..width).map(|k| covariance[k * width + k]).sum();
        if total <= 0.0 {
            return None;
        }
        let mut vectors = eigenvectors(covariance, width).into_iter();
        let [(first, v), (second, w)] = [vectors.next()?, vectors.next()?];
        let [v, w] = [v, w].map(upright);
        let along = |row: &[f64], direction: &[f64]| -> f64 {
            row.iter().zip(&mean).zip(direction).map(|((x, mean), d)| (x - mean) * d).sum()
        };
        Some(Principal {
            places: items.rows().map(|row| [along(row, &v), along(row, &w)]).collect(),
            shares: [first, second].map(|value| (value / total).clamp(0.0, 1.0)),
        })
    }
}

/// The vector or its opposite, so that the largest of its elements, of equals the first, is positive.
fn upright(vector: Vec<f64>) -> Vec<f64> {
    let larger = |best: f64, &x: &f64| if best.abs() < x.abs() { x } else { best };
    let largest = vector.iter().fold(0.0, larger);
    if largest < 0.0 { vector.into_iter().map(|x| -x).collect() } else { vector }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(embeddings: &[f64], width: usize) -> Option<Principal> {
        let targets = vec![0; embeddings.len() / width.max(1)];
        Principal::of(Embedded { embeddings, width, targets: &targets })
    }

    #[test]
    fn points_of_a_plane_keep_their_distances_and_their_order_of_directions() {
        // 4 s along (0, 3, 4) / 5 and t along (1, 0, 0), around (7, 7, 7).
        let plane = [(1.0, 1.0), (-1.0, 1.0), (1.0, -1.0), (-1.0, -1.0)];
        let points: Vec<f64> = plane
            .iter()
            .flat_map(|(s, t)| [7.0 + t, 7.0 + 4.0 * s * 0.6, 7.0 + 4.0 * s * 0.8])
            .collect();
        let principal = of(&points, 3).unwrap();
        for (place, (s, t)) in principal.places.iter().zip(plane) {
            assert!((place[0] - 4.0 * s).abs() < 1e-12 && (place[1] - t).abs() < 1e-12);
        }
        assert!((principal.shares[0] - 16.0 / 17.0).abs() < 1e-12, "{:?}", principal.shares);
        assert!((principal.shares[0] + principal.shares[1] - 1.0).abs() < 1e-12);
    }

    #[test]
    fn what_has_no_plane_has_none() {
        assert_eq!(of(&[0.5, 0.5, 0.5, 0.5], 2), None);
        assert_eq!(of(&[1.0, 0.0], 2), None);
        assert_eq!(of(&[1.0, 2.0, 3.0], 1), None);
        assert_eq!(of(&[1.0, f64::NAN, 0.0, 1.0], 2), None);
    }
}
