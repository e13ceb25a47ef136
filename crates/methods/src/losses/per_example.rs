//! What a loss says about a batch, example by example, and the two ways most losses fill it.

use std::borrow::Cow;

use nn::{Matrix, Real, TrueClass, softmax_residuals};

use crate::losses::aside::Aside;
use crate::losses::proposals::Regions;

/// A batch as a loss sees it.
#[derive(Clone, Copy, Debug)]
pub struct Batch<'a, T> {
    /// `[n_examples, n_outputs]`.
    pub logits: &'a Matrix<T>,
    /// `[n_examples]`, each below the number of classes.
    pub targets: &'a [u32],
    /// Which rows of the training part these are, for losses that remember examples; empty if unknown.
    pub rows: &'a [u32],
    /// The last hidden activations, `[n_examples, width]`, for losses that read them.
    pub hidden: Option<&'a Matrix<T>>,
    /// Where all rows of the training part lie, of which `rows` are these, if they are proposals.
    pub regions: Option<&'a Regions>,
}

impl<'a, T> Batch<'a, T> {
    /// A batch of which only logits and targets are known.
    pub fn new(logits: &'a Matrix<T>, targets: &'a [u32]) -> Self {
        Batch { logits, targets, rows: &[], hidden: None, regions: None }
    }
}

/// Losses of a batch, their slopes, and what each example adds to the divisor of a mean.
///
/// The plain reduction is `L = Σ losses_i / Σ mass_i`; mining and reweighting change it.
#[derive(Clone, Debug, Default)]
pub struct PerExample<T> {
    /// `[n_examples]`.
    pub losses: Vec<T>,
    /// `d losses[i] / d logits[i, k]`, `[n_examples, n_outputs]`.
    pub gradient: Matrix<T>,
    /// `[n_examples]`: 1 under a mean, the class's weight under a weighted mean, the number of
    /// elements that count in GHM-C, 0 of background where losses are shared among objects.
    pub mass: Vec<T>,
    /// `d losses[i] / d hidden[i, j]`, `[n_examples, width]`, of a loss that reads the hidden
    /// activations; empty of any other.
    pub hidden_gradient: Matrix<T>,
    /// The divisor is that at least, whatever is kept; 0 of most losses.
    pub least_divisor: T,
    /// The part of a second loss, in columns of its own.
    pub(crate) aside: Aside<T>,
    /// Workspace of the softmax losses.
    true_classes: Vec<TrueClass<T>>,
    /// Workspace of the losses that move logits before the softmax.
    adjusted: Matrix<T>,
}

/// Workspaces do not count.
impl<T: PartialEq> PartialEq for PerExample<T> {
    fn eq(&self, other: &Self) -> bool {
        self.losses == other.losses
            && self.gradient == other.gradient
            && self.mass == other.mass
            && self.hidden_gradient == other.hidden_gradient
            && self.least_divisor == other.least_divisor
            && self.aside == other.aside
    }
}

impl<T: Real> PerExample<T> {
    /// The losses of a batch with their slopes and masses.
    pub fn new(losses: Vec<T>, gradient: Matrix<T>, mass: Vec<T>) -> Self {
        PerExample { losses, gradient, mass, ..PerExample::default() }
    }

    /// The gradient at the hidden activations, if the loss has one.
    pub fn hidden_gradient(&self) -> Option<&Matrix<T>> {
        (self.hidden_gradient.n_rows() != 0).then_some(&self.hidden_gradient)
    }

    /// The losses without those of a second loss of the examples.
    pub fn first_losses(&self) -> Cow<'_, [T]> {
        let second = self.aside.losses();
        if second.is_empty() {
            return Cow::Borrowed(&self.losses);
        }
        self.losses.iter().zip(second).map(|(&both, &second)| both - second).collect()
    }

    /// Gives a second loss of the examples, if there is one, the divisor that is its own: its part in losses and slopes is
    /// multiplied so that dividing all by `divisor`, which is that of examples with `weights`, divides it by that.
    pub fn settle(&mut self, weights: &[T], divisor: T) {
        let Some(ratio) = self.aside.ratio(weights, divisor) else { return };
        let parts = self.losses.iter_mut().zip(self.aside.losses());
        parts.for_each(|(loss, &part)| *loss += (ratio - T::ONE) * part);
        for row in self.gradient.rows_mut() {
            scale(&mut row[self.aside.first_column()..], ratio);
        }
    }

    /// Scales row `i` of the gradient by `weights[i]`. A row of weight 0 becomes exactly 0, whatever
    /// it was: an example that does not count cannot spoil the step.
    pub fn weigh(&mut self, weights: &[T]) {
        for gradient in [&mut self.gradient, &mut self.hidden_gradient] {
            for (row, &weight) in gradient.rows_mut().zip(weights) {
                if weight == T::ZERO {
                    row.fill(T::ZERO);
                } else {
                    scale(row, weight);
                }
            }
        }
    }

    /// Becomes `own` of what it is and the rest of `other`, example by example. A side without a share is not looked
    /// at, whatever it is: a partner that does not count cannot spoil the step.
    pub(crate) fn blend(&mut self, other: &PerExample<T>, own: &[T]) {
        let blended = |x: &mut T, other: T, own: T| {
            if own == T::ZERO {
                *x = other;
            } else if own != T::ONE {
                *x = own * *x + (T::ONE - own) * other;
            }
        };
        for (mine, theirs) in [(&mut self.losses, &other.losses), (&mut self.mass, &other.mass)] {
            let values = mine.iter_mut().zip(theirs).zip(own);
            values.for_each(|((x, &other), &own)| blended(x, other, own));
        }
        let gradients = [
            (&mut self.gradient, &other.gradient),
            (&mut self.hidden_gradient, &other.hidden_gradient),
        ];
        for (mine, theirs) in gradients {
            for ((row, others), &own) in mine.rows_mut().zip(theirs.rows()).zip(own) {
                row.iter_mut().zip(others).for_each(|(x, &other)| blended(x, other, own));
            }
        }
    }

    /// Multiplies losses and gradients by the weights of the examples' classes.
    pub(crate) fn weigh_classes(&mut self, targets: &[u32], weights: &[T]) {
        for (i, &y) in targets.iter().enumerate() {
            let weight = weights[y as usize];
            self.losses[i] *= weight;
            scale(self.gradient.row_mut(i), weight);
            if self.hidden_gradient.n_rows() != 0 {
                scale(self.hidden_gradient.row_mut(i), weight);
            }
        }
    }

    /// Fills every example through `example(true_class, y, gradient)`, which finds `p_k - [k = y]`, the
    /// gradient of cross-entropy, in `gradient`, changes it to its own, and returns the loss.
    /// Each mass is 1.
    pub(crate) fn fill_softmax(
        &mut self,
        batch: &Batch<'_, T>,
        mut example: impl FnMut(&TrueClass<T>, usize, &mut [T]) -> T,
    ) {
        let targets = batch.targets;
        softmax_residuals(batch.logits, targets, &mut self.gradient, &mut self.true_classes);
        let rows = self.gradient.rows_mut().zip(&self.true_classes).zip(targets);
        self.losses.clear();
        self.losses
            .extend(rows.map(|((gradient, class), &y)| example(class, y as usize, gradient)));
        self.finish(targets.len());
    }

    /// [`PerExample::fill_softmax`] over logits that `adjust(y, logits)` has moved. The gradient stays
    /// that at the moved logits.
    pub(crate) fn fill_adjusted(
        &mut self,
        batch: &Batch<'_, T>,
        mut adjust: impl FnMut(usize, &mut [T]),
        example: impl FnMut(&TrueClass<T>, usize, &mut [T]) -> T,
    ) {
        let mut adjusted = std::mem::take(&mut self.adjusted);
        adjusted.reshape(batch.logits.n_rows(), batch.logits.n_columns());
        adjusted.values_mut().copy_from_slice(batch.logits.values());
        for (row, &y) in adjusted.rows_mut().zip(batch.targets) {
            adjust(y as usize, row);
        }
        self.fill_softmax(&Batch { logits: &adjusted, ..*batch }, example);
        self.adjusted = adjusted;
    }

    /// Fills every element through `element(z, Element)`, which returns its loss and slope; an
    /// example's loss is the sum of its elements'. Each mass is 1.
    pub(crate) fn fill_sigmoid(
        &mut self,
        batch: &Batch<'_, T>,
        mut element: impl FnMut(T, Element) -> (T, T),
    ) {
        let (logits, targets) = (batch.logits, batch.targets);
        let n_columns = logits.n_columns();
        self.gradient.reshape(logits.n_rows(), n_columns);
        self.losses.clear();
        for ((z, slopes), &y) in logits.rows().zip(self.gradient.rows_mut()).zip(targets) {
            let mut loss = T::ZERO;
            for (k, (&z, slope)) in z.iter().zip(slopes).enumerate() {
                let (term, d_term) = element(z, Element::of(y, k, n_columns));
                loss += term;
                *slope = d_term;
            }
            self.losses.push(loss);
        }
        self.finish(targets.len());
    }

    /// Fills what a loss over whole batches says: every example has the batch's loss, and `n_examples`
    /// times its gradient at its own logits, so that the mean over examples is the loss and its
    /// gradient. `gradient` holds the batch's gradient already.
    pub(crate) fn fill_batch(&mut self, loss: T) {
        let n_examples = self.gradient.n_rows();
        scale(self.gradient.values_mut(), T::of(n_examples as f64));
        self.losses.clear();
        self.losses.resize(n_examples, loss);
        self.finish(n_examples);
    }

    /// Each mass is 1, and nothing reaches the hidden activations.
    fn finish(&mut self, n_examples: usize) {
        self.mass.clear();
        self.mass.resize(n_examples, T::ONE);
        self.hidden_gradient.reshape(0, 0);
    }
}

/// One logit of one example.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Element {
    /// Whether it should be high.
    pub(crate) positive: bool,
    /// The class it speaks for.
    pub(crate) column: usize,
    /// The example's class.
    pub(crate) y: usize,
}

impl Element {
    /// Logit `column` of `n_columns` of an example of class `target`.
    pub(crate) fn of(target: u32, column: usize, n_columns: usize) -> Self {
        Element {
            positive: is_positive(target, column, n_columns),
            column: if n_columns == 1 { 1 } else { column },
            y: target as usize,
        }
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
    use crate::losses::LossSpec;
    use crate::setting::{ClassCounts, Setting};
    use nn::Streams;

    pub(crate) fn logits() -> Matrix<f64> {
        Matrix::from_rows(&[[1.2, -0.3, 0.4], [-2.1, 0.7, 0.1], [3.3, 2.9, -4.0], [0.2, 0.1, -0.6]])
    }

    pub(crate) const TARGETS: [u32; 4] = [0, 2, 1, 0];

    /// What the loss `toml` says of a batch of classes with 40, 10 and 5 examples.
    pub(crate) fn evaluate(toml: &str, logits: &Matrix<f64>, targets: &[u32]) -> PerExample<f64> {
        let spec: LossSpec = toml::from_str(toml).unwrap();
        let mut out = PerExample::default();
        let counts = ClassCounts::new(vec![40, 10, 5]);
        let setting = Setting { counts: &counts, streams: &Streams::new([8; 32]) };
        let mut loss = spec.build(&setting).unwrap();
        loss.evaluate(&Batch::new(logits, targets), &mut out);
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
    fn a_partner_without_a_share_is_silent_even_where_it_is_infinite() {
        let of = |losses: [f64; 3]| {
            let slopes = Matrix::from_values(1, losses.iter().map(|x| 2.0 * x).collect());
            PerExample::new(losses.to_vec(), slopes, losses.map(|x| x + 1.0).to_vec())
        };
        let mut blended = of([1.0, f64::INFINITY, 1.0]);
        blended.blend(&of([f64::INFINITY, 3.0, 3.0]), &[1.0, 0.0, 0.25]);
        assert_eq!(blended, {
            let mut expected = of([1.0, 3.0, 2.5]);
            expected.mass = vec![2.0, 4.0, 3.5];
            expected
        });
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
