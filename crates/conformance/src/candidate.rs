//! A loss that another implementation can be asked about.

use serde::{Serialize, Serializer};

use crate::batches::Subject;
use crate::pairs::PairSubject;

/// A loss of logits, or of pairs of embeddings. It is written as an experiment file does.
#[derive(Clone, Debug)]
pub enum Candidate {
    /// Of logits, on the classes it is tried on.
    Logits(Subject),
    /// Of pairs.
    Pairs(PairSubject),
}

impl Candidate {
    /// The name in an experiment file.
    pub fn name(&self) -> &'static str {
        match self {
            Candidate::Logits(subject) => subject.spec.name(),
            Candidate::Pairs(subject) => subject.spec.name(),
        }
    }

    /// Training examples of each class; empty for a loss that does not ask.
    pub fn counts(&self) -> &[f64] {
        match self {
            Candidate::Logits(subject) => subject.counts(),
            Candidate::Pairs(_) => &[],
        }
    }
}

impl Serialize for Candidate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Candidate::Logits(subject) => subject.spec.serialize(serializer),
            Candidate::Pairs(subject) => subject.spec.serialize(serializer),
        }
    }
}
