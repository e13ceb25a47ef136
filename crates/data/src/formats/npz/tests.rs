use std::io::Write;

use proptest::prelude::*;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::*;
use crate::formats::kind::Kind;
use crate::formats::labels::Unlabelled;
use crate::formats::testing::{cases, damaged};

const STRINGS: &[u8] = include_bytes!("../../../tests/samples/npz_unicode_strings.npz");

fn npy(descr: &str, shape: &str, data: &[u8]) -> Vec<u8> {
    let header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}");
    let length = (header.len() as u16).to_le_bytes();
    [b"\x93NUMPY\x01\x00", &length[..], header.as_bytes(), data].concat()
}

fn packed(method: CompressionMethod, entries: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in entries {
        let options = SimpleFileOptions::default().compression_method(method);
        writer.start_file(*name, options).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// Features and labels.
fn of(x: (&str, &str, &[u8]), y: (&str, &str, &[u8])) -> Vec<u8> {
    let entries = [("x.npy", npy(x.0, x.1, x.2)), ("y.npy", npy(y.0, y.1, y.2))];
    packed(CompressionMethod::Deflated, &entries)
}

fn assert_error(bytes: &[u8], expected: &str) {
    let error = read("t.npz", bytes, "x", "y", Bound::of(0)).unwrap_err().to_string();
    assert!(error.starts_with(expected), "{error}");
}

fn levels(column: &Column) -> &[String] {
    match column {
        Column::Categorical { levels, .. } => levels,
        Column::Numeric { .. } => panic!("{column:?}"),
    }
}

#[test]
fn a_real_archive_of_strings_is_read() {
    let found = names("t.npz", STRINGS).unwrap();
    assert_eq!(found.len(), 8);
    assert_eq!(found[..2], ["fold0-x_train", "fold0-y_train"]);
    let frame = read("t.npz", STRINGS, "fold0-x_train", "fold0-y_train", Bound::of(0)).unwrap();
    assert_eq!((frame.columns.len(), frame.target), (17, Some(16)));
    let Column::Numeric { name, values } = &frame.columns[0] else { panic!("{frame:?}") };
    assert_eq!((&**name, values.len(), &values[..3]), ("x1", 50, &[1.0, 1.0, 0.0][..]));
    assert_eq!(levels(&frame.columns[16]).len(), 2);
}

#[test]
fn an_array_with_lines_and_pixels_is_one_of_images_until_a_column_goes() {
    let image = |shape, kinds: &Kinds| {
        let bytes = of(("|u1", shape, &[7; 24]), ("|u1", "(2,)", &[0, 1]));
        let frame = read("t.npz", &bytes, "x", "y", Bound::of(0)).unwrap();
        let table = frame.pinned("t.npz", kinds).unwrap().table("t.npz", None, Unlabelled::Refuse);
        table.unwrap().image
    };
    let all = Kinds::new();
    assert_eq!(image("(2, 4, 3)", &all), ImageShape::of_item(&[4, 3]));
    assert_eq!(image("(2, 2, 2, 3)", &all), ImageShape::of_item(&[2, 2, 3]));
    assert_eq!(image("(2, 12)", &all), None);
    assert_eq!(image("(2, 4, 3)", &Kinds::from([("x3".to_owned(), Kind::Ignored)])), None);
}

#[test]
fn arrays_are_stored_or_deflated() {
    let entries = [("x.npy", npy("|u1", "(2, 2)", &[1, 2, 3, 4])), ("notes.txt", b"!".to_vec())];
    for method in [CompressionMethod::Stored, CompressionMethod::Deflated] {
        let bytes = packed(method, &entries);
        assert_eq!(names("t.npz", &bytes).unwrap(), ["x"]);
        let expected = ArrayValues::Numbers(vec![1.0, 2.0, 3.0, 4.0]);
        assert_eq!(array("t.npz", &bytes, "x", Bound::of(0)).unwrap().values, expected);
    }
}

#[test]
fn features_become_columns_and_labels_the_last_one() {
    let y = [-1_i64, -1, 10].map(i64::to_le_bytes).concat();
    let frame = read(
        "t.npz",
        &of(("|u1", "(3, 2)", &[1, 2, 3, 4, 5, 6]), ("<i8", "(3,)", &y)),
        "x",
        "y",
        Bound::of(0),
    );
    let frame = frame.unwrap();
    let column = |name: &str, values| Column::Numeric { name: name.to_owned(), values };
    assert_eq!(frame.columns[0], column("x1", vec![1.0, 3.0, 5.0]));
    assert_eq!(frame.columns[1], column("x2", vec![2.0, 4.0, 6.0]));
    assert_eq!((frame.columns[2].name(), frame.target), ("label", Some(2)));
    assert_eq!(levels(&frame.columns[2]), ["-1", "10"]);
    // Truth values are numbers as features, and have names as classes.
    let truths = of(("|b1", "(3, 2)", &[1, 0, 0, 1, 1, 1]), ("|b1", "(3,)", &[1, 0, 1]));
    let frame = read("t.npz", &truths, "x", "y", Bound::of(0)).unwrap();
    assert_eq!(frame.columns[0], column("x1", vec![1.0, 0.0, 1.0]));
    assert_eq!(levels(&frame.columns[2]), ["false", "true"]);
}

#[test]
fn later_axes_are_flattened() {
    let bytes = of(("|u1", "(2, 2, 2)", &[1, 2, 3, 4, 5, 6, 7, 8]), ("|S1", "(2, 1)", b"ab"));
    let frame = read("t.npz", &bytes, "x", "y", Bound::of(0)).unwrap();
    let last = Column::Numeric { name: "x4".to_owned(), values: vec![4.0, 8.0] };
    assert_eq!(frame.columns[3], last);
}

#[test]
fn strings_are_cells() {
    let bytes = of(("|S3", "(2, 3)", b"1.5nan\0\0\0nan\x32\0\0b\0\0"), ("|b1", "(2,)", &[0, 1]));
    let frame = read("t.npz", &bytes, "x", "y", Bound::of(0)).unwrap();
    assert_eq!(frame.columns.iter().map(Column::n_missing).collect::<Vec<_>>(), [1, 1, 1, 0]);
    assert!(matches!(&frame.columns[0], Column::Numeric { values, .. } if values[0] == 1.5));
    assert_eq!(levels(&frame.columns[2]), ["b"]);
    assert_eq!(levels(&frame.columns[3]), ["false", "true"]);
}

#[test]
fn shapes_that_do_not_match_are_refused() {
    let row = ("|u1", "(1, 2)", &[1, 2][..]);
    assert_error(
        &of(row, ("|u1", "(2,)", &[0, 1])),
        "t.npz: the features `x` have 1 rows, the labels `y` have 2",
    );
    assert_error(&of(row, row), "t.npz: the labels `y` have the shape [1, 2], not one axis");
    let flat = ("|u1", "(2,)", &[1, 2][..]);
    assert_error(&of(flat, flat), "t.npz: the features `x` have one axis");
    for shape in ["(0, 4294967296, 4294967296)", "(4294967296, 0)"] {
        assert_error(&of(("|u1", shape, &[]), flat), "t.npz: the features `x` have the shape");
    }
}

#[test]
fn more_columns_than_are_read_are_refused() {
    let wide = vec![0; (1 << 20) + 1];
    assert_error(
        &of(("|u1", "(1, 1048577)", &wide), ("|u1", "(1,)", &[0])),
        "t.npz: the features `x`: it holds more than the 1048576 columns that are read",
    );
}

#[test]
fn values_that_are_no_data_are_refused() {
    let infinite = f32::NEG_INFINITY.to_le_bytes();
    assert_error(
        &of(("<f4", "(1, 1)", &infinite), ("|u1", "(1,)", &[0])),
        "t.npz: the features `x` hold -inf in row 0, column 0",
    );
    let nan = f32::NAN.to_le_bytes();
    assert_error(
        &of(("|u1", "(1, 1)", &[1]), ("<f4", "(1,)", &nan)),
        "t.npz: the labels `y` hold `NaN` in row 0",
    );
    assert_error(
        &of(("|u1", "(1, 1)", &[1]), ("|S1", "(1,)", b"\0")),
        "t.npz: the labels `y` hold `` in row 0",
    );
}

#[test]
fn names_that_are_not_there_are_told_with_those_that_are() {
    let error = array("t.npz", STRINGS, "x", Bound::of(0)).unwrap_err().to_string();
    let expected = "t.npz: there is no array `x`; there are `fold0-x_train`, `fold0-y_train`, ";
    assert!(error.starts_with(expected), "{error}");
    let empty = packed(CompressionMethod::Stored, &[("a.txt", Vec::new())]);
    let error = array("t.npz", &empty, "x", Bound::of(0)).unwrap_err().to_string();
    assert_eq!(error, "t.npz: there is no array `x`, nor any other");
}

#[test]
fn a_wrong_array_is_named_with_its_archive() {
    let bytes = packed(CompressionMethod::Stored, &[("x.npy", npy("|O", "(1,)", b"."))]);
    assert_error(&bytes, "t.npz/x.npy: its items are Python objects");
    assert_error(b"PK", "t.npz: this is no zip archive, which `.npz` is");
    let mut damaged = of(("|u1", "(1, 1)", &[1]), ("|u1", "(1,)", &[1]));
    damaged[40] ^= 0x55;
    assert_error(&damaged, "t.npz: the array `x` cannot be read: it cannot be decompressed");
}

#[test]
fn sizes_that_the_archive_gives_itself_are_not_trusted() {
    let zeros = vec![0_u8; 1 << 20];
    let bytes = packed(CompressionMethod::Deflated, &[("x.npy", npy("|u1", "(1048576,)", &zeros))]);
    let length = (zeros.len() as u32 + npy("|u1", "(1048576,)", &[]).len() as u32).to_le_bytes();
    let claiming = |size: u32| {
        let mut lying = bytes.clone();
        let places: Vec<usize> =
            (0..lying.len() - 4).filter(|&at| lying[at..at + 4] == length).collect();
        assert!(!places.is_empty());
        places.iter().for_each(|&at| lying[at..at + 4].copy_from_slice(&size.to_le_bytes()));
        lying
    };
    let bound = "the array `x` cannot be read: it holds more than the 9999 bytes that are read";
    for bytes in [&bytes, &claiming(u32::MAX - 1)] {
        assert_eq!(content(bytes, "x", 9999), Err(bound.to_owned()));
    }
    let larger = content(&claiming(1), "x", 9999).unwrap_err();
    assert!(larger.contains("it cannot be decompressed"), "{larger}");
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn damaged_archives_are_read_or_refused(bytes in damaged(STRINGS)) {
        let _ = read("t.npz", &bytes, "fold0-x_test", "fold1-y_test", Bound::of(0));
    }

    #[test]
    fn damaged_arrays_in_archives_are_read_or_refused(
        x in damaged(&npy("<f4", "(2, 2)", &[0; 16])),
        y in damaged(&npy("|S2", "(2,)", b"abcd")),
    ) {
        let bytes = packed(CompressionMethod::Stored, &[("x.npy", x), ("y.npy", y)]);
        let _ = read("t.npz", &bytes, "x", "y", Bound::of(0));
    }
}
