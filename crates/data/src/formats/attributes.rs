//! The header that KEEL and ARFF share.
//!
//! ```text
//! header = {"@relation" ... | "@attribute" name type | other} "@data"
//! type   = ("numeric" | "real" | "integer") [range] | "string" | "date" [format] | levels
//! range  = "[" ... "]" | "{" lowest "," highest "}"
//! levels = "{" [level {"," level} [","]] "}" | "[" ... "]"
//! ```
//!
//! Keywords and types are in any case; names and levels may be between quotation marks. A line holds one of these:
//! what follows on it would be lost. Published files have values outside their ranges, so that ranges are not kept.
//! Weights of attributes, a number in braces behind the type, are refused.

use std::collections::HashSet;

use crate::error::DataError;
use crate::formats::bounds::{Bound, MAX_COLUMNS, at_most};
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
    bound: Bound,
    mut other: impl FnMut(&str, Line<'a>) -> Result<bool, DataError>,
) -> Result<Option<(Vec<Attribute>, Line<'a>)>, DataError> {
    let mut attributes = Vec::new();
    let mut names = HashSet::new();
    let mut n_levels = 0;
    for line in lines {
        let mut line = line?;
        let keyword = line.word(&[' ', '\t'])?;
        match keyword.text.to_ascii_lowercase().as_str() {
            "@relation" => relation(&mut line)?,
            "@attribute" => {
                at_most(attributes.len() + 1, MAX_COLUMNS, "columns")
                    .map_err(|message| line.wrong(keyword.at, message))?;
                let (name, attribute) = attribute(&mut line, bound, &mut n_levels)?;
                if !names.insert(attribute.name.clone()) {
                    let message = format!("a second attribute called {}", shown(&name.text));
                    return Err(line.wrong(name.at, message));
                }
                attributes.push(attribute);
            }
            "@data" if attributes.is_empty() => {
                return Err(line.wrong(keyword.at, "no `@attribute` comes before this `@data`"));
            }
            "@data" if line.has_ended() => return Ok(Some((attributes, line))),
            "@data" => {
                let message = format!(
                    "{} on the line of `@data`: rows begin on the next",
                    shown(line.rest())
                );
                return Err(line.wrong(line.at, message));
            }
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

/// What names the relation does not count, as long as it is nothing else.
fn relation(line: &mut Line<'_>) -> Result<(), DataError> {
    const OTHERS: [&str; 6] = ["@attribute", "@input", "@inputs", "@output", "@outputs", "@data"];
    while !line.has_ended() {
        let word = line.word(&[' ', '\t'])?;
        if !word.quoted && OTHERS.iter().any(|other| word.text.eq_ignore_ascii_case(other)) {
            let message =
                format!("{} on the line of `@relation`: it needs its own", shown(&word.text));
            return Err(line.wrong(word.at, message));
        }
    }
    Ok(())
}

/// Reads an attribute; its levels are added to `n_levels`.
fn attribute<'a>(
    line: &mut Line<'a>,
    bound: Bound,
    n_levels: &mut usize,
) -> Result<(Word<'a>, Attribute), DataError> {
    let name = line.word(&[' ', '\t', '{'])?;
    if name.text.is_empty() {
        return Err(line.wrong(name.at, "expected the name of the attribute"));
    }
    let declared = if line.skip('{') {
        Declared::Levels(levels(line, '}', bound, n_levels)?)
    } else if line.skip('[') {
        Declared::Levels(levels(line, ']', bound, n_levels)?)
    } else {
        scalar(line)?
    };
    if !line.has_ended() {
        let rest = line.rest();
        let message = if rest.starts_with('{') {
            format!("{} is a weight of the attribute: weights are not supported", shown(rest))
        } else {
            format!("{}; expected the end of the line", shown(rest))
        };
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
            let found = if word.text.is_empty() {
                "the attribute has no type".to_owned()
            } else {
                format!("{} is no type", shown(&line.text[word.at..]))
            };
            let message = format!(
                "{found}; expected numeric, real, integer, string, date or levels {{a, b}}"
            );
            return Err(line.wrong(word.at, message));
        }
    }
    range(line)?;
    Ok(Declared::Number)
}

/// Passes over the range of a number, if it has one.
fn range(line: &mut Line<'_>) -> Result<(), DataError> {
    let rest = line.rest();
    let close = match rest.chars().next() {
        Some('[') => ']',
        Some('{') => '}',
        _ => return Ok(()),
    };
    let end = rest.find(close);
    let end = end.ok_or_else(|| line.wrong(line.at, format!("this range has no `{close}`")))?;
    // One number in braces is a weight.
    if close == ']' || rest[..end].contains(',') {
        line.at += end + 1;
    }
    Ok(())
}

/// The levels up to `close`, from behind what opens them.
fn levels(
    line: &mut Line<'_>,
    close: char,
    bound: Bound,
    n_levels: &mut usize,
) -> Result<Vec<String>, DataError> {
    let mut levels = Vec::new();
    while !line.skip(close) {
        let level = line.word(&[',', close])?;
        if level.text.is_empty() && !level.quoted {
            return Err(line.wrong(level.at, "expected a level"));
        }
        *n_levels += 1;
        bound.check_texts(*n_levels).map_err(|message| line.wrong(level.at, message))?;
        levels.push(level.text.into_owned());
        if !line.skip(',') && !line.rest().starts_with(close) {
            let message = format!("expected `,` or the `{close}` that ends the levels");
            return Err(line.wrong(line.at, message));
        }
    }
    Ok(levels)
}

impl Attribute {
    pub(crate) fn is_nominal(&self) -> bool {
        matches!(self.declared, Declared::Levels(_))
    }
}
