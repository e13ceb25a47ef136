//! Methods as an experiment file writes them, in lists that are built in.

use serde::de::DeserializeOwned;

/// The method that `toml` is.
///
/// # Panics
/// If it is none: tests read every list.
pub(crate) fn written<M: DeserializeOwned>(toml: &str) -> M {
    toml::from_str(toml)
        .unwrap_or_else(|error| panic!("what is built in is well-formed: {toml}: {error}"))
}
