//! Layers over flat parameters and buffers, each with three passes: forward, backward, tangent.
//!
//! A layer is a struct in a file of its own, whose head has the formulas. It holds its places among the numbers of a
//! network and nothing of any batch: that lies in its [`Memory`](memory::Memory), so that every pass takes it by
//! `&self`.

pub(crate) mod activation;
pub(crate) mod average_pool;
pub(crate) mod batch_norm;
pub(crate) mod builder;
pub(crate) mod chain;
mod channels;
pub(crate) mod conv;
pub(crate) mod cosine;
pub(crate) mod cosines;
pub(crate) mod dense;
pub(crate) mod dropout;
pub(crate) mod dropout2d;
pub(crate) mod group_norm;
mod kept;
pub(crate) mod max_pool;
pub(crate) mod memory;
pub(crate) mod moments;
pub(crate) mod normalize;
pub(crate) mod passes;
pub(crate) mod pointwise;
pub(crate) mod residual;
mod scaling;
pub(crate) mod spec;
mod sums;
#[cfg(test)]
mod tests;
mod weights;
mod windows;

use self::average_pool::AveragePool;
use self::batch_norm::BatchNorm;
use self::conv::Conv2d;
use self::cosine::CosineHead;
use self::dense::Dense;
use self::group_norm::GroupNorm;
use self::max_pool::MaxPool;
use self::memory::Memory;
use self::normalize::Normalize;
use self::passes::{Context, Mode, Passes};
use self::pointwise::Pointwise;
use self::residual::Residual;
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
    BatchNorm(BatchNorm),
    GroupNorm(GroupNorm),
    Normalize(Normalize),
    Residual(Box<Residual>),
    Pointwise(Pointwise),
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
            Layer::BatchNorm($layer) => $call,
            Layer::GroupNorm($layer) => $call,
            Layer::Normalize($layer) => $call,
            Layer::Residual($layer) => $call,
            Layer::Pointwise($layer) => $call,
        }
    };
}

impl Layer {
    /// Whether the layer may put its output in the place of its input, the output of `below`: a pointwise layer may,
    /// unless `below` reads that in later passes, as cosines and activations do. From what dropout has made of it, an
    /// activation can tell its own.
    fn overwrites(&self, below: &Layer) -> bool {
        let Layer::Pointwise(layer) = self else { return false };
        match below {
            Layer::Cosine(_) => false,
            Layer::Pointwise(below) => {
                matches!(layer, Pointwise::Dropout(_) | Pointwise::Dropout2d(_))
                    && matches!(below, Pointwise::Activation(_))
            }
            _ => true,
        }
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
