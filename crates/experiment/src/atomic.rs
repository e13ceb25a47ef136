//! A file is there as a whole or not at all.
//!
//! New bytes go into `.<name>.<16 random digits>.tmp` beside the file, which takes the file's name when it is on the
//! disk. Its writer holds a lock on it: what nobody holds is left of a program that was killed, and goes when the same
//! file is written again. Process numbers are no part of the name: two containers have the same ones.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

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
    let (folder, name) = parts(path)?;
    remove_dead(folder, name);
    let mut tries = TRIES;
    loop {
        let Err(error) = write(folder, name, bytes).and_then(|new| new.take_name(path)) else {
            return Ok(());
        };
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

/// A file that is replaced piece by piece, for one that is larger than the memory should be: it takes its name when it is
/// finished. As long as the pieces are those that the file holds already, nothing is written.
#[derive(Debug)]
pub struct Replacement {
    path: PathBuf,
    /// The file as it is, read as far as it is the same.
    old: Option<File>,
    same: u64,
    new: Option<Temporary>,
}

/// A file that goes, unless it has taken its name.
#[derive(Debug)]
struct Temporary {
    path: PathBuf,
    /// With a lock, which ends with the handle.
    file: File,
}

impl Temporary {
    /// A new file beside the file of this name.
    fn beside(folder: &Path, name: &OsStr) -> io::Result<Self> {
        loop {
            let path = folder.join(temporary(name));
            let file = OpenOptions::new().write(true).create_new(true).open(&path)?;
            let new = Temporary { path, file };
            // Not every file system has locks; there, what is left of others stays. Before it has its lock, another writer
            // may take it for dead: then it is locked by that one, or gone.
            let is_taken = matches!(new.file.try_lock(), Err(TryLockError::WouldBlock));
            if !is_taken && new.path.exists() {
                return Ok(new);
            }
        }
    }

    /// Puts the file into the place of another, when it is on the disk.
    fn take_name(self, path: &Path) -> io::Result<()> {
        self.file.sync_all()?;
        fs::rename(&self.path, path)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

impl Replacement {
    /// Begins to replace the file at `path`, which need not be there.
    pub fn of(path: &Path) -> Self {
        let is_file = fs::metadata(path).is_ok_and(|metadata| metadata.is_file());
        let old = File::open(path).ok().filter(|_| is_file);
        Replacement { path: path.to_owned(), old, same: 0, new: None }
    }

    /// Gives the file its name.
    ///
    /// # Errors
    /// If the file cannot be written; then the old one stays as it was.
    pub fn finish(mut self) -> io::Result<()> {
        let length = |file: &File| file.metadata().map(|metadata| metadata.len());
        let is_whole = |old: &File| length(old).is_ok_and(|length| length == self.same);
        if self.new.is_none() && self.old.as_ref().is_some_and(is_whole) {
            return Ok(());
        }
        let path = self.path.clone();
        self.temporary()?;
        self.new.expect("it was made just now").take_name(&path)
    }

    /// The temporary file, with what was the same so far.
    fn temporary(&mut self) -> io::Result<&mut Temporary> {
        if self.new.is_none() {
            let (folder, name) = parts(&self.path)?;
            remove_dead(folder, name);
            let mut new = Temporary::beside(folder, name)?;
            if let Some(old) = &mut self.old {
                old.rewind()?;
                io::copy(&mut old.take(self.same), &mut new.file)?;
            }
            self.new = Some(new);
        }
        Ok(self.new.as_mut().expect("it was made just now"))
    }
}

impl Write for Replacement {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.new.is_none()
            && let Some(old) = &mut self.old
        {
            let mut found = vec![0; bytes.len()];
            if old.read_exact(&mut found).is_ok() && found == bytes {
                self.same += bytes.len() as u64;
                return Ok(bytes.len());
            }
        }
        self.temporary()?.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn holds(path: &Path, bytes: &[u8]) -> bool {
    let may_be =
        |metadata: fs::Metadata| metadata.is_file() && metadata.len() == bytes.len() as u64;
    fs::metadata(path).is_ok_and(may_be) && fs::read(path).is_ok_and(|found| found == bytes)
}

fn write(folder: &Path, name: &OsStr, bytes: &[u8]) -> io::Result<Temporary> {
    let mut new = Temporary::beside(folder, name)?;
    new.file.write_all(bytes)?;
    Ok(new)
}

/// The folder of a file, and its name there.
fn parts(path: &Path) -> io::Result<(&Path, &OsStr)> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let name = path.file_name().ok_or(io::ErrorKind::InvalidFilename)?;
    Ok((folder.unwrap_or(Path::new(".")), name))
}

/// A name for a temporary file of `name`.
fn temporary(name: &OsStr) -> OsString {
    let mut temporary = prefix(name);
    temporary.push(format!("{:016x}.tmp", random_name()));
    temporary
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
            // Locked until it is gone: a writer that was between the file's creation and its lock sees one or the other.
            if let Ok(file) = OpenOptions::new().write(true).open(&path)
                && file.try_lock().is_ok()
            {
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

    /// Replaces `a.txt` by `pieces`.
    fn piecewise(folder: &Path, pieces: &[&[u8]]) -> io::Result<()> {
        let mut replacement = Replacement::of(&folder.join("a.txt"));
        pieces.iter().try_for_each(|piece| replacement.write_all(piece))?;
        replacement.finish()
    }

    #[test]
    fn pieces_take_the_name_together_whatever_the_file_held() {
        let pieces: [&[u8]; 3] = [b"one ", b"", b"two"];
        for old in ["", "one two", "one ", "one two three", "other", "one too"] {
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join("a.txt"), old).unwrap();
            piecewise(folder.path(), &pieces).unwrap();
            assert_eq!(fs::read(folder.path().join("a.txt")).unwrap(), b"one two", "{old}");
            assert_eq!(names(folder.path()), ["a.txt"]);
        }
        let folder = tempfile::tempdir().unwrap();
        piecewise(folder.path(), &pieces).unwrap();
        assert_eq!(fs::read(folder.path().join("a.txt")).unwrap(), b"one two");
    }

    #[test]
    fn what_is_not_finished_leaves_the_file_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        fs::write(&path, "old").unwrap();
        let mut replacement = Replacement::of(&path);
        replacement.write_all(b"new").unwrap();
        assert_eq!(names(folder.path()).len(), 2);
        drop(replacement);
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(names(folder.path()), ["a.txt"]);
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        piecewise(folder.path(), &[b"new"]).unwrap_err();
        assert_eq!(names(folder.path()), ["a.txt"]);
    }

    #[test]
    fn what_a_killed_writer_left_goes_and_what_a_living_one_writes_stays() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for dead in [".a.txt.17.tmp", ".a.txt.00ff.tmp", ".b.txt.17.tmp"] {
            fs::write(at(dead), b"half").unwrap();
        }
        let living = write(folder.path(), "a.txt".as_ref(), b"half").unwrap();
        replace(&at("a.txt"), b"new").unwrap();
        let name = living.path.file_name().unwrap().to_owned();
        assert_eq!(names(folder.path()), [name, ".b.txt.17.tmp".into(), "a.txt".into()]);
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
                let (path, folder) = (&path, folder.path());
                scope.spawn(move || {
                    for round in 0..50 {
                        let bytes = [writer * 50 + round; 5000];
                        if writer % 2 == 0 {
                            replace(path, &bytes).unwrap();
                        } else {
                            piecewise(folder, &[&bytes[..2000], &bytes[2000..]]).unwrap();
                        }
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
        piecewise(folder.path(), &[b"sa", b"me"]).unwrap();
        assert_eq!(inode(), before);
    }
}
