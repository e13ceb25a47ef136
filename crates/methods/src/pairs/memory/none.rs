//! No memory: the examples of a batch are compared with one another alone.
//!
//! ```text
//! L = L(x, x)
//! ```
//!
//! - `x`: embeddings of the batch, `[n_examples, width]`
//!
//! Source: every pair loss as it was published.

use serde::{Deserialize, Serialize};

/// No memory; it has no parameters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoMemory {}
