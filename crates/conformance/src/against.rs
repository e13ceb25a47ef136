//! Another implementation, in whatever language, asked over its standard input and output.
//!
//! One line of JSON for each batch, answered by one line of JSON:
//!
//! ```text
//! → {"id": 0, "loss": {"focal": {"gamma": 2.0, ...}}, "counts": [40, 10, 5], "fresh": true, "progress": 0,
//!    "logits": [[...], ...], "targets": [0, 2, ...]}
//! → {"id": 0, "loss": {"triplet": {"margin": 0.05, ...}}, "embeddings": [[...], ...], "targets": [0, 2, ...]}
//! ← {"id": 0, "losses": [...], "gradient": [[...], ...]}         of each example; gradient of their sum
//! ← {"id": 0, "value": 1.25, "gradient": [[...], ...]}           of the batch; gradient of the value
//! ← {"id": 0, "unsupported": "why"}                              the loss or a parameter is unknown
//! ← {"id": 0, "error": "what went wrong"}
//! ```

use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use serde::Serialize;

use crate::batches::Subject;
pub use crate::candidate::Candidate;
use crate::cases::{Answer, Question, answers, cases, largest, other_cases};
use crate::moved::moved;
use crate::pairs::suspects as of_pairs;
use crate::pairs::{self, PairSubject};
pub use crate::protocol::AgainstError;
use crate::protocol::{Reply, Request, read_reply};
use crate::suspects::{Asked, causes};

/// How another implementation of one loss compares with ours.
#[derive(Clone, Debug, Serialize)]
pub struct PeerComparison {
    /// The loss with its parameters.
    pub loss: Candidate,
    /// Training examples of each class, for losses of logits.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub counts: Vec<f64>,
    /// Batches compared.
    pub cases: usize,
    /// The largest size of a logit in them, for losses of logits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub largest_logit: Option<f64>,
    /// Why the other implementation has no such loss; then nothing was compared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unsupported: Option<String>,
    /// Why it could not be asked to the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// Largest difference of a value, relative to 1 + its size.
    pub value_error: f64,
    /// Largest difference of a slope, relative to 1 + its size.
    pub gradient_error: f64,
    /// The first batch in which something differs by more than the tolerance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub differs_in: Option<&'static str>,
    /// The first example that differs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub difference: Option<Difference>,
    /// What would explain all differences, the likeliest first.
    pub causes: Vec<String>,
}

/// An example of which another implementation says something else than ours.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// The batch.
    pub batch: &'static str,
    /// Which of its examples, from 0.
    pub example: usize,
    /// How many it has.
    pub of: usize,
    /// What the loss reads of it.
    #[serde(flatten)]
    pub inputs: Inputs,
    /// Its class.
    pub target: u32,
    /// What ours says.
    pub expected: Numbers,
    /// What the other says.
    pub got: Numbers,
}

/// What a loss reads of an example.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Inputs {
    /// Of a classifier.
    Logits(Vec<f64>),
    /// Of any length.
    Embedding(Vec<f64>),
}

/// A loss and its slopes at the inputs of one example.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Numbers {
    /// Of the example, or of the batch where that alone is answered; not finite is `null`.
    pub loss: f64,
    /// At each input.
    pub gradient: Vec<f64>,
}

impl Difference {
    fn new<Q: Question>(
        case: &Q,
        inputs: fn(Vec<f64>) -> Inputs,
        ours: &Reply,
        theirs: &Reply,
        tolerance: f64,
    ) -> Option<Self> {
        let numbers = |reply: &Reply, i: usize| Numbers {
            loss: reply.values[if reply.each { i } else { 0 }],
            gradient: reply.gradient[i].clone(),
        };
        let differs = |(a, b): (f64, f64)| {
            let near = (a - b).abs() / (1.0 + a.abs()) <= tolerance;
            !near
        };
        let wrong = |i: &usize| {
            let (ours, theirs) = (numbers(ours, *i), numbers(theirs, *i));
            differs((ours.loss, theirs.loss))
                || ours.gradient.into_iter().zip(theirs.gradient).any(differs)
        };
        let of = case.inputs().len();
        (0..of).find(wrong).map(|example| Difference {
            batch: case.name(),
            example,
            of,
            inputs: inputs(case.inputs()[example].clone()),
            target: case.targets()[example],
            expected: numbers(ours, example),
            got: numbers(theirs, example),
        })
    }
}

impl PeerComparison {
    fn none(candidate: &Candidate) -> Self {
        PeerComparison {
            loss: candidate.clone(),
            counts: candidate.counts().to_vec(),
            cases: 0,
            largest_logit: None,
            unsupported: None,
            error: None,
            value_error: 0.0,
            gradient_error: 0.0,
            differs_in: None,
            difference: None,
            causes: Vec::new(),
        }
    }

    /// Of a loss that could not be asked, and why.
    pub fn failed(candidate: &Candidate, error: &str) -> Self {
        PeerComparison { error: Some(error.to_owned()), ..PeerComparison::none(candidate) }
    }

    /// Whether values and gradients are equal within the tolerance.
    pub fn passed(&self) -> bool {
        self.unsupported.is_none() && self.error.is_none() && self.differs_in.is_none()
    }

    fn add<Q: Question>(&mut self, case: &Q, ours: &Reply, theirs: &Reply, tolerance: f64) {
        let [value, gradient] = theirs.differences(ours);
        self.cases += 1;
        let inputs = match &self.loss {
            Candidate::Logits(_) => {
                let so_far = self.largest_logit.unwrap_or(0.0);
                self.largest_logit = Some(so_far.max(largest(case)));
                Inputs::Logits
            }
            Candidate::Pairs(_) => Inputs::Embedding,
        };
        self.value_error = self.value_error.max(value);
        self.gradient_error = self.gradient_error.max(gradient);
        if self.difference.is_none() {
            self.difference = Difference::new(case, inputs, ours, theirs, tolerance);
            self.differs_in = self.difference.as_ref().map(|difference| difference.batch);
        }
    }
}

/// Another implementation, running.
pub struct Peer {
    command: String,
    child: Child,
    requests: ChildStdin,
    answers: Receiver<Option<String>>,
    timeout: Duration,
    next_id: u64,
    /// A second one, which is asked what a difference may come from.
    second: Second,
}

/// Another process of the same command, started when it is needed.
enum Second {
    NotStarted,
    Running(Box<Peer>),
    /// It had its chance: what it does not answer is not asked again.
    GivenUp,
}

/// The longest answer that is read, in bytes.
const LONGEST: u64 = 64 << 20;

impl Peer {
    /// Starts `command` through the shell. What it prints on standard error is passed on.
    ///
    /// # Errors
    /// If it cannot be started.
    pub fn start(command: &str, timeout: Duration) -> Result<Self, AgainstError> {
        Peer::started(command, timeout, Stdio::inherit())
    }

    fn started(command: &str, timeout: Duration, errors: Stdio) -> Result<Self, AgainstError> {
        let (shell, flag) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
        let fail = |error| AgainstError::Start { command: command.to_owned(), error };
        let mut child = Command::new(shell)
            .args([flag, command])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(errors)
            .spawn()
            .map_err(fail)?;
        let (Some(requests), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(fail(io::ErrorKind::BrokenPipe.into()));
        };
        // A thread of its own reads, so that a silent command can be given up.
        let (send, answers) = channel();
        std::thread::spawn(move || {
            let mut output = BufReader::new(output);
            while let Ok(line) = bounded_line(&mut output) {
                let last = line.as_ref().is_none_or(String::is_empty);
                if line != Some(String::new()) && send.send(line).is_err() || last {
                    break;
                }
            }
        });
        Ok(Peer {
            command: command.to_owned(),
            child,
            requests,
            answers,
            timeout,
            next_id: 0,
            second: Second::NotStarted,
        })
    }

    /// Compares the loss with ours.
    ///
    /// # Errors
    /// If the other implementation does not answer as it should.
    pub fn compare(
        &mut self,
        candidate: &Candidate,
        tolerance: f64,
    ) -> Result<PeerComparison, AgainstError> {
        match candidate {
            Candidate::Logits(subject) => {
                let cases = cases(subject);
                let ours = answers(&subject.spec, &subject.counts, &cases);
                let (mut comparison, replies) =
                    self.compare_on(candidate, &cases, &ours, tolerance)?;
                if comparison.differs_in.is_some() {
                    let first = Asked { subject: subject.clone(), cases, replies };
                    comparison.causes = causes(&first, &self.asked_further(subject), tolerance);
                }
                Ok(comparison)
            }
            Candidate::Pairs(subject) => {
                let cases = pairs::cases();
                let ours = pairs::answers(&subject.spec, &cases);
                let (mut comparison, replies) =
                    self.compare_on(candidate, &cases, &ours, tolerance)?;
                if comparison.differs_in.is_some() {
                    let first = of_pairs::Asked { spec: subject.spec.clone(), cases, replies };
                    let others = self.asked_further_of_pairs(subject);
                    comparison.causes = of_pairs::causes(&first, &others, tolerance);
                }
                Ok(comparison)
            }
        }
    }

    /// What is said of these batches beside `ours`, as far as the loss is known.
    fn compare_on<Q: Question>(
        &mut self,
        candidate: &Candidate,
        cases: &[Q],
        ours: &[Answer],
        tolerance: f64,
    ) -> Result<(PeerComparison, Vec<Reply>), AgainstError> {
        let mut comparison = PeerComparison::none(candidate);
        let mut replies = Vec::new();
        for (case, ours) in cases.iter().zip(ours) {
            match self.ask(candidate, case)? {
                Ok(reply) => {
                    comparison.add(case, &reply.like(ours), &reply, tolerance);
                    replies.push(reply);
                }
                Err(unsupported) => {
                    // Nothing was compared.
                    comparison = PeerComparison::none(candidate);
                    comparison.unsupported = Some(unsupported);
                    break;
                }
            }
        }
        Ok((comparison, replies))
    }

    /// The same loss on other batches, and with other parameters, as far as there is an answer.
    fn asked_further(&mut self, subject: &Subject) -> Vec<Asked> {
        let mut further = Vec::new();
        for subject in [Some(subject.clone()), moved(subject)].into_iter().flatten() {
            let cases = other_cases(&subject);
            if let Some(replies) = self.ask_second(&Candidate::Logits(subject.clone()), &cases) {
                further.push(Asked { subject, cases, replies });
            }
        }
        further
    }

    /// The same of a pair loss; the other parameters are those at its corners.
    fn asked_further_of_pairs(&mut self, subject: &PairSubject) -> Vec<of_pairs::Asked> {
        let name = subject.spec.name();
        let corners = pairs::corners().into_iter();
        let others = corners.filter(|spec| spec.name() == name && *spec != subject.spec);
        let mut further = Vec::new();
        for spec in [subject.spec.clone()].into_iter().chain(others) {
            let cases = pairs::other_cases();
            let candidate = Candidate::Pairs(PairSubject::new(spec.clone()));
            if let Some(replies) = self.ask_second(&candidate, &cases) {
                further.push(of_pairs::Asked { spec, cases, replies });
            }
        }
        further
    }

    /// What a second process says of these cases; `None` if it does not answer.
    fn ask_second<Q: Question>(
        &mut self,
        candidate: &Candidate,
        cases: &[Q],
    ) -> Option<Vec<Reply>> {
        if matches!(self.second, Second::NotStarted) {
            let second = Peer::started(&self.command, self.timeout, Stdio::null());
            self.second = second.map_or(Second::GivenUp, |peer| Second::Running(Box::new(peer)));
        }
        let Second::Running(peer) = &mut self.second else { return None };
        let replies: Result<Result<Vec<Reply>, String>, AgainstError> =
            cases.iter().map(|case| peer.ask(candidate, case)).collect();
        if replies.is_err() {
            self.second = Second::GivenUp;
        }
        replies.ok()?.ok()
    }

    /// The reply to one case, or why there is none.
    fn ask<Q: Question>(
        &mut self,
        candidate: &Candidate,
        case: &Q,
    ) -> Result<Result<Reply, String>, AgainstError> {
        let id = self.next_id;
        self.next_id += 1;
        let request = Request { id, loss: candidate, counts: candidate.counts(), case };
        let line = serde_json::to_string(&request).expect("a request is plain data");
        let ended = || AgainstError::Ended { command: self.command.clone(), id };
        writeln!(self.requests, "{line}")
            .and_then(|()| self.requests.flush())
            .map_err(|_| ended())?;
        let line = match self.answers.recv_timeout(self.timeout) {
            Ok(Some(line)) => line,
            Ok(None) => return Err(AgainstError::TooLong { id, bytes: LONGEST }),
            Err(RecvTimeoutError::Disconnected) => return Err(ended()),
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

/// The next line, `None` if it is longer than what is read; empty at the end.
fn bounded_line(output: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut line = Vec::new();
    let read = output.by_ref().take(LONGEST).read_until(b'\n', &mut line)?;
    let whole = (read as u64) < LONGEST || line.ends_with(b"\n");
    Ok(whole.then(|| String::from_utf8_lossy(&line).into_owned()))
}

impl Drop for Peer {
    /// Whoever is still there is not needed any more.
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
