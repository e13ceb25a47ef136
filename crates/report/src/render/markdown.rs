//! GitHub's Markdown: `report.md`. The same cells give the same file, whatever the time they took.

use std::fmt::Write;
use std::ops::Range;

use crate::comparison::Comparison;
use crate::comparison::chosen;
use crate::comparison::table::MetricTable;
use crate::judgement::paragraph::Span;
use crate::render::against::{self, Times};
use crate::render::columns;
use crate::render::headings::headings;
use crate::render::interactions::{self, Titled};
use crate::render::parts;
use crate::render::remarks;
use crate::render::sheet::{self, Entry, Figure, Sheet, SheetKind, Sign};
use crate::render::shown::Shown;

/// The comparison as a Markdown page: best values bold, standard deviations beside the means.
///
/// With more than 8 data sets, a summary over them comes first and the data sets follow in blocks.
pub fn markdown(comparison: &Comparison) -> String {
    let mut page = format!("# {}\n\n", escaped(&comparison.question));
    for paragraph in comparison.answers() {
        let written = |span: &Span| {
            if span.strong { format!("**{}**", escaped(&span.text)) } else { escaped(&span.text) }
        };
        page.extend(paragraph.spans.iter().map(written));
        page.push_str("\n\n");
    }
    let _ = writeln!(page, "{}", escaped(&comparison.description));
    let mut notes: Vec<&str> =
        comparison.common.iter().chain(&comparison.notes).map(String::as_str).collect();
    for table in &comparison.tables {
        let fresh = remarks::legend(table, kind(table)).into_iter().chain(remarks::failures(table));
        notes.extend(fresh.filter(|line| !notes.contains(line)).collect::<Vec<_>>());
    }
    if !notes.is_empty() {
        page.push('\n');
        bullets(&mut page, notes);
    }
    let chosen = chosen::not_noted(&comparison.chosen);
    if !chosen.is_empty() {
        page.push_str("\nIn the other rows:\n\n");
        bullets(&mut page, chosen.iter().map(String::as_str));
    }
    if !comparison.warnings.is_empty() {
        page.push_str("\nWhat to mind:\n\n");
        bullets(&mut page, comparison.warnings.iter().map(|warning| warning.text.as_str()));
    }
    for table in &comparison.tables {
        section(&mut page, comparison, table);
    }
    if let Some(sheet) = columns::sheet(comparison) {
        let _ = write!(page, "\n## {}\n\n", escaped(&columns::title(comparison)));
        grid(&mut page, &sheet);
        page.push('\n');
        bullets(&mut page, [columns::remark(comparison).as_str()]);
    }
    for table in comparison.tables.iter().filter(|table| !table.judgement.parts.is_empty()) {
        let _ = write!(page, "\n## {}\n\n", escaped(&parts::title(table)));
        grid(&mut page, &parts::sheet(table, comparison.decimals));
        page.push('\n');
        bullets(&mut page, [parts::remark(table, Shown::FULL).as_str()]);
    }
    for table in &comparison.tables {
        for Titled { title, sheet, remark } in interactions::sheets(comparison, table) {
            let _ = write!(page, "\n## {}\n\n", escaped(&title));
            grid(&mut page, &sheet);
            page.push('\n');
            bullets(&mut page, [remark.as_str()]);
        }
    }
    for table in comparison.gains.iter().filter(|table| !table.rows.is_empty()) {
        let _ = write!(page, "\n## {}\n\n", escaped(&remarks::gains_title(table)));
        grid(&mut page, &sheet::gains(table, comparison.decimals));
        page.push('\n');
        bullets(&mut page, remarks::of_gains(table, Shown::FULL).iter().map(String::as_str));
    }
    page
}

/// What comes first of a table.
fn kind(table: &MetricTable) -> SheetKind {
    if sheet::fits(table) { SheetKind::DataSets } else { SheetKind::Summary }
}

fn section(page: &mut String, comparison: &Comparison, table: &MetricTable) {
    let _ = write!(page, "\n## {}\n\n", escaped(&remarks::title(table)));
    let n_datasets = table.datasets.len();
    let remarks = remarks::of(comparison, table, kind(table));
    let headings = headings(comparison, table);
    match kind(table) {
        SheetKind::DataSets => {
            grid(page, &sheet::full(comparison, table, 0..n_datasets, true).under(&headings));
            page.push('\n');
            bullets(page, remarks.iter().map(String::as_str));
            footnotes(page, &remarks::footnotes(table, &(0..n_datasets)));
        }
        SheetKind::Summary => {
            grid(page, &sheet::summary(comparison, table).under(&headings));
            page.push('\n');
            bullets(page, remarks.iter().map(String::as_str));
            for block in sheet::blocks(n_datasets) {
                datasets(page, comparison, table, block);
            }
        }
    }
    let distinctions = remarks::distinctions(comparison, table);
    if kind(table) == SheetKind::Summary && !distinctions.is_empty() {
        page.push('\n');
    }
    bullets(page, distinctions.iter().map(String::as_str));
    if let Some(sheet) = against::sheet(comparison, table, Times::LeftOut) {
        let _ = write!(page, "\n### {}\n\n", escaped(&against::title(table)));
        grid(page, &sheet);
        page.push('\n');
        bullets(page, [against::remark(table, Times::LeftOut, Shown::FULL).as_str()]);
    }
}

/// Some of the data sets under a heading of their own.
fn datasets(page: &mut String, comparison: &Comparison, table: &MetricTable, block: Range<usize>) {
    let (start, end, n) = (block.start + 1, block.end, table.datasets.len());
    let _ = write!(page, "\n### Data sets {start} to {end} of {n}\n\n");
    let headings = headings(comparison, table);
    grid(page, &sheet::full(comparison, table, block.clone(), true).under(&headings));
    let notes = remarks::footnotes(table, &block);
    if !notes.is_empty() {
        page.push('\n');
        footnotes(page, &notes);
    }
}

fn bullets<'a>(page: &mut String, lines: impl IntoIterator<Item = &'a str>) {
    for line in lines {
        let _ = writeln!(page, "- {}", escaped(line));
    }
}

fn footnotes(page: &mut String, notes: &[(String, String)]) {
    for (mark, text) in notes {
        let _ = writeln!(page, "- <sup>{mark}</sup> {}.", escaped(text));
    }
}

/// A pipe table whose source is aligned as well.
fn grid(page: &mut String, sheet: &Sheet) {
    let header: Vec<String> = sheet.header.iter().map(|name| escaped(name)).collect();
    let rows: Vec<Vec<String>> =
        sheet.rows.iter().map(|row| row.iter().map(entry).collect()).collect();
    let widths: Vec<usize> = (0..header.len())
        .map(|i| {
            rows.iter()
                .map(|row| &row[i])
                .chain([&header[i]])
                .map(|text| text.chars().count())
                .max()
        })
        .map(|width| width.unwrap_or_default().max(3))
        .collect();
    let line = |cells: &[String]| -> String {
        let padded = cells.iter().zip(&widths).enumerate().map(|(i, (cell, &width))| {
            if i < sheet.n_labels {
                format!(" {cell:<width$} |")
            } else {
                format!(" {cell:>width$} |")
            }
        });
        format!("|{}\n", padded.collect::<String>())
    };
    page.push_str(&line(&header));
    let rules = widths.iter().enumerate().map(|(i, &width)| {
        if i < sheet.n_labels {
            format!(" {} |", "-".repeat(width))
        } else {
            format!(" {}: |", "-".repeat(width - 1))
        }
    });
    let _ = writeln!(page, "|{}", rules.collect::<String>());
    for (place, row) in rows.iter().enumerate() {
        if let Some(heading) = sheet.heading(place) {
            let mut cells = vec![String::new(); widths.len()];
            cells[0] = format!("*{}*", escaped(heading));
            page.push_str(&line(&cells));
        }
        page.push_str(&line(row));
    }
}

fn entry(entry: &Entry) -> String {
    match entry {
        Entry::Label(label) => label.as_deref().map_or_else(|| "—".to_owned(), escaped),
        Entry::Figure(value) => figure(value),
    }
}

fn figure(value: &Figure) -> String {
    let mut text = match &value.text {
        Some(text) if value.is_best => format!("**{text}**"),
        Some(text) if value.is_second => format!("<ins>{text}</ins>"),
        Some(text) if text.starts_with('<') => escaped(text),
        Some(text) => text.clone(),
        None => "—".to_owned(),
    };
    if let Some(deviation) = &value.deviation {
        let _ = write!(text, " ± {deviation}");
    }
    if let Some((low, high)) = &value.interval {
        let _ = write!(text, " ({low} to {high})");
    }
    if let Some(sign) = value.sign {
        text.push(if sign == Sign::Better { '↑' } else { '↓' });
    }
    if let Some(mark) = &value.mark {
        let _ = write!(text, "<sup>{mark}</sup>");
    }
    text
}

/// Text that Markdown shows as it is. Underscores inside words mean nothing to GitHub and stay.
pub(crate) fn escaped(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let is_word =
        |i: Option<usize>| i.and_then(|i| characters.get(i)).is_some_and(|c| c.is_alphanumeric());
    let mut escaped = String::with_capacity(text.len());
    for (i, &c) in characters.iter().enumerate() {
        let inside = is_word(i.checked_sub(1)) && is_word(Some(i + 1));
        match c {
            '\\' | '`' | '*' | '|' | '<' | '[' | ']' | '#' | '~' | '$' => escaped.push('\\'),
            '_' if !inside => escaped.push('\\'),
            _ => {}
        }
        escaped.push(if c == '\n' { ' ' } else { c });
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_markdown_would_interpret_is_escaped() {
        assert_eq!(escaped("a|b*c_d _e p < 1"), r"a\|b\*c_d \_e p \< 1");
        assert_eq!(escaped("mlp(hidden=[32])"), r"mlp(hidden=\[32\])");
        assert_eq!(escaped("$5 for $x$"), r"\$5 for \$x\$", "two of them are a formula");
    }
}
