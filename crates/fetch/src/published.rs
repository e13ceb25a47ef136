//! The files of a set that is published as such, from a folder or from an address.
//!
//! ```text
//! <folder>/NAME.gz           a file, whole and verified (NAME, if it came unpacked)
//! <folder>/NAME.part.gz      a download that was interrupted, and beside it what is needed to go on with it
//! <folder>/lock              held by the one that fetches
//! ```
//!
//! What is verified is what a file holds: everybody who mirrors a set packs it anew, and each packing has bytes of its own.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;

use crate::client::Client;
use crate::download::download;
use crate::error::FetchError;
use crate::part::PartialFile;
use crate::request::Source;

/// A file of a published set, as it is unpacked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PublishedFile<'a> {
    /// The name, without `.gz`.
    pub name: &'a str,
    /// Its length.
    pub bytes: u64,
    /// Its BLAKE3, in small hexadecimal digits.
    pub blake3: &'a str,
}

/// The files of a published set on the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedFiles {
    /// Where they are, in the order in which they were asked for.
    pub paths: Vec<PathBuf>,
    /// Whether all were there already.
    pub from_cache: bool,
}

/// Brings `files` into `folder`, which is created unless it is there: from the folder `from`, packed or not, or packed from
/// below the address `from`. Those that are there already are verified and stay.
///
/// `progress` hears how many bytes of a file are there and how many there will be, where the server says so.
pub fn fetch_published(
    source: &Source,
    from: &str,
    files: &[PublishedFile<'_>],
    folder: &Path,
    progress: &mut dyn FnMut(u64, Option<u64>),
) -> Result<PublishedFiles, FetchError> {
    fs::create_dir_all(folder)
        .map_err(|source| FetchError::Folder { path: folder.to_owned(), source })?;
    let lock = folder.join("lock");
    let locked = || {
        let file = File::options().create(true).append(true).open(&lock)?;
        file.lock()?;
        io::Result::Ok(file)
    };
    let _lock = locked().map_err(|source| FetchError::Write { path: lock.clone(), source })?;
    let client = Client::new(source);
    let (mut paths, mut from_cache) = (Vec::new(), true);
    for file in files {
        let there = if let Some(path) = found(folder, file.name) {
            kept(path, file)?
        } else {
            from_cache = false;
            if ["http://", "https://"].iter().any(|by| from.starts_with(by)) {
                downloaded(&client, from, file, folder, progress)?
            } else {
                copied(Path::new(from), file, folder)?
            }
        };
        paths.push(there);
    }
    Ok(PublishedFiles { paths, from_cache })
}

/// The file called `name` in `folder`, packed or not.
fn found(folder: &Path, name: &str) -> Option<PathBuf> {
    let names = [format!("{name}.gz"), name.to_owned()];
    names.iter().map(|name| folder.join(name)).find(|path| path.is_file())
}

fn kept(path: PathBuf, file: &PublishedFile<'_>) -> Result<PathBuf, FetchError> {
    let holds =
        content(&path, file).map_err(|source| FetchError::Read { path: path.clone(), source })?;
    match holds.mismatch(file) {
        None => Ok(path),
        Some((algorithm, expected, found)) => {
            Err(FetchError::CachedDigest { path, algorithm, expected, found })
        }
    }
}

fn copied(from: &Path, file: &PublishedFile<'_>, folder: &Path) -> Result<PathBuf, FetchError> {
    let original = found(from, file.name).ok_or_else(|| FetchError::Missing {
        folder: from.to_owned(),
        name: format!("{}.gz", file.name),
    })?;
    let ending = if original.extension().is_some_and(|ending| ending == "gz") { ".gz" } else { "" };
    let part = PartialFile::new(folder.join(format!("{}.part{ending}", file.name)));
    fs::copy(&original, part.path()).map_err(|source| part.unwritten(source))?;
    let shown = original.display().to_string();
    accepted(&part, file, &shown, &folder.join(format!("{}{ending}", file.name)))
}

fn downloaded(
    client: &Client,
    from: &str,
    file: &PublishedFile<'_>,
    folder: &Path,
    progress: &mut dyn FnMut(u64, Option<u64>),
) -> Result<PathBuf, FetchError> {
    let name = format!("{}.gz", file.name);
    let url = format!("{}/{name}", from.trim_end_matches('/'));
    let part = PartialFile::new(folder.join(format!("{}.part.gz", file.name)));
    download(client, &url, &part, progress)?;
    accepted(&part, file, &url, &folder.join(name))
}

/// Gives what is complete its name if it holds what was published, and else removes it.
fn accepted(
    part: &PartialFile,
    file: &PublishedFile<'_>,
    from: &str,
    path: &Path,
) -> Result<PathBuf, FetchError> {
    let url = || from.to_owned();
    let refused =
        match content(part.path(), file) {
            Ok(holds) => holds.mismatch(file).map(|(algorithm, expected, found)| {
                FetchError::Digest { url: url(), algorithm, expected, found }
            }),
            Err(error) => Some(FetchError::Unreadable { url: url(), reason: error.to_string() }),
        };
    if let Some(refused) = refused {
        part.discard()?;
        return Err(refused);
    }
    let write = |source| FetchError::Write { path: path.to_owned(), source };
    File::open(part.path()).and_then(|file| file.sync_all()).map_err(write)?;
    fs::rename(part.path(), path).map_err(write)?;
    part.discard()?;
    Ok(path.to_owned())
}

/// What a file holds, unpacked.
struct Holds {
    bytes: u64,
    blake3: String,
}

impl Holds {
    /// What is another than was published: what is compared, what was expected, what was found.
    fn mismatch(&self, file: &PublishedFile<'_>) -> Option<(&'static str, String, String)> {
        if self.bytes != file.bytes {
            let more = if file.bytes < self.bytes { "more than " } else { "" };
            let found = format!("{more}{} bytes", self.bytes.min(file.bytes));
            Some(("unpacked length", format!("{} bytes", file.bytes), found))
        } else if self.blake3 != file.blake3 {
            Some(("unpacked BLAKE3", file.blake3.to_owned(), self.blake3.clone()))
        } else {
            None
        }
    }
}

/// Reads no more than one byte beyond what was published.
fn content(path: &Path, file: &PublishedFile<'_>) -> io::Result<Holds> {
    let stored = File::open(path)?;
    let is_packed = path.extension().is_some_and(|ending| ending == "gz");
    let mut unpacked: Box<dyn Read> =
        if is_packed { Box::new(MultiGzDecoder::new(stored)) } else { Box::new(stored) };
    let mut hasher = blake3::Hasher::new();
    let bytes = io::copy(&mut unpacked.by_ref().take(file.bytes + 1), &mut hasher)?;
    Ok(Holds { bytes, blake3: hasher.finalize().to_hex().to_string() })
}
