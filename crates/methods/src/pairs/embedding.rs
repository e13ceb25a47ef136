//! Embeddings: rows of length 1.
//!
//! ```text
//! x = z / ‖z‖₂,   ∂L/∂z = (∂L/∂x − ⟨∂L/∂x, x⟩ x) / ‖z‖₂
//! ```
//!
//! A length below 1e-12 counts as 1e-12, as in PyTorch's `normalize`.

use nn::{Matrix, Real};

/// Rows of length 1, and the lengths they had.
#[derive(Clone, Debug, Default)]
pub struct Embeddings<T> {
    unit: Matrix<T>,
    lengths: Vec<T>,
}

impl<T: Real> Embeddings<T> {
    /// Becomes the rows of `z`, `[n_examples, width]`, each divided by its length.
    pub fn read(&mut self, z: &Matrix<T>) {
        let Embeddings { unit, lengths } = self;
        unit.copy_from(z);
        lengths.clear();
        for row in unit.rows_mut() {
            let square: T = row.iter().map(|&z| z * z).sum();
            let length = square.sqrt().max(T::of(1e-12));
            // One that is no number stays none.
            let length = if square.is_nan() { square } else { length };
            row.iter_mut().for_each(|x| *x /= length);
            lengths.push(length);
        }
    }

    /// `x`, `[n_examples, width]`.
    pub fn unit(&self) -> &Matrix<T> {
        &self.unit
    }

    /// Turns a gradient at `x` into that at `z`.
    pub fn back(&self, gradient: &mut Matrix<T>) {
        let rows = gradient.rows_mut().zip(self.unit.rows());
        for ((g, x), &length) in rows.zip(&self.lengths) {
            let along: T = g.iter().zip(x).map(|(&g, &x)| g * x).sum();
            g.iter_mut().zip(x).for_each(|(g, &x)| *g = (*g - along * x) / length);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_have_length_1_and_gradients_are_at_right_angles_to_them() {
        let z = Matrix::<f64>::from_rows(&[[3.0, 4.0], [1e-3, 0.0], [0.0, 0.0]]);
        let mut embeddings = Embeddings::default();
        embeddings.read(&z);
        assert_eq!(embeddings.unit().values(), [0.6, 0.8, 1.0, 0.0, 0.0, 0.0]);
        let mut gradient = Matrix::from_rows(&[[1.0, 2.0], [5.0, 7.0], [0.0, 0.0]]);
        embeddings.back(&mut gradient);
        let at_right_angles =
            |i| gradient.row(i)[0] * z.row(i)[0] + gradient.row(i)[1] * z.row(i)[1];
        assert!(at_right_angles(0).abs() < 1e-15 && at_right_angles(1) == 0.0);
        assert_eq!(gradient.row(1), [0.0, 7000.0]);
    }

    #[test]
    fn what_is_no_number_is_not_hidden() {
        let mut embeddings = Embeddings::<f32>::default();
        embeddings.read(&Matrix::from_rows(&[[f64::NAN, 1.0]]));
        assert!(embeddings.unit().values().iter().all(|x| x.is_nan()));
    }
}
