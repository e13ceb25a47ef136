//! `[axes]` and `[[grid]]`: the choices on every axis, and which axes move together.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::slice;

use data::{Catalogue, DatasetSpec};
use serde_json::Value;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::axes::{AxisRow, ROWS};
use crate::axis::Axis;
use crate::canonical::canonical;
use crate::choice::Choice;
use crate::file::axis_name::axis_of;
use crate::file::diagnostic::{Diagnostic, did_you_mean};
use crate::file::expand::{count, expand};
use crate::file::size::{Lists, Size};
use crate::file::typed;
use crate::labels::{Labels, from_json};
use crate::selection::Parameter;

/// One product of choices.
#[derive(Clone, Debug)]
pub struct Block {
    /// The choices on every axis; each axis has at least one.
    pub(crate) choices: BTreeMap<Axis, Vec<Choice>>,
    /// Axes that move together, each group at least two of equal length.
    pub(crate) zips: Vec<Vec<Axis>>,
    /// The block's place.
    pub(crate) span: Range<usize>,
}

/// Choices on one axis that are made before it is known how many cells there are.
const SHORT: u128 = 10_000;

/// Writes the choices of all blocks by what the experiment varies; what `searched` draws is `tuned` in the choice itself,
/// and a value in each of its settings.
pub(crate) fn label_choices(blocks: &mut [Block], searched: &[Parameter]) -> Labels {
    let all = blocks.iter().flat_map(|block| &block.choices);
    let all = all.flat_map(|(axis, list)| list.iter().map(|choice| (*axis, choice)));
    let varied = all.flat_map(|(axis, choice)| {
        let run = if choice.drawn.is_empty() { slice::from_ref(choice) } else { &choice.drawn };
        run.iter().map(move |choice| (axis, &choice.value))
    });
    let mut labels = Labels::of(varied);
    labels.searched = searched.iter().map(ToString::to_string).collect();
    for (axis, choices) in blocks.iter_mut().flat_map(|block| &mut block.choices) {
        let label = AxisRow::of(*axis).written.label;
        for choice in choices {
            let mut value = choice.value.clone();
            if !choice.drawn.is_empty() {
                let own = searched.iter().filter(|parameter| parameter.axis == *axis);
                own.for_each(|parameter| parameter.blur(&mut value));
            }
            choice.label = label(&labels, *axis, &value);
            for drawn in &mut choice.drawn {
                drawn.label = label(&labels, *axis, &drawn.value);
            }
        }
    }
    labels
}

/// Reads one block: a table whose keys are axes, and `zip`. Long lists are left alone if a plan has no room for what
/// they make.
pub(crate) fn block(
    table: &DeTable<'_>,
    span: Range<usize>,
    catalogue: &Catalogue,
    size: &mut Size,
    mistakes: &mut Vec<Diagnostic>,
) -> Block {
    let (mut choices, mut lengths, mut long) = (BTreeMap::new(), BTreeMap::new(), Vec::new());
    let mut zip = None;
    for (key, value) in table {
        if key.get_ref() == "zip" {
            zip = Some(value);
            continue;
        }
        match axis_of(key) {
            Ok(axis) => {
                let mut length = count(value);
                if length <= SHORT {
                    let list = axis_choices(axis, value, catalogue, mistakes);
                    length = list.len() as u128;
                    choices.insert(axis, list);
                } else {
                    long.push((axis, value));
                }
                lengths.insert(axis, (length, value.span()));
            }
            Err(mistake) => mistakes.push(mistake),
        }
    }
    if !lengths.contains_key(&Axis::Dataset) {
        let message = "no data set is named";
        let help = "add dataset = [\"ecoli4\", ...]; `longtail datasets` lists the names";
        mistakes.push(Diagnostic::new(span.clone(), message).help(help));
    }
    for row in &ROWS {
        if let (Entry::Vacant(length), Some(default)) =
            (lengths.entry(row.axis), (row.written.default)())
        {
            length.insert((1, span.clone()));
            choices.insert(row.axis, vec![choice(row, default, span.clone())]);
        }
    }
    let zips = zip.map_or_else(Vec::new, |value| zips(value, &lengths, mistakes));
    let fits = size.add(&Lists { lengths, choices: &choices, zips: &zips });
    match fits {
        Ok(()) => {
            for (axis, value) in long {
                choices.insert(axis, axis_choices(axis, value, catalogue, mistakes));
            }
        }
        Err(mistake) => mistakes.push(mistake),
    }
    Block { choices, zips, span }
}

fn axis_choices(
    axis: Axis,
    value: &Spanned<DeValue<'_>>,
    catalogue: &Catalogue,
    mistakes: &mut Vec<Diagnostic>,
) -> Vec<Choice> {
    let entries = expand(value);
    if entries.is_empty() {
        let message = format!("the axis `{axis}` is empty");
        mistakes.push(
            Diagnostic::new(value.span(), message)
                .help("name at least one choice, or leave the key out"),
        );
    }
    let mut choices: Vec<Choice> = Vec::new();
    for entry in entries {
        let read = match axis {
            Axis::Dataset => datasets(entry, catalogue),
            _ => read(axis, entry).map(|choice| vec![choice]),
        };
        match read {
            Ok(read) => choices.extend(read),
            Err(mistake) => mistakes.push(mistake),
        }
    }
    let mut earlier = BTreeSet::new();
    for choice in &choices {
        if !earlier.insert(canonical(&choice.value)) {
            let message = format!("`{}` stands twice on the axis `{axis}`", choice.label);
            mistakes
                .push(Diagnostic::new(choice.span.clone(), message).help("remove one of the two"));
        }
    }
    choices
}

/// Data sets of one entry: one by its name, or several by the name of a group.
fn datasets(entry: Spanned<DeValue<'_>>, catalogue: &Catalogue) -> Result<Vec<Choice>, Diagnostic> {
    let span = entry.span();
    if let Some(group) = entry.get_ref().as_str().and_then(|name| name.strip_prefix('@')) {
        let names = catalogue.group(group).ok_or_else(|| {
            Diagnostic::new(span.clone(), format!("there is no group of data sets `@{group}`"))
                .help(format!("groups are @{}", Catalogue::GROUPS.join(", @")))
        })?;
        let entry = |name: &String| {
            read(Axis::Dataset, Spanned::new(span.clone(), DeValue::String(name.as_str().into())))
        };
        return names.iter().map(entry).collect();
    }
    let choice = read(Axis::Dataset, entry)?;
    let DatasetSpec { name, .. } = &from_json(&choice.value);
    if catalogue.entry(name).is_none() {
        let names = catalogue.names();
        let help = did_you_mean(name, names.iter().map(AsRef::as_ref)).unwrap_or_else(|| {
            "`longtail datasets` lists the names, `longtail datasets fetch` brings others"
                .to_owned()
        });
        return Err(Diagnostic::new(span, format!("there is no data set `{name}`")).help(help));
    }
    Ok(vec![choice])
}

/// One entry of an axis.
fn read(axis: Axis, entry: Spanned<DeValue<'_>>) -> Result<Choice, Diagnostic> {
    let (row, span) = (AxisRow::of(axis), entry.span());
    Ok(choice(row, (row.written.read)(entry, axis)?, span))
}

/// Written by what differs from the defaults, until it is known what the experiment varies.
fn choice(row: &AxisRow, value: Value, span: Range<usize>) -> Choice {
    let label = (row.written.label)(&Labels::default(), row.axis, &value);
    Choice { value, label, span, drawn: Vec::new() }
}

/// `zip = [["loss", "mining"]]`: the first loss goes with the first mining, and so on.
fn zips(
    value: &Spanned<DeValue<'_>>,
    all: &BTreeMap<Axis, (u128, Range<usize>)>,
    mistakes: &mut Vec<Diagnostic>,
) -> Vec<Vec<Axis>> {
    let example = "write zip = [[\"loss\", \"mining\"]]";
    let groups: Vec<Vec<Spanned<Axis>>> = match typed::read(value.clone(), "zip") {
        Ok(groups) => groups,
        Err(mistake) => {
            mistakes.push(mistake);
            return Vec::new();
        }
    };
    let mut zipped = Vec::new();
    for group in &groups {
        let axes: Vec<Axis> = group.iter().map(|axis| *axis.get_ref()).collect();
        let lengths: Vec<u128> =
            axes.iter().map(|axis| all.get(axis).map_or(0, |(length, _)| *length)).collect();
        let span = group.first().map_or(value.span(), |first| {
            first.span().start..group.last().map_or(first.span().end, |last| last.span().end)
        });
        if axes.len() < 2 {
            mistakes.push(Diagnostic::new(span, "a zip needs at least two axes").help(example));
        } else if let Some(twice) = axes.iter().find(|axis| {
            zipped.contains(*axis) || axes.iter().filter(|other| other == axis).count() > 1
        }) {
            let message = format!("the axis `{twice}` is zipped twice");
            mistakes.push(Diagnostic::new(span, message).help("name each axis in one group only"));
        } else if lengths.iter().any(|&length| length != lengths[0]) {
            let counts: Vec<String> =
                axes.iter().zip(&lengths).map(|(a, n)| format!("{a} has {n}")).collect();
            let message = format!("zipped axes must be equally long: {}", counts.join(", "));
            mistakes.push(Diagnostic::new(span, message).help("give them as many choices each"));
        }
        zipped.extend(axes);
    }
    groups.into_iter().map(|group| group.into_iter().map(Spanned::into_inner).collect()).collect()
}
