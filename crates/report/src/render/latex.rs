//! LaTeX with booktabs: `report.tex`.

mod height;
mod layout;
mod letters;

use std::fmt::Write;
use std::ops::Range;

use crate::comparison::Comparison;
use crate::comparison::gains::GainsTable;
use crate::comparison::table::MetricTable;
use crate::render::against::{self, Times};
use crate::render::columns;
use crate::render::folded::folded;
use crate::render::headings::headings;
use crate::render::interactions::{self, Titled};
use crate::render::latex::layout::{Deviations, FOLDED_NAME, Style, fitted, layout};
use crate::render::parts;
use crate::render::remarks;
use crate::render::sheet::{self, Entry, Figure, Sheet, SheetKind, Sign};
use crate::render::shown::Shown;

/// Floats that may wait for a page: the oldest LaTeX keeps 18, those of the document among them.
const MOST_KEPT: usize = 12;

/// The comparison as LaTeX floats, to be `\input` in a document with `\usepackage{booktabs}`: one
/// for each metric, labelled `tab:<metric>`, what differs from the baseline (`tab:<metric>-baseline`), what each part does
/// (`tab:<metric>-parts`), what pairs of choices do where two axes meet (`tab:<metric>-interaction-1`), and one for the gains
/// in it, if there are controls.
///
/// Each is fitted to the text of an article in one column. Where the data sets do not fit beside each other, labels are
/// folded, letters become smaller, what a row is called stands in one column in place of a label for each axis, or a table of
/// few methods is turned on its side; where that does not do, a summary comes first and blocks of data sets follow, labelled
/// `tab:<metric>-<block>`. Deviations are left out where they would more than double the blocks. A table of more rows than a page
/// has room for goes on in other floats, labelled `<label>-rows-2` and so on.
///
/// LaTeX keeps floats until a page has room for them, and stops with an error where it keeps too many: all that it keeps
/// are set after every 12.
pub fn latex(comparison: &Comparison) -> String {
    let floats = floats(comparison);
    let mut text = String::from("% needs \\usepackage{booktabs}\n");
    if MOST_KEPT < floats.len() {
        let _ = writeln!(
            text,
            "% \\clearpage after every {MOST_KEPT} tables: LaTeX keeps few of them waiting for a page."
        );
    }
    if let Some(line) = &comparison.common {
        let _ = writeln!(text, "% {}", line.replace('\n', " "));
    }
    let groups: Vec<String> = floats.chunks(MOST_KEPT).map(<[String]>::concat).collect();
    text + &groups.join("\n\\clearpage\n")
}

fn floats(comparison: &Comparison) -> Vec<String> {
    let mut floats = Vec::new();
    for table in &comparison.tables {
        let n_datasets = table.datasets.len();
        let layout = layout(comparison, table);
        let style = layout.style;
        if let [block] = layout.blocks.as_slice() {
            let sheet = layout.sheet(comparison, table, block);
            let mut part = Float::whole(comparison, table, SheetKind::DataSets, block);
            part.without_deviations(table, style);
            floats.extend(float(table.metric.name(), &sheet, &part, style));
            floats.extend(against(comparison, table));
            continue;
        }
        let part = Float::whole(comparison, table, SheetKind::Summary, &(0..0));
        let summary = sheet::summary(comparison, table).under(&headings(comparison, table));
        let (summary, of_summary) = fitted(summary);
        floats.extend(float(table.metric.name(), &summary, &part, of_summary));
        for (i, block) in layout.blocks.iter().enumerate() {
            let sheet = layout.sheet(comparison, table, block);
            let (start, end) = (block.start + 1, block.end);
            let mut part = Float {
                suffix: format!("-{}", i + 1),
                caption: of_first(
                    comparison,
                    &format!(
                        "{}. Data sets {start} to {end} of {n_datasets}",
                        remarks::title(table)
                    ),
                ),
                under: [distinctions(comparison, table), footnotes(table, block)].concat(),
            };
            part.without_deviations(table, style);
            floats.extend(float(table.metric.name(), &sheet, &part, style));
        }
        floats.extend(against(comparison, table));
    }
    if let Some(sheet) = columns::sheet(comparison) {
        let under = vec![escaped(&columns::remark(comparison))];
        let caption = of_first(comparison, &columns::title(comparison));
        let part = Float { suffix: String::new(), caption, under };
        floats.extend(with_deviations("columns", sheet, part));
    }
    for table in comparison.tables.iter().filter(|table| !table.judgement.parts.is_empty()) {
        floats.extend(parts(comparison, table));
    }
    for table in &comparison.tables {
        floats.extend(interactions(comparison, table));
    }
    for table in comparison.gains.iter().filter(|table| !table.rows.is_empty()) {
        floats.extend(gains(comparison, table));
    }
    floats
}

/// `tab:<metric>-baseline`.
fn against(comparison: &Comparison, table: &MetricTable) -> Vec<String> {
    let Some(sheet) = against::sheet(comparison, table, Times::Shown) else { return Vec::new() };
    let caption = of_first(comparison, &against::title(table));
    let remarks = |shown| vec![against::remark(table, Times::Shown, shown)];
    with_intervals(table.metric.name(), sheet, ("-baseline", caption), remarks)
}

/// `tab:<metric>-gain`.
fn gains(comparison: &Comparison, table: &GainsTable) -> Vec<String> {
    let sheet = sheet::gains(table, comparison.decimals);
    let caption = of_first(comparison, &remarks::gains_title(table));
    let remarks = |shown| remarks::of_gains(table, shown);
    with_intervals(table.metric.name(), sheet, ("-gain", caption), remarks)
}

/// `tab:<metric>-parts`.
fn parts(comparison: &Comparison, table: &MetricTable) -> Vec<String> {
    let sheet = parts::sheet(table, comparison.decimals);
    let caption = of_first(comparison, &parts::title(table));
    let remarks = |shown| vec![parts::remark(table, shown)];
    with_intervals(table.metric.name(), sheet, ("-parts", caption), remarks)
}

/// `tab:<metric>-interaction-1`, one for each choice on the other axes.
fn interactions(comparison: &Comparison, table: &MetricTable) -> Vec<String> {
    let sheets = interactions::sheets(comparison, table);
    let of_sheet = |(i, one): (usize, Titled)| {
        let suffix = format!("-interaction-{}", i + 1);
        let caption = of_first(comparison, &one.title);
        let part = Float { suffix, caption, under: vec![escaped(&one.remark)] };
        let (sheet, style) = fitted(one.sheet);
        float(table.metric.name(), &sheet, &part, style)
    };
    sheets.into_iter().enumerate().flat_map(of_sheet).collect()
}

/// The caption of a float that leaves the protocol to the first.
fn of_first(comparison: &Comparison, title: &str) -> String {
    let first = comparison.tables.first().map(|table| table.metric.name());
    let protocol = first.map(|name| format!(" Protocol: Table~\\ref{{tab:{name}}}."));
    format!("{}.{}", escaped(title), protocol.unwrap_or_default())
}

/// A float with the intervals of its figures, if they have room; `remarks` stand under it.
fn with_intervals(
    name: &str,
    sheet: Sheet,
    (suffix, caption): (&str, String),
    remarks: impl Fn(Shown) -> Vec<String>,
) -> Vec<String> {
    let (sheet, style) = fitted(sheet);
    let shown = Shown { intervals: style.has_deviations(), ..Shown::FULL };
    let under = remarks(shown).iter().map(|line| escaped(line)).collect();
    let part = Float { suffix: suffix.to_owned(), caption, under };
    float(name, &sheet, &part, style)
}

/// A float with the deviations of its figures, if they have room.
fn with_deviations(name: &str, sheet: Sheet, mut part: Float) -> Vec<String> {
    let (sheet, style) = fitted(sheet);
    if !style.has_deviations() {
        part.under.push("Standard deviations: report.md.".to_owned());
    }
    float(name, &sheet, &part, style)
}

/// What is particular to one float of a table.
struct Float {
    /// Of its label.
    suffix: String,
    /// In LaTeX, as what stands under it.
    caption: String,
    under: Vec<String>,
}

impl Float {
    /// The first float of a table: it says everything.
    fn whole(
        comparison: &Comparison,
        table: &MetricTable,
        kind: SheetKind,
        datasets: &Range<usize>,
    ) -> Self {
        let mut caption =
            vec![format!("{}.", remarks::title(table)), comparison.description.clone()];
        caption.extend(comparison.notes.iter().cloned());
        let remarks = remarks::of(comparison, table, kind);
        let common = comparison.common.iter();
        let mut under: Vec<String> = common.chain(&remarks).map(|line| escaped(line)).collect();
        under.extend(remarks::legend(table, kind).into_iter().map(escaped));
        // What has no entries of data sets has no marks of them.
        if kind == SheetKind::DataSets {
            under.extend(distinctions(comparison, table));
        }
        under.extend(footnotes(table, datasets));
        Float { suffix: String::new(), caption: escaped(&caption.join(" ")), under }
    }

    /// Says where the deviations are that had no room.
    fn without_deviations(&mut self, table: &MetricTable, style: Style) {
        let mut cells = table.rows.iter().flat_map(|row| &row.cells);
        if !style.has_deviations() && cells.any(|cell| cell.standard_deviation.is_some()) {
            self.under.push("Standard deviations: report.md.".to_owned());
        }
    }
}

/// What the marks of entries mean.
fn distinctions(comparison: &Comparison, table: &MetricTable) -> Vec<String> {
    let lines = remarks::distinctions(comparison, table);
    lines.iter().map(|line| escaped(line)).collect()
}

fn footnotes(table: &MetricTable, datasets: &Range<usize>) -> Vec<String> {
    let notes = remarks::footnotes(table, datasets);
    notes.iter().map(|(mark, text)| format!("$^{{{mark}}}$\\,{}.", escaped(text))).collect()
}

/// Floats in which all rows of a sheet have room; what stands under it stands under the last.
fn float(name: &str, sheet: &Sheet, part: &Float, style: Style) -> Vec<String> {
    let label = format!("tab:{name}{}", part.suffix);
    let rows = height::parts(sheet, part, style);
    let last = rows.len() - 1;
    let of_part = |(i, rows): (usize, &Range<usize>)| {
        let (caption, label) = match i {
            0 => (part.caption.clone(), label.clone()),
            _ => (format!("Table~\\ref{{{label}}} goes on."), format!("{label}-rows-{}", i + 1)),
        };
        let under = if i == last { &part.under[..] } else { &[] };
        tabular((caption, label), sheet, rows, under, style)
    };
    rows.iter().enumerate().map(of_part).collect()
}

fn tabular(
    (caption, label): (String, String),
    sheet: &Sheet,
    rows: &Range<usize>,
    under: &[String],
    style: Style,
) -> String {
    let mut text = String::new();
    let columns: String =
        (0..sheet.header.len()).map(|i| if i < sheet.n_labels { 'l' } else { 'r' }).collect();
    let _ = write!(
        text,
        "\n\\begin{{table}}\n\\centering\n{}\n\\setlength{{\\tabcolsep}}{{{}pt}}\n\
         \\caption{{{caption}}}\n\\label{{{label}}}\n\\begin{{tabular}}{{@{{}}{columns}@{{}}}}\n\\toprule\n",
        style.size.command(),
        style.size.column_space(),
    );
    let header: Vec<String> = sheet
        .header
        .iter()
        .enumerate()
        .map(
            |(i, name)| {
                if i < sheet.n_labels { escaped(name) } else { stacked(name, FOLDED_NAME, 'r') }
            },
        )
        .collect();
    let _ = writeln!(text, "{} \\\\\n\\midrule", header.join(" & "));
    for place in rows.clone() {
        if let Some(heading) = sheet.heading(place) {
            let (n, heading) = (sheet.header.len(), escaped(heading));
            let _ = writeln!(
                text,
                "\\addlinespace[3pt]\n\\multicolumn{{{n}}}{{@{{}}l@{{}}}}{{\\emph{{{heading}}}}} \\\\"
            );
        }
        let cells: Vec<String> = sheet.rows[place].iter().map(|cell| entry(cell, style)).collect();
        if cells.iter().any(|cell| cell.starts_with("\\shortstack")) {
            text.push_str("\\addlinespace[2pt]\n");
        }
        let _ = writeln!(text, "{} \\\\", cells.join(" & "));
    }
    text.push_str("\\bottomrule\n\\end{tabular}\n");
    if !under.is_empty() {
        let under = under.join("\n");
        let _ = writeln!(text, "\n\\smallskip\n\\parbox{{\\linewidth}}{{\\raggedright {under}}}");
    }
    text.push_str("\\end{table}\n");
    text
}

fn entry(entry: &Entry, style: Style) -> String {
    match entry {
        Entry::Label(label) => stacked(label.as_deref().unwrap_or("—"), style.label, 'l'),
        Entry::Figure(value) => figure(value, style.deviations),
    }
}

fn figure(value: &Figure, deviations: Deviations) -> String {
    let mut text = match &value.text {
        Some(text) if value.is_best => format!("\\textbf{{{}}}", signed(text)),
        Some(text) if value.is_second => format!("\\underline{{{}}}", signed(text)),
        Some(text) => signed(text),
        None => "---".to_owned(),
    };
    let deviation = value.deviation.as_ref().map(|deviation| format!("$\\pm$\\,{deviation}"));
    let interval = value.interval.as_ref();
    let interval = interval.map(|(low, high)| format!("[{}, {}]", signed(low), signed(high)));
    let small: Vec<String> = deviation.into_iter().chain(interval).collect();
    if deviations == Deviations::Beside {
        small.iter().for_each(|small| text += &format!("{{\\tiny\\,{small}}}"));
    }
    if let Some(sign) = value.sign {
        let arrow = if sign == Sign::Better { "uparrow" } else { "downarrow" };
        let _ = write!(text, "$^{{\\{arrow}}}$");
    }
    if let Some(mark) = &value.mark {
        let _ = write!(text, "$^{{{mark}}}$");
    }
    if deviations != Deviations::Beneath || small.is_empty() {
        return text;
    }
    let beneath: String = small.iter().map(|small| format!("\\\\{{\\tiny {small}}}")).collect();
    format!("\\shortstack[r]{{{text}{beneath}}}")
}

/// A hyphen in front of digits is a minus, and `<` is no letter.
fn signed(number: &str) -> String {
    if let Some(bound) = number.strip_prefix('<') {
        return format!("$<${bound}");
    }
    number.strip_prefix('-').map_or_else(|| number.to_owned(), |digits| format!("$-${digits}"))
}

/// A long name in several lines, at the side `aligned`.
fn stacked(name: &str, width: usize, aligned: char) -> String {
    let lines: Vec<String> = folded(name, width).iter().map(|line| escaped(line)).collect();
    match lines.as_slice() {
        [line] => line.clone(),
        lines => format!("\\shortstack[{aligned}]{{{}}}", lines.join("\\\\")),
    }
}

/// Text that LaTeX shows as it is.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' | '%' | '$' | '#' | '_' | '{' | '}' => {
                escaped.push('\\');
                escaped.push(c);
            }
            // After a line break, these two are arguments of it.
            '[' | '*' => {
                escaped.push('{');
                escaped.push(c);
                escaped.push('}');
            }
            '\\' => escaped.push_str("\\textbackslash{}"),
            '↑' => escaped.push_str("$\\uparrow$"),
            '↓' => escaped.push_str("$\\downarrow$"),
            '~' => escaped.push_str("\\textasciitilde{}"),
            '^' => escaped.push_str("\\textasciicircum{}"),
            '<' => escaped.push_str("$<$"),
            '>' => escaped.push_str("$>$"),
            '|' => escaped.push_str("\\textbar{}"),
            '±' => escaped.push_str("$\\pm$"),
            '×' => escaped.push_str("$\\times$"),
            '—' => escaped.push_str("---"),
            '†' => escaped.push_str("$^\\dagger$"),
            '\n' => escaped.push(' '),
            c => letters::push(c, &mut escaped),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_character_that_latex_interprets_is_escaped() {
        assert_eq!(escaped("a_b & 50% #1 {x} $y"), r"a\_b \& 50\% \#1 \{x\} \$y");
        assert_eq!(escaped("[32]*"), "{[}32]{*}");
        assert_eq!(escaped(r"~^\"), r"\textasciitilde{}\textasciicircum{}\textbackslash{}");
        assert_eq!(escaped("p < 0.001 ± ×|—"), r"p $<$ 0.001 $\pm$ $\times$\textbar{}---");
    }

    #[test]
    fn a_dagger_is_raised() {
        assert_eq!(escaped("svm†"), r"svm$^\dagger$");
    }

    #[test]
    fn long_column_names_are_stacked() {
        assert_eq!(
            stacked("yeast-1-2-8-9_vs_7", FOLDED_NAME, 'r'),
            r"\shortstack[r]{yeast-1-2-8-\\9\_vs\_7}"
        );
        assert_eq!(stacked("pima", FOLDED_NAME, 'r'), "pima");
    }
}
