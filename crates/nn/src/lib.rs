//! Deterministic numerics: the same bits on every CPU, in debug and in release.
//!
//! - Every element of a matrix product is one chain of fused multiply-adds ([`gemm`]).
//! - `exp`, `ln`, `tanh`, ... come from here or from the pure-Rust `libm`, never from the platform.
//! - Sums run in the order of their elements.
//! - Random numbers come from named streams ([`Streams`]); there is no global generator.

mod architecture;
mod dual;
mod exponential;
pub mod gemm;
mod initialization;
mod layer;
mod logarithm;
mod matrix;
mod network;
mod optimizer;
pub mod range;
mod real;
mod schedule;
mod shape;
mod softmax;
mod streams;
mod wide;

/// Raised when products, exponentials, softmax or random streams change their bits.
pub const VERSION: u32 = 1;

pub use architecture::{Architecture, Head};
pub use dual::Dual;
pub use initialization::Initialization;
pub use layer::activation::Activation;
pub use layer::conv::Kernel;
pub use layer::spec::LayerSpec;
pub use matrix::Matrix;
pub use network::{Network, Pass};
pub use optimizer::{Adam, AdamW, Optimizer, OptimizerSpec, Sgd};
pub use real::Real;
pub use schedule::{ConstantRate, CosineAnnealing, ScheduleSpec, StepDecay};
pub use shape::Shape;
pub use softmax::{TrueClass, log_softmax_rows, softmax_residuals, softmax_rows};
pub use streams::{Stream, Streams};
pub use wide::wide;
