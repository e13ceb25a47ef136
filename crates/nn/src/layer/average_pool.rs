//! The mean of each window, channel by channel; of a window as large as the image, the mean of the channel.
//!
//! ```text
//! y[w, c]     = Σ_{a in w} x[a, c] / n
//! ∂L/∂x[a, c] = ∂L/∂y[w, c] / n   for a in w, 0 outside of all windows
//! ẏ[w, c]     = Σ_{a in w} ẋ[a, c] / n
//! ```
//!
//! `n` is the number of positions of a window, which are added in reading order.

use crate::layer::passes::{Context, Mode, Passes};
use crate::layer::windows::{AtWindow, Window, Windows, lanes};
use crate::{Matrix, Real};

/// A layer of means.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct AveragePool {
    pub(super) windows: Windows,
}

impl AveragePool {
    fn mean<T: Real>(&self, x: &Matrix<T>, y: &mut Matrix<T>) {
        y.reshape(x.n_rows(), self.windows.n_values().1);
        let n = T::of(self.windows.area() as f64);
        self.windows.visit(0..x.n_rows(), &mut Mean { x: x.values(), y: y.values_mut(), n });
    }
}

impl<T: Real> Passes<T> for AveragePool {
    fn forward(&self, at: Context<'_, T>, _: &mut Mode<'_>) {
        self.mean(at.x, &mut at.memory.output);
    }

    fn backward(
        &self,
        at: Context<'_, T>,
        dy: &Matrix<T>,
        dx: Option<&mut Matrix<T>>,
        _: &mut [T],
    ) {
        let Some(dx) = dx else { return };
        self.windows.clear(at.x.n_rows(), dx);
        let n = T::of(self.windows.area() as f64);
        let mut spread = Spread { dy: dy.values(), dx: dx.values_mut(), n };
        self.windows.visit(0..at.x.n_rows(), &mut spread);
    }

    fn tangent(
        &self,
        at: Context<'_, T>,
        _: &[T],
        x_dot: Option<&Matrix<T>>,
        y_dot: &mut Matrix<T>,
    ) {
        if let Some(x_dot) = x_dot {
            self.mean(x_dot, y_dot);
        } else {
            y_dot.reshape(at.x.n_rows(), self.windows.n_values().1);
            y_dot.values_mut().fill(T::ZERO);
        }
    }
}

struct Mean<'a, T> {
    x: &'a [T],
    y: &'a mut [T],
    n: T,
}

impl<T: Real> AtWindow for Mean<'_, T> {
    #[inline(always)]
    fn channels<const L: usize>(&mut self, window: Window<'_>) {
        let mut sums = [T::ZERO; L];
        window.for_each(
            #[inline(always)]
            |at| {
                let x = lanes::<T, L>(self.x, at);
                sums.iter_mut().zip(x).for_each(|(sum, x)| *sum += x);
            },
        );
        sums.iter_mut().for_each(|sum| *sum /= self.n);
        self.y[window.output..][..L].copy_from_slice(&sums);
    }
}

struct Spread<'a, T> {
    dy: &'a [T],
    dx: &'a mut [T],
    n: T,
}

impl<T: Real> AtWindow for Spread<'_, T> {
    #[inline(always)]
    fn channels<const L: usize>(&mut self, window: Window<'_>) {
        let mut each = lanes::<T, L>(self.dy, window.output);
        each.iter_mut().for_each(|d| *d /= self.n);
        window.for_each(
            #[inline(always)]
            |at| self.dx[at..][..L].copy_from_slice(&each),
        );
    }
}
