//! Numbers that another implementation has to give, for its own tests.

use methods::losses::{Level, Link, LossSpec};
use serde::Serialize;

use crate::batches::Subject;
use crate::cases::{Answer, Case, answers, cases};

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
    /// One entry for each loss.
    pub losses: Vec<LossVectors>,
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

/// The vectors of all subjects; `program` is what writes them.
pub fn vectors(subjects: &[Subject], program: &str) -> Vectors {
    Vectors {
        format: "longtail-vectors",
        version: VERSION,
        program: program.to_owned(),
        losses: subjects.iter().map(of_loss).collect(),
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
