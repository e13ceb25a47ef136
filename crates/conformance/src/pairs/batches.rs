//! Batches of embeddings, and pair losses at work.

use methods::losses::{Batch, Loss, PerExample};
use methods::pairs::{
    AllPairs, Compared, CrossBatchMemory, PairLoss, PairMiningSpec, PairTermSpec,
};
use methods::setting::{ClassCounts, Setting};
use nn::{Matrix, Real};
use serde::Serialize;

use crate::batches::streams;
use crate::cases::{Answer, Question, short};

/// A pair loss that implementations are compared on: of all pairs, without a memory.
#[derive(Clone, Debug, PartialEq)]
pub struct PairSubject {
    pub(crate) spec: PairTermSpec,
}

impl PairSubject {
    /// The loss of these parameters.
    pub fn new(spec: PairTermSpec) -> Self {
        PairSubject { spec }
    }

    /// The loss.
    pub fn spec(&self) -> &PairTermSpec {
        &self.spec
    }
}

/// A batch as another implementation sees it.
#[derive(Clone, Debug, Serialize)]
pub struct PairCase {
    /// What is special about it.
    pub name: &'static str,
    /// Of any length, `[n_examples, width]`.
    pub embeddings: Vec<Vec<f64>>,
    /// `[n_examples]`, counted from 0.
    pub targets: Vec<u32>,
}

impl Question for PairCase {
    const INPUTS: &'static str = "embeddings";

    fn name(&self) -> &'static str {
        self.name
    }

    fn inputs(&self) -> &[Vec<f64>] {
        &self.embeddings
    }

    fn targets(&self) -> &[u32] {
        &self.targets
    }
}

/// How the embeddings of a batch lie.
#[derive(Clone, Copy)]
enum Lie {
    /// In all directions.
    Anywhere,
    /// About one direction.
    Alike,
    /// About a direction of their class.
    Sorted,
    /// In all directions, with lengths from 1/64 to 64.
    OfAnyLength,
}

/// Name, how they lie, and the class of each. Batches of one class are not asked: implementations differ in what they take
/// for a batch without negatives.
const CASES: [(&str, Lie, &[u32]); 6] = [
    ("ordinary", Lie::Anywhere, &[0, 1, 2, 0, 1, 2, 0, 1]),
    ("alike", Lie::Alike, &[0, 1, 1, 0, 2, 2]),
    ("sorted", Lie::Sorted, &[0, 0, 0, 1, 1, 1, 2, 2, 2]),
    ("of any length", Lie::OfAnyLength, &[2, 1, 0, 0, 1, 2, 0]),
    ("a class of one", Lie::Anywhere, &[0, 0, 0, 1, 2, 2]),
    ("no two of a class", Lie::Anywhere, &[3, 1, 0, 2, 4]),
];

/// The cases of every pair loss, the same for every implementation.
pub(crate) fn cases() -> Vec<PairCase> {
    drawn("pair vectors")
}

/// Other cases of the same kinds.
pub(crate) fn other_cases() -> Vec<PairCase> {
    drawn("other pair vectors")
}

fn drawn(stream: &str) -> Vec<PairCase> {
    const WIDTH: usize = 4;
    let mut stream = streams().stream(stream);
    let case = |&(name, lie, targets): &(&'static str, Lie, &[u32])| {
        let values = (0..targets.len() * WIDTH).map(|_| stream.normal()).collect();
        let mut embeddings = Matrix::from_values(WIDTH, values);
        for (row, &y) in embeddings.rows_mut().zip(targets) {
            match lie {
                Lie::Anywhere => {}
                Lie::Alike => row.iter_mut().for_each(|z| *z = 1.0 + 0.125 * *z),
                Lie::Sorted => {
                    row.iter_mut().for_each(|z| *z *= 0.25);
                    row[y as usize % WIDTH] += 2.0;
                }
                Lie::OfAnyLength => {
                    let length = libm::exp2((12.0 * stream.uniform()).floor() - 6.0);
                    row.iter_mut().for_each(|z| *z *= length);
                }
            }
        }
        PairCase { name, embeddings: short(&embeddings), targets: targets.to_vec() }
    };
    CASES.iter().map(case).collect()
}

/// The loss of all pairs of a batch, with a memory if there is one.
pub(crate) fn loss<T: Real>(spec: &PairTermSpec, memory: Option<CrossBatchMemory>) -> Compared<T> {
    let mining = PairMiningSpec::None(AllPairs {});
    let counts = ClassCounts::new(vec![1]);
    let streams = streams();
    PairLoss { term: spec.clone(), mining, memory }
        .build(&Setting { counts: &counts, streams: &streams })
}

/// The value of a batch and its gradient at the embeddings, as a step takes them; the examples are the rows from `first` on.
pub(crate) fn evaluate<T: Real>(
    loss: &mut Compared<T>,
    embeddings: &Matrix<T>,
    targets: &[u32],
    first: u32,
) -> (f64, Matrix<T>) {
    let mut out = PerExample::default();
    let rows: Vec<u32> = (first..first + targets.len() as u32).collect();
    loss.evaluate(&Batch { rows: &rows, ..Batch::new(embeddings, targets) }, &mut out);
    let n = targets.len();
    out.weigh(&vec![T::of(1.0 / n as f64); n]);
    (out.losses.first().map_or(0.0, |loss| loss.to_f64()), out.gradient)
}

/// What a pair loss says of all cases, in their order.
pub(crate) fn answers(spec: &PairTermSpec, cases: &[PairCase]) -> Vec<Answer> {
    let answer = |case: &PairCase| {
        let embeddings = Matrix::from_rows(&case.embeddings);
        let (value, gradient) =
            evaluate(&mut loss::<f64>(spec, None), &embeddings, &case.targets, 0);
        Answer::of_batch(value, gradient.rows().map(<[f64]>::to_vec).collect())
    };
    cases.iter().map(answer).collect()
}
