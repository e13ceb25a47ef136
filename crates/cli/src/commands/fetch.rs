//! `longtail datasets fetch NAME`: a data set of OpenML, into the cache.
//!
//! ```text
//! <cache>/openml-61.parquet    the data, verified, and what else the crate `fetch` keeps
//! <cache>/openml-61.toml       its dataset.toml: with it experiments can name the set
//! ```

use std::fs;
use std::io;
use std::path::Path;
use std::process::ExitCode;

use data::{
    Catalogue, DatasetFile, DatasetSummary, Facts, FeatureChoice, Inspection, NotFeatures,
    column_meant, column_names, dataset_toml,
};
use experiment::atomic::replace;
use fetch::{Description, Fetched, Request, Source, fetch as download, named};

use crate::args::FetchArguments;
use crate::commands::names::plain;
use crate::commands::obstacles::check;
use crate::commands::{columns, published};
use crate::download::Download;
use crate::exit::Failure;
use crate::output::Output;
use crate::words::visible;

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
    if let Some((set, from)) = published::wanted(wanted)? {
        return published::fetch(&set, from, cache, output);
    }
    let (fetched, inspection) = fetched(wanted, cache, output)?;
    let summary = output.reading(&fetched.path, || {
        DatasetSummary::of(&inspection.dataset, Some(&inspection.format))
    });
    check(&inspection, &summary, &fetched.path, wanted.positive.as_deref())?;
    let target = inspection.target.as_deref().unwrap_or_default();
    let names = column_names(&summary, Some(target));
    let not_features = NotFeatures::of(said_to_be_left_out(&fetched.description), &names, target);
    let notes = notes(&not_features, &names);
    notes.iter().for_each(|note| output.warning(note));
    let choice = FeatureChoice::of(&summary, &not_features.kinds, false, "OpenML");
    columns::check(&choice, &fetched.path)?;
    let file = output.reading(&fetched.path, || {
        described(&fetched, &inspection, &choice, wanted, catalogue, cache)
    })?;
    let path = cache.join(format!("openml-{}.toml", fetched.description.id));
    write(&path, &dataset_toml(&file, &summary))?;
    if output.json {
        output.print_json(&serde_json::json!({
            "name": file.name,
            "dataset": path,
            "blake3": fetched.blake3,
            "from_cache": fetched.from_cache,
            "left_out": choice.left_out,
            "notes": notes,
            "rows_left_out": inspection.left_out,
            "gives_the_class_away": choice.leaks,
            "summary": summary,
        }))?;
        return Ok(ExitCode::SUCCESS);
    }
    let positive = inspection.to_be_found(wanted.positive.as_deref());
    output.print(&super::describe::text(&inspection, &summary, positive.as_deref()))?;
    let whence = if fetched.from_cache { "was in the cache" } else { "fetched" };
    output.print(&format!(
        "\n{}{whence}: {}\nBLAKE3: {}\ndescribed in: {}\nin an experiment: dataset = \"{}\"\n",
        columns::text(&choice),
        fetched.path.display(),
        fetched.blake3,
        path.display(),
        file.name
    ))?;
    Ok(ExitCode::SUCCESS)
}

/// The data set in the cache, and how it is understood. What is there and cannot be read is fetched again.
fn fetched(
    wanted: &FetchArguments,
    cache: &Path,
    output: Output,
) -> Result<(Fetched, Inspection), Failure> {
    let mut source = Source::default();
    source.base = wanted.server.clone().unwrap_or(source.base);
    let id = output
        .during(&format!("asking for {}", visible(&wanted.name)), || id(&source, &wanted.name))?;
    let request = Request { id, digest: wanted.blake3.clone() };
    let get = || {
        let shown = Download::begin(&wanted.name, output);
        let mut accept = |path: &Path| {
            shown.pause();
            output.reading(path, || readable(path))
        };
        let mut heard = |received, total| shown.received(received, total);
        download(&source, &request, cache, &mut accept, &mut heard)
    };
    let mut fetched = get()?;
    let inspect = |fetched: &Fetched| output.reading(&fetched.path, || inspect(fetched, wanted));
    let mut inspection = inspect(&fetched);
    if inspection.is_err()
        && fetched.from_cache
        && !fetched.has_digest
        && let Err(reason) = readable(&fetched.path)
    {
        output.warning(&format!(
            "what is in the cache cannot be read ({reason}); it is fetched again"
        ));
        fs::remove_file(&fetched.path).map_err(|error| cannot("remove", &fetched.path, &error))?;
        fetched = get()?;
        inspection = inspect(&fetched);
    }
    Ok((fetched, inspection?))
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

/// Why a file cannot be read, whichever of its columns is the class.
fn readable(path: &Path) -> Result<(), String> {
    Inspection::of(path, None).map(drop).map_err(|error| error.sentence())
}

/// The file, read with the column as the class that the user names, or else OpenML.
fn inspect(fetched: &Fetched, wanted: &FetchArguments) -> Result<Inspection, Failure> {
    let path = &fetched.path;
    if let Some(target) = &wanted.target {
        return Ok(Inspection::of(path, Some(target))?);
    }
    let targets = &fetched.description.default_target_attribute;
    if let [target] = &targets[..]
        && let Ok(inspection) = Inspection::of(path, Some(target))
    {
        return Ok(inspection);
    }
    let summary = |inspection: &Inspection| DatasetSummary::of(&inspection.dataset, None);
    let found = Inspection::of(path, None)?;
    let columns = column_names(&summary(&found), found.target.as_deref());
    match &targets[..] {
        [] => {
            let id = fetched.description.id;
            Err(Failure::Usage(format!(
                "OpenML does not say which column of data set {id} is the class: say which with --target, one of {}",
                listed(&columns)
            )))
        }
        [target] => {
            Ok(Inspection::of(path, Some(column_meant(target, &columns).unwrap_or(target)))?)
        }
        several => {
            // A name may hold a comma.
            if let Some(target) = column_meant(&several.join(","), &columns) {
                return Ok(Inspection::of(path, Some(target))?);
            }
            let n = if several.len() == 2 { "two".to_owned() } else { several.len().to_string() };
            let (last, first) = several.split_last().expect("there are several");
            Err(Failure::Usage(format!(
                "OpenML names {n} targets, {} and {}: say which with --target",
                visible(&first.join(", ")),
                visible(last)
            )))
        }
    }
}

fn listed(columns: &[String]) -> String {
    let shown: Vec<String> = columns.iter().take(12).map(|name| visible(name)).collect();
    shown.join(", ") + if 12 < columns.len() { ", ..." } else { "" }
}

/// The names of the columns that OpenML says are not to be learnt from, its other targets among them.
fn said_to_be_left_out(description: &Description) -> impl Iterator<Item = &String> {
    let Description { ignore_attribute, row_id_attribute, default_target_attribute, .. } =
        description;
    ignore_attribute.iter().chain(row_id_attribute).chain(default_target_attribute)
}

/// What is said of the names that none of the `columns` has.
fn notes(not_features: &NotFeatures, columns: &[String]) -> Vec<String> {
    let note = |(name, meant): &(String, Option<String>)| match meant {
        Some(column) => format!(
            "OpenML says not to learn from `{}`, and no column has this name; `{}` is taken to be meant",
            visible(name),
            visible(column)
        ),
        None => format!(
            "OpenML says not to learn from `{}`, and no column has this name: see whether another is meant, of {}",
            visible(name),
            listed(columns)
        ),
    };
    not_features.inexact.iter().map(note).collect()
}

fn described(
    fetched: &Fetched,
    inspection: &Inspection,
    choice: &FeatureChoice,
    wanted: &FetchArguments,
    catalogue: &Catalogue,
    cache: &Path,
) -> Result<DatasetFile, Failure> {
    let Description { id, name, version, licence, .. } = &fetched.description;
    let file = fetched.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut described = DatasetFile {
        blake3: Some(fetched.blake3.clone()),
        positive: inspection.to_be_found(wanted.positive.as_deref()),
        family: Some(plain(name)),
        citation: Some(format!("OpenML data set {id}: {name}, version {version}")),
        licence: licence.clone(),
        ..inspection.described_as(free_name(&plain(name), *id, catalogue, cache), file)
    };
    choice.note_in(&mut described);
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
    replace(path, text.as_bytes()).map_err(|error| cannot("write", path, &error))
}

fn cannot(what: &str, path: &Path, error: &io::Error) -> Failure {
    Failure::Usage(format!("cannot {what} {}: {error}", path.display()))
}
