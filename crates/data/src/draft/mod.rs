//! The `dataset.toml` that is drafted for a file of which nothing is known but what is in it.

pub(crate) mod features;
pub(crate) mod named;
pub(crate) mod obstacle;
pub(crate) mod spellings;
pub(crate) mod split;
pub(crate) mod text;
pub(crate) mod treated;
