//! What CONTRIBUTING says of adding a classical learner is all there is to it.

use std::fs;
use std::path::{Path, PathBuf};

use baselines::BaselineSpec;
use strum::IntoEnumIterator;

/// The lines of `text` that name the learner as it stands in an experiment file or as a variant.
fn naming<'a>(text: &'a str, learner: &str) -> Vec<&'a str> {
    let plain = |word: &str| word.replace('_', "").to_lowercase();
    let is_name = |word: &str| plain(word) == plain(learner);
    let names = |line: &&str| line.split(|c: char| !c.is_alphanumeric() && c != '_').any(is_name);
    text.lines().filter(names).collect()
}

/// The files below `folder`.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[test]
fn a_new_learner_is_a_file_and_five_lines() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let source = crates.join("baselines/src");
    let list = fs::read_to_string(source.join("lib.rs")).unwrap();
    for learner in BaselineSpec::iter().map(|spec| spec.name()) {
        assert!(source.join(format!("{learner}.rs")).is_file(), "{learner} has no file");
        let lines = naming(&list, learner);
        // `mod`, `pub use`, the variant with its link, a line of `definition`; and `fit` falls back on the prior.
        let wanted = if learner == "prior" { 6 } else { 5 };
        assert_eq!(lines.len(), wanted, "{learner}: {lines:#?}");
        for folder in ["experiment/src", "cli/src", "report/src"] {
            let is_test = |path: &Path| path.file_name().is_some_and(|name| name == "tests.rs");
            for file in files(&crates.join(folder)).iter().filter(|path| !is_test(path)) {
                let text = fs::read_to_string(file).unwrap();
                let code = text.split("#[cfg(test)]").next().unwrap();
                let code = code.lines().filter(|line| !line.trim_start().starts_with("//"));
                let code = code.filter(|line| line.contains("BaselineSpec")).collect::<Vec<_>>();
                assert!(naming(&code.join("\n"), learner).is_empty(), "{learner} in {file:?}");
            }
        }
    }
}
