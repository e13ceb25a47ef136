//! Sets that are published as files.

use std::fs;
use std::io::Write;
use std::path::Path;

use fetch::{FetchError, PublishedFile, PublishedFiles, fetch_published};
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::server::{Asked, Reply, Server};
use crate::{digest, source};

const IMAGES: &[u8] = b"images, many of them";
const LABELS: &[u8] = b"labels";

fn packed(content: &[u8], level: u32) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::new(level));
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

fn get(server: &Server, from: &str, folder: &Path) -> Result<PublishedFiles, FetchError> {
    let digests = [digest(IMAGES), digest(LABELS)];
    let file =
        |name, content: &[u8], blake3| PublishedFile { name, bytes: content.len() as u64, blake3 };
    let files = [file("images", IMAGES, &digests[0]), file("labels", LABELS, &digests[1])];
    fetch_published(&source(server), from, &files, folder, &mut |_, _| {})
}

/// A server of both files, packed.
fn server() -> Server {
    Server::start(|asked: &Asked, _| match asked.path.as_str() {
        "/set/images.gz" => Reply::new(200, &[], &packed(IMAGES, 9)),
        "/set/labels.gz" => Reply::new(200, &[], &packed(LABELS, 9)),
        "/other/images.gz" => Reply::new(200, &[], &packed(b"images, many of others", 9)),
        "/swapped/images.gz" => Reply::new(200, &[], &packed(b"images, many of mine", 9)),
        "/page/images.gz" => Reply::new(200, &[], b"<html>sign in</html>"),
        _ => Reply::new(404, &[], b""),
    })
}

fn names(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<_> = names.map(|name| name.into_string().unwrap()).collect();
    names.retain(|name| name != "lock");
    names.sort();
    names
}

#[test]
fn files_come_from_an_address_once_and_then_need_no_server() {
    let (server, cache) = (server(), tempfile::tempdir().unwrap());
    let from = format!("{}/set/", server.url());
    let first = get(&server, &from, cache.path()).unwrap();
    assert!(!first.from_cache);
    assert_eq!(names(cache.path()), ["images.gz", "labels.gz"]);
    let again = get(&server, &from, cache.path()).unwrap();
    assert_eq!(again, PublishedFiles { from_cache: true, ..first });
    assert_eq!(server.asked("/set/images.gz").len(), 1);
}

#[test]
fn files_come_from_a_folder_however_they_are_packed() {
    let (server, from, cache) =
        (server(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    fs::write(from.path().join("images.gz"), packed(IMAGES, 1)).unwrap();
    let folder = from.path().to_str().unwrap();
    let error = get(&server, folder, cache.path()).unwrap_err();
    assert!(matches!(&error, FetchError::Missing { name, .. } if name == "labels.gz"), "{error}");
    fs::write(from.path().join("labels"), LABELS).unwrap();
    let fetched = get(&server, folder, cache.path()).unwrap();
    assert_eq!(names(cache.path()), ["images.gz", "labels"]);
    assert_eq!(fs::read(&fetched.paths[1]).unwrap(), LABELS);
}

#[test]
fn what_is_not_what_was_published_is_not_kept() {
    let (server, cache) = (server(), tempfile::tempdir().unwrap());
    let error = |folder: &str| {
        let from = format!("{}/{folder}", server.url());
        let error = get(&server, &from, cache.path()).unwrap_err();
        assert_eq!(names(cache.path()), [""; 0]);
        error.to_string()
    };
    let longer = error("other");
    assert!(longer.contains("more than 20 bytes, not 20 bytes"), "{longer}");
    let swapped = error("swapped");
    assert!(swapped.contains(&format!("not {}", digest(IMAGES))), "{swapped}");
    assert!(error("page").contains("/page/images.gz"));
    assert!(error("nowhere").contains("404"));

    fs::write(cache.path().join("images"), b"another").unwrap();
    let kept = get(&server, &format!("{}/set", server.url()), cache.path()).unwrap_err();
    assert!(matches!(&kept, FetchError::CachedDigest { .. }), "{kept}");
    assert_eq!(names(cache.path()), ["images"]);
}
