//! What records have between them: the kinds of their trials, and texts. Each is there once, whoever reads.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex};

use crate::spec::{TrialKind, TrialSpec};

/// What the records of a store have between them.
#[derive(Default)]
pub(super) struct Between {
    /// Kinds of trials, by the text in front of the fold.
    kinds: Mutex<BTreeMap<String, Arc<TrialKind>>>,
    /// The same by their digests in blocks.
    digests: Mutex<BTreeMap<String, Arc<TrialKind>>>,
    texts: Mutex<HashSet<Arc<str>>>,
}

const UNPOISONED: &str = "nobody panics while it is locked";

/// What one thread has met of that: it waits for nobody.
pub(super) struct Met<'b> {
    between: &'b Between,
    kinds: BTreeMap<String, Arc<TrialKind>>,
    digests: BTreeMap<String, Arc<TrialKind>>,
    texts: HashSet<Arc<str>>,
}

impl<'b> Met<'b> {
    pub(super) fn new(between: &'b Between) -> Self {
        Met { between, kinds: BTreeMap::new(), digests: BTreeMap::new(), texts: HashSet::new() }
    }

    /// The specification of this JSON. Most cells of a store differ from others in fold and seed alone: of these, one kind
    /// is parsed and kept.
    pub(super) fn spec(&mut self, json: &str) -> serde_json::Result<TrialSpec> {
        let Some((rest, fold, seed)) = cut(json) else { return serde_json::from_str(json) };
        let kind = self.kind(rest)?;
        Ok(TrialSpec { kind, fold, seed })
    }

    /// The kind whose JSON this is, but for its last brace.
    fn kind(&mut self, rest: &str) -> serde_json::Result<Arc<TrialKind>> {
        if let Some(kind) = self.kinds.get(rest) {
            return Ok(Arc::clone(kind));
        }
        let spec: TrialSpec = serde_json::from_str(&format!("{rest},\"fold\":0,\"seed\":0}}"))?;
        let mut all = self.between.kinds.lock().expect(UNPOISONED);
        let kind = Arc::clone(all.entry(rest.to_owned()).or_insert(spec.kind));
        self.kinds.insert(rest.to_owned(), Arc::clone(&kind));
        Ok(kind)
    }

    /// The kind of this digest, if anybody has met it.
    pub(super) fn kind_of(&mut self, digest: &str) -> Option<Arc<TrialKind>> {
        if let Some(kind) = self.digests.get(digest) {
            return Some(Arc::clone(kind));
        }
        let all = self.between.digests.lock().expect(UNPOISONED);
        let kind = Arc::clone(all.get(digest)?);
        self.digests.insert(digest.to_owned(), Arc::clone(&kind));
        Some(kind)
    }

    /// Keeps the kind of this digest, whose JSON is given as it is written in a block.
    pub(super) fn learn(&mut self, digest: &str, json: &str) -> serde_json::Result<()> {
        let rest = json.strip_suffix('}').unwrap_or(json);
        let kind = self.kind(rest)?;
        let mut all = self.between.digests.lock().expect(UNPOISONED);
        all.insert(digest.to_owned(), Arc::clone(&kind));
        self.digests.insert(digest.to_owned(), kind);
        Ok(())
    }

    pub(super) fn text(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.texts.get(text) {
            return Arc::clone(known);
        }
        let mut all = self.between.texts.lock().expect(UNPOISONED);
        let known = all.get(text).cloned().unwrap_or_else(|| Arc::from(text));
        all.insert(Arc::clone(&known));
        self.texts.insert(Arc::clone(&known));
        known
    }
}

/// A specification as it is written ends with its fold and its seed: what stands in front of them, and both.
fn cut(spec: &str) -> Option<(&str, usize, u64)> {
    let (rest, numbers) = spec.rsplit_once(",\"fold\":")?;
    let (fold, seed) = numbers.strip_suffix('}')?.split_once(",\"seed\":")?;
    Some((rest, fold.parse().ok()?, seed.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::tests::completed;

    #[test]
    fn specifications_that_differ_in_fold_and_seed_have_one_kind_and_keep_their_own() {
        let spec = completed().trial.spec;
        let between = Between::default();
        let mut met = Met::new(&between);
        for (fold, seed) in [(0, 0), (4, 17), (0, u64::MAX)] {
            let other = TrialSpec { fold, seed, ..spec.clone() };
            assert_eq!(met.spec(&serde_json::to_string(&other).unwrap()).unwrap(), other);
        }
        // What a block calls by its digest is the same.
        met.learn("d", &serde_json::to_string(&*spec.kind).unwrap()).unwrap();
        let kind = Met::new(&between).kind_of("d").unwrap();
        assert_eq!((kind, between.kinds.lock().unwrap().len()), (spec.kind, 1));
        assert_eq!(met.kind_of("e"), None);
    }

    #[test]
    fn only_what_ends_with_fold_and_seed_is_cut_there() {
        assert_eq!(cut(r#"{"a":1,"fold":2,"seed":3}"#), Some((r#"{"a":1"#, 2, 3)));
        for other in [
            r#"{"a":1,"seed":3,"fold":2}"#,
            r#"{"a":1,"fold":2,"seed":3,"b":4}"#,
            r#"{"a":1, "fold":2,"seed":3}"#,
            r#"{"a":1,"fold":2,"seed":-3}"#,
        ] {
            assert_eq!(cut(other), None, "{other}");
        }
    }
}
