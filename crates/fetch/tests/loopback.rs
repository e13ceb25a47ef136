//! Downloads from a server that behaves, and from one that does not.

mod server;

use std::fs;
use std::path::Path;
use std::thread;
use std::time::Duration;

use fetch::{FetchError, Fetched, Request, Source, fetch};
use server::{Asked, Reply, Server};

const DESCRIPTION: &str = "/json/data/61";
const PARQUET: &str = "/61.pq";
const ARFF: &str = "/iris.arff";
const IRIS_ARFF: &[u8] = b"@relation iris\n@attribute x numeric\n@data\n5.1\n";
const IRIS_MD5: &str = "f4ce0f7a3b4a3a3b9a3d5bcb7b4c8a6c";
const ETAG: (&str, &str) = ("ETag", "\"first\"");
const OTHER_ETAG: (&str, &str) = ("ETag", "\"second\"");

/// What is asked for first, and by how much the first answers are too short.
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

fn iris(server: &Server, cache: &Path) -> Result<Fetched, FetchError> {
    fetch(&source(server), &request(None), cache, &mut |_, _| {})
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
    let fetched = fetch(&source(&server), &wanted, cache.path(), &mut progress).unwrap();
    assert_whole(&fetched, &file);
    assert!(!fetched.from_cache);
    assert_eq!(fetched.description.name, "iris");
    let total = file.len() as u64;
    assert_eq!(heard.first(), Some(&(0, Some(total))));
    assert_eq!(heard.last(), Some(&(total, Some(total))));
    assert!(heard.is_sorted());
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
    let error = fetch(&source(&server), &wanted, cache.path(), &mut |_, _| {}).unwrap_err();
    let text = error.to_string();
    assert!(text.contains(&format!("/61.pq is {found}, not {expected}")), "{text}");
    assert_eq!(names(cache.path()), ["openml-61.json"]);
    assert_eq!(server.asked(PARQUET).len(), 1);
}

#[test]
fn after_a_cut_only_the_missing_bytes_are_asked_for() {
    for validator in [ETAG, ("Last-Modified", "Tue, 01 Sep 2020 10:00:00 GMT")] {
        let file = parquet(0);
        let body = file.clone();
        let server = parquet_server(move |_, before| match before {
            0 => Reply::new(200, &[validator], &body).cut(MISSING),
            _ => Reply::rest(body.len() - MISSING, &[validator], &body),
        });
        let cache = tempfile::tempdir().unwrap();
        assert_whole(&iris(&server, cache.path()).unwrap(), &file);
        let asked = server.asked(PARQUET);
        assert_eq!(asked.len(), 2);
        assert_eq!(asked[0].header("range"), None);
        let range = format!("bytes={}-", file.len() - MISSING);
        assert_eq!(asked[1].header("range"), Some(range.as_str()));
        assert_eq!(asked[1].header("if-range"), Some(validator.1));
    }
}

#[test]
fn a_later_fetch_goes_on_where_an_earlier_one_ended() {
    let file = parquet(0);
    let body = file.clone();
    let server = parquet_server(move |_, before| match before {
        0 => Reply::new(200, &[ETAG], &body).cut(MISSING),
        _ => Reply::rest(body.len() - MISSING, &[ETAG], &body),
    });
    let cache = tempfile::tempdir().unwrap();
    let hasty = Source { pauses: Vec::new(), ..source(&server) };
    let error = fetch(&hasty, &request(None), cache.path(), &mut |_, _| {}).unwrap_err();
    let broken = format!("broke off after {} bytes of {}", file.len() - MISSING, file.len());
    assert!(error.to_string().contains(&broken), "{error}");
    assert!(!names(cache.path()).contains(&"openml-61.parquet".to_owned()));

    let mut heard = Vec::new();
    let mut progress = |n, total| heard.push((n, total));
    let fetched = fetch(&hasty, &request(None), cache.path(), &mut progress).unwrap();
    assert_whole(&fetched, &file);
    assert_eq!(heard[0], ((file.len() - MISSING) as u64, Some(file.len() as u64)));
}

#[test]
fn a_server_that_ignores_the_range_sends_the_file_anew() {
    let file = parquet(0);
    let body = file.clone();
    let server = parquet_server(move |_, before| {
        Reply::new(200, &[ETAG], &body).cut(if before == 0 { MISSING } else { 0 })
    });
    let cache = tempfile::tempdir().unwrap();
    assert_whole(&iris(&server, cache.path()).unwrap(), &file);
    assert!(server.asked(PARQUET)[1].header("range").is_some());
}

#[test]
fn without_a_strong_validator_the_file_is_asked_for_anew() {
    for weak in [&[("ETag", "W/\"first\"")][..], &[]] {
        let file = parquet(0);
        let body = file.clone();
        let server = parquet_server(move |_, before| {
            Reply::new(200, weak, &body).cut(if before == 0 { MISSING } else { 0 })
        });
        let cache = tempfile::tempdir().unwrap();
        assert_whole(&iris(&server, cache.path()).unwrap(), &file);
        assert_eq!(server.asked(PARQUET)[1].header("range"), None);
    }
}

/// The first answer is cut; `second` answers for a file that has changed meanwhile; then it is there.
fn assert_not_spliced(second: impl Fn(&[u8]) -> Reply + Send + Sync + 'static) {
    let changed = parquet(1);
    let body = changed.clone();
    let server = parquet_server(move |_, before| match before {
        0 => Reply::new(200, &[ETAG], &parquet(0)).cut(MISSING),
        1 => second(&body),
        _ => Reply::new(200, &[OTHER_ETAG], &body),
    });
    let cache = tempfile::tempdir().unwrap();
    assert_whole(&iris(&server, cache.path()).unwrap(), &changed);
}

#[test]
fn a_file_that_changed_meanwhile_is_not_spliced() {
    let from = parquet(0).len() - MISSING;
    assert_not_spliced(|body| Reply::new(200, &[OTHER_ETAG], body));
    assert_not_spliced(move |body| Reply::rest(from, &[OTHER_ETAG], body));
    assert_not_spliced(move |body| Reply::rest(from, &[], body));
    assert_not_spliced(move |body| Reply::rest(from, &[ETAG], &[body, b"longer"].concat()));
}

#[test]
fn an_answer_with_another_range_is_not_spliced() {
    let from = parquet(0).len() - MISSING;
    assert_not_spliced(move |body| Reply::rest(from - 1, &[ETAG], body));
    assert_not_spliced(|body| Reply::rest(0, &[ETAG], body));
    assert_not_spliced(|_| Reply::new(206, &[ETAG, ("Content-Range", "bytes nonsense")], b"x"));
    assert_not_spliced(|_| Reply::new(206, &[ETAG], b"x"));
    assert_not_spliced(|_| Reply::new(416, &[ETAG], b""));
}

#[test]
fn a_redirection_keeps_the_range() {
    let file = parquet(0);
    let body = file.clone();
    let server = Server::start(move |asked, before| match (asked.path.as_str(), before) {
        (DESCRIPTION, _) => describe(asked, Some(PARQUET), ""),
        (PARQUET, _) => Reply::new(302, &[("Location", "/store/61")], b""),
        (_, 0) => Reply::new(200, &[ETAG], &body).cut(MISSING),
        _ => Reply::rest(body.len() - MISSING, &[ETAG], &body),
    });
    let cache = tempfile::tempdir().unwrap();
    assert_whole(&iris(&server, cache.path()).unwrap(), &file);
    assert!(server.asked("/store/61")[1].header("range").is_some());
}

#[test]
fn a_server_that_recovers_is_asked_again() {
    let file = parquet(0);
    let body = file.clone();
    let server = Server::start(move |asked, before| match (asked.path.as_str(), before) {
        (_, 0 | 1) => Reply::new(500, &[], b"oops"),
        (DESCRIPTION, _) => describe(asked, Some(PARQUET), ""),
        _ => Reply::new(200, &[], &body),
    });
    let cache = tempfile::tempdir().unwrap();
    assert_whole(&iris(&server, cache.path()).unwrap(), &file);
    assert_eq!((server.asked(DESCRIPTION).len(), server.asked(PARQUET).len()), (3, 3));
}
