//! The header that KEEL and ARFF share.
//!
//! ```text
//! header = {"@relation" ... | "@attribute" name type | other} "@data"
//! type   = ("numeric" | "real" | "integer") [range] | "string" | "date" [format] | levels
//! range  = "[" ... "]" | "{" ... "}"
//! levels = "{" [level {"," level}] "}"
//! ```
//!
//! Keywords and types are in any case; names and levels may be between quotation marks.
//! Published files have values outside their ranges, so that ranges are not kept.

use std::collections::HashSet;

use crate::DataError;
use crate::formats::lines::{Line, Word, shown};

/// What an `@attribute` line declares.
#[derive(Clone, Debug)]
pub(crate) struct Attribute {
    pub(crate) name: String,
    pub(crate) declared: Declared,
}

/// What the cells of an attribute are.
#[derive(Clone, Debug)]
pub(crate) enum Declared {
    Number,
    /// A string or a date.
    Text,
    Levels(Vec<String>),
}

/// Reads a header up to `@data`; lines with a keyword of one format only go to `other`, which
/// says whether it knows it.
///
/// Returns the attributes and the line of `@data`, or `None` if there is no such line.
pub(crate) fn header<'a>(
    lines: &mut impl Iterator<Item = Result<Line<'a>, DataError>>,
    mut other: impl FnMut(&str, Line<'a>) -> Result<bool, DataError>,
) -> Result<Option<(Vec<Attribute>, Line<'a>)>, DataError> {
    let mut attributes = Vec::new();
    let mut names = HashSet::new();
    for line in lines {
        let mut line = line?;
        let keyword = line.word(&[' ', '\t'])?;
        match keyword.text.to_ascii_lowercase().as_str() {
            "@relation" => {}
            "@attribute" => {
                let (name, attribute) = attribute(&mut line)?;
                if !names.insert(attribute.name.clone()) {
                    let message = format!("a second attribute called {}", shown(&name.text));
                    return Err(line.wrong(name.at, message));
                }
                attributes.push(attribute);
            }
            "@data" if attributes.is_empty() => {
                return Err(line.wrong(keyword.at, "no `@attribute` comes before this `@data`"));
            }
            "@data" => return Ok(Some((attributes, line))),
            other_keyword => {
                let found = shown(&line.text[keyword.at..]);
                let wrong = format!(
                    "{found} is no line of a header; expected `@relation`, `@attribute` or `@data`"
                );
                let wrong = line.wrong(keyword.at, wrong);
                if !other(other_keyword, line)? {
                    return Err(wrong);
                }
            }
        }
    }
    Ok(None)
}

fn attribute<'a>(line: &mut Line<'a>) -> Result<(Word<'a>, Attribute), DataError> {
    let name = line.word(&[' ', '\t', '{'])?;
    if name.text.is_empty() {
        return Err(line.wrong(name.at, "expected the name of the attribute"));
    }
    let declared = if line.skip('{') { Declared::Levels(levels(line)?) } else { scalar(line)? };
    if !line.has_ended() {
        let message = format!("{}; expected the end of the line", shown(line.rest()));
        return Err(line.wrong(line.at, message));
    }
    let attribute = Attribute { name: name.text.clone().into_owned(), declared };
    Ok((name, attribute))
}

fn scalar(line: &mut Line<'_>) -> Result<Declared, DataError> {
    let word = line.word(&[' ', '\t', '[', '{'])?;
    match word.text.to_ascii_lowercase().as_str() {
        "numeric" | "real" | "integer" => {}
        "string" => return Ok(Declared::Text),
        "date" => return line.word(&['%']).map(|_| Declared::Text),
        "relational" => {
            let message = "a relational attribute is a table inside the table: not supported";
            return Err(line.wrong(word.at, message));
        }
        _ => {
            let message = format!(
                "{} is no type; expected numeric, real, integer, string, date or levels {{a, b}}",
                shown(&word.text)
            );
            return Err(line.wrong(word.at, message));
        }
    }
    let close = if line.skip('[') {
        ']'
    } else if line.skip('{') {
        '}'
    } else {
        return Ok(Declared::Number);
    };
    let start = line.at - 1;
    let end = line.rest().find(close);
    let end = end.ok_or_else(|| line.wrong(start, format!("this range has no `{close}`")))?;
    line.at += end + 1;
    Ok(Declared::Number)
}

/// The levels after their `{`.
fn levels(line: &mut Line<'_>) -> Result<Vec<String>, DataError> {
    let mut levels = Vec::new();
    if line.skip('}') {
        return Ok(levels);
    }
    loop {
        let level = line.word(&[',', '}'])?;
        if level.text.is_empty() && !level.quoted {
            return Err(line.wrong(level.at, "expected a level"));
        }
        levels.push(level.text.into_owned());
        if line.skip('}') {
            return Ok(levels);
        }
        if !line.skip(',') {
            line.rest();
            return Err(line.wrong(line.at, "expected `,` or the `}` that ends the levels"));
        }
    }
}

impl Attribute {
    pub(crate) fn is_nominal(&self) -> bool {
        matches!(self.declared, Declared::Levels(_))
    }
}
