//! `results/<experiment>/runs/*.json`: what each run was, a file of its own that is written before its first cell and
//! never again. Folders of several machines are merged by putting files side by side, as segments are.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::PathBuf;

use super::{Contents, Store, at, files};
use crate::atomic::random_name;
use crate::provenance::Provenance;

impl Store {
    /// Keeps what a run is, durably.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn note_run(&self, run: &Provenance) -> io::Result<PathBuf> {
        let folder = self.runs();
        fs::create_dir_all(&folder).map_err(|error| at(&folder, &error))?;
        let text = serde_json::to_string_pretty(run).expect("provenance is plain data") + "\n";
        loop {
            let path = folder.join(format!("{:016x}.json", random_name()));
            match OpenOptions::new().write(true).create_new(true).open(&path) {
                Ok(mut file) => {
                    file.write_all(text.as_bytes())
                        .and_then(|()| file.sync_all())
                        .map_err(|error| at(&path, &error))?;
                    File::open(&folder)
                        .and_then(|opened| opened.sync_all())
                        .map_err(|error| at(&folder, &error))?;
                    return Ok(path);
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(at(&path, &error)),
            }
        }
    }

    /// Reads the runs that were noted, the first begun first; what cannot be read costs no table, and is warned of.
    pub(super) fn read_runs(&self, contents: &mut Contents) -> io::Result<()> {
        for path in files(&self.runs(), "json")? {
            let read = fs::read_to_string(&path).map_err(|error| error.to_string());
            match read.and_then(|text| serde_json::from_str(&text).map_err(|e| e.to_string())) {
                Ok(run) => contents.runs.push(run),
                Err(error) => contents.warnings.push(format!(
                    "{}: this does not tell what a run was ({error}); it is left out, and no record with it",
                    path.display()
                )),
            }
        }
        contents.runs.sort();
        contents.runs.dedup();
        Ok(())
    }

    fn runs(&self) -> PathBuf {
        self.folder.join("runs")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_told_in_the_order_in_which_they_began_whatever_their_files_are_called() {
        let results = tempfile::tempdir().unwrap();
        let store = Store::new(results.path(), "one");
        let run = |started| Provenance { started, threads: 2, ..Provenance::default() };
        for started in [5, 3, 9] {
            store.note_run(&run(started)).unwrap();
        }
        let contents = store.read().unwrap();
        assert_eq!(contents.runs, [run(3), run(5), run(9)]);
        assert!(contents.warnings.is_empty());
    }

    #[test]
    fn a_damaged_note_costs_nothing_else() {
        let results = tempfile::tempdir().unwrap();
        let store = Store::new(results.path(), "one");
        let path = store.note_run(&Provenance::default()).unwrap();
        store.note_run(&Provenance::default()).unwrap();
        fs::write(path, "{\"started\":").unwrap();
        let contents = store.read().unwrap();
        assert_eq!(contents.runs.len(), 1);
        assert!(contents.warnings[0].contains("does not tell what a run was"));
    }
}
