//! From the sections of an experiment file to its types, every mistake noted.

use std::collections::BTreeSet;
use std::ops::Range;

use data::Catalogue;
use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::file::ExperimentFile;
use crate::file::axis_name::axis_of;
use crate::file::blocks::{Block, block, label_choices};
use crate::file::condition::Condition;
use crate::file::diagnostic::{Diagnostic, did_you_mean};
use crate::file::folder_name::folder_name;
use crate::file::overrides::overlay;
use crate::file::pooled::settle;
use crate::file::searched;
use crate::file::sections::{Design, Header, ReportSpec, When};
use crate::file::size::Size;
use crate::file::source::Source;
use crate::file::typed::read;
use crate::file::{selected, shown, task};

const SECTIONS: [&str; 11] = [
    "experiment",
    "data",
    "protocol",
    "training",
    "axes",
    "grid",
    "exclude",
    "when",
    "search",
    "report",
    "published",
];

pub(super) struct Reader<'r, 'a> {
    pub(super) table: &'r DeTable<'a>,
    pub(super) catalogue: &'r Catalogue,
    pub(super) mistakes: &'r mut Vec<Diagnostic>,
}

impl<'a> Reader<'_, 'a> {
    pub(super) fn file(&mut self, length: usize) -> Option<ExperimentFile> {
        self.refuse_unknown_sections();
        let header = self.header(length);
        let mut report = self.section::<ReportSpec>("report").unwrap_or_default();
        let design = header.as_ref().map_or(Design::Grid, |header| header.design);
        let n_seeds = header.as_ref().map_or(1, |header| header.seeds().len());
        let mut blocks = self.blocks(length, Size::new(design, n_seeds));
        task::settle(self.table, &mut report, &blocks, self.mistakes);
        settle(self.table, &mut report, self.mistakes);
        shown::check(self.table, &report, self.mistakes);
        selected::check(self.table, &report, &blocks, self.mistakes);
        let search = searched::search(self.table, &report, &mut blocks, self.mistakes);
        let (search, searched) = search.unzip();
        let searched = searched.unwrap_or_default();
        let mut labels = label_choices(&mut blocks, &searched);
        labels.departures = design == Design::Ablation;
        report.select.extend(searched);
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
            search,
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
        read(value, name).map_err(|mistake| self.mistakes.push(mistake)).ok()
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
            return vec![block(&base, span, self.catalogue, &mut size, self.mistakes)];
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
                    overlay(below, above.clone(), &[key.get_ref()]);
                } else {
                    table.remove(&key);
                    table.insert(key, value);
                }
            }
            block(&table, span, self.catalogue, &mut size, self.mistakes)
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
