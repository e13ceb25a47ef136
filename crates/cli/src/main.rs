//! `longtail`: which loss, which example mining, which reweighting helps on imbalanced data?

mod args;
mod commands;
mod download;
mod exit;
mod junit;
mod lines;
mod output;
mod progress;
mod signals;
mod words;

use std::process::ExitCode;

use clap::Parser;
use mimalloc::MiMalloc;

use crate::args::{Arguments, Command, DatasetsAction};
use crate::exit::Failure;
use crate::output::{Output, written};
use crate::signals::Stop;

/// Records are many small pieces, which threads read at once: with the system's allocator, tables of many take a seventh longer.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(message) => return told(&message),
    };
    let output = output::Output::new(&arguments);
    match carry_out(&arguments, output) {
        Ok(code) => code,
        Err(failure) => {
            output.failure(&failure);
            failure.code()
        }
    }
}

/// Help and the version are results; wrong usage is told where errors are.
fn told(message: &clap::Error) -> ExitCode {
    let printed = message.print();
    if message.use_stderr() {
        return ExitCode::from(exit::USAGE);
    }
    match written(printed) {
        Ok(()) => ExitCode::from(exit::SUCCESS),
        Err(failure) => {
            Output { json: false, quiet: false }.failure(&failure);
            failure.code()
        }
    }
}

fn carry_out(arguments: &Arguments, output: Output) -> Result<ExitCode, Failure> {
    let cache = commands::cache(arguments.cache.as_deref());
    let catalogue = || commands::catalogue(arguments.data_dir.as_deref(), cache.as_deref(), output);
    match &arguments.command {
        Command::Run(run) => {
            let stop = Stop::listen(output)
                .map_err(|error| Failure::Run(format!("cannot listen for Ctrl-C: {error}")))?;
            commands::run::run(run, &catalogue()?, &stop, output)
        }
        Command::Plan(plan) => commands::plan::plan(plan, &catalogue()?, output),
        Command::Status(status) => commands::status::status(status, &catalogue()?, output),
        Command::Report(report) => commands::report::report(report, &catalogue()?, output),
        Command::Explain(explain) => commands::explain::explain(explain, &catalogue()?, output),
        Command::Replay(replay) => commands::replay::replay(replay, catalogue()?, output),
        Command::Datasets(datasets) => match &datasets.action {
            // A file is described whatever the data sets are that have names.
            Some(DatasetsAction::Describe(wanted)) => commands::describe::describe(wanted, output),
            Some(DatasetsAction::Fetch(wanted)) => {
                commands::fetch::fetch(wanted, &catalogue()?, cache.as_deref(), output)
            }
            None => commands::datasets::datasets(datasets.name.as_deref(), &catalogue()?, output),
        },
        Command::Describe(wanted) => commands::describe::describe(wanted, output),
        Command::Init(init) => commands::init::init(init, output),
        Command::Methods(methods) => commands::methods::methods(methods, output),
        Command::Keys(wanted) => commands::keys::keys(wanted, output),
        Command::Check(check) => commands::check::check(check, output),
        Command::Gate(gate) => commands::gate::gate(gate, &catalogue()?, output),
        Command::Compare(compare) => commands::compare::compare(compare, &catalogue()?, output),
        Command::Segments(action) => commands::segments::segments(action, output),
        Command::Completions { shell } => commands::completions::completions(*shell, output),
    }
}
