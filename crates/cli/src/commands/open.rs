//! Shows a file in the program that the system opens it with.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::exit::Failure;

/// The command that opens files on this platform.
const OPENER: &[&str] = if cfg!(target_os = "macos") {
    &["open"]
} else if cfg!(windows) {
    &["cmd", "/C", "start", ""]
} else {
    &["xdg-open"]
};

/// Opens a page in the browser.
pub(crate) fn page(path: &Path) -> Result<(), Failure> {
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let refuse = |why: String| {
        Failure::Run(format!("cannot open a browser: {why}; the page is {}", path.display()))
    };
    let [program, arguments @ ..] = OPENER else { unreachable!("there is a program") };
    let mut command = Command::new(program);
    command.args(arguments).arg(&path).stdin(Stdio::null()).stdout(Stdio::null());
    let status = command.stderr(Stdio::null()).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(refuse(format!("`{program}` ended with {status}"))),
        Err(error) => Err(refuse(format!("`{program}`: {error}"))),
    }
}
