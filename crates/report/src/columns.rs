//! Columns of a table, of which Parquet and CSV are made.

use std::borrow::Cow;

use polars::prelude::{DataFrame, IntoColumn, NamedFrom, PolarsResult, Series};

/// A column: its name, and a value for each row.
#[derive(Clone, Debug)]
pub(crate) struct Column<'a> {
    pub(crate) name: Cow<'static, str>,
    pub(crate) values: Values<'a>,
}

/// The values of a column; `None` where there is none.
#[derive(Clone, Debug)]
pub(crate) enum Values<'a> {
    Texts(Vec<Option<Cow<'a, str>>>),
    Counts(Vec<Option<u64>>),
    Flags(Vec<Option<bool>>),
    Reals(Vec<Option<f64>>),
}

/// The same columns as Polars holds them.
pub(crate) fn frame(n_rows: usize, columns: &[Column<'_>]) -> PolarsResult<DataFrame> {
    let column = |Column { name, values }: &Column<'_>| {
        let name = name.as_ref().into();
        let series = match values {
            Values::Texts(texts) => {
                let texts: Vec<Option<&str>> = texts.iter().map(Option::as_deref).collect();
                Series::new(name, texts)
            }
            Values::Counts(counts) => Series::new(name, counts),
            Values::Flags(flags) => Series::new(name, flags),
            Values::Reals(reals) => Series::new(name, reals),
        };
        series.into_column()
    };
    DataFrame::new(n_rows, columns.iter().map(column).collect())
}

/// The names of the columns as a line of CSV.
pub(crate) fn csv_header(columns: &[Column<'_>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (i, column) in columns.iter().enumerate() {
        separate(i, &mut bytes);
        write_text(&column.name, &mut bytes);
    }
    bytes.push(b'\n');
    bytes
}

/// Their rows as lines of CSV. A missing value is empty, an empty text is `""`; numbers have the fewest digits that give
/// them back.
pub(crate) fn csv_rows(n_rows: usize, columns: &[Column<'_>]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for row in 0..n_rows {
        for (i, column) in columns.iter().enumerate() {
            separate(i, &mut bytes);
            column.values.write(row, &mut bytes);
        }
        bytes.push(b'\n');
    }
    bytes
}

/// Puts the `rows` of the same columns behind those that there are.
pub(crate) fn append<'a>(columns: &mut [Column<'a>], rows: Vec<Column<'a>>) {
    for (column, mut more) in columns.iter_mut().zip(rows) {
        match (&mut column.values, &mut more.values) {
            (Values::Texts(known), Values::Texts(more)) => known.append(more),
            (Values::Counts(known), Values::Counts(more)) => known.append(more),
            (Values::Flags(known), Values::Flags(more)) => known.append(more),
            (Values::Reals(known), Values::Reals(more)) => known.append(more),
            _ => unreachable!("a column is of one kind"),
        }
    }
}

fn separate(place: usize, bytes: &mut Vec<u8>) {
    if 0 < place {
        bytes.push(b',');
    }
}

impl Values<'_> {
    fn write(&self, row: usize, bytes: &mut Vec<u8>) {
        match self {
            Values::Texts(texts) => {
                if let Some(text) = &texts[row] {
                    write_text(text, bytes);
                }
            }
            Values::Counts(counts) => write_number(counts[row], bytes),
            Values::Flags(flags) => {
                let text = flags[row].map_or("", |flag| if flag { "true" } else { "false" });
                bytes.extend_from_slice(text.as_bytes());
            }
            Values::Reals(reals) => write_number(reals[row], bytes),
        }
    }
}

/// As JSON has it; what is not finite is never in a column.
fn write_number(number: Option<impl serde::Serialize>, bytes: &mut Vec<u8>) {
    if let Some(number) = number {
        serde_json::to_writer(bytes, &number).expect("a number can be written to memory");
    }
}

/// RFC 4180: quoted where it has to be.
fn write_text(text: &str, bytes: &mut Vec<u8>) {
    let is_special = |byte: u8| matches!(byte, b',' | b'"' | b'\n' | b'\r');
    if !text.is_empty() && !text.bytes().any(is_special) {
        bytes.extend_from_slice(text.as_bytes());
        return;
    }
    bytes.push(b'"');
    for (i, piece) in text.split('"').enumerate() {
        bytes.extend_from_slice(if i == 0 { b"" } else { b"\"\"" });
        bytes.extend_from_slice(piece.as_bytes());
    }
    bytes.push(b'"');
}

#[cfg(test)]
mod tests {
    use polars_io::SerWriter;
    use polars_io::csv::write::CsvWriter;

    use super::*;

    #[test]
    fn a_csv_is_what_polars_would_write() {
        let texts = ["", "plain", "a,b", "say \"no\"", "\"", "two\nlines", "cr\r", "ä §", "null"];
        let texts = texts.map(|text| Some(Cow::Borrowed(text))).into_iter().chain([None]);
        let reals = [
            0.0,
            -0.0,
            1.0,
            0.1,
            -2.5,
            1e-5,
            1e-4,
            123_456.789,
            1e15,
            1e16,
            1e17,
            1e21,
            1.5e300,
            f64::MIN_POSITIVE,
            f64::MAX,
            5e-324,
            1.0 / 3.0,
            0.1 + 0.2,
            4_503_599_627_370_496.5,
        ];
        let n_rows = 500;
        let texts: Vec<_> = texts.cycle().take(n_rows).collect();
        let reals = reals.map(Some).into_iter().chain([None]).cycle();
        let counts = [Some(0), None, Some(u64::MAX), Some(17)].into_iter().cycle();
        let flags = [Some(true), None, Some(false)].into_iter().cycle();
        let columns = vec![
            Column { name: "a".into(), values: Values::Texts(texts) },
            Column { name: "b, c".into(), values: Values::Counts(counts.take(n_rows).collect()) },
            Column { name: "d".into(), values: Values::Flags(flags.take(n_rows).collect()) },
            Column { name: "e".into(), values: Values::Reals(reals.take(n_rows).collect()) },
        ];
        let mut ours = csv_header(&columns);
        ours.extend(csv_rows(n_rows, &columns));
        let mut theirs = Vec::new();
        CsvWriter::new(&mut theirs).finish(&mut frame(n_rows, &columns).unwrap()).unwrap();
        assert_eq!(String::from_utf8(ours).unwrap(), String::from_utf8(theirs).unwrap());
    }
}
