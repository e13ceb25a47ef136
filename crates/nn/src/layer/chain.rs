//! Layers one after another.

use crate::layer::Layer;
use crate::layer::memory::{Memory, Trace, output};
use crate::layer::passes::{Context, Mode, Passes};
use crate::{Matrix, Real};

/// Layers one after another; without layers, the identity.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Chain {
    layers: Vec<Layer>,
    /// The memory that each layer works in: its own, or that of the layer whose output it overwrites.
    homes: Vec<usize>,
}

impl Chain {
    pub(crate) fn new(layers: Vec<Layer>) -> Self {
        let mut homes = Vec::with_capacity(layers.len());
        for (l, layer) in layers.iter().enumerate() {
            homes.push(match l.checked_sub(1) {
                None => 0,
                Some(below) if layer.overwrites(&layers[below]) => homes[below],
                Some(below) => homes[below] + 1,
            });
        }
        Chain { layers, homes }
    }

    /// Whether the input of layer `l` lies where its output will.
    fn is_in_place(&self, l: usize) -> bool {
        l != 0 && self.homes[l] == self.homes[l - 1]
    }

    /// Whether the slopes of layer `l` are its own to take: one that overwrites a pointwise layer leaves them to that.
    fn has_slopes(&self, l: usize) -> bool {
        !(self.is_in_place(l) && matches!(self.layers[l - 1], Layer::Pointwise(_)))
    }

    pub(crate) fn forward<T: Real>(&self, at: Context<'_, T, Trace<T>>, mode: &mut Mode<'_>) {
        let Context { values, x, memory: Trace { memories, .. }, scratch } = at;
        memories.resize_with(self.homes.last().map_or(0, |last| last + 1), Memory::default);
        for (l, layer) in self.layers.iter().enumerate() {
            let (x, memory) = split(x, memories, self.homes[l]);
            match layer {
                Layer::Pointwise(layer) if self.is_in_place(l) => layer.apply(memory, mode),
                _ => layer.forward(Context { values, x, memory, scratch }, mode),
            }
        }
    }

    /// The gradient of the chain's parameters, of `dy` at its output; `None` if that lies in `moving[0]`. Where it is
    /// asked for, the gradient at the input is then [`Chain::moved`].
    pub(crate) fn backward<T: Real>(
        &self,
        at: Context<'_, T, Trace<T>>,
        dy: Option<&Matrix<T>>,
        to_input: bool,
        gradient: &mut [T],
    ) {
        let Context { values, x, memory: Trace { memories, moving }, scratch } = at;
        let has_parameters = |layer: &Layer| !matches!(layer, Layer::Pointwise(_));
        let first = if to_input { Some(0) } else { self.layers.iter().position(has_parameters) };
        let Some(first) = first else { return };
        let mut given = dy;
        for (l, layer) in self.layers.iter().enumerate().skip(first).rev() {
            let (x, memory) = split(x, memories, self.homes[l]);
            if let Layer::Pointwise(layer) = layer {
                if self.has_slopes(l) {
                    take(&mut given, &mut moving[0]);
                    layer.scale(memory, &mut moving[0]);
                }
                continue;
            }
            let [above, below] = &mut *moving;
            let dy = given.take().unwrap_or(above);
            let dx = (to_input || l != first).then_some(below);
            layer.backward(Context { values, x, memory, scratch }, dy, dx, gradient);
            moving.swap(0, 1);
        }
    }

    /// Whether the output moves as the parameters move along `direction` and the input by `x_dot`; [`Chain::moved`] is
    /// then its change, which lies in `moving[0]` unless the chain has no layers.
    pub(crate) fn tangent<T: Real>(
        &self,
        at: Context<'_, T, Trace<T>>,
        direction: &[T],
        x_dot: Option<&Matrix<T>>,
    ) -> bool {
        let Context { values, x, memory: Trace { memories, moving }, scratch } = at;
        let (mut moves, mut given) = (x_dot.is_some(), x_dot);
        for (l, layer) in self.layers.iter().enumerate() {
            let (x, memory) = split(x, memories, self.homes[l]);
            if let Layer::Pointwise(layer) = layer {
                if moves && self.has_slopes(l) {
                    take(&mut given, &mut moving[0]);
                    layer.scale(memory, &mut moving[0]);
                }
                continue;
            }
            let [below, above] = &mut *moving;
            let x_dot = given.take().or(moves.then_some(below));
            layer.tangent(Context { values, x, memory, scratch }, direction, x_dot, above);
            moving.swap(0, 1);
            moves = true;
        }
        moves
    }

    /// What the last pass made, at one end of the chain, of what it was `given` at the other.
    pub(crate) fn moved<'a, T>(
        &self,
        given: Option<&'a Matrix<T>>,
        trace: &'a Trace<T>,
    ) -> &'a Matrix<T> {
        given.filter(|_| self.layers.is_empty()).unwrap_or(&trace.moving[0])
    }

    pub(crate) fn absorb<T: Real>(&self, trace: &Trace<T>, buffers: &mut [T]) {
        for (layer, &home) in self.layers.iter().zip(&self.homes) {
            layer.absorb(&trace.memories[home], buffers);
        }
    }
}

/// Copies what a chain was given, and no layer has read, to where it is overwritten.
fn take<T: Real>(given: &mut Option<&Matrix<T>>, moving: &mut Matrix<T>) {
    if let Some(given) = given.take() {
        moving.copy_from(given);
    }
}

/// What the layers of memory `home` read of a chain over `x`, and that memory.
fn split<'a, T>(
    x: &'a Matrix<T>,
    memories: &'a mut [Memory<T>],
    home: usize,
) -> (&'a Matrix<T>, &'a mut Memory<T>) {
    let (before, from) = memories.split_at_mut(home);
    (output(x, before), &mut from[0])
}
