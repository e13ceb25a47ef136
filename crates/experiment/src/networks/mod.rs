//! The networks of the model axis.

mod conv_net;
mod lenet;
mod linear;
mod mlp;
mod small_resnet;

use std::num::NonZeroUsize;

use nn::{Architecture, Shape};
use serde::{Deserialize, Serialize};
use strum::{EnumIter, IntoStaticStr, VariantNames};

pub use conv_net::ConvNet;
pub use lenet::Lenet;
pub use linear::Linear;
pub use mlp::Mlp;
pub use small_resnet::SmallResnet;

/// Networks of the model axis.
#[derive(
    Clone, Debug, PartialEq, Serialize, Deserialize, EnumIter, IntoStaticStr, VariantNames,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum NetworkSpec {
    /// One dense layer from the features to the logits.
    Linear(Linear),
    /// Dense layers with a non-linearity between them.
    Mlp(Mlp),
    /// Convolutions, poolings and dense layers, for images.
    Lenet(Lenet),
    /// Convolutions with small kernels, one pooling and a dense layer, for images.
    ConvNet(ConvNet),
    /// Convolutions, normalisations and residual blocks, for images.
    SmallResnet(SmallResnet),
}

impl NetworkSpec {
    /// The name in an experiment file.
    pub fn name(&self) -> &'static str {
        self.into()
    }

    /// Its file, whose head is its page.
    pub fn code(&self) -> &'static str {
        match self {
            NetworkSpec::Linear(_) => include_str!("linear.rs"),
            NetworkSpec::Mlp(_) => include_str!("mlp.rs"),
            NetworkSpec::Lenet(_) => include_str!("lenet.rs"),
            NetworkSpec::ConvNet(_) => include_str!("conv_net.rs"),
            NetworkSpec::SmallResnet(_) => include_str!("small_resnet.rs"),
        }
    }

    /// Raised when the layers of the network, or its passes over them, change.
    pub fn version(&self) -> u32 {
        match self {
            NetworkSpec::Linear(_) => Linear::VERSION,
            NetworkSpec::Mlp(_) => Mlp::VERSION,
            NetworkSpec::Lenet(_) => Lenet::VERSION,
            NetworkSpec::ConvNet(_) => ConvNet::VERSION,
            NetworkSpec::SmallResnet(_) => SmallResnet::VERSION,
        }
    }

    /// Whether it is for images alone.
    pub fn needs_images(&self) -> bool {
        match self {
            NetworkSpec::Linear(_) | NetworkSpec::Mlp(_) => false,
            NetworkSpec::Lenet(_) | NetworkSpec::ConvNet(_) | NetworkSpec::SmallResnet(_) => true,
        }
    }

    /// The network for examples of a shape and `n_outputs` logits.
    pub fn architecture(&self, input: Shape, n_outputs: usize) -> Architecture {
        match self {
            NetworkSpec::Linear(Linear {}) => Linear::architecture(input, n_outputs),
            NetworkSpec::Mlp(mlp) => mlp.architecture(input, n_outputs),
            NetworkSpec::Lenet(lenet) => lenet.architecture(input, n_outputs),
            NetworkSpec::ConvNet(net) => net.architecture(input, n_outputs),
            NetworkSpec::SmallResnet(resnet) => resnet.architecture(input, n_outputs),
        }
    }
}

/// A default, which is not 0.
const fn whole(n: usize) -> NonZeroUsize {
    NonZeroUsize::new(n).expect("a default is not 0")
}

#[cfg(test)]
mod tests {
    use nn::{Network, Streams};

    use super::*;

    #[test]
    fn networks_for_grey_digits_have_the_parameters_that_their_pages_say() {
        let digit = Shape { height: 28, width: 28, channels: 1 };
        for (network, expected) in [
            (NetworkSpec::Lenet(Lenet::default()), 65_558),
            (NetworkSpec::ConvNet(ConvNet::default()), 300_426),
        ] {
            let architecture = network.architecture(digit, 10);
            let mut stream = Streams::new([0; 32]).stream("init");
            assert_eq!(Network::<f32>::new(architecture, &mut stream).n_parameters(), expected);
        }
    }
}
