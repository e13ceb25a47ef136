//! Networks whose parameters move along a direction.
//!
//! ```text
//! θ + d ε                 every pass carries the change of its numbers with them
//! ∇L(θ + d ε) = ∇L(θ) + H d ε        backward: a product with the matrix H of second derivatives, forward over reverse
//! ```
//!
//! Source: Pearlmutter, *Fast Exact Multiplication by the Hessian*, Neural Computation 1994.

use crate::dual::Dual;
use crate::layer::passes::Values;
use crate::{Network, Real};

impl<T: Real> Network<T> {
    /// The same network, to be moved; it stands still.
    pub fn moving(&self) -> Network<Dual<T>> {
        let still = |values: &[T]| -> Vec<Dual<T>> {
            values.iter().map(|&value| Dual { value, slope: T::ZERO }).collect()
        };
        Network {
            architecture: self.architecture.clone(),
            body: self.body.clone(),
            head: self.head.clone(),
            values: Values {
                parameters: still(&self.values.parameters),
                buffers: still(&self.values.buffers),
            },
        }
    }
}

impl<T: Real> Network<Dual<T>> {
    /// Takes the parameters and buffers of `network`, of the same architecture; the parameters move along `direction`,
    /// `[n_parameters]`. Allocates nothing.
    pub fn move_along(&mut self, network: &Network<T>, direction: &[T]) {
        let Values { parameters, buffers } = &network.values;
        let moved = self.values.parameters.iter_mut().zip(parameters.iter().zip(direction));
        moved.for_each(|(p, (&value, &slope))| *p = Dual { value, slope });
        let kept = self.values.buffers.iter_mut().zip(buffers);
        kept.for_each(|(b, &value)| *b = Dual { value, slope: T::ZERO });
    }
}
