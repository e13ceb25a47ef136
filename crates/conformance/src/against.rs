//! Another implementation, in whatever language, asked over its standard input and output.
//!
//! One line of JSON for each batch, answered by one line of JSON:
//!
//! ```text
//! → {"id": 0, "loss": {"focal": {"gamma": 2.0, ...}}, "counts": [40, 10, 5], "fresh": true, "progress": 0,
//!    "logits": [[...], ...], "targets": [0, 2, ...]}
//! ← {"id": 0, "losses": [...], "gradient": [[...], ...]}         of each example; gradient of their sum
//! ← {"id": 0, "value": 1.25, "gradient": [[...], ...]}           of the batch; gradient of the value
//! ← {"id": 0, "unsupported": "why"}                              the loss or a parameter is unknown
//! ← {"id": 0, "error": "what went wrong"}
//! ```

use std::io::{self, BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use methods::losses::LossSpec;
use serde::{Deserialize, Deserializer, Serialize};

use crate::Subject;
use crate::cases::{Answer, Case, answers, cases};
use crate::suspects::suspects;

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

#[derive(Serialize)]
struct Request<'a> {
    id: u64,
    loss: &'a LossSpec,
    counts: &'a [f64],
    #[serde(flatten)]
    case: &'a Case,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Response {
    id: u64,
    losses: Option<Vec<Option<f64>>>,
    /// `null` is a number that is none, and no missing value.
    #[serde(default, deserialize_with = "present")]
    value: Option<Nullable>,
    gradient: Option<Vec<Vec<Option<f64>>>>,
    unsupported: Option<String>,
    error: Option<String>,
}

/// A number, or none.
struct Nullable(Option<f64>);

fn present<'de, D: Deserializer<'de>>(input: D) -> Result<Option<Nullable>, D::Error> {
    Option::deserialize(input).map(|value| Some(Nullable(value)))
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

/// How another implementation of one loss compares with ours.
#[derive(Clone, Debug, Serialize)]
pub struct Comparison {
    /// The loss with its parameters.
    pub loss: LossSpec,
    /// Batches compared.
    pub cases: usize,
    /// Why the other implementation has no such loss; then nothing was compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unsupported: Option<String>,
    /// Largest difference of a value, relative to 1 + its size.
    pub value_error: f64,
    /// Largest difference of a slope, relative to 1 + its size.
    pub gradient_error: f64,
    /// The first batch in which something differs by more than the tolerance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub differs_in: Option<&'static str>,
    /// What would explain all differences, the likeliest first.
    pub causes: Vec<String>,
}

impl Comparison {
    /// Whether values and gradients are equal within the tolerance.
    pub fn passed(&self) -> bool {
        self.unsupported.is_none() && self.differs_in.is_none()
    }
}

/// Another implementation, running.
pub struct Peer {
    command: String,
    child: Child,
    requests: ChildStdin,
    answers: Receiver<io::Result<String>>,
    timeout: Duration,
    next_id: u64,
}

impl Peer {
    /// Starts `command` through the shell. What it prints on standard error is passed on.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn start(command: &str, timeout: Duration) -> Result<Self, AgainstError> {
        let (shell, flag) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
        let fail = |error| AgainstError::Start { command: command.to_owned(), error };
        let mut child = Command::new(shell)
            .args([flag, command])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(fail)?;
        let (Some(requests), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(fail(io::ErrorKind::BrokenPipe.into()));
        };
        // A thread of its own reads, so that a silent command can be given up.
        let (send, answers) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines() {
                if send.send(line).is_err() {
                    break;
                }
            }
        });
        Ok(Peer { command: command.to_owned(), child, requests, answers, timeout, next_id: 0 })
    }

    /// Compares the loss with ours.
    ///
    /// # Errors
    /// If the other implementation does not answer as it should.
    pub fn compare(
        &mut self,
        subject: &Subject,
        tolerance: f64,
    ) -> Result<Comparison, AgainstError> {
        let cases = cases(subject);
        let ours = answers(&subject.spec, &subject.counts, &cases);
        let mut comparison = Comparison {
            loss: subject.spec.clone(),
            cases: 0,
            unsupported: None,
            value_error: 0.0,
            gradient_error: 0.0,
            differs_in: None,
            causes: Vec::new(),
        };
        let mut replies = Vec::new();
        for (case, ours) in cases.iter().zip(&ours) {
            match self.ask(subject, case)? {
                Ok(reply) => {
                    let [value, gradient] = reply.differences(&reply.like(ours));
                    comparison.cases += 1;
                    comparison.value_error = comparison.value_error.max(value);
                    comparison.gradient_error = comparison.gradient_error.max(gradient);
                    // So written, nothing is within a tolerance that is no number.
                    let is_within = value.max(gradient) <= tolerance;
                    if !is_within {
                        comparison.differs_in.get_or_insert(case.name);
                    }
                    replies.push(reply);
                }
                Err(unsupported) => {
                    comparison.unsupported = Some(unsupported);
                    return Ok(comparison);
                }
            }
        }
        if comparison.differs_in.is_some() {
            comparison.causes = suspects(subject, &cases, &replies, tolerance);
        }
        Ok(comparison)
    }

    /// The reply to one case, or why there is none.
    fn ask(
        &mut self,
        subject: &Subject,
        case: &Case,
    ) -> Result<Result<Reply, String>, AgainstError> {
        let id = self.next_id;
        self.next_id += 1;
        let request = Request { id, loss: &subject.spec, counts: subject.counts.get(), case };
        let line = serde_json::to_string(&request).expect("a request is plain data");
        let ended = || AgainstError::Ended { command: self.command.clone(), id };
        writeln!(self.requests, "{line}")
            .and_then(|()| self.requests.flush())
            .map_err(|_| ended())?;
        let line = match self.answers.recv_timeout(self.timeout) {
            Ok(Ok(line)) => line,
            Ok(Err(_)) | Err(RecvTimeoutError::Disconnected) => return Err(ended()),
            Err(RecvTimeoutError::Timeout) => {
                return Err(AgainstError::Silent {
                    command: self.command.clone(),
                    id,
                    seconds: self.timeout.as_secs(),
                });
            }
        };
        read_reply(&line, id, case)
    }
}

impl Drop for Peer {
    /// Whoever is still there is not needed any more.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads an answer, and checks that it has the shape of the batch.
fn read_reply(line: &str, id: u64, case: &Case) -> Result<Result<Reply, String>, AgainstError> {
    let wrong =
        |why: String| AgainstError::Answer { id, why, line: line.chars().take(60).collect() };
    // JSON has no such numbers, and Python writes them all the same.
    let plain =
        line.replace("-Infinity", "null").replace("Infinity", "null").replace("NaN", "null");
    let response: Response =
        serde_json::from_str(&plain).map_err(|error| wrong(error.to_string()))?;
    if response.id != id {
        return Err(wrong(format!("its id is {}", response.id)));
    }
    if let Some(message) = response.error {
        return Err(AgainstError::Failed { id, message });
    }
    if let Some(why) = response.unsupported {
        return Ok(Err(why));
    }
    let known = |x: Option<f64>| x.unwrap_or(f64::NAN);
    let each = response.losses.is_some();
    let values: Vec<f64> = match (response.losses, response.value) {
        (Some(losses), None) => losses.into_iter().map(known).collect(),
        (None, Some(Nullable(value))) => vec![known(value)],
        (None, None) => return Err(wrong("it has neither `losses` nor `value`".to_owned())),
        (Some(_), Some(_)) => return Err(wrong("it has both `losses` and `value`".to_owned())),
    };
    let Some(gradient) = response.gradient else {
        return Err(wrong("it has no `gradient`".to_owned()));
    };
    let gradient: Vec<Vec<f64>> =
        gradient.into_iter().map(|row| row.into_iter().map(known).collect()).collect();
    let n = case.logits.len();
    if each && values.len() != n {
        return Err(wrong(format!("it has {} losses for {n} examples", values.len())));
    }
    let shape = |rows: &[Vec<f64>]| rows.iter().map(Vec::len).collect::<Vec<_>>();
    if shape(&gradient) != shape(&case.logits) {
        return Err(wrong("the gradient has not the shape of the logits".to_owned()));
    }
    Ok(Ok(Reply { values, each, gradient }))
}
