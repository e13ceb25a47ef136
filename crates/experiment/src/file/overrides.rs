//! `--set key=value`: one more line of the experiment, which wins over the file.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::file::diagnostic::Diagnostic;

/// The TOML line that `--set key=value` stands for: a value that is no TOML is taken as a string,
/// so that `--set axes.loss=focal` needs no quotes within quotes.
pub(crate) fn line(set: &str) -> String {
    let Some((key, value)) = set.split_once('=') else { return set.to_owned() };
    let (key, value) = (key.trim(), value.trim());
    if DeValue::parse(value).is_ok() {
        format!("{key} = {value}")
    } else {
        format!("{key} = {}", toml::Value::String(value.to_owned()))
    }
}

/// Lays the table of an override, whose spans begin at `start`, over `table`.
pub(crate) fn merge<'a>(
    table: &mut DeTable<'a>,
    text: &'a str,
    start: usize,
) -> Result<(), Diagnostic> {
    let parsed = DeTable::parse(text).map_err(|error| {
        Diagnostic::from_toml(&error, start, start..start + text.len())
            .help("write --set key=value, as in --set training.epochs=5")
    })?;
    overlay(table, shifted_table(parsed.get_ref(), start));
    Ok(())
}

/// Tables are merged key by key; anything else replaces what was there.
pub(crate) fn overlay<'a>(table: &mut DeTable<'a>, over: DeTable<'a>) {
    for (key, value) in over {
        if let (Some(DeValue::Table(below)), DeValue::Table(above)) =
            (table.get_mut(&key).map(Spanned::get_mut), value.get_ref())
        {
            overlay(below, above.clone());
        } else {
            table.remove(&key);
            table.insert(key, value);
        }
    }
}

fn shifted_table<'a>(table: &DeTable<'a>, start: usize) -> DeTable<'a> {
    let entries = table.iter().map(|(key, value)| {
        (Spanned::new(moved(key.span(), start), key.get_ref().clone()), shifted(value, start))
    });
    entries.collect()
}

fn shifted<'a>(value: &Spanned<DeValue<'a>>, start: usize) -> Spanned<DeValue<'a>> {
    let inner = match value.get_ref() {
        DeValue::Table(table) => DeValue::Table(shifted_table(table, start)),
        DeValue::Array(array) => {
            DeValue::Array(array.iter().map(|value| shifted(value, start)).collect())
        }
        other => other.clone(),
    };
    Spanned::new(moved(value.span(), start), inner)
}

fn moved(span: Range<usize>, start: usize) -> Range<usize> {
    span.start + start..span.end + start
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bare_word_is_a_string_and_a_number_a_number() {
        assert_eq!(line("training.epochs=5"), "training.epochs = 5");
        assert_eq!(line("axes.loss=focal"), "axes.loss = \"focal\"");
        assert_eq!(line("axes.loss = ['focal', 'ghm_c']"), "axes.loss = ['focal', 'ghm_c']");
    }

    #[test]
    fn an_override_wins_and_keeps_its_siblings() {
        let mut table =
            DeTable::parse("[training]\nepochs = 60\nbatch_size = 32").unwrap().into_inner();
        merge(&mut table, "training.epochs = 5", 100).unwrap();
        let training = &table["training"].get_ref();
        let epochs = training.get("epochs").unwrap();
        assert_eq!(epochs.get_ref().as_integer().unwrap().as_str(), "5");
        assert_eq!(epochs.span(), 118..119);
        assert!(training.get("batch_size").is_some());
    }
}
