//! Proof that methods are what they say they are: losses by their numbers, the others by their laws.
//!
//! ```text
//! golden      values and gradients of published implementations
//! formula     values of losses without published numbers against their formula, written out; values and
//!             gradients against the formula at 500 digits, each number relatively
//! slopes      gradients against central differences
//! equalities  what a loss must equal at the corners of its parameters
//! stability   finite at extreme logits, extreme counts, batches of one class
//! precision   32 bits against 64
//! law         what must hold of a method that is no loss
//! ```
//!
//! [`check`] runs all of them on our own methods. [`vectors`] writes what another implementation has to
//! give, and [`against`] asks another implementation and names what is likely wrong with it.

pub mod against;
mod batches;
mod boxes;
mod candidate;
mod cases;
mod equalities;
mod finding;
mod formulas;
mod golden;
mod laws;
mod moved;
pub mod pairs;
mod precise;
mod precision;
mod protocol;
mod slopes;
mod stability;
mod suspects;
pub mod vectors;
mod written;

use methods::losses::proposals::BoxLossSpec;
use methods::losses::{LossSpec, corners};
use methods::pairs::PairTermSpec;
use strum::IntoEnumIterator;

pub use batches::Subject;
pub use cases::LARGEST;
pub use finding::{Finding, Proof};

/// What 32 bits may cost, in units of their epsilon times the largest number of the batch, of our losses
/// with the parameters they are checked with.
const OURS: f64 = 4.0;
/// The same with any parameters: a steep loss multiplies the errors of its terms.
const GIVEN: f64 = 64.0;

/// The names of the methods that [`check`] knows beside the losses of classes and those of pairs.
pub fn others() -> Vec<&'static str> {
    let mut names: Vec<_> = BoxLossSpec::iter().map(|spec| spec.name()).collect();
    names.extend(laws::methods());
    names.push("cross_batch");
    names
}

/// Losses that are written out with parameters of their own.
#[derive(Debug, Default)]
pub struct Given {
    /// Of logits.
    pub losses: Vec<Subject>,
    /// Of pairs of embeddings.
    pub pairs: Vec<PairTermSpec>,
}

/// Every check of every method that `wanted` picks by name, and what needs no published numbers of the
/// `given` losses; each finding is told to `found` as soon as it is known.
///
/// # Panics
/// If a list that is built in cannot be read: tests read them.
pub fn check(
    wanted: &dyn Fn(&str) -> bool,
    given: Given,
    found: &mut dyn FnMut(&Finding),
) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut tell = |finding: Finding| {
        found(&finding);
        findings.push(finding);
    };
    golden::check(wanted, &mut tell);
    formulas::check(wanted, &mut tell);
    precise::check(wanted, &mut tell);
    equalities::check(wanted, &mut tell);
    let ours = corners().into_iter().filter(|spec| wanted(spec.name()));
    let ours = ours.map(|spec| {
        Subject::new(spec, None)
            .unwrap_or_else(|error| panic!("the list of losses fits the classes: {error}"))
    });
    let name = |subject: &Subject| LossSpec::name(&subject.spec);
    for (subjects, ulps) in [(ours.collect(), OURS), (given.losses, GIVEN)] {
        for subjects in subjects.chunk_by(|a, b| name(a) == name(b)) {
            tell(slopes::check(subjects));
            tell(stability::check(subjects));
            tell(precision::check(subjects, ulps));
        }
    }
    boxes::check(wanted, &mut tell);
    pairs::check(wanted, &given.pairs, &mut tell);
    laws::check(wanted, &mut tell);
    findings
}

#[cfg(test)]
mod tests;
