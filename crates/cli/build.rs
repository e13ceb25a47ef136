//! Tells the program at which commit it is built, if it is built from a repository: runs note it.

use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    // Elsewhere, as in a registry below somebody's repository, the commit would be of something else.
    if git(&["ls-files", "--error-unmatch", "build.rs"]).is_none() {
        return;
    }
    // Git appends a line to this file whenever HEAD moves. A file that is not there would be looked for at each build.
    let log = git(&["rev-parse", "--path-format=absolute", "--git-path", "logs/HEAD"]);
    let log = log.filter(|path| std::path::Path::new(path).is_file());
    if let (Some(log), Some(commit)) = (log, git(&["rev-parse", "HEAD"])) {
        println!("cargo:rerun-if-changed={log}");
        println!("cargo:rustc-env=LONGTAIL_COMMIT={commit}");
    }
}

fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}
