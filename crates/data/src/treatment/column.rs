//! One column, treated.

use crate::column::Column;
use crate::formats::kind::Kind;
use crate::treatment::date::{Moment, Order, PARTS};
use crate::treatment::keys::{ReadAs, Treatment};
use crate::treatment::mark::Mark;

/// Why a column cannot be treated as it is said.
#[derive(Debug, PartialEq)]
pub(super) enum Fault {
    /// A cell is not what is said of it; rows count from 0.
    Cell { row: usize, message: String },
    /// A key of the treatment is wrong.
    Key { key: Option<&'static str>, message: String },
}

/// The texts of a column after marks of missing values and spellings: what each level became, and the level of each row.
struct TreatedTexts {
    levels: Vec<Option<String>>,
    codes: Vec<Option<u32>>,
}

impl Treatment {
    /// The columns that `column` becomes; `kind` is what it is pinned as.
    pub(super) fn column(
        &self,
        column: Column,
        kind: Option<Kind>,
        decimal_comma: bool,
    ) -> Result<Vec<Column>, Fault> {
        let Column::Categorical { name, levels, codes } = column.into_categorical() else {
            unreachable!("it was made categorical")
        };
        let texts = self.texts(&name, &levels, codes)?;
        let decimal = if decimal_comma { ',' } else { '.' };
        let is_text = kind == Some(Kind::Categorical);
        match &self.reading {
            Some(_) if is_text => {
                let message =
                    format!("`{name}` is pinned as categorical, and is to be read as numbers");
                Err(Fault::Key { key: None, message })
            }
            Some(ReadAs::Amount(amount)) => {
                let values = texts.numbers(&name, |text| amount.read(text, decimal))?;
                Ok(vec![Column::Numeric { name, values }])
            }
            Some(ReadAs::Days(order, since)) => {
                let days = |text: &str| Ok(order.moment(text)?.days_since(since.as_ref()));
                let values = texts.numbers(&name, days)?;
                Ok(vec![Column::Numeric { name, values }])
            }
            Some(ReadAs::Parts(order)) => texts.parts(&name, *order),
            None => match texts.numbers(&name, |text| plain(text, decimal)) {
                Ok(values) if !is_text => Ok(vec![Column::Numeric { name, values }]),
                Err(fault) if kind == Some(Kind::Numeric) => Err(fault),
                _ => Ok(vec![texts.column(name)]),
            },
        }
    }

    fn texts(
        &self,
        column: &str,
        levels: &[String],
        codes: Vec<Option<u32>>,
    ) -> Result<TreatedTexts, Fault> {
        let is_met = |mark: &&Mark| levels.iter().any(|level| mark.means(level));
        let unmet = |key, mark: &Mark| {
            let message = format!("no cell of the column `{column}` is {mark}");
            Fault::Key { key: Some(key), message }
        };
        if let Some(mark) = self.missing.iter().find(|mark| !is_met(mark)) {
            return Err(unmet("missing", mark));
        }
        if let Some(mark) = self.merge.values().flatten().find(|mark| !is_met(mark)) {
            return Err(unmet("merge", mark));
        }
        let treated = |level: &String| {
            if self.missing.iter().any(|mark| mark.means(level)) {
                return None;
            }
            // A name that others are merged into is itself.
            let is_merged = |(into, marks): &(&String, &Vec<Mark>)| {
                *into != level && marks.iter().any(|mark| mark.means(level))
            };
            let merged = self.merge.iter().find(is_merged);
            Some(merged.map_or(level, |(into, _)| into).clone())
        };
        Ok(TreatedTexts { levels: levels.iter().map(treated).collect(), codes })
    }
}

impl TreatedTexts {
    fn rows(&self) -> impl Iterator<Item = Option<&str>> {
        self.codes.iter().map(|code| self.levels[(*code)? as usize].as_deref())
    }

    fn column(&self, name: String) -> Column {
        Column::from_texts(name, self.rows())
    }

    /// The number of every row, NaN where missing; an error is that of the first row that has one.
    fn numbers(
        &self,
        column: &str,
        read: impl Fn(&str) -> Result<f64, String>,
    ) -> Result<Vec<f64>, Fault> {
        let read = |level: &Option<String>| level.as_deref().map_or(Ok(f64::NAN), &read);
        let levels: Vec<Result<f64, String>> = self.levels.iter().map(read).collect();
        let value = |(row, code): (usize, &Option<u32>)| match code {
            None => Ok(f64::NAN),
            Some(code) => levels[*code as usize].clone().map_err(|message| Fault::Cell {
                row,
                message: format!("{message}, in the column `{column}`"),
            }),
        };
        self.codes.iter().enumerate().map(value).collect()
    }

    fn parts(&self, name: &str, order: Order) -> Result<Vec<Column>, Fault> {
        let has_time = |text: &str| order.moment(text).is_ok_and(|moment| moment.hour.is_some());
        let n_parts = if self.levels.iter().flatten().any(|level| has_time(level)) { 5 } else { 4 };
        let of: [fn(Moment) -> f64; 5] = [
            |moment| moment.year as f64,
            |moment| moment.month as f64,
            |moment| moment.day as f64,
            |moment| moment.weekday() as f64,
            |moment| moment.hour.unwrap_or(0.0),
        ];
        let parts = PARTS.iter().zip(of).take(n_parts);
        parts
            .map(|(part, of)| {
                let values = self.numbers(name, |text| order.moment(text).map(of))?;
                Ok(Column::Numeric { name: format!("{name}_{part}"), values })
            })
            .collect()
    }
}

/// A number without any dress; that which is none is missing.
fn plain(text: &str, decimal: char) -> Result<f64, String> {
    let number = match text.trim() {
        text if decimal == ',' => text.replacen(',', ".", 1).parse(),
        text => text.parse(),
    };
    match number {
        Ok(number) if !f64::is_infinite(number) => Ok(number),
        _ => Err(format!("`{text}` is no number")),
    }
}
