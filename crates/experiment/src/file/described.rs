//! `[data]`: data sets of one's own.

use std::path::{Path, PathBuf};

use data::Catalogue;
use serde::Deserialize;
use toml::Spanned;
use toml::de::DeTable;

use crate::file::diagnostic::Diagnostic;
use crate::file::typed::read;

/// `[data]`: data sets of one's own.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DataSpec {
    /// `dataset.toml` files, relative to the experiment file.
    sets: Vec<Spanned<String>>,
}

/// Adds the data sets of `[data]` to the catalogue; their files.
pub(super) fn described(
    table: &DeTable<'_>,
    folder: &Path,
    catalogue: &mut Catalogue,
    mistakes: &mut Vec<Diagnostic>,
) -> Vec<PathBuf> {
    let Some(value) = table.get("data") else { return Vec::new() };
    let sets = match read::<DataSpec>(value.clone(), "data") {
        Ok(data) => data.sets,
        Err(mistake) => {
            let help = "write sets = [\"dataset.toml\"]; `longtail init` makes one";
            mistakes.push(mistake.help(help));
            return Vec::new();
        }
    };
    let mut files = Vec::new();
    for set in sets {
        let path = folder.join(set.get_ref());
        match catalogue.clone().with_file(&path) {
            Ok(extended) => {
                *catalogue = extended;
                files.push(path);
            }
            Err(error) => mistakes.push(
                Diagnostic::new(set.span(), error.sentence())
                    .help("mend the file that is named, or name another"),
            ),
        }
    }
    files
}
