//! Treatments as a `dataset.toml` says them.

use std::fs;

use crate::catalogue::Catalogue;
use crate::column::Column;
use crate::dataset::Dataset;
use crate::error::DataError;
use crate::treatment::keys::Treatment;

/// The data set that `lines` describe, beside a file of this name and content.
fn load(file: &str, content: &str, lines: &str) -> Result<Dataset, String> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(file), content).unwrap();
    let path = folder.path().join("dataset.toml");
    fs::write(&path, format!("name = \"t\"\nfile = \"{file}\"\n{lines}")).unwrap();
    let load = || Catalogue::default().with_file(&path)?.load("t");
    let shown =
        |error: DataError| error.to_string().replace(&format!("{}/", folder.path().display()), "");
    load().map(|dataset| (*dataset).clone()).map_err(shown)
}

/// Of a CSV table with the columns x, z and class, whose rows are `cells`, then 20 of a text that is read anyway.
fn csv(header: &str, rows: &str, treat: &str) -> Result<Dataset, String> {
    let lines = format!("target = \"class\"\n[format.csv]\ndelimiter = \";\"\n{treat}");
    load("t.csv", &format!("{header};class\n{rows}"), &lines)
}

fn numbers(column: &Column) -> Vec<f64> {
    match column {
        Column::Numeric { values, .. } => values.clone(),
        Column::Categorical { .. } => panic!("not numeric: {column:?}"),
    }
}

fn texts(column: &Column) -> Vec<Option<&str>> {
    match column {
        Column::Categorical { levels, codes, .. } => {
            codes.iter().map(|code| code.map(|code| levels[code as usize].as_str())).collect()
        }
        Column::Numeric { .. } => panic!("numeric: {column:?}"),
    }
}

const DRESSED: &str = "1,250;$3.50;12.5%;1.068,65 €;31.01.2024;a\n\
                       7;($1,000.25);100%;0,5 €;01.03.2024;b\n\
                       ?;$0;-3%;?;29.02.2024;a\n";

#[test]
fn numbers_in_a_dress_are_read_with_their_right_values() {
    let treat = "[treat.n]\nthousands = \",\"\n\
                 [treat.paid]\nthousands = \",\"\ncurrency = \"$\"\n\
                 [treat.rate]\npercent = true\n\
                 [treat.price]\nthousands = \".\"\ndecimal = \",\"\ncurrency = \"€\"\n\
                 [treat.day]\ndate = \"day_month_year\"\nsince = \"2024-01-01\"\n";
    let dataset = csv("n;paid;rate;price;day", DRESSED, treat).unwrap();
    let columns: Vec<Vec<f64>> = dataset.columns.iter().map(numbers).collect();
    assert_eq!(columns[0][..2], [1250.0, 7.0]);
    assert!(columns[0][2].is_nan() && columns[3][2].is_nan());
    assert_eq!(columns[1], [3.5, -1000.25, 0.0]);
    assert_eq!(columns[2], [0.125, 1.0, -0.03]);
    assert_eq!(columns[3][..2], [1068.65, 0.5]);
    assert_eq!(columns[4], [30.0, 60.0, 59.0]);
}

#[test]
fn the_digest_follows_what_is_learnt_from() {
    let digest = |treat: &str| csv("x", "1;a\n-999;a\n3;b\n", treat).unwrap().digest();
    let plain = digest("");
    assert_ne!(digest("[treat.x]\nmissing = [-999]\n"), plain);
    // The same content by another way is the same.
    let lines = "target = \"class\"\n[format.csv]\n";
    let missing = load("t.csv", "x,class\n1,a\n,a\n3,b\n", lines).unwrap();
    assert_eq!(digest("[treat.x]\nmissing = [-999]\n"), missing.digest());
    assert_eq!(digest("[treat.x]\n"), plain);
}

#[test]
fn parts_of_a_date_are_columns_of_their_own() {
    let treat = "[treat.day]\ndate = \"year_month_day\"\nparts = true\n";
    let dataset = csv("x;day", "1;2024-01-31;a\n2;1999-12-05;b\n", treat).unwrap();
    let names: Vec<&str> = dataset.columns.iter().map(Column::name).collect();
    assert_eq!(names, ["x", "day_year", "day_month", "day_day", "day_weekday"]);
    assert_eq!(numbers(&dataset.columns[1]), [2024.0, 1999.0]);
    assert_eq!(numbers(&dataset.columns[4]), [3.0, 7.0]);
    let timed = csv("day", "2024-01-31 06:30;a\n1999-12-05;b\n", treat).unwrap();
    assert_eq!((timed.columns.len(), numbers(&timed.columns[4])), (5, vec![6.5, 0.0]));
    let twice = csv("day;day_year", "2024-01-31;1;a\n1999-12-05;2;b\n", treat).unwrap_err();
    assert_eq!(twice, "dataset.toml:8:1: there is a column `day_year` already");
}

#[test]
fn what_stands_for_a_missing_value_is_missing_in_numbers_and_texts() {
    let treat = "[treat.x]\nmissing = [-999, \"unknown\"]\n[treat.t]\nmissing = [\"none\"]\n";
    let dataset = csv("x;t", "1;u;a\n-999.0;none;a\nunknown;v;b\n", treat).unwrap();
    let x = numbers(&dataset.columns[0]);
    assert!(x[0] == 1.0 && x[1].is_nan() && x[2].is_nan(), "{x:?}");
    assert_eq!(texts(&dataset.columns[1]), [Some("u"), None, Some("v")]);
    // Of the class, such a row has none.
    let treat = "[treat.class]\nmissing = [-1]\n";
    let error = csv("x", "1;0\n2;-1\n3;1\n", treat).unwrap_err();
    assert!(error.starts_with("t.csv:3:1: this row has no class"), "{error}");
    let lines = "unlabelled = \"drop\"\ntarget = \"class\"\n[format.csv]\n";
    let left = load("t.csv", "x,class\n1,0\n2,-1\n3,1\n", &format!("{lines}{treat}")).unwrap();
    assert_eq!(left.targets, [0, 1]);
}

#[test]
fn classes_and_levels_are_merged() {
    let treat = "[treat.class]\nmerge = { \"<=50K\" = [\"<=50K.\"], \">50K\" = [\">50K.\"] }\n\
                 [treat.t]\nmerge = { u = [\"U\"] }\n";
    let rows = "u;<=50K\nU;<=50K.\nw;>50K.\nu;>50K\nu;<=50K\n";
    let dataset = csv("t", rows, treat).unwrap();
    assert_eq!((&*dataset.classes.join(" "), dataset.class_counts()), ("<=50K >50K", vec![3, 2]));
    assert_eq!(texts(&dataset.columns[0])[..3], [Some("u"), Some("u"), Some("w")]);
    // As in the heart disease data: 0 is healthy, the others are degrees.
    let treat = "[treat.class]\nmerge = { 1 = [2, 3] }\n";
    let dataset = csv("x", "1;0\n2;3\n3;1\n4;2\n5;0\n6;0\n7;0\n", treat).unwrap();
    assert_eq!((&*dataset.classes.join(" "), dataset.class_counts()), ("0 1", vec![4, 3]));
}

#[test]
fn every_format_is_treated() {
    let arff = "@relation r\n@attribute x string\n@attribute class {no,No,yes}\n@data\n'1,250',no\n'7',No\n'9',yes\n";
    let lines = "target = \"class\"\n[format.arff]\n[treat.x]\nthousands = \",\"\n\
                 [treat.class]\nmerge = { no = [\"No\"] }\n";
    let dataset = load("t.arff", arff, lines).unwrap();
    assert_eq!(numbers(&dataset.columns[0]), [1250.0, 7.0, 9.0]);
    assert_eq!(dataset.class_counts(), [2, 1]);
    let blanks = "12% 1 a\n50% -9 b\n7% 3 a\n";
    let lines = "target = \"x3\"\n[format.whitespace]\n[treat.x1]\npercent = true\n[treat.x2]\nmissing = [-9]\n";
    let dataset = load("t.data", blanks, lines).unwrap();
    assert_eq!(numbers(&dataset.columns[0]), [0.12, 0.5, 0.07]);
    assert_eq!(dataset.columns[1].n_missing(), 1);
    let sparse = "0 1:-1 2:5\n1 1:2 2:-1\n0 1:3\n";
    let dataset = load("t.libsvm", sparse, "[format.libsvm]\n[treat.x2]\nmissing = [-1]\n");
    assert_eq!(dataset.unwrap().columns[1].n_missing(), 1);
    let comma = "target = \"c\"\n[format.csv]\ndelimiter = \";\"\ndecimal_comma = true\n\
                 [treat.x]\nmissing = [\"n\"]\n[treat.y]\npercent = true\n";
    let dataset = load("t.csv", "x;y;c\n1,5;2,5%;a\nn;3%;b\n", comma).unwrap();
    assert_eq!(numbers(&dataset.columns[0])[0], 1.5);
    assert_eq!(numbers(&dataset.columns[1]), [0.025, 0.03]);
}

#[test]
fn a_cell_that_is_not_what_is_said_of_it_is_located() {
    let error = |rows: &str, treat: &str| csv("x", rows, treat).unwrap_err();
    assert_eq!(
        error("1,250;a\n12,5;b\n", "[treat.x]\nthousands = \",\"\n"),
        "t.csv:3:1: `12,5` is no number with `,` between thousands, in the column `x`"
    );
    assert_eq!(
        error("1%;a\n5;b\n", "[treat.x]\npercent = true\n"),
        "t.csv:3:1: `5` is no percentage, in the column `x`"
    );
    assert_eq!(
        error("$1;a\n€2;b\n", "[treat.x]\ncurrency = \"$\"\n"),
        "t.csv:3:1: `€2` is no amount in $, in the column `x`"
    );
    assert_eq!(
        error("30.01.2024;a\n30.02.2024;b\n", "[treat.x]\ndate = \"day_month_year\"\n"),
        "t.csv:3:1: `30.02.2024` is no date like 31.01.2024, in the column `x`"
    );
    assert_eq!(
        error("1;a\nu;b\nv;a\n", "[columns]\nx = \"numeric\"\n[treat.x]\nmissing = [\"u\"]\n"),
        "t.csv:4:1: `v` is no number, in the column `x`"
    );
}

#[test]
fn the_cells_of_a_row_without_a_class_are_not_looked_at() {
    let lines = "unlabelled = \"drop\"\ntarget = \"class\"\n[format.csv]\n[treat.x]\npercent = true\n\
                 [treat.class]\nmissing = [\"all\"]\n";
    let dataset = load("t.csv", "x,class\n5%,a\n7%,b\nTotal,\n12,all\n", lines).unwrap();
    assert_eq!(numbers(&dataset.columns[0]), [0.05, 0.07]);
    let refused = lines.replace("drop", "refuse");
    let error = load("t.csv", "x,class\n5%,a\n7%,b\nTotal,\n12,all\n", &refused).unwrap_err();
    assert!(error.starts_with("t.csv:4:1: 2 rows have no class"), "{error}");
}

#[test]
fn a_treatment_that_cannot_be_is_located_in_the_dataset_file() {
    let error = |treat: &str| csv("x", "1;a\n2;b\n", treat).unwrap_err();
    for (treat, expected) in [
        ("[treat.x]\nmissing = [-999]\n", "7:1: no cell of the column `x` is `-999`"),
        ("[treat.class]\nmerge = { a = [\"A\"] }\n", "7:1: no cell of the column `class` is `A`"),
        ("[treat.xx]\nmissing = [1]\n", "6:8: no column is called `xx`; did you mean `x`?"),
        (
            "[columns]\nx = \"ignored\"\n[treat.x]\nmissing = [1]\n",
            "8:8: `x` is ignored in [columns], and is to be treated: remove one of the two",
        ),
        (
            "[columns]\nx = \"categorical\"\n[treat.x]\npercent = true\n",
            "8:8: `x` is pinned as categorical, and is to be read as numbers",
        ),
    ] {
        assert_eq!(error(treat), format!("dataset.toml:{expected}"));
    }
    for (treat, part) in [
        ("[treat.x]\nthousand = \",\"\n", "7:1: unknown field `thousand`, expected one of"),
        ("[treat.x]\nthousands = \",,\"\n", "7:13: "),
        (
            "[treat.x]\ndate = \"dmy\"\n",
            "7:8: unknown variant `dmy`, expected one of `year_month_day`",
        ),
        ("[treat.x]\ndate = \"year_month_day\"\nsince = \"May\"\n", "8:9: \"May\" is no day"),
        ("[treat.x]\nsince = \"2024-01-01\"\n", ": since goes with date"),
        ("[treat.x]\nparts = true\n", ": parts goes with date"),
        ("[treat.x]\ndate = \"year_month_day\"\npercent = true\n", ": a date has no thousands"),
        ("[treat.x]\nthousands = \".\"\n", "cannot stand both between thousands and before"),
        ("[treat.x]\nmerge = { a = [\"b\"], b = [\"c\"] }\n", ": merge: `b` is merged, and others"),
        ("[treat.x]\nmerge = { a = [\"c\"], b = [\"c\"] }\n", ": merge: `c` is merged twice"),
        ("[treat.x]\nmissing = [true]\n", "7:12: "),
    ] {
        let error = error(treat);
        assert!(error.starts_with("dataset.toml:") && error.contains(part), "{treat}: {error}");
        assert!(!error.starts_with("dataset.toml:1:1:"), "{treat}: {error}");
    }
}

#[test]
fn twins_are_one_row_if_they_are_to_be() {
    let rows = "1;u;a\n1;u;a\n2;u;b\n1;u;b\n1;u;a\n2;v;b\n";
    let lines =
        |twins: &str| format!("{twins}target = \"class\"\n[format.csv]\ndelimiter = \";\"\n");
    let load = |twins: &str| load("t.csv", &format!("x;t;class\n{rows}"), &lines(twins)).unwrap();
    let kept = load("twins = \"keep\"\n");
    assert_eq!((kept.targets.len(), kept.digest()), (6, load("").digest()));
    let dropped = load("twins = \"drop\"\n");
    // Twins of two classes contradict each other, and both stay.
    assert_eq!(dropped.targets, [0, 1, 1, 1]);
    assert_eq!(numbers(&dropped.columns[0]), [1.0, 2.0, 1.0, 2.0]);
    assert_eq!(texts(&dropped.columns[1]), [Some("u"), Some("u"), Some("u"), Some("v")]);
    assert_ne!(dropped.digest(), kept.digest());
}

#[test]
fn a_treatment_survives_being_written() {
    for text in [
        "missing = [-999, \"x\", \"-0999\"]\n",
        "thousands = \"'\"\ncurrency = \"CHF\"\n",
        "percent = true\n",
        "date = \"day_month_year\"\nsince = \"2020-02-29\"\n",
        "date = \"month_day_year\"\nparts = true\n",
        "[merge]\n\"<=50K\" = [\"<=50K.\"]\n",
    ] {
        let treatment: Treatment = toml::from_str(text).unwrap();
        let lines = treatment.lines().join("\n");
        assert_eq!(toml::from_str::<Treatment>(&lines).unwrap(), treatment, "{lines}");
    }
}
