//! How logits are read as probabilities.

use nn::{Matrix, Real};

use crate::losses::tempered_softmax::tempered_softmax;

/// How a trained network's logits are read: moved, then through a link.
///
/// ```text
/// p = link(scale z + offsets)            p = exp_t(z - λ), Σ p = 1, at a temperature t other than 1
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Readout {
    /// From moved logits to probabilities.
    pub link: Link,
    /// Factor of the logits.
    pub scale: f64,
    /// Added to the logits, `[n_classes]`; empty for none.
    pub offsets: Vec<f64>,
    /// Temperature of a softmax with heavy tails; see [`crate::losses::BiTempered`].
    pub temperature: f64,
    /// Columns after the logits that are none of classes: what a detector says of boxes.
    pub beside: usize,
}

impl Readout {
    /// Logits as they are.
    pub fn plain(link: Link) -> Self {
        Readout { link, scale: 1.0, offsets: Vec::new(), temperature: 1.0, beside: 0 }
    }

    /// The logits among what a network says of an example.
    pub fn logits<'a, T>(&self, said: &'a [T]) -> &'a [T] {
        &said[..said.len() - self.beside]
    }

    /// Appends one row of `n_classes` probabilities for each row of `logits`, `[n_examples, n_outputs]`; what stands beside
    /// the logits is not read.
    pub fn probabilities<T: Real>(&self, logits: &Matrix<T>, n_classes: usize, out: &mut Vec<f64>) {
        let (mut moved, mut tempered) = (Vec::new(), Vec::new());
        for row in logits.rows() {
            moved.clear();
            let logits = self.logits(row);
            moved.extend(logits.iter().map(|&z| self.scale * z.to_f64()));
            moved.iter_mut().zip(&self.offsets).for_each(|(z, offset)| *z += offset);
            if self.temperature == 1.0 {
                self.link.append(&moved, n_classes, out);
            } else {
                tempered_softmax(&moved, self.temperature, &mut tempered);
                out.extend(&tempered);
            }
        }
    }
}

/// How logits become the probabilities of the classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// One logit a class; the probabilities are their softmax.
    Softmax,
    /// Two classes share one logit, whose sigmoid is the probability of class 1. More classes have
    /// one logit each, for that class against the rest.
    Sigmoid,
}

impl Link {
    /// Number of logits for `n_classes` classes.
    pub fn n_outputs(self, n_classes: usize) -> usize {
        match self {
            Link::Sigmoid if n_classes == 2 => 1,
            Link::Softmax | Link::Sigmoid => n_classes,
        }
    }

    /// Appends the `n_classes` probabilities of one example.
    ///
    /// ```text
    /// softmax             p_k = e^{z_k} / Σ_j e^{z_j}
    /// sigmoid, one logit  p   = [1 - σ(z), σ(z)]
    /// sigmoid, K logits   p_k = σ(z_k) / Σ_j σ(z_j)
    /// ```
    ///
    /// One-against-rest sigmoids need not sum to 1; they are scaled to, which keeps their order and
    /// is what scikit-learn's `OneVsRestClassifier` does. The sum is taken over logarithms, so that
    /// it cannot vanish.
    ///
    /// - `logits`: `[n_outputs(n_classes)]`
    fn append(self, logits: &[f64], n_classes: usize, out: &mut Vec<f64>) {
        let logits = logits.iter().copied();
        match self {
            Link::Softmax => append_softmax(logits, out),
            Link::Sigmoid if n_classes == 2 => {
                out.extend(logits.flat_map(|z| [(-z).sigmoid(), z.sigmoid()]));
            }
            Link::Sigmoid => append_softmax(logits.map(|z| -(-z).softplus()), out),
        }
    }
}

/// Appends `e^{l_k} / Σ_j e^{l_j}`.
fn append_softmax(logarithms: impl Iterator<Item = f64>, out: &mut Vec<f64>) {
    let start = out.len();
    out.extend(logarithms);
    let row = &mut out[start..];
    let largest = row.iter().copied().fold(f64::NEG_INFINITY, |a, b| if b <= a { a } else { b });
    let mut sum = 0.0;
    for l in row.iter_mut() {
        *l = libm::exp(*l - largest);
        sum += *l;
    }
    for e in row {
        *e /= sum;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn probabilities(link: Link, logits: &[f64], n_classes: usize) -> Vec<f64> {
        let mut out = vec![7.0]; // what stands there already is kept
        Readout::plain(link).probabilities(
            &Matrix::<f32>::from_rows(&[logits]),
            n_classes,
            &mut out,
        );
        assert_eq!(out.remove(0), 7.0);
        out
    }

    #[test]
    fn every_row_sums_to_one_however_large_the_logits() {
        for logits in [[1e4, -1e4, 0.0], [-1e4, -1e4, -1e4], [0.3, -0.2, 40.0]] {
            for link in [Link::Softmax, Link::Sigmoid] {
                let p = probabilities(link, &logits, 3);
                assert_eq!(p.len(), 3);
                assert!((p.iter().sum::<f64>() - 1.0).abs() < 1e-12, "{link:?} {p:?}");
            }
        }
    }

    #[test]
    fn the_only_logit_of_two_classes_speaks_for_class_one() {
        let p = probabilities(Link::Sigmoid, &[2.0], 2);
        assert!((p[1] - 0.880_797_077_977_882_4).abs() < 1e-15);
        assert!((p[0] + p[1] - 1.0).abs() < 1e-15);
    }

    #[test]
    fn one_against_rest_sigmoids_are_scaled() {
        // σ(0) = 1/2 and σ(ln 3) = 3/4 (the logit is rounded to f32).
        let p = probabilities(Link::Sigmoid, &[0.0, libm::log(3.0), 0.0], 3);
        assert!((p[1] - 0.75 / 1.75).abs() < 1e-7, "{p:?}");
    }

    #[test]
    fn what_stands_beside_the_logits_is_not_read() {
        let (mut out, mut plain) = (Vec::new(), Vec::new());
        let beside = Readout { beside: 4, ..Readout::plain(Link::Softmax) };
        let said = Matrix::<f64>::from_rows(&[[0.3, -0.2, 9.0, -7.0, f64::NAN, 1.0]]);
        beside.probabilities(&said, 2, &mut out);
        Readout::plain(Link::Softmax).probabilities(
            &Matrix::<f64>::from_rows(&[[0.3, -0.2]]),
            2,
            &mut plain,
        );
        assert_eq!(out, plain);
    }

    #[test]
    fn a_logit_that_is_not_a_number_is_not_hidden() {
        assert!(probabilities(Link::Softmax, &[0.0, f64::NAN], 2)[0].is_nan());
        assert!(probabilities(Link::Sigmoid, &[f64::NAN], 2)[0].is_nan());
    }
}
