//! Memories: what anchors are compared with besides the batch.

mod cross_batch;
mod none;

pub use cross_batch::{CrossBatchMemory, Memory};
pub use none::NoMemory;

use serde::{Deserialize, Serialize};
use strum::{EnumIter, IntoStaticStr};

/// Every memory, under its name in a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, EnumIter, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum MemorySpec {
    /// See [`NoMemory`].
    None(NoMemory),
    /// See [`CrossBatchMemory`].
    CrossBatch(CrossBatchMemory),
}

impl Default for MemorySpec {
    fn default() -> Self {
        MemorySpec::None(NoMemory {})
    }
}

impl MemorySpec {
    /// The cross-batch memory, if it is one.
    pub fn cross_batch(&self) -> Option<&CrossBatchMemory> {
        match self {
            MemorySpec::None(_) => None,
            MemorySpec::CrossBatch(memory) => Some(memory),
        }
    }

    /// Whether nothing is remembered.
    pub fn is_none(&self) -> bool {
        self.cross_batch().is_none()
    }

    /// Raised whenever the numbers of this memory change.
    pub fn version(&self) -> u32 {
        1
    }

    /// The name in a file.
    pub fn name(&self) -> &'static str {
        self.into()
    }

    /// Its file.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            MemorySpec::None(_) => include_str!("none.rs"),
            MemorySpec::CrossBatch(_) => include_str!("cross_batch.rs"),
        }
    }
}
