//! Servers that fail, stall, refuse or talk nonsense.

use std::fs;
use std::net::TcpListener;
use std::time::Duration;

use fetch::{FetchError, Source, fetch};

use crate::server::{Reply, Server};
use crate::{
    ARFF, DESCRIPTION, ETAG, IRIS_ARFF, IRIS_MD5, PARQUET, assert_whole, describe, iris, names,
    parquet, parquet_server, request, source,
};

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

#[test]
fn a_server_that_does_not_recover_is_given_up() {
    let server = parquet_server(|_, _| Reply::new(503, &[], b"oops"));
    let cache = tempfile::tempdir().unwrap();
    let error = iris(&server, cache.path()).unwrap_err().to_string();
    assert!(error.ends_with("/61.pq answers 503; fetch it again later"), "{error}");
    assert_eq!(server.asked(PARQUET).len(), 5);
}

#[test]
fn a_server_that_stalls_runs_into_the_time_out() {
    let file = parquet(0);
    let whole = file.len();
    let server = parquet_server(move |_, before| match before {
        0 => Reply::new(200, &[], b"").cut(10).stalling(),
        _ => Reply::new(200, &[], &file).cut(whole / 2).stalling(),
    });
    let cache = tempfile::tempdir().unwrap();
    let hasty = Source {
        read_timeout: Duration::from_millis(80),
        pauses: vec![Duration::ZERO; 2],
        ..source(&server)
    };
    let error = fetch(&hasty, &request(None), cache.path(), &mut |_, _| {}).unwrap_err();
    assert!(error.to_string().contains("sent nothing for 0.08 s"), "{error}");
    assert!(!names(cache.path()).contains(&"openml-61.parquet".to_owned()));
}

#[test]
fn a_body_shorter_than_announced_is_no_file() {
    let server =
        parquet_server(|_, _| Reply::new(200, &[("Content-Length", "1000")], &parquet(0)[..900]));
    let cache = tempfile::tempdir().unwrap();
    let error = iris(&server, cache.path()).unwrap_err().to_string();
    assert!(error.contains("/61.pq broke off after 900 bytes of 1000; fetch it again"), "{error}");
    assert_eq!(server.asked(PARQUET).len(), 5);
    assert!(!names(cache.path()).contains(&"openml-61.parquet".to_owned()));
}

#[test]
fn an_unknown_id_is_said_in_one_sentence() {
    let older = r#"{"error": {"code": "111", "message": "Unknown dataset"}}"#;
    let newer = r#"{"title": "Not Found", "detail": "Unknown dataset", "code": "111"}"#;
    for (status, answer) in [(412, older), (404, newer), (404, "<html>"), (404, "")] {
        let server = Server::start(move |_, _| Reply::new(status, &[], answer.as_bytes()));
        let cache = tempfile::tempdir().unwrap();
        let error = iris(&server, cache.path()).unwrap_err();
        assert!(matches!(error, FetchError::Unknown { id: 61, .. }), "{error}");
        let text = error.to_string();
        assert!(text.starts_with("OpenML has no data set 61 (http://127.0.0.1:"), "{text}");
        assert!(!text.contains('\n'), "{text}");
        assert_eq!(server.asked(DESCRIPTION).len(), 1);
        assert!(names(cache.path()).is_empty());
    }
}

#[test]
fn a_refusal_is_not_asked_again() {
    let refusal = r#"{"error": {"code": "112", "message": "No access granted"}}"#;
    let server = Server::start(move |_, _| Reply::new(412, &[], refusal.as_bytes()));
    let cache = tempfile::tempdir().unwrap();
    let error = iris(&server, cache.path()).unwrap_err().to_string();
    assert!(error.contains("answers 412: No access granted; it may not be public"), "{error}");
    assert_eq!(server.asked(DESCRIPTION).len(), 1);

    let server = parquet_server(|_, _| Reply::new(403, &[], b""));
    let error = iris(&server, cache.path()).unwrap_err().to_string();
    assert!(error.contains("/61.pq answers 403"), "{error}");
    assert_eq!((server.asked(PARQUET).len(), server.asked(ARFF).len()), (1, 1));
}

#[test]
fn the_arff_file_stands_in_for_a_parquet_file_that_is_missing() {
    let server = Server::start(|asked, _| match asked.path.as_str() {
        DESCRIPTION => describe(asked, Some(PARQUET), IRIS_MD5),
        ARFF => Reply::new(200, &[], IRIS_ARFF),
        _ => Reply::new(404, &[], b""),
    });
    let cache = tempfile::tempdir().unwrap();
    let fetched = iris(&server, cache.path()).unwrap();
    assert_eq!(fs::read(&fetched.path).unwrap(), IRIS_ARFF);
    let again = iris(&server, cache.path()).unwrap();
    assert!(again.from_cache && again.path == fetched.path);
    assert_eq!((server.asked(PARQUET).len(), server.asked(ARFF).len()), (1, 1));
}

#[test]
fn a_web_page_is_no_parquet_file() {
    let server = parquet_server(|_, _| Reply::new(200, &[ETAG], b"<html>please log in</html>"));
    let cache = tempfile::tempdir().unwrap();
    let error = iris(&server, cache.path()).unwrap_err();
    assert!(matches!(error, FetchError::NotParquet { .. }), "{error}");
    assert_eq!(names(cache.path()), ["openml-61.json"]);
}

#[test]
fn a_web_page_and_another_data_set_are_no_description() {
    let other =
        r#"{"data_set_description": {"id": 62, "name": "zoo", "version": 1, "format": "ARFF"}}"#;
    for (answer, found) in [("<html>", "it is no JSON"), (other, "it is of data set 62, not 61")] {
        let server = Server::start(move |_, _| Reply::new(200, &[], answer.as_bytes()));
        let cache = tempfile::tempdir().unwrap();
        let error = iris(&server, cache.path()).unwrap_err().to_string();
        assert!(error.contains(found), "{error}");
        assert!(names(cache.path()).is_empty());
    }
}

#[test]
fn a_data_set_of_another_format_is_refused() {
    let server = Server::start(|_, _| {
        let csv = r#"{"data_set_description": {"id": 61, "name": "iris", "version": 1,
            "format": "csv", "url": "https://o.org/iris.csv"}}"#;
        Reply::new(200, &[], csv.as_bytes())
    });
    let cache = tempfile::tempdir().unwrap();
    let error = iris(&server, cache.path()).unwrap_err();
    assert!(matches!(error, FetchError::NoFile { id: 61, .. }), "{error}");
}

#[test]
fn where_nobody_listens_nobody_is_waited_for() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let cache = tempfile::tempdir().unwrap();
    let patient = Source { base, pauses: vec![Duration::MAX], ..Source::default() };
    let error = fetch(&patient, &request(None), cache.path(), &mut |_, _| {}).unwrap_err();
    assert!(matches!(error, FetchError::Unreachable { .. }), "{error}");
}

#[test]
fn what_cannot_be_a_digest_is_said_before_anybody_is_asked() {
    let server = parquet_server(|_, _| Reply::new(500, &[], b""));
    let cache = tempfile::tempdir().unwrap();
    let wanted = request(Some("abc"));
    let error = fetch(&source(&server), &wanted, cache.path(), &mut |_, _| {}).unwrap_err();
    assert!(matches!(error, FetchError::InvalidDigest { .. }), "{error}");
    assert!(server.asked(DESCRIPTION).is_empty());
}
