//! The largest value of each window, channel by channel.
//!
//! ```text
//! y[w, c]     = x[a(w, c), c],   a(w, c) = the first position of w in reading order whose value is the largest
//! ∂L/∂x[a, c] = ∂L/∂y[w, c] at a = a(w, c), 0 elsewhere
//! ẏ[w, c]     = ẋ[a(w, c), c]
//! ```
//!
//! Which of equals counts is as in PyTorch. NaN is larger than every number, so that a diverged network is noticed.

use crate::layer::kept;
use crate::layer::passes::{Context, Mode, Passes};
use crate::layer::windows::{AtWindow, Window, Windows, lanes};
use crate::{Matrix, Real};

/// A layer of maxima.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct MaxPool {
    pub(super) windows: Windows,
}

impl<T: Real> Passes<T> for MaxPool {
    fn forward(&self, at: Context<'_, T>, _: &mut Mode<'_>) {
        let (n, y) = (at.x.n_rows(), &mut at.memory.output);
        y.reshape(n, self.windows.n_values().1);
        self.windows.visit(0..n, &mut Largest { x: at.x.values(), y: y.values_mut() });
    }

    fn backward(
        &self,
        at: Context<'_, T>,
        dy: &Matrix<T>,
        dx: Option<&mut Matrix<T>>,
        _: &mut [T],
    ) {
        let Some(dx) = dx else { return };
        let kept = &mut at.scratch.kept;
        kept::find(dy, kept);
        self.windows.clear(at.x.n_rows(), dx);
        if kept.len() < at.x.n_rows() {
            dx.values_mut().fill(T::ZERO);
        }
        let mut back = Back { x: at.x.values(), dy: dy.values(), dx: dx.values_mut() };
        self.windows.visit(kept.iter().map(|&image| image as usize), &mut back);
    }

    fn tangent(
        &self,
        at: Context<'_, T>,
        _: &[T],
        x_dot: Option<&Matrix<T>>,
        y_dot: &mut Matrix<T>,
    ) {
        y_dot.reshape(at.x.n_rows(), self.windows.n_values().1);
        let Some(x_dot) = x_dot else { return y_dot.values_mut().fill(T::ZERO) };
        let (x, x_dot, y_dot) = (at.x.values(), x_dot.values(), y_dot.values_mut());
        self.windows.visit(0..at.x.n_rows(), &mut Moved { x, x_dot, y_dot });
    }
}

struct Largest<'a, T> {
    x: &'a [T],
    y: &'a mut [T],
}

impl<T: Real> AtWindow for Largest<'_, T> {
    #[inline(always)]
    fn channels<const L: usize>(&mut self, window: Window<'_>) {
        let top = largest::<T, L>(self.x, window);
        self.y[window.output..][..L].copy_from_slice(&top);
    }
}

#[inline(always)]
fn largest<T: Real, const L: usize>(x: &[T], window: Window<'_>) -> [T; L] {
    let mut top = lanes::<T, L>(x, window.corner);
    window.for_each(
        #[inline(always)]
        |at| {
            for (top, x) in top.iter_mut().zip(lanes::<T, L>(x, at)) {
                *top = if *top < x || x.is_nan() { x } else { *top };
            }
        },
    );
    top
}

struct Back<'a, T> {
    x: &'a [T],
    dy: &'a [T],
    dx: &'a mut [T],
}

impl<T: Real> AtWindow for Back<'_, T> {
    /// The first position that equals the largest takes the gradient, and leaves 0.
    #[inline(always)]
    fn channels<const L: usize>(&mut self, window: Window<'_>) {
        let Back { x, dy, dx } = self;
        let top = largest::<T, L>(x, window);
        let mut left = lanes::<T, L>(dy, window.output);
        window.for_each(
            #[inline(always)]
            |at| {
                let x = lanes::<T, L>(x, at);
                let mut taken = [T::ZERO; L];
                for k in 0..L {
                    let is_it = x[k] == top[k];
                    taken[k] = if is_it { left[k] } else { T::ZERO };
                    left[k] = if is_it { T::ZERO } else { left[k] };
                }
                dx[at..][..L].copy_from_slice(&taken);
            },
        );
    }
}

struct Moved<'a, T> {
    x: &'a [T],
    x_dot: &'a [T],
    y_dot: &'a mut [T],
}

impl<T: Real> AtWindow for Moved<'_, T> {
    /// From the last position to the first, so that of those which equal the largest the first has the last word.
    #[inline(always)]
    fn channels<const L: usize>(&mut self, window: Window<'_>) {
        let Moved { x, x_dot, y_dot } = self;
        let top = largest::<T, L>(x, window);
        let mut moved = lanes::<T, L>(x_dot, window.corner);
        window.for_each_back(
            #[inline(always)]
            |at| {
                let (x, x_dot) = (lanes::<T, L>(x, at), lanes::<T, L>(x_dot, at));
                for k in 0..L {
                    moved[k] = if x[k] == top[k] { x_dot[k] } else { moved[k] };
                }
            },
        );
        y_dot[window.output..][..L].copy_from_slice(&moved);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gemm::Scratch;
    use crate::layer::memory::Memory;
    use crate::layer::passes::Values;
    use crate::shape::Shape;

    /// Value, gradient and tangent of one window of 2 x 2 over three lines of two positions and one channel.
    fn window(x: [f64; 6]) -> (f64, Vec<f64>, f64) {
        let input = Shape { height: 3, width: 2, channels: 1 };
        let pool = MaxPool { windows: Windows::new(input, [2, 2]) };
        let x = Matrix::from_rows(&[x]);
        let values = &Values::default();
        let (memory, scratch) = (&mut Memory::default(), &mut Scratch::default());
        let (mut dx, mut y_dot) = (Matrix::default(), Matrix::default());
        let x_dot = Matrix::from_rows(&[[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]]);
        let at = Context { values, x: &x, memory: &mut *memory, scratch: &mut *scratch };
        pool.forward(at, &mut Mode::Evaluation);
        let at = Context { values, x: &x, memory: &mut *memory, scratch: &mut *scratch };
        pool.backward(at, &Matrix::from_rows(&[[7.0]]), Some(&mut dx), &mut []);
        let at = Context { values, x: &x, memory: &mut *memory, scratch };
        pool.tangent(at, &[], Some(&x_dot), &mut y_dot);
        (memory.output.values()[0], dx.values().to_vec(), y_dot.values()[0])
    }

    #[test]
    fn the_first_of_equals_counts_and_what_fills_no_window_is_passed_over() {
        let found = window([1.0, 3.0, 3.0, 2.0, 9.0, 9.0]);
        assert_eq!(found, (3.0, vec![0.0, 7.0, 0.0, 0.0, 0.0, 0.0], 2.0));
    }

    #[test]
    fn not_a_number_is_the_largest_wherever_it_stands() {
        for at in 0..4 {
            let mut x = [1.0, 3.0, 3.0, 2.0, 9.0, 9.0];
            x[at] = f64::NAN;
            assert!(window(x).0.is_nan(), "{at}");
        }
    }
}
