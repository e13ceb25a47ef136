//! Parquet and Arrow IPC, whole, damaged, and claiming too much.

use polars::prelude::{Categories, CompatLevel, IntoColumn, NamedFrom, SchemaExt, Series};
use polars_io::SerWriter;
use polars_io::ipc::{IpcCompression, IpcWriter};
use polars_io::parquet::write::ParquetWriter;
use polars_parquet::parquet::compression::CompressionOptions;
use polars_parquet::write::{
    Encoding, FileWriter, RowGroupIterator, StatisticsOptions, Version, WriteOptions,
};
use proptest::prelude::*;

use super::*;
use crate::formats::labels::Unlabelled;
use crate::formats::testing::{cases, counts, damaged, names, numbers, sample};

fn frame() -> DataFrame {
    let columns = vec![
        Series::new("x".into(), [Some(1.5), None, Some(3.0)]).into_column(),
        Series::new("n".into(), [1_i32, 2, 3]).into_column(),
        Series::new("b".into(), [true, false, true]).into_column(),
        Series::new("s".into(), [Some("u"), Some("v"), None]).into_column(),
    ];
    let mut frame = DataFrame::new(3, columns).unwrap();
    let categories = DataType::from_categories(Categories::global());
    let texts = frame.column("s").unwrap().cast(&categories).unwrap();
    frame.with_column(texts.with_name("c".into())).unwrap();
    frame
}

fn parquet() -> Vec<u8> {
    let mut bytes = Vec::new();
    ParquetWriter::new(&mut bytes).finish(&mut frame()).unwrap();
    bytes
}

fn ipc(compression: Option<IpcCompression>) -> Vec<u8> {
    let mut bytes = Vec::new();
    IpcWriter::new(&mut bytes).with_compression(compression).finish(&mut frame()).unwrap();
    bytes
}

/// 300 rows whose numbers and texts are written as differences.
fn differences(version: Version, compression: CompressionOptions) -> Vec<u8> {
    let numbers: Vec<i32> = (0..300).map(|i| i * i % 77).collect();
    let texts: Vec<String> = (0..300).map(|i| "ab".repeat(i % 5)).collect();
    let columns = vec![
        Series::new("n".into(), numbers).into_column(),
        Series::new("s".into(), texts).into_column(),
    ];
    let frame = DataFrame::new(300, columns).unwrap();
    let options = WriteOptions {
        statistics: StatisticsOptions::default(),
        version,
        compression,
        data_page_size: None,
    };
    let encodings = [Encoding::DeltaBinaryPacked, Encoding::DeltaLengthByteArray];
    let encodings: Vec<Vec<Encoding>> = encodings.map(|encoding| vec![encoding]).into();
    let schema = frame.schema().to_arrow(CompatLevel::newest());
    let chunks = frame.iter_chunks(CompatLevel::newest(), false).map(Ok);
    let groups = RowGroupIterator::try_new(chunks, &schema, options, encodings.into()).unwrap();
    let mut bytes = Vec::new();
    let mut writer = FileWriter::try_new(&mut bytes, schema, options).unwrap();
    groups.for_each(|group| writer.write(300, group.unwrap()).unwrap());
    writer.end(None).unwrap();
    bytes
}

#[test]
fn what_pandas_writes_is_read_and_what_cannot_be_is_named() {
    let bytes = sample("parquet_small_integers.parquet");
    let frame = read("t.parquet", &bytes, &Kinds::new(), Bound::of(0)).unwrap();
    let expected = ["checking", "[duration]", "[credit]", "[rate]", "[age]", "[employed]", "class"];
    assert_eq!(names(&frame), expected);
    let Column::Categorical { levels, .. } = &frame.columns[0] else { panic!() };
    // The category that no row has is no level.
    assert_eq!(levels, &["0<=X<200", "<0", "no checking"]);
    assert_eq!(numbers(&frame.columns[2])[..2], [250.0, 287.0]);

    let bytes = sample("parquet_pandas_categories.parquet");
    let error = read("t.parquet", &bytes, &Kinds::new(), Bound::of(0)).unwrap_err().to_string();
    assert!(error.contains("the column `since` holds Timestamp"), "{error}");
    let ignored = Kinds::from([("since".to_owned(), Kind::Ignored)]);
    assert_eq!(names(&read("t.parquet", &bytes, &ignored, Bound::of(0)).unwrap()), expected);
}

#[test]
fn numbers_truth_values_and_strings_are_read_from_both() {
    for read in [
        read("t", &parquet(), &Kinds::new(), Bound::of(0)),
        read_ipc("t", &ipc(None), &Kinds::new(), Bound::of(0)),
    ] {
        let read = read.unwrap();
        assert_eq!(names(&read), ["[x]", "[n]", "[b]", "s", "c"]);
        assert!(numbers(&read.columns[0])[1].is_nan());
        assert_eq!(numbers(&read.columns[2]), [1.0, 0.0, 1.0]);
        assert_eq!(read.columns[3].n_missing(), 1);
    }
}

#[test]
fn truth_values_are_classes_of_the_names_that_other_formats_give_them() {
    for read in [
        read("t", &parquet(), &Kinds::new(), Bound::of(0)),
        read_ipc("t", &ipc(None), &Kinds::new(), Bound::of(0)),
    ] {
        let table = read.unwrap().table("t", Some("b"), Unlabelled::Refuse).unwrap();
        assert_eq!(table.labels.levels, ["false", "true"]);
    }
    let categorical = Kinds::from([("b".to_owned(), Kind::Categorical)]);
    let read = read("t", &parquet(), &categorical, Bound::of(0)).unwrap();
    let table = read.table("t", Some("b"), Unlabelled::Refuse).unwrap();
    assert_eq!(table.labels.levels, ["false", "true"]);
}

#[test]
fn kinds_are_pinned_and_contradictions_named() {
    let kinds = |name: &str, kind| Kinds::from([(name.to_owned(), kind)]);
    let categorical = read("t", &parquet(), &kinds("n", Kind::Categorical), Bound::of(0)).unwrap();
    assert!(matches!(categorical.columns[1], Column::Categorical { .. }));
    assert_eq!(
        read("t", &parquet(), &kinds("s", Kind::Ignored), Bound::of(0)).unwrap().columns.len(),
        4
    );
    let error =
        read("t", &parquet(), &kinds("s", Kind::Numeric), Bound::of(0)).unwrap_err().to_string();
    assert_eq!(error, "t: the column `s`: it is said to be numeric and holds str");
}

#[test]
fn bytes_that_are_no_table_are_refused() {
    let error =
        read("t.parquet", b"not a table", &Kinds::new(), Bound::of(0)).unwrap_err().to_string();
    assert!(error.starts_with("t.parquet: this is no Parquet table"), "{error}");
    assert!(read_ipc("t", b"not a table", &Kinds::new(), Bound::of(0)).is_err());
}

#[test]
fn what_is_written_as_differences_is_read() {
    for version in [Version::V1, Version::V2] {
        for compression in [CompressionOptions::Uncompressed, CompressionOptions::Snappy] {
            let frame =
                read("t", &differences(version, compression), &Kinds::new(), Bound::of(0)).unwrap();
            assert_eq!(names(&frame), ["[n]", "s"]);
            assert_eq!(numbers(&frame.columns[0])[298..], [23.0, 4.0]);
            assert_eq!(counts(&frame.columns[1])[4], ("abababab", 60));
        }
    }
}

#[test]
fn compressed_arrays_are_read() {
    for compression in [IpcCompression::LZ4, IpcCompression::default()] {
        let frame = read_ipc("t", &ipc(Some(compression)), &Kinds::new(), Bound::of(0)).unwrap();
        assert_eq!(names(&frame), ["[x]", "[n]", "[b]", "s", "c"]);
    }
}

/// Numbers as Thrift writes them, each larger than the memory of any machine.
const ABSURD: [&[u8]; 3] = [
    &[0xff, 0xff, 0xff, 0xff, 0x0f],
    &[0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x1f],
    &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
];

#[test]
fn no_absurd_count_of_parquet_ends_the_process() {
    for bytes in [parquet(), differences(Version::V2, CompressionOptions::Uncompressed)] {
        let footer = bytes.len() - 8 - footer_length(&bytes);
        for (at, absurd) in (0..bytes.len() - 8).flat_map(|at| ABSURD.map(|absurd| (at, absurd))) {
            let mut longer = bytes.clone();
            longer.splice(at..=at, absurd.iter().copied());
            if footer <= at {
                let end = longer.len() - 8;
                longer[end..end + 4].copy_from_slice(&((end - footer) as u32).to_le_bytes());
            }
            let _ = read("t", &longer, &Kinds::new(), Bound::of(0));
            let mut as_long = bytes.clone();
            as_long.splice(at..(at + absurd.len()).min(bytes.len() - 8), absurd.iter().copied());
            let _ = read("t", &as_long, &Kinds::new(), Bound::of(0));
        }
    }
}

fn footer_length(bytes: &[u8]) -> usize {
    let (_, length) = bytes[..bytes.len() - 4].split_last_chunk().unwrap();
    u32::from_le_bytes(*length) as usize
}

#[test]
fn no_absurd_count_of_ipc_ends_the_process() {
    for bytes in [ipc(None), ipc(Some(IpcCompression::LZ4))] {
        for at in 0..bytes.len() - 8 {
            for absurd in [1_i64 << 36, 1 << 60, -1] {
                let mut damaged = bytes.clone();
                damaged[at..at + 8].copy_from_slice(&absurd.to_le_bytes());
                let _ = read_ipc("t", &damaged, &Kinds::new(), Bound::of(0));
            }
        }
    }
}

#[test]
fn claims_that_are_found_out_are_named() {
    let mut bytes = ipc(None);
    // The first value of the first array is a number; what precedes it says how many there are.
    let at = bytes.windows(8).position(|window| window == 1.5_f64.to_le_bytes()).unwrap();
    let rows = bytes[..at].windows(8).rposition(|window| window == 3_i64.to_le_bytes()).unwrap();
    bytes[rows..rows + 8].copy_from_slice(&(1_i64 << 60).to_le_bytes());
    let error = read_ipc("t.arrow", &bytes, &Kinds::new(), Bound::of(0)).unwrap_err().to_string();
    assert!(error.starts_with("t.arrow: this is no Arrow table (there is no memory"), "{error}");
}

proptest! {
    #![proptest_config(cases(100))]

    #[test]
    fn damaged_parquet_is_read_or_refused(bytes in damaged(&parquet())) {
        let _ = read("t", &bytes, &Kinds::new(), Bound::of(0));
    }

    #[test]
    fn damaged_pages_and_dictionaries_are_read_or_refused(bytes in prop_oneof![
        damaged(&sample("parquet_pandas_categories.parquet")),
        damaged(&differences(Version::V1, CompressionOptions::Uncompressed)),
        damaged(&differences(Version::V2, CompressionOptions::Snappy)),
    ]) {
        let _ = read("t", &bytes, &Kinds::new(), Bound::of(0));
    }

    #[test]
    fn damaged_ipc_is_read_or_refused(bytes in prop_oneof![
        damaged(&ipc(None)),
        damaged(&ipc(Some(IpcCompression::LZ4))),
        damaged(&ipc(Some(IpcCompression::default()))),
    ]) {
        let _ = read_ipc("t", &bytes, &Kinds::new(), Bound::of(0));
    }
}

#[test]
fn a_panic_beside_a_reader_is_not_taken_for_one_of_it() {
    let on = |name: &str| {
        let builder = thread::Builder::new().name(name.to_owned());
        builder.spawn(is_a_readers).unwrap().join().unwrap()
    };
    let here = || (is_a_readers(), on("another"), on("polars-0"));
    assert_eq!(quietly(here), Ok((true, false, true)));
    assert!(!is_a_readers() && !on("another"));
    assert_eq!(quietly(|| panic!("a damaged file")), Err::<(), ()>(()));
    assert!(!is_a_readers(), "after a panic too");
}
