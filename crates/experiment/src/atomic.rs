//! A file is there as a whole or not at all.
//!
//! New bytes go into `.<name>.<16 random digits>.tmp` beside the file, which takes the file's name when it is on the
//! disk. Its writer holds a lock on it: what nobody holds is left of a program that was killed, and goes when the same
//! file is written again. Process numbers are no part of the name: two containers have the same ones.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, OpenOptions};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{self, Write};
use std::path::Path;

/// How often a temporary file may be taken for a dead one, where locks mean nothing.
const TRIES: usize = 10;

/// Replaces the file at `path` by `bytes`: a reader sees the old content or the new one, never a part. A file that holds
/// them already is left alone, so that a folder which may only be read is no hindrance.
///
/// # Errors
/// If the file cannot be written; then the old one stays as it was.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if holds(path, bytes) {
        return Ok(());
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let name = path.file_name().ok_or(io::ErrorKind::InvalidFilename)?;
    remove_dead(folder, name);
    let mut tries = TRIES;
    loop {
        let mut temporary = prefix(name);
        temporary.push(format!("{:016x}.tmp", random_name()));
        let temporary = folder.join(temporary);
        // The lock ends with the handle, behind the renaming.
        let written = write(&temporary, bytes).and_then(|_locked| fs::rename(&temporary, path));
        let Err(error) = written else { return Ok(()) };
        let _ = fs::remove_file(&temporary);
        tries -= 1;
        let was_taken_for_dead = error.kind() == io::ErrorKind::NotFound && folder.is_dir();
        if !was_taken_for_dead || tries == 0 {
            return Err(error);
        }
    }
}

/// A name that no other attempt has; it is never part of a result.
pub(crate) fn random_name() -> u64 {
    let mut hasher = RandomState::new().build_hasher();
    hasher.write_u32(std::process::id());
    hasher.finish()
}

fn holds(path: &Path, bytes: &[u8]) -> bool {
    let may_be =
        |metadata: fs::Metadata| metadata.is_file() && metadata.len() == bytes.len() as u64;
    fs::metadata(path).is_ok_and(may_be) && fs::read(path).is_ok_and(|found| found == bytes)
}

fn write(temporary: &Path, bytes: &[u8]) -> io::Result<File> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(temporary)?;
    // Not every file system has locks; there, what is left of others stays.
    let _ = file.try_lock();
    file.write_all(bytes)?;
    file.sync_all()?;
    Ok(file)
}

/// What the names of temporary files of `name` begin with.
fn prefix(name: &OsStr) -> OsString {
    let mut prefix = OsString::from(".");
    prefix.push(name);
    prefix.push(".");
    prefix
}

fn remove_dead(folder: &Path, name: &OsStr) {
    let prefix = prefix(name);
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let name = name.as_encoded_bytes();
        let is_temporary = name.starts_with(prefix.as_encoded_bytes()) && name.ends_with(b".tmp");
        if is_temporary && entry.file_type().is_ok_and(|kind| kind.is_file()) {
            let path = entry.path();
            let opened = OpenOptions::new().write(true).open(&path);
            if opened.is_ok_and(|file| file.try_lock().is_ok()) {
                let _ = fs::remove_file(path);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<OsString> {
        let mut names: Vec<_> =
            fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    }

    #[test]
    fn the_file_is_replaced_and_nothing_else_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        replace(&path, b"old").unwrap();
        replace(&path, b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(names(folder.path()), ["a.txt"]);
    }

    #[test]
    fn an_error_leaves_no_temporary_file() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("a.txt")).unwrap();
        replace(&folder.path().join("a.txt"), b"new").unwrap_err();
        assert_eq!(names(folder.path()), ["a.txt"]);
        replace(&folder.path().join("missing").join("a.txt"), b"new").unwrap_err();
    }

    #[test]
    fn what_a_killed_writer_left_goes_and_what_a_living_one_writes_stays() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for dead in [".a.txt.17.tmp", ".a.txt.00ff.tmp", ".b.txt.17.tmp"] {
            fs::write(at(dead), b"half").unwrap();
        }
        let living = write(&at(".a.txt.living.tmp"), b"half").unwrap();
        replace(&at("a.txt"), b"new").unwrap();
        assert_eq!(names(folder.path()), [".a.txt.living.tmp", ".b.txt.17.tmp", "a.txt"]);
        drop(living);
        replace(&at("a.txt"), b"newer").unwrap();
        assert_eq!(names(folder.path()), [".b.txt.17.tmp", "a.txt"]);
    }

    #[test]
    fn many_writers_at_once_each_write_the_whole_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        std::thread::scope(|scope| {
            for writer in 0..4_u8 {
                let path = &path;
                scope.spawn(move || {
                    for round in 0..25 {
                        replace(path, &[writer * 25 + round; 5000]).unwrap();
                        let found = fs::read(path).unwrap();
                        assert!(found.len() == 5000 && found.iter().all(|byte| *byte == found[0]));
                    }
                });
            }
        });
        assert_eq!(names(folder.path()), ["a.txt"]);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_file_that_holds_the_bytes_is_left_alone() {
        use std::os::unix::fs::MetadataExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        replace(&path, b"same").unwrap();
        let inode = || fs::metadata(&path).unwrap().ino();
        let before = inode();
        replace(&path, b"same").unwrap();
        assert_eq!(inode(), before);
    }
}
