//! `[treat.COLUMN]` of the `dataset.toml` that `longtail init` writes: what can be read in one way alone as it is, what
//! is for the reader to judge behind `#`.

use std::path::Path;

use data::{Inspection, Proposal, Summary, Treatment, Treatments, treat_header};

use crate::exit::Failure;
use crate::words::visible;

/// A file of data, read again with the treatments that are certain and those that were asked for.
pub(crate) struct Treated {
    pub(crate) inspection: Inspection,
    pub(crate) summary: Summary,
    pub(crate) treat: Treatments,
}

impl Treated {
    pub(crate) fn of(
        file: &Path,
        inspection: Inspection,
        summary: Summary,
        asked: Treatments,
    ) -> Result<Self, Failure> {
        let certain = summary.columns.iter().filter_map(|column| {
            let proposal = column.proposal.as_ref().filter(|proposal| proposal.is_certain)?;
            Some((column.name.clone(), proposal.treatment.clone()))
        });
        let treat: Treatments = certain.chain(asked).collect();
        if treat.is_empty() {
            return Ok(Treated { inspection, summary, treat });
        }
        let inspection = inspection.treated(file, &treat)?;
        let summary = Summary::of(&inspection.dataset, Some(&inspection.format));
        Ok(Treated { inspection, summary, treat })
    }
}

/// A line of the columns that are read as numbers though they are not written so; nothing if there is none.
pub(crate) fn line(treat: &Treatments) -> String {
    let named: Vec<String> = treat
        .iter()
        .map(|(name, treatment)| format!("{name} ({})", treatment.lines().join(", ")))
        .collect();
    if named.is_empty() {
        return String::new();
    }
    format!("treated: {}\n", visible(&named.join("; ")))
}

/// The sections of all columns.
pub(crate) fn sections(treat: &Treatments, summary: &Summary) -> String {
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
            format!(
                "\n{header}\n{}",
                own.lines().iter().map(|l| format!("{l}\n")).collect::<String>()
            )
        }
        (None, Some(_)) => format!("\n# {header}\n"),
        (None, None) => return String::new(),
    };
    let Some(proposal) = proposal else { return text };
    let mut why = format!("  # {}", visible(&proposal.why));
    for line in proposal.treatment.lines() {
        text += &format!("# {line}{why}\n");
        why.clear();
    }
    if let Some(other) = &proposal.alternative {
        text += &format!("# or {}\n", other.lines().join(", "));
    }
    text
}

/// The key for rows that have a twin, to be judged; nothing if there are none.
pub(crate) fn twins(summary: &Summary) -> String {
    match summary.n_duplicates {
        0 => String::new(),
        n => format!(
            "# twins = \"drop\"  # {n} rows have a twin with the same features: one of each class stays; with \"together\" \
             all stay, on one side of a split by groups\n"
        ),
    }
}
