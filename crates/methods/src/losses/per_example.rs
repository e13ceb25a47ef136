//! What a loss says about a batch, example by example, and the two ways most losses fill it.

use nn::{Matrix, Real, TrueClass, softmax_residuals};

/// Losses of a batch, their slopes, and what each example adds to the divisor of a mean.
///
/// The plain reduction is `L = Σ losses_i / Σ mass_i`; mining and reweighting change it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PerExample<T> {
    /// `[n_examples]`.
    pub losses: Vec<T>,
    /// `d losses[i] / d logits[i, k]`, `[n_examples, n_outputs]`.
    pub gradient: Matrix<T>,
    /// `[n_examples]`: 1 under a mean, the class's weight under a weighted mean, the number of
    /// elements that count in GHM-C.
    pub mass: Vec<T>,
    /// Workspace of the softmax losses.
    true_classes: Vec<TrueClass<T>>,
}

impl<T: Real> PerExample<T> {
    /// The losses of a batch with their slopes and masses.
    pub fn new(losses: Vec<T>, gradient: Matrix<T>, mass: Vec<T>) -> Self {
        PerExample { losses, gradient, mass, true_classes: Vec::new() }
    }

    /// Scales row `i` of the gradient by `weights[i]`. A row of weight 0 becomes exactly 0, whatever
    /// it was: an example that does not count cannot spoil the step.
    pub fn weigh(&mut self, weights: &[T]) {
        for (row, &weight) in self.gradient.rows_mut().zip(weights) {
            if weight == T::ZERO {
                row.fill(T::ZERO);
            } else {
                scale(row, weight);
            }
        }
    }

    /// Fills every example through `example(true_class, y, gradient)`, which finds `p_k - [k = y]`, the
    /// gradient of cross-entropy, in `gradient`, changes it to its own, and returns the loss.
    /// Each mass is 1.
    pub(crate) fn fill_softmax(
        &mut self,
        logits: &Matrix<T>,
        targets: &[u32],
        mut example: impl FnMut(&TrueClass<T>, usize, &mut [T]) -> T,
    ) {
        softmax_residuals(logits, targets, &mut self.gradient, &mut self.true_classes);
        let rows = self.gradient.rows_mut().zip(&self.true_classes).zip(targets);
        self.losses.clear();
        self.losses
            .extend(rows.map(|((gradient, class), &y)| example(class, y as usize, gradient)));
        self.mass.clear();
        self.mass.resize(targets.len(), T::ONE);
    }

    /// Fills every element through `element(z, positive, y)`, which returns its loss and slope; an
    /// example's loss is the sum of its elements'. Each mass is 1.
    pub(crate) fn fill_sigmoid(
        &mut self,
        logits: &Matrix<T>,
        targets: &[u32],
        mut element: impl FnMut(T, bool, usize) -> (T, T),
    ) {
        let n_columns = logits.n_columns();
        self.gradient.reshape(logits.n_rows(), n_columns);
        self.losses.clear();
        for ((z, slopes), &y) in logits.rows().zip(self.gradient.rows_mut()).zip(targets) {
            let mut loss = T::ZERO;
            for (k, (&z, slope)) in z.iter().zip(slopes).enumerate() {
                let (term, d_term) = element(z, is_positive(y, k, n_columns), y as usize);
                loss += term;
                *slope = d_term;
            }
            self.losses.push(loss);
        }
        self.mass.clear();
        self.mass.resize(targets.len(), T::ONE);
    }
}

/// Whether logit `column` of `n_columns` should be high for class `target`. A single logit speaks
/// for class 1.
pub(crate) fn is_positive(target: u32, column: usize, n_columns: usize) -> bool {
    if n_columns == 1 { target == 1 } else { target as usize == column }
}

/// Loss and slope of one logit: `ln(1 + e^{-s z})` and `σ(z) - y`, with `y` 1 if `positive`, else 0,
/// and `s = 2y - 1`. Exact in both tails.
pub(crate) fn binary_cross_entropy<T: Real>(z: T, positive: bool) -> (T, T) {
    if positive { ((-z).softplus(), -(-z).sigmoid()) } else { (z.softplus(), z.sigmoid()) }
}

/// Multiplies every value by `factor`.
pub(crate) fn scale<T: Real>(values: &mut [T], factor: T) {
    for x in values {
        *x *= factor;
    }
}

#[cfg(test)]
pub(crate) mod testing {
    //! A batch every loss can be tried on.

    use super::*;
    use crate::losses::{ClassCounts, LossSpec};

    pub(crate) fn logits() -> Matrix<f64> {
        Matrix::from_rows(&[[1.2, -0.3, 0.4], [-2.1, 0.7, 0.1], [3.3, 2.9, -4.0], [0.2, 0.1, -0.6]])
    }

    pub(crate) const TARGETS: [u32; 4] = [0, 2, 1, 0];

    /// What the loss `toml` says of a batch of classes with 40, 10 and 5 examples.
    pub(crate) fn evaluate(toml: &str, logits: &Matrix<f64>, targets: &[u32]) -> PerExample<f64> {
        let spec: LossSpec = toml::from_str(toml).unwrap();
        let mut out = PerExample::default();
        let mut loss = spec.build(&ClassCounts::new(vec![40, 10, 5])).unwrap();
        loss.evaluate(logits, targets, &mut out);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weight_of_zero_silences_even_a_gradient_that_is_not_a_number() {
        let gradient = Matrix::from_rows(&[[f64::NAN, 1.0], [2.0, -2.0]]);
        let mut evaluated = PerExample::new(vec![0.0, 1.0], gradient, vec![1.0, 1.0]);
        evaluated.weigh(&[0.0, 0.5]);
        assert_eq!(evaluated.gradient.values(), [0.0, 0.0, 1.0, -1.0]);
    }

    #[test]
    fn binary_cross_entropy_is_exact_in_both_tails() {
        assert_eq!(binary_cross_entropy(-1e4, true), (1e4, -1.0));
        assert_eq!(binary_cross_entropy(1e4, false), (1e4, 1.0));
        let (loss, slope) = binary_cross_entropy(50.0_f64, true);
        assert!((loss / libm::exp(-50.0) - 1.0).abs() < 1e-14 && (slope + loss).abs() < 1e-30);
    }

    #[test]
    fn a_single_logit_speaks_for_class_one() {
        assert!(is_positive(1, 0, 1) && !is_positive(0, 0, 1));
        assert!(is_positive(2, 2, 3) && !is_positive(2, 1, 3));
    }
}
