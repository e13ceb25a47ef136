//! Comma-separated values: a header, numbers, an empty cell where missing, the class in `target`.

use crate::formats::{TARGET, Table};
use crate::{Column, DataError};

/// Reads `bytes`; `file` is named in errors.
pub(crate) fn read(file: &str, bytes: &[u8]) -> Result<Table, DataError> {
    let at = |line: u64, column: usize, message: String| DataError::Text {
        file: file.to_owned(),
        line,
        column,
        message,
    };
    let malformed = |error: &csv::Error| {
        let line = error.position().map_or(1, csv::Position::line);
        at(line, 1, format!("this is no CSV table ({error})"))
    };
    let mut reader = csv::Reader::from_reader(bytes);
    let header = reader.headers().map_err(|error| malformed(&error))?.clone();
    let target = header.iter().position(|name| name == TARGET).ok_or_else(|| {
        at(1, header.len(), format!("no column is called `{TARGET}`: it holds the class"))
    })?;
    let mut values: Vec<Vec<f64>> = vec![Vec::new(); header.len()];
    let mut labels = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| malformed(&error))?;
        let line = record.position().map_or(0, csv::Position::line);
        for (i, cell) in record.iter().enumerate() {
            if i == target {
                labels.push(cell.to_owned());
            } else if cell.is_empty() {
                values[i].push(f64::NAN);
            } else {
                let number: Option<f64> = cell.parse().ok().filter(|x: &f64| x.is_finite());
                let number = number.ok_or_else(|| {
                    at(
                        line,
                        i + 1,
                        format!("`{cell}` is no number; a missing value is an empty cell"),
                    )
                })?;
                values[i].push(number);
            }
        }
    }
    let columns = header.iter().zip(values).enumerate().filter(|(i, _)| *i != target);
    let columns =
        columns.map(|(_, (name, values))| Column::Numeric { name: name.to_owned(), values });
    Ok(Table { columns: columns.collect(), labels })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: &str) -> String {
        read("t.csv", text.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn an_empty_cell_is_missing() {
        let table = read("t.csv", b"a,b,target\n1,,x\n2,3.5,y\n").unwrap();
        assert_eq!(table.labels, ["x", "y"]);
        assert_eq!(table.columns[1].n_missing(), 1);
    }

    #[test]
    fn mistakes_are_located() {
        assert!(error("a,target\n1,x\noops,y\n").starts_with("t.csv:3:1: `oops` is no number"));
        assert!(error("a,target\n1,x\n2\n").starts_with("t.csv:3:1: this is no CSV table"));
        assert!(error("a,b\n1,2\n").starts_with("t.csv:1:2: no column is called `target`"));
    }
}
