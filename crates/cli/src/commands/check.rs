//! `longtail check [METHOD...]`: prove methods right, ours, or another implementation's losses.

mod peer;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::ExitCode;

use comfy_table::presets::UTF8_BORDERS_ONLY;
use comfy_table::{CellAlignment, Table};
use conformance::against::Candidate;
use conformance::pairs::{self, PairSubject};
use conformance::vectors::vectors;
use conformance::{Finding, Given, Proof, Subject};
use experiment::file::{did_you_mean, read_entry};
use experiment::objective::Objective;
use methods::losses::{LossSpec, corners};
use methods::pairs::PairTermSpec;
use strum::IntoEnumIterator;

use crate::args::CheckArguments;
use crate::exit::{Failure, GATE, SUCCESS};
use crate::junit::{TestCase, TestOutcome, document};
use crate::output::{Output, write_file};
use crate::words::count;

/// Checks our methods, writes vectors, or checks another implementation.
pub(crate) fn check(arguments: &CheckArguments, output: Output) -> Result<ExitCode, Failure> {
    let wanted = Wanted::read(&arguments.losses)?;
    let counts = (!arguments.counts.is_empty()).then_some(&*arguments.counts);
    match (&arguments.vectors, &arguments.against) {
        (Some(file), _) => write_vectors(file, &wanted.candidates(counts)?, output),
        (None, Some(command)) => {
            let settings = wanted.settings(counts)?;
            peer::check_peer(command, &settings, arguments, output)
        }
        (None, None) => check_ours(&wanted, counts, arguments.junit.as_deref(), output),
    }
}

/// Methods as the command line asks for them.
#[derive(Default)]
struct Wanted {
    /// Losses of logits and of pairs by name; all methods if there is neither a name nor a loss that is written out.
    names: BTreeSet<String>,
    /// Losses that are written out, as an experiment file does.
    given: Vec<Objective>,
    /// Methods that are neither, by name.
    others: BTreeSet<String>,
}

/// Losses of classes with their defaults, by name, or written out, in the order they are given.
pub(crate) fn read_losses(losses: &[String]) -> Result<Vec<LossSpec>, Failure> {
    let mut specs = Vec::new();
    for text in losses {
        let wanted = Wanted::read(std::slice::from_ref(text))?;
        wanted.require_losses_of_classes()?;
        specs.extend(LossSpec::iter().filter(|spec| wanted.names.contains(spec.name())));
        specs.extend(wanted.given_losses().cloned());
    }
    Ok(specs)
}

impl Wanted {
    fn read(methods: &[String]) -> Result<Self, Failure> {
        let mut wanted = Wanted::default();
        let losses: Vec<&str> = LossSpec::iter()
            .map(|spec| spec.name())
            .chain(PairTermSpec::iter().map(|spec| spec.name()))
            .collect();
        let others = conformance::others();
        for text in methods {
            if text.contains('=') {
                wanted.given.push(read_entry(text, "loss").map_err(|mistake| {
                    let help = mistake.help.map_or(String::new(), |help| format!("; {help}"));
                    Failure::Usage(format!("`{text}` is no loss: {}{help}", mistake.message))
                })?);
            } else if losses.contains(&&**text) {
                wanted.names.insert(text.clone());
            } else if others.contains(&&**text) {
                wanted.others.insert(text.clone());
            } else {
                let help = did_you_mean(text, losses.iter().chain(&others).copied());
                let help = help.unwrap_or_else(|| "`longtail methods` lists the names".to_owned());
                return Err(Failure::Usage(format!(
                    "there is no loss `{text}`, nor a law of another method; {help}"
                )));
            }
        }
        Ok(wanted)
    }

    fn all(&self) -> bool {
        self.names.is_empty() && self.given.is_empty() && self.others.is_empty()
    }

    fn picks(&self, name: &str) -> bool {
        self.all() || self.names.contains(name) || self.others.contains(name)
    }

    /// Losses of classes that are written out.
    fn given_losses(&self) -> impl Iterator<Item = &LossSpec> {
        self.given.iter().filter_map(|given| match given {
            Objective::Examples(spec) => Some(spec),
            Objective::Pairs(_) => None,
        })
    }

    /// Losses of pairs that are written out.
    fn given_pairs(&self) -> impl Iterator<Item = &PairTermSpec> {
        self.given.iter().filter_map(|given| match given {
            Objective::Pairs(spec) => Some(spec),
            Objective::Examples(_) => None,
        })
    }

    /// Losses of pairs, with their defaults or as they are written.
    fn pairs(&self) -> impl Iterator<Item = PairTermSpec> {
        let named =
            PairTermSpec::iter().filter(|spec| self.all() || self.names.contains(spec.name()));
        named.chain(self.given_pairs().cloned())
    }

    /// Refuses methods that are no losses.
    fn require_losses(&self) -> Result<(), Failure> {
        self.others.first().map_or(Ok(()), |name| {
            Err(Failure::Usage(format!(
                "`{name}` is no loss of classes: `longtail check {name}` holds it to its laws, and that is all"
            )))
        })
    }

    /// Refuses methods that have no classes, too.
    fn require_losses_of_classes(&self) -> Result<(), Failure> {
        self.require_losses()?;
        if self.all() {
            return Ok(());
        }
        self.pairs().next().map_or(Ok(()), |spec| {
            Err(Failure::Usage(format!(
                "`{}` is no loss of classes: it is of pairs of embeddings",
                spec.name()
            )))
        })
    }

    /// Each loss of classes once: with its defaults, or as it is written.
    fn subjects(&self, counts: Option<&[u32]>) -> Result<Vec<Subject>, Failure> {
        let named = LossSpec::iter()
            .filter(|spec| self.all() || self.names.contains(spec.name()))
            // What is drawn at random is not the same elsewhere.
            .filter(|spec| !self.all() || !spec.draws());
        let specs: Vec<LossSpec> = named.chain(self.given_losses().cloned()).collect();
        if let Some(spec) = specs.iter().find(|spec| spec.draws()) {
            return Err(Failure::Usage(format!(
                "`{}` draws at random, and no other implementation draws the same: write it with \
                 gamma = 1 or 0",
                spec.name()
            )));
        }
        specs.into_iter().map(|spec| subject(spec, counts)).collect()
    }

    /// Each loss once.
    fn candidates(&self, counts: Option<&[u32]>) -> Result<Vec<Candidate>, Failure> {
        self.require_losses()?;
        if counts.is_some() {
            self.require_losses_of_classes()?;
        }
        let logits = self.subjects(counts)?.into_iter().map(Candidate::Logits);
        let pairs = self.pairs().map(|spec| Candidate::Pairs(PairSubject::new(spec)));
        Ok(logits.chain(pairs).collect())
    }
}

/// A loss that another implementation is asked about.
struct AskedLoss {
    candidate: Candidate,
    /// Whether it is what the command line asks for, and not one of all or a corner that comes with it.
    wanted: bool,
}

impl Wanted {
    /// What another implementation is asked: each loss as [`Wanted::candidates`] has it and, of those that are
    /// named or all, with its parameters at their corners. All are all of logits.
    fn settings(&self, counts: Option<&[u32]>) -> Result<Vec<AskedLoss>, Failure> {
        let wanted = !self.all();
        let mut settings: Vec<AskedLoss> = Vec::new();
        let candidates = self.candidates(counts)?.into_iter();
        // Whoever answers to logits need not know of embeddings: losses of pairs are asked where they are named.
        let is_asked = |candidate: &Candidate| wanted || matches!(candidate, Candidate::Logits(_));
        for candidate in candidates.filter(is_asked) {
            let name = candidate.name();
            let by_name = self.all() || self.names.contains(name);
            let own = objective(&candidate);
            settings.push(AskedLoss { candidate, wanted });
            if !by_name || self.given.contains(&own) {
                continue;
            }
            let corners = corners_of(&own, counts);
            settings.extend(
                corners.into_iter().map(|candidate| AskedLoss { candidate, wanted: false }),
            );
        }
        Ok(settings)
    }
}

fn objective(candidate: &Candidate) -> Objective {
    match candidate {
        Candidate::Logits(subject) => Objective::Examples(subject.spec().clone()),
        Candidate::Pairs(subject) => Objective::Pairs(subject.spec().clone()),
    }
}

/// The same loss with its parameters at their corners.
fn corners_of(own: &Objective, counts: Option<&[u32]>) -> Vec<Candidate> {
    match own {
        Objective::Examples(own) => corners()
            .into_iter()
            .filter(|corner| corner.name() == own.name() && corner != own && !corner.draws())
            // A corner may be made for another number of classes than --counts has.
            .filter_map(|corner| Subject::new(corner, counts).ok().map(Candidate::Logits))
            .collect(),
        Objective::Pairs(own) => pairs::corners()
            .into_iter()
            .filter(|corner| corner.name() == own.name() && corner != own)
            .map(|corner| Candidate::Pairs(PairSubject::new(corner)))
            .collect(),
    }
}

fn subject(spec: LossSpec, counts: Option<&[u32]>) -> Result<Subject, Failure> {
    Subject::new(spec, counts).map_err(|error| {
        Failure::Usage(format!("{error}; --counts gives the classes, as in --counts 100,20,5"))
    })
}

fn write_vectors(
    path: &Path,
    candidates: &[Candidate],
    output: Output,
) -> Result<ExitCode, Failure> {
    let program = concat!("longtail ", env!("CARGO_PKG_VERSION"));
    let vectors = vectors(candidates, program);
    let n_cases: usize = vectors.losses.iter().map(|loss| loss.cases.len()).sum::<usize>()
        + vectors.pair_losses.iter().map(|loss| loss.cases.len()).sum::<usize>();
    let text = serde_json::to_string(&vectors).expect("vectors are plain data") + "\n";
    write_file(path, &text)?;
    let losses = match candidates {
        [one] => one.name().to_owned(),
        several => format!("{} losses", several.len()),
    };
    output.note(&format!("{n_cases} batches of {losses}: {}", path.display()));
    Ok(ExitCode::from(SUCCESS))
}

fn write_junit(path: Option<&Path>, cases: &[TestCase]) -> Result<(), Failure> {
    path.map_or(Ok(()), |path| write_file(path, &document("longtail check", cases)))
}

fn check_ours(
    wanted: &Wanted,
    counts: Option<&[u32]>,
    junit: Option<&Path>,
    output: Output,
) -> Result<ExitCode, Failure> {
    if counts.is_some() {
        wanted.require_losses_of_classes()?;
    }
    if counts.is_some() && (wanted.given.is_empty() || !wanted.names.is_empty()) {
        let name = wanted.names.first().map_or("focal", String::as_str);
        return Err(Failure::Usage(format!(
            "--counts are the classes of losses that are written out, as in `longtail check '{name} = {{}}'`; \
             by its name a loss is checked on classes of its own"
        )));
    }
    let losses = wanted.given_losses().map(|spec| subject(spec.clone(), counts));
    let losses = losses.collect::<Result<Vec<Subject>, Failure>>()?;
    let given = Given { losses, pairs: wanted.given_pairs().cloned().collect() };
    let mut findings = conformance::check(&|name| wanted.picks(name), given, &mut |_| {});
    findings
        .sort_by(|a, b| a.method.cmp(&b.method).then_with(|| a.proof.name().cmp(b.proof.name())));
    let printed =
        if output.json { output.print_json(&findings) } else { output.print(&summary(&findings)) };
    let case = |finding: &Finding| TestCase {
        suite: finding.method.clone(),
        name: format!("{}: {}", finding.proof.name(), finding.against),
        outcome: TestOutcome::of(finding.failures.clone()),
    };
    // Neither is lost if the other has nowhere to go.
    write_junit(junit, &findings.iter().map(case).collect::<Vec<_>>()).and(printed)?;
    Ok(gate(findings.iter().all(Finding::passed)))
}

fn gate(passed: bool) -> ExitCode {
    ExitCode::from(if passed { SUCCESS } else { GATE })
}

const PROOFS: [Proof; 7] = [
    Proof::Golden,
    Proof::Formula,
    Proof::Slopes,
    Proof::Equalities,
    Proof::Stability,
    Proof::Precision,
    Proof::Law,
];

/// One row for each method, then what was wrong.
fn summary(findings: &[Finding]) -> String {
    let mut table = Table::new();
    table.load_preset(UTF8_BORDERS_ONLY);
    let proofs = PROOFS.iter().map(|proof| proof.name());
    table.set_header(["method"].into_iter().chain(proofs).chain(["numbers", "result"]));
    for of_method in findings.chunk_by(|a, b| a.method == b.method) {
        let worst = |proof: &Proof| {
            let of_proof = of_method.iter().filter(|f| f.proof == *proof && f.compared != 0);
            match of_proof.map(|finding| finding.worst).reduce(f64::max) {
                None => String::new(),
                Some(worst) if 1.0 < worst => "FAILED".to_owned(),
                Some(_) if *proof == Proof::Stability => "finite".to_owned(),
                Some(worst) => format!("{worst:.2}"),
            }
        };
        let passed = of_method.iter().all(Finding::passed);
        let compared: usize = of_method.iter().map(|finding| finding.compared).sum();
        let end = [compared.to_string(), if passed { "ok" } else { "FAILED" }.to_owned()];
        let row = [of_method[0].method.clone()].into_iter().chain(PROOFS.iter().map(worst));
        table.add_row(row.chain(end));
    }
    table
        .column_iter_mut()
        .skip(1)
        .for_each(|column| column.set_cell_alignment(CellAlignment::Right));
    let mut text = format!("{table}\n");
    for finding in findings.iter().filter(|finding| !finding.passed()) {
        let Finding { method, proof, against, allowed, .. } = finding;
        text += &format!("\n{method}, {}, against {against}, allowed {allowed}:\n", proof.name());
        finding.failures.iter().for_each(|failure| text += &format!("  {failure}\n"));
    }
    let failed = findings.iter().filter(|finding| !finding.passed()).count();
    let compared: usize = findings.iter().map(|finding| finding.compared).sum();
    text += &format!(
        "The largest error, as a share of what is allowed. Golden: published implementations; formula: written \
         out;\nslopes: central differences; equalities: other losses, at the corners of the parameters;\n\
         stability: |logit| up to 1e4; precision: 32 bits against 64; law: what must hold of a method that is no \
         loss.\n{}, {}, {}\n",
        count(findings.len(), "check"),
        count(compared, "number"),
        if failed == 0 {
            "none wrong".to_owned()
        } else {
            format!("{} FAILED", count(failed, "check"))
        },
    );
    text
}
