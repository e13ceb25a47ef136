//! Initial weights.

use serde::{Deserialize, Serialize};

use crate::Stream;

/// Distribution of the initial weights; biases start at 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Initialization {
    /// Normal with variance `2 / n_in` (He, Zhang, Ren, Sun, ICCV 2015).
    HeNormal,
    /// Uniform within `sqrt(6 / n_in)`: the same variance.
    HeUniform,
    /// Normal with variance `2 / (n_in + n_out)` (Glorot, Bengio, AISTATS 2010).
    XavierNormal,
    /// Uniform within `sqrt(6 / (n_in + n_out))`: the same variance.
    XavierUniform,
    /// Uniform within `1 / sqrt(n_in)`: the weights that PyTorch gives its linear layers and convolutions, a sixth of the
    /// variance of `HeNormal`.
    TorchUniform,
}

impl Initialization {
    /// Raised when other weights are drawn.
    pub const VERSION: u32 = 1;

    pub(crate) fn draw(self, n_in: usize, n_out: usize, stream: &mut Stream) -> f64 {
        let variance = match self {
            Initialization::HeNormal | Initialization::HeUniform => 2.0 / n_in as f64,
            Initialization::XavierNormal | Initialization::XavierUniform => {
                2.0 / (n_in + n_out) as f64
            }
            Initialization::TorchUniform => 1.0 / (3.0 * n_in as f64),
        };
        match self {
            Initialization::HeNormal | Initialization::XavierNormal => {
                variance.sqrt() * stream.normal()
            }
            Initialization::HeUniform
            | Initialization::XavierUniform
            | Initialization::TorchUniform => {
                (3.0 * variance).sqrt() * (2.0 * stream.uniform() - 1.0)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Streams;

    #[test]
    fn initial_weights_have_their_variance() {
        let mut stream = Streams::new([7; 32]).stream("variance");
        for (initialization, expected) in [
            (Initialization::HeNormal, 0.02),
            (Initialization::HeUniform, 0.02),
            (Initialization::XavierNormal, 0.01),
            (Initialization::XavierUniform, 0.01),
            (Initialization::TorchUniform, 1.0 / 300.0),
        ] {
            let draws: Vec<f64> =
                (0..20_000).map(|_| initialization.draw(100, 100, &mut stream)).collect();
            let variance = draws.iter().map(|x| x * x).sum::<f64>() / draws.len() as f64;
            // Five standard errors of a variance of 20,000 draws: at most 5 %.
            assert!((variance / expected - 1.0).abs() < 0.05, "{initialization:?} {variance}");
        }
    }
}
