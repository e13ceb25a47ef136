//! What the README and the documentation show is what the program does.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{longtail, skipped};

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

pub(crate) fn document(path: &str) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}

/// Everything that is written for readers, as paths below the root.
pub(crate) fn documents() -> Vec<String> {
    let mut found: Vec<String> = ["README.md", "CONTRIBUTING.md"].map(str::to_owned).into();
    for folder in ["docs", "docs/decisions", "docs/guide"] {
        let entries = std::fs::read_dir(root().join(folder)).unwrap();
        let paths = entries.map(|entry| entry.unwrap().path());
        let pages =
            paths.filter(|path| path.extension().is_some_and(|extension| extension == "md"));
        let name = |page: PathBuf| page.file_name().unwrap().to_str().unwrap().to_owned();
        found.extend(pages.map(|page| format!("{folder}/{}", name(page))));
    }
    found.sort();
    found
}

/// The text between the fences of the first block of `language` that holds `part`.
fn block(document: &str, language: &str, part: &str) -> String {
    let fence = format!("```{language}\n");
    let mut blocks = document.split(fence.as_str()).skip(1);
    let found = blocks.find_map(|rest| {
        let block = &rest[..rest.find("```").unwrap_or(rest.len())];
        block.contains(part).then(|| block.to_owned())
    });
    found.unwrap_or_else(|| panic!("no block of {language} holds {part}"))
}

#[test]
fn the_mistake_in_the_readme_is_the_one_that_is_shown() {
    let readme = document("README.md");
    let file = block(&readme, "toml", "[experiment]");
    let shown = block(&readme, "text", "which-loss.toml:");
    let folder = tempfile::tempdir().unwrap();
    let right = folder.path().join("which-loss.toml");
    std::fs::write(&right, &file).unwrap();
    let planned =
        longtail(folder.path(), &["plan", "which-loss.toml", "--set", "axes.dataset=ecoli4"]);
    assert!(planned.succeeded(), "{}", planned.said);
    let wrong = file.replacen("focal.gamma", "focal.gama", 1);
    std::fs::write(&right, wrong).unwrap();
    let output = longtail(folder.path(), &["plan", "which-loss.toml"]);
    assert_eq!(output.code, Some(2));
    assert_eq!(output.said.trim_end(), shown.trim_end());
}

/// Where what commands gave that take minutes in this build is kept.
fn kept() -> PathBuf {
    root().join(std::env::var("LONGTAIL_SHOWN").expect("a folder of results"))
}

/// Fails unless what the README shows of a command, in the block that begins so, is part by part what it printed.
fn prints(command: &str, beginning: &str) {
    let printed = std::fs::read_to_string(kept().join(format!("{command}.txt"))).unwrap();
    let shown = block(&document("README.md"), "text", beginning);
    for part in shown.split("...\n").map(str::trim).filter(|part| !part.is_empty()) {
        assert!(printed.contains(part), "{part}\n\nis not in\n\n{printed}");
    }
}

#[test]
#[ignore = "it takes minutes in this build: .ci/run and `just shown` run it, and say in LONGTAIL_SHOWN where what it gave is kept"]
fn the_main_command_prints_what_the_readme_shows() {
    prints("quickstart", "Did focal loss help");
    let readme = document("README.md");
    let (_, id) = readme.split_once("bit for bit: `longtail replay ").unwrap();
    let id = id.split('`').next().unwrap();
    let trials = std::fs::read_to_string(kept().join("quickstart/trials.csv")).unwrap();
    assert!(trials.lines().any(|line| line.starts_with(id)), "{id} is no cell of quickstart");
}

#[test]
#[ignore = "as the main command, which `just shown` runs beside it"]
fn controls_print_what_the_readme_shows() {
    prints("controls", "Gain in G-mean");
}

/// Focal loss in which gamma is multiplied, as the README's client has it.
const CLIENT: &str = r#"
import json, math, sys
for line in sys.stdin:
    r = json.loads(line); losses, gradient = [], []
    gamma = r["loss"]["focal"]["gamma"]
    for z, y in zip(r["logits"], r["targets"]):
        top = max(z); e = [math.exp(a - top) for a in z]; p = [a / sum(e) for a in e]
        ln = z[y] - top - math.log(sum(e)); rest = sum(p[k] for k in range(len(z)) if k != y)
        losses.append(-gamma * rest * ln)
        gradient.append([gamma * (p[y] * ln - rest) * ((k == y) - p[k]) for k in range(len(z))])
    print(json.dumps({"id": r["id"], "losses": losses, "gradient": gradient}), flush=True)
"#;

#[test]
fn the_check_in_the_readme_says_what_is_shown() {
    if !Command::new("python3").arg("--version").output().is_ok_and(|o| o.status.success()) {
        skipped("there is no python3");
        return;
    }
    let shown = block(&document("README.md"), "text", "--against 'python3 client.py'");
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("client.py"), CLIENT).unwrap();
    let (command, said) = shown.split_once('\n').unwrap();
    assert_eq!(command, "$ longtail check 'focal = {}' --against 'python3 client.py'");
    let output =
        longtail(folder.path(), &["check", "focal = {}", "--against", "python3 client.py"]);
    assert_eq!(output.code, Some(3), "{}", output.said);
    assert_eq!(output.shown.trim_end(), said.trim_end());
}

/// Commands and flags that a document names, in its blocks and between backquotes.
fn commands(document: &str) -> Vec<(Vec<String>, Vec<String>)> {
    let mut commands = Vec::new();
    for (at, _) in document.match_indices("longtail ") {
        let before = document[..at].chars().next_back();
        if !before.is_none_or(|c| " \n`".contains(c)) {
            continue;
        }
        let rest = &document[at + "longtail ".len()..];
        let end = rest.find(['\n', '`', '#', '|']).unwrap_or(rest.len());
        let words: Vec<&str> = rest[..end].split_whitespace().collect();
        let plain = |word: &&&str| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase());
        let path: Vec<String> = words.iter().take_while(plain).map(ToString::to_string).collect();
        let flag = |word: &&str| {
            let word = word.trim_matches(['[', ']', ',', '.', ';', ')']);
            word.starts_with("--").then(|| word.split('=').next().unwrap_or(word).to_owned())
        };
        commands.push((path, words.iter().filter_map(flag).collect()));
    }
    commands
}

#[test]
fn every_command_and_flag_in_the_documents_exists() {
    let folder = tempfile::tempdir().unwrap();
    let mut helps: BTreeMap<Vec<String>, String> = BTreeMap::new();
    let mut help = |path: &[String]| {
        let get = || {
            let arguments: Vec<&str> = path.iter().map(String::as_str).chain(["--help"]).collect();
            longtail(folder.path(), &arguments).shown
        };
        helps.entry(path.to_vec()).or_insert_with(get).clone()
    };
    let mut n_flags = 0;
    for name in documents() {
        for (words, flags) in commands(&document(&name)) {
            let mut path = Vec::new();
            for word in words {
                // What is no command is what the one before it is given.
                if !help(&path).contains(&format!("\n  {word} ")) {
                    break;
                }
                path.push(word);
            }
            let known = help(&path);
            for flag in flags {
                n_flags += 1;
                let known = known.split(|c: char| c.is_whitespace() || "[]<>,".contains(c));
                assert!(known.clone().any(|word| word == flag), "{name}: {path:?} has no {flag}");
            }
        }
    }
    assert!(15 < n_flags, "only {n_flags} flags were found");
}
