use proptest::prelude::*;

use super::*;
use crate::formats::testing::{cases, damaged};

const FORTRAN: &[u8] = include_bytes!("../../../tests/samples/float32_fortran.npy");

fn file(version: u8, header: &str, data: &[u8]) -> Vec<u8> {
    let mut bytes = [b"\x93NUMPY", &[version, 0][..]].concat();
    match version {
        1 => bytes.extend((header.len() as u16).to_le_bytes()),
        _ => bytes.extend((header.len() as u32).to_le_bytes()),
    }
    [&bytes, header.as_bytes(), data].concat()
}

fn of(descr: &str, shape: &str, data: &[u8]) -> Vec<u8> {
    let header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}  \n");
    file(1, &header, data)
}

fn numbers(bytes: &[u8]) -> Vec<f64> {
    match read("t.npy", bytes, Bound::of(0)).unwrap().values {
        ArrayValues::Numbers(numbers) => numbers,
        ArrayValues::Texts(texts) => panic!("{texts:?}"),
    }
}

fn texts(bytes: &[u8]) -> Vec<String> {
    match read("t.npy", bytes, Bound::of(0)).unwrap().values {
        ArrayValues::Texts(texts) => texts.iter().map(str::to_owned).collect(),
        ArrayValues::Numbers(numbers) => panic!("{numbers:?}"),
    }
}

fn error(bytes: &[u8]) -> String {
    read("t.npy", bytes, Bound::of(0)).unwrap_err().to_string()
}

fn assert_error(bytes: &[u8], part: &str) {
    let error = error(bytes);
    assert!(error.starts_with("t.npy: ") && error.contains(part), "{error}");
}

#[test]
fn fortran_order_becomes_c_order() {
    let array = read("t.npy", FORTRAN, Bound::of(0)).unwrap();
    assert_eq!(array.shape, [3, 4]);
    assert_eq!(numbers(FORTRAN), (0..12).map(f64::from).collect::<Vec<_>>());
}

#[test]
fn fortran_order_of_three_axes_becomes_c_order() {
    let header = "{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3, 2), }";
    let stored = [0, 6, 2, 8, 4, 10, 1, 7, 3, 9, 5, 11];
    assert_eq!(numbers(&file(1, header, &stored)), (0..12).map(f64::from).collect::<Vec<_>>());
}

#[test]
fn every_number_type_is_read_in_both_byte_orders() {
    let check = |descr: &str, little: &[u8], expected: f64| {
        assert_eq!(numbers(&of(&format!("<{descr}"), "(1,)", little)), [expected], "<{descr}");
        let big: Vec<u8> = little.iter().rev().copied().collect();
        assert_eq!(numbers(&of(&format!(">{descr}"), "(1,)", &big)), [expected], ">{descr}");
    };
    check("f4", &(-1.5_f32).to_le_bytes(), -1.5);
    check("f8", &1e300_f64.to_le_bytes(), 1e300);
    check("i1", &(-2_i8).to_le_bytes(), -2.0);
    check("i2", &(-300_i16).to_le_bytes(), -300.0);
    check("i4", &(-70_000_i32).to_le_bytes(), -70_000.0);
    check("i8", &(-5_000_000_000_i64).to_le_bytes(), -5e9);
    check("u1", &[255], 255.0);
    check("u2", &u16::MAX.to_le_bytes(), 65_535.0);
    check("u4", &u32::MAX.to_le_bytes(), 4_294_967_295.0);
    check("u8", &(1_u64 << 53).to_le_bytes(), 9_007_199_254_740_992.0);
    assert_eq!(numbers(&of("|b1", "(2,)", &[0, 1])), [0.0, 1.0]);
    assert_eq!(numbers(&of("|i1", "(1,)", &[128])), [-128.0]);
    assert!(numbers(&of("<f4", "(1,)", &f32::NAN.to_le_bytes()))[0].is_nan());
}

#[test]
fn strings_lose_the_nul_that_fills_them_up() {
    let unicode = |order: fn(char) -> [u8; 4]| -> Vec<u8> {
        "é\0\0a😀b".chars().flat_map(order).collect()
    };
    let little = unicode(|c| (c as u32).to_le_bytes());
    let big = unicode(|c| (c as u32).to_be_bytes());
    assert_eq!(texts(&of("<U3", "(2,)", &little)), ["é", "a😀b"]);
    assert_eq!(texts(&of(">U3", "(2,)", &big)), ["é", "a😀b"]);
    assert_eq!(texts(&of("|S3", "(2,)", b"ab\0\0\0\0")), ["ab", ""]);
}

#[test]
fn strings_that_are_not_unicode_are_refused() {
    assert_error(
        &of("<U1", "(1,)", &0xd805_u32.to_le_bytes()),
        "item 0 (in C order, from 0) has 0xd805",
    );
    assert_error(&of("|S1", "(2,)", b"a\xff"), "item 1 (in C order, from 0) is not UTF-8");
}

#[test]
fn versions_differ_in_the_length_of_the_header() {
    let header = "{'descr': '|u1', 'fortran_order': False, 'shape': (1,), }\n";
    for version in 1..=3 {
        assert_eq!(numbers(&file(version, header, &[7])), [7.0], "{version}");
    }
    assert_error(&file(4, header, &[7]), "version 4 is none of 1, 2 and 3");
}

#[test]
fn headers_may_be_written_in_other_ways() {
    for header in [
        "{\"shape\":(1,2),\"fortran_order\":False,\"descr\":\"|u1\"}",
        " { 'descr' : '|u1' , 'fortran_order' : False , 'shape' : ( 1L , 2L ) } ",
        "{'descr': '<u1', 'fortran_order': True, 'shape': (2,), }",
    ] {
        assert_eq!(numbers(&file(1, header, &[7, 9])), [7.0, 9.0], "{header}");
    }
}

#[test]
fn headers_that_say_something_else_are_refused() {
    let header = |text: &str| error(&file(1, text, &[]));
    assert!(header("").contains("goes on with `` where `{` is expected"));
    assert!(header("{'descr': 3}").contains("goes on with `3}` where a string is expected"));
    assert!(header("{'descr': '<f4").contains("a string in the header does not end"));
    assert!(header("{'descr': '<f4'}").contains("the header has no `fortran_order`"));
    assert!(header("{'fortran_order': 1}").contains("`1}` where True or False is expected"));
    assert!(header("{'shape': (1, -2)}").contains("`-2)}` where a size is expected"));
    assert!(header("{'shape': 3}").contains("`3}` where `(` is expected"));
    assert!(header("{'colour': 3}").contains("the key `colour`"));
    let fields = "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}";
    assert!(header(fields).contains("its items have named fields"));
}

#[test]
fn python_objects_are_refused() {
    assert_error(&of("|O", "(1,)", b"\x80\x04"), "its items are Python objects (a pickle)");
}

#[test]
fn other_items_are_refused() {
    for descr in ["<f2", "<c8", "<M8[ns]", "|V4", "<U0", "|S0", "|i4", "|U1", "f4", "<i3", "", "<é"]
    {
        assert_error(&of(descr, "(1,)", &[0; 4]), "are read");
    }
    assert_error(&of("|b1", "(1,)", &[2]), "item 0 (in C order, from 0) is 2, no truth value");
    assert_error(&of("|u1", "()", &[2]), "a single value");
}

#[test]
fn whole_numbers_that_a_float_would_change_are_refused() {
    let beyond = (1_i64 << 53) + 1;
    for (descr, number) in [("<i8", beyond), ("<i8", -beyond), ("<u8", beyond)] {
        let message = format!("item 0 (in C order, from 0) is {number}: beyond 2^53");
        assert_error(&of(descr, "(1,)", &number.to_le_bytes()), &message);
    }
    assert_error(&of("<i8", "(1,)", &i64::MIN.to_le_bytes()), "is -9223372036854775808");
}

#[test]
fn sizes_that_the_bytes_do_not_have_are_refused() {
    let follow = "bytes follow the header, not items of";
    for shape in ["(2,)", "(3,)", "(99999999999999,)", "(4294967296, 4294967296)", "(0,)"] {
        assert_error(&of("<f4", shape, &[0; 4]), follow);
    }
    assert_error(&of("<U9223372036854775807", "(2,)", &[0; 4]), "are read");
    assert_error(&of("<U4611686018427387903", "(2,)", &[0; 4]), follow);
    assert_error(&of("|u1", &format!("({}1)", "1, ".repeat(64)), &[0]), "it has 65 axes");
    assert!(numbers(&of("<f4", "(0, 3)", &[])).is_empty());
}

#[test]
fn files_that_end_early_are_refused() {
    for end in 0..FORTRAN.len() {
        assert!(read("t.npy", &FORTRAN[..end], Bound::of(0)).is_err(), "{end}");
    }
    assert_error(b"PK\x03\x04", "a NumPy array begins with");
    assert_error(b"\x93NUMPY\x02\x00\xff\xff\xff\xff{", "the file ends in the header");
}

#[test]
fn brackets_nested_deeply_are_refused() {
    for bracket in ["(", "{", "["] {
        assert!(read("t.npy", &file(2, &bracket.repeat(1 << 20), &[]), Bound::of(0)).is_err());
    }
}

proptest! {
    #![proptest_config(cases(1000))]

    #[test]
    fn damaged_files_are_read_or_refused(bytes in damaged(FORTRAN)) {
        let _ = read("t.npy", &bytes, Bound::of(0));
    }

    #[test]
    fn damaged_strings_are_read_or_refused(bytes in damaged(&of("<U2", "(2, 2)", &[b'a', 0, 0, 0].repeat(8)))) {
        let _ = read("t.npy", &bytes, Bound::of(0));
    }
}
