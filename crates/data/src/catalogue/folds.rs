//! The folds that a data set is published with: a table of rows and folds, or columns of the set itself.

use std::path::Path;

use crate::column::Column;
use crate::error::DataError;
use crate::roles::Roles;

/// The fold of every row, from 0, in each repeat, as the table `text` gives it: with the columns `row` (from 0), `fold`
/// (from 1) and, if the partition is repeated, `repeat` (from 1).
///
/// # Errors
/// If a row is in no fold of a repeat or in two, or a fold is empty.
pub(super) fn of_table(
    file: &str,
    text: &str,
    n_rows: usize,
    n_folds: Option<usize>,
) -> Result<Vec<Vec<u32>>, DataError> {
    let wrong = |line: usize, message: String| DataError::Text {
        file: file.to_owned(),
        line: line as u64,
        column: 1,
        message,
    };
    let mut lines = text.trim_start_matches('\u{feff}').lines();
    let header = Header::of(lines.next().unwrap_or_default()).ok_or_else(|| {
        let message = "expected a table with the columns row, fold and perhaps repeat";
        wrong(1, message.to_owned())
    })?;
    let of_repeat =
        |n: usize| header.repeat.map_or_else(String::new, |_| format!(" of repeat {n}"));
    // Every row is in every repeat, unless something is wrong.
    let most_repeats = lines.clone().count().div_ceil(n_rows.max(1));
    let mut repeats: Vec<Vec<Option<u32>>> = Vec::new();
    for (line, text) in (2..).zip(lines).filter(|(_, text)| !text.trim().is_empty()) {
        let Some([row, fold, repeat]) = header.read(text) else {
            let columns = header.columns.join(",");
            let message =
                format!("`{text}` is not {columns} with rows from 0 and the others from 1");
            return Err(wrong(line, message));
        };
        if let Some(n_folds) = n_folds.filter(|&n_folds| n_folds < fold as usize) {
            return Err(wrong(line, format!("fold {fold}, and the catalogue says {n_folds}")));
        }
        if n_rows < fold as usize {
            return Err(wrong(line, format!("fold {fold} of a table with {n_rows} rows")));
        }
        let repeat = repeat as usize;
        if most_repeats < repeat {
            let message =
                format!("repeat {repeat}, and the lines are too few for every row to be in each");
            return Err(wrong(line, message));
        }
        if repeats.len() < repeat {
            repeats.resize(repeat, vec![None; n_rows]);
        }
        let slot = repeats[repeat - 1].get_mut(row as usize).ok_or_else(|| {
            wrong(line, format!("row {row} of a table with {n_rows} rows, counted from 0"))
        })?;
        if slot.replace(fold - 1).is_some() {
            return Err(wrong(line, format!("row {row} is in two folds{}", of_repeat(repeat))));
        }
    }
    let complete = |(folds, repeat): (Vec<Option<u32>>, usize)| {
        complete(folds, n_folds).map_err(|message| wrong(1, message + &of_repeat(repeat)))
    };
    let repeats: Vec<Vec<u32>> =
        repeats.into_iter().zip(1..).map(complete).collect::<Result<_, _>>()?;
    if repeats.is_empty() { Err(wrong(1, "row 0 is in no fold".to_owned())) } else { Ok(repeats) }
}

/// The columns of a table of folds.
struct Header<'t> {
    columns: Vec<&'t str>,
    /// Which of them these are.
    row: usize,
    fold: usize,
    repeat: Option<usize>,
}

impl<'t> Header<'t> {
    fn of(line: &'t str) -> Option<Self> {
        let columns: Vec<&str> = line.split(',').map(str::trim).collect();
        let place = |name: &str| columns.iter().position(|column| *column == name);
        let (row, fold, repeat) = (place("row")?, place("fold")?, place("repeat"));
        Some(Header { columns, row, fold, repeat })
    }

    /// Row, fold and repeat of a line; the first repeat if there is only one.
    fn read(&self, line: &str) -> Option<[u32; 3]> {
        let cells: Vec<&str> = line.split(',').map(str::trim).collect();
        let number = |at: usize| cells.get(at).and_then(|cell| cell.parse::<u32>().ok());
        let repeat = self.repeat.map_or(Some(1), number)?;
        let (row, fold) = (number(self.row)?, number(self.fold)?);
        (1 <= fold && 1 <= repeat).then_some([row, fold, repeat])
    }
}

/// The fold of every row of a repeat, if each has one and none of the `n_folds` is empty.
fn complete(folds: Vec<Option<u32>>, n_folds: Option<usize>) -> Result<Vec<u32>, String> {
    if let Some(row) = folds.iter().position(Option::is_none) {
        return Err(format!("row {row} is in no fold"));
    }
    let folds: Vec<u32> = folds.into_iter().flatten().collect();
    let last = folds.iter().max().map_or(0, |&last| last as usize + 1);
    let mut is_there = vec![false; n_folds.unwrap_or(last.max(2))];
    folds.iter().for_each(|&fold| is_there[fold as usize] = true);
    match is_there.iter().position(|is_there| !is_there) {
        Some(fold) => Err(format!("no row is in fold {}", fold + 1)),
        None => Ok(folds),
    }
}

/// The table at `path`, whose digest has to be `blake3` if that is known; `left_out` are rows of the set's file that are
/// not in the set.
///
/// # Errors
/// If it cannot be read, was changed, or has mistakes.
pub(super) fn of_file(
    path: &Path,
    blake3: Option<&str>,
    n_rows: usize,
    left_out: &[usize],
) -> Result<Vec<Vec<u32>>, DataError> {
    let shown = path.display().to_string();
    let bytes = std::fs::read(path).map_err(|error| DataError::Unreadable {
        path: shown.clone(),
        reason: error.to_string(),
    })?;
    let found = blake3::hash(&bytes).to_hex().to_string();
    if let Some(expected) = blake3.filter(|expected| *expected != found) {
        return Err(DataError::Changed { file: shown, expected: expected.to_owned(), found });
    }
    let text = String::from_utf8_lossy(&bytes);
    let mut repeats = of_table(&shown, &text, n_rows + left_out.len(), None)?;
    for folds in &mut repeats {
        let mut row = 0..;
        folds.retain(|_| row.next().is_some_and(|row| left_out.binary_search(&row).is_err()));
    }
    Ok(repeats)
}

/// The folds of the columns among `asides` whose role it is: their values in order, a repeat for each column.
///
/// # Errors
/// If a row has none, or all have the same.
pub(super) fn of_columns(
    file: &str,
    roles: &Roles,
    asides: &[Column],
) -> Result<Vec<Vec<u32>>, DataError> {
    let wrong = |message: String| DataError::Binary { file: file.to_owned(), message };
    let columns = roles.fold.iter().filter_map(|name| asides.iter().find(|c| c.name() == name));
    let folds = columns.map(|column| {
        let values = column.values().map_err(wrong)?;
        if values.names.len() < 2 {
            let name = column.name();
            return Err(wrong(format!("the column `{name}` has one value: folds are two or more")));
        }
        Ok(values.of_row)
    });
    folds.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folds(text: &str, n_folds: Option<usize>) -> Result<Vec<Vec<u32>>, String> {
        of_table("f.csv", text, 3, n_folds).map_err(|error| error.to_string())
    }

    #[test]
    fn every_row_is_in_one_fold() {
        assert_eq!(folds("row,fold\n2,1\n0,2\n1,2\n", Some(2)), Ok(vec![vec![1, 1, 0]]));
        let error = |text| folds(text, Some(2)).unwrap_err();
        assert_eq!(error("row,fold\n0,1\n0,2\n"), "f.csv:3:1: row 0 is in two folds");
        assert_eq!(error("row,fold\n0,1\n1,2\n"), "f.csv:1:1: row 2 is in no fold");
        assert_eq!(
            error("row,fold\n3,1\n"),
            "f.csv:2:1: row 3 of a table with 3 rows, counted from 0"
        );
        assert_eq!(error("row,fold\n0,3\n"), "f.csv:2:1: fold 3, and the catalogue says 2");
        assert_eq!(error("row,fold\n0,1\n1,1\n2,1\n"), "f.csv:1:1: no row is in fold 2");
        assert!(error("row,fold\n0,0\n").starts_with("f.csv:2:1: `0,0` is not row,fold"));
        assert!(error("0,1\n1,2\n2,1\n").starts_with("f.csv:1:1: expected a table with"));
    }

    #[test]
    fn a_partition_may_be_repeated() {
        let text = "fold,repeat,row\n1,1,0\n1,1,1\n2,1,2\n2,2,0\n1,2,1\n1,2,2\n";
        assert_eq!(folds(text, None), Ok(vec![vec![0, 0, 1], vec![1, 0, 0]]));
        let error = |text| folds(text, None).unwrap_err();
        assert_eq!(
            error("row,fold,repeat\n0,1,1\n1,2,1\n2,1,1\n0,1,2\n"),
            "f.csv:1:1: row 1 is in no fold of repeat 2"
        );
        assert_eq!(
            error("row,fold,repeat\n0,1,1000000000\n"),
            "f.csv:2:1: repeat 1000000000, and the lines are too few for every row to be in each"
        );
        assert_eq!(error("row,fold\n0,1\n1,1\n2,1\n"), "f.csv:1:1: no row is in fold 2");
        let far = error("row,fold\n0,1\n1,4000000000\n2,1\n");
        assert_eq!(far, "f.csv:3:1: fold 4000000000 of a table with 3 rows");
    }

    #[test]
    fn rows_that_are_left_out_of_the_set_are_left_out_of_its_folds() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "row,fold\n0,1\n1,2\n2,2\n3,1\n").unwrap();
        assert_eq!(of_file(file.path(), None, 3, &[1]), Ok(vec![vec![0, 1, 0]]));
    }
}
