//! The first part of a block: how trials ended, a row a record, and what rows have in common once for all of them.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::between::Met;
use crate::record::{Outcome, Reproducible, Timings, TrialRecord};
use crate::spec::{TrialKind, TrialSpec};

/// The part, as it is written.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Ended<'a> {
    /// Digests of the kinds that rows name, in the order of the part in which they stand.
    #[serde(borrow)]
    pub(super) kinds: Vec<Cow<'a, str>>,
    /// Texts that rows name: digests of data and splits, versions, hosts.
    #[serde(borrow)]
    texts: Vec<Cow<'a, str>>,
    #[serde(borrow)]
    pub(super) rows: Vec<Row<'a>>,
}

/// How one trial ended.
#[derive(Serialize, Deserialize)]
pub(super) struct Row<'a>(
    /// Its identity.
    #[serde(borrow)]
    Cow<'a, str>,
    /// The number of its kind, its fold, its seed.
    usize,
    usize,
    u64,
    /// The numbers of the digests of its data and its split.
    usize,
    usize,
    Outcome,
    /// What it gave, by its digest.
    #[serde(borrow)]
    Cow<'a, str>,
    /// Seconds in all, and of preparation.
    f64,
    f64,
    /// The numbers of version and host.
    usize,
    usize,
    /// Where it panicked.
    Option<String>,
    /// Seconds of trainings that others took; rows of old have none.
    #[serde(default)]
    f64,
);

/// Numbers things as they come.
#[derive(Default)]
struct Numbers<K>(HashMap<K, usize>);

impl<K: Hash + Eq> Numbers<K> {
    /// The number of `key`, and whether it is new.
    fn of(&mut self, key: K) -> (usize, bool) {
        let next = self.0.len();
        let number = *self.0.entry(key).or_insert(next);
        (number, number == next)
    }
}

/// Makes the first two parts, row by row.
#[derive(Default)]
pub(super) struct Writer<'a> {
    ended: Ended<'a>,
    /// A line a kind.
    pub(super) kinds: Vec<u8>,
    /// Kinds by where they are, so that one that many records have is written out once.
    places: HashMap<*const TrialKind, usize>,
    digests: Numbers<String>,
    texts: Numbers<&'a str>,
}

impl<'a> Writer<'a> {
    /// Adds a record, `pieces` of whose results are given as they are written, with newlines.
    pub(super) fn add(&mut self, record: &'a TrialRecord, pieces: &[&[u8]]) {
        let TrialRecord { trial, timings } = record;
        let Reproducible { id, spec, data_digest, split_digest, outcome, results: _ } = trial;
        let Timings { wall_seconds, prepare_seconds, shared_seconds, version, host, panicked_at } =
            timings;
        let kind = self.kind(&spec.kind);
        let digest = digest(trial, &self.ended.kinds[kind], pieces);
        let (data, split) = (self.text(data_digest), self.text(split_digest));
        let (version, host) = (self.text(version), self.text(host));
        self.ended.rows.push(Row(
            id.to_string().into(),
            kind,
            spec.fold,
            spec.seed,
            data,
            split,
            outcome.clone(),
            digest.into(),
            *wall_seconds,
            *prepare_seconds,
            version,
            host,
            panicked_at.clone(),
            *shared_seconds,
        ));
    }

    fn kind(&mut self, kind: &Arc<TrialKind>) -> usize {
        if let Some(&number) = self.places.get(&Arc::as_ptr(kind)) {
            return number;
        }
        let json = serde_json::to_string(&**kind).expect("kinds are plain data");
        let digest = blake3::hash(json.as_bytes()).to_hex()[..32].to_owned();
        let (number, is_new) = self.digests.of(digest.clone());
        if is_new {
            self.ended.kinds.push(digest.into());
            self.kinds.extend_from_slice(json.as_bytes());
            self.kinds.push(b'\n');
        }
        self.places.insert(Arc::as_ptr(kind), number);
        number
    }

    fn text(&mut self, text: &'a str) -> usize {
        let (number, is_new) = self.texts.of(text);
        if is_new {
            self.ended.texts.push(text.into());
        }
        number
    }

    /// That of the record that was added last.
    pub(super) fn last_digest(&self) -> u128 {
        self.ended.rows.last().and_then(|row| row.digest().ok()).unwrap_or_default()
    }

    /// The JSON of both parts.
    pub(super) fn finish(self) -> [Vec<u8>; 2] {
        let ended = serde_json::to_vec(&self.ended).expect("rows are plain data");
        [ended, self.kinds]
    }
}

/// Equal of equal trials alone.
fn digest(trial: &Reproducible, kind: &str, pieces: &[&[u8]]) -> String {
    let Reproducible { id, spec, data_digest, split_digest, outcome, results: _ } = trial;
    let mut hasher = blake3::Hasher::new_derive_key("longtail trial v1");
    let outcome = serde_json::to_string(outcome).expect("outcomes are plain data");
    let (fold, seed) = (spec.fold, spec.seed);
    let told = [id.to_string(), format!("{kind} {fold} {seed}"), outcome];
    for text in told.iter().map(String::as_str).chain([&**data_digest, &**split_digest]) {
        hasher.update(text.as_bytes());
        hasher.update(b"\n");
    }
    for piece in pieces {
        hasher.update(piece);
    }
    hasher.finalize().to_hex()[..32].to_owned()
}

impl Row<'_> {
    /// The digest of what the trial gave.
    pub(super) fn digest(&self) -> Result<u128, String> {
        let Row(.., digest, _, _, _, _, _, _) = self;
        u128::from_str_radix(digest, 16).map_err(|_| format!("`{digest}` is no digest"))
    }
}

impl Ended<'_> {
    /// The record of a row, without its results; `Err` says what is wrong.
    pub(super) fn record(&self, row: &Row<'_>, met: &mut Met<'_>) -> Result<TrialRecord, String> {
        let &Row(ref id, kind, fold, seed, data, split, ref outcome, ..) = row;
        let &Row(.., wall_seconds, prepare_seconds, version, host, ref panicked_at, shared_seconds) =
            row;
        let named =
            |number: usize| self.texts.get(number).ok_or("it names a text that is not there");
        let kind = self.kinds.get(kind).and_then(|digest| met.kind_of(digest));
        let kind = kind.ok_or("it names a kind of trials that is not there")?;
        let trial = Reproducible {
            id: id.parse()?,
            spec: TrialSpec { kind, fold, seed },
            data_digest: met.text(named(data)?),
            split_digest: met.text(named(split)?),
            outcome: outcome.clone(),
            results: None,
        };
        let timings = Timings {
            wall_seconds,
            prepare_seconds,
            shared_seconds,
            version: met.text(named(version)?),
            host: met.text(named(host)?),
            panicked_at: panicked_at.clone(),
        };
        Ok(TrialRecord { trial, timings })
    }
}
