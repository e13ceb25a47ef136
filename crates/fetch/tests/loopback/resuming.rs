//! Connections that are cut: the rest is asked for, and only joined to what it is the rest of.

use fetch::{Source, fetch};

use crate::server::{Reply, Server};
use crate::{
    DESCRIPTION, ETAG, MISSING, OTHER_ETAG, PARQUET, assert_whole, describe, iris, names, parquet,
    parquet_server, readable, request, source,
};

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
    let error =
        fetch(&hasty, &request(None), cache.path(), &mut readable, &mut |_, _| {}).unwrap_err();
    let broken = format!("broke off after {} bytes of {}", file.len() - MISSING, file.len());
    assert!(error.to_string().contains(&broken), "{error}");
    assert!(!names(cache.path()).contains(&"openml-61.parquet".to_owned()));

    let mut heard = Vec::new();
    let mut progress = |n, total| heard.push((n, total));
    let fetched =
        fetch(&hasty, &request(None), cache.path(), &mut readable, &mut progress).unwrap();
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
    assert_not_spliced(move |body| {
        let range = format!("bytes {}-{}/{}", from - 1, body.len() - 1, body.len());
        Reply::unmeasured(206, &[ETAG, ("Content-Range", &range)], &body[from - 1..body.len() - 1])
    });
    assert_not_spliced(move |body| {
        let range = format!("bytes {from}-{}/{}", body.len() - 1, body.len());
        Reply::unmeasured(206, &[ETAG, ("Content-Range", &range)], body)
    });
}

#[test]
fn a_rest_of_unknown_length_is_complete_when_the_file_is() {
    let file = parquet(0);
    let body = file.clone();
    let server = parquet_server(move |asked, before| {
        let range = asked.header("range").and_then(|range| range.strip_prefix("bytes="));
        let from = range.map_or(0, |range| range.trim_end_matches('-').parse().unwrap());
        if before == 0 {
            return Reply::new(200, &[ETAG], &body).cut(MISSING);
        }
        let range = format!("bytes {from}-{}/{}", body.len() - 1, body.len());
        let reply = Reply::unmeasured(206, &[ETAG, ("Content-Range", &range)], &body[from..]);
        reply.cut(if before == 1 { MISSING / 2 } else { 0 })
    });
    let cache = tempfile::tempdir().unwrap();
    assert_whole(&iris(&server, cache.path()).unwrap(), &file);
    assert_eq!(server.asked(PARQUET).len(), 3);
}

#[test]
fn a_file_at_another_address_is_not_spliced() {
    let server = Server::start(move |asked, before| match (asked.path.as_str(), before) {
        (DESCRIPTION, 0) => describe(asked, Some(PARQUET), ""),
        (DESCRIPTION, _) => describe(asked, Some("/moved.pq"), ""),
        (PARQUET, _) => Reply::new(200, &[ETAG], &parquet(0)).cut(MISSING),
        _ => Reply::new(200, &[ETAG], &parquet(1)),
    });
    let cache = tempfile::tempdir().unwrap();
    iris(&server, cache.path()).unwrap_err();
    assert_whole(&iris(&server, cache.path()).unwrap(), &parquet(1));
    assert_eq!(server.asked("/moved.pq")[0].header("range"), None);
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
