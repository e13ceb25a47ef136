//! Trials that differ in fold and seed alone: what is said of one of them is said of all.

use std::collections::BTreeMap;

use experiment::spec::TrialSpec;

/// The different kinds of trials, numbered in the order in which they are met.
#[derive(Debug, Default)]
pub(crate) struct Kinds<'a> {
    /// One of each kind.
    each: Vec<&'a TrialSpec>,
    /// The numbers of those on a data set, by its name.
    known: BTreeMap<&'a str, Vec<usize>>,
}

impl<'a> Kinds<'a> {
    /// The number of the kind of `spec`.
    pub(crate) fn number(&mut self, spec: &'a TrialSpec) -> usize {
        let known = self.known.entry(&spec.dataset.name).or_default();
        if let Some(&number) = known.iter().find(|&&number| alike(self.each[number], spec)) {
            return number;
        }
        self.each.push(spec);
        known.push(self.each.len() - 1);
        self.each.len() - 1
    }

    /// One trial of each kind.
    pub(crate) fn each(&self) -> &[&'a TrialSpec] {
        &self.each
    }
}

/// What is made of a specification, once of each kind.
#[derive(Debug)]
pub(crate) struct OfKinds<'a, T> {
    kinds: Kinds<'a>,
    made: Vec<T>,
}

impl<T> Default for OfKinds<'_, T> {
    fn default() -> Self {
        OfKinds { kinds: Kinds::default(), made: Vec::new() }
    }
}

impl<'a, T> OfKinds<'a, T> {
    /// What `make` makes of a specification of the kind of `spec`.
    pub(crate) fn of(&mut self, spec: &'a TrialSpec, make: impl FnOnce(&'a TrialSpec) -> T) -> &T {
        let number = self.kinds.number(spec);
        if number == self.made.len() {
            self.made.push(make(spec));
        }
        &self.made[number]
    }
}

/// Whether two trials differ in fold and seed alone, if at all.
pub(crate) fn alike(a: &TrialSpec, b: &TrialSpec) -> bool {
    // Taken apart, so that what is new in a trial cannot be forgotten here.
    let TrialSpec {
        dataset,
        protocol,
        sampling,
        learner,
        calibration,
        decision,
        images,
        fold: _,
        seed: _,
    } = a;
    *dataset == b.dataset
        && *protocol == b.protocol
        && *sampling == b.sampling
        && *learner == b.learner
        && *calibration == b.calibration
        && *decision == b.decision
        && *images == b.images
}
