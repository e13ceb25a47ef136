//! What is written to another implementation and read from it: JSON, a line each.

use std::io;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::candidate::Candidate;
use crate::cases::{Answer, Question};

/// Why another implementation could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum AgainstError {
    /// It does not start.
    #[error("cannot start `{command}`: {error}")]
    Start {
        /// The command.
        command: String,
        /// Why not.
        error: io::Error,
    },
    /// It ended too early.
    #[error("`{command}` ended before it answered request {id}; what it printed is above")]
    Ended {
        /// The command.
        command: String,
        /// The request.
        id: u64,
    },
    /// It does not answer.
    #[error("`{command}` did not answer request {id} within {seconds} s")]
    Silent {
        /// The command.
        command: String,
        /// The request.
        id: u64,
        /// How long it had.
        seconds: u64,
    },
    /// It answers without end.
    #[error("the answer to request {id} is longer than {bytes} bytes")]
    TooLong {
        /// The request.
        id: u64,
        /// How much was read.
        bytes: u64,
    },
    /// It answered something else.
    #[error(
        "the answer to request {id} is not as the protocol says: {why}; it begins with `{line}`"
    )]
    Answer {
        /// The request.
        id: u64,
        /// What is wrong.
        why: String,
        /// The beginning of the answer.
        line: String,
    },
    /// It gave up.
    #[error("request {id} failed: {message}")]
    Failed {
        /// The request.
        id: u64,
        /// In its own words.
        message: String,
    },
}

/// One batch, asked.
#[derive(Serialize)]
pub(crate) struct Request<'a, Q> {
    pub(crate) id: u64,
    pub(crate) loss: &'a Candidate,
    #[serde(skip_serializing_if = "<[f64]>::is_empty")]
    pub(crate) counts: &'a [f64],
    #[serde(flatten)]
    pub(crate) case: &'a Q,
}

/// What another implementation says of a case.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Reply {
    /// One for each example, or a single one for the batch.
    pub(crate) values: Vec<f64>,
    /// Whether there is one for each example.
    pub(crate) each: bool,
    /// Of the sum of the values.
    pub(crate) gradient: Vec<Vec<f64>>,
}

impl Reply {
    /// Our answer in the same form.
    pub(crate) fn like(&self, ours: &Answer) -> Reply {
        if self.each {
            Reply { values: ours.losses.clone(), each: true, gradient: ours.gradient.clone() }
        } else {
            Reply { values: vec![ours.value], each: false, gradient: ours.value_gradient.clone() }
        }
    }

    /// Whether all numbers are finite.
    pub(crate) fn is_finite(&self) -> bool {
        self.values.iter().chain(self.gradient.iter().flatten()).all(|x| x.is_finite())
    }

    /// Whether all numbers are ours but for the tolerance; whatever is no number is not.
    pub(crate) fn is_near(&self, ours: &Answer, tolerance: f64) -> bool {
        self.differences(&self.like(ours)).iter().all(|difference| *difference <= tolerance)
    }

    /// Largest relative differences of the values and of the gradient, and where the latter is.
    pub(crate) fn differences(&self, ours: &Reply) -> [f64; 2] {
        let worst = |theirs: &mut dyn Iterator<Item = f64>, ours: &mut dyn Iterator<Item = f64>| {
            theirs.zip(ours).fold(0.0, |worst: f64, (theirs, ours)| {
                let difference = (theirs - ours).abs() / (1.0 + ours.abs());
                worst.max(if difference.is_nan() { f64::INFINITY } else { difference })
            })
        };
        let flat = |reply: &Reply| reply.gradient.concat().into_iter();
        [
            worst(&mut self.values.iter().copied(), &mut ours.values.iter().copied()),
            worst(&mut flat(self), &mut flat(ours)),
        ]
    }
}

/// Reads an answer, and checks that it has the shape of the batch.
pub(crate) fn read_reply<Q: Question>(
    line: &str,
    id: u64,
    case: &Q,
) -> Result<Result<Reply, String>, AgainstError> {
    let wrong =
        |why: String| AgainstError::Answer { id, why, line: line.chars().take(60).collect() };
    let answer = Fields::read(line).map_err(wrong)?;
    let its_id = answer.field::<u64>("id", "a whole number").map_err(wrong)?;
    if its_id != Some(id) {
        let it = its_id.map_or("it has no `id`".to_owned(), |other| format!("its id is {other}"));
        return Err(wrong(it));
    }
    if let Some(message) = answer.field("error", "a text").map_err(wrong)? {
        return Err(AgainstError::Failed { id, message });
    }
    if let Some(why) = answer.field("unsupported", "a text").map_err(wrong)? {
        return Ok(Err(why));
    }
    let reply = answer.reply().map_err(wrong)?;
    let n = case.inputs().len();
    if reply.each && reply.values.len() != n {
        return Err(wrong(format!("it has {} losses for {n} examples", reply.values.len())));
    }
    let shape = |rows: &[Vec<f64>]| rows.iter().map(Vec::len).collect::<Vec<_>>();
    if shape(&reply.gradient) != shape(case.inputs()) {
        return Err(wrong(format!("the gradient has not the shape of the {}", Q::INPUTS)));
    }
    Ok(Ok(reply))
}

/// The fields of an answer.
struct Fields(Map<String, Value>);

/// A number, or none: JSON has no word for what is not finite.
type Number = Option<f64>;

impl Fields {
    const KNOWN: [&str; 6] = ["id", "losses", "value", "gradient", "unsupported", "error"];

    fn read(line: &str) -> Result<Self, String> {
        // JSON has no such numbers, and Python writes them all the same.
        let plain =
            line.replace("-Infinity", "null").replace("Infinity", "null").replace("NaN", "null");
        let Ok(value) = serde_json::from_str(&plain) else {
            return Err("it is no line of JSON".to_owned());
        };
        let Value::Object(fields) = value else {
            return Err("it is no object { ... }".to_owned());
        };
        match fields.keys().find(|key| !Self::KNOWN.contains(&key.as_str())) {
            Some(key) => {
                Err(format!("it has a key `{key}`, and there are {}", Self::KNOWN.join(", ")))
            }
            None => Ok(Fields(fields)),
        }
    }

    fn field<T: DeserializeOwned>(&self, name: &str, wanted: &str) -> Result<Option<T>, String> {
        let Some(value) = self.0.get(name) else { return Ok(None) };
        let read = serde_json::from_value(value.clone());
        read.map(Some).map_err(|_| format!("its `{name}` is not {wanted}"))
    }

    fn reply(&self) -> Result<Reply, String> {
        let known = |x: Number| x.unwrap_or(f64::NAN);
        let losses: Option<Vec<Number>> = self.field("losses", "a list of numbers")?;
        let value: Option<Number> = self.field("value", "a number")?;
        let each = losses.is_some();
        let values = match (losses, value) {
            (Some(losses), None) => losses.into_iter().map(known).collect(),
            (None, Some(value)) => vec![known(value)],
            (None, None) => return Err("it has neither `losses` nor `value`".to_owned()),
            (Some(_), Some(_)) => return Err("it has both `losses` and `value`".to_owned()),
        };
        let gradient: Option<Vec<Vec<Number>>> =
            self.field("gradient", "a list of lists of numbers")?;
        let Some(gradient) = gradient else { return Err("it has no `gradient`".to_owned()) };
        let gradient = gradient.into_iter().map(|row| row.into_iter().map(known).collect());
        Ok(Reply { values, each, gradient: gradient.collect() })
    }
}
