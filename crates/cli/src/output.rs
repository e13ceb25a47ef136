//! What is printed where: results on standard output, everything else on standard error.

use std::io::{self, ErrorKind, IsTerminal, Write, stderr, stdout};

use clap::builder::styling::{AnsiColor, Style};
use serde::Serialize;

use crate::args::Arguments;
use crate::exit::Failure;

/// How the user wants to be told.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    pub(crate) json: bool,
    pub(crate) quiet: bool,
}

impl Output {
    pub(crate) fn new(arguments: &Arguments) -> Self {
        Output { json: arguments.json, quiet: arguments.quiet }
    }

    /// Whether standard output is a terminal that may be coloured.
    #[expect(clippy::unused_self, reason = "one place decides about all output")]
    pub(crate) fn coloured(self) -> bool {
        stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none()
    }

    /// Columns of the terminal that standard output is, if it is one.
    #[expect(clippy::unused_self, reason = "one place decides about all output")]
    pub(crate) fn width(self) -> Option<u16> {
        terminal_size::terminal_size_of(stdout()).map(|(width, _)| width.0)
    }

    /// Whether progress may be drawn.
    pub(crate) fn draws_progress(self) -> bool {
        !self.quiet && !self.json && stderr().is_terminal()
    }

    /// A result. A reader that has gone away, as in `longtail plan | head`, is no error, and the command goes on:
    /// how it ends does not depend on who reads.
    ///
    /// # Errors
    /// If the result cannot be written otherwise, as to a full disk.
    #[expect(clippy::unused_self, reason = "one place decides about all output")]
    pub(crate) fn print(self, text: &str) -> Result<(), Failure> {
        let mut out = stdout().lock();
        written(out.write_all(text.as_bytes()).and_then(|()| out.flush()))
    }

    /// A result as one line of JSON.
    pub(crate) fn print_json<T: Serialize>(self, value: &T) -> Result<(), Failure> {
        let text = serde_json::to_string(value).expect("results are plain data");
        self.print(&(text + "\n"))
    }

    /// Something worth knowing that is no result.
    pub(crate) fn note(self, text: &str) {
        if !self.quiet {
            say(text);
        }
    }

    /// Something the user should look at, with `--quiet` too.
    #[expect(clippy::unused_self, reason = "one place decides about all output")]
    pub(crate) fn warning(self, text: &str) {
        say(&format!("{}: {text}", paint("warning", AnsiColor::Yellow)));
    }

    /// Why the command could not be carried out.
    #[expect(clippy::unused_self, reason = "one place decides about all output")]
    pub(crate) fn failure(self, failure: &Failure) {
        say(&match failure {
            Failure::Mistakes(mistakes) if stderr().is_terminal() => mistakes.coloured(),
            Failure::Mistakes(mistakes) => mistakes.to_string(),
            other => format!("{}: {other}", paint("error", AnsiColor::Red)),
        });
    }
}

/// What became of writing a result.
pub(crate) fn written(result: io::Result<()>) -> Result<(), Failure> {
    match result {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::Run(format!("cannot write the result to standard output: {error}")))
        }
        _ => Ok(()),
    }
}

/// A line on standard error. Where nobody can be told, as when a log's disk is full, work goes on.
fn say(text: &str) {
    let _ = writeln!(stderr(), "{text}");
}

fn paint(text: &str, colour: AnsiColor) -> String {
    if stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none() {
        let style = Style::new().bold().fg_color(Some(colour.into()));
        format!("{style}{text}{style:#}")
    } else {
        text.to_owned()
    }
}
