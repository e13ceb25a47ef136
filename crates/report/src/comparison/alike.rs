//! Trials that differ in fold and seed alone: what is said of one of them is said of all.

use std::collections::BTreeMap;
use std::sync::Arc;

use experiment::spec::{TrialKind, TrialSpec};

/// The different kinds of trials, numbered in the order in which they are met.
#[derive(Debug, Default)]
pub(crate) struct Kinds<'a> {
    /// One of each kind.
    each: Vec<&'a TrialSpec>,
    /// The numbers of those on a data set, by its name.
    known: BTreeMap<&'a str, Vec<usize>>,
    /// Their numbers by where they are kept: most trials of a kind have it between them.
    places: BTreeMap<*const TrialKind, usize>,
}

impl<'a> Kinds<'a> {
    /// The number of the kind of `spec`.
    pub(crate) fn number(&mut self, spec: &'a TrialSpec) -> usize {
        let place = Arc::as_ptr(&spec.kind);
        if let Some(&number) = self.places.get(&place) {
            return number;
        }
        let known = self.known.entry(&spec.dataset.name).or_default();
        let alike = known.iter().copied().find(|&number| self.each[number].is_alike(spec));
        let number = alike.unwrap_or(self.each.len());
        if alike.is_none() {
            self.each.push(spec);
            known.push(number);
        }
        self.places.insert(place, number);
        number
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
