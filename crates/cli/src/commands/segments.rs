//! `longtail segments`: the files in which records are kept.

use std::io::{Write, stdout};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use experiment::store::{Store, print};

use crate::args::SegmentsAction;
use crate::exit::Failure;
use crate::output::{Output, written};

/// Does with segments what is asked.
pub(crate) fn segments(action: &SegmentsAction, output: Output) -> Result<ExitCode, Failure> {
    let SegmentsAction::Cat { paths } = action;
    let mut segments = Vec::new();
    for path in paths {
        segments.extend(segments_of(path)?);
    }
    let mut n_left_out = 0;
    for segment in &segments {
        let mut shown = Ok(());
        let left_out = print(segment, &mut |line| {
            shown = stdout().write_all(line.as_bytes());
            shown.is_ok()
        });
        let left_out = left_out.map_err(|error| Failure::Usage(error.to_string()))?;
        left_out.iter().for_each(|warning| output.warning(warning));
        n_left_out += left_out.len();
        if shown.is_err() {
            // A reader that has gone away wants no more, and that is no error.
            return written(shown).map(|()| ExitCode::SUCCESS);
        }
    }
    written(stdout().flush())?;
    if n_left_out == 0 {
        Ok(ExitCode::SUCCESS)
    } else {
        Err(Failure::Run("not all that is in these segments could be printed".to_owned()))
    }
}

/// The segments that `path` names: itself, or those of a folder of results, or of its `segments/`.
fn segments_of(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let is_segments = path.file_name().is_some_and(|name| name == "segments");
    let folder = if is_segments { path.parent().unwrap_or(path) } else { path };
    let segments = Store::at(folder).segment_files()?;
    if segments.is_empty() {
        return Err(Failure::Usage(format!(
            "{} has no segments: name a folder of results, as in results/quickstart, or one of its segments/",
            path.display()
        )));
    }
    Ok(segments)
}
