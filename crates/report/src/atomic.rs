//! Files of tables, with errors that name them.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use experiment::atomic::replace;

use crate::error::ReportError;

/// Creates `folder` unless it is there.
pub(crate) fn create_folder(folder: &Path) -> Result<(), ReportError> {
    fs::create_dir_all(folder)
        .map_err(|source| ReportError::Folder { path: folder.to_owned(), source })
}

/// Replaces `folder/name` by `bytes`: a reader sees the old file or the new one, never a part.
pub(crate) fn write(folder: &Path, name: &str, bytes: &[u8]) -> Result<(), ReportError> {
    let path = folder.join(name);
    replace(&path, bytes).map_err(|source| ReportError::Write { path, source })
}

/// Removes `folder/name`, if it is there.
pub(crate) fn remove(folder: &Path, name: &str) -> Result<(), ReportError> {
    let path = folder.join(name);
    match fs::remove_file(&path) {
        Err(source) if source.kind() != ErrorKind::NotFound => {
            Err(ReportError::Write { path, source })
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_the_path() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("a.txt")).unwrap();
        let error = write(folder.path(), "a.txt", b"new").unwrap_err().to_string();
        assert!(error.contains("a.txt"), "{error}");
    }
}
