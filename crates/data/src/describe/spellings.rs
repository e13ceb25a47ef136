//! Names that are one name in several spellings.
//!
//! Names are alike if they are one number (`1`, `1.0`, `+1`), or have the same letters, digits and signs in this order:
//! case, blanks and the marks between words do not count, nor does a dot at the end. What makes another number or
//! another grade does: marks between two digits (`1-2` and `12`, `1.5` and `15`), a sign before a digit, and a dash at
//! the end (`A-`).

use std::collections::{BTreeMap, BTreeSet};

use crate::formats::labels::same_number;

/// The names that are alike, those that are like each other together.
pub(super) fn alike(names: &[String]) -> Vec<Vec<&str>> {
    let mut groups: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for text in names {
        let key = same_number(text).unwrap_or_else(|| skeleton(text));
        groups.entry(key).or_default().push(text);
    }
    groups.into_values().filter(|group| 1 < group.len()).collect()
}

/// The names that are alike, as a sentence; `name` says what each is.
pub(super) fn spellings(names: &[String], name: &str) -> Option<String> {
    let mut several = alike(names).into_iter();
    let first = several.next()?;
    let shown: Vec<String> = first.iter().map(|text| format!("`{text}`")).collect();
    let (last, others) = shown.split_last()?;
    let how = if first.iter().all(|text| same_number(text).is_some()) {
        "are one number".to_owned()
    } else {
        format!("differ in {} alone", differences(&first))
    };
    let more = if several.next().is_some() { " There are others." } else { "" };
    Some(format!("{} and {last} {how}: one {name}?{more}", others.join(", ")))
}

/// What names that are alike differ in, however much else is overlooked.
fn differences(names: &[&str]) -> String {
    let differ = |without: fn(&str) -> String| {
        1 < names.iter().map(|text| without(text)).collect::<BTreeSet<String>>().len()
    };
    let case = differ(|text| text.replace(is_mark, ""));
    let blanks = differ(|text| text.to_lowercase().replace(|c| is_mark(c) && !is_blank(c), ""));
    let punctuation = differ(|text| text.to_lowercase().replace(is_blank, ""));
    let found = [(case, "case"), (blanks, "blanks"), (punctuation, "punctuation")];
    let found: Vec<&str> = found.iter().filter(|(does, _)| *does).map(|(_, what)| *what).collect();
    match found[..] {
        // They have the same blanks, but in other places.
        [] => "blanks".to_owned(),
        [a, b, c] => format!("{a}, {b} or {c}"),
        ref few => few.join(" or "),
    }
}

/// `text` in lower case, without blanks and the marks between words.
fn skeleton(text: &str) -> String {
    let lower = text.to_lowercase();
    let mut skeleton = String::with_capacity(lower.len());
    let mut rest = lower.as_str();
    let mut previous = None;
    while !rest.is_empty() {
        let (marks, behind) = rest.split_at(rest.find(|c| !is_mark(c)).unwrap_or(rest.len()));
        skeleton += &kept(previous, marks, behind.chars().next());
        let (word, others) = behind.split_at(behind.find(is_mark).unwrap_or(behind.len()));
        skeleton += word;
        previous = word.chars().next_back();
        rest = others;
    }
    skeleton
}

/// What counts of the marks between two characters, either of which may be missing.
fn kept(previous: Option<char>, marks: &str, next: Option<char>) -> String {
    let is_digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    if marks.is_empty() {
        return String::new();
    }
    if is_digit(previous) && is_digit(next) {
        let points: String = marks.chars().filter(|c| ".,:;'’".contains(*c)).collect();
        return if points.is_empty() { "-".to_owned() } else { points };
    }
    let mut from_behind = marks.chars().rev();
    let last = from_behind.next().filter(|c| is_dash(*c) || *c == '.');
    let before = from_behind.next().or(previous);
    let follows_a_word = before.is_some_and(|c| c.is_alphanumeric() || is_dash(c) || c == '.');
    match last {
        Some(sign) if is_digit(next) && !follows_a_word => {
            if sign == '.' { "." } else { "-" }.to_owned()
        }
        _ if next.is_none() && previous.is_some() && marks.contains(is_dash) => "-".to_owned(),
        _ => String::new(),
    }
}

fn is_dash(c: char) -> bool {
    "-‐‑–—−".contains(c)
}

/// White space, and characters that nobody sees.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || "\u{200b}\u{feff}\u{ad}".contains(c)
}

fn is_mark(c: char) -> bool {
    is_blank(c) || is_dash(c) || "._,;:'’`\"".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(names: &[&str]) -> Option<String> {
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        spellings(&names, "class")
    }

    #[test]
    fn names_that_differ_in_marks_blanks_or_case_are_alike() {
        for (names, how) in [
            (&["<=50K", "<=50K."][..], "punctuation"),
            (&["type-1", "type_1", "type 1", "Type1"], "case, blanks or punctuation"),
            (&["Web Attack – XSS", "Web Attack - XSS"], "punctuation"),
            (&["no fraud", "nofraud", "no\u{a0}fraud"], "blanks"),
            (&["don't know", "dont know", "\"Dont know\""], "case or punctuation"),
            (&["1 - 10%", "1-10%"], "blanks"),
            (&["Yes", "yes "], "case or blanks"),
            (&["e. coli", "E.coli"], "case or blanks"),
        ] {
            let sentence = told(names).unwrap();
            assert!(
                sentence.ends_with(&format!(" differ in {how} alone: one class?")),
                "{sentence}"
            );
        }
        assert_eq!(
            told(&["a", "<=50K.", "b", "<=50K"]).as_deref(),
            Some("`<=50K.` and `<=50K` differ in punctuation alone: one class?")
        );
        assert!(told(&["a.", "a", "b-c", "b c"]).unwrap().ends_with(" There are others."));
    }

    #[test]
    fn names_that_mean_another_thing_are_not_alike() {
        assert_eq!(told(&["<=50K", ">50K", "=50K"]), None);
        assert_eq!(told(&["A", "A+", "A-", "a1", "a-2"]), None);
        assert_eq!(told(&["1-2", "12", "1.2", "1,2", "-12"]), None);
        assert_eq!(told(&["x -1", "x 1", "x=-1", "x=1", "level .5", "level 5"]), None);
        assert_eq!(told(&["2020-01", "202001", "1.10.0", "1.1.0"]), None);
    }

    #[test]
    fn numbers_are_alike_if_they_are_equal() {
        let sentence = told(&["-1", "1.0", "0.5", "1"]).unwrap();
        assert_eq!(sentence, "`1.0` and `1` are one number: one class?");
        assert!(told(&["+1", "01", "1e0", " 1"]).unwrap().contains("are one number"));
        assert_eq!(told(&["-1", "1", "10", "0.1"]), None);
        // As floats they would be equal.
        assert_eq!(told(&["9007199254740993", "9007199254740992.0", "x"]), None);
    }
}
