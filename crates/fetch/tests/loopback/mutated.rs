//! Answers with bytes changed, lost, added and repeated: whatever happens, it ends, with or without a file.

use std::fs;
use std::time::Duration;

use fetch::{Source, fetch};
use proptest::prelude::*;

use crate::server::{Reply, Server};
use crate::{DESCRIPTION, ETAG, PARQUET, describe, digest, readable, request, source};

const FILE: &[u8] = b"PAR1 a very small file of Parquet's PAR1";

#[derive(Clone, Debug)]
struct Mutation {
    place: prop::sample::Index,
    length: usize,
    kind: u8,
    byte: u8,
}

fn mutation() -> impl Strategy<Value = Mutation> {
    (any::<prop::sample::Index>(), 1..20_usize, 0..5_u8, any::<u8>())
        .prop_map(|(place, length, kind, byte)| Mutation { place, length, kind, byte })
}

fn mutate(bytes: &mut Vec<u8>, mutation: &Mutation) {
    if bytes.is_empty() {
        return;
    }
    let start = mutation.place.index(bytes.len());
    let end = (start + mutation.length).min(bytes.len());
    match mutation.kind {
        0 => bytes[start] = mutation.byte,
        1 => drop(bytes.drain(start..end)),
        2 => bytes.insert(start, mutation.byte),
        3 => drop(bytes.splice(start..start, bytes[start..end].to_vec())),
        _ => bytes.truncate(start),
    }
}

/// What is mutated: the file, the rest of it after a cut, or whatever is answered, for a `whole` of
/// 0, 1 and 2.
fn fetch_from_mutated(mutations: &[Mutation], whole: usize) {
    let mutations = mutations.to_vec();
    let server = Server::start(move |asked, before| {
        let mut reply = match (asked.path.as_str(), before) {
            (DESCRIPTION, _) => describe(asked, Some(PARQUET), ""),
            (_, 0) => Reply::new(200, &[ETAG], FILE).cut(if whole == 0 { 0 } else { 12 }),
            _ => Reply::rest(FILE.len() - 12, &[ETAG], FILE),
        };
        if asked.path != DESCRIPTION && before >= whole || whole == 2 {
            mutations.iter().for_each(|mutation| mutate(&mut reply.bytes, mutation));
        }
        reply
    });
    let cache = tempfile::tempdir().unwrap();
    let hasty = Source { pauses: vec![Duration::ZERO], ..source(&server) };
    let wanted = request(Some(&digest(FILE)));
    if let Ok(fetched) = fetch(&hasty, &wanted, cache.path(), &mut readable, &mut |_, _| {}) {
        assert_eq!(fs::read(fetched.path).unwrap(), FILE);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_mutated_answer_gives_the_file_or_an_error(
        mutations in prop::collection::vec(mutation(), 1..4),
        whole in 0..3_usize,
    ) {
        fetch_from_mutated(&mutations, whole);
    }
}
