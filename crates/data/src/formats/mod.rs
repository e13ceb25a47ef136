//! Readers, one file a format. They give columns; which of them holds the class is decided later.

pub(crate) mod arff;
mod attributes;
mod bounds;
pub(crate) mod boxes;
mod cells;
pub(crate) mod csv;
mod declared;
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
#[cfg(test)]
mod testing;
pub(crate) mod whitespace;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::dataset::Labels;
use crate::formats::format::Format;
pub use crate::formats::labels::Unlabelled;
use crate::formats::labels::{labelled, labels, refusal};
use crate::formats::lines::{Line, listed, no_such_name, pinned};
use crate::{Column, DataError};

/// The columns of a file.
#[derive(Debug)]
pub(crate) struct Frame {
    pub(crate) columns: Vec<Column>,
    /// The column that the format itself says is the class, as KEEL's output is.
    pub(crate) target: Option<usize>,
    /// The file, to find the line of a row that is wrong.
    source: Option<(Format, PathBuf)>,
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
        Frame { columns, target, source: None }
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
                (Some(Kind::Numeric), Column::Categorical { name, .. }) => {
                    let message =
                        format!("the column `{name}` is said to be numeric and holds texts");
                    return Err(DataError::Binary { file: file.to_owned(), message });
                }
                (Some(Kind::Categorical), column) => columns.push(column.into_categorical()),
                (_, column) => columns.push(column),
            }
        }
        let target = target.and_then(|name| columns.iter().position(|c| c.name() == name));
        Ok(Frame { columns, target, ..self })
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
        let classes = self.columns.remove(index);
        let (rows, without) = labelled(&classes);
        match without.first() {
            Some(_) if rows.is_empty() => {
                return Err(failed(format!(
                    "no row has a class in the column `{}`",
                    classes.name()
                )));
            }
            Some(&first) if unlabelled == Unlabelled::Refuse => {
                return Err(self.wrong_row(file, first, refusal(classes.name(), without.len())));
            }
            Some(_) => {
                self.columns.iter_mut().for_each(|column| *column = column.keep(&rows));
            }
            None => {}
        }
        let labels =
            labels(&classes, &rows).map_err(|(row, message)| self.wrong_row(file, row, message))?;
        Ok(Table { columns: self.columns, labels, unlabelled: without })
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
        let texts = Column::from_texts("t".to_owned(), &[Some("a"), Some("b"), None, Some("c")]);
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

    #[test]
    fn columns_of_arrays_are_pinned() {
        let columns = || {
            vec![
                Column::Numeric { name: "x1".to_owned(), values: vec![1.0, f64::NAN, 2.5] },
                Column::from_texts("x2".to_owned(), &[Some("a"), None, Some("b")]),
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
