//! Files that are no longer what they were.

use std::fs;
use std::path::{Path, PathBuf};

use super::samples;
use crate::support::longtail;

/// Bytes of a sample after one change, the `i`-th of many.
fn changed(sample: &[u8], i: usize) -> Vec<u8> {
    let mut bytes = sample.to_vec();
    let at = (i * 7919 + 31) % bytes.len().max(1);
    match i % 5 {
        0 => bytes.truncate(at / 2),
        1 => bytes[at] = 0xff,
        2 => drop(bytes.splice(at..at, *b"\n,,\"{x\n")),
        3 => drop(bytes.drain(at..(at + 60).min(sample.len()))),
        _ => bytes.iter_mut().skip(at).step_by(97).for_each(|byte| *byte ^= 0x15),
    }
    bytes
}

fn is_text(sample: &Path) -> bool {
    let extension = sample.extension().and_then(|extension| extension.to_str());
    ["arff", "csv", "dat", "data", "libsvm", "xml"].contains(&extension.unwrap_or_default())
}

/// Whether `text` is `LINE:COLUMN: ...`, both counted from 1.
fn begins_with_place(text: &str) -> bool {
    let is_number = |part: Option<&str>| {
        part.and_then(|part| part.parse::<u64>().ok()).is_some_and(|number| 0 < number)
    };
    let mut parts = text.split(':');
    is_number(parts.next()) && is_number(parts.next()) && parts.next().is_some()
}

#[test]
fn a_hundred_damaged_files_give_a_sentence_each_and_no_panic() {
    let folder = tempfile::tempdir().unwrap();
    let mut samples: Vec<PathBuf> =
        fs::read_dir(samples()).unwrap().map(|e| e.unwrap().path()).collect();
    samples.sort();
    let mut refused = 0;
    for (i, sample) in (0..220).zip(samples.iter().cycle()) {
        let name = format!("{i}-{}", sample.file_name().unwrap().to_str().unwrap());
        fs::write(folder.path().join(&name), changed(&fs::read(sample).unwrap(), i)).unwrap();
        let output = longtail(folder.path(), &["datasets", "describe", &name]);
        let error = &output.said;
        if !output.succeeded() {
            assert_eq!(output.code, Some(2), "{name}: {error}");
            // A place in text; in bytes, the file alone has one.
            let rest = error.strip_prefix(&format!("error: {name}:"));
            let is_located = rest.is_some_and(|rest| !is_text(sample) || begins_with_place(rest));
            assert!(is_located, "{name}: {error}");
            assert_eq!(error.trim_end().lines().count(), 1, "{name}: {error}");
            refused += 1;
        }
    }
    assert!(100 <= refused, "only {refused} of the damaged files were refused");
}
