//! Builds every mistake of `mutants.toml` into a copy of the losses, and asks whether the checks notice it.
//!
//! `cargo run -p conformance --example mutants [WORD]`: with a word, only mistakes in files of that name.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use serde::Deserialize;

#[derive(Deserialize)]
struct Catalogue {
    mutant: Vec<Mutant>,
}

#[derive(Deserialize)]
struct Mutant {
    mistake: String,
    file: String,
    find: String,
    replace: String,
}

/// The crates that a check is made of.
const CRATES: [&str; 3] = ["nn", "methods", "conformance"];

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let wanted = std::env::args().nth(1);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize()?;
    let catalogue: Catalogue = toml::from_str(include_str!("../mutants.toml"))?;
    let copy = root.join("target/mutants/source");
    copy_workspace(&root, &copy)?;
    let (compiled, printed) = check(&copy)?;
    if !compiled || !printed.is_empty() {
        return Err(format!("the checks fail without any mistake:\n{printed}").into());
    }
    let (mut caught, mut all) = (0, 0);
    for Mutant { mistake, file, find, replace } in &catalogue.mutant {
        if wanted.as_ref().is_some_and(|word| !file.contains(word.as_str())) {
            continue;
        }
        let path = copy.join("crates/methods/src/losses").join(file);
        let right = fs::read_to_string(&path)?;
        fs::write(&path, right.replacen(find, replace, 1))?;
        let (compiled, printed) = check(&copy)?;
        fs::write(&path, right)?;
        if !compiled {
            return Err(format!("{file}: `{mistake}` does not compile:\n{printed}").into());
        }
        all += 1;
        let by = if printed.is_empty() {
            "SURVIVES".to_owned()
        } else {
            caught += 1;
            printed.split_whitespace().collect::<Vec<_>>().join(", ")
        };
        println!("{:<28} {mistake}: {by}", file.trim_end_matches(".rs"));
    }
    println!("\n{caught} of {all} mistakes noticed");
    Ok(if caught == all { ExitCode::SUCCESS } else { ExitCode::from(3) })
}

/// Whether the copy compiles, and which proofs fail, one a line; or what the compiler said.
fn check(copy: &Path) -> Result<(bool, String), Box<dyn Error>> {
    let built = Command::new("cargo")
        .current_dir(copy)
        .args(["build", "--quiet", "--offline", "-p", "conformance", "--example", "failing"])
        .args(["--config", "profile.dev.package.methods.opt-level=0"])
        .args(["--config", "profile.dev.package.conformance.opt-level=0"])
        .env("CARGO_TARGET_DIR", copy.with_file_name("target"))
        .output()?;
    if !built.status.success() {
        return Ok((false, String::from_utf8(built.stderr)?));
    }
    let ran =
        Command::new(copy.with_file_name("target").join("debug/examples/failing")).output()?;
    let printed = String::from_utf8(ran.stdout)?;
    // A panic is noticed, too.
    Ok((true, if ran.status.success() { printed } else { format!("{printed}panic\n") }))
}

/// The workspace with the crates a check is made of. Files that are the same stay, and so does what was built.
fn copy_workspace(root: &Path, copy: &Path) -> Result<(), Box<dyn Error>> {
    let mut files = vec![PathBuf::from("Cargo.toml"), PathBuf::from("Cargo.lock")];
    for name in CRATES {
        collect(root, &Path::new("crates").join(name), &mut files)?;
    }
    for file in files {
        let (from, to) = (root.join(&file), copy.join(&file));
        if let Some(folder) = to.parent() {
            fs::create_dir_all(folder)?;
        }
        let bytes = fs::read(from)?;
        if fs::read(&to).ok().as_ref() != Some(&bytes) {
            fs::write(to, bytes)?;
        }
    }
    Ok(())
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(root.join(folder))? {
        let entry = entry?;
        let path = folder.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            collect(root, &path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}
