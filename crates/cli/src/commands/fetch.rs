//! `longtail datasets fetch NAME`: a data set of OpenML, into the cache.
//!
//! ```text
//! <cache>/openml-61.parquet    the data, verified, and what else the crate `fetch` keeps
//! <cache>/openml-61.toml       its dataset.toml: with it experiments can name the set
//! ```

use std::path::Path;
use std::process::ExitCode;

use data::{
    Catalogue, DatasetFile, Facts, Inspection, Kind, Kinds, Summary, Treatments, Unlabelled,
};
use experiment::atomic::replace;
use fetch::{Description, Fetched, Request, Source, fetch as download, named};
use indicatif::{ProgressBar, ProgressStyle};

use crate::args::FetchArguments;
use crate::commands::init::{check, positive_class};
use crate::commands::kinds::{Choice, dataset_toml};
use crate::commands::names::plain;
use crate::exit::Failure;
use crate::output::Output;

/// Downloads the data set unless it is there, and describes it for experiments.
pub(crate) fn fetch(
    wanted: &FetchArguments,
    catalogue: &Catalogue,
    cache: Option<&Path>,
    output: Output,
) -> Result<ExitCode, Failure> {
    if wanted.name.trim().is_empty() {
        let message = "no data set is named: give its name at OpenML or its id, as in `longtail datasets fetch credit-g`";
        return Err(Failure::Usage(message.to_owned()));
    }
    let cache = cache.ok_or_else(|| {
        Failure::Usage("there is no folder for the cache: name one with --cache".to_owned())
    })?;
    let mut source = Source::default();
    source.base = wanted.server.clone().unwrap_or(source.base);
    let id = id(&source, &wanted.name)?;
    let request = Request { id, digest: wanted.blake3.clone() };
    let bar = bar(output);
    let fetched = download(&source, &request, cache, &mut |received, total| {
        if let Some(total) = total {
            bar.set_length(total);
        }
        bar.set_position(received);
    });
    bar.finish_and_clear();
    let fetched = fetched?;

    let target = wanted.target.as_deref().or(target(&fetched.description));
    let inspection = Inspection::of(&fetched.path, target)?;
    let summary = Summary::of(&inspection.dataset, Some(&inspection.format));
    check(&inspection, &summary, &fetched.path, wanted.positive.as_deref())?;
    let choice = Choice::of(&summary, &not_features(&fetched.description, &summary), "OpenML");
    choice.check(&fetched.path)?;
    let file = described(&fetched, &inspection, &choice, wanted, catalogue, cache)?;
    let path = cache.join(format!("openml-{id}.toml"));
    write(&path, &dataset_toml(&file, &summary))?;
    if output.json {
        output.print_json(&serde_json::json!({
            "name": file.name,
            "dataset": path,
            "blake3": fetched.blake3,
            "from_cache": fetched.from_cache,
            "left_out": choice.left_out,
            "rows_left_out": inspection.left_out,
            "gives_the_class_away": choice.leaks,
            "summary": summary,
        }))?;
        return Ok(ExitCode::SUCCESS);
    }
    let positive = positive_class(&inspection, wanted.positive.as_deref());
    output.print(&super::describe::text(&inspection, &summary, positive.as_deref()))?;
    let whence = if fetched.from_cache { "was in the cache" } else { "fetched" };
    output.print(&format!(
        "\n{}{whence}: {}\nBLAKE3: {}\ndescribed in: {}\nin an experiment: dataset = \"{}\"\n",
        choice.text(),
        fetched.path.display(),
        fetched.blake3,
        path.display(),
        file.name
    ))?;
    Ok(ExitCode::SUCCESS)
}

/// The id that is meant by an id or a name.
fn id(source: &Source, name: &str) -> Result<u32, Failure> {
    if let Ok(id) = name.parse() {
        return Ok(id);
    }
    match &named(source, name)?[..] {
        [one] => Ok(one.id),
        several => {
            let list: Vec<String> =
                several.iter().map(|n| format!("{} (version {})", n.id, n.version)).collect();
            Err(Failure::Usage(format!(
                "{} data sets of OpenML are called `{name}`: fetch one by its id, {}",
                several.len(),
                list.join(", ")
            )))
        }
    }
}

/// The one column that OpenML says is the class.
fn target(description: &Description) -> Option<&str> {
    description.default_target_attribute.as_deref().filter(|target| !target.contains(','))
}

/// The columns that OpenML says are not to be learnt from.
fn not_features(description: &Description, summary: &Summary) -> Kinds {
    let Description { ignore_attribute, row_id_attribute, .. } = description;
    let is_ignored = |column: &str| {
        ignore_attribute.iter().chain(row_id_attribute).any(|ignored| ignored == column)
    };
    let ignored = summary.columns.iter().filter(|column| is_ignored(&column.name));
    ignored.map(|column| (column.name.clone(), Kind::Ignored)).collect()
}

fn described(
    fetched: &Fetched,
    inspection: &Inspection,
    choice: &Choice,
    wanted: &FetchArguments,
    catalogue: &Catalogue,
    cache: &Path,
) -> Result<DatasetFile, Failure> {
    let Description { id, name, version, licence, .. } = &fetched.description;
    let file = fetched.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut described = DatasetFile {
        name: free_name(&plain(name), *id, catalogue, cache),
        file,
        blake3: Some(fetched.blake3.clone()),
        target: inspection.target.clone(),
        positive: positive_class(inspection, wanted.positive.as_deref()),
        unlabelled: inspection.left_out.as_ref().map(|_| Unlabelled::Drop),
        family: Some(plain(name)),
        citation: Some(format!("OpenML data set {id}: {name}, version {version}")),
        licence: licence.clone(),
        note: None,
        facts: None,
        format: inspection.format.clone(),
        columns: choice.kinds.clone(),
        twins: None,
        treat: Treatments::new(),
    };
    described.facts = Some(Facts::of(&described.load(cache)?));
    Ok(described)
}

/// `name`, unless something else has it.
fn free_name(name: &str, id: u32, catalogue: &Catalogue, cache: &Path) -> String {
    let own = cache.join(format!("openml-{id}.toml"));
    let is_ours = || DatasetFile::read(&own).is_ok_and(|file| file.name == name);
    match catalogue.entry(name) {
        Some(_) if !is_ours() => format!("openml-{id}"),
        _ => name.to_owned(),
    }
}

/// Whoever finds the file finds it whole.
fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let cannot = |error| Failure::Usage(format!("cannot write {}: {error}", path.display()));
    replace(path, text.as_bytes()).map_err(cannot)
}

fn bar(output: Output) -> ProgressBar {
    let bar = if output.draws_progress() { ProgressBar::new(0) } else { ProgressBar::hidden() };
    let template = "{bar:30} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left";
    let style = ProgressStyle::with_template(template).expect("the template is valid");
    bar.set_style(style.progress_chars("━╸─"));
    bar
}
