//! The columns of a file, before it is known which of them holds the class.

use std::fmt;

use crate::column::Column;
use crate::error::DataError;
use crate::formats::boxes::GroundTruthBox;
use crate::formats::cells::number::number;
use crate::formats::kind::{Kind, Kinds};
use crate::formats::labelled::LabelledTable;
use crate::formats::labels::{Unlabelled, labelled, labels, refusal};
use crate::formats::lines::{Line, listed, no_such_name, pinned, shown};
use crate::formats::truths;
use crate::image_shape::ImageShape;

/// The columns of a file.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) columns: Vec<Column>,
    /// The column that the format itself says is the class, as KEEL's output is.
    pub(crate) target: Option<usize>,
    /// The names of columns of truth values, which are 0 and 1 until they are named.
    pub(crate) truths: Vec<String>,
    /// How the columns before the class are the pixels of an image, if every row is one.
    pub(super) image: Option<ImageShape>,
    /// Which published part each row is in, if the format knows it.
    pub(super) part: Option<Column>,
    /// The objects of the pictures that rows are regions of, if the format knows them.
    objects: Option<Vec<GroundTruthBox>>,
    /// The file, to find the line of a row that is wrong.
    source: Option<Box<dyn Locate>>,
    /// How kinds were inferred, if the format declares none.
    inference: Option<Inference>,
}

/// What a column holds follows from its cells, but for those that are pinned.
#[derive(Debug)]
struct Inference {
    kinds: Kinds,
    /// Whether `1,5` is one and a half; `None` if nobody can say so of the format.
    decimal_comma: Option<bool>,
}

/// Finds rows in the file that they were read from.
pub(crate) trait Locate: fmt::Debug {
    /// The line on which a row, counted from 0, begins, and the place in it of a column, if they are known.
    fn place_of(&self, row: usize, column: &str) -> Option<(u64, usize)>;
}

impl Frame {
    pub(crate) fn new(columns: Vec<Column>, target: Option<usize>) -> Self {
        Frame {
            columns,
            target,
            truths: Vec::new(),
            image: None,
            part: None,
            objects: None,
            source: None,
            inference: None,
        }
    }

    /// The same, whose columns of these names hold truth values.
    pub(super) fn with_truths(self, truths: Vec<String>) -> Self {
        Frame { truths, ..self }
    }

    /// The same, whose columns before the class are pixels of this shape.
    pub(crate) fn with_image(self, image: Option<ImageShape>) -> Self {
        Frame { image, ..self }
    }

    /// The same, whose rows are in these published parts.
    pub(super) fn with_part(self, part: Option<Column>) -> Self {
        Frame { part, ..self }
    }

    /// The same, whose rows are regions of pictures with these objects.
    pub(super) fn with_objects(self, objects: Vec<GroundTruthBox>) -> Self {
        Frame { objects: Some(objects), ..self }
    }

    /// The columns of a format that does not declare what they hold. A column that is pinned as numeric may hold texts
    /// as long as it is not known which rows are left out. `decimal_comma` says whether `1,5` is one and a half; `None`
    /// if nobody can say so of the format.
    pub(crate) fn inferred(
        columns: Vec<Column>,
        kinds: &Kinds,
        decimal_comma: Option<bool>,
    ) -> Self {
        let inference = Some(Inference { kinds: kinds.clone(), decimal_comma });
        Frame { inference, ..Frame::new(columns, None) }
    }

    /// The same, of a file that is there to be looked into.
    pub(super) fn of(self, source: impl Locate + 'static) -> Self {
        Frame { source: Some(Box::new(source)), ..self }
    }

    /// Pins the columns of a format that has types of its own.
    ///
    /// # Errors
    /// If there is no such column, or it does not hold numbers and is said to.
    pub(super) fn pinned(self, file: &str, kinds: &Kinds) -> Result<Self, DataError> {
        let names: Vec<String> = self.columns.iter().map(|c| c.name().to_owned()).collect();
        pinned(&Line::first(file), &names, kinds)?;
        let target = self.target.map(|index| names[index].clone());
        let mut columns = Vec::new();
        for column in self.columns {
            match (kinds.get(column.name()), column) {
                (Some(Kind::Ignored), _) => {}
                (Some(Kind::Numeric), Column::Categorical { name, .. })
                    if self.inference.is_none() =>
                {
                    let message =
                        format!("the column `{name}` is said to be numeric and holds texts");
                    return Err(DataError::Binary { file: file.to_owned(), message });
                }
                (Some(Kind::Categorical), column) => columns.push(column.into_categorical()),
                (_, column) => columns.push(column),
            }
        }
        let target = target.and_then(|name| columns.iter().position(|c| c.name() == name));
        let image = self.image.filter(|_| columns.len() == names.len());
        let with_kinds = |inference| Inference { kinds: kinds.clone(), ..inference };
        let inference = self.inference.map(with_kinds);
        Ok(Frame { columns, target, image, inference, ..self })
    }

    /// The same where columns that were read as texts are pinned as `kinds` say.
    pub(crate) fn pinned_as(mut self, kinds: &Kinds) -> Self {
        if let Some(inference) = &mut self.inference {
            inference.kinds.clone_from(kinds);
        }
        self
    }

    /// The same with columns that hold numbers alone as numbers, now that it is known which `rows` of the file are left
    /// (`None`: all): the text of a row that was left out, such as a total, makes no column categorical.
    ///
    /// # Errors
    /// If a column that is pinned as numeric holds something else: the first such cell.
    pub(crate) fn typed(mut self, file: &str, rows: Option<&[usize]>) -> Result<Self, DataError> {
        let Some(Inference { kinds, decimal_comma }) = &self.inference else { return Ok(self) };
        let mut typed = Vec::with_capacity(self.columns.len());
        for column in std::mem::take(&mut self.columns) {
            let pinned = kinds.get(column.name());
            let Column::Categorical { name, levels, codes } = column else {
                typed.push(column);
                continue;
            };
            if pinned == Some(&Kind::Categorical) {
                typed.push(Column::Categorical { name, levels, codes });
                continue;
            }
            let numbers: Vec<Option<f64>> =
                levels.iter().map(|level| number(level, decimal_comma.unwrap_or(false))).collect();
            let value = |code: &Option<u32>| match code {
                Some(code) => numbers[*code as usize],
                None => Some(f64::NAN),
            };
            match codes.iter().position(|code| value(code).is_none()) {
                None => {
                    let values = codes.iter().filter_map(value).collect();
                    typed.push(Column::Numeric { name, values });
                }
                Some(row) if pinned == Some(&Kind::Numeric) => {
                    let cell = codes[row].map_or("", |code| &levels[code as usize]);
                    let row = rows.map_or(row, |rows| rows[row]);
                    return Err(self.no_number(file, row, &name, cell));
                }
                Some(_) => typed.push(Column::Categorical { name, levels, codes }),
            }
        }
        Ok(Frame { columns: typed, ..self })
    }

    /// What is wrong with a cell of a column that is pinned as numeric.
    fn no_number(&self, file: &str, row: usize, column: &str, cell: &str) -> DataError {
        let decimal_comma = self.inference.as_ref().and_then(|inference| inference.decimal_comma);
        let help = if decimal_comma == Some(false) && number(cell, true).is_some() {
            "; if its comma is a decimal one, set decimal_comma = true"
        } else {
            ""
        };
        let message = format!(
            "{} is no number in the column {}, which is said to be numeric{help}",
            shown(cell),
            shown(column)
        );
        let file = file.to_owned();
        match self.place_of(row, column) {
            Some((line, column)) => DataError::Text { file, line, column, message },
            None => DataError::Binary { file, message: format!("row {row} (from 0): {message}") },
        }
    }

    /// Sets the class apart: the column called `target`, or the one that the format says is the class. Rows without
    /// one are left out, or the file is refused.
    ///
    /// # Errors
    /// If there is no such column, a row has no class, or the column holds no classes.
    pub(crate) fn table(
        mut self,
        file: &str,
        target: Option<&str>,
        unlabelled: Unlabelled,
    ) -> Result<LabelledTable, DataError> {
        let failed = |message: String| DataError::Binary { file: file.to_owned(), message };
        let names = || self.columns.iter().map(|c| c.name().to_owned()).collect::<Vec<_>>();
        let index = match target {
            Some(name) => self.columns.iter().position(|column| column.name() == name),
            None => self.target,
        };
        let index = index.ok_or_else(|| match target {
            Some(name) => failed(no_such_name(name, &names())),
            None => failed(format!(
                "which column is the class? name it as target: there are {}",
                listed(&names())
            )),
        })?;
        self.name_truths(index);
        let classes = &self.columns[index];
        let (rows, without) = labelled(classes);
        match without.first() {
            Some(_) if rows.is_empty() => {
                let name = classes.name();
                return Err(failed(format!("no row has a class in the column `{name}`")));
            }
            Some(&first) if unlabelled == Unlabelled::Refuse => {
                return Err(self.wrong_row(file, first, refusal(classes.name(), without.len())));
            }
            Some(_) => {
                let columns = self.columns.iter_mut().chain(&mut self.part);
                columns.for_each(|column| *column = column.keep(&rows));
            }
            None => {}
        }
        let mut frame = self.typed(file, Some(&rows))?;
        let image = frame.image.filter(|_| index == frame.columns.len() - 1);
        let classes = frame.columns.remove(index);
        let labels =
            labels(&classes).map_err(|(row, message)| frame.wrong_row(file, rows[row], message))?;
        let Frame { columns, truths, part, objects, .. } = frame;
        Ok(LabelledTable { columns, labels, unlabelled: without, truths, image, part, objects })
    }

    /// A class has the name that other formats write for a truth value.
    fn name_truths(&mut self, index: usize) {
        if let Column::Numeric { name, values } = &self.columns[index]
            && self.truths.contains(name)
        {
            let text = |x: &f64| (!x.is_nan()).then(|| truths::of(*x));
            self.columns[index] = Column::from_texts(name.clone(), values.iter().map(text));
        }
    }

    /// What is wrong with a row, counted from 0: on its line, if there are lines.
    pub(crate) fn wrong_row(&self, file: &str, row: usize, message: String) -> DataError {
        let file = file.to_owned();
        match self.place_of(row, "") {
            Some((line, _)) => DataError::Text { file, line, column: 1, message },
            None => DataError::Binary { file, message: format!("row {row} (from 0): {message}") },
        }
    }
    fn place_of(&self, row: usize, column: &str) -> Option<(u64, usize)> {
        self.source.as_ref().and_then(|source| source.place_of(row, column))
    }
}

#[cfg(test)]
mod tests;
