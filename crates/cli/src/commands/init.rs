//! `longtail init FILE --target COLUMN`: a `dataset.toml` and an experiment that runs as it is.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use data::{
    Catalogue, DatasetFile, Inspection, Kind, Kinds, Roles, Summary, Treatments, Unlabelled, digest,
};

use crate::args::InitArguments;
use crate::commands::describe::{class_spellings, inspected, left_out};
use crate::commands::kinds::{Choice, dataset_toml};
use crate::commands::names::{is_plain, plain};
use crate::commands::spellings::merged;
use crate::commands::template::{Split, experiment_toml};
use crate::commands::treatments::Treated;
use crate::commands::{positive, treatments};
use crate::exit::Failure;
use crate::output::Output;
use crate::words::{path_word, visible};

/// Writes both files, and says what was understood.
pub(crate) fn init(arguments: &InitArguments, output: Output) -> Result<ExitCode, Failure> {
    let file = &arguments.file;
    let (inspection, summary) = inspected(file, arguments.target.as_deref(), output)?;
    check(&inspection, &summary, file, None)?;
    let target = inspection.target.clone().unwrap_or_default();
    let merged = merged(&summary, file, &target, arguments.spellings, is_described(file))?;
    let asked: Treatments = merged.map(|treatment| (target, treatment)).into_iter().collect();
    let Treated { inspection, summary, treat } = if is_described(file) {
        Treated { inspection, summary, treat: Treatments::new() }
    } else {
        output.reading(file, || Treated::of(file, inspection, summary, asked))?
    };
    let mut described = output.reading(file, || described(arguments, &inspection, &treat))?;
    check(&inspection, &summary, file, described.positive.as_deref())?;
    let to_be_found = positive::line(&summary, described.positive.as_deref());
    let pinned = treated_are_kept(&described, &summary, is_described(file));
    let is_grouped = described.roles.group.is_some();
    let choice = Choice::of(&summary, &pinned, is_grouped, &file.display().to_string());
    choice.check(file)?;
    let group = match (&choice.group, &summary.group) {
        // Of a set that keeps twins together, the group is of these rows and of twins.
        (Some((_, groups)), Some((name, _))) => Some((name.clone(), groups.clone())),
        (found, of_set) => found.clone().or_else(|| of_set.clone()),
    };
    let split = Split::of(&summary, group.as_ref());
    let (name, renamed) = name(arguments, &described.name)?;
    let data = file.parent().filter(|_| is_described(file)).unwrap_or(Path::new(""));
    let data = data.join(&described.file);
    let folder = match &arguments.output {
        Some(folder) => folder.clone(),
        None => free_folder(&name, file, &data),
    };
    let (dataset, experiment) = (folder.join("dataset.toml"), folder.join("experiment.toml"));
    may_write(&folder, &[&dataset, &experiment], file, &data, arguments.force)?;

    fs::create_dir_all(&folder).map_err(|error| cannot(&folder, &error))?;
    described.file = relative(&data, &folder)?;
    described.name.clone_from(&name);
    described.columns.clone_from(&choice.kinds);
    // Parts of a date are no columns of the file.
    let is_made = |name: &String| described.treat.iter().any(|(of, treat)| treat.makes(of, name));
    described.columns.retain(|name, _| !is_made(name));
    described.treat.retain(|name, _| described.columns.get(name) != Some(&Kind::Ignored));
    if let Some((group, _)) = &choice.group {
        described.roles.group = Some(group.clone());
    }
    if let Some(folds) = &mut described.official_folds {
        let read = file.parent().unwrap_or(Path::new("")).join(&folds.file);
        folds.file = relative(&read, &folder)?;
    }
    let introduction = "# What `longtail init` understood. Correct what is wrong: `longtail datasets describe` on this file\n\
                        # shows what it now says. Remove blake3 if the file may change.\n\n";
    for (path, text) in [
        (&dataset, introduction.to_owned() + &dataset_toml(&described, &summary)),
        (&experiment, experiment_toml(&name, &summary, &split)),
    ] {
        fs::write(path, text).map_err(|error| cannot(path, &error))?;
    }
    if output.json {
        output.print_json(&serde_json::json!({
            "name": name,
            "dataset": dataset,
            "experiment": experiment,
            "positive": described.positive,
            "split": split,
            "treated": described.treat,
            "left_out": choice.left_out,
            "rows_left_out": inspection.left_out,
            "gives_the_class_away": choice.leaks,
            "group": group.map(|(name, _)| name),
            "summary": summary,
        }))?;
        return Ok(ExitCode::SUCCESS);
    }
    output.print(&super::describe::text(&inspection, &summary, None))?;
    output.print(&format!(
        "\n{}{}{}{}{renamed}{to_be_found}split: {}\n{}written: {}\n         {}\nnext: longtail run {}\n",
        treatments::line(&described.treat),
        choice.text(),
        left_out(&inspection),
        class_spellings(&summary),
        split.text(),
        split.never_tested(),
        dataset.display(),
        experiment.display(),
        path_word(&experiment)
    ))?;
    Ok(ExitCode::SUCCESS)
}

fn is_described(file: &Path) -> bool {
    file.extension().is_some_and(|extension| extension == "toml")
}

/// What the `dataset.toml` that is read says, or what is known of a file of data; `file` is still as it was given.
fn described(
    arguments: &InitArguments,
    inspection: &Inspection,
    treat: &Treatments,
) -> Result<DatasetFile, Failure> {
    let InitArguments { file, target, .. } = arguments;
    let positive =
        |kept: Option<&str>| positive_class(inspection, arguments.positive.as_deref().or(kept));
    if is_described(file) {
        let read = DatasetFile::read(file)?;
        let is_same_target = target.is_none() || read.target == inspection.target;
        let kept = read.positive.as_deref().filter(|_| is_same_target);
        return Ok(DatasetFile {
            target: inspection.target.clone(),
            positive: positive(kept),
            // Columns may be left out that were counted.
            facts: None,
            ..read
        });
    }
    Ok(DatasetFile {
        name: plain(&inspection.dataset.name),
        file: text_of(file)?,
        blake3: (!file.is_dir()).then(|| digest(&inspection.format, file)).transpose()?,
        target: inspection.target.clone(),
        positive: positive(None),
        unlabelled: inspection.left_out.as_ref().map(|_| Unlabelled::Drop),
        family: None,
        citation: None,
        licence: None,
        note: None,
        facts: None,
        official_folds: None,
        roles: Roles::default(),
        format: inspection.format.clone(),
        columns: Kinds::new(),
        twins: None,
        treat: treat.clone(),
    })
}

/// The kinds that are pinned; what a `dataset.toml` treats is meant to be learnt from.
fn treated_are_kept(described: &DatasetFile, summary: &Summary, is_described: bool) -> Kinds {
    let mut pinned = described.columns.clone();
    let is_treated = |name: &String| is_described && described.treat.contains_key(name);
    for column in summary.columns.iter().filter(|column| is_treated(&column.name)) {
        let kind = if column.kind == "numeric" { Kind::Numeric } else { Kind::Categorical };
        pinned.entry(column.name.clone()).or_insert(kind);
    }
    pinned
}

/// The name in experiments, and a line if it is not the one of the file: two sets of one name would be taken for each
/// other where results are compared.
fn name(arguments: &InitArguments, of_file: &str) -> Result<(String, String), Failure> {
    let is_taken = |name: &str| Catalogue::embedded().entry(name).is_some();
    match &arguments.name {
        Some(name) if !is_plain(name) => {
            Err(Failure::Usage(format!("the name {name:?}: use letters, digits, `-` and `_`")))
        }
        Some(name) if is_taken(name) => Err(Failure::Usage(format!(
            "the program carries a data set `{name}`: choose another --name"
        ))),
        Some(name) => Ok((name.clone(), String::new())),
        None => {
            let name = plain(of_file);
            if !is_taken(&name) {
                return Ok((name, String::new()));
            }
            let own = format!("{name}_own");
            let line = format!("named {own}: the program carries another data set {name}\n");
            Ok((own, line))
        }
    }
}

/// The folder called as the data set, unless the data or the file that is read are there.
fn free_folder(name: &str, file: &Path, data: &Path) -> PathBuf {
    let folder = PathBuf::from(name);
    let is_taken = folder.is_file()
        || is_same(&folder, data)
        || (is_described(file) && is_same(&folder.join("dataset.toml"), file));
    if is_taken { PathBuf::from(format!("{name}_experiment")) } else { folder }
}

fn is_same(a: &Path, b: &Path) -> bool {
    fs::canonicalize(a).is_ok_and(|a| fs::canonicalize(b).is_ok_and(|b| a == b))
}

/// Refuses before anything is written: what is there is kept, and so is the data.
fn may_write(
    folder: &Path,
    written: &[&Path],
    file: &Path,
    data: &Path,
    force: bool,
) -> Result<(), Failure> {
    let usage = |message: String| Err(Failure::Usage(message));
    if let Some(path) = written.iter().find(|path| is_same(path, file) || is_same(path, data)) {
        let path = path.display();
        return usage(format!("{path} is the file that is read: add --output for another folder"));
    }
    let folder_there = folder.ancestors().find(|path| path.exists()).unwrap_or(Path::new("."));
    let is_in_data =
        |there: PathBuf| fs::canonicalize(data).is_ok_and(|data| there.starts_with(data));
    if data.is_dir() && fs::canonicalize(folder_there).is_ok_and(is_in_data) {
        return usage(format!(
            "{} is in the folder of the data, where folders are classes: add --output for another folder",
            folder.display()
        ));
    }
    match written.iter().find(|path| path.exists()) {
        Some(path) if !force => usage(format!(
            "{} is there already: add --force to write it again, or --output for another folder",
            path.display()
        )),
        _ => Ok(()),
    }
}

/// What no experiment could use is refused here, with what would help.
pub(crate) fn check(
    inspection: &Inspection,
    summary: &Summary,
    path: &Path,
    positive: Option<&str>,
) -> Result<(), Failure> {
    let usage = |message: String| Err(Failure::Usage(message));
    let file = path.display();
    if inspection.target.is_none() {
        let names = summary.columns.iter().map(|column| visible(&column.name));
        let shown = names.take(12).collect::<Vec<_>>().join(", ");
        let more = if 12 < summary.columns.len() { ", ..." } else { "" };
        return usage(format!(
            "{file} does not say which column is the class: add --target COLUMN (or first, last), one of {shown}{more}"
        ));
    }
    let target = visible(inspection.target.as_deref().unwrap_or_default());
    let n_without = inspection.left_out.as_ref().map_or(0, |left_out| left_out.n_rows);
    if summary.n_rows < n_without && !is_described(path) {
        return usage(format!(
            "{file}: the column `{target}` is empty in {n_without} of {} rows: is another the class? if not, say \
             unlabelled = \"drop\" in a dataset.toml",
            summary.n_rows + n_without
        ));
    }
    let n_classes = summary.classes.len();
    if n_classes < 2 {
        return usage(format!(
            "{file}: the column `{target}` never changes: there is nothing to tell apart"
        ));
    }
    if summary.n_rows < 2 * n_classes {
        return usage(format!(
            "{file}: the column `{target}` has {n_classes} different values in {} rows: an identifier or a quantity \
             is no class",
            summary.n_rows
        ));
    }
    if n_classes == 2
        && let Some((class, _)) = summary.classes.iter().find(|(_, n)| *n == 1)
    {
        return usage(format!(
            "{file}: the class `{}` has a single row, which cannot be both learnt from and tested",
            visible(class)
        ));
    }
    if let Some(class) = positive
        && inspection.class(class).is_none()
    {
        let known: Vec<String> = summary.classes.iter().map(|(class, _)| visible(class)).collect();
        return usage(format!("there is no class `{class}`: classes are {}", known.join(", ")));
    }
    Ok(())
}

/// Of two classes, the one to be found.
pub(crate) fn positive_class(inspection: &Inspection, given: Option<&str>) -> Option<String> {
    let given = given.map(|given| inspection.class(given).unwrap_or(given));
    given.or_else(|| inspection.positive()).map(str::to_owned)
}

/// `file` as seen from `folder`.
fn relative(file: &Path, folder: &Path) -> Result<String, Failure> {
    let file = fs::canonicalize(file).map_err(|error| cannot(file, &error))?;
    let folder = fs::canonicalize(folder).map_err(|error| cannot(folder, &error))?;
    let shared = file.components().zip(folder.components()).take_while(|(a, b)| a == b).count();
    let up = folder.components().skip(shared).map(|_| std::path::Component::ParentDir);
    let path: PathBuf = up.chain(file.components().skip(shared)).collect();
    let text = text_of(&path)?;
    // Elsewhere a backslash is a character of a name like any other.
    Ok(if cfg!(windows) { text.replace('\\', "/") } else { text })
}

/// TOML is text, and paths need not be.
fn text_of(path: &Path) -> Result<String, Failure> {
    let refused =
        || Failure::Usage(format!("the path {} is no UTF-8 text: rename the file", path.display()));
    path.to_str().map(str::to_owned).ok_or_else(refused)
}

fn cannot(path: &Path, error: &std::io::Error) -> Failure {
    Failure::Usage(format!("cannot open or create {}: {error}", path.display()))
}
