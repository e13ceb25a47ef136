//! Lines of a text file, the words in them, and the places where mistakes are.

use std::borrow::Cow;
use std::collections::HashSet;

use memchr::memchr_iter;

use crate::error::DataError;
use crate::formats::kind::{Kind, Kinds};

/// A line, and how far it has been read.
#[derive(Clone, Debug)]
pub(crate) struct Line<'a> {
    file: &'a str,
    pub(crate) number: u64,
    /// Without the blanks at its end.
    pub(crate) text: &'a str,
    /// The bytes that have been read.
    pub(crate) at: usize,
}

/// A word of a line, without its quotation marks.
#[derive(Clone, Debug)]
pub(crate) struct Word<'a> {
    pub(crate) text: Cow<'a, str>,
    /// The byte of the line at which it begins.
    pub(crate) at: usize,
    pub(crate) quoted: bool,
}

/// The lines of a file that are not blank and do not begin with `comment`, which may be in any
/// encoding.
pub(crate) fn lines<'a>(
    file: &'a str,
    bytes: &'a [u8],
    comment: Option<u8>,
) -> impl Iterator<Item = Result<Line<'a>, DataError>> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let lines = bytes.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii_end).zip(1..);
    let counts = move |line: &[u8]| {
        let first = line.trim_ascii_start().first();
        first.is_some() && first != comment.as_ref()
    };
    lines.filter(move |(line, _)| counts(line)).map(move |(line, number)| {
        let text = str::from_utf8(line).map_err(|error| {
            let before = String::from_utf8_lossy(&line[..error.valid_up_to()]);
            let line = Line { file, number, text: &before, at: 0 };
            line.wrong(before.len(), "a byte that is no UTF-8; expected text in UTF-8")
        })?;
        Ok(Line { file, number, text, at: 0 })
    })
}

/// `bytes` with a line feed for every carriage return that stands alone, as it does in old files of the Mac.
pub(crate) fn with_line_feeds(bytes: &[u8]) -> Cow<'_, [u8]> {
    let is_alone = |i: usize| bytes[i] == b'\r' && bytes.get(i + 1) != Some(&b'\n');
    if !memchr_iter(b'\r', bytes).any(is_alone) {
        return Cow::Borrowed(bytes);
    }
    (0..bytes.len()).map(|i| if is_alone(i) { b'\n' } else { bytes[i] }).collect()
}

/// What is wrong with a file as a whole, at its last line.
pub(crate) fn wrong_at_the_end(file: &str, bytes: &[u8], message: &str) -> DataError {
    let number = bytes.trim_ascii_end().split(|&byte| byte == b'\n').count() as u64;
    Line { number, ..Line::first(file) }.wrong(0, message)
}

/// The words between blanks, each with the byte at which it begins.
pub(crate) fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = text[at..].trim_ascii_start();
        let start = text.len() - rest.len();
        let end = rest.find(|c: char| c.is_ascii_whitespace()).unwrap_or(rest.len());
        at = start + end;
        (end > 0).then(|| (start, &rest[..end]))
    })
}

/// A finite number.
pub(crate) fn number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// A text as a message quotes it: the beginning of a long one.
pub(crate) fn shown(text: &str) -> String {
    match text.char_indices().nth(40) {
        Some((end, _)) => format!("`{}...`", &text[..end]),
        None => format!("`{text}`"),
    }
}

/// What to add to a message about too many or too few cells, if one of the lines begins as comments do elsewhere.
pub(crate) fn comment_help(lines: [&str; 2]) -> &'static str {
    let is_comment = |line: &str| line.trim_start().starts_with(['#', '%']);
    if lines.into_iter().any(is_comment) {
        "; lines of comments are read like all others: remove them"
    } else {
        ""
    }
}

/// Some names as a message lists them: the first of many.
pub(crate) fn listed(names: &[String]) -> String {
    const MANY: usize = 20;
    let list = names.iter().take(MANY).map(|name| shown(name)).collect::<Vec<_>>().join(", ");
    match names.len().saturating_sub(MANY) {
        0 => list,
        more => format!("{list} and {more} more"),
    }
}

/// `known` has no `given`: what was meant, or what there is.
pub(crate) fn no_such_name(given: &str, known: &[String]) -> String {
    let distance = |name: &str| strsim::osa_distance(&given.to_lowercase(), &name.to_lowercase());
    let nearest = known.iter().map(|name| (distance(name), name)).min();
    match nearest.filter(|(distance, name)| *distance <= 1 + name.len() / 4) {
        Some((_, name)) => {
            format!("no column is called {}; did you mean {}?", shown(given), shown(name))
        }
        None => format!("no column is called {}; there are {}", shown(given), listed(known)),
    }
}

/// The kind that is pinned for each of `names`; a mistake is said to be in `line`.
pub(crate) fn pinned(
    line: &Line<'_>,
    names: &[String],
    kinds: &Kinds,
) -> Result<Vec<Option<Kind>>, DataError> {
    let known: HashSet<&String> = names.iter().collect();
    match kinds.keys().find(|name| !known.contains(name)) {
        Some(unknown) => Err(line.wrong(0, no_such_name(unknown, names))),
        None => Ok(names.iter().map(|name| kinds.get(name).copied()).collect()),
    }
}

impl<'a> Line<'a> {
    /// The beginning of a file that has no header.
    pub(crate) fn first(file: &'a str) -> Self {
        Line { file, number: 1, text: "", at: 0 }
    }

    /// What is wrong at the byte `at`.
    pub(crate) fn wrong(&self, at: usize, message: impl Into<String>) -> DataError {
        DataError::Text {
            file: self.file.to_owned(),
            line: self.number,
            column: self.text.get(..at).unwrap_or(self.text).chars().count() + 1,
            message: message.into(),
        }
    }

    /// What has not been read, without the blanks before it.
    pub(crate) fn rest(&mut self) -> &'a str {
        let rest = self.text[self.at..].trim_ascii_start();
        self.at = self.text.len() - rest.len();
        rest
    }

    /// Whether the rest is nothing, or a comment.
    pub(crate) fn has_ended(&mut self) -> bool {
        let rest = self.rest();
        rest.is_empty() || rest.starts_with('%')
    }

    /// Reads `expected` if it comes next.
    pub(crate) fn skip(&mut self, expected: char) -> bool {
        let found = self.rest().starts_with(expected);
        self.at += if found { expected.len_utf8() } else { 0 };
        found
    }

    /// The next word: between quotation marks, or up to one of `stops` or a comment.
    pub(crate) fn word(&mut self, stops: &[char]) -> Result<Word<'a>, DataError> {
        let rest = self.rest();
        if let Some(quote @ ('\'' | '"')) = rest.chars().next() {
            return self.quoted(quote);
        }
        let word = &rest[..rest.find(stops).unwrap_or(rest.len())];
        let begins_comment = |&(at, _): &(usize, &str)| {
            word[..at].bytes().next_back().is_none_or(|before| before.is_ascii_whitespace())
        };
        let end = word.match_indices('%').find(begins_comment).map_or(word.len(), |(at, _)| at);
        let text = word[..end].trim_ascii_end();
        let at = self.at;
        self.at += text.len();
        Ok(Word { text: Cow::Borrowed(text), at, quoted: false })
    }

    fn quoted(&mut self, quote: char) -> Result<Word<'a>, DataError> {
        let at = self.at;
        let mut text = String::new();
        let mut chars = self.text[at..].char_indices().skip(1);
        while let Some((i, c)) = chars.next() {
            match c {
                '\\' => text.extend(chars.next().map(|(_, escaped)| match escaped {
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    other => other,
                })),
                c if c == quote => {
                    self.at = at + i + c.len_utf8();
                    return Ok(Word { text: Cow::Owned(text), at, quoted: true });
                }
                c => text.push(c),
            }
        }
        Err(self.wrong(at, format!("this {quote} is not closed on its line")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Line<'_> {
        Line { file: "t", number: 1, text, at: 0 }
    }

    #[test]
    fn blank_lines_and_comments_are_left_out_and_counted() {
        let read = lines("t", b"\xef\xbb\xbfa\r\n\r\n % \xe4\n b\t\n", Some(b'%'));
        let read: Vec<_> = read.map(|line| line.map(|line| (line.number, line.text))).collect();
        assert_eq!(read, [Ok((1, "a")), Ok((4, " b"))]);
    }

    #[test]
    fn a_byte_that_is_no_utf8_is_located_in_characters() {
        let wrong = lines("t", "a\né".as_bytes(), None).chain(lines("t", b"\xc3\xa9 \xe4", None));
        let wrong = wrong.last().unwrap().unwrap_err().to_string();
        assert!(wrong.starts_with("t:1:3: a byte that is no UTF-8"), "{wrong}");
    }

    #[test]
    fn words_know_where_they_begin() {
        assert_eq!(words(" a\tbc  ").collect::<Vec<_>>(), [(1, "a"), (3, "bc")]);
    }

    #[test]
    fn quotation_marks_and_escapes_go() {
        let mut line = line(r#"  'it\'s', "a\\b" , 50% of all %x"#);
        let mut next = || {
            let word = line.word(&[',']).unwrap();
            line.skip(',');
            (word.at, word.text.into_owned(), word.quoted)
        };
        assert_eq!(next(), (2, "it's".to_owned(), true));
        assert_eq!(next(), (11, r"a\b".to_owned(), true));
        assert_eq!(next(), (20, "50% of all".to_owned(), false));
        assert!(line.has_ended());
    }

    #[test]
    fn a_quotation_mark_has_to_be_closed() {
        let error = line("a 'b").clone();
        let error = Line { at: 2, ..error }.word(&[]).unwrap_err().to_string();
        assert_eq!(error, "t:1:3: this ' is not closed on its line");
    }

    #[test]
    fn an_unknown_name_is_answered_with_a_near_one() {
        let names = ["Class".to_owned(), "Age".to_owned()];
        assert!(no_such_name("class", &names).ends_with("did you mean `Class`?"));
        assert!(no_such_name("weight", &names).ends_with("there are `Class`, `Age`"));
    }
}
