//! The smallest layer with buffers and with statistics of its batch: `y = x - μ`, column by column.
//!
//! `μ` is the mean of the batch in training and the running mean, which moves by a quarter of the way, in evaluation.
//! Through the batch's mean, `∂L/∂x = P(∂L/∂y)` and `ẏ = P(ẋ)` with `P(d) = d - mean(d)`.

use super::*;

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Centering {
    width: usize,
    buffer: usize,
}

impl Centering {
    pub(super) fn new(builder: &mut Builder<'_, f64>) -> Self {
        let (width, buffers) = (builder.shape.n_values(), &mut builder.values.buffers);
        let buffer = buffers.len();
        buffers.extend(std::iter::repeat_n(0.0, width));
        Centering { width, buffer }
    }
}

impl<T: Real> Passes<T> for Centering {
    fn forward(&self, at: Context<'_, T>, mode: &mut Mode<'_>) {
        // The means of a batch lie where dropout has its mask: like that, they are of a training pass.
        let Memory { output, mask, .. } = at.memory;
        output.copy_from(at.x);
        if let Mode::Training(_) = mode {
            *mask = Matrix::from_values(self.width, means(at.x));
            subtract(mask.row(0), output);
        } else {
            subtract(&at.values.buffers[self.buffer..][..self.width], output);
        }
    }

    fn backward(
        &self,
        at: Context<'_, T>,
        dy: &Matrix<T>,
        dx: Option<&mut Matrix<T>>,
        _: &mut [T],
    ) {
        if let Some(dx) = dx {
            project(at.memory, dy, dx);
        }
    }

    fn tangent(
        &self,
        at: Context<'_, T>,
        _: &[T],
        x_dot: Option<&Matrix<T>>,
        y_dot: &mut Matrix<T>,
    ) {
        match x_dot {
            Some(x_dot) => project(at.memory, x_dot, y_dot),
            None => *y_dot = Matrix::zeros(at.x.n_rows(), self.width),
        }
    }

    fn absorb(&self, memory: &Memory<T>, buffers: &mut [T]) {
        let running = &mut buffers[self.buffer..][..self.width];
        for mean in memory.mask.rows() {
            running.iter_mut().zip(mean).for_each(|(r, &mean)| *r += T::of(0.25) * (mean - *r));
        }
    }
}

/// `out ← P(d)` after a training pass, `d` after one in evaluation.
fn project<T: Real>(memory: &Memory<T>, d: &Matrix<T>, out: &mut Matrix<T>) {
    out.copy_from(d);
    if memory.mask.n_rows() != 0 {
        subtract(&means(d), out);
    }
}

fn means<T: Real>(rows: &Matrix<T>) -> Vec<T> {
    let column = |k: usize| rows.rows().map(|row| row[k]).sum::<T>();
    (0..rows.n_columns()).map(|k| column(k) / T::of(rows.n_rows() as f64)).collect()
}

fn subtract<T: Real>(means: &[T], from: &mut Matrix<T>) {
    for row in from.rows_mut() {
        row.iter_mut().zip(means).for_each(|(x, &mean)| *x += -mean);
    }
}
