//! `longtail datasets [NAME]`: what there is to learn from.

use std::collections::BTreeMap;
use std::process::ExitCode;

use comfy_table::presets::UTF8_BORDERS_ONLY;
use comfy_table::{CellAlignment, Table};
use data::{Catalogue, DataError, Dataset, DatasetSummary, Entry, Facts};
use experiment::file::did_you_mean;
use serde::Serialize;

use crate::commands::describe::{class_spellings, classes, columns, suspicions};
use crate::commands::images;
use crate::commands::positive::to_be_found;
use crate::exit::Failure;
use crate::output::Output;

#[derive(Serialize)]
struct Row<'a> {
    name: &'a str,
    family: &'a str,
    rows: usize,
    numeric: usize,
    categorical: usize,
    classes: usize,
    counts: Vec<u32>,
    imbalance_ratio: f64,
    missing_cells: usize,
    citation: &'a str,
    licence: &'a str,
    /// Why it is not learnt from.
    refusal: Option<&'a str>,
    note: Option<&'a str>,
}

impl<'a> Row<'a> {
    fn of(entry: &'a Entry) -> Self {
        Row {
            name: &entry.name,
            family: &entry.family,
            rows: entry.rows,
            numeric: entry.n_numeric,
            categorical: entry.n_categorical,
            classes: entry.n_classes(),
            counts: largest_first(&entry.counts),
            imbalance_ratio: entry.imbalance_ratio(),
            missing_cells: entry.missing_cells,
            citation: &entry.citation,
            licence: &entry.licence,
            refusal: entry.refusal.as_deref(),
            note: entry.note.as_deref(),
        }
    }

    /// The row with what was loaded: features that are no features of the class are left out then, and a catalogue may
    /// be mistaken.
    fn counted(self, dataset: &Dataset, summary: &DatasetSummary) -> Self {
        let facts = Facts::of(dataset);
        Row {
            rows: facts.rows,
            numeric: facts.numeric,
            categorical: facts.categorical,
            classes: facts.counts.len(),
            counts: largest_first(&facts.counts),
            imbalance_ratio: summary.imbalance_ratio,
            missing_cells: facts.missing,
            ..self
        }
    }
}

fn largest_first(counts: &BTreeMap<String, u32>) -> Vec<u32> {
    let mut counts: Vec<u32> = counts.values().copied().collect();
    counts.sort_unstable_by(|a, b| b.cmp(a));
    counts
}

/// Lists the data sets, or describes the one called `name`.
pub(crate) fn datasets(
    name: Option<&str>,
    catalogue: &Catalogue,
    output: Output,
) -> Result<ExitCode, Failure> {
    match name {
        Some(name) => describe(catalogue, name, output)?,
        None if output.json => {
            let rows: Vec<Row<'_>> = catalogue.entries().iter().map(Row::of).collect();
            output.print_json(&rows)?;
        }
        None => output.print(&list(catalogue))?,
    }
    Ok(ExitCode::SUCCESS)
}

fn list(catalogue: &Catalogue) -> String {
    let mut table = Table::new();
    table.load_preset(UTF8_BORDERS_ONLY);
    table.set_header([
        "data set",
        "rows",
        "numeric",
        "categorical",
        "classes",
        "class counts",
        "imbalance",
    ]);
    for entry in catalogue.entries() {
        let row = Row::of(entry);
        let shown: Vec<String> = row.counts.iter().take(5).map(u32::to_string).collect();
        let more = if row.counts.len() <= 5 { "" } else { " …" };
        table.add_row([
            row.name.to_owned(),
            row.rows.to_string(),
            row.numeric.to_string(),
            row.categorical.to_string(),
            row.classes.to_string(),
            shown.join(" ") + more,
            format!("{:.1}", row.imbalance_ratio),
        ]);
    }
    for i in [1, 2, 3, 4, 6] {
        if let Some(column) = table.column_mut(i) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let groups = Catalogue::GROUPS.join(", @");
    let refused = catalogue.entries().iter().filter_map(|entry| entry.refusal.as_ref());
    let refused: String = refused.map(|refusal| format!("{refusal}\n")).collect();
    format!(
        "{table}\n{refused}{} data sets; in an experiment, @{groups} name whole groups. \
         `longtail datasets NAME` tells more.\n",
        catalogue.entries().len()
    )
}

fn describe(catalogue: &Catalogue, name: &str, output: Output) -> Result<(), Failure> {
    let entry = catalogue.entry(name).ok_or_else(|| {
        let names = catalogue.names();
        let help = did_you_mean(name, names.iter().map(String::as_str));
        let help = help.unwrap_or_else(|| "`longtail datasets` lists the names".to_owned());
        Failure::Usage(format!("there is no data set `{name}`; {help}"))
    })?;
    let (dataset, summary) = output.during(&format!("reading {name}"), || {
        let dataset = catalogue.load(name)?;
        let summary = DatasetSummary::of(&dataset, None);
        Ok::<_, DataError>((dataset, summary))
    })?;
    let row = Row::of(entry).counted(&dataset, &summary);
    if output.json {
        output.print_json(&row)?;
        return Ok(());
    }
    let mut text = format!(
        "{name}: {} rows, {} numeric and {} categorical features, {} missing values\n\nclasses, imbalance ratio {:.1}\n{}",
        row.rows,
        row.numeric,
        row.categorical,
        row.missing_cells,
        row.imbalance_ratio,
        classes(&summary.classes)
    );
    if let Some(positive) = dataset.positive() {
        text += &(to_be_found(&summary, Some(positive)) + "\n");
    }
    text += &class_spellings(&summary);
    text += &match images::text(&dataset) {
        Some(sheet) => format!("\n{sheet}"),
        None => format!("\n{}\n", columns(&summary)),
    };
    text += &suspicions(&summary);
    if let Some(parent) = &entry.parent {
        text += &format!("\ncut from {parent}: positive is {}\n", entry.positives.join(", "));
    }
    let n_folds = dataset.n_official_folds();
    if 0 < n_folds {
        text += &format!("\nofficial folds: {n_folds}\n");
    }
    if let Some(note) = row.note {
        text += &format!("\nnote: {note}\n");
    }
    text += &format!(
        "\nfrom: {}\ncite: {}\nlicence: {}\ncontent: {}\n",
        entry.place(),
        row.citation,
        row.licence,
        dataset.digest()
    );
    output.print(&text)?;
    Ok(())
}
