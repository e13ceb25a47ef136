//! `longtail keys [SECTION]`: every key of an experiment file, with what it means and its default.

mod declarations;

use std::collections::BTreeMap;
use std::process::ExitCode;

use experiment::Axis;
use experiment::file::did_you_mean;
use serde::Serialize;
use strum::IntoEnumIterator;

use crate::args::KeysArguments;
use crate::commands::keys::declarations::{Declaration, Member, declarations};
use crate::commands::methods::names_of;
use crate::exit::Failure;
use crate::output::Output;

/// A section and the struct that it is read into, in the order in which a file is written.
const SECTIONS: [(&str, &str); 7] = [
    ("experiment", "Header"),
    ("data", "DataSpec"),
    ("protocol", "ProtocolSpec"),
    ("training", "TrainingSpec"),
    ("search", "SearchSpec"),
    ("report", "ReportSpec"),
    ("published", "PublishedSpec"),
];

/// What stands between `[training]` and `[search]`: sections whose keys are axes.
const CONDITIONS: [(&str, &str); 4] = [
    (
        "axes",
        "What is compared: an entry, or a list of entries, for each axis. A list is a sweep; a list inside a list is a value.",
    ),
    (
        "grid",
        "`[[grid]]`: a block of axes that is laid over `[axes]`; all blocks are united. It may hold `protocol` and `training` too.",
    ),
    ("exclude", "`[[exclude]]`: combinations that do not run, by what stands on some axes."),
    (
        "when",
        "`[[when]]`: where `if` holds, only combinations in which `only` holds run; both are tables of axes.",
    ),
];

/// A section, a key, or one of the things that a key can be.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Key {
    name: String,
    text: String,
    keys: Vec<Key>,
}

/// Prints all sections as Markdown, or one of them.
pub(crate) fn keys(arguments: &KeysArguments, output: Output) -> Result<ExitCode, Failure> {
    let mut sections = sections();
    if let Some(name) = &arguments.section {
        let known: Vec<String> = sections.iter().map(|section| section.name.clone()).collect();
        sections.retain(|section| section.name == *name);
        if sections.is_empty() {
            let help = did_you_mean(name, known.iter().map(String::as_str))
                .unwrap_or_else(|| format!("sections are {}", known.join(", ")));
            return Err(Failure::Usage(format!("there is no section `{name}`; {help}")));
        }
    }
    if output.json {
        output.print_json(&sections)?;
    } else {
        output.print(&sections.iter().map(markdown).collect::<Vec<_>>().join("\n"))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn sections() -> Vec<Key> {
    let all = declarations();
    let read = |&(name, of): &(&str, &str)| {
        let declared = &all[of];
        Key { name: name.to_owned(), text: declared.text.clone(), keys: below(declared, &all) }
    };
    let (before, after) = SECTIONS.split_at(4);
    let axes = |&(name, text): &(&str, &str)| {
        let keys = if name == "axes" { axes(&all) } else { Vec::new() };
        Key { name: name.to_owned(), text: text.to_owned(), keys }
    };
    before
        .iter()
        .map(read)
        .chain(CONDITIONS.iter().map(axes))
        .chain(after.iter().map(read))
        .collect()
}

/// The axes of `[axes]`, each with the names of what can stand there.
fn axes(all: &BTreeMap<String, Declaration>) -> Vec<Key> {
    let sections = |axis: &Axis| matches!(axis, Axis::Protocol | Axis::Training);
    let axis = |axis: Axis| {
        let said = all["Axis"].members.iter().find(|member| member.name == axis.name());
        let mut text = said.map(|member| member.text.clone()).unwrap_or_default();
        let names: Vec<String> =
            names_of(axis.name()).iter().map(|name| format!("`{name}`")).collect();
        if !names.is_empty() {
            text += &format!(" One of {}.", names.join(", "));
        }
        let keys = if axis == Axis::Dataset { below(&all["Options"], all) } else { Vec::new() };
        Key { name: axis.name().to_owned(), text, keys }
    };
    Axis::iter().filter(|axis| !sections(axis)).map(axis).collect()
}

/// The fields of a struct or the variants of an enum, with what is below them.
fn below(declared: &Declaration, all: &BTreeMap<String, Declaration>) -> Vec<Key> {
    declared.members.iter().map(|member| key(member, all)).collect()
}

fn key(member: &Member, all: &BTreeMap<String, Declaration>) -> Key {
    let words = member.holds.split(|c: char| !c.is_alphanumeric());
    let held = words.filter(|word| *word != "Axis").find_map(|word| all.get(word));
    let keys = held.map_or_else(Vec::new, |declared| below(declared, all));
    let said = held.filter(|_| member.text.is_empty()).map(|declared| &declared.text);
    Key { name: member.name.clone(), text: said.unwrap_or(&member.text).clone(), keys }
}

fn markdown(section: &Key) -> String {
    let mut text = format!("## [{}]\n\n{}\n", section.name, section.text);
    if !section.keys.is_empty() {
        text.push('\n');
    }
    section.keys.iter().for_each(|key| line(key, 0, &mut text));
    text
}

fn line(key: &Key, depth: usize, text: &mut String) {
    let colon = if key.text.is_empty() { "" } else { ": " };
    *text += &format!("{}- `{}`{colon}{}\n", "  ".repeat(depth), key.name, key.text);
    key.keys.iter().for_each(|key| line(key, depth + 1, text));
}

#[cfg(test)]
mod tests {
    use experiment::file::ReportSpec;
    use experiment::spec::{ProtocolSpec, TrainingSpec};
    use serde_json::{Value, json};

    use super::*;

    /// Every key of `value` and of the tables in it is below `key`, and every key has a text.
    fn knows(key: &Key, value: &Value, n: &mut usize) {
        let Some(table) = value.as_object() else { return };
        for (name, value) in table {
            let found = key.keys.iter().find(|key| key.name == *name);
            let found = found.unwrap_or_else(|| panic!("{} has no `{name}`", key.name));
            assert!(!found.text.is_empty(), "nothing is said of {name}");
            *n += 1;
            knows(found, value, n);
        }
    }

    #[test]
    fn every_key_with_a_default_is_there_with_what_it_means() {
        let sections = sections();
        let section = |name: &str| sections.iter().find(|section| section.name == name).unwrap();
        let mut n = 0;
        knows(section("protocol"), &json!(ProtocolSpec::default()), &mut n);
        knows(section("training"), &json!(TrainingSpec::default()), &mut n);
        knows(section("report"), &json!(ReportSpec::default()), &mut n);
        assert!(25 < n, "only {n} keys were looked for");
    }

    #[test]
    fn the_keys_of_a_choice_stand_below_it() {
        let text: String = sections().iter().map(markdown).collect();
        for lines in [
            "\n- `optimizer`: Default SGD with momentum.\n  - `sgd`: Stochastic gradient descent.\n    - `learning_rate`: Step size η; default 0.05.\n",
            "\n  - `holdout`: One test part.\n    - `test`: Share of the rows that is tested",
            "\n  - `profile`: A profile under the name it has in an experiment file.\n    - `exponential`: Geometric decay",
            "\n- `mining`: Which examples of a batch are learnt from. One of `none`, `ohem`",
        ] {
            assert!(text.contains(lines), "{lines}\n{text}");
        }
    }

    #[test]
    fn no_link_of_the_documentation_of_code_is_left() {
        let text: String = sections().iter().map(markdown).collect();
        let linked: Vec<&str> = text.lines().filter(|line| line.contains("[`")).collect();
        assert!(linked.is_empty(), "{linked:#?}");
    }

    #[test]
    fn every_section_that_files_may_have_is_there() {
        let mistake = experiment::file::ExperimentFile::parse(
            "e.toml",
            "[nothing]\n[experiment]\nname = \"e\"\n",
            &[],
            &data::Catalogue::embedded(),
        );
        let said = mistake.unwrap_err().to_string();
        let list = said.split("sections are ").nth(1).unwrap().lines().next().unwrap();
        let names: Vec<String> = sections().into_iter().map(|section| section.name).collect();
        for name in list.split(", ") {
            assert!(names.iter().any(|known| known == name), "{name} is not in {names:?}");
        }
        assert_eq!(list.split(", ").count(), names.len());
    }
}
