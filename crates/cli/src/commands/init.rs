//! `longtail init FILE --target COLUMN`: a `dataset.toml` and an experiment that runs as it is.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use data::{Column, ColumnSummary, DatasetFile, Inspection, Kind, Kinds, Summary, digest};

use crate::args::InitArguments;
use crate::exit::Failure;
use crate::output::Output;

/// Levels above which a column is left out: each would be a feature of its own.
const MANY_LEVELS: usize = 100;

/// Writes both files, and says what was understood.
pub(crate) fn init(arguments: &InitArguments, output: Output) -> Result<ExitCode, Failure> {
    let InitArguments { file, target, .. } = arguments;
    let inspection = Inspection::of(file, target.as_deref())?;
    let summary = Summary::of(&inspection.dataset);
    check(&inspection, &summary, &arguments.file, arguments.positive.as_deref())?;
    let name = arguments.name.clone().unwrap_or_else(|| plain(&inspection.dataset.name));
    if name != plain(&name) {
        let message = format!("the name {name:?}: use letters, digits, `-` and `_`");
        return Err(Failure::Usage(message));
    }
    let folder = arguments.output.clone().unwrap_or_else(|| PathBuf::from(&name));
    fs::create_dir_all(&folder).map_err(|error| cannot(&folder, &error))?;
    let described = DatasetFile {
        name: name.clone(),
        file: relative(file, &folder)?,
        blake3: (!file.is_dir()).then(|| digest(&inspection.format, file)).transpose()?,
        target: inspection.target.clone(),
        positive: positive(&inspection, arguments.positive.as_deref()),
        family: None,
        citation: None,
        licence: None,
        note: None,
        facts: None,
        format: inspection.format.clone(),
        columns: Kinds::new(),
    };
    let introduction = "# What `longtail init` understood. Correct what is wrong: `longtail datasets describe` on this file\n\
                        # shows what it now says. Remove blake3 if the file may change.\n\n";
    let dataset = introduction.to_owned() + &dataset_toml(&described, &inspection, &summary);
    let written =
        [("dataset.toml", dataset), ("experiment.toml", experiment_toml(&name, &summary))];
    for (file, text) in &written {
        write(&folder.join(file), text, arguments.force)?;
    }
    let experiment = folder.join("experiment.toml");
    if output.json {
        output.print_json(&serde_json::json!({
            "dataset": folder.join("dataset.toml"),
            "experiment": experiment,
            "summary": summary,
        }));
        return Ok(ExitCode::SUCCESS);
    }
    output.print(&super::describe::text(&inspection, &summary));
    output.print(&format!(
        "\nwritten: {}\n         {}\nnext: longtail run {}\n",
        folder.join("dataset.toml").display(),
        experiment.display(),
        experiment.display()
    ));
    Ok(ExitCode::SUCCESS)
}

/// What no experiment could use is refused here, with what would help.
pub(crate) fn check(
    inspection: &Inspection,
    summary: &Summary,
    file: &Path,
    positive: Option<&str>,
) -> Result<(), Failure> {
    let usage = |message: String| Err(Failure::Usage(message));
    let file = file.display();
    if inspection.target.is_none() {
        let names: Vec<&str> = summary.columns.iter().map(|c| c.name.as_str()).collect();
        let shown = names.iter().take(12).copied().collect::<Vec<_>>().join(", ");
        let more = if 12 < names.len() { ", ..." } else { "" };
        return usage(format!(
            "{file} does not say which column is the class: add --target COLUMN (or first, last), one of {shown}{more}"
        ));
    }
    let target = inspection.target.as_deref().unwrap_or_default();
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
    if let Some(class) = positive
        && !summary.classes.iter().any(|(known, _)| known == class)
    {
        let known: Vec<&str> = summary.classes.iter().map(|(class, _)| class.as_str()).collect();
        return usage(format!("there is no class `{class}`: classes are {}", known.join(", ")));
    }
    Ok(())
}

/// Of two classes, the one to be found.
pub(crate) fn positive(inspection: &Inspection, given: Option<&str>) -> Option<String> {
    let classes = &inspection.dataset.classes;
    let default = || (classes.len() == 2).then(|| classes[1].clone());
    given.map(str::to_owned).or_else(default)
}

/// A name for files and tables.
pub(crate) fn plain(name: &str) -> String {
    let allowed = |c: char| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' };
    let name: String = name.trim_start_matches('.').chars().map(allowed).collect();
    if name.is_empty() { "dataset".to_owned() } else { name }
}

/// `file` as seen from `folder`.
fn relative(file: &Path, folder: &Path) -> Result<String, Failure> {
    let file = fs::canonicalize(file).map_err(|error| cannot(file, &error))?;
    let folder = fs::canonicalize(folder).map_err(|error| cannot(folder, &error))?;
    let shared = file.components().zip(folder.components()).take_while(|(a, b)| a == b).count();
    let up = folder.components().skip(shared).map(|_| std::path::Component::ParentDir);
    let path: PathBuf = up.chain(file.components().skip(shared)).collect();
    Ok(path.to_string_lossy().replace('\\', "/"))
}

fn cannot(path: &Path, error: &std::io::Error) -> Failure {
    Failure::Usage(format!("cannot open or create {}: {error}", path.display()))
}

fn write(path: &Path, text: &str, force: bool) -> Result<(), Failure> {
    if path.exists() && !force {
        return Err(Failure::Usage(format!(
            "{} is there already: add --force to write it again, or --output for another folder",
            path.display()
        )));
    }
    fs::write(path, text).map_err(|error| cannot(path, &error))
}

/// The content of a `dataset.toml`, with a kind for every column. Those that `file` does not pin are what they were
/// read as; identifiers, columns that hold nothing and categories without end are left out.
pub(crate) fn dataset_toml(
    file: &DatasetFile,
    inspection: &Inspection,
    summary: &Summary,
) -> String {
    let pinned = &file.columns;
    let file = DatasetFile { columns: Kinds::new(), ..file.clone() };
    let mut text = toml::to_string(&file).expect("a dataset file is plain data");
    text += "\n[columns]\n";
    for (column, summary) in inspection.dataset.columns.iter().zip(&summary.columns) {
        let kind = pinned.get(&summary.name).copied().unwrap_or_else(|| kind(column, summary));
        let name = serde_json::Value::from(summary.name.as_str());
        let kind = serde_json::to_value(kind).expect("a kind is a name");
        let mut remarks = summary.suspicions.clone();
        if MANY_LEVELS < summary.levels.len().max(n_levels(summary)) {
            remarks.push(format!("{} levels, each would be a feature", summary.n_distinct));
        }
        let remark =
            if remarks.is_empty() { String::new() } else { format!("  # {}", remarks.join("; ")) };
        text += &format!("{name} = {kind}{remark}\n");
    }
    text
}

/// What a column is learnt from as, unless it is pinned.
pub(crate) fn kind(column: &Column, summary: &ColumnSummary) -> Kind {
    match column {
        _ if is_left_out(summary) => Kind::Ignored,
        Column::Numeric { .. } => Kind::Numeric,
        Column::Categorical { .. } => Kind::Categorical,
    }
}

fn n_levels(summary: &ColumnSummary) -> usize {
    if summary.kind == "categorical" { summary.n_distinct } else { 0 }
}

/// Identifiers, columns that hold nothing, and categories without end.
fn is_left_out(summary: &ColumnSummary) -> bool {
    let identifier = summary.suspicions.iter().any(|text| text.contains("identifier"));
    identifier || summary.n_distinct == 0 || MANY_LEVELS < n_levels(summary)
}

/// Folds and epochs that end in minutes, whatever the number of rows.
fn experiment_toml(name: &str, summary: &Summary) -> String {
    let (split, epochs, batch_size) = match summary.n_rows {
        ..5_000 => ("{ stratified_k_fold.folds = 5 }", 40, 128),
        5_000..50_000 => ("{ stratified_k_fold.folds = 3 }", 20, 256),
        _ => ("{ holdout.test = 0.25 }", 5, 512),
    };
    let two = summary.classes.len() == 2;
    let metrics = if two {
        "[\"average_precision\", \"balanced_accuracy\", \"g_mean\"]"
    } else {
        "[\"balanced_accuracy\", \"macro_f1\", \"accuracy\"]"
    };
    let select_by = if two { "average_precision" } else { "balanced_accuracy" };
    format!(
        "# Written by `longtail init`: the usual losses and what they have to beat, on the same splits.\n\
         # `longtail plan` on this file shows its cells, `longtail methods` what else there is.\n\n\
         [experiment]\nname = \"{name}\"\nseeds = [0]\n\n\
         [data]\nsets = [\"dataset.toml\"]\n\n\
         [protocol]\nsplit = {split}\nvalidation = 0.2\nselect_by = \"{select_by}\"\n\n\
         [training]\nepochs = {epochs}\nbatch_size = {batch_size}\n\n\
         [axes]\ndataset = \"{name}\"\n\n\
         [[grid]]\nmodel = \"mlp\"\n\
         loss = [\"cross_entropy\", \"weighted_cross_entropy\", \"focal\", \"logit_adjustment\"]\n\n\
         [[grid]]\nmodel = [\"logistic_regression\", \"boosted_trees\", \"prior\"]\n\n\
         [report]\nmetrics = {metrics}\n"
    )
}
