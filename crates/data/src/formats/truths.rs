//! Truth values: one name for them in every format.
//!
//! ```text
//! false | False | FALSE  ->  false        true | True | TRUE  ->  true
//! ```
//!
//! A column that has no other levels, and each of them in one spelling, holds truth values, and so does a column of this
//! type of Parquet or Arrow. It is a category with the levels `false` and `true`, as it is in a table of text; pinned as
//! numeric, one of Parquet or Arrow is 0 and 1. Arrays of NumPy's truth values are 0 and 1, but for those of labels. Columns
//! with a role are what is written, and so are the data sets of a catalogue, which says itself what it holds.

use crate::column::Column;
use crate::formats::kind::{Kind, Kinds};
use crate::roles::Roles;

/// Names of truth values, in byte order.
const NAMES: [&str; 2] = ["false", "true"];

/// The name of a truth value, however it is spelled; `None` of anything else.
pub(crate) fn name(text: &str) -> Option<&'static str> {
    match text {
        "false" | "False" | "FALSE" => Some(NAMES[0]),
        "true" | "True" | "TRUE" => Some(NAMES[1]),
        _ => None,
    }
}

/// The one of `classes` that is called `class`: who writes `TRUE`, as the file may, means the class `true`.
pub(crate) fn meant<'a>(class: &str, classes: &'a [String]) -> Option<&'a String> {
    let called = |name: &str| classes.iter().find(|known| *known == name);
    called(class).or_else(|| called(name(class)?))
}

/// The name of a truth value that is 0 or 1.
pub(crate) fn of(number: f64) -> &'static str {
    NAMES[usize::from(number != 0.0)]
}

/// `columns` with truth values called by their names; those called `truths` are 0 and 1.
pub(crate) fn features(
    columns: Vec<Column>,
    truths: &[String],
    roles: &Roles,
    kinds: &Kinds,
) -> Vec<Column> {
    let has_role = |column: &Column| roles.names().any(|name| name == column.name());
    let feature = |column: Column| match column {
        Column::Categorical { name, levels, codes } => {
            let levels = named(&levels).unwrap_or(levels);
            Column::Categorical { name, levels, codes }
        }
        Column::Numeric { name, values }
            if truths.contains(&name) && kinds.get(&name) != Some(&Kind::Numeric) =>
        {
            let code = |x: &f64| (!x.is_nan()).then_some(u32::from(*x != 0.0));
            let codes = values.iter().map(code).collect();
            Column::from_codes(name, NAMES.map(str::to_owned).to_vec(), codes)
        }
        numeric @ Column::Numeric { .. } => numeric,
    };
    let named = |column| if has_role(&column) { column } else { feature(column) };
    columns.into_iter().map(named).collect()
}

/// The names of levels that are truth values, in the same order; `None` if some are not, or two are the same.
pub(super) fn named(levels: &[String]) -> Option<Vec<String>> {
    let names = levels.iter().map(|level| name(level)).collect::<Option<Vec<&str>>>()?;
    match names[..] {
        [a, b] if a < b => {}
        [_] => {}
        _ => return None,
    }
    Some(names.into_iter().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use polars::prelude::{DataFrame, IntoColumn, NamedFrom, Series};
    use polars_io::SerWriter;
    use polars_io::ipc::IpcWriter;
    use polars_io::parquet::write::ParquetWriter;

    use super::*;
    use crate::catalogue::dataset_file::DatasetFile;
    use crate::dataset::Dataset;
    use crate::error::DataError;

    /// A number, a truth value that one row lacks, and the class, which is one too.
    const ROWS: [(f64, Option<bool>, bool); 6] = [
        (1.5, Some(true), false),
        (2.0, Some(false), false),
        (-3.0, None, true),
        (0.5, Some(true), false),
        (7.0, Some(false), true),
        (9.0, Some(true), false),
    ];

    fn load(content: &[u8], lines: &str) -> Result<Dataset, DataError> {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("t"), content).unwrap();
        let file = format!("name = \"t\"\nfile = \"t\"\n{lines}");
        toml::from_str::<DatasetFile>(&file).unwrap().load(folder.path())
    }

    fn text(delimiter: &str, spelt: [&str; 2]) -> String {
        let truth = |x: bool| spelt[usize::from(x)];
        let row = |(x, b, y): &(f64, Option<bool>, bool)| {
            [x.to_string().as_str(), b.map_or("?", truth), truth(*y)].join(delimiter) + "\n"
        };
        ROWS.iter().map(row).collect()
    }

    fn frame() -> DataFrame {
        let x: Vec<f64> = ROWS.iter().map(|row| row.0).collect();
        let b: Vec<Option<bool>> = ROWS.iter().map(|row| row.1).collect();
        let y: Vec<bool> = ROWS.iter().map(|row| row.2).collect();
        let columns = [Series::new("x".into(), x), Series::new("b".into(), b)];
        let columns = columns.into_iter().chain([Series::new("y".into(), y)]);
        DataFrame::new(ROWS.len(), columns.map(IntoColumn::into_column).collect()).unwrap()
    }

    fn parquet() -> Vec<u8> {
        let mut bytes = Vec::new();
        ParquetWriter::new(&mut bytes).finish(&mut frame()).unwrap();
        bytes
    }

    const SPELLINGS: [[&str; 2]; 3] = [["false", "true"], ["False", "True"], ["FALSE", "TRUE"]];

    #[test]
    fn the_same_table_is_the_same_data_set_in_every_format() {
        let mut files: Vec<(Vec<u8>, &str)> = Vec::new();
        for spelt in SPELLINGS {
            let csv = "x,b,y\n".to_owned() + &text(",", spelt);
            files.push((csv.into_bytes(), "target = \"y\"\n[format.csv]\n"));
            let spaces = "x b y\n".to_owned() + &text("  ", spelt);
            files.push((
                spaces.into_bytes(),
                "target = \"y\"\n[format.whitespace]\nheader = true\n",
            ));
            let levels = spelt.join(",");
            let header = format!(
                "@relation t\n@attribute x real\n@attribute b {{{levels}}}\n@attribute y {{{levels}}}\n"
            );
            let arff = format!("{header}@data\n{}", text(",", spelt));
            files.push((arff.into_bytes(), "[format.arff]\n"));
            let keel = format!("{header}@inputs x, b\n@outputs y\n@data\n{}", text(", ", spelt));
            files.push((keel.into_bytes(), "[format.keel]\n"));
        }
        files.push((parquet(), "target = \"y\"\n[format.parquet]\n"));
        let mut arrow = Vec::new();
        IpcWriter::new(&mut arrow).finish(&mut frame()).unwrap();
        files.push((arrow, "target = \"y\"\n[format.arrow]\n"));
        let digest = load(&files[0].0, files[0].1).unwrap().digest();
        for (content, lines) in files {
            for kinds in ["", "[columns]\nx = \"numeric\"\nb = \"categorical\"\n"] {
                let set = load(&content, &format!("{lines}{kinds}")).unwrap();
                assert_eq!(set.classes, ["false", "true"], "{lines}");
                let Column::Categorical { levels, codes, .. } = &set.columns[1] else {
                    panic!("{lines}: {set:?}")
                };
                assert_eq!(levels, &NAMES, "{lines}");
                assert_eq!(codes, &[Some(1), Some(0), None, Some(1), Some(0), Some(1)], "{lines}");
                assert_eq!(set.digest(), digest, "{lines}");
            }
        }
    }

    #[test]
    fn truth_values_of_parquet_that_are_pinned_as_numeric_are_numbers() {
        let lines = "target = \"y\"\n[format.parquet]\n[columns]\nb = \"numeric\"\n";
        let set = load(&parquet(), lines).unwrap();
        let Column::Numeric { values, .. } = &set.columns[1] else { panic!("{set:?}") };
        assert!(values[..2] == [1.0, 0.0] && values[2].is_nan());
    }

    #[test]
    fn who_names_a_class_as_the_file_writes_it_is_understood() {
        for (positive, found) in [("FALSE", "false"), ("true", "true"), ("False", "false")] {
            let csv = "x,b,y\n".to_owned() + &text(",", SPELLINGS[2]);
            let lines = format!("target = \"y\"\npositive = \"{positive}\"\n[format.csv]\n");
            let set = load(csv.as_bytes(), &lines).unwrap();
            assert_eq!(set.positive().map(String::as_str), Some(found));
        }
    }

    #[test]
    fn a_class_that_there_is_not_is_refused_with_those_that_there_are() {
        let refused = |csv: &[u8], positive: &str| {
            let lines = format!("target = \"y\"\npositive = \"{positive}\"\n[format.csv]\n");
            load(csv, &lines).unwrap_err().to_string()
        };
        assert_eq!(
            refused(b"x,y\n1,a\n2,b\n", "TRUE"),
            "positive: no row is of the class `TRUE`, which is said to be positive; the classes are `a`, `b`"
        );
        // As those of NPZ were called.
        let error = refused(b"x,y\n1,TRUE\n2,FALSE\n", "1");
        assert!(error.ends_with("the classes are `false`, `true`"), "{error}");
    }

    #[test]
    fn what_is_no_truth_value_or_is_spelt_twice_stays_as_it_is() {
        let names = |levels: &[&str]| {
            named(&levels.iter().map(|level| (*level).to_owned()).collect::<Vec<_>>())
        };
        assert_eq!(names(&["FALSE", "true"]), Some(NAMES.map(str::to_owned).to_vec()));
        assert_eq!(names(&["True"]), Some(vec!["true".to_owned()]));
        for levels in [&["TRUE", "true"][..], &["False", "True", "maybe"], &["F", "T"], &[]] {
            assert_eq!(names(levels), None, "{levels:?}");
        }
        // `TRUE` comes before `false`: codes would no longer be in the order of the names.
        assert_eq!(names(&["TRUE", "false"]), None);
        let columns = || vec![Column::from_texts("part".to_owned(), [Some("True"), Some("False")])];
        let roles = Roles { other: ["part"].into_iter().collect(), ..Roles::default() };
        assert_eq!(features(columns(), &[], &roles, &Kinds::new()), columns());
    }
}
