//! What the files of tables were made of: `tables.json` beside them.
//!
//! ```text
//! {"made_of":"<BLAKE3>","files":{"timings.parquet":"<BLAKE3>","trials.csv":"<BLAKE3>","trials.parquet":"<BLAKE3>"}}
//! ```
//!
//! Files that are what is noted, and were made of the same, need not be made again. A file that was changed since, cut or
//! removed is made again with the others.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::Path;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::atomic;
use crate::error::ReportError;
use crate::files::CSV;

const NAME: &str = "tables.json";

/// What was noted.
#[derive(Serialize, Deserialize)]
pub(crate) struct Kept {
    /// A digest of what the files were made of.
    pub(crate) made_of: String,
    /// That of what each file holds, by its name.
    pub(crate) files: BTreeMap<String, String>,
}

impl Kept {
    /// The digest of `trials.csv`, if the files in `folder` were made of the same and are still what they were.
    pub(crate) fn digest(folder: &Path, made_of: &str) -> Option<String> {
        let noted = fs::read(folder.join(NAME)).ok()?;
        let mut kept: Kept = serde_json::from_slice(&noted).ok()?;
        let is_kept = |(name, digest): (&String, &String)| {
            digest_of(&folder.join(name)).is_ok_and(|found| found == *digest)
        };
        let all = kept.made_of == made_of && kept.files.par_iter().all(is_kept);
        all.then(|| kept.files.remove(CSV)).flatten()
    }

    /// Notes it.
    pub(crate) fn keep(&self, folder: &Path) -> Result<(), ReportError> {
        let bytes = serde_json::to_vec(self).expect("digests are plain data");
        atomic::write(folder, NAME, &bytes)
    }
}

/// The BLAKE3 hash of a file.
fn digest_of(path: &Path) -> io::Result<String> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(File::open(path)?)?;
    Ok(hasher.finalize().to_hex().to_string())
}
