//! The experiment file: TOML, every mistake in it located.

mod blocks;
pub(crate) mod condition;
pub(crate) mod diagnostic;
mod expand;
mod folder_name;
pub(crate) mod one_of;
mod overrides;
mod pooled;
mod size;
mod source;
pub(crate) mod typed;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::path::{Path, PathBuf};

use data::Catalogue;
use evaluation::Metric;
use nn::range::NonNegative;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use strum::IntoEnumIterator;
use toml::Spanned;
use toml::de::{DeString, DeTable, DeValue};

use crate::axis::Axis;
pub use crate::file::blocks::Block;
pub use crate::file::condition::Condition;
pub use crate::file::diagnostic::{Diagnostic, Diagnostics, did_you_mean, metric_meant};
pub use crate::file::folder_name::folder_name;
use crate::file::size::Size;
pub use crate::file::source::Source;
pub use crate::file::typed::read_entry;
use crate::labels::Labels;

/// An experiment file that could be read: everything in it is typed.
#[derive(Clone, Debug)]
pub struct ExperimentFile {
    /// `[experiment]`.
    pub header: Header,
    /// `[axes]`, or one block for each `[[grid]]`.
    pub(crate) blocks: Vec<Block>,
    /// How choices are written in tables.
    pub(crate) labels: Labels,
    /// `[[exclude]]`.
    pub(crate) excludes: Vec<Condition>,
    /// `[[when]]`.
    pub(crate) whens: Vec<When>,
    /// `[report]`.
    pub report: ReportSpec,
    /// `[[published]]`.
    pub published: Vec<PublishedSpec>,
    /// The data sets that can be named: those given, and those of `[data]`.
    pub catalogue: Catalogue,
    /// The `dataset.toml` files of `[data]`.
    pub described: Vec<PathBuf>,
    /// The text, for mistakes that only show when the plan is made.
    pub(crate) source: Source,
}

/// `[experiment]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// Names the folder of the results.
    pub name: Spanned<String>,
    /// One line for readers; changes nothing.
    #[serde(default)]
    pub description: String,
    /// How choices are combined.
    #[serde(default)]
    pub design: Design,
    /// Every cell runs once for each; default `[0]`.
    #[serde(default)]
    pub seeds: Option<Spanned<Vec<u64>>>,
}

impl Header {
    /// The seeds, `[0]` unless given.
    pub fn seeds(&self) -> Vec<u64> {
        self.seeds.as_ref().map_or_else(|| vec![0], |seeds| seeds.get_ref().clone())
    }
}

/// How choices are combined.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Design {
    /// Every choice with every other.
    #[default]
    Grid,
    /// The first choice of each axis is the base; one axis at a time departs from it. Data sets and
    /// protocols are not ablated: every one of them gets the whole design.
    Ablation,
}

/// `[[when]]`: where `if` holds, only cells in which `only` holds are in.
#[derive(Clone, Debug)]
pub(crate) struct When {
    pub(crate) condition: Condition,
    pub(crate) only: Condition,
}

/// `[report]`: what the comparison shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ReportSpec {
    /// Axes that make a row; default: those on which the cells differ, without the data set.
    pub rows: Option<Vec<Axis>>,
    /// One table for each; default average precision, balanced accuracy, G-mean.
    pub metrics: Vec<Metric>,
    /// Whether metrics are of the predictions of all folds together, one value a seed, instead of means over folds;
    /// default false.
    pub pooled: bool,
    /// Which epoch's network is measured; default the best on validation.
    pub epoch: Epoch,
    /// Decimals in tables; default 3.
    pub decimals: usize,
    /// What tables call the labels of rows and the data sets, as in `"focal(gamma=2)" = "Focal"`.
    pub labels: BTreeMap<String, String>,
}

impl Default for ReportSpec {
    fn default() -> Self {
        ReportSpec {
            rows: None,
            metrics: vec![Metric::AveragePrecision, Metric::BalancedAccuracy, Metric::GMean],
            pooled: false,
            epoch: Epoch::Best,
            decimals: 3,
            labels: BTreeMap::new(),
        }
    }
}

/// `[[published]]`: what a column of a published table is compared with.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PublishedSpec {
    /// The column of means.
    pub column: String,
    /// The column of population standard deviations (divisor n), if they are compared too.
    pub deviation: Option<String>,
    /// What was measured.
    pub metric: Metric,
    /// Which trials are meant: a label, as tables show it, on each of some axes.
    #[serde(default)]
    pub rows: BTreeMap<Axis, String>,
    /// Largest difference of any figure.
    pub tolerance: NonNegative,
    /// Largest root mean square of the differences of the means.
    pub rms: Option<NonNegative>,
}

/// Which epoch's network is measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Epoch {
    /// The best on validation by `protocol.select_by`.
    #[default]
    Best,
    /// The last.
    Last,
}

/// Why an experiment could not be read.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The file cannot be opened.
    #[error("cannot read the experiment {path}: {error}", path = path.display())]
    Read {
        /// The path as given.
        path: PathBuf,
        /// The system's reason.
        error: std::io::Error,
    },
    /// The file has mistakes.
    #[error("{0}")]
    Mistakes(Box<Diagnostics>),
}

impl ExperimentFile {
    /// Reads the file at `path`; `sets` are `key=value` overrides.
    ///
    /// # Errors
    /// If the file cannot be opened, or has mistakes: all of them are reported together.
    pub fn read(path: &Path, sets: &[String], catalogue: &Catalogue) -> Result<Self, FileError> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| FileError::Read { path: path.to_owned(), error })?;
        Self::parse(&path.display().to_string(), &text, sets, catalogue)
            .map_err(|mistakes| FileError::Mistakes(Box::new(mistakes)))
    }

    /// The same from text; `name` is shown in mistakes.
    ///
    /// # Errors
    /// If the text has mistakes.
    pub fn parse(
        name: &str,
        text: &str,
        sets: &[String],
        catalogue: &Catalogue,
    ) -> Result<Self, Diagnostics> {
        let mut source = Source::default();
        source.add(name, text);
        let lines: Vec<String> = sets.iter().map(|set| overrides::line(set)).collect();
        let starts: Vec<usize> = lines.iter().map(|line| source.add("--set", line)).collect();

        let mut mistakes = Vec::new();
        let folder = Path::new(name).parent().unwrap_or(Path::new(""));
        let file = match table(text, &lines, &starts) {
            Ok(table) => {
                let mut catalogue = catalogue.clone();
                let described = described(&table, folder, &mut catalogue, &mut mistakes);
                let mut reader =
                    Reader { table: &table, catalogue: &catalogue, mistakes: &mut mistakes };
                reader.file(text.len()).map(|file| ExperimentFile { catalogue, described, ..file })
            }
            Err(mistake) => {
                mistakes.push(mistake);
                None
            }
        };
        match file {
            Some(file) if mistakes.is_empty() => Ok(ExperimentFile { source, ..file }),
            _ => {
                mistakes.sort_by_key(|mistake| mistake.span.start);
                mistakes.dedup();
                Err(Diagnostics { source, list: mistakes })
            }
        }
    }
}

/// The file's table with every override laid over it.
fn table<'a>(
    text: &'a str,
    lines: &'a [String],
    starts: &[usize],
) -> Result<DeTable<'a>, Diagnostic> {
    let parsed = DeTable::parse(text).map_err(|error| diagnostic::syntax(&error, 0))?;
    let mut table = parsed.into_inner();
    for (line, &start) in lines.iter().zip(starts) {
        overrides::merge(&mut table, line, start)?;
    }
    Ok(table)
}

/// `[data]`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DataSpec {
    /// `dataset.toml` files, relative to the experiment file.
    sets: Vec<Spanned<String>>,
}

/// Adds the data sets of `[data]` to the catalogue; their files.
fn described(
    table: &DeTable<'_>,
    folder: &Path,
    catalogue: &mut Catalogue,
    mistakes: &mut Vec<Diagnostic>,
) -> Vec<PathBuf> {
    let Some(value) = table.get("data") else { return Vec::new() };
    let sets = match typed::read::<DataSpec>(value.clone(), "data") {
        Ok(data) => data.sets,
        Err(mistake) => {
            let help = "write sets = [\"dataset.toml\"]; `longtail init` makes one";
            mistakes.push(mistake.help(help));
            return Vec::new();
        }
    };
    let mut files = Vec::new();
    for set in sets {
        let path = folder.join(set.get_ref());
        match catalogue.clone().with_file(&path) {
            Ok(extended) => {
                *catalogue = extended;
                files.push(path);
            }
            Err(error) => mistakes.push(
                Diagnostic::new(set.span(), error.sentence())
                    .help("mend the file that is named, or name another"),
            ),
        }
    }
    files
}

/// The axis that a key names.
pub(crate) fn axis_of(key: &Spanned<DeString<'_>>) -> Result<Axis, Diagnostic> {
    let name = key.get_ref().as_ref();
    Axis::iter().find(|axis| axis.name() == name).ok_or_else(|| {
        let names: Vec<&str> = Axis::iter().map(Axis::name).collect();
        let help = did_you_mean(name, names.iter().copied())
            .unwrap_or_else(|| format!("axes are {}", names.join(", ")));
        Diagnostic::new(key.span(), format!("there is no axis `{name}`")).help(help)
    })
}

const SECTIONS: [&str; 10] = [
    "experiment",
    "data",
    "protocol",
    "training",
    "axes",
    "grid",
    "exclude",
    "when",
    "report",
    "published",
];

struct Reader<'r, 'a> {
    table: &'r DeTable<'a>,
    catalogue: &'r Catalogue,
    mistakes: &'r mut Vec<Diagnostic>,
}

impl<'a> Reader<'_, 'a> {
    fn file(&mut self, length: usize) -> Option<ExperimentFile> {
        self.refuse_unknown_sections();
        let header = self.header(length);
        let mut report = self.section::<ReportSpec>("report").unwrap_or_default();
        pooled::settle(self.table, &mut report, self.mistakes);
        let design = header.as_ref().map_or(Design::Grid, |header| header.design);
        let n_seeds = header.as_ref().map_or(1, |header| header.seeds().len());
        let mut blocks = self.blocks(length, Size::new(design, n_seeds));
        let labels = blocks::label_choices(&mut blocks);
        let excludes = self.tables("exclude").into_iter();
        let excludes =
            excludes.map(|(t, span)| Condition::parse(&t, span, self.mistakes)).collect();
        let whens =
            self.tables("when").into_iter().filter_map(|(t, span)| self.when(&t, span)).collect();
        let published = self.tables("published").into_iter();
        let published = published
            .filter_map(|(t, span)| self.read(Spanned::new(span, DeValue::Table(t)), "published"))
            .collect();
        Some(ExperimentFile {
            header: header?,
            blocks,
            labels,
            excludes,
            whens,
            report,
            published,
            catalogue: Catalogue::default(),
            described: Vec::new(),
            source: Source::default(),
        })
    }

    fn refuse_unknown_sections(&mut self) {
        for key in self.table.keys().filter(|key| !SECTIONS.contains(&key.get_ref().as_ref())) {
            let name = key.get_ref().as_ref();
            let help = did_you_mean(name, SECTIONS).unwrap_or_else(|| {
                if axis_of(key).is_ok() {
                    "axes go under [axes]".to_owned()
                } else {
                    format!("sections are {}", SECTIONS.join(", "))
                }
            });
            let message = format!("there is no section `{name}`");
            self.mistakes.push(Diagnostic::new(key.span(), message).help(help));
        }
    }

    fn section<S: DeserializeOwned>(&mut self, name: &str) -> Option<S> {
        let value = self.table.get(name)?.clone();
        self.read(value, name)
    }

    fn read<S: DeserializeOwned>(&mut self, value: Spanned<DeValue<'a>>, name: &str) -> Option<S> {
        typed::read(value, name).map_err(|mistake| self.mistakes.push(mistake)).ok()
    }

    fn header(&mut self, length: usize) -> Option<Header> {
        if !self.table.contains_key("experiment") {
            let message = "the section [experiment] is missing";
            let help = "start the file with [experiment] and name = \"...\"";
            self.mistakes.push(Diagnostic::new(0..length.min(1), message).help(help));
            return None;
        }
        let header: Header = self.section("experiment")?;
        if let Err((message, help)) = folder_name(header.name.get_ref()) {
            self.mistakes.push(Diagnostic::new(header.name.span(), message).help(help));
        }
        if let Some(seeds) = &header.seeds {
            let list = seeds.get_ref();
            let mut earlier = BTreeSet::new();
            let twice = list.iter().find(|&&seed| !earlier.insert(seed));
            if list.is_empty() {
                let mistake =
                    Diagnostic::new(seeds.span(), "there is no seed, so that nothing would run");
                self.mistakes.push(mistake.help("give at least one, as in seeds = [0]"));
            } else if let Some(seed) = twice {
                let message = format!("the seed {seed} stands twice");
                self.mistakes
                    .push(Diagnostic::new(seeds.span(), message).help("remove one of the two"));
            }
        }
        Some(header)
    }

    /// `[axes]` alone is one block; with `[[grid]]`, each grid is a block laid over `[axes]`.
    fn blocks(&mut self, length: usize, mut size: Size) -> Vec<Block> {
        let mut base = DeTable::new();
        let mut span = 0..length.min(1);
        if let Some(axes) = self.table.get("axes") {
            span = axes.span();
            match axes.get_ref() {
                DeValue::Table(table) => base = table.clone(),
                _ => self.not_a_table("axes", axes.span()),
            }
        }
        for name in ["protocol", "training"] {
            if let Some(key) = base.keys().find(|key| key.get_ref() == name) {
                let message = format!("`{name}` is a section of its own");
                let help = format!("write it as [{name}]; a list in it is a sweep");
                self.mistakes.push(Diagnostic::new(key.span(), message).help(help));
            } else if let Some((key, value)) = self.table.get_key_value(name) {
                base.insert(key.clone(), value.clone());
            }
        }
        let grids = self.tables("grid");
        if grids.is_empty() {
            return vec![blocks::block(&base, span, self.catalogue, &mut size, self.mistakes)];
        }
        let block = |(grid, span): (DeTable<'a>, Range<usize>)| {
            let mut table = base.clone();
            for (key, value) in grid {
                if let (
                    Some(DeValue::Table(below)),
                    DeValue::Table(above),
                    "protocol" | "training",
                ) = (
                    table.get_mut(&key).map(Spanned::get_mut),
                    value.get_ref(),
                    key.get_ref().as_ref(),
                ) {
                    overrides::overlay(below, above.clone(), &[key.get_ref()]);
                } else {
                    table.remove(&key);
                    table.insert(key, value);
                }
            }
            blocks::block(&table, span, self.catalogue, &mut size, self.mistakes)
        };
        grids.into_iter().map(block).collect()
    }

    fn when(&mut self, table: &DeTable<'a>, span: Range<usize>) -> Option<When> {
        let mut part = |name: &str| match table
            .get(name)
            .map(|value| (value.get_ref(), value.span()))
        {
            Some((DeValue::Table(part), span)) => Some(Condition::parse(part, span, self.mistakes)),
            _ => None,
        };
        let (condition, only) = (part("if"), part("only"));
        if let (Some(condition), Some(only), 2) = (condition, only, table.len()) {
            return Some(When { condition, only });
        }
        let message = "a [[when]] has the two tables `if` and `only`";
        let help = "write if = { loss = \"ghm_c\" } and only = { mining = \"none\" }";
        self.mistakes.push(Diagnostic::new(span, message).help(help));
        None
    }

    /// The tables of `[[name]]`.
    fn tables(&mut self, name: &str) -> Vec<(DeTable<'a>, Range<usize>)> {
        let Some(value) = self.table.get(name) else { return Vec::new() };
        let DeValue::Array(list) = value.get_ref() else {
            let message = format!("`{name}` is a list of tables");
            let help = format!("write it with double brackets: [[{name}]]");
            self.mistakes.push(Diagnostic::new(value.span(), message).help(help));
            return Vec::new();
        };
        let mut tables = Vec::new();
        for element in list {
            match element.get_ref() {
                DeValue::Table(table) => tables.push((table.clone(), element.span())),
                _ => self.not_a_table(name, element.span()),
            }
        }
        tables
    }

    fn not_a_table(&mut self, name: &str, span: Range<usize>) {
        let message = format!("`{name}` has to be a table");
        self.mistakes.push(Diagnostic::new(span, message).help(format!("write it as [{name}]")));
    }
}
