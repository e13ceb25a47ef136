//! Numbers that another implementation has to give, for its own tests.

use methods::losses::{Level, Link, LossSpec};
use methods::pairs::PairTermSpec;
use serde::Serialize;

use crate::batches::Subject;
use crate::candidate::Candidate;
use crate::cases::{Answer, Case, answers, cases};
use crate::pairs::{self, PairCase, PairSubject};

/// Raised whenever a field changes its name or meaning.
const VERSION: u32 = 1;

/// A file of vectors.
#[derive(Debug, Serialize)]
pub struct Vectors {
    /// `longtail-vectors`.
    pub format: &'static str,
    /// Of the format.
    pub version: u32,
    /// What wrote the file.
    pub program: String,
    /// One entry for each loss of logits.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub losses: Vec<LossVectors>,
    /// One entry for each loss of pairs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pair_losses: Vec<PairLossVectors>,
}

/// The vectors of one loss.
#[derive(Debug, Serialize)]
pub struct LossVectors {
    /// The loss with all its parameters, as an experiment file writes it.
    pub loss: LossSpec,
    /// Raised whenever the numbers of the loss change.
    pub loss_version: u32,
    /// Training examples of each class.
    pub counts: Vec<f64>,
    /// `softmax` or `sigmoid`: how logits are read as probabilities.
    pub link: &'static str,
    /// `example` or `batch`: whether `losses` are of single examples, or each is the batch's.
    pub level: &'static str,
    /// The batches and what they cost.
    pub cases: Vec<Vector>,
}

/// The vectors of one pair loss.
#[derive(Debug, Serialize)]
pub struct PairLossVectors {
    /// The loss with all its parameters, as an experiment file writes it.
    pub loss: PairTermSpec,
    /// Raised whenever the numbers of the loss change.
    pub loss_version: u32,
    /// The batches and what they cost.
    pub cases: Vec<PairVector>,
}

/// A batch of embeddings and what it costs.
#[derive(Debug, Serialize)]
pub struct PairVector {
    /// The batch.
    #[serde(flatten)]
    pub case: PairCase,
    /// The loss of the batch.
    pub value: f64,
    /// `d value / d embeddings[i, k]`.
    pub gradient: Vec<Vec<f64>>,
}

/// A batch and what it costs.
#[derive(Debug, Serialize)]
pub struct Vector {
    /// The batch.
    #[serde(flatten)]
    pub case: Case,
    /// What it costs.
    #[serde(flatten)]
    pub answer: Answer,
}

/// The vectors of all candidates; `program` is what writes them.
pub fn vectors(candidates: &[Candidate], program: &str) -> Vectors {
    let (mut losses, mut pair_losses) = (Vec::new(), Vec::new());
    for candidate in candidates {
        match candidate {
            Candidate::Logits(subject) => losses.push(of_loss(subject)),
            Candidate::Pairs(subject) => pair_losses.push(of_pair_loss(subject)),
        }
    }
    Vectors {
        format: "longtail-vectors",
        version: VERSION,
        program: program.to_owned(),
        losses,
        pair_losses,
    }
}

fn of_loss(subject: &Subject) -> LossVectors {
    let Subject { spec, counts } = subject;
    let cases = cases(subject);
    let answers = answers(spec, counts, &cases);
    let vector = |(case, answer)| Vector { case, answer };
    LossVectors {
        loss: spec.clone(),
        loss_version: spec.version(),
        counts: counts.get().to_vec(),
        link: match spec.link() {
            Link::Softmax => "softmax",
            Link::Sigmoid => "sigmoid",
        },
        level: match spec.traits().level {
            Level::Example => "example",
            Level::Batch => "batch",
        },
        cases: cases.into_iter().zip(answers).map(vector).collect(),
    }
}

fn of_pair_loss(subject: &PairSubject) -> PairLossVectors {
    let cases = pairs::cases();
    let answers = pairs::answers(&subject.spec, &cases);
    let vector = |(case, answer): (PairCase, Answer)| PairVector {
        case,
        value: answer.value,
        gradient: answer.value_gradient,
    };
    PairLossVectors {
        loss: subject.spec.clone(),
        loss_version: subject.spec.version(),
        cases: cases.into_iter().zip(answers).map(vector).collect(),
    }
}
