//! What the source files say of the structs and enums that an experiment file is read into: the reference of its keys is
//! taken from the types themselves, so that it can say nothing else than they do.

use std::collections::BTreeMap;

/// The files that hold them.
const FILES: [&str; 29] = [
    include_str!("../../../../experiment/src/axis.rs"),
    include_str!("../../../../experiment/src/file/described.rs"),
    include_str!("../../../../experiment/src/file/sections.rs"),
    include_str!("../../../../experiment/src/noise.rs"),
    include_str!("../../../../experiment/src/search/space.rs"),
    include_str!("../../../../experiment/src/search/spec.rs"),
    include_str!("../../../../experiment/src/spec.rs"),
    include_str!("../../../../experiment/src/spec/network_learner.rs"),
    include_str!("../../../../experiment/src/spec/protocol.rs"),
    include_str!("../../../../experiment/src/spec/retrieval.rs"),
    include_str!("../../../../experiment/src/spec/training.rs"),
    include_str!("../../../../experiment/src/task/detection.rs"),
    include_str!("../../../../data/src/preprocess.rs"),
    include_str!("../../../../data/src/preprocess/pixels.rs"),
    include_str!("../../../../data/src/profile.rs"),
    include_str!("../../../../data/src/spec.rs"),
    include_str!("../../../../data/src/split.rs"),
    include_str!("../../../../data/src/split/class_disjoint.rs"),
    include_str!("../../../../data/src/split/given.rs"),
    include_str!("../../../../data/src/split/groups.rs"),
    include_str!("../../../../data/src/split/holdout.rs"),
    include_str!("../../../../data/src/split/k_fold.rs"),
    include_str!("../../../../evaluation/src/shots.rs"),
    include_str!("../../../../methods/src/augmentation/mod.rs"),
    include_str!("../../../../methods/src/losses/proposals/class_and_box.rs"),
    include_str!("../../../../nn/src/optimizer.rs"),
    include_str!("../../../../nn/src/optimizer/adam.rs"),
    include_str!("../../../../nn/src/optimizer/sgd.rs"),
    include_str!("../../../../nn/src/schedule.rs"),
];

/// A struct with its fields, or an enum with its variants, as files name them.
#[derive(Clone, Debug, Default)]
pub(super) struct Declaration {
    pub(super) text: String,
    pub(super) members: Vec<Member>,
}

/// A field, or a variant.
#[derive(Clone, Debug)]
pub(super) struct Member {
    pub(super) name: String,
    pub(super) text: String,
    /// The type of a field, or what a variant holds; empty if it holds nothing.
    pub(super) holds: String,
}

/// Every struct and enum of the files, by name.
pub(super) fn declarations() -> BTreeMap<String, Declaration> {
    FILES.iter().flat_map(|file| declared(file)).collect()
}

fn declared(file: &str) -> Vec<(String, Declaration)> {
    let mut found = Vec::new();
    let mut text: Vec<&str> = Vec::new();
    let mut lines = file.lines();
    while let Some(line) = lines.next() {
        if let Some(documented) = line.strip_prefix("///") {
            text.push(documented.trim());
        } else if let Some(name) = name_of(line) {
            let summary = text.iter().take_while(|line| !line.is_empty());
            let text = summary.copied().collect::<Vec<_>>().join(" ");
            let members = members(lines.by_ref().take_while(|line| *line != "}"));
            found.push((name.to_owned(), Declaration { text, members }));
        } else if !line.starts_with("#[") && !line.starts_with([' ', ')']) {
            text.clear();
        }
    }
    found
}

/// The name of a struct or enum that has members.
fn name_of(line: &str) -> Option<&str> {
    let line = line.strip_prefix("pub ").unwrap_or(line);
    let rest = line.strip_prefix("struct ").or_else(|| line.strip_prefix("enum "))?;
    rest.strip_suffix(" {")
}

fn members<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<Member> {
    let mut members = Vec::new();
    let mut text: Vec<&str> = Vec::new();
    for line in lines.map(str::trim) {
        if let Some(documented) = line.strip_prefix("///") {
            text.push(documented.trim());
        } else if line == "#[default]" {
            text.push("The default.");
        } else if let Some((name, holds)) = member(line) {
            members.push(Member { name, text: text.join(" "), holds });
            text.clear();
        }
    }
    members
}

/// `pub name: Type,`, `Name(Type),`, `Name {},` or `Name,`.
fn member(line: &str) -> Option<(String, String)> {
    let line = line.trim_end_matches(',');
    if line.is_empty() || line.starts_with(['#', '/']) {
        return None;
    }
    let line = line.strip_prefix("pub ").unwrap_or(line);
    if let Some((name, holds)) = line.split_once(": ") {
        return Some((name.to_owned(), holds.to_owned()));
    }
    let end = line.find(['(', ' ']).unwrap_or(line.len());
    let (name, holds) = line.split_at(end);
    Some((snake_case(name), holds.to_owned()))
}

/// `StratifiedKFold` as `stratified_k_fold`.
fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_and_variants_have_the_names_of_the_file_and_what_is_said_of_them() {
        let all = declarations();
        let training = &all["TrainingSpec"];
        assert_eq!(training.text, "`[training]`: how a network is optimised.");
        let optimizer = training.members.iter().find(|member| member.name == "optimizer").unwrap();
        assert_eq!(optimizer.text, "Default SGD with momentum.");
        assert_eq!(optimizer.holds, "OptimizerSpec");
        let splits: Vec<&str> =
            all["SplitSpec"].members.iter().map(|split| split.name.as_str()).collect();
        let known = [
            "stratified_k_fold",
            "group_k_fold",
            "holdout",
            "given",
            "official_folds",
            "class_disjoint",
        ];
        assert_eq!(splits, known);
        let grid = &all["Design"].members[0];
        assert_eq!(
            (grid.name.as_str(), grid.text.as_str()),
            ("grid", "Every choice with every other. The default.")
        );
        assert_eq!(all["NoiseSpec"].members[0].name, "none");
    }
}
