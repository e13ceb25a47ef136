//! Columns that the header of a file declares, filled cell by cell: KEEL and ARFF.
//!
//! ```text
//! row = cell {("," | tab) cell} [","]
//! ```
//!
//! A cell may be between quotation marks, and then is not missing whatever it says. Some programs end every row with a
//! comma.

use std::collections::HashMap;

use crate::column::Column;
use crate::error::DataError;
use crate::formats::attributes::{Attribute, Declared};
use crate::formats::bounds::Bound;
use crate::formats::frame::Frame;
use crate::formats::kind::{Kind, Kinds};
use crate::formats::lines::{Line, Word, listed, number, pinned, shown};

/// The values of one attribute so far.
struct AttributeValues {
    attribute: Attribute,
    kind: Kind,
    /// What a sparse row means where it says nothing.
    default: Option<String>,
    numbers: Vec<f64>,
    codes: Vec<Option<u32>>,
    /// Declared levels, then those found.
    levels: Vec<String>,
    index: HashMap<String, u32>,
}

/// The columns of a file so far.
pub(crate) struct Columns {
    values: Vec<AttributeValues>,
    pub(crate) n_rows: usize,
    n_levels: usize,
    bound: Bound,
}

impl Columns {
    /// Columns without rows; a mistake in `kinds` is said to be in `line`.
    pub(crate) fn new(
        attributes: &[Attribute],
        kinds: &Kinds,
        line: &Line<'_>,
        bound: Bound,
    ) -> Result<Self, DataError> {
        let names: Vec<String> = attributes.iter().map(|each| each.name.clone()).collect();
        let pinned = pinned(line, &names, kinds)?;
        let values = attributes.iter().zip(pinned);
        let values =
            values.map(|(attribute, kind)| AttributeValues::new(attribute.clone(), kind)).collect();
        Ok(Columns { values, n_rows: 0, n_levels: 0, bound })
    }

    pub(crate) fn n_columns(&self) -> usize {
        self.values.len()
    }

    /// Begins another row, if there may be one.
    pub(crate) fn begin_row(&mut self, line: &Line<'_>) -> Result<(), DataError> {
        self.n_rows += 1;
        let is_in_bound = self.bound.check_rows(self.n_rows, self.n_columns());
        let is_in_bound = is_in_bound.and_then(|()| self.bound.check_texts(self.n_levels));
        is_in_bound.map_err(|message| line.wrong(0, message))
    }

    /// Reads a row with a cell for every attribute.
    pub(crate) fn push_row(
        &mut self,
        line: &mut Line<'_>,
        is_missing: fn(&str) -> bool,
    ) -> Result<(), DataError> {
        self.begin_row(line)?;
        let n_columns = self.n_columns();
        for column in 0..n_columns {
            let cell = line.word(&[',', '\t'])?;
            self.push(column, &cell, is_missing).map_err(|message| line.wrong(cell.at, message))?;
            let more = another_cell(line)?;
            if !more && column + 1 < n_columns {
                let message = format!("the row ends after {} of {n_columns} cells", column + 1);
                return Err(line.wrong(line.text.len(), message));
            }
            if more && column + 1 == n_columns && !line.has_ended() {
                let rest = line.rest();
                let message = if rest.starts_with('{') {
                    format!("{} is a weight of the row: weights are not supported", shown(rest))
                } else {
                    format!("{} comes after all {n_columns} cells of the row", shown(rest))
                };
                return Err(line.wrong(line.at, message));
            }
        }
        Ok(())
    }

    /// Adds a cell to a column; an error is what is wrong with it.
    pub(crate) fn push(
        &mut self,
        column: usize,
        cell: &Word<'_>,
        is_missing: fn(&str) -> bool,
    ) -> Result<(), String> {
        match &*cell.text {
            "" if !cell.quoted => Err("an empty cell; a missing value is `?`".to_owned()),
            text => {
                let is_new =
                    self.values[column].push((cell.quoted || !is_missing(text)).then_some(text))?;
                self.n_levels += usize::from(is_new);
                Ok(())
            }
        }
    }

    /// Adds what a sparse row means where it says nothing: 0, the first level, a missing text.
    pub(crate) fn push_default(&mut self, column: usize) -> Result<(), String> {
        let values = &mut self.values[column];
        let default = values.default.take();
        let pushed = values.push(default.as_deref());
        values.default = default;
        pushed.map(|_| ())
    }

    /// The columns but for ignored ones, and where the attribute `target` is among them.
    pub(crate) fn into_frame(self, target: Option<usize>) -> Frame {
        let is_kept = |values: &&AttributeValues| values.kind != Kind::Ignored;
        let target = target.filter(|&target| is_kept(&&self.values[target]));
        let target = target.map(|target| self.values[..target].iter().filter(is_kept).count());
        Frame::new(self.values.into_iter().filter_map(AttributeValues::column).collect(), target)
    }
}

/// Whether another cell follows, from behind the comma or the tab before it.
fn another_cell(line: &mut Line<'_>) -> Result<bool, DataError> {
    let end = line.at;
    if line.skip(',') {
        return Ok(true);
    }
    if line.has_ended() {
        return Ok(false);
    }
    if line.text[end..line.at].contains('\t') {
        return Ok(true);
    }
    let message = format!("{}; expected `,` after the cell", shown(line.rest()));
    Err(line.wrong(line.at, message))
}

impl AttributeValues {
    fn new(attribute: Attribute, pinned: Option<Kind>) -> Self {
        let (kind, levels, default) = match &attribute.declared {
            Declared::Number => (Kind::Numeric, Vec::new(), Some("0".to_owned())),
            Declared::Text => (Kind::Categorical, Vec::new(), None),
            Declared::Levels(levels) => {
                (Kind::Categorical, levels.clone(), levels.first().cloned())
            }
        };
        AttributeValues {
            kind: pinned.unwrap_or(kind),
            default,
            index: levels.iter().cloned().zip(0..).collect(),
            numbers: Vec::new(),
            codes: Vec::new(),
            attribute,
            levels,
        }
    }

    /// Adds a cell; whether it is a level that none before it is.
    fn push(&mut self, cell: Option<&str>) -> Result<bool, String> {
        let name = &self.attribute.name;
        if let (Declared::Levels(levels), Some(cell)) = (&self.attribute.declared, cell)
            && self.kind != Kind::Ignored
            && !self.index.contains_key(cell)
        {
            let levels = listed(levels);
            return Err(format!("{} is no level of `{name}`; expected {levels}", shown(cell)));
        }
        match (self.kind, cell) {
            (Kind::Ignored, _) => {}
            (Kind::Numeric, None) => self.numbers.push(f64::NAN),
            (Kind::Numeric, Some(cell)) => self.numbers.push(number(cell).ok_or_else(|| {
                format!("{} is no number; `{name}` is numeric, missing is `?`", shown(cell))
            })?),
            (Kind::Categorical, None) => self.codes.push(None),
            (Kind::Categorical, Some(cell)) => {
                let next = self.levels.len() as u32;
                let code = self.index.get(cell).copied().unwrap_or(next);
                let is_new = code == next;
                if is_new {
                    self.levels.push(cell.to_owned());
                    self.index.insert(cell.to_owned(), code);
                }
                self.codes.push(Some(code));
                return Ok(is_new);
            }
        }
        Ok(false)
    }

    fn column(self) -> Option<Column> {
        let name = self.attribute.name;
        match self.kind {
            Kind::Ignored => None,
            Kind::Numeric => Some(Column::Numeric { name, values: self.numbers }),
            Kind::Categorical => Some(Column::from_codes(name, self.levels, self.codes)),
        }
    }
}
