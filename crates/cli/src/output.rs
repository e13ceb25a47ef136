//! What is printed where: results on standard output, everything else on standard error.

use std::fs;
use std::io::{self, ErrorKind, IsTerminal, Write, stderr, stdout};
use std::path::Path;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use clap::builder::styling::{AnsiColor, Style};
use experiment::memory::shown;
use indicatif::ProgressBar;
use serde::Serialize;

use crate::args::Arguments;
use crate::exit::Failure;
use crate::words::{duration, visible};

/// What takes longer than this is said to be under way.
const NOTICED: Duration = Duration::from_secs(1);

/// Where there is no terminal, a line is written so often.
pub(crate) const LINES_APART: Duration = Duration::from_secs(30);

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

    /// Whether progress is written line by line, as into a log.
    pub(crate) fn writes_progress(self) -> bool {
        !self.quiet && !stderr().is_terminal()
    }

    /// Does what may take long, and says so once it does: on a terminal as long as it does, elsewhere every half minute.
    pub(crate) fn during<T>(self, what: &str, work: impl FnOnce() -> T) -> T {
        if self.quiet {
            return work();
        }
        thread::scope(|scope| {
            let (working, over) = channel::<()>();
            scope.spawn(move || {
                if over.recv_timeout(NOTICED) != Err(RecvTimeoutError::Timeout) {
                    return;
                }
                if self.draws_progress() {
                    let spinner = ProgressBar::new_spinner().with_message(what.to_owned());
                    spinner.enable_steady_tick(Duration::from_millis(100));
                    let _ = over.recv();
                    spinner.finish_and_clear();
                } else {
                    for (line, pause) in waiting(what) {
                        self.note(&line);
                        if over.recv_timeout(pause) != Err(RecvTimeoutError::Timeout) {
                            return;
                        }
                    }
                }
            });
            let result = work();
            drop(working);
            result
        })
    }

    /// Does what reads the file or folder at `path`, and says so once it takes long.
    pub(crate) fn reading<T>(self, path: &Path, work: impl FnOnce() -> T) -> T {
        self.during(&read(path), work)
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

/// The lines of what goes on, and how long each is the last: `planning ...`, and half a minute later
/// `planning ... 31 s`.
fn waiting(what: &str) -> impl Iterator<Item = (String, Duration)> {
    (0..).map(move |n| {
        let passed = NOTICED + LINES_APART * n;
        let passed =
            if n == 0 { String::new() } else { format!(" {}", duration(passed.as_secs_f64())) };
        (format!("{what} ...{passed}"), LINES_APART)
    })
}

/// `reading iris.csv (4.6 kB)`. A `dataset.toml` and a folder are small, whatever there is to be read.
fn read(path: &Path) -> String {
    let is_data = path.extension().is_none_or(|extension| extension != "toml");
    let file = fs::metadata(path).ok().filter(|file| is_data && file.is_file());
    let size = file.map(|file| format!(" ({})", shown(file.len()))).unwrap_or_default();
    format!("reading {}{size}", visible(&path.display().to_string()))
}

/// Writes a result into the file that the command line names.
pub(crate) fn write_file(path: &Path, text: &str) -> Result<(), Failure> {
    fs::write(path, text)
        .map_err(|error| Failure::Usage(format!("cannot write {}: {error}", path.display())))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_on_is_said_again_with_the_time_it_took() {
        let lines: Vec<String> = waiting("planning").map(|(line, _)| line).take(4).collect();
        assert_eq!(
            lines,
            [
                "planning ...",
                "planning ... 31 s",
                "planning ... 1 min 1 s",
                "planning ... 1 min 31 s"
            ]
        );
    }

    #[test]
    fn what_is_read_is_named_with_the_size_of_its_data() {
        let folder = tempfile::tempdir().unwrap();
        let of = |name: &str, n: usize| {
            let path = folder.path().join(name);
            fs::write(&path, vec![b'1'; n]).unwrap();
            read(&path).replace(&folder.path().display().to_string(), "here")
        };
        assert_eq!(of("a\tb.csv", 4600), "reading here/a\\tb.csv (4.6 kB)");
        assert_eq!(of("dataset.toml", 100), "reading here/dataset.toml");
        assert_eq!(read(Path::new("missing.csv")), "reading missing.csv");
        assert!(read(folder.path()).ends_with(&folder.path().display().to_string()));
    }
}
