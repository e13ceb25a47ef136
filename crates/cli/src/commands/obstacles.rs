//! What no experiment could use is refused, with what would help.

use std::path::Path;

use data::{DatasetSummary, Inspection, Obstacle};

use crate::exit::Failure;
use crate::words::visible;

/// Refuses the file at `path`, of which is known what `inspection` and `summary` say, if nothing can be learnt from it.
pub(crate) fn check(
    inspection: &Inspection,
    summary: &DatasetSummary,
    path: &Path,
    positive: Option<&str>,
) -> Result<(), Failure> {
    let Some(obstacle) = Obstacle::of(inspection, summary, path, positive) else { return Ok(()) };
    let file = path.display();
    let target = visible(inspection.target.as_deref().unwrap_or_default());
    let n_rows = summary.n_rows;
    Err(Failure::Usage(match obstacle {
        Obstacle::NoTarget => {
            let names = summary.columns.iter().map(|column| visible(&column.name));
            let shown = names.take(12).collect::<Vec<_>>().join(", ");
            let more = if 12 < summary.columns.len() { ", ..." } else { "" };
            format!(
                "{file} does not say which column is the class: add --target COLUMN (or first, last), one of {shown}{more}"
            )
        }
        Obstacle::MostlyUnlabelled { n_without } => format!(
            "{file}: the column `{target}` is empty in {n_without} of {} rows: is another the class? if not, say \
             unlabelled = \"drop\" in a dataset.toml",
            n_rows + n_without
        ),
        Obstacle::OneClass => {
            format!("{file}: the column `{target}` never changes: there is nothing to tell apart")
        }
        Obstacle::TooManyClasses => format!(
            "{file}: the column `{target}` has {} different values in {n_rows} rows: an identifier or a quantity \
             is no class",
            summary.classes.len()
        ),
        Obstacle::SingleRow { class } => format!(
            "{file}: the class `{}` has a single row, which cannot be both learnt from and tested",
            visible(&class)
        ),
        Obstacle::UnknownPositive => {
            let known: Vec<String> =
                summary.classes.iter().map(|(class, _)| visible(class)).collect();
            let class = positive.unwrap_or_default();
            format!("there is no class `{class}`: classes are {}", known.join(", "))
        }
    }))
}
