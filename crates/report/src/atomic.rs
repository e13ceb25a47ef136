//! A file is there as a whole or not at all.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use crate::error::ReportError;

/// Creates `folder` unless it is there.
pub(crate) fn create_folder(folder: &Path) -> Result<(), ReportError> {
    fs::create_dir_all(folder)
        .map_err(|source| ReportError::Folder { path: folder.to_owned(), source })
}

/// Replaces `folder/name` by `bytes`: a reader sees the old file or the new one, never a part.
pub(crate) fn write(folder: &Path, name: &str, bytes: &[u8]) -> Result<(), ReportError> {
    // Several processes may rebuild the same tables at once; each writes under a name of its own.
    let temporary = folder.join(format!(".{name}.{}.tmp", std::process::id()));
    let path = folder.join(name);
    replace(&temporary, &path, bytes).map_err(|source| {
        let _ = fs::remove_file(&temporary);
        ReportError::Write { path, source }
    })
}

fn replace(temporary: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = File::create(temporary)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(temporary, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_replaced_and_nothing_else_is_left() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "a.txt", b"old").unwrap();
        write(folder.path(), "a.txt", b"new").unwrap();
        assert_eq!(fs::read(folder.path().join("a.txt")).unwrap(), b"new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn an_error_names_the_path_and_leaves_no_temporary_file() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("a.txt")).unwrap();
        let error = write(folder.path(), "a.txt", b"new").unwrap_err().to_string();
        assert!(error.contains("a.txt"), "{error}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
