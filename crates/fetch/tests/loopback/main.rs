//! Downloads from a server that behaves, and from one that does not.

mod caching;
mod failing;
mod mutated;
mod naming;
mod published;
mod resuming;
mod server;

use std::fs;
use std::path::Path;
use std::time::Duration;

use fetch::{FetchError, Fetched, Request, Source, fetch};
use server::{Asked, Reply, Server};

const DESCRIPTION: &str = "/json/data/61";
const PARQUET: &str = "/61.pq";
const ARFF: &str = "/iris.arff";
const IRIS_ARFF: &[u8] = b"@relation iris\n@attribute x numeric\n@data\n5.1\n";
const IRIS_MD5: &str = "61e99e0b692a7d2476d406e0c265f580";
const ETAG: (&str, &str) = ("ETag", "\"first\"");
const OTHER_ETAG: (&str, &str) = ("ETag", "\"second\"");

/// By how many bytes the answers that are cut are too short.
const MISSING: usize = 100_000;

fn parquet(seed: u8) -> Vec<u8> {
    let middle = (0..300_000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8 ^ seed);
    [b"PAR1".to_vec(), middle.collect(), b"PAR1".to_vec()].concat()
}

fn digest(bytes: &[u8]) -> String {
    blake3::hash(bytes).to_hex().to_string()
}

fn describe(asked: &Asked, parquet: Option<&str>, md5: &str) -> Reply {
    let description = serde_json::json!({"data_set_description": {
        "id": "61", "name": "iris", "version": "1", "format": "ARFF", "licence": "Public",
        "url": asked.url(ARFF), "parquet_url": parquet.map(|path| asked.url(path)),
        "md5_checksum": md5, "default_target_attribute": "class", "ignore_attribute": [],
    }});
    Reply::new(200, &[], description.to_string().as_bytes())
}

/// A server of one Parquet file; `answer` answers for the file.
fn parquet_server(answer: impl Fn(&Asked, usize) -> Reply + Send + Sync + 'static) -> Server {
    Server::start(move |asked, before| match asked.path.as_str() {
        DESCRIPTION => describe(asked, Some(PARQUET), ""),
        PARQUET => answer(asked, before),
        _ => Reply::new(404, &[], b""),
    })
}

fn arff_server(md5: &'static str) -> Server {
    Server::start(move |asked, _| match asked.path.as_str() {
        DESCRIPTION => describe(asked, None, md5),
        _ => Reply::new(200, &[], IRIS_ARFF),
    })
}

fn source(server: &Server) -> Source {
    Source { base: server.url(), pauses: vec![Duration::ZERO; 4], ..Source::default() }
}

fn request(digest: Option<&str>) -> Request {
    Request { id: 61, digest: digest.map(str::to_owned) }
}

/// Every file can be read, if it is there.
fn readable(path: &Path) -> Result<(), String> {
    fs::metadata(path).map(drop).map_err(|error| error.to_string())
}

fn iris(server: &Server, cache: &Path) -> Result<Fetched, FetchError> {
    fetch(&source(server), &request(None), cache, &mut readable, &mut |_, _| {})
}

/// The names of the files in the cache, without that of the lock.
fn names(cache: &Path) -> Vec<String> {
    let names = fs::read_dir(cache).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<_> = names.map(|name| name.into_string().unwrap()).collect();
    names.retain(|name| name != "openml-61.lock");
    names.sort();
    names
}

/// Asserts that the file is whole and that nothing else is left.
fn assert_whole(fetched: &Fetched, expected: &[u8]) {
    assert!(fs::read(&fetched.path).unwrap() == expected);
    assert_eq!(fetched.blake3, digest(expected));
    let cache = fetched.path.parent().unwrap();
    assert_eq!(names(cache), ["openml-61.json", "openml-61.parquet"]);
}

#[test]
fn a_parquet_file_arrives_with_its_description() {
    let file = parquet(0);
    let body = file.clone();
    let server = parquet_server(move |_, _| Reply::new(200, &[], &body));
    let cache = tempfile::tempdir().unwrap();
    let mut heard = Vec::new();
    let wanted = request(Some(&digest(&file).to_uppercase()));
    let mut progress = |n, total| heard.push((n, total));
    let fetched =
        fetch(&source(&server), &wanted, cache.path(), &mut readable, &mut progress).unwrap();
    assert_whole(&fetched, &file);
    assert!(!fetched.from_cache);
    assert_eq!(fetched.description.name, "iris");
    let total = file.len() as u64;
    assert_eq!(heard.first(), Some(&(0, Some(total))));
    assert_eq!(heard.last(), Some(&(total, Some(total))));
    assert!(heard.is_sorted());
}

#[test]
fn a_file_of_unknown_length_arrives() {
    let file = parquet(0);
    let body = file.clone();
    let server = parquet_server(move |_, _| Reply::unmeasured(200, &[], &body));
    let cache = tempfile::tempdir().unwrap();
    let mut heard = Vec::new();
    let mut progress = |n, total| heard.push((n, total));
    let fetched =
        fetch(&source(&server), &request(None), cache.path(), &mut readable, &mut progress)
            .unwrap();
    assert_whole(&fetched, &file);
    assert_eq!(heard.last(), Some(&(file.len() as u64, None)));
}

#[test]
fn an_arff_file_is_checked_against_its_md5() {
    let cache = tempfile::tempdir().unwrap();
    let fetched = iris(&arff_server(IRIS_MD5), cache.path()).unwrap();
    assert_eq!(fs::read(&fetched.path).unwrap(), IRIS_ARFF);
    assert_eq!(names(cache.path()), ["openml-61.arff", "openml-61.json"]);

    let cache = tempfile::tempdir().unwrap();
    let wrong = "00000000000000000000000000000000";
    let error = iris(&arff_server(wrong), cache.path()).unwrap_err().to_string();
    assert!(error.contains(&format!("/iris.arff is {IRIS_MD5}, not {wrong}")), "{error}");
    assert_eq!(names(cache.path()), ["openml-61.json"]);
}

#[test]
fn a_file_of_another_digest_is_removed() {
    let file = parquet(0);
    let found = digest(&file);
    let server = parquet_server(move |_, _| Reply::new(200, &[ETAG], &file));
    let cache = tempfile::tempdir().unwrap();
    let expected = digest(b"another");
    let wanted = request(Some(&expected));
    let error =
        fetch(&source(&server), &wanted, cache.path(), &mut readable, &mut |_, _| {}).unwrap_err();
    let text = error.to_string();
    assert!(text.contains(&format!("/61.pq is {found}, not {expected}")), "{text}");
    assert_eq!(names(cache.path()), ["openml-61.json"]);
    assert_eq!(server.asked(PARQUET).len(), 1);
}
