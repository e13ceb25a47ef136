//! A cell's identity: what determines its result, and nothing else.
//!
//! ```text
//! id = BLAKE3(canonical spec, data digest, split digest, version of all that can change numbers)
//! ```
//!
//! Comments, key order, threads and paths never change it; a changed default, data value, split or
//! version ([`versions`]) does.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

use crate::axes::ROWS;
use crate::canonical::{canonical, write_canonical};
use crate::cell_id::CellId;
use crate::labels::to_json;
use crate::spec::TrialSpec;

/// Raise this when `run_trial` itself changes numbers: the order of a step, which epoch is the best, what is measured.
const TRIAL_VERSION: u32 = 2;

impl CellId {
    /// The identity of `spec` on data and rows with the given digests.
    pub fn of(spec: &TrialSpec, data_digest: &str, split_digest: &str) -> Self {
        Identities::of(spec).cell(spec.fold, spec.seed, data_digest, split_digest)
    }
}

/// What the identities of all folds and seeds of one combination have in common. Its text is made once: a plan of many
/// cells spends its time here.
pub(crate) struct Identities {
    /// The canonical specification up to the fold, up to the seed, and the rest.
    spec: [String; 3],
    versions: String,
}

impl Identities {
    /// Those of `spec` with any fold and seed.
    pub(crate) fn of(spec: &TrialSpec) -> Self {
        let Value::Object(map) = to_json(spec) else { unreachable!("a specification has keys") };
        let mut entries: Vec<(&String, &Value)> = map.iter().collect();
        entries.sort_by_key(|(key, _)| *key);
        let mut pieces = [const { String::new() }; 3];
        let mut piece = 0;
        for (i, (key, value)) in entries.into_iter().enumerate() {
            pieces[piece] += if i == 0 { "{" } else { "," };
            pieces[piece] += &format!("\"{key}\":");
            match key.as_str() {
                "fold" | "seed" => piece += 1,
                _ => write_canonical(value, &mut pieces[piece]),
            }
        }
        pieces[piece].push('}');
        Identities { spec: pieces, versions: canonical(&to_json(&versions(spec))) }
    }

    /// Names the combination, whatever the fold and the seed.
    pub(crate) fn combination(&self) -> blake3::Hash {
        blake3::hash(self.spec.concat().as_bytes())
    }

    /// The identity of one fold and seed on data and rows with the given digests.
    pub(crate) fn cell(
        &self,
        fold: usize,
        seed: u64,
        data_digest: &str,
        split_digest: &str,
    ) -> CellId {
        let [before, between, after] = &self.spec;
        // In one piece: a plan of many cells spends its time here.
        let n_bytes = before.len() + between.len() + after.len() + self.versions.len();
        let mut document = Vec::with_capacity(n_bytes + ROOM);
        put(&mut document, "{\"data\":");
        put_json(&mut document, data_digest);
        put(&mut document, ",\"spec\":");
        put(&mut document, before);
        put_json(&mut document, &fold);
        put(&mut document, between);
        put_json(&mut document, &seed);
        put(&mut document, after);
        put(&mut document, ",\"split\":");
        put_json(&mut document, split_digest);
        put(&mut document, ",\"versions\":");
        put(&mut document, &self.versions);
        put(&mut document, "}");
        CellId::from_hash(&blake3::derive_key("longtail cell v1", &document))
    }
}

/// Bytes of a document beside specification and versions: two digests, two numbers, names.
const ROOM: usize = 256;

fn put(document: &mut Vec<u8>, text: &str) {
    document.extend_from_slice(text.as_bytes());
}

fn put_json<T: Serialize + ?Sized>(document: &mut Vec<u8>, value: &T) {
    serde_json::to_writer(document, value).expect("texts and numbers can be written to memory");
}

/// The version of everything whose change changes the numbers of `spec`, by name.
pub fn versions(spec: &TrialSpec) -> BTreeMap<&'static str, u32> {
    let own = [("trial", TRIAL_VERSION)];
    own.into_iter().chain(ROWS.iter().flat_map(|row| (row.versions)(spec))).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_identity_of_a_cell_hashes_one_canonical_document() {
        let network = json!({ "network": {
            "model": { "mlp": { "hidden": [3] } }, "loss": { "focal": {} }, "mining": { "none": {} },
            "reweighting": { "none": {} }, "training": {},
        } });
        let spec: TrialSpec = serde_json::from_value(json!({
            "dataset": { "a \"set\"": {} }, "protocol": {}, "sampling": { "instance_balanced": {} },
            "learner": network, "fold": 12, "seed": u64::MAX,
        }))
        .unwrap();
        let document = json!({
            "spec": to_json(&spec), "data": "d", "split": "s\\", "versions": versions(&spec),
        });
        let hash = blake3::derive_key("longtail cell v1", canonical(&document).as_bytes());
        assert_eq!(CellId::of(&spec, "d", "s\\"), CellId::from_hash(&hash));
        let other = TrialSpec { fold: 0, seed: 1, ..spec.clone() };
        assert_eq!(Identities::of(&spec).combination(), Identities::of(&other).combination());
    }
}
