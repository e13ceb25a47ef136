//! Proof that losses are what they say they are.
//!
//! ```text
//! golden      values and gradients of published implementations
//! slopes      gradients against central differences
//! equalities  what a loss must equal at the corners of its parameters
//! stability   finite at extreme logits, extreme counts, batches of one class
//! precision   32 bits against 64
//! ```
//!
//! [`check`] runs all of them on our own losses, or on any other implementation behind the same trait.

mod batches;
mod equalities;
mod finding;
mod golden;
mod precision;
mod slopes;
mod stability;

use methods::losses::{LossSpec, corners};

pub use finding::{Finding, Proof};

/// Every check of every loss, or of those that `wanted` picks by name; each finding is told to `found` as
/// soon as it is known.
pub fn check(wanted: &dyn Fn(&str) -> bool, found: &mut dyn FnMut(&Finding)) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut tell = |finding: Finding| {
        found(&finding);
        findings.push(finding);
    };
    golden::check(wanted, &mut tell);
    equalities::check(wanted, &mut tell);
    let losses: Vec<LossSpec> = corners().into_iter().filter(|spec| wanted(spec.name())).collect();
    for proof in [slopes::check, stability::check, precision::check] {
        for specs in losses.chunk_by(|a, b| a.name() == b.name()) {
            tell(proof(specs));
        }
    }
    findings
}

#[cfg(test)]
mod tests;
