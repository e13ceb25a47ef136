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
        Identities::of(spec).fold(spec.fold, data_digest).cell(spec.seed, split_digest)
    }
}

/// What the identities of all folds and seeds of one combination have in common.
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

    /// What those of one fold have in common, on data with this digest.
    pub(crate) fn fold(&self, fold: usize, data_digest: &str) -> FoldIdentities<'_> {
        let [before, between, after] = &self.spec;
        let mut document = Vec::new();
        put(&mut document, "{\"data\":");
        put_json(&mut document, data_digest);
        put(&mut document, ",\"spec\":");
        put(&mut document, before);
        put_json(&mut document, &fold);
        put(&mut document, between);
        let mut begun = blake3::Hasher::new_derive_key("longtail cell v1");
        begun.update(&document);
        FoldIdentities { begun, after, versions: &self.versions }
    }
}

/// What the identities of all seeds of one combination and fold have in common. The larger part of what is hashed is hashed
/// once: a plan of many cells spends its time here.
pub(crate) struct FoldIdentities<'a> {
    /// Of the document up to the seed.
    begun: blake3::Hasher,
    after: &'a str,
    versions: &'a str,
}

impl FoldIdentities<'_> {
    /// The identity of one seed on rows with this digest.
    pub(crate) fn cell(&self, seed: u64, split_digest: &str) -> CellId {
        let mut rest = Vec::with_capacity(self.after.len() + self.versions.len() + ROOM);
        put_json(&mut rest, &seed);
        put(&mut rest, self.after);
        put(&mut rest, ",\"split\":");
        put_json(&mut rest, split_digest);
        put(&mut rest, ",\"versions\":");
        put(&mut rest, self.versions);
        put(&mut rest, "}");
        let mut hasher = self.begun.clone();
        CellId::from_hash(hasher.update(&rest).finalize().as_bytes())
    }
}

/// Bytes beside the rest of a specification and versions: a digest, a number, names.
const ROOM: usize = 128;

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
