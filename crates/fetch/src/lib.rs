//! Brings data sets into a cache: from OpenML, or the files of a published set from an address or a folder
//! ([`fetch_published`]).
//!
//! ```text
//! <cache>/openml-61.json                 OpenML's description, as it was answered
//! <cache>/openml-61.parquet              the data, whole and verified (or `.arff`)
//! <cache>/openml-61.part.parquet         a download that was interrupted
//! <cache>/openml-61.part.parquet.json    what is needed to go on with it
//! <cache>/openml-61.lock                 held by the one that downloads
//! ```
//!
//! A file gets its name once it is complete, on the disk, and verified: by a digest, or else by the caller,
//! who tries to read it. What is in the cache is read without a network.
//!
//! The client is ureq with rustls and Mozilla's root certificates. Of the environment it reads what
//! ureq reads by default: the proxy in `ALL_PROXY`, `HTTPS_PROXY` or `HTTP_PROXY`, in this order, and
//! the hosts in `NO_PROXY` (capital or small letters). A loopback address is asked without a proxy.
//! From an `https` address no redirection leads to an `http` one.

mod cache;
mod client;
mod description;
mod download;
mod error;
mod named;
mod pace;
mod part;
mod published;
mod request;
mod verify;

use std::path::Path;

pub use description::Description;
pub use error::FetchError;
pub use named::{Named, named};
pub use published::{PublishedFile, PublishedFiles, fetch_published};
pub use request::{Fetched, Request, Source};

use cache::Cache;
use client::Client;
use description::Remote;

/// Fetches a data set into the folder `cache`, which is created unless it is there.
///
/// `progress` hears how many bytes of the file are there and how many there will be, where the
/// server says so; it hears nothing if the file is in the cache. `accept` is asked of a download for
/// which no digest vouches, before it gets its name, and says in a sentence why it cannot be read. The
/// Parquet file is preferred; if the server has none where its description says so, the ARFF file is
/// taken. Whoever fetches what another is just downloading into the same cache waits for it.
pub fn fetch(
    source: &Source,
    request: &Request,
    cache: &Path,
    accept: &mut dyn FnMut(&Path) -> Result<(), String>,
    progress: &mut dyn FnMut(u64, Option<u64>),
) -> Result<Fetched, FetchError> {
    let digest = request.digest.as_deref().map(verify::blake3_digits).transpose()?;
    let digest = digest.as_deref();
    let cache = Cache::open(cache, request.id)?;
    if let Some(fetched) = cache.find(digest)? {
        return Ok(fetched);
    }
    let _lock = cache.lock()?;
    if let Some(fetched) = cache.find(digest)? {
        return Ok(fetched);
    }
    let client = Client::new(source);
    let (answer, description) = client.describe(&source.base, request.id)?;
    cache.describe(&answer)?;
    // The data may be there without their description.
    if let Some(fetched) = cache.find(digest)? {
        return Ok(fetched);
    }
    let mut download = |remote: &Remote| {
        let part = cache.part(remote.format);
        download::download(&client, remote.url, &part, progress)?;
        let blake3 = part.verified(remote, digest, accept)?;
        let path = cache.keep(&part, remote.format)?;
        let has_digest = remote.is_vouched_for(digest);
        Ok((path, blake3, has_digest))
    };
    let mut missing = None;
    for remote in description.files() {
        match download(&remote) {
            // OpenML's store lacks some of the Parquet files that descriptions name, or says so in a web page.
            Err(
                error @ (FetchError::Status { status: 403 | 404 | 410, .. }
                | FetchError::NotParquet { .. }
                | FetchError::Unreadable { .. }),
            ) => {
                missing.get_or_insert(error);
            }
            Err(error) => return Err(error),
            Ok((path, blake3, has_digest)) => {
                return Ok(Fetched { path, description, blake3, from_cache: false, has_digest });
            }
        }
    }
    let format = description::one_line(&description.format);
    Err(missing.unwrap_or(FetchError::NoFile { id: request.id, format }))
}
