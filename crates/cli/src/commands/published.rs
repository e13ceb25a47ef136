//! `longtail datasets fetch fashion-mnist --from PLACE`: the files of a published set, into the cache.
//!
//! ```text
//! <cache>/fashion-mnist/      its files, verified by what they hold
//! <cache>/fashion-mnist.toml  their dataset.toml: with it experiments can name the set
//! ```

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use data::{DatasetFile, DatasetSummary, Facts, Inspection, PublishedSet, dataset_toml, digest};
use experiment::atomic::replace;
use fetch::{PublishedFile, PublishedFiles, Source, fetch_published};

use crate::args::FetchArguments;
use crate::commands::describe::text;
use crate::download::Download;
use crate::exit::Failure;
use crate::output::Output;

/// The set that is wanted, and where its files are; `None` where OpenML is to be asked.
///
/// # Errors
/// If only one of the two is known.
pub(crate) fn wanted(wanted: &FetchArguments) -> Result<Option<(PublishedSet, &str)>, Failure> {
    match (PublishedSet::named(&wanted.name), &wanted.from) {
        (Some(set), Some(from)) => Ok(Some((set, from))),
        (Some(set), None) => Err(Failure::Usage(format!(
            "{} is published as files: say with --from in which folder they are, or below which address; {}",
            set.name, set.whence
        ))),
        (None, Some(_)) => {
            let names: Vec<&str> = PublishedSet::names().collect();
            Err(Failure::Usage(format!(
                "of `{}` it is not known which files it is published as, only of {}: leave out --from to ask OpenML, \
                 or make it a set of your own with `longtail init`",
                wanted.name,
                names.join(", ")
            )))
        }
        (None, None) => Ok(None),
    }
}

/// Brings the files of `set` into `cache` unless they are there, and describes them for experiments.
pub(crate) fn fetch(
    set: &PublishedSet,
    from: &str,
    cache: &Path,
    output: Output,
) -> Result<ExitCode, Failure> {
    let files = set.files.map(|file| PublishedFile {
        name: file.name,
        bytes: file.bytes,
        blake3: file.blake3,
    });
    let PublishedFiles { paths, from_cache } = {
        let shown = Download::begin(set.name, output);
        let mut heard = |received, total| shown.received(received, total);
        fetch_published(&Source::default(), from, &files, &cache.join(set.name), &mut heard)?
    };
    let name = |i: usize| paths[i].file_name().unwrap_or_default().to_string_lossy().into_owned();
    let (whole, pairs) = set.described(&[0, 1, 2, 3].map(name));
    let names: Vec<String> =
        [&whole].into_iter().chain(&pairs).map(|file| format!("\"{}\"", file.name)).collect();
    let described = output.reading(&paths[0], || {
        for pair in pairs {
            described(pair, &paths[0], cache)?;
        }
        described(whole, &paths[0], cache)
    })?;
    let Described { path, blake3, inspection, summary } = described;
    if output.json {
        output.print_json(&serde_json::json!({
            "name": set.name,
            "dataset": path,
            "blake3": blake3,
            "from_cache": from_cache,
            "summary": summary,
        }))?;
        return Ok(ExitCode::SUCCESS);
    }
    output.print(&text(&inspection, &summary, None))?;
    let whence = if from_cache { "was in the cache" } else { "fetched" };
    output.print(&format!(
        "\n{whence}: {}\ndescribed in: {}\nin an experiment: dataset = {}\n",
        cache.join(set.name).display(),
        path.display(),
        names.join(" or ")
    ))?;
    Ok(ExitCode::SUCCESS)
}

/// A set whose `dataset.toml` is written.
struct Described {
    path: PathBuf,
    blake3: String,
    inspection: Inspection,
    summary: DatasetSummary,
}

/// Writes what `file` says of the images at `images` into the cache, and reads them by it.
fn described(file: DatasetFile, images: &Path, cache: &Path) -> Result<Described, Failure> {
    let path = cache.join(format!("{}.toml", file.name));
    let blake3 = digest(&file.format, images)?;
    let write = |file: &DatasetFile| {
        let text = dataset_toml(file, &DatasetSummary::default());
        replace(&path, text.as_bytes())
            .map_err(|error| Failure::Usage(format!("cannot write {}: {error}", path.display())))
    };
    let file = DatasetFile { blake3: Some(blake3.clone()), ..file };
    write(&file)?;
    let inspection = Inspection::of(&path, None)?;
    write(&DatasetFile { facts: Some(Facts::of(&inspection.dataset)), ..file })?;
    let summary = DatasetSummary::of(&inspection.dataset, Some(&inspection.format));
    Ok(Described { path, blake3, inspection, summary })
}
