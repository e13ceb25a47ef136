//! Cells between runs of blanks, as in old files of the UCI repository.
//!
//! ```text
//! line = cell {blank cell}
//! ```
//!
//! There is no header: the columns are called `x1`, `x2` and so on. Blanks are spaces and tabs; those
//! around a line and blank lines do not count. Cells that stand for a missing value are given by the
//! caller; what a column holds is inferred ([`Cells`]). The format does not say which is the class.

use crate::DataError;
use crate::formats::cells::{Cells, Reading};
use crate::formats::lines::{Line, lines, pinned, shown, words, wrong_at_the_end};
use crate::formats::{Frame, Kinds};

/// Reads `bytes`; `file` is named in errors.
pub(crate) fn read(
    file: &str,
    bytes: &[u8],
    kinds: &Kinds,
    missing: &[String],
) -> Result<Frame, DataError> {
    let Some(first) = lines(file, bytes, None).next().transpose()? else {
        return Err(wrong_at_the_end(file, bytes, "the file has no rows"));
    };
    let n_columns = words(first.text).count();
    let mut cells = Cells::new(n_columns);
    for line in lines(file, bytes, None) {
        push_row(&mut cells, &line?, n_columns)?;
    }
    let names: Vec<String> = (1..=n_columns).map(|i| format!("x{i}")).collect();
    let kinds = pinned(&Line::first(file), &names, kinds)?;
    let columns = cells.columns(&names, &kinds, &Reading { missing, decimal_comma: false });
    let columns = columns.map_err(|wrong| {
        let line = lines(file, bytes, None).nth(wrong.row).and_then(Result::ok);
        let line = line.unwrap_or_else(|| Line::first(file));
        let at = words(line.text).nth(wrong.column).map_or(0, |(at, _)| at);
        line.wrong(at, wrong.message)
    })?;
    Ok(Frame { columns, target: None })
}

fn push_row(cells: &mut Cells, line: &Line<'_>, n_columns: usize) -> Result<(), DataError> {
    let mut words = words(line.text);
    for n_before in 0..n_columns {
        let Some((_, word)) = words.next() else {
            let message = format!("the row ends after {n_before} of {n_columns} cells");
            return Err(line.wrong(line.text.len(), message));
        };
        cells.push(word);
    }
    match words.next() {
        Some((at, word)) => {
            let message = format!("{} comes after all {n_columns} cells of the row", shown(word));
            Err(line.wrong(at, message))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::formats::Kind;
    use crate::formats::testing::{
        cases, counts, damaged, n_missing, names, numbers, sample, shape,
    };

    const SAMPLE: &str = "uci_whitespace_with_id.data";

    fn written(text: &str, kinds: &Kinds) -> Result<Frame, String> {
        let missing = ["?".to_owned()];
        read("t", text.as_bytes(), kinds, &missing).map_err(|error| error.to_string())
    }

    #[test]
    fn a_sample_has_the_rows_and_classes_that_are_in_it() {
        let kinds = Kinds::from([("x1".to_owned(), Kind::Ignored)]);
        let frame = read(SAMPLE, &sample(SAMPLE), &kinds, &[]).unwrap();
        assert_eq!((shape(&frame), n_missing(&frame), frame.target), ((336, 8), 0, None));
        let expected = ["[x2]", "[x3]", "[x4]", "[x5]", "[x6]", "[x7]", "[x8]", "x9"];
        assert_eq!(names(&frame), expected);
        let classes = counts(&frame.columns[7]);
        assert_eq!(
            classes.iter().map(|(_, n)| *n).collect::<Vec<_>>(),
            [143, 77, 2, 2, 35, 20, 5, 52]
        );
        assert_eq!((classes[2].0, numbers(&frame.columns[0])[0]), ("imL", 0.49));
    }

    #[test]
    fn runs_of_blanks_are_one() {
        let frame = written("\n 1 \t a\r\n?  b  \r\n \n", &Kinds::new()).unwrap();
        assert_eq!((names(&frame), shape(&frame)), (vec!["[x1]".into(), "x2".into()], (2, 2)));
        assert_eq!(n_missing(&frame), 1);
    }

    #[test]
    fn mistakes_are_located() {
        let error = |text: &str| written(text, &Kinds::new()).unwrap_err();
        assert_eq!(error("1 2\n\n é\n"), "t:3:3: the row ends after 1 of 2 cells");
        assert_eq!(error("1 2\n1 2  3 4\n"), "t:2:6: `3` comes after all 2 cells of the row");
        assert_eq!(error(" \n"), "t:1:1: the file has no rows");
        let pinned = |name: &str| {
            let kinds = Kinds::from([(name.to_owned(), Kind::Numeric)]);
            written("\na 1\né  b\n", &kinds).unwrap_err()
        };
        assert_eq!(pinned("x2"), "t:3:4: `b` is no number");
        assert!(pinned("target").ends_with("there are `x1`, `x2`"));
    }

    proptest! {
        #![proptest_config(cases(200))]

        #[test]
        fn damage_is_an_error_or_another_table(bytes in damaged(&sample(SAMPLE))) {
            let kinds = Kinds::from([("x2".to_owned(), Kind::Numeric)]);
            for kinds in [Kinds::new(), kinds] {
                if let Ok(frame) = read("t", &bytes, &kinds, &["?".to_owned()]) {
                    shape(&frame);
                }
            }
        }
    }
}
