//! Classes that may be one class in several spellings: `longtail init` asks.

use std::path::Path;

use data::{Mark, Summary, Treatment, treat_header};

use crate::args::Spellings;
use crate::exit::Failure;
use crate::words::visible;

/// How the classes of the column `target` are merged if they are to be; a file whose classes are alike is refused with the
/// question until `answer` is given. Two classes that are alike are never merged: nothing would be left to tell apart.
pub(crate) fn merged(
    summary: &Summary,
    path: &Path,
    target: &str,
    answer: Option<Spellings>,
    is_described: bool,
) -> Result<Option<Treatment>, Failure> {
    let n_merged: usize = summary.classes_alike.iter().map(|group| group.len() - 1).sum();
    let is_asked = 0 < n_merged && 2 <= summary.classes.len() - n_merged;
    if !is_asked || answer == Some(Spellings::Keep) {
        return Ok(None);
    }
    let treatment = treatment(summary);
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

/// Each group under the name that most rows have.
fn treatment(summary: &Summary) -> Treatment {
    let n_rows = |class: &String| {
        summary.classes.iter().find(|(name, _)| name == class).map_or(0, |(_, n)| *n)
    };
    let mut treatment = Treatment::default();
    for group in &summary.classes_alike {
        let mut by_rows: Vec<&String> = group.iter().collect();
        by_rows.sort_by_key(|class| std::cmp::Reverse(n_rows(class)));
        if let Some((name, others)) = by_rows.split_first() {
            let others = others.iter().map(|other| Mark::new(other.as_str())).collect();
            treatment.merge.insert((*name).clone(), others);
        }
    }
    treatment
}
