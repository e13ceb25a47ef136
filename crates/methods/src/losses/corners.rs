//! Every loss with its parameters at the corners, for tests and checks.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::losses::LossSpec;
use crate::named;

/// A loss as an experiment file writes it.
#[derive(Deserialize)]
struct Entry(#[serde(deserialize_with = "named::deserialize")] LossSpec);

/// Every loss, several times with different parameters, for three classes, or two where a loss knows no
/// more; entries of one loss stand together.
///
/// # Panics
/// If the list that is built in cannot be read: tests read it.
pub fn corners() -> Vec<LossSpec> {
    let file: BTreeMap<String, Vec<Entry>> =
        toml::from_str(include_str!("corners.toml")).expect("the list of losses is well-formed");
    file.into_values().flatten().map(|Entry(spec)| spec).collect()
}
