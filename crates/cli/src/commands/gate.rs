//! `longtail gate --baseline FOLDER [CANDIDATE]`: are the results as good as they were?

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use data::Catalogue;
use evaluation::Metric;
use experiment::file::ReportSpec;
use report::gate::{Annotation, Gate, GateSettings, Severity, Snapshot};

use crate::args::{FileArguments, GateArguments};
use crate::commands::results::{Recorded, family, metrics};
use crate::exit::{Failure, GATE, SUCCESS};
use crate::junit::{TestCase, TestOutcome, document};
use crate::output::{Output, write_file};
use crate::words::{count, path_word};

/// Compares a candidate with a baseline, and tells in every way that is asked for.
pub(crate) fn gate(
    arguments: &GateArguments,
    catalogue: &Catalogue,
    output: Output,
) -> Result<ExitCode, Failure> {
    let metrics = metrics(&arguments.metrics)?;
    let baseline_folder = folder_of(&arguments.baseline);
    let packed = packed(baseline_folder)?;
    let path = candidate_path(arguments, packed.as_ref())?;
    let recorded = read(&path, arguments, catalogue, output)?;
    let settings = settings(arguments, metrics, &recorded, packed.as_ref());
    let snapshot = |recorded: &Recorded| {
        let name = match recorded {
            Recorded::Experiment(experiment) => Some(experiment.plan.name.clone()),
            Recorded::Folder(_) => None,
        };
        let family = |dataset: &str| family(catalogue, recorded, dataset);
        Snapshot::new(name, &recorded.records(), settings.clone(), family)
    };
    let mut candidate = snapshot(&recorded);
    // A folder of results has the name of its experiment.
    let folder = || path.file_name().map(|name| name.to_string_lossy().into_owned());
    candidate.experiment = candidate.experiment.or_else(folder);
    if candidate.n_cells() == 0 {
        return Err(Failure::Usage(format!("nothing is recorded of {}", path.display())));
    }
    let baseline = match packed {
        Some(packed) => packed,
        None if arguments.accept && !is_results(&arguments.baseline) => {
            return accept(&candidate, baseline_folder, output);
        }
        None if !arguments.baseline.exists() => {
            return Err(Failure::Usage(format!(
                "there is no baseline {}: --accept makes the candidate one",
                arguments.baseline.display()
            )));
        }
        None => snapshot(&read(&arguments.baseline, arguments, catalogue, output)?),
    };
    // Nothing is worse than nothing: every candidate would pass.
    if baseline.n_cells() == 0 {
        let folder = arguments.baseline.display();
        return Err(Failure::Usage(format!("nothing is recorded of the baseline {folder}")));
    }
    let gate = Gate::new(&baseline, &candidate);
    tell(&gate, arguments, output)?;
    if arguments.accept {
        return accept(&candidate, baseline_folder, output);
    }
    if !gate.passes(arguments.strict) {
        return Ok(ExitCode::from(GATE));
    }
    if let Recorded::Experiment(experiment) = &recorded {
        experiment.agrees()?;
    }
    Ok(ExitCode::from(SUCCESS))
}

/// The folder that a baseline is kept in, if the path is that of its file.
fn folder_of(baseline: &Path) -> &Path {
    let is_file = baseline.file_name().is_some_and(|name| name == Snapshot::FILE);
    let folder = baseline.parent().filter(|_| is_file && !baseline.is_dir());
    // The file alone is in the folder that one is in.
    folder.map_or(baseline, |folder| if folder == Path::new("") { Path::new(".") } else { folder })
}

/// Whether a path names results, and no place for a baseline.
fn is_results(path: &Path) -> bool {
    path.join("segments").is_dir() || path.is_file()
}

/// The baseline that `--accept` has written into `folder`, if there is one.
fn packed(folder: &Path) -> Result<Option<Snapshot>, Failure> {
    let there = folder.join(Snapshot::FILE).is_file();
    there.then(|| Snapshot::read(folder).map_err(Failure::Usage)).transpose()
}

/// What is to be judged.
fn candidate_path(
    arguments: &GateArguments,
    packed: Option<&Snapshot>,
) -> Result<PathBuf, Failure> {
    if let Some(path) = &arguments.candidate {
        return Ok(path.clone());
    }
    let name = packed.and_then(|baseline| baseline.experiment.as_ref());
    name.map(|name| arguments.results.join(name)).ok_or_else(|| {
        let baseline = path_word(&arguments.baseline);
        Failure::Usage(format!(
            "the baseline does not say of which experiment it is: name what is to be judged, as in \
             `longtail gate --baseline {baseline} experiments/quickstart.toml`"
        ))
    })
}

fn read(
    path: &Path,
    arguments: &GateArguments,
    catalogue: &Catalogue,
    output: Output,
) -> Result<Recorded, Failure> {
    let file = FileArguments {
        file: path.to_owned(),
        sets: arguments.sets.clone(),
        results: arguments.results.clone(),
    };
    Recorded::read(path, &file, catalogue, output)
}

/// What is compared, and how: what the command line says, or the experiment file, or the baseline.
fn settings(
    arguments: &GateArguments,
    metrics: Vec<Metric>,
    recorded: &Recorded,
    packed: Option<&Snapshot>,
) -> GateSettings {
    let mut settings = match (recorded, packed) {
        (Recorded::Experiment(experiment), _) => GateSettings::new(&experiment.plan.report),
        (Recorded::Folder(_), Some(baseline)) => baseline.settings.clone(),
        (Recorded::Folder(_), None) => GateSettings::new(&ReportSpec::default()),
    };
    settings.rope = arguments.rope.unwrap_or(settings.rope);
    if !metrics.is_empty() {
        settings.metrics = metrics;
    }
    settings
}

/// Makes the candidate the baseline.
fn accept(candidate: &Snapshot, folder: &Path, output: Output) -> Result<ExitCode, Failure> {
    candidate.write(folder).map_err(|error| {
        Failure::Usage(format!("cannot write the baseline {}: {error}", folder.display()))
    })?;
    let cells = count(candidate.n_cells(), "cell");
    output.note(&format!("{cells}: {}", folder.join(Snapshot::FILE).display()));
    Ok(ExitCode::from(SUCCESS))
}

/// Prints the verdict, and writes it wherever that is asked for.
fn tell(gate: &Gate, arguments: &GateArguments, output: Output) -> Result<(), Failure> {
    let strict = arguments.strict;
    let on_github = || std::env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true");
    if arguments.github || on_github() {
        for annotation in gate.annotations() {
            eprint!("{}", annotation.github());
        }
    }
    let printed =
        if output.json { output.print_json(gate) } else { output.print(&gate.terminal(strict)) };
    let write = |path: &Option<PathBuf>, text: &dyn Fn() -> String| {
        path.as_ref().map_or(Ok(()), |path| write_file(path, &text()))
    };
    // None is lost if another has nowhere to go.
    let junit = write(&arguments.junit, &|| document("longtail gate", &cases(gate, strict)));
    let markdown = write(&arguments.markdown, &|| gate.markdown(strict));
    junit.and(markdown).and(printed)
}

/// A case for each metric of each method, and one for its cells.
fn cases(gate: &Gate, strict: bool) -> Vec<TestCase> {
    let mut cases: Vec<TestCase> = gate
        .lines
        .iter()
        .map(|line| TestCase {
            suite: line.method.clone(),
            name: line.metric.name().to_owned(),
            outcome: TestOutcome::Passed,
        })
        .collect();
    for Annotation { severity, method, what, message } in gate.annotations() {
        let outcome = match severity {
            Severity::Error => TestOutcome::Failed(vec![message]),
            Severity::Warning if strict => TestOutcome::Failed(vec![message]),
            Severity::Warning => TestOutcome::Skipped(message),
            Severity::Notice => continue,
        };
        match cases.iter_mut().find(|case| case.suite == method && case.name == what) {
            Some(case) => case.outcome = outcome,
            None => cases.push(TestCase { suite: method, name: what, outcome }),
        }
    }
    cases.sort_by(|a, b| a.suite.cmp(&b.suite));
    cases
}
