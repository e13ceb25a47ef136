//! `longtail check --against COMMAND`: another implementation asked, and what is said of its answers.

use std::process::ExitCode;
use std::time::Duration;

use comfy_table::presets::UTF8_BORDERS_ONLY;
use comfy_table::{CellAlignment, Table};
use conformance::LARGEST;
use conformance::against::{Candidate, Difference, Inputs, Numbers, Peer, PeerComparison};
use experiment::labels::label;

use super::{AskedLoss, gate, objective, write_junit};
use crate::args::CheckArguments;
use crate::exit::Failure;
use crate::junit::{TestCase, TestOutcome};
use crate::output::Output;
use crate::words::visible;

/// A setting, and what came of asking.
struct Answered<'a> {
    wanted: bool,
    /// What was asked; `None` if the command had failed before.
    comparison: Option<PeerComparison>,
    setting: &'a AskedLoss,
}

pub(super) fn check_peer(
    command: &str,
    settings: &[AskedLoss],
    arguments: &CheckArguments,
    output: Output,
) -> Result<ExitCode, Failure> {
    let asking = format!("asking `{}`", visible(command));
    let (answered, failure) = output.during(&asking, || ask(command, settings, arguments));
    let comparisons: Vec<&PeerComparison> =
        answered.iter().filter_map(|answered| answered.comparison.as_ref()).collect();
    let printed = if output.json {
        output.print_json(&comparisons)
    } else if comparisons.iter().any(|comparison| comparison.error.is_none()) {
        output.print(&summary(&answered, arguments.tolerance))
    } else {
        Ok(())
    };
    let cases: Vec<TestCase> = answered.iter().map(Answered::test_case).collect();
    let written = write_junit(arguments.junit.as_deref(), &cases);
    if let Some(failure) = failure {
        return Err(Failure::Run(failure));
    }
    written.and(printed)?;
    if comparisons.iter().all(|comparison| comparison.unsupported.is_some()) {
        return Err(Failure::Run(format!(
            "`{command}` knows none of the losses: nothing was compared"
        )));
    }
    Ok(gate(!answered.iter().any(Answered::fails)))
}

/// Asks until the command fails; why it did.
fn ask<'a>(
    command: &str,
    settings: &'a [AskedLoss],
    arguments: &CheckArguments,
) -> (Vec<Answered<'a>>, Option<String>) {
    let mut peer = Some(Peer::start(command, Duration::from_secs(arguments.timeout)));
    let mut failure = None;
    let mut answered = Vec::new();
    for setting in settings {
        let compared = match &mut peer {
            Some(Ok(peer)) => Some(peer.compare(&setting.candidate, arguments.tolerance)),
            Some(Err(_)) => peer.take().and_then(Result::err).map(Err),
            None => None,
        };
        let comparison = compared.map(|compared| {
            compared.unwrap_or_else(|error| {
                peer = None;
                let error = error.to_string();
                let comparison = PeerComparison::failed(&setting.candidate, &error);
                failure = Some(error);
                comparison
            })
        });
        answered.push(Answered { wanted: setting.wanted, comparison, setting });
    }
    (answered, failure)
}

impl Answered<'_> {
    fn label(&self) -> String {
        label(&objective(&self.setting.candidate))
    }

    /// Whether it keeps the check from passing: what differs, and what was asked for and is not known.
    fn fails(&self) -> bool {
        match &self.comparison {
            None => true,
            Some(comparison) if comparison.unsupported.is_some() => self.wanted,
            Some(comparison) => !comparison.passed(),
        }
    }

    fn result(&self) -> &'static str {
        match &self.comparison {
            None => "not asked",
            Some(PeerComparison { error: Some(_), .. }) => "NO ANSWER",
            Some(PeerComparison { unsupported: Some(_), .. }) if self.wanted => "NOT KNOWN",
            Some(PeerComparison { unsupported: Some(_), .. }) => "not compared",
            Some(PeerComparison { differs_in: Some(_), .. }) => "DIFFERS",
            Some(_) => "ok",
        }
    }

    fn test_case(&self) -> TestCase {
        let outcome = match &self.comparison {
            None => {
                TestOutcome::Skipped("the command had failed before it was asked this".to_owned())
            }
            Some(PeerComparison { error: Some(error), .. }) => TestOutcome::Error(error.clone()),
            Some(PeerComparison { unsupported: Some(why), .. }) if self.wanted => {
                TestOutcome::Failed(vec![format!("the command does not know it: {why}")])
            }
            Some(PeerComparison { unsupported: Some(why), .. }) => {
                TestOutcome::Skipped(why.clone())
            }
            Some(comparison) if comparison.passed() => TestOutcome::Passed,
            Some(comparison) => TestOutcome::Failed(told(comparison)),
        };
        let candidate = &self.setting.candidate;
        let name = serde_json::to_string(candidate).unwrap_or_else(|_| self.label());
        TestCase { suite: candidate.name().to_owned(), name, outcome }
    }
}

/// What is wrong with another implementation, a sentence each.
fn told(comparison: &PeerComparison) -> Vec<String> {
    let causes = match &*comparison.causes {
        [] => Vec::new(),
        [cause] => vec![format!("likely cause: {cause}")],
        several => {
            let each = several.iter().map(|cause| format!("  - {cause}"));
            [format!("{} causes would explain it:", several.len())]
                .into_iter()
                .chain(each)
                .collect()
        }
    };
    comparison.difference.iter().flat_map(first).chain(causes).collect()
}

fn first(difference: &Difference) -> [String; 3] {
    let Difference { batch, example, of, inputs, target, expected, got } = difference;
    let read = match inputs {
        Inputs::Logits(logits) => format!("logits {}", list(logits)),
        Inputs::Embedding(embedding) => format!("embedding {}", list(embedding)),
    };
    let numbers = |numbers: &Numbers| {
        format!("loss {}, slopes {}", written(numbers.loss), list(&numbers.gradient))
    };
    [
        format!(
            "first in the batch `{batch}`, example {example} (from 0) of {of}: {read}, target {target}"
        ),
        format!("  expected {}", numbers(expected)),
        format!("  got      {}", numbers(got)),
    ]
}

fn list(values: &[f64]) -> String {
    format!("[{}]", values.iter().map(|&x| written(x)).collect::<Vec<_>>().join(", "))
}

/// Eight digits, as few as it takes.
fn written(x: f64) -> String {
    if x != 0.0 && !(1e-4..1e7).contains(&x.abs()) {
        return format!("{x:.7e}");
    }
    let digits = format!("{x:.8}");
    let short = digits.trim_end_matches('0').trim_end_matches('.');
    if digits.contains('.') { short.to_owned() } else { digits }
}

fn summary(answered: &[Answered<'_>], tolerance: f64) -> String {
    let mut table = Table::new();
    table.load_preset(UTF8_BORDERS_ONLY);
    table.set_header(["loss", "batches", "value error", "gradient error", "result"]);
    for one in answered {
        let compared = one.comparison.as_ref().filter(|comparison| comparison.cases != 0);
        let number = |of: &dyn Fn(&PeerComparison) -> String| compared.map_or(String::new(), of);
        table.add_row([
            one.label(),
            number(&|c| c.cases.to_string()),
            number(&|c| format!("{:.1e}", c.value_error)),
            number(&|c| format!("{:.1e}", c.gradient_error)),
            one.result().to_owned(),
        ]);
    }
    let numbers = table.column_iter_mut().skip(1).take(3);
    numbers.for_each(|column| column.set_cell_alignment(CellAlignment::Right));
    let mut text = format!("{table}\n");
    let differing: Vec<&Answered<'_>> =
        answered.iter().filter(|one| one.result() == "DIFFERS").collect();
    let causes = |one: &Answered<'_>| {
        let causes = one.comparison.as_ref().map(|comparison| comparison.causes.clone());
        (one.setting.candidate.name(), causes)
    };
    for alike in differing.chunk_by(|a, b| causes(a) == causes(b)) {
        let Some((shown, others)) = alike.split_first() else { continue };
        text += &format!("\n{}\n", shown.label());
        let sentences = shown.comparison.iter().flat_map(told);
        sentences.for_each(|sentence| text += &format!("  {sentence}\n"));
        if !others.is_empty() {
            let others: Vec<String> = others.iter().map(|one| one.label()).collect();
            text += &format!("  the same in {}\n", others.join(", "));
        }
    }
    let of =
        |results: &[&str]| answered.iter().filter(|one| results.contains(&one.result())).count();
    text += &format!(
        "Errors relative to 1 + |x|, allowed {tolerance:e}{}. {} equal, {} different, {} not compared.\n",
        tried(answered),
        of(&["ok"]),
        of(&["DIFFERS"]),
        of(&["not compared", "NOT KNOWN", "NO ANSWER", "not asked"])
    );
    text
}

/// What losses of logits were tried on, if there are any.
fn tried(answered: &[Answered<'_>]) -> String {
    let mut counts = answered.iter().filter_map(|one| match &one.setting.candidate {
        Candidate::Logits(subject) => Some(subject.counts()),
        Candidate::Pairs(_) => None,
    });
    let Some(first) = counts.next() else { return String::new() };
    let mut text = format!("; logits up to {LARGEST:e}");
    if counts.all(|counts| counts == first) {
        let counts: Vec<String> = first.iter().map(f64::to_string).collect();
        text += &format!("; classes with {} examples", counts.join(", "));
    }
    text
}
