//! KEEL: a header of attributes, then rows.
//!
//! ```text
//! file    = header {row}
//! header  = {"@relation" ... | "@attribute" name type | "@inputs" names | "@outputs" names} "@data"
//! type    = ("integer" | "real") ["[" lowest "," highest "]"] | "{" level {"," level} "}"
//! names   = name {"," name}
//! row     = cell {"," cell}
//! missing = "<null>" | "?"
//! ```
//!
//! The class is the attribute of `@outputs`, without it the last attribute if that one has levels.
//! An attribute that neither `@inputs` nor `@outputs` names, if there are both, is left out. A level
//! has to be declared; a number may be out of its range, as it is in published files. Keywords are in
//! any case and may be singular; blanks around anything, blank lines, comments from `%` and lines
//! that end in CR LF are fine; names and levels may be between quotation marks.
//!
//! Source: the section on data files of the KEEL Reference Manual (sci2s.ugr.es/keel).

use std::collections::HashSet;

use crate::DataError;
use crate::formats::attributes::{Attribute, header};
use crate::formats::declared::Columns;
use crate::formats::lines::{Line, Word, lines, no_such_name, shown, wrong_at_the_end};
use crate::formats::{Frame, Kind, Kinds};

/// Reads `bytes`; `file` is named in errors.
pub(crate) fn read(file: &str, bytes: &[u8], kinds: &Kinds) -> Result<Frame, DataError> {
    let mut lines = lines(file, bytes, Some(b'%'));
    let (mut inputs, mut outputs) = (Vec::new(), Vec::new());
    let header = header(&mut lines, |keyword, line| match keyword {
        "@input" | "@inputs" => names(line, &mut inputs),
        "@output" | "@outputs" => names(line, &mut outputs),
        _ => Err(line.wrong(0, format!("{} is no keyword of KEEL", shown(keyword)))),
    })?;
    let Some((attributes, data)) = header else {
        return Err(wrong_at_the_end(file, bytes, "the file ends without `@data`"));
    };
    let inputs = inputs.iter().map(|input| find(&attributes, input));
    let inputs = inputs.collect::<Result<HashSet<usize>, _>>()?;
    let target = match outputs.as_slice() {
        [] => attributes.len().checked_sub(1).filter(|&last| attributes[last].is_nominal()),
        [output] => Some(find(&attributes, output)?),
        [_, (line, second), ..] => {
            return Err(line.wrong(second.at, "a second output; the class is one column"));
        }
    };
    let mut kinds = kinds.clone();
    if !inputs.is_empty() && !outputs.is_empty() {
        for (i, attribute) in attributes.iter().enumerate() {
            if target != Some(i) && !inputs.contains(&i) {
                kinds.entry(attribute.name.clone()).or_insert(Kind::Ignored);
            }
        }
    }
    let mut columns = Columns::new(&attributes, &kinds, &data)?;
    for line in lines {
        columns.push_row(&mut line?, |cell| matches!(cell, "<null>" | "?"))?;
    }
    if columns.n_rows == 0 {
        return Err(wrong_at_the_end(file, bytes, "no row comes after `@data`"));
    }
    Ok(columns.into_frame(target))
}

/// Reads the names of `@inputs` or `@outputs`.
fn names<'a>(
    mut line: Line<'a>,
    names: &mut Vec<(Line<'a>, Word<'a>)>,
) -> Result<(), DataError> {
    loop {
        let name = line.word(&[','])?;
        names.push((line.clone(), name));
        if line.has_ended() {
            return Ok(());
        }
        if !line.skip(',') {
            return Err(line.wrong(line.at, "expected `,` or the end of the line"));
        }
    }
}

fn find(attributes: &[Attribute], (line, name): &(Line<'_>, Word<'_>)) -> Result<usize, DataError> {
    let found = attributes.iter().position(|attribute| attribute.name == name.text);
    found.ok_or_else(|| {
        let names: Vec<String> = attributes.iter().map(|each| each.name.clone()).collect();
        line.wrong(name.at, no_such_name(&name.text, &names))
    })
}
