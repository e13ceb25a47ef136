//! What must hold of the methods that are no losses, on random inputs: each law written out plainly, and asked of what an
//! experiment file would get.

mod calibration;
mod control;
mod curriculum;
mod decision;
mod decoupling;
mod mining;
mod mixing;
mod pair_mining;
mod sampling;
mod self_paced;

use crate::finding::{Finding, Proof};

/// What holds of a method.
pub(super) struct Law {
    /// Its name in an experiment file.
    method: &'static str,
    /// What, in a few words.
    states: &'static str,
    /// The largest difference.
    allowed: &'static str,
    /// Compares.
    check: fn(&mut Finding),
}

/// Nothing is allowed.
const EXACT: &str = "exact";

const FAMILIES: [&[Law]; 10] = [
    sampling::LAWS,
    mixing::LAWS,
    mining::LAWS,
    pair_mining::LAWS,
    self_paced::LAWS,
    curriculum::LAWS,
    control::LAWS,
    decoupling::LAWS,
    calibration::LAWS,
    decision::LAWS,
];

fn laws() -> impl Iterator<Item = &'static Law> {
    FAMILIES.into_iter().flatten()
}

/// The names of the methods that have a law, each once.
pub(crate) fn methods() -> Vec<&'static str> {
    let mut names: Vec<&str> = laws().map(|law| law.method).collect();
    names.sort_unstable();
    names.dedup();
    names
}

pub(crate) fn check(wanted: &dyn Fn(&str) -> bool, found: &mut dyn FnMut(Finding)) {
    for law in laws().filter(|law| wanted(law.method)) {
        let mut finding = Finding::new(law.method, Proof::Law, law.states, law.allowed);
        (law.check)(&mut finding);
        found(finding);
    }
}
