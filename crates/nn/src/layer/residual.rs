//! A residual block, `y = body(x) + shortcut(x)`.
//!
//! Body and shortcut are chains of layers over the same input; a shortcut without layers is the identity.
//!
//! Source: He, Zhang, Ren, Sun, *Deep Residual Learning for Image Recognition*, CVPR 2016.

use crate::layer::Layer;
use crate::layer::chain::Chain;
use crate::layer::memory::{Memory, output};
use crate::layer::passes::{Context, Mode, Passes};
use crate::wide::wide;
use crate::{Matrix, Real};

/// A residual block.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Residual {
    body: Chain,
    shortcut: Chain,
}

impl Residual {
    /// A block of layers that have been made for the same input, and end in the same number of columns.
    pub(crate) fn new(body: Vec<Layer>, shortcut: Vec<Layer>) -> Self {
        Residual { body: Chain::new(body), shortcut: Chain::new(shortcut) }
    }
}

impl<T: Real> Passes<T> for Residual {
    fn forward(&self, at: Context<'_, T>, mode: &mut Mode<'_>) {
        let Context {
            values,
            x,
            memory: Memory { output: y, traces: [body, shortcut], .. },
            scratch,
        } = at;
        self.body.forward(Context { values, x, memory: &mut *body, scratch: &mut *scratch }, mode);
        self.shortcut.forward(Context { values, x, memory: &mut *shortcut, scratch }, mode);
        add(output(x, &body.memories), output(x, &shortcut.memories), y);
    }

    fn backward(
        &self,
        at: Context<'_, T>,
        dy: &Matrix<T>,
        dx: Option<&mut Matrix<T>>,
        gradient: &mut [T],
    ) {
        let Context { values, x, memory: Memory { traces: [body, shortcut], .. }, scratch } = at;
        let to_input = dx.is_some();
        let at = Context { values, x, memory: &mut *body, scratch: &mut *scratch };
        self.body.backward(at, Some(dy), to_input, gradient);
        let at = Context { values, x, memory: &mut *shortcut, scratch };
        self.shortcut.backward(at, Some(dy), to_input, gradient);
        if let Some(dx) = dx {
            add(self.body.moved(Some(dy), body), self.shortcut.moved(Some(dy), shortcut), dx);
        }
    }

    fn tangent(
        &self,
        at: Context<'_, T>,
        direction: &[T],
        x_dot: Option<&Matrix<T>>,
        y_dot: &mut Matrix<T>,
    ) {
        let Context {
            values,
            x,
            memory: Memory { output: y, traces: [body, shortcut], .. },
            scratch,
        } = at;
        let at = Context { values, x, memory: &mut *body, scratch: &mut *scratch };
        let body_moves = self.body.tangent(at, direction, x_dot);
        let at = Context { values, x, memory: &mut *shortcut, scratch };
        let shortcut_moves = self.shortcut.tangent(at, direction, x_dot);
        let body = self.body.moved(x_dot, body);
        let shortcut = self.shortcut.moved(x_dot, shortcut);
        match (body_moves, shortcut_moves) {
            (true, true) => add(body, shortcut, y_dot),
            (true, false) => y_dot.copy_from(body),
            (false, true) => y_dot.copy_from(shortcut),
            (false, false) => {
                y_dot.reshape(y.n_rows(), y.n_columns());
                y_dot.values_mut().fill(T::ZERO);
            }
        }
    }

    fn absorb(&self, memory: &Memory<T>, buffers: &mut [T]) {
        let [body, shortcut] = &memory.traces;
        self.body.absorb(body, buffers);
        self.shortcut.absorb(shortcut, buffers);
    }
}

/// `out = a + b`.
fn add<T: Real>(a: &Matrix<T>, b: &Matrix<T>, out: &mut Matrix<T>) {
    out.reshape(a.n_rows(), a.n_columns());
    wide(
        #[inline(always)]
        || {
            let terms = a.values().iter().zip(b.values());
            out.values_mut().iter_mut().zip(terms).for_each(|(out, (&a, &b))| *out = a + b);
        },
    );
}
