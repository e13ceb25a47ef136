//! The files of one data set in the cache.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::description::{Description, RemoteFormat};
use crate::error::FetchError;
use crate::part::PartialFile;
use crate::request::Fetched;
use crate::verify;

/// The files of one data set in the cache.
pub(crate) struct Cache {
    folder: PathBuf,
    id: u32,
}

impl Cache {
    /// Creates the folder unless it is there.
    pub(crate) fn open(folder: &Path, id: u32) -> Result<Self, FetchError> {
        fs::create_dir_all(folder)
            .map_err(|source| FetchError::Folder { path: folder.to_owned(), source })?;
        Ok(Self { folder: folder.to_owned(), id })
    }

    fn file(&self, extension: &str) -> PathBuf {
        self.folder.join(format!("openml-{}.{extension}", self.id))
    }

    pub(crate) fn part(&self, format: RemoteFormat) -> PartialFile {
        // Whoever looks whether it can be read goes by the ending.
        PartialFile::new(self.file(&format!("part.{}", format.extension())))
    }

    /// Waits until nobody else downloads this data set; the lock ends with the file's handle.
    pub(crate) fn lock(&self) -> Result<File, FetchError> {
        let path = self.file("lock");
        let locked = || {
            let file = File::options().create(true).append(true).open(&path)?;
            file.lock()?;
            Ok(file)
        };
        locked().map_err(|source| FetchError::Write { path: path.clone(), source })
    }

    /// What is in the cache; nothing if the data or their description are missing.
    pub(crate) fn find(&self, digest: Option<&str>) -> Result<Option<Fetched>, FetchError> {
        let path = self.file("json");
        let Some(answer) = present(fs::read(&path), &path)? else { return Ok(None) };
        let Ok(description) = Description::parse(&answer) else { return Ok(None) };
        if description.id != self.id {
            return Ok(None);
        }
        for remote in description.files() {
            let path = self.file(remote.format.extension());
            let content = verify::content(&path, remote.md5.is_some());
            let Some(content) = present(content, &path)? else { continue };
            if let Some(mismatch) = verify::mismatch(&content, &remote, digest) {
                return Err(FetchError::CachedDigest {
                    path,
                    algorithm: mismatch.algorithm,
                    expected: mismatch.expected,
                    found: mismatch.found,
                });
            }
            let (blake3, has_digest) = (content.blake3, remote.is_vouched_for(digest));
            return Ok(Some(Fetched { path, description, blake3, from_cache: true, has_digest }));
        }
        Ok(None)
    }

    /// Keeps the server's answer.
    pub(crate) fn describe(&self, answer: &[u8]) -> Result<(), FetchError> {
        let path = self.file("json");
        let temporary = self.file("json.part");
        let written = || {
            let mut file = File::create(&temporary)?;
            file.write_all(answer)?;
            file.sync_all()?;
            self.rename(&temporary, &path)
        };
        written().map_err(|source| {
            let _ = fs::remove_file(&temporary);
            FetchError::Write { path: path.clone(), source }
        })
    }

    /// Gives a download that is complete and verified its name.
    pub(crate) fn keep(
        &self,
        part: &PartialFile,
        format: RemoteFormat,
    ) -> Result<PathBuf, FetchError> {
        let path = self.file(format.extension());
        self.rename(part.path(), &path)
            .map_err(|source| FetchError::Write { path: path.clone(), source })?;
        part.discard()?;
        Ok(path)
    }

    /// Renames a file whose content is on the disk, so that the name is there too.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)?;
        // Elsewhere a folder cannot be opened as a file.
        #[cfg(unix)]
        File::open(&self.folder)?.sync_all()?;
        Ok(())
    }
}

/// `None` for a file that is not there.
pub(crate) fn present<T>(read: io::Result<T>, path: &Path) -> Result<Option<T>, FetchError> {
    match read {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(FetchError::Read { path: path.to_owned(), source }),
    }
}
