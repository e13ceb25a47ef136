//! LaTeX with booktabs: `report.tex`.

use std::fmt::Write;
use std::ops::Range;

use crate::comparison::{Comparison, Table};
use crate::render::sheet::{self, Entry, Kind, Sheet, Value};

/// Characters of a line of a column's name.
const FOLDED_NAME: usize = 13;

/// The comparison as LaTeX floats, to be `\input` in a document with `\usepackage{booktabs}`: one
/// for each metric, labelled `tab:<metric>`.
///
/// With more than 8 data sets, a summary over them comes first and blocks of data sets follow,
/// labelled `tab:<metric>-<block>`.
pub fn latex(comparison: &Comparison) -> String {
    let mut text = String::from("% needs \\usepackage{booktabs}\n");
    if let Some(line) = &comparison.common {
        let _ = writeln!(text, "% {}", line.replace('\n', " "));
    }
    for table in &comparison.tables {
        let n_datasets = table.datasets.len();
        if sheet::fits(table) {
            let sheet = sheet::full(comparison, table, 0..n_datasets, true);
            let part = Part::whole(comparison, table, Kind::DataSets, &(0..n_datasets));
            float(&mut text, table, &sheet, &part);
            continue;
        }
        let part = Part::whole(comparison, table, Kind::Summary, &(0..0));
        float(&mut text, table, &sheet::summary(comparison, table), &part);
        for (i, block) in sheet::blocks(n_datasets).into_iter().enumerate() {
            let sheet = sheet::full(comparison, table, block.clone(), true);
            let (start, end) = (block.start + 1, block.end);
            let part = Part {
                suffix: format!("-{}", i + 1),
                caption: format!(
                    "{}. Data sets {start} to {end} of {n_datasets}.",
                    sheet::title(table)
                ),
                under: footnotes(table, &block),
            };
            float(&mut text, table, &sheet, &part);
        }
    }
    text
}

/// What is particular to one float of a table.
struct Part {
    /// Of its label.
    suffix: String,
    caption: String,
    /// What stands under it, in LaTeX.
    under: Vec<String>,
}

impl Part {
    /// The first float of a table: it says everything.
    fn whole(comparison: &Comparison, table: &Table, kind: Kind, datasets: &Range<usize>) -> Self {
        let mut caption = vec![format!("{}.", sheet::title(table)), comparison.description.clone()];
        caption.extend(comparison.notes.iter().cloned());
        let remarks = sheet::remarks(comparison, table, kind);
        let mut under: Vec<String> = remarks.iter().map(|line| escaped(line)).collect();
        under.extend(sheet::legend(table, kind).into_iter().map(escaped));
        under.extend(footnotes(table, datasets));
        Part { suffix: String::new(), caption: caption.join(" "), under }
    }
}

fn footnotes(table: &Table, datasets: &Range<usize>) -> Vec<String> {
    let notes = sheet::footnotes(table, datasets);
    notes.iter().map(|(mark, text)| format!("$^{{{mark}}}$\\,{}.", escaped(text))).collect()
}

fn float(text: &mut String, table: &Table, sheet: &Sheet, part: &Part) {
    let columns: String =
        (0..sheet.header.len()).map(|i| if i < sheet.n_labels { 'l' } else { 'r' }).collect();
    let _ = write!(
        text,
        "\n\\begin{{table}}\n\\centering\n\\footnotesize\n\\setlength{{\\tabcolsep}}{{4pt}}\n\
         \\caption{{{}}}\n\\label{{tab:{}{}}}\n\\begin{{tabular}}{{@{{}}{columns}@{{}}}}\n\\toprule\n",
        escaped(&part.caption),
        table.metric.name(),
        part.suffix,
    );
    let header: Vec<String> = sheet
        .header
        .iter()
        .enumerate()
        .map(|(i, name)| if i < sheet.n_labels { escaped(name) } else { stacked(name) })
        .collect();
    let _ = writeln!(text, "{} \\\\\n\\midrule", header.join(" & "));
    for row in &sheet.rows {
        let cells: Vec<String> = row.iter().map(entry).collect();
        let _ = writeln!(text, "{} \\\\", cells.join(" & "));
    }
    text.push_str("\\bottomrule\n\\end{tabular}\n");
    if !part.under.is_empty() {
        let under = part.under.join("\n");
        let _ = writeln!(text, "\n\\smallskip\n\\parbox{{\\linewidth}}{{\\raggedright {under}}}");
    }
    text.push_str("\\end{table}\n");
}

fn entry(entry: &Entry) -> String {
    match entry {
        Entry::Label(label) => label.as_deref().map_or_else(|| "---".to_owned(), escaped),
        Entry::Value(value) => figure(value),
    }
}

fn figure(value: &Value) -> String {
    let mut text = match &value.text {
        Some(text) if value.is_best => format!("\\textbf{{{}}}", signed(text)),
        Some(text) => signed(text),
        None => "---".to_owned(),
    };
    if let Some(deviation) = &value.deviation {
        let _ = write!(text, "{{\\tiny\\,$\\pm$\\,{deviation}}}");
    }
    if let Some(mark) = &value.mark {
        let _ = write!(text, "$^{{{mark}}}$");
    }
    text
}

/// A hyphen in front of digits is a minus.
fn signed(number: &str) -> String {
    number.strip_prefix('-').map_or_else(|| number.to_owned(), |digits| format!("$-${digits}"))
}

/// A long name of a column in several lines.
fn stacked(name: &str) -> String {
    let lines: Vec<String> =
        sheet::folded(name, FOLDED_NAME).iter().map(|line| escaped(line)).collect();
    match lines.as_slice() {
        [line] => line.clone(),
        lines => format!("\\shortstack[r]{{{}}}", lines.join("\\\\")),
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
            c => escaped.push(c),
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
        assert_eq!(stacked("yeast-1-2-8-9_vs_7"), r"\shortstack[r]{yeast-1-2-8-\\9\_vs\_7}");
        assert_eq!(stacked("pima"), "pima");
    }
}
