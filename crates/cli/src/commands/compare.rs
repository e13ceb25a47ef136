//! `longtail compare A B [C ...]`: what differs between results.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use data::Catalogue;
use experiment::file::ReportSpec;
use report::gate::GateSettings;
use report::results::{Differences, NamedResults, differences};

use crate::args::{CompareArguments, FileArguments};
use crate::commands::results::{Recorded, metrics};
use crate::exit::Failure;
use crate::output::Output;

/// Prints what differs between the first and each of the others.
pub(crate) fn compare(
    arguments: &CompareArguments,
    catalogue: &Catalogue,
    output: Output,
) -> Result<ExitCode, Failure> {
    let wanted = metrics(&arguments.metrics)?;
    let read = |path: &PathBuf| {
        let (file, results) = (path.clone(), arguments.results.clone());
        let file = FileArguments { file, sets: Vec::new(), results };
        Recorded::read(path, &file, catalogue, output)
    };
    let recorded = arguments.paths.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let both = arguments.paths.iter().zip(&recorded);
    let named =
        both.map(|(path, recorded)| named(path, recorded)).collect::<Result<Vec<_>, _>>()?;
    let shown = recorded.iter().find_map(|recorded| match recorded {
        Recorded::Experiment(experiment) => Some(&experiment.plan.report),
        Recorded::Folder(_) => None,
    });
    let mut settings = GateSettings::new(shown.unwrap_or(&ReportSpec::default()));
    if !wanted.is_empty() {
        settings.metrics = wanted;
    }
    let (reference, others) = named.split_first().expect("the command line wants two");
    let compared = output.during("comparing", || differences(reference, others, &settings));
    if output.json {
        output.print_json(&compared)?;
    } else {
        let texts: Vec<String> = compared.iter().map(Differences::terminal).collect();
        output.print(&texts.join("\n"))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn named<'a>(path: &Path, recorded: &'a Recorded) -> Result<NamedResults<'a>, Failure> {
    let records = recorded.records();
    let name = path.display().to_string();
    if records.is_empty() {
        return Err(Failure::Usage(format!("nothing is recorded of {name}")));
    }
    Ok(NamedResults { name, records })
}
