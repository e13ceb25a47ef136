//! Samples of files for tests, whole and damaged.

use std::path::Path;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// Bytes that mean something in one format or another.
const TELLING: &[u8] = b"'\"{}[]%#?,:;\\@ \t\r\n+-.eE09ax<>\x00\xc3\xff";

/// A file of `tests/samples`.
pub(crate) fn sample(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples");
    std::fs::read(folder.join(name)).unwrap()
}

/// `bytes` after a few changes: bytes overwritten, deleted, inserted, repeated, the end cut off.
pub(crate) fn damaged(bytes: Vec<u8>) -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![select(TELLING), any::<u8>()];
    let change = (0..5, any::<prop::sample::Index>(), 0..60_usize, byte);
    vec(change, 1..8).prop_map(move |changes| {
        let mut bytes = bytes.clone();
        for (change, position, length, byte) in changes {
            let start = position.index(bytes.len() + 1);
            let end = (start + length).min(bytes.len());
            match change {
                0 => bytes.splice(start..end.min(start + 1), [byte]).for_each(drop),
                1 => bytes.drain(start..end).for_each(drop),
                2 => bytes.insert(start, byte),
                3 => {
                    let again = bytes[start..end].to_vec();
                    bytes.splice(start..start, again).for_each(drop);
                }
                _ => bytes.truncate(start),
            }
        }
        bytes
    })
}
