//! What is done to the cells of a column before anything is learnt from them: `[treat.COLUMN]` of a `dataset.toml`.
//!
//! ```text
//! missing   = [-999, "unknown"]       cells that stand for a missing value, besides those of the format
//! merge     = { ill = ["Ill", "2"] }  cells that are another one in other words; of the class as of a feature
//! thousands = ","                     the mark between groups of three digits
//! decimal   = ","                     the mark before decimals; default that of the format
//! currency  = "$"                     before or behind an amount; (5.00) is a loss
//! percent   = true                    7.5% is 0.075
//! date      = "day_month_year"        days since 1970-01-01,
//! since     = "2020-01-01"            or since another day,
//! parts     = true                    or columns NAME_year, NAME_month, NAME_day, NAME_weekday and, with times, NAME_hour
//! ```
//!
//! In this order: missing, merge, then number or date. The column is read as text; what it holds after that is inferred
//! as of any other, unless it is pinned. A cell that is not what is said of it is an error in its place, and so is a
//! mark or a name that no cell has.

mod amount;
mod column;
mod date;
pub(crate) mod mark;

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

pub use crate::treatment::amount::Amount;
pub use crate::treatment::date::{Day, Order};
pub use crate::treatment::mark::Mark;

use crate::formats::format::Format;
use crate::formats::{Frame, Kind, Kinds};
use crate::treatment::column::Fault;
use crate::{Column, CsvFormat, DataError};

/// What is done to a column, as `[treat.COLUMN]` says it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Keys", into = "Keys")]
pub struct Treatment {
    /// Cells that stand for a missing value.
    pub missing: Vec<Mark>,
    /// Cells that are another one in other words, under the one that they become.
    pub merge: BTreeMap<String, Vec<Mark>>,
    /// What the others are read as; `None` reads them as they are.
    pub reading: Option<Reading>,
}

/// What cells are read as.
#[derive(Clone, Debug, PartialEq)]
pub enum Reading {
    /// Numbers in a dress.
    Amount(Amount),
    /// Days since a day.
    Days(Order, Option<Day>),
    /// A column for each part of a date.
    Parts(Order),
}

/// Treatments by the names of their columns.
pub type Treatments = BTreeMap<String, Treatment>;

/// The keys as they stand in the file.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Keys {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    missing: Vec<Mark>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    merge: BTreeMap<String, Vec<Mark>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    thousands: Option<char>,
    #[serde(skip_serializing_if = "Option::is_none")]
    decimal: Option<char>,
    #[serde(skip_serializing_if = "Option::is_none")]
    currency: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    percent: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    date: Option<Order>,
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<Day>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    parts: bool,
}

impl TryFrom<Keys> for Treatment {
    type Error = String;

    fn try_from(keys: Keys) -> Result<Self, String> {
        let Keys { missing, merge, thousands, decimal, currency, percent, .. } = keys;
        let Keys { date, since, parts, .. } = keys;
        let amount = Amount { thousands, decimal, currency, percent };
        let is_amount = amount != Amount::default();
        let reading = match (date, since) {
            (Some(_), _) if is_amount => {
                let message = "a date has no thousands, decimal, currency or percent: leave out these, or date";
                return Err(message.to_owned());
            }
            (None, Some(_)) => return Err("since goes with date: add date".to_owned()),
            (None, None) if parts => return Err("parts goes with date: add date".to_owned()),
            (Some(_), Some(_)) if parts => {
                return Err(
                    "parts of a date count from no day: leave out since or parts".to_owned()
                );
            }
            (Some(order), None) if parts => Some(Reading::Parts(order)),
            (Some(order), since) => Some(Reading::Days(order, since)),
            (None, None) => is_amount.then_some(Reading::Amount(amount)),
        };
        if let Some(Reading::Amount(amount)) = &reading {
            amount.check()?;
        }
        let mut met: Vec<(&String, &Mark)> = Vec::new();
        for (into, mark) in
            merge.iter().flat_map(|(into, marks)| marks.iter().map(move |m| (into, m)))
        {
            if merge.contains_key(mark.text()) {
                return Err(format!("merge: {mark} is merged, and others are merged into it"));
            }
            // `1.0` and `+1` may both become `1`.
            if met.iter().any(|(other, earlier)| *other != into && earlier.means(mark.text())) {
                return Err(format!("merge: {mark} is merged twice"));
            }
            met.push((into, mark));
        }
        Ok(Treatment { missing, merge, reading })
    }
}

impl From<Treatment> for Keys {
    fn from(treatment: Treatment) -> Self {
        let Treatment { missing, merge, reading } = treatment;
        let keys = Keys { missing, merge, ..Keys::default() };
        match reading {
            None => keys,
            Some(Reading::Amount(amount)) => {
                let Amount { thousands, decimal, currency, percent } = amount;
                Keys { thousands, decimal, currency, percent, ..keys }
            }
            Some(Reading::Days(order, since)) => Keys { date: Some(order), since, ..keys },
            Some(Reading::Parts(order)) => Keys { date: Some(order), parts: true, ..keys },
        }
    }
}

/// `[treat.NAME]`, as TOML writes the name.
pub fn treat_header(column: &str) -> String {
    let keys = BTreeMap::from([(column, 0)]);
    let line = toml::to_string(&keys).expect("a number under a key is plain data");
    format!("[treat.{}]", line.trim_end().trim_end_matches(" = 0"))
}

impl Treatment {
    /// Whether the treated column `of` becomes several, of which one is called `name`.
    pub fn makes(&self, of: &str, name: &str) -> bool {
        let part = name.strip_prefix(of).and_then(|part| part.strip_prefix('_'));
        matches!(self.reading, Some(Reading::Parts(_)))
            && part.is_some_and(|part| column::PARTS.contains(&part))
    }

    /// Its keys with their values, as lines of TOML.
    pub fn lines(&self) -> Vec<String> {
        let value = toml::Value::try_from(self).expect("a treatment is plain data");
        let toml::Value::Table(keys) = value else { unreachable!("a treatment has keys") };
        keys.into_iter().map(|(key, value)| format!("{key} = {value}")).collect()
    }
}

/// Reads the file or folder at `path` as `format`, with some columns pinned by `kinds`, and treats it.
///
/// # Errors
/// Those of the format; and if there is no column that is to be treated, or a cell is not what is said of it.
pub(crate) fn read(
    format: &Format,
    path: &Path,
    kinds: &Kinds,
    treatments: &Treatments,
    target: Option<&str>,
) -> Result<Frame, DataError> {
    if treatments.is_empty() {
        return format.read(path, kinds);
    }
    if let Some(name) = treatments.keys().find(|&name| kinds.get(name) == Some(&Kind::Ignored)) {
        let message = format!(
            "`{name}` is ignored in [columns], and is to be treated: remove one of the two"
        );
        return Err(mistake(name, None, message));
    }
    let mut as_texts = kinds.clone();
    as_texts.extend(treatments.keys().map(|name| (name.clone(), Kind::Categorical)));
    let mut frame = format.read(path, &as_texts)?;
    let file = path.display().to_string();
    let class = frame.columns.iter().position(|column| Some(column.name()) == target);
    if let Some(class) = class.or(frame.target) {
        // A line of totals has no class: it is left out, or refused for that, whatever its other cells are.
        let treatment = treatments.get(frame.columns[class].name());
        let empty = without_class(&frame.columns[class], treatment, has_decimal_comma(format));
        let others = frame.columns.iter_mut().enumerate().filter(|(i, _)| *i != class);
        others.for_each(|(_, column)| column.forget(&empty));
    }
    let frame = treated(frame, &file, kinds, treatments, has_decimal_comma(format))?;
    Ok(frame.pinned_as(kinds))
}

/// The rows that have no class; a treatment that cannot be is found where the column is treated.
fn without_class(class: &Column, treatment: Option<&Treatment>, decimal_comma: bool) -> Vec<usize> {
    let treat = |treatment: &Treatment| treatment.column(class.clone(), None, decimal_comma).ok();
    match treatment.and_then(treat) {
        Some(columns) => columns.first().map_or_else(Vec::new, Column::missing),
        None => class.missing(),
    }
}

fn has_decimal_comma(format: &Format) -> bool {
    matches!(format, Format::Csv(CsvFormat { decimal_comma: true, .. }))
}

fn treated(
    mut frame: Frame,
    file: &str,
    kinds: &Kinds,
    treatments: &Treatments,
    decimal_comma: bool,
) -> Result<Frame, DataError> {
    let target = frame.target.map(|index| frame.columns[index].name().to_owned());
    let mut columns = Vec::with_capacity(frame.columns.len());
    for column in std::mem::take(&mut frame.columns) {
        let name = column.name().to_owned();
        let Some(treatment) = treatments.get(&name) else {
            columns.push(column);
            continue;
        };
        let made = treatment.column(column, kinds.get(&name).copied(), decimal_comma);
        columns.extend(made.map_err(|fault| match fault {
            Fault::Cell { row, message } => frame.wrong_row(file, row, message),
            Fault::Key { key, message } => mistake(&name, key, message),
        })?);
    }
    for (name, treatment) in treatments {
        let twice = |part: &&Column| {
            treatment.makes(name, part.name())
                && 1 < columns.iter().filter(|other| other.name() == part.name()).count()
        };
        if let Some(part) = columns.iter().find(twice) {
            let message = format!("there is a column `{}` already", part.name());
            return Err(mistake(name, Some("parts"), message));
        }
    }
    frame.target = target.and_then(|name| columns.iter().position(|c| c.name() == name));
    frame.columns = columns;
    Ok(frame)
}

/// What is wrong with a treatment, to be located in the `dataset.toml`.
fn mistake(column: &str, key: Option<&str>, message: String) -> DataError {
    let keys = ["treat", column].into_iter().chain(key).map(str::to_owned).collect();
    DataError::Described { keys, message }
}

#[cfg(test)]
mod tests;
