//! Layers over flat parameters and buffers, each with three passes: forward, backward, tangent.
//!
//! A layer is a struct in a file of its own, whose head has the formulas. It holds its places among the numbers of a
//! network and nothing of any batch: that lies in its [`Memory`](memory::Memory), so that every pass takes it by
//! `&self`.

pub(crate) mod activation;
pub(crate) mod average_pool;
pub(crate) mod builder;
pub(crate) mod chain;
pub(crate) mod conv;
pub(crate) mod cosine;
pub(crate) mod cosines;
pub(crate) mod dense;
pub(crate) mod dropout;
pub(crate) mod max_pool;
pub(crate) mod memory;
pub(crate) mod passes;
pub(crate) mod pointwise;
pub(crate) mod spec;
mod sums;
#[cfg(test)]
mod tests;
mod weights;
mod windows;

use self::average_pool::AveragePool;
use self::conv::Conv2d;
use self::cosine::CosineHead;
use self::dense::Dense;
use self::max_pool::MaxPool;
use self::memory::Memory;
use self::passes::{Context, Mode, Passes};
use self::pointwise::Pointwise;
use crate::{Matrix, Real};

/// Every layer.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(test, derive(strum::EnumCount))]
pub(crate) enum Layer {
    Dense(Dense),
    Conv2d(Box<Conv2d>),
    MaxPool(MaxPool),
    AveragePool(AveragePool),
    Cosine(CosineHead),
    Pointwise(Pointwise),
    #[cfg(test)]
    Centering(tests::centering::Centering),
}

/// Calls the same method of whichever layer it is.
macro_rules! each {
    ($value:expr, $layer:ident => $call:expr) => {
        match $value {
            Layer::Dense($layer) => $call,
            Layer::Conv2d($layer) => $call,
            Layer::MaxPool($layer) => $call,
            Layer::AveragePool($layer) => $call,
            Layer::Cosine($layer) => $call,
            Layer::Pointwise($layer) => $call,
            #[cfg(test)]
            Layer::Centering($layer) => $call,
        }
    };
}

impl Layer {
    /// Whether the layer may put its output in the place of its input, the output of `below`. Not where `below` reads
    /// that in later passes, as cosines and activations do; from what dropout has made of it, an activation can tell
    /// its own.
    fn overwrites(&self, below: &Layer) -> bool {
        matches!(
            (self, below),
            (
                Layer::Pointwise(_),
                Layer::Dense(_) | Layer::Conv2d(_) | Layer::MaxPool(_) | Layer::AveragePool(_)
            ) | (
                Layer::Pointwise(Pointwise::Dropout(_)),
                Layer::Pointwise(Pointwise::Activation(_))
            )
        )
    }
}

impl<T: Real> Passes<T> for Layer {
    fn forward(&self, at: Context<'_, T>, mode: &mut Mode<'_>) {
        at.memory.mask.clear();
        each!(self, layer => layer.forward(at, mode));
    }

    fn backward(
        &self,
        at: Context<'_, T>,
        dy: &Matrix<T>,
        dx: Option<&mut Matrix<T>>,
        gradient: &mut [T],
    ) {
        each!(self, layer => layer.backward(at, dy, dx, gradient));
    }

    fn tangent(
        &self,
        at: Context<'_, T>,
        direction: &[T],
        x_dot: Option<&Matrix<T>>,
        y_dot: &mut Matrix<T>,
    ) {
        each!(self, layer => layer.tangent(at, direction, x_dot, y_dot));
    }

    fn absorb(&self, memory: &Memory<T>, buffers: &mut [T]) {
        each!(self, layer => layer.absorb(memory, buffers));
    }
}
