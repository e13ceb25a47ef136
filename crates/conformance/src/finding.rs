//! What a check has found.

use serde::Serialize;

/// A kind of check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// Against published implementations.
    Golden,
    /// Against the formula, written out plainly.
    Formula,
    /// Against central differences.
    Slopes,
    /// Against other losses, at the corners of parameters.
    Equalities,
    /// At extreme inputs.
    Stability,
    /// In 32 bits against 64.
    Precision,
    /// Against what has to hold of a method that is no loss.
    Law,
}

impl Proof {
    /// The name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Proof::Golden => "golden",
            Proof::Formula => "formula",
            Proof::Slopes => "slopes",
            Proof::Equalities => "equalities",
            Proof::Stability => "stability",
            Proof::Precision => "precision",
            Proof::Law => "law",
        }
    }
}

/// One check of one method.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// Its name in an experiment file.
    pub method: String,
    /// What was checked.
    pub proof: Proof,
    /// Against what.
    pub against: String,
    /// Numbers compared.
    pub compared: usize,
    /// The largest error, in units of what is allowed; above 1 the check fails.
    pub worst: f64,
    /// What is allowed.
    pub allowed: String,
    /// What was wrong, the first few; empty if nothing was.
    pub failures: Vec<String>,
}

/// How many failures of a check are told.
const TOLD: usize = 3;

impl Finding {
    pub(crate) fn new(method: &str, proof: Proof, against: &str, allowed: &str) -> Self {
        Finding {
            method: method.to_owned(),
            proof,
            against: against.to_owned(),
            compared: 0,
            worst: 0.0,
            allowed: allowed.to_owned(),
            failures: Vec::new(),
        }
    }

    /// Whether nothing was wrong.
    pub fn passed(&self) -> bool {
        self.worst <= 1.0 && self.failures.is_empty()
    }

    /// Compares `ours` with `expected`, `allowed` the largest difference.
    pub(crate) fn compare(
        &mut self,
        what: &dyn Fn() -> String,
        ours: f64,
        expected: f64,
        allowed: f64,
    ) {
        self.compared += 1;
        // Equal infinities are equal, and whatever is not a number is wrong.
        let error = if ours == expected { 0.0 } else { (ours - expected).abs() / allowed };
        let error = if error.is_nan() { f64::INFINITY } else { error };
        self.worst = self.worst.max(error);
        if 1.0 < error {
            self.fail(&|| format!("{}: {ours:e}, not {expected:e}", what()));
        }
    }

    /// Requires that `ours` is not above `bound` by more than `allowed`.
    pub(crate) fn bound(&mut self, what: &dyn Fn() -> String, ours: f64, bound: f64, allowed: f64) {
        // What is not a number is above every bound.
        self.compare(what, if ours <= bound { bound } else { ours }, bound, allowed);
    }

    /// Requires something that is no difference.
    pub(crate) fn require(&mut self, what: &dyn Fn() -> String, holds: bool) {
        self.compared += 1;
        if !holds {
            self.fail(what);
        }
    }

    /// Notes something wrong that is no difference.
    pub(crate) fn fail(&mut self, what: &dyn Fn() -> String) {
        self.worst = self.worst.max(f64::INFINITY);
        if self.failures.len() < TOLD {
            self.failures.push(what());
        }
    }
}
