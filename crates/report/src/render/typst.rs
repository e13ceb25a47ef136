//! Typst: `report.typ`.

use std::fmt::Write;
use std::ops::Range;

use crate::comparison::Comparison;
use crate::comparison::table::MetricTable;
use crate::render::against::{self, Times};
use crate::render::columns;
use crate::render::headings::headings;
use crate::render::interactions::{self, Titled};
use crate::render::parts;
use crate::render::remarks;
use crate::render::sheet::{self, Entry, Figure, Sheet, SheetKind, Sign};
use crate::render::shown::Shown;

/// The comparison as Typst figures, to be taken into a document with `#include "report.typ"`: one for each metric, labelled
/// `<tab:METRIC>`, `<tab:METRIC-baseline>` for what differs from the baseline `<tab:METRIC-parts>` for what each part does,
/// `<tab:METRIC-interaction-1>` where two axes meet, and `<tab:METRIC-gain>` where there are controls. With more than 8 data sets a summary comes first and blocks follow.
pub fn typst(comparison: &Comparison) -> String {
    let mut text = String::from("#set text(size: 9pt)\n#set figure.caption(position: top)\n");
    for table in &comparison.tables {
        tables(&mut text, comparison, table);
    }
    if let Some(sheet) = columns::sheet(comparison) {
        figure(&mut text, "columns", &format!("{}.", columns::title(comparison)), &sheet);
        under(&mut text, &[columns::remark(comparison)], &[]);
    }
    for table in comparison.gains.iter().filter(|table| !table.rows.is_empty()) {
        let caption = format!("{}.", remarks::gains_title(table));
        let sheet = sheet::gains(table, comparison.decimals);
        let label = format!("{}-gain", table.metric.name());
        figure(&mut text, &label, &caption, &sheet);
        under(&mut text, &remarks::of_gains(table, Shown::FULL), &[]);
    }
    text
}

fn tables(text: &mut String, comparison: &Comparison, table: &MetricTable) {
    let (name, n) = (table.metric.name(), table.datasets.len());
    let mut caption = vec![format!("{}.", remarks::title(table)), comparison.description.clone()];
    caption.extend(comparison.notes.iter().cloned());
    let caption = caption.join(" ");
    let one = sheet::fits(table);
    let kind = if one { SheetKind::DataSets } else { SheetKind::Summary };
    let first = match kind {
        SheetKind::DataSets => sheet::full(comparison, table, 0..n, true),
        SheetKind::Summary => sheet::summary(comparison, table),
    };
    figure(text, name, &caption, &first.under(&headings(comparison, table)));
    let mut lines: Vec<String> = comparison.common.iter().cloned().collect();
    lines.extend(remarks::of(comparison, table, kind));
    lines.extend(remarks::legend(table, kind).into_iter().map(str::to_owned));
    lines.extend(remarks::distinctions(comparison, table));
    let all = if one { 0..n } else { 0..0 };
    under(text, &lines, &remarks::footnotes(table, &all));
    for (i, block) in sheet::blocks(n).into_iter().enumerate().filter(|_| !one) {
        datasets(text, comparison, table, (i, block));
    }
    if let Some(sheet) = against::sheet(comparison, table, Times::Shown) {
        let caption = format!("{}.", against::title(table));
        figure(text, &format!("{name}-baseline"), &caption, &sheet);
        under(text, &[against::remark(table, Times::Shown, Shown::FULL)], &[]);
    }
    if !table.judgement.parts.is_empty() {
        let caption = format!("{}.", parts::title(table));
        let sheet = parts::sheet(table, comparison.decimals);
        figure(text, &format!("{name}-parts"), &caption, &sheet);
        under(text, &[parts::remark(table, Shown::FULL)], &[]);
    }
    for (i, one) in interactions::sheets(comparison, table).into_iter().enumerate() {
        let Titled { title, sheet, remark } = one;
        figure(text, &format!("{name}-interaction-{}", i + 1), &format!("{title}."), &sheet);
        under(text, &[remark], &[]);
    }
}

/// Some of the data sets.
fn datasets(
    text: &mut String,
    comparison: &Comparison,
    table: &MetricTable,
    (i, block): (usize, Range<usize>),
) {
    let (start, end, n) = (block.start + 1, block.end, table.datasets.len());
    let caption = format!("{}. Data sets {start} to {end} of {n}.", remarks::title(table));
    let label = format!("{}-{}", table.metric.name(), i + 1);
    let sheet = sheet::full(comparison, table, block.clone(), true);
    figure(text, &label, &caption, &sheet.under(&headings(comparison, table)));
    under(text, &[], &remarks::footnotes(table, &block));
}

fn figure(text: &mut String, label: &str, caption: &str, sheet: &Sheet) {
    let sides: Vec<&str> = (0..sheet.header.len())
        .map(|i| if i < sheet.n_labels { "left" } else { "right" })
        .collect();
    let header: Vec<String> =
        sheet.header.iter().map(|name| format!("[{}]", escaped(name))).collect();
    let _ = write!(
        text,
        "\n#figure(\n  kind: table,\n  caption: [{}],\n  table(\n    columns: {},\n    align: ({},),\n    stroke: none,\n    \
         table.hline(),\n    table.header({}),\n    table.hline(stroke: 0.5pt),\n",
        escaped(caption),
        sides.len(),
        sides.join(", "),
        header.join(", "),
    );
    for (place, row) in sheet.rows.iter().enumerate() {
        if let Some(heading) = sheet.heading(place) {
            let (n, heading) = (sheet.header.len(), escaped(heading));
            let _ = writeln!(text, "    table.cell(colspan: {n}, align: left)[#emph[{heading}]],");
        }
        let cells: Vec<String> = row.iter().map(|cell| format!("[{}]", entry(cell))).collect();
        let _ = writeln!(text, "    {},", cells.join(", "));
    }
    let _ = writeln!(text, "    table.hline(),\n  ),\n) <tab:{label}>");
}

/// What stands under a figure.
fn under(text: &mut String, lines: &[String], footnotes: &[(String, String)]) {
    let lines = lines.iter().map(|line| escaped(line));
    let notes = footnotes.iter().map(|(mark, note)| format!("#super[{mark}] {}.", escaped(note)));
    let all: Vec<String> = lines.chain(notes).collect();
    if !all.is_empty() {
        let _ = writeln!(text, "#text(size: 0.85em)[{}]", all.join("\n"));
    }
}

fn entry(entry: &Entry) -> String {
    match entry {
        Entry::Label(label) => escaped(label.as_deref().unwrap_or("—")),
        Entry::Figure(value) => value_of(value),
    }
}

fn value_of(value: &Figure) -> String {
    let number = |text: &str| escaped(&text.replace('-', "\u{2212}"));
    let mut text = match &value.text {
        Some(text) if value.is_best => format!("#strong[{}]", number(text)),
        Some(text) if value.is_second => format!("#underline[{}]", number(text)),
        Some(text) => number(text),
        None => "—".to_owned(),
    };
    if let Some(deviation) = &value.deviation {
        let _ = write!(text, "#text(size: 0.7em)[ ± {deviation}]");
    }
    if let Some((low, high)) = &value.interval {
        let _ = write!(text, "#text(size: 0.7em)[ ({} to {})]", number(low), number(high));
    }
    if let Some(sign) = value.sign {
        let _ = write!(text, "#super[{}]", if sign == Sign::Better { '↑' } else { '↓' });
    }
    if let Some(mark) = &value.mark {
        let _ = write!(text, "#super[{mark}]");
    }
    text
}

/// Text that Typst shows as it is.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        if "\\#*_`$<>@[]~=-+/\"'".contains(c) {
            escaped.push('\\');
        }
        escaped.push(if c == '\n' { ' ' } else { c });
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_typst_would_interpret_is_escaped() {
        assert_eq!(escaped("mlp(hidden=[32]) #1 // a_b"), r"mlp(hidden\=\[32\]) \#1 \/\/ a\_b");
    }
}
