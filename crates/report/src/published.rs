//! Our figures beside published ones, and whether they agree.
//!
//! The published table is a CSV file with a column `dataset` and columns of means and deviations, which
//! `[[published]]` of the experiment file explains. Names of data sets are compared without case and
//! punctuation: `glass-0-1-6-vs-2` is `glass-0-1-6_vs_2`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use evaluation::summary::{mean, population_deviation};
use experiment::file::PublishedSpec;
use experiment::labels::Labels;
use experiment::plan::Plan;
use experiment::record::{Reproducible, TrialRecord};
use experiment::trial::TrialCell;
use experiment::{Axis, CellId};
use strum::IntoEnumIterator;

/// One published column beside ours.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Published {
    /// The column of the published table.
    pub column: String,
    /// What ours is: metric and rows.
    pub description: String,
    /// One line a data set, in the order of the published table.
    pub lines: Vec<PublishedLine>,
    /// Data sets of the experiment that the published table does not have. They were not compared: what holds,
    /// holds on the others.
    pub not_in_file: Vec<String>,
    /// Largest difference that is allowed.
    pub tolerance: f64,
    /// Largest root mean square of the differences of means that is allowed.
    pub rms_tolerance: Option<f64>,
}

/// One data set.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct PublishedLine {
    /// As it is called in the published table.
    pub dataset: String,
    /// The means.
    pub mean: PublishedPair,
    /// The deviations, if they are compared.
    pub deviation: Option<PublishedPair>,
}

/// A published figure and ours.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct PublishedPair {
    /// As printed.
    pub published: f64,
    /// `None` if nothing was run, or the metric is undefined.
    pub ours: Option<f64>,
}

impl PublishedPair {
    /// Ours minus the published figure.
    pub fn difference(&self) -> Option<f64> {
        self.ours.map(|ours| ours - self.published)
    }
}

/// Room for the rounding of a difference of two decimal numbers.
const ROUNDING: f64 = 1e-9;

impl Published {
    fn pairs(&self) -> impl Iterator<Item = &PublishedPair> {
        self.lines.iter().flat_map(|line| std::iter::once(&line.mean).chain(&line.deviation))
    }

    /// Whether a difference is allowed. One that is no number is not, nor is any under a tolerance that is none.
    pub(crate) fn allows(&self, difference: f64) -> bool {
        difference.abs() <= self.tolerance + ROUNDING
    }

    /// Figures that differ by more than the tolerance, or that we do not have.
    pub fn n_beyond(&self) -> usize {
        let allowed = |pair: &PublishedPair| {
            pair.difference().is_some_and(|difference| self.allows(difference))
        };
        self.pairs().filter(|pair| !allowed(pair)).count()
    }

    /// The largest difference.
    pub fn largest(&self) -> Option<f64> {
        self.pairs().filter_map(PublishedPair::difference).map(f64::abs).reduce(f64::max)
    }

    /// Root mean square of the differences of means.
    pub fn rms(&self) -> Option<f64> {
        let differences = self.lines.iter().filter_map(|line| line.mean.difference());
        mean(differences.map(|difference| difference * difference)).map(f64::sqrt)
    }

    /// Whether every figure is there and within the tolerances.
    pub fn holds(&self) -> bool {
        let rms = self
            .rms_tolerance
            .is_none_or(|tolerance| self.rms().is_some_and(|rms| rms <= tolerance + ROUNDING));
        self.n_beyond() == 0 && rms && !self.lines.is_empty()
    }
}

/// Compares what is recorded of `plan` with the published table at `path`, once for each `[[published]]` of it.
///
/// # Errors
/// If the table cannot be read, or lacks a column, or a `[[published]]` means several methods: one sentence.
pub fn published(
    plan: &Plan,
    records: &[&TrialRecord],
    path: &Path,
) -> Result<Vec<Published>, String> {
    let table = PublishedTable::read(path)?;
    let trials: BTreeMap<CellId, &Reproducible> =
        records.iter().map(|record| (record.trial.id, &record.trial)).collect();
    let mut of_dataset: BTreeMap<String, Vec<&TrialCell>> = BTreeMap::new();
    for planned in plan.compared() {
        let cell = &planned.cell;
        of_dataset.entry(plain(&cell.spec.dataset.to_string())).or_default().push(cell);
    }
    for cells in of_dataset.values_mut() {
        cells.sort_by_key(|cell| (cell.spec.seed, cell.spec.fold, cell.id));
    }
    plan.published
        .iter()
        .map(|spec| compare(spec, &plan.labels, &table, &of_dataset, &trials))
        .collect()
}

fn compare(
    spec: &PublishedSpec,
    labels: &Labels,
    table: &PublishedTable,
    of_dataset: &BTreeMap<String, Vec<&TrialCell>>,
    trials: &BTreeMap<CellId, &Reproducible>,
) -> Result<Published, String> {
    let means = table.numbers(&spec.column)?;
    let deviations = spec.deviation.as_ref().map(|name| table.numbers(name)).transpose()?;
    // As tables write it, or by what differs from the defaults.
    let is_named = |cell: &TrialCell, axis: Axis, label: &String| {
        cell.spec.label_among(labels, axis).as_ref() == Some(label)
            || cell.spec.label(axis).as_ref() == Some(label)
    };
    let is_meant =
        |cell: &&&TrialCell| spec.rows.iter().all(|(axis, label)| is_named(cell, *axis, label));
    let in_file: BTreeSet<String> = table.datasets.iter().map(|name| plain(name)).collect();
    let not_in_file = of_dataset
        .iter()
        .filter(|(name, _)| !in_file.contains(*name))
        .filter_map(|(_, cells)| Some(cells.iter().find(is_meant)?.spec.dataset.to_string()))
        .collect();
    let mut lines = Vec::new();
    for (row, (dataset, &published)) in table.datasets.iter().zip(&means).enumerate() {
        let cells = of_dataset.get(&plain(dataset)).map_or(&[][..], Vec::as_slice);
        let meant: Vec<&TrialCell> = cells.iter().filter(is_meant).copied().collect();
        one_method(&meant, spec, labels, dataset)?;
        // A mean over some of the folds is another figure: all have to be there.
        let value = |cell: &&TrialCell| {
            let results = trials.get(&cell.id)?.results.as_deref()?;
            results.best.test.values.get(spec.metric)
        };
        let values: Vec<f64> = meant.iter().map(value).collect::<Option<_>>().unwrap_or_default();
        lines.push(PublishedLine {
            dataset: dataset.clone(),
            mean: PublishedPair { published, ours: mean(values.iter().copied()) },
            deviation: deviations.as_ref().map(|deviations| PublishedPair {
                published: deviations[row],
                ours: population_deviation(&values),
            }),
        });
    }
    let rows: Vec<String> =
        spec.rows.iter().map(|(axis, label)| format!("{axis} {label}")).collect();
    let metric = spec.metric.name();
    Ok(Published {
        column: spec.column.clone(),
        description: [vec![metric.to_owned()], rows].concat().join(", "),
        lines,
        not_in_file,
        tolerance: spec.tolerance.get(),
        rms_tolerance: spec.rms.map(f64::from),
    })
}

/// Refuses cells that differ in more than fold and seed.
fn one_method(
    cells: &[&TrialCell],
    spec: &PublishedSpec,
    labels: &Labels,
    dataset: &str,
) -> Result<(), String> {
    for axis in Axis::iter().filter(|&axis| axis != Axis::Dataset) {
        let choices: BTreeSet<String> =
            cells.iter().filter_map(|cell| cell.spec.label_among(labels, axis)).collect();
        if 1 < choices.len() {
            let choices: Vec<String> = choices.into_iter().collect();
            return Err(format!(
                "[[published]] for the column `{}` means several methods on {dataset}: add to its rows one of {axis} = \
                 {}",
                spec.column,
                choices.join(", ")
            ));
        }
    }
    Ok(())
}

/// A name without case and punctuation.
fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// The published table.
struct PublishedTable {
    file: String,
    text: String,
    header: csv::StringRecord,
    rows: Vec<csv::StringRecord>,
    datasets: Vec<String>,
}

impl PublishedTable {
    fn read(path: &Path) -> Result<Self, String> {
        let file = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(|error| format!("cannot read {file}: {error}"))?;
        PublishedTable::parse(file, text)
    }

    fn parse(file: String, text: String) -> Result<Self, String> {
        let mut reader =
            csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
        let wrong = |error: csv::Error| {
            let line = error.position().map_or(1, |position| place(&text, position, 0).0);
            match error.kind() {
                csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
                    format!("{file}:{line}:1: {len} cells where the header has {expected_len}")
                }
                _ => format!("{file}:{line}:1: this is no text table"),
            }
        };
        let header = reader.headers().map_err(wrong)?.clone();
        let rows = reader.records().collect::<Result<Vec<_>, _>>().map_err(wrong)?;
        let mut table = PublishedTable { file, text, header, rows, datasets: Vec::new() };
        let column = table.column("dataset")?;
        table.datasets = table.rows.iter().map(|row| row[column].to_owned()).collect();
        let mut names: Vec<String> = table.datasets.iter().map(|name| plain(name)).collect();
        names.sort();
        if let Some([name, _]) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(format!("{}: the data set `{}` stands twice", table.file, name));
        }
        Ok(table)
    }

    fn column(&self, name: &str) -> Result<usize, String> {
        self.header.iter().position(|column| column == name).ok_or_else(|| {
            let names: Vec<&str> = self.header.iter().take(12).collect();
            format!(
                "{}:1:1: no column is called `{name}`: there are {}",
                self.file,
                names.join(", ")
            )
        })
    }

    fn numbers(&self, name: &str) -> Result<Vec<f64>, String> {
        let column = self.column(name)?;
        let number = |row: &csv::StringRecord| {
            let cell = &row[column];
            let number = cell.parse::<f64>().ok().filter(|x| x.is_finite());
            number.ok_or_else(|| {
                let place = row.position().map(|position| place(&self.text, position, column));
                let (line, at) = place.unwrap_or((1, 1));
                format!("{}:{line}:{at}: `{cell}` in the column `{name}` is no number", self.file)
            })
        };
        self.rows.iter().map(number).collect()
    }
}

/// Line and column, from 1, of the cell with this number, from 0, in the record at `position`.
fn place(text: &str, position: &csv::Position, cell: usize) -> (usize, usize) {
    // The position is that of the line ends before the record.
    let rest = text.get(position.byte() as usize..).unwrap_or_default();
    let record = rest.trim_start_matches(['\r', '\n']);
    let line = 1 + text[..text.len() - record.len()].matches('\n').count();
    let (mut n_commas, mut is_quoted) = (0, false);
    let begins = |c: char| {
        let begins = n_commas == cell && c != ' ' && c != '\t';
        is_quoted ^= c == '"';
        n_commas += usize::from(c == ',' && !is_quoted);
        begins
    };
    let at = record.chars().position(begins).unwrap_or(0);
    (line, at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(published: f64, ours: Option<f64>) -> PublishedLine {
        PublishedLine {
            dataset: "d".to_owned(),
            mean: PublishedPair { published, ours },
            deviation: None,
        }
    }

    fn comparison(
        lines: Vec<PublishedLine>,
        tolerance: f64,
        rms_tolerance: Option<f64>,
    ) -> Published {
        let (column, description) = (String::new(), String::new());
        let not_in_file = Vec::new();
        Published { column, description, lines, not_in_file, tolerance, rms_tolerance }
    }

    #[test]
    fn a_difference_at_the_tolerance_holds_and_one_beyond_does_not() {
        let at = |ours, tolerance| comparison(vec![line(0.825, Some(ours))], tolerance, None);
        assert!(at(0.8255, 0.0005).holds());
        assert!(!at(0.8256, 0.0005).holds());
        assert_eq!(at(0.8256, 0.0005).n_beyond(), 1);
    }

    #[test]
    fn what_is_no_number_holds_nothing() {
        assert!(!comparison(vec![line(0.5, Some(f64::NAN))], 1.0, None).holds());
        assert!(!comparison(vec![line(0.5, Some(0.5))], f64::NAN, None).holds());
        assert!(!comparison(vec![line(0.5, Some(0.5))], 1.0, Some(f64::NAN)).holds());
    }

    #[test]
    fn what_was_not_run_and_nothing_at_all_hold_nothing() {
        assert!(!comparison(vec![line(0.5, None)], 1.0, None).holds());
        assert!(!comparison(Vec::new(), 1.0, None).holds());
    }

    #[test]
    fn the_root_mean_square_is_bounded_by_itself() {
        let lines = || vec![line(0.5, Some(0.53)), line(0.5, Some(0.46))];
        // sqrt((0.03² + 0.04²) / 2) = 0.0353...
        assert!(comparison(lines(), 0.05, Some(0.036)).holds());
        assert!(!comparison(lines(), 0.05, Some(0.035)).holds());
    }

    #[test]
    fn mistakes_of_a_table_are_located_at_their_cells() {
        let table = |text: &str| PublishedTable::parse("t.csv".to_owned(), text.to_owned());
        let wrong = |text: &str| table(text).unwrap().numbers("bac").unwrap_err();
        for (text, at) in [
            ("dataset,bac\na,0.5\nb,0.5x\n", "t.csv:3:3: `0.5x` in the column `bac`"),
            ("dataset,bac\r\na,0.5\r\n\r\nb, 0.5x\r\n", "t.csv:4:4: `0.5x`"),
            ("dataset,note,bac\n\"a,b\",\"c \"\"d\"\"\",-\n", "t.csv:2:17: `-`"),
            ("bac,dataset\n,größe\n", "t.csv:2:1: ``"),
        ] {
            assert!(wrong(text).starts_with(at), "{text:?}: {}", wrong(text));
        }
        let ragged = table("dataset,bac\na,0.5\nb,0.5,1\n").err();
        assert_eq!(ragged.as_deref(), Some("t.csv:3:1: 3 cells where the header has 2"));
    }

    #[test]
    fn names_are_compared_without_punctuation() {
        assert_eq!(plain("glass-0-1-6-vs-2"), plain("glass-0-1-6_vs_2"));
        assert_ne!(plain("glass2"), plain("glass4"));
    }
}
