//! A `dataset.toml` as it is written for a reader: what is suspicious of a column stands beside its kind, what can be
//! read in one way alone is treated, and what is for the reader to judge stands behind `#`.

use crate::catalogue::dataset_file::DatasetFile;
use crate::describe::proposals::Proposal;
use crate::describe::summary::DatasetSummary;
use crate::draft::features::has_many_levels;
use crate::formats::kind::{Kind, Kinds};
use crate::treatment::keys::{Treatment, Treatments, treat_header};

/// The content of the `dataset.toml` that is `file`, with remarks on what `summary` tells of the data.
///
/// # Panics
/// Never: what such a file says is plain data.
pub fn dataset_toml(file: &DatasetFile, summary: &DatasetSummary) -> String {
    let mut kinds = file.columns.clone();
    let plain = DatasetFile { columns: Kinds::new(), treat: Treatments::new(), ..file.clone() };
    let mut text = toml::to_string(&plain).expect("a dataset file is plain data");
    if !kinds.is_empty() {
        text += "\n[columns]\n";
    }
    if file.twins.is_none() {
        let end_of_keys = text.find("\n[").map_or(0, |at| at + 1);
        text.insert_str(end_of_keys, &twins(summary));
    }
    for column in &summary.columns {
        let Some(kind) = kinds.remove(&column.name) else { continue };
        let mut remarks = column.suspicions.clone();
        if has_many_levels(column) {
            remarks.push(format!("{} levels, each would be a feature", column.n_distinct));
        }
        text += &column_line(&column.name, kind);
        if !remarks.is_empty() {
            text += &format!("  # {}", remark(&remarks.join("; ")));
        }
        text.push('\n');
    }
    kinds.iter().for_each(|(name, kind)| text += &(column_line(name, *kind) + "\n"));
    text + &sections(&file.treat, summary)
}

/// A kind under its key, which TOML may have to quote: a line of `[columns]`.
///
/// # Panics
/// Never: a kind is a name.
pub fn column_line(name: &str, kind: Kind) -> String {
    let kinds = Kinds::from([(name.to_owned(), kind)]);
    toml::to_string(&kinds).expect("a kind is a name").trim_end().to_owned()
}

/// A remark on one line: TOML has no control characters in comments, and a file may hold them anywhere.
fn remark(text: &str) -> String {
    let shown = |c: char| if c.is_control() { c.escape_default().collect() } else { c.to_string() };
    text.chars().map(shown).collect()
}

/// The key for rows that have a twin, to be judged; nothing if there are none.
fn twins(summary: &DatasetSummary) -> String {
    match summary.n_duplicates {
        0 => String::new(),
        n => format!(
            "# twins = \"drop\"  # {n} rows have a twin with the same features: one of each class stays; with \"together\" \
             all stay, on one side of a split by groups\n"
        ),
    }
}

/// `[treat.COLUMN]` of all columns.
fn sections(treat: &Treatments, summary: &DatasetSummary) -> String {
    let mut rest = treat.clone();
    let mut text = String::new();
    for column in &summary.columns {
        let own = rest.remove(&column.name);
        text += &section(&column.name, own.as_ref(), column.proposal.as_ref());
    }
    // Those of the class, and of dates that became other columns.
    for (name, treatment) in &rest {
        text += &section(name, Some(treatment), None);
    }
    if summary.columns.iter().any(|column| column.proposal.is_some()) {
        text = "\n# To judge: remove the `# ` of what is right. A column that is read as numbers then has to be numeric \
                above.\n"
            .to_owned()
            + &text;
    }
    text
}

fn section(name: &str, own: Option<&Treatment>, proposal: Option<&Proposal>) -> String {
    let header = treat_header(name);
    let mut text = match (own, proposal) {
        (Some(own), _) => {
            let lines: String = own.lines().iter().map(|line| format!("{line}\n")).collect();
            format!("\n{header}\n{lines}")
        }
        (None, Some(_)) => format!("\n# {header}\n"),
        (None, None) => return String::new(),
    };
    let Some(proposal) = proposal else { return text };
    let mut why = format!("  # {}", remark(&proposal.why));
    for line in proposal.treatment.lines() {
        text += &format!("# {line}{why}\n");
        why.clear();
    }
    if let Some(other) = &proposal.alternative {
        text += &format!("# or {}\n", other.lines().join(", "));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inspect::Inspection;

    #[test]
    fn a_file_that_is_written_is_read_as_it_was_meant() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.csv");
        let rows: String = (0..40).map(|i| format!("{i},{},{}\n", i * 7 % 5, i % 2)).collect();
        std::fs::write(&path, format!("\"the\tid\",x.y,class\n{rows}")).unwrap();
        let inspection = Inspection::of(&path, Some("class")).unwrap();
        let summary = DatasetSummary::of(&inspection.dataset, Some(&inspection.format));
        let mut file = inspection.described_as("t".to_owned(), "t.csv".to_owned());
        file.columns = summary.columns.iter().map(|c| (c.name.clone(), c.read_as())).collect();
        let text = dataset_toml(&file, &summary);
        assert!(text.contains("\n\"x.y\" = \"numeric\""), "{text}");
        let written = folder.path().join("dataset.toml");
        std::fs::write(&written, text).unwrap();
        assert_eq!(DatasetFile::read(&written).unwrap(), file);
    }

    #[test]
    fn a_remark_stays_on_its_line() {
        assert_eq!(remark("a\nb\u{1b}"), "a\\nb\\u{1b}");
    }
}
