//! Builds every mistake of `mutants.toml` into a copy of the methods, and asks whether the checks notice it: those of
//! `longtail check`, or, where a mistake names one, a test of the methods.
//!
//! `cargo run -p conformance --example mutants [WORD]`: with a word, only mistakes in files of that name.

use std::collections::BTreeSet;
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
    /// Arguments of `cargo test -p methods`.
    test: Option<String>,
}

/// The crates that a check is made of.
const CRATES: [&str; 4] = ["nn", "boxes", "methods", "conformance"];

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let wanted = std::env::args().nth(1);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize()?;
    let catalogue: Catalogue = toml::from_str(include_str!("../mutants.toml"))?;
    let copy = root.join("target/mutants/source");
    copy_workspace(&root, &copy)?;
    let is_wanted =
        |mutant: &&Mutant| wanted.as_ref().is_none_or(|word| mutant.file.contains(word.as_str()));
    let mutants: Vec<&Mutant> = catalogue.mutant.iter().filter(is_wanted).collect();
    let proofs: BTreeSet<Option<&str>> = mutants.iter().map(|m| m.test.as_deref()).collect();
    for proof in proofs {
        let (compiled, printed) = noticed(&copy, proof)?;
        if !compiled || !printed.is_empty() {
            return Err(format!("the checks fail without any mistake:\n{printed}").into());
        }
    }
    let (mut caught, mut all) = (0, 0);
    for Mutant { mistake, file, find, replace, test } in mutants {
        let path = copy.join("crates/methods/src").join(file);
        let right = fs::read_to_string(&path)?;
        fs::write(&path, right.replacen(find, replace, 1))?;
        let (compiled, printed) = noticed(&copy, test.as_deref())?;
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
        let method = Path::new(file).file_stem().unwrap_or_default().to_string_lossy();
        println!("{method:<28} {mistake}: {by}");
    }
    println!("\n{caught} of {all} mistakes noticed");
    Ok(if caught == all { ExitCode::SUCCESS } else { ExitCode::from(3) })
}

/// Whether the copy compiles, and what notices the mistake in it, one a line; or what the compiler said.
fn noticed(copy: &Path, test: Option<&str>) -> Result<(bool, String), Box<dyn Error>> {
    test.map_or_else(|| check(copy), |test| tested(copy, test))
}

/// Which tests fail.
fn tested(copy: &Path, test: &str) -> Result<(bool, String), Box<dyn Error>> {
    let cargo = |more: &[&str]| {
        let mut command = Command::new("cargo");
        command.current_dir(copy).args(["test", "--quiet", "--offline", "-p", "methods"]);
        command.args(["--config", "profile.dev.package.methods.opt-level=0"]);
        command.args(test.split_whitespace()).args(more);
        command.env("CARGO_TARGET_DIR", copy.with_file_name("target")).output()
    };
    let built = cargo(&["--no-run"])?;
    if !built.status.success() {
        return Ok((false, String::from_utf8(built.stderr)?));
    }
    let ran = cargo(&[])?;
    if ran.status.success() {
        return Ok((true, String::new()));
    }
    let printed = String::from_utf8(ran.stdout)?;
    // `test` names a test as soon as it fails, and all of them again in a list at the end.
    let failed: BTreeSet<&str> = printed
        .lines()
        .filter_map(|line| line.strip_prefix("---- ")?.strip_suffix(" stdout ----"))
        .collect();
    Ok((true, Vec::from_iter(failed).join("\n")))
}

/// Which proofs of `longtail check` fail.
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
