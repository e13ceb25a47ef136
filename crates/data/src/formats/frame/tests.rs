use super::*;
use crate::formats::csv::format::CsvFormat;
use crate::formats::format::Format;
use crate::formats::testing::names;
use crate::formats::whitespace::WhitespaceFormat;

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
    assert!(
        error("t.csv", quoted, &csv).starts_with(
            "t.csv:5:1: this row has no class in the column `class`: remove it, or say"
        )
    );
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
    assert!(error("t.dat", keel, &Format::Keel {}).starts_with("t.dat:8:1: this row has no class"));
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
) -> Result<LabelledTable, String> {
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
    assert!(wrong.unwrap_err().starts_with("t.csv:2:11: `x` is no number in the column `class`"));
}

#[test]
fn kinds_follow_from_the_rows_that_are_left_between_blanks_and_in_arrays_too() {
    let blanks =
        Format::Whitespace(WhitespaceFormat { header: true, ..WhitespaceFormat::default() });
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
    assert_eq!((names(&frame), frame.target), (vec!["x1".to_owned(), "[y]".to_owned()], Some(1)));
    assert!(pinned(&[("x2", Kind::Numeric)]).unwrap_err().to_string().contains("holds texts"));
    assert!(pinned(&[("x3", Kind::Ignored)]).unwrap_err().to_string().contains("`x3`"));
}
