//! `longtail init FILE --target COLUMN`: a `dataset.toml` and an experiment that runs as it is.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use data::{
    Catalogue, DatasetFile, DatasetSummary, FeatureChoice, Grouping, Inspection, SplitProposal,
    Treated, Treatments, dataset_toml, digest, pinned_by,
};

use crate::args::InitArguments;
use crate::commands::describe::{class_spellings, inspected, left_out, text};
use crate::commands::names::{is_plain, plain};
use crate::commands::obstacles::check;
use crate::commands::spellings::merged;
use crate::commands::template::{detection_toml, experiment_toml, never_tested, split_text};
use crate::commands::{columns, positive};
use crate::exit::Failure;
use crate::output::Output;
use crate::words::path_word;

/// What was understood of a file.
struct Understood {
    inspection: Inspection,
    summary: DatasetSummary,
    /// What its `dataset.toml` is to say.
    described: DatasetFile,
    choice: FeatureChoice,
    group: Option<(String, Grouping)>,
    split: SplitProposal,
}

/// Where it is written.
struct Destination {
    /// The name in experiments.
    name: String,
    /// A line if it is not the one of the file.
    renamed: String,
    folder: PathBuf,
    dataset: PathBuf,
    experiment: PathBuf,
}

/// Writes both files, and says what was understood.
pub(crate) fn init(arguments: &InitArguments, output: Output) -> Result<ExitCode, Failure> {
    let mut understood = understood(arguments, output)?;
    let destination = destination(arguments, &understood.described)?;
    write(arguments, &mut understood, &destination)?;
    if output.json {
        tell_json(&understood, &destination, output)?;
    } else {
        tell(&understood, &destination, output)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn understood(arguments: &InitArguments, output: Output) -> Result<Understood, Failure> {
    let file = &arguments.file;
    let is_described = DatasetFile::is_at(file);
    let labels = arguments.labels.as_deref();
    let (inspection, summary) = inspected(file, arguments.target.as_deref(), labels, output)?;
    check(&inspection, &summary, file, None)?;
    let target = inspection.target.clone().unwrap_or_default();
    let merged = merged(&summary, file, &target, arguments.spellings, is_described)?;
    let asked: Treatments = merged.map(|treatment| (target, treatment)).into_iter().collect();
    let Treated { inspection, summary, treat } = if is_described {
        Treated { inspection, summary, treat: Treatments::new() }
    } else {
        output.reading(file, || Treated::of(file, inspection, summary, asked))?
    };
    let described = output.reading(file, || described(arguments, &inspection, &treat))?;
    check(&inspection, &summary, file, described.positive.as_deref())?;
    let pinned =
        if is_described { pinned_by(&described, &summary) } else { described.columns.clone() };
    let is_grouped = described.roles.group.is_some();
    let choice = FeatureChoice::of(&summary, &pinned, is_grouped, &file.display().to_string());
    columns::check(&choice, file)?;
    let group = choice.groups(&summary);
    let split = SplitProposal::of(&summary, group.as_ref());
    Ok(Understood { inspection, summary, described, choice, group, split })
}

/// The file or folder of the data that `described`, read from `file` or drafted for it, is about.
fn data(file: &Path, described: &DatasetFile) -> PathBuf {
    let folder = file.parent().filter(|_| DatasetFile::is_at(file)).unwrap_or(Path::new(""));
    folder.join(&described.file)
}

/// Where both files go; what would write over something is refused before anything is written.
fn destination(arguments: &InitArguments, described: &DatasetFile) -> Result<Destination, Failure> {
    let file = &arguments.file;
    let (name, renamed) = name(arguments, &described.name)?;
    let data = data(file, described);
    let folder = match &arguments.output {
        Some(folder) => folder.clone(),
        None => free_folder(&name, file, &data),
    };
    let (dataset, experiment) = (folder.join("dataset.toml"), folder.join("experiment.toml"));
    may_write(&folder, &[&dataset, &experiment], file, &data, arguments.force)?;
    Ok(Destination { name, renamed, folder, dataset, experiment })
}

fn write(
    arguments: &InitArguments,
    understood: &mut Understood,
    destination: &Destination,
) -> Result<(), Failure> {
    let Understood { summary, described, choice, split, .. } = understood;
    let Destination { name, folder, dataset, experiment, .. } = destination;
    let file = &arguments.file;
    fs::create_dir_all(folder).map_err(|error| cannot(folder, &error))?;
    described.file = relative(&data(file, described), folder)?;
    described.name.clone_from(name);
    choice.note_in(described);
    let beside = file.parent().unwrap_or(Path::new(""));
    if let Some(folds) = &mut described.official_folds {
        folds.file = relative(&beside.join(&folds.file), folder)?;
    }
    if let Some(regions) = &mut described.regions {
        let files = regions.ground_truth.iter().map(|name| relative(&beside.join(name), folder));
        regions.ground_truth = files.collect::<Result<_, _>>()?;
    }
    let introduction = "# What `longtail init` understood. Correct what is wrong: `longtail datasets describe` on this file\n\
                        # shows what it now says. Remove blake3 if the file may change.\n\n";
    let text = if described.is_of_regions() {
        detection_toml(name, split)
    } else {
        experiment_toml(name, summary, split)
    };
    for (path, text) in
        [(dataset, introduction.to_owned() + &dataset_toml(described, summary)), (experiment, text)]
    {
        fs::write(path, text).map_err(|error| cannot(path, &error))?;
    }
    Ok(())
}

fn tell_json(
    understood: &Understood,
    destination: &Destination,
    output: Output,
) -> Result<(), Failure> {
    let Understood { inspection, summary, described, choice, group, split } = understood;
    output.print_json(&serde_json::json!({
        "name": destination.name,
        "dataset": destination.dataset,
        "experiment": destination.experiment,
        "positive": described.positive,
        "split": split,
        "treated": described.treat,
        "left_out": choice.left_out,
        "rows_left_out": inspection.left_out,
        "gives_the_class_away": choice.leaks,
        "group": group.as_ref().map(|(name, _)| name),
        "summary": summary,
    }))?;
    Ok(())
}

fn tell(understood: &Understood, destination: &Destination, output: Output) -> Result<(), Failure> {
    let Understood { inspection, summary, described, choice, split, .. } = understood;
    let Destination { renamed, dataset, experiment, .. } = destination;
    let to_be_found = positive::line(summary, described.positive.as_deref());
    output.print(&text(inspection, summary, None))?;
    output.print(&format!(
        "\n{}{}{}{}{renamed}{to_be_found}split: {}\n{}written: {}\n         {}\nnext: longtail run {}\n",
        columns::treated(&described.treat),
        columns::text(choice),
        left_out(inspection),
        class_spellings(summary),
        split_text(split),
        never_tested(split),
        dataset.display(),
        experiment.display(),
        path_word(experiment)
    ))?;
    Ok(())
}

/// What the `dataset.toml` that is read says, or what is known of a file of data; `file` is still as it was given.
fn described(
    arguments: &InitArguments,
    inspection: &Inspection,
    treat: &Treatments,
) -> Result<DatasetFile, Failure> {
    let InitArguments { file, target, .. } = arguments;
    let positive =
        |kept: Option<&str>| inspection.to_be_found(arguments.positive.as_deref().or(kept));
    if DatasetFile::is_at(file) {
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
        blake3: (!file.is_dir()).then(|| digest(&inspection.format, file)).transpose()?,
        positive: positive(None),
        treat: treat.clone(),
        ..inspection.described_as(plain(&inspection.dataset.name), text_of(file)?)
    })
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
        || (DatasetFile::is_at(file) && is_same(&folder.join("dataset.toml"), file));
    if is_taken { PathBuf::from(format!("{name}_experiment")) } else { folder }
}

fn is_same(a: &Path, b: &Path) -> bool {
    fs::canonicalize(a).is_ok_and(|a| fs::canonicalize(b).is_ok_and(|b| a == b))
}

/// What is there is kept, and so is the data.
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
