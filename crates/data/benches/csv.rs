//! Reading a text table of 300,000 rows and 40 mixed columns, with every text in quotation marks or none, beside
//! Polars' own reader.
//!
//! Polars is not optimised in `release`; a fair comparison is `cargo bench --profile dist -p data`.

use std::fmt::Write;
use std::path::Path;

use data::{DatasetFile, Format, Kinds, Roles, Treatments};
use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use polars_io::SerReader;
use polars_io::csv::read::CsvReadOptions;

fn main() {
    divan::main();
}

const ROWS: u64 = 300_000;

/// 24 columns of real numbers, 6 of whole ones, one of them with gaps, 9 of words, and the class; words and classes
/// are between two of `mark`.
fn table(mark: &str) -> String {
    let mut text = (0..39).map(|i| format!("x{i},")).collect::<String>() + "class\n";
    let mut state = 1_u64;
    let mut draw = || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        state >> 33
    };
    for _ in 0..ROWS {
        for _ in 0..24 {
            let _ = write!(text, "{:.4},", draw() as f64 / 1e6);
        }
        for _ in 0..5 {
            let _ = write!(text, "{},", draw() % 1000);
        }
        text += if draw().is_multiple_of(10) { "," } else { "7," };
        for _ in 0..9 {
            let _ = write!(text, "{mark}level {}{mark},", draw() % 12);
        }
        let class = if draw().is_multiple_of(20) { "yes" } else { "no" };
        let _ = writeln!(text, "{mark}{class}{mark}");
    }
    text
}

fn file(folder: &Path, mark: &str) -> u64 {
    let text = table(mark);
    std::fs::write(folder.join("table.csv"), &text).expect("the temporary folder is writable");
    text.len() as u64
}

/// The file as a data set, its columns inferred and its class told apart.
#[divan::bench(args = ["", "\""], sample_count = 10)]
fn ours(bencher: Bencher<'_, '_>, mark: &str) {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let bytes = file(folder.path(), mark);
    let format = Format::guess(&folder.path().join("table.csv"), None).expect("it is a text table");
    let described = DatasetFile {
        name: "table".to_owned(),
        file: "table.csv".to_owned(),
        blake3: None,
        target: Some("class".to_owned()),
        positive: None,
        unlabelled: None,
        family: None,
        citation: None,
        licence: None,
        note: None,
        facts: None,
        official_folds: None,
        regions: None,
        roles: Roles::default(),
        format,
        columns: Kinds::new(),
        twins: None,
        treat: Treatments::new(),
    };
    bencher
        .counter(BytesCount::new(bytes))
        .bench_local(|| black_box(described.load(folder.path()).expect("it can be read")));
}

/// The file as a Polars frame, its types inferred from all rows, as ours are, or from the first hundred.
#[divan::bench(args = [None, Some(100)], sample_count = 10)]
fn polars(bencher: Bencher<'_, '_>, inferred_from: Option<usize>) {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let bytes = file(folder.path(), "");
    let path = folder.path().join("table.csv");
    bencher.counter(BytesCount::new(bytes)).bench_local(|| {
        let options = CsvReadOptions::default().with_infer_schema_length(inferred_from);
        let reader = options.try_into_reader_with_file_path(Some(path.clone()));
        black_box(reader.and_then(SerReader::finish).expect("it can be read"))
    });
}
