//! `longtail datasets describe FILE`: what is in a file, before anything is learnt from it.

use std::path::Path;
use std::process::ExitCode;

use comfy_table::presets::UTF8_BORDERS_ONLY;
use comfy_table::{CellAlignment, Table};
use data::{
    BoxesSummary, DataError, DatasetFile, DatasetSummary, Encoding, Format, Grouping, Inspection,
    UnlabelledRows, is_voc, read_boxes,
};
use serde_json::json;

use crate::args::DescribeArguments;
use crate::commands::{images, positive};
use crate::exit::Failure;
use crate::output::Output;
use crate::words::{count, path_word, visible, word};

/// Columns that are shown one by one.
const SHOWN_COLUMNS: usize = 60;
/// Classes that are shown one by one.
const SHOWN_CLASSES: usize = 40;

/// Describes the file or folder that is wanted.
pub(crate) fn describe(wanted: &DescribeArguments, output: Output) -> Result<ExitCode, Failure> {
    let path = &wanted.file;
    if wanted.boxes || is_voc(path) {
        let summary =
            output.reading(path, || read_boxes(path).map(|boxes| BoxesSummary::of(&boxes)))?;
        if output.json {
            output.print_json(&summary)?;
        } else {
            output.print(&boxes_text(&summary, path))?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    let (inspection, summary) =
        inspected(path, wanted.target.as_deref(), wanted.labels.as_deref(), output)?;
    if let Some(file) = &wanted.write {
        images::write(&inspection.dataset, file)?;
    }
    if output.json {
        let Inspection { format, target, left_out, .. } = &inspection;
        output.print_json(&json!({
            "format": format,
            "target": target,
            "positive": inspection.positive(),
            "rows_left_out": left_out,
            "twins_left_out": inspection.n_twins_left_out,
            "summary": summary,
        }))?;
        return Ok(ExitCode::SUCCESS);
    }
    output.print(&text(&inspection, &summary, inspection.positive()))?;
    // A path that is no text cannot be typed as it is shown.
    if path.to_str().is_some() {
        output.note(&format!("\nnext: longtail {}", visible(&next(wanted, &inspection))));
    }
    Ok(ExitCode::SUCCESS)
}

/// What is in the file or folder at `path`, read with the column `target` as the class.
pub(crate) fn inspected(
    path: &Path,
    target: Option<&str>,
    labels: Option<&Path>,
    output: Output,
) -> Result<(Inspection, DatasetSummary), DataError> {
    output.reading(path, || {
        let inspection = Inspection::with_labels(path, target, labels)?;
        let summary = DatasetSummary::of(&inspection.dataset, Some(&inspection.format));
        Ok((inspection, summary))
    })
}

/// What to do with a file that is understood; the `dataset.toml` of an experiment is run.
fn next(wanted: &DescribeArguments, inspection: &Inspection) -> String {
    let path = &wanted.file;
    let is_described = DatasetFile::is_at(path);
    let experiment = path.with_file_name("experiment.toml");
    if is_described && wanted.target.is_none() && experiment.exists() {
        return format!("run {}", path_word(&experiment));
    }
    let labels = wanted.labels.as_ref().map(|file| format!(" --labels {}", path_word(file)));
    let target = match (&wanted.target, &inspection.target) {
        (None, Some(_)) if is_described || inspection.dataset.image.is_some() => String::new(),
        (_, Some(target)) if target.starts_with('-') => format!(" --target={}", word(target)),
        (_, Some(target)) => format!(" --target {}", word(target)),
        (_, None) => " --target COLUMN".to_owned(),
    };
    format!("init {}{target}{}", path_word(path), labels.unwrap_or_default())
}

/// Format, classes, columns and what to look at; and of two classes, that `positive` is the one to be found.
pub(crate) fn text(
    inspection: &Inspection,
    summary: &DatasetSummary,
    positive: Option<&str>,
) -> String {
    let mut text = format!(
        "{}: {}\n{}, {}, {}\n",
        visible(&inspection.dataset.name),
        format_text(&inspection.format),
        count(summary.n_rows, "row"),
        match summary.image {
            Some(sizes) => images::sizes(sizes),
            None => count(summary.columns.len(), "feature"),
        },
        count(summary.n_missing, "missing value"),
    );
    match &inspection.target {
        Some(target) => {
            let ratio = summary.imbalance_ratio;
            let target = visible(target);
            text += &format!("\nclass: {target}, imbalance ratio {ratio:.1}\n");
            text += &classes(&summary.classes);
            text += &positive::line(summary, positive);
            text += &class_spellings(summary);
            text += &left_out(inspection);
            text += &together(inspection, summary);
        }
        None => text += "\nclass: not known; name its column with --target (or first, last)\n",
    }
    text += &match images::text(&inspection.dataset) {
        Some(sheet) => format!("\n{sheet}"),
        None => format!("\n{}\n", columns(summary)),
    };
    let left = summary.columns.len().saturating_sub(SHOWN_COLUMNS);
    if 0 < left {
        text += &format!("… and {} more\n", count(left, "column"));
    }
    text += &suspicions(summary);
    if let Some(doubt) = &inspection.doubt {
        text += &format!("look at the encoding: {doubt}\n");
    }
    text
}

fn format_text(format: &Format) -> String {
    match format {
        Format::Csv(csv) => {
            let header = if csv.header { "a header" } else { "no header" };
            let comma = if csv.decimal_comma { ", decimal commas" } else { "" };
            let delimiter = char::from(csv.delimiter);
            let missing: Vec<String> = csv.missing.iter().map(|text| format!("{text:?}")).collect();
            let encoding = match csv.encoding {
                Encoding::Utf8 => "",
                Encoding::Latin1 => " in Windows-1252 (Latin-1)",
                Encoding::Utf16 => " in UTF-16",
            };
            format!(
                "text{encoding}, {delimiter:?} between cells, {header}{comma}, missing is {}",
                missing.join(" ")
            )
        }
        other => other.name().to_owned(),
    }
}

/// A bar for each class.
pub(crate) fn classes(classes: &[(String, u32)]) -> String {
    let largest = f64::from(classes.iter().map(|(_, n)| *n).max().unwrap_or(1).max(1));
    let shown: Vec<(String, u32)> =
        classes.iter().take(SHOWN_CLASSES).map(|(class, n)| (visible(class), *n)).collect();
    let width = shown.iter().map(|(class, _)| class.chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    for (class, n) in &shown {
        let bar = "█".repeat((f64::from(*n) / largest * 40.0).ceil() as usize);
        text += &format!("  {class:<width$} {n:>8} {bar}\n");
    }
    let left = classes.len().saturating_sub(SHOWN_CLASSES);
    if 0 < left {
        text += &format!("  … and {left} more\n");
    }
    text
}

/// A line of classes that may be one, if there are any.
pub(crate) fn class_spellings(summary: &DatasetSummary) -> String {
    let line = |sentence: &String| format!("look at the classes: {}\n", visible(sentence));
    summary.class_spellings.as_ref().map(line).unwrap_or_default()
}

/// A line of the rows that have no class, and one of those that are twins of others, if there are any.
pub(crate) fn left_out(inspection: &Inspection) -> String {
    let twins = match inspection.n_twins_left_out {
        0 => String::new(),
        n => format!(
            "left out: {}, of which others have the features and the class\n",
            count(n, "row")
        ),
    };
    let Some(UnlabelledRows { n_rows, first, line }) = &inspection.left_out else { return twins };
    let place = match line {
        Some(line) => format!("on line {line}"),
        None => format!("row {first} (from 0)"),
    };
    let has = if *n_rows == 1 { "has" } else { "have" };
    format!("left out: {}, which {has} no class, the first {place}\n{twins}", count(*n_rows, "row"))
}

/// A line of the rows that belong together, one of the folds that the set is published with, and one of its test part.
fn together(inspection: &Inspection, summary: &DatasetSummary) -> String {
    let group = |(name, groups): &(String, Grouping)| {
        format!("group: {}, {} values\n", visible(name), groups.n_values)
    };
    let group = summary.group.as_ref().map(group).unwrap_or_default();
    let folds = match inspection.dataset.n_official_folds() {
        0 => String::new(),
        n_folds => format!("official folds: {n_folds}\n"),
    };
    let part = |counts: &Vec<u32>| {
        let tested = count(counts.iter().sum::<u32>() as usize, "row");
        format!("published test part: {tested}; split = \"given\" tests them\n")
    };
    group + &folds + &summary.tested.as_ref().map(part).unwrap_or_default()
}

/// A line for each feature.
pub(crate) fn columns(summary: &DatasetSummary) -> Table {
    let mut table = Table::new();
    table.load_preset(UTF8_BORDERS_ONLY);
    table.set_header(["feature", "kind", "missing", "different", "values"]);
    for column in summary.columns.iter().take(SHOWN_COLUMNS) {
        let values = if let Some([smallest, mean, largest]) = column.range {
            format!("{} to {}, mean {}", short(smallest), short(largest), short(mean))
        } else {
            let level = |(level, n): &(String, usize)| format!("{} {n}", clipped(level));
            let levels: Vec<String> = column.levels.iter().take(4).map(level).collect();
            let more = if column.levels.len() <= 4 { "" } else { ", …" };
            levels.join(", ") + more
        };
        table.add_row([
            clipped(&column.name),
            column.kind.to_owned(),
            column.n_missing.to_string(),
            column.n_distinct.to_string(),
            values,
        ]);
    }
    for i in [2, 3] {
        if let Some(column) = table.column_mut(i) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// Four digits that count.
fn short(x: f64) -> String {
    let magnitude = x.abs();
    if x == x.trunc() && magnitude < 1e9 {
        format!("{x}")
    } else if (1e-3..1e6).contains(&magnitude) {
        format!("{x:.4}")
    } else {
        format!("{x:.3e}")
    }
}

fn clipped(text: &str) -> String {
    let text = visible(text);
    match text.char_indices().nth(28) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// What should make one suspicious.
pub(crate) fn suspicions(summary: &DatasetSummary) -> String {
    let mut text = String::new();
    for column in &summary.columns {
        for suspicion in &column.suspicions {
            text += &visible(&format!("look at {}: {suspicion}", column.name));
            text.push('\n');
        }
    }
    if 0 < summary.n_duplicates {
        let share = 100.0 * summary.n_duplicates as f64 / summary.n_rows.max(1) as f64;
        text += &format!(
            "look at duplicates: {} rows ({share:.1} %) have a twin with the same features",
            summary.n_duplicates
        );
        text += &match (&summary.group, summary.n_across_groups) {
            (Some((group, _)), Some(0)) => {
                format!(
                    ", always of the same `{}`: a split by it keeps them together",
                    visible(group)
                )
            }
            _ => ", which a split may put on its other side".to_owned(),
        };
        match summary.n_across_folds {
            None => {}
            Some(0) => text += "; none straddles the official folds",
            Some(n) => text += &format!("; {n} of them straddle the official folds"),
        }
        if 0 < summary.n_contradictions {
            text += &format!("; {} have a twin of another class", summary.n_contradictions);
        }
        text += ".\n";
    }
    text
}

/// What is in the file of boxes at `path`.
fn boxes_text(summary: &BoxesSummary, path: &Path) -> String {
    let range =
        |[smallest, largest]: [f64; 2]| format!("{} to {}", short(smallest), short(largest));
    format!(
        "{}: {} in {}, {} of them difficult\nwidth {} pixels, height {} pixels\n\nclasses\n{}",
        path.display(),
        if summary.n_boxes == 1 {
            "1 box".to_owned()
        } else {
            format!("{} boxes", summary.n_boxes)
        },
        count(summary.n_images, "image"),
        summary.n_difficult,
        range(summary.width),
        range(summary.height),
        classes(&summary.classes)
    )
}
