//! Readers, one file a format. They give columns; which of them holds the class is decided later.

pub(crate) mod arff;
mod attributes;
pub(crate) mod bounds;
pub(crate) mod boxes;
mod cells;
pub(crate) mod csv;
mod declared;
pub(crate) mod encoding;
pub(crate) mod format;
pub(crate) mod idx;
pub(crate) mod image_folder;
pub(crate) mod images;
pub(crate) mod keel;
mod labels;
pub(crate) mod libsvm;
mod lines;
pub(crate) mod npy;
pub(crate) mod npz;
pub(crate) mod parquet;
mod quotes;
#[cfg(test)]
mod testing;
pub(crate) mod truths;
pub(crate) mod whitespace;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::dataset::Labels;
use crate::formats::format::Format;
pub use crate::formats::labels::Unlabelled;
pub(crate) use crate::formats::labels::same_number;
use crate::formats::labels::{labelled, labels, refusal};
use crate::formats::lines::{Line, pinned, shown};
pub(crate) use crate::formats::lines::{listed, no_such_name};
use crate::{Column, DataError};

/// The columns of a file.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) columns: Vec<Column>,
    /// The column that the format itself says is the class, as KEEL's output is.
    pub(crate) target: Option<usize>,
    /// The names of columns of truth values, which are 0 and 1 until they are named.
    pub(crate) truths: Vec<String>,
    /// The file, to find the line of a row that is wrong.
    source: Option<(Format, PathBuf)>,
    /// How kinds were inferred, if the format declares none.
    inference: Option<Inference>,
}

/// What a column holds follows from its cells, but for those that are pinned.
#[derive(Debug)]
struct Inference {
    kinds: Kinds,
    decimal_comma: bool,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Numbers.
    Numeric,
    /// One of several levels, whatever they look like.
    Categorical,
    /// Nothing to learn from: an identifier, a copy of the class.
    Ignored,
}

/// The kinds of columns that were pinned, by the columns' names.
pub type Kinds = BTreeMap<String, Kind>;

impl Frame {
    pub(crate) fn new(columns: Vec<Column>, target: Option<usize>) -> Self {
        Frame { columns, target, truths: Vec::new(), source: None, inference: None }
    }

    /// The same, whose columns of these names hold truth values.
    fn with_truths(self, truths: Vec<String>) -> Self {
        Frame { truths, ..self }
    }

    /// The columns of a format that does not declare what they hold. A column that is pinned as numeric may hold texts
    /// as long as it is not known which rows are left out.
    pub(crate) fn inferred(columns: Vec<Column>, kinds: &Kinds, decimal_comma: bool) -> Self {
        let inference = Some(Inference { kinds: kinds.clone(), decimal_comma });
        Frame { inference, ..Frame::new(columns, None) }
    }

    /// The same, of a file.
    fn of(self, format: &Format, path: &Path) -> Self {
        Frame { source: Some((format.clone(), path.to_owned())), ..self }
    }

    /// Pins the columns of a format that has types of its own.
    ///
    /// # Errors
    /// If there is no such column, or it does not hold numbers and is said to.
    fn pinned(self, file: &str, kinds: &Kinds) -> Result<Self, DataError> {
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
        let with_kinds = |inference| Inference { kinds: kinds.clone(), ..inference };
        let inference = self.inference.map(with_kinds);
        Ok(Frame { columns, target, inference, ..self })
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
                levels.iter().map(|level| cells::number(level, *decimal_comma)).collect();
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
        let has_comma = !self.inference.as_ref().is_some_and(|inference| inference.decimal_comma)
            && cells::number(cell, true).is_some();
        let is_csv = matches!(&self.source, Some((Format::Csv(_), _)));
        let help = if has_comma && is_csv {
            "; if its comma is a decimal one, set decimal_comma = true"
        } else {
            ""
        };
        let message = format!(
            "{} is no number in the column {}, which is said to be numeric{help}",
            shown(cell),
            shown(column)
        );
        let place = self.source.as_ref();
        let place = place.and_then(|(format, path)| format.place_of(path, row, column));
        let file = file.to_owned();
        match place {
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
    ) -> Result<Table, DataError> {
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
                self.columns.iter_mut().for_each(|column| *column = column.keep(&rows));
            }
            None => {}
        }
        let mut frame = self.typed(file, Some(&rows))?;
        let classes = frame.columns.remove(index);
        let labels =
            labels(&classes).map_err(|(row, message)| frame.wrong_row(file, rows[row], message))?;
        let Frame { columns, truths, .. } = frame;
        Ok(Table { columns, labels, unlabelled: without, truths })
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
        let line = self.source.as_ref().and_then(|(format, path)| format.line_of(path, row));
        match line {
            Some(line) => DataError::Text { file, line, column: 1, message },
            None => DataError::Binary { file, message: format!("row {row} (from 0): {message}") },
        }
    }
}

/// What a table holds.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) columns: Vec<Column>,
    pub(crate) labels: Labels,
    /// Rows of the file that were left out, as they have no class.
    pub(crate) unlabelled: Vec<usize>,
    /// Names of columns of truth values that are 0 and 1.
    pub(crate) truths: Vec<String>,
}

/// The column that holds the class.
pub(crate) const TARGET: &str = "target";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::csv::CsvFormat;
    use crate::formats::testing::names;

    fn error(name: &str, content: &str, format: &Format) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        let frame = format.read(&path, &Kinds::new()).unwrap();
        let target = frame.target.is_none().then_some("class");
        frame.table(name, target, Unlabelled::Refuse).unwrap_err().to_string()
    }

    #[test]
    fn a_row_without_a_class_is_found_on_its_line() {
        let csv = Format::Csv(CsvFormat::default());
        let quoted = "x,class\n\"1\n2\",a\n\n3,\n";
        assert!(error("t.csv", quoted, &csv).starts_with(
            "t.csv:5:1: this row has no class in the column `class`: remove it, or say"
        ));
        let several = "x,class\n1,\n2,1\n3,\n";
        let expected =
            "t.csv:2:1: 2 rows have no class in the column `class`, this one first: remove them";
        assert!(error("t.csv", several, &csv).starts_with(expected));
        let none = "x,class\n1,\n2,\n";
        assert_eq!(error("t.csv", none, &csv), "t.csv: no row has a class in the column `class`");
        let real = "x,class\n1,2\n1,2.5\n";
        assert!(error("t.csv", real, &csv).starts_with("t.csv:3:1: 2.5 in the column"));
        let large = "x,class\n1,9007199254740995\n";
        assert!(error("t.csv", large, &csv).starts_with("t.csv:2:1: 9007199254740996"));
        let keel = "@relation r\n@attribute x real\n@attribute class {a,b}\n@outputs class\n@data\n% no\n1,a\n2,?\n";
        assert!(
            error("t.dat", keel, &Format::Keel {}).starts_with("t.dat:8:1: this row has no class")
        );
    }

    #[test]
    fn rows_without_a_class_are_left_out_if_they_may_be() {
        let texts = Column::from_texts("t".to_owned(), [Some("a"), Some("b"), None, Some("c")]);
        let x = Column::Numeric { name: "x".to_owned(), values: vec![1.0, 2.0, 3.0, f64::NAN] };
        let y = Column::Numeric { name: "y".to_owned(), values: vec![0.0, f64::NAN, 7.0, 0.0] };
        let frame = |columns: Vec<Column>| Frame::new(columns, None);
        let table = frame(vec![texts.clone(), x.clone(), y.clone()]);
        let table = table.table("t", Some("y"), Unlabelled::Drop).unwrap();
        assert_eq!(table.columns[0], texts.keep(&[0, 2, 3]));
        assert_eq!(table.columns[1].n_rows(), 3);
        assert_eq!((table.labels.levels.len(), table.unlabelled), (2, vec![1]));
        let of_texts = frame(vec![y, texts]).table("t", Some("t"), Unlabelled::Drop).unwrap();
        assert_eq!((of_texts.labels.levels.len(), of_texts.unlabelled), (3, vec![2]));
        // The row is that of the file, whatever was left out before it.
        let half = Column::Numeric { name: "y".to_owned(), values: vec![f64::NAN, 1.0, 2.5, 0.0] };
        let error = frame(vec![x, half]).table("t", Some("y"), Unlabelled::Drop).unwrap_err();
        assert!(error.to_string().starts_with("t: row 2 (from 0): 2.5 in"), "{error}");
    }

    /// The table of a file whose rows without a class are left out.
    fn labelled_rows(
        name: &str,
        content: &[u8],
        format: &Format,
        kinds: &[(&str, Kind)],
    ) -> Result<Table, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        let kinds = kinds.iter().map(|(name, kind)| ((*name).to_owned(), *kind)).collect();
        let frame = format.read(&path, &kinds).map_err(|error| error.to_string())?;
        let target = frame.columns.last().unwrap().name().to_owned();
        frame.table(name, Some(&target), Unlabelled::Drop).map_err(|error| error.to_string())
    }

    #[test]
    fn kinds_follow_from_the_rows_that_are_left() {
        let csv = Format::Csv(CsvFormat { decimal_comma: true, ..CsvFormat::default() });
        let text = "u,v,w,class\n\"1,5\",a,7,x\n2,1,8,y\nTotal,3,15,\n\"\",4,Sum,\n3,5,9,x\n";
        let table = labelled_rows("t.csv", text.as_bytes(), &csv, &[]).unwrap();
        let number = |name: &str, values| Column::Numeric { name: name.to_owned(), values };
        assert_eq!(table.columns[0], number("u", vec![1.5, 2.0, 3.0]));
        assert_eq!(table.columns[1], Column::from_texts("v".to_owned(), ["a", "1", "5"].map(Some)));
        assert_eq!(table.columns[2], number("w", vec![7.0, 8.0, 9.0]));
        assert_eq!(table.unlabelled, [2, 3]);
        // What is pinned as numeric has to be so in those rows alone.
        let pins = [("u", Kind::Numeric), ("w", Kind::Categorical)];
        let table = labelled_rows("t.csv", text.as_bytes(), &csv, &pins).unwrap();
        assert!(matches!(table.columns[0], Column::Numeric { .. }));
        assert_eq!(table.columns[2], Column::from_texts("w".to_owned(), ["7", "8", "9"].map(Some)));
        let wrong = labelled_rows("t.csv", text.as_bytes(), &csv, &[("v", Kind::Numeric)]);
        let message = "is no number in the column `v`, which is said to be numeric";
        assert_eq!(wrong.unwrap_err(), format!("t.csv:2:7: `a` {message}"));
        let late = text.replace("9,x", "x,x");
        let wrong = labelled_rows("t.csv", late.as_bytes(), &csv, &[("w", Kind::Numeric)]);
        assert!(wrong.unwrap_err().starts_with("t.csv:6:5: `x` is no number in the column `w`"));
        // The class too is read as it is pinned.
        let wrong = labelled_rows("t.csv", text.as_bytes(), &csv, &[("class", Kind::Numeric)]);
        assert!(
            wrong.unwrap_err().starts_with("t.csv:2:11: `x` is no number in the column `class`")
        );
    }

    #[test]
    fn kinds_follow_from_the_rows_that_are_left_between_blanks_and_in_arrays_too() {
        let blanks = Format::Whitespace(crate::WhitespaceFormat {
            header: true,
            ..crate::WhitespaceFormat::default()
        });
        let text = "u  v class\n1 a x\n2 b y\nTotal c ?\n";
        let table = labelled_rows("t.data", text.as_bytes(), &blanks, &[("u", Kind::Numeric)]);
        assert_eq!(
            table.unwrap().columns[0],
            Column::Numeric { name: "u".to_owned(), values: vec![1.0, 2.0] }
        );
        let wrong = labelled_rows("t.data", text.as_bytes(), &blanks, &[("v", Kind::Numeric)]);
        assert!(wrong.unwrap_err().starts_with("t.data:2:3: `a` is no number in the column `v`"));
        let header = "{'descr': '|S3', 'fortran_order': False, 'shape': (3, 2), }";
        let length = (header.len() as u16).to_le_bytes();
        let items = b"1.5x\0\0Sum\0\0\0\x32\0\0y\0\0";
        let array = [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes(), items].concat();
        for kinds in [&[][..], &[("x1", Kind::Numeric)]] {
            let table = labelled_rows("t.npy", &array, &Format::Npy {}, kinds).unwrap();
            let expected = Column::Numeric { name: "x1".to_owned(), values: vec![1.5, 2.0] };
            assert_eq!((&table.columns[0], &table.unlabelled), (&expected, &vec![1]));
        }
        let sum = array.iter().rposition(|&byte| byte == b'S').unwrap();
        let mut labelled = array.clone();
        labelled[sum + 3] = b'z';
        let wrong = labelled_rows("t.npy", &labelled, &Format::Npy {}, &[("x1", Kind::Numeric)]);
        let expected = "t.npy: row 1 (from 0): `Sum` is no number in the column `x1`";
        assert!(wrong.unwrap_err().starts_with(expected));
    }

    #[test]
    fn columns_of_arrays_are_pinned() {
        let columns = || {
            vec![
                Column::Numeric { name: "x1".to_owned(), values: vec![1.0, f64::NAN, 2.5] },
                Column::from_texts("x2".to_owned(), [Some("a"), None, Some("b")]),
                Column::Numeric { name: "y".to_owned(), values: vec![0.0, 1.0, 0.0] },
            ]
        };
        let pinned = |kinds: &[(&str, Kind)]| {
            let kinds = kinds.iter().map(|(name, kind)| ((*name).to_owned(), *kind)).collect();
            Frame::new(columns(), Some(2)).pinned("t.npz", &kinds)
        };
        let frame = pinned(&[("x1", Kind::Categorical), ("x2", Kind::Ignored)]).unwrap();
        assert_eq!(
            (names(&frame), frame.target),
            (vec!["x1".to_owned(), "[y]".to_owned()], Some(1))
        );
        assert!(pinned(&[("x2", Kind::Numeric)]).unwrap_err().to_string().contains("holds texts"));
        assert!(pinned(&[("x3", Kind::Ignored)]).unwrap_err().to_string().contains("`x3`"));
    }
}
