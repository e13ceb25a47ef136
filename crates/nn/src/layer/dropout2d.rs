//! Dropout of whole channels, `y = x ⊙ m`.
//!
//! ```text
//! m = 0 with probability p, else 1 / (1 - p)        at all positions of a channel alike
//! ```
//!
//! Neighbouring positions of an image say much the same, so that [dropout](super::dropout) of single values would take
//! little away. A mask has one uniform number a channel, example by example, and holds for all passes over the batch. In
//! evaluation `y = x`.
//!
//! Source: Tompson, Goroshin, Jain, LeCun, Bregler, *Efficient Object Localization Using Convolutional Networks*, CVPR
//! 2015; scaled as in PyTorch's `Dropout2d`.

use crate::Real;
use crate::layer::dropout::{draw, multiply};
use crate::layer::memory::Memory;
use crate::layer::passes::Mode;

/// A layer of dropout of channels.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Dropout2d {
    /// `p`, at least 0 and below 1.
    pub(crate) share: f64,
    /// Channels of an example.
    pub(crate) channels: usize,
}

impl Dropout2d {
    pub(super) fn apply<T: Real>(&self, memory: &mut Memory<T>, mode: &mut Mode<'_>) {
        let Mode::Training(stream) = mode else { return };
        let Memory { output, mask, .. } = memory;
        mask.reshape(output.n_rows(), output.n_columns());
        for mask in mask.rows_mut() {
            let (first, others) = mask.split_at_mut(self.channels);
            draw(self.share, stream, first);
            for position in others.chunks_exact_mut(self.channels) {
                position.copy_from_slice(first);
            }
        }
        multiply(output, mask);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Matrix, Streams};

    #[test]
    fn a_channel_of_an_image_is_kept_or_dropped_as_a_whole_by_one_number_of_the_stream() {
        let layer = Dropout2d { share: 0.4, channels: 5 };
        let streams = Streams::new([4; 32]);
        let values = (1..=6 * 15).map(f64::from).collect();
        let x = Matrix::<f64>::from_values(15, values);
        let mut memory = Memory { output: x.clone(), ..Memory::default() };
        layer.apply(&mut memory, &mut Mode::Training(&mut streams.stream("dropout")));
        let mut expected = streams.stream("dropout");
        for (y, x) in memory.output.rows().zip(x.rows()) {
            let drawn: Vec<bool> = (0..5).map(|_| expected.uniform() < 0.4).collect();
            for (i, (&y, &x)) in y.iter().zip(x).enumerate() {
                assert_eq!(y, if drawn[i % 5] { 0.0 } else { x * (1.0 / 0.6) });
            }
        }
        assert!(memory.mask.values().contains(&0.0));
        assert!(memory.mask.values().iter().any(|&m| 1.0 < m));
    }
}
