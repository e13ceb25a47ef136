//! Damaged files for tests: a real sample after a few edits.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

#[derive(Clone, Copy, Debug)]
enum Edit {
    Flip(u8),
    Insert(u8),
    Delete(usize),
    Duplicate(usize),
    Truncate,
}

/// `sample` after one to five edits at any place.
pub(crate) fn mutated(sample: &[u8]) -> impl Strategy<Value = Vec<u8>> {
    let edit = prop_oneof![
        4 => (0_u8..8).prop_map(|bit| Edit::Flip(1 << bit)),
        2 => any::<u8>().prop_map(Edit::Insert),
        2 => (1_usize..40).prop_map(Edit::Delete),
        2 => (1_usize..400).prop_map(Edit::Duplicate),
        1 => Just(Edit::Truncate),
    ];
    let sample = sample.to_vec();
    vec((edit, any::<Index>()), 1..6).prop_map(move |edits| {
        let mut bytes = sample.clone();
        edits.into_iter().for_each(|(edit, place)| apply(&mut bytes, edit, place));
        bytes
    })
}

fn apply(bytes: &mut Vec<u8>, edit: Edit, place: Index) {
    let at = place.index(bytes.len() + 1);
    let end = |length| bytes.len().min(at + length);
    match edit {
        Edit::Flip(bits) => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= bits),
        Edit::Insert(byte) => bytes.insert(at, byte),
        Edit::Delete(length) => drop(bytes.drain(at..end(length))),
        Edit::Duplicate(length) => {
            let again = bytes[at..end(length)].to_vec();
            drop(bytes.splice(at..at, again));
        }
        Edit::Truncate => bytes.truncate(at),
    }
}
