//! Classes that may be one class in several spellings: `longtail init` asks.

use std::path::Path;

use data::{DatasetSummary, Treatment, merged_spellings, treat_header};

use crate::args::Spellings;
use crate::exit::Failure;
use crate::words::visible;

/// How the classes of the column `target` are merged if they are to be; a file whose classes are alike is refused with the
/// question until `answer` is given.
pub(crate) fn merged(
    summary: &DatasetSummary,
    path: &Path,
    target: &str,
    answer: Option<Spellings>,
    is_described: bool,
) -> Result<Option<Treatment>, Failure> {
    let Some(treatment) = merged_spellings(summary).filter(|_| answer != Some(Spellings::Keep))
    else {
        return Ok(None);
    };
    if answer == Some(Spellings::Merge) && !is_described {
        return Ok(Some(treatment));
    }
    let question = summary.class_spellings.as_deref().unwrap_or_default();
    let lines = format!("{} {}", treat_header(target), treatment.lines().join(" "));
    let (file, question, lines) = (path.display(), visible(question), visible(&lines));
    let keep = "if they are different classes, add --spellings keep";
    Err(Failure::Usage(if is_described {
        format!("{file}: {question} If so, add to this file: {lines}; {keep}")
    } else {
        format!(
            "{file}: {question} If so, add --spellings merge, by which its dataset.toml has {lines}; {keep}"
        )
    }))
}
