//! `longtail`: which loss, which example mining, which reweighting helps on imbalanced data?

mod args;
mod commands;
mod exit;
mod junit;
mod output;
mod progress;

use std::process::ExitCode;

use clap::Parser;

use crate::args::{Arguments, Command};

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let output = output::Output::new(&arguments);
    let ended = match arguments.command {
        Command::Run(run) => commands::run::run(&run, output),
        Command::Plan(plan) => commands::plan::plan(&plan, output),
        Command::Status(status) => commands::status::status(&status, output),
        Command::Report(report) => commands::report::report(&report, output),
        Command::Replay(replay) => commands::replay::replay(&replay, output),
        Command::Datasets(datasets) => commands::datasets::datasets(&datasets, output),
        Command::Methods(methods) => commands::methods::methods(&methods, output),
        Command::Check(check) => commands::check::check(&check, output),
        Command::Completions { shell } => Ok(commands::completions::completions(shell)),
    };
    match ended {
        Ok(code) => code,
        Err(failure) => {
            output.failure(&failure);
            failure.code()
        }
    }
}
