//! Servers that fail, stall, refuse or talk nonsense.

use std::fs;
use std::net::TcpListener;
use std::time::Duration;

use fetch::{FetchError, Source, fetch};

use crate::server::{Reply, Server};
use crate::{
    ARFF, DESCRIPTION, ETAG, IRIS_ARFF, IRIS_MD5, PARQUET, assert_whole, describe, iris, names,
    parquet, parquet_server, readable, request, source,
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
    let error =
        fetch(&hasty, &request(None), cache.path(), &mut readable, &mut |_, _| {}).unwrap_err();
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
    assert_eq!(
        names(cache.path()),
        ["openml-61.json"],
        "without an ETag nothing can be gone on with"
    );
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
fn the_arff_file_stands_in_for_a_web_page_where_a_parquet_file_should_be() {
    let server = Server::start(|asked, _| match asked.path.as_str() {
        DESCRIPTION => describe(asked, Some(PARQUET), ""),
        ARFF => Reply::new(200, &[], IRIS_ARFF),
        _ => Reply::new(200, &[ETAG], b"<html>please log in</html>"),
    });
    let cache = tempfile::tempdir().unwrap();
    assert_eq!(fs::read(iris(&server, cache.path()).unwrap().path).unwrap(), IRIS_ARFF);
    assert_eq!(names(cache.path()), ["openml-61.arff", "openml-61.json"]);
}

#[test]
fn a_web_page_is_neither_a_parquet_nor_an_arff_file() {
    let page = b"<html>please log in</html>";
    let server = parquet_server(|_, _| Reply::new(200, &[ETAG], page));
    let cache = tempfile::tempdir().unwrap();
    let error = iris(&server, cache.path()).unwrap_err();
    assert!(matches!(error, FetchError::NotParquet { .. }), "{error}");
    assert_eq!(names(cache.path()), ["openml-61.json"]);

    for answer in [&page[..], b"", b"% @relation iris\n% @data\n", b"@relation iris\n@attribute x"]
    {
        let server = Server::start(move |asked, before| match (asked.path.as_str(), before) {
            (DESCRIPTION, _) => describe(asked, None, ""),
            (_, 0) => Reply::new(200, &[ETAG], answer),
            _ => Reply::new(200, &[ETAG], IRIS_ARFF),
        });
        let cache = tempfile::tempdir().unwrap();
        let error = iris(&server, cache.path()).unwrap_err();
        assert!(matches!(error, FetchError::Unreadable { .. }), "{error}");
        assert_eq!(names(cache.path()), ["openml-61.json"]);
        // The next one asks again.
        assert!(!iris(&server, cache.path()).unwrap().from_cache);
    }
}

#[test]
fn what_the_caller_cannot_read_is_not_kept_unless_a_digest_vouches_for_it() {
    for (md5, is_kept) in [("", false), (IRIS_MD5, true)] {
        let server = Server::start(move |asked, _| match asked.path.as_str() {
            DESCRIPTION => describe(asked, None, md5),
            _ => Reply::new(200, &[ETAG], IRIS_ARFF),
        });
        let cache = tempfile::tempdir().unwrap();
        let mut refuse = |path: &std::path::Path| {
            assert_eq!(fs::read(path).unwrap(), IRIS_ARFF);
            assert_eq!(path.extension().unwrap(), "arff");
            Err("it is cut".to_owned())
        };
        let source = source(&server);
        let fetched = fetch(&source, &request(None), cache.path(), &mut refuse, &mut |_, _| {});
        assert_eq!(fetched.is_ok_and(|fetched| fetched.has_digest), is_kept);
        assert_eq!(names(cache.path()).contains(&"openml-61.arff".to_owned()), is_kept);
        assert!(!names(cache.path()).iter().any(|name| name.contains("part")));
    }
}

#[test]
fn what_drips_is_given_up_and_asked_for_once() {
    let body = parquet(0);
    let drips = [
        Reply::new(200, &[ETAG], &body).dripping(4000),
        Reply::new(200, &[], b"").cut(10).dripping(50),
    ];
    for reply in drips {
        let server = parquet_server(move |_, _| reply.clone());
        let cache = tempfile::tempdir().unwrap();
        let hasty = Source { window: Duration::from_millis(300), ..source(&server) };
        let fetched = fetch(&hasty, &request(None), cache.path(), &mut readable, &mut |_, _| {});
        let error = fetched.unwrap_err();
        assert!(matches!(error, FetchError::Slow { .. }), "{error}");
        assert_eq!(server.asked(PARQUET).len(), 1);
    }
    let server = Server::start(|_, _| Reply::new(200, &[], &[b' '; 5000]).dripping(4000));
    let cache = tempfile::tempdir().unwrap();
    let hasty = Source { window: Duration::from_millis(300), ..source(&server) };
    let fetched = fetch(&hasty, &request(None), cache.path(), &mut readable, &mut |_, _| {});
    assert!(matches!(fetched.unwrap_err(), FetchError::Slow { .. }));
}

#[test]
fn a_file_that_is_announced_to_be_too_long_and_a_description_without_end_are_refused() {
    let announced = (17_u64 << 30).to_string();
    let server = parquet_server(move |_, _| {
        Reply::new(200, &[ETAG, ("Content-Length", &announced)], b"PAR1")
    });
    let cache = tempfile::tempdir().unwrap();
    let error = iris(&server, cache.path()).unwrap_err();
    assert!(matches!(error, FetchError::TooLong { longest, .. } if longest == 16 << 30), "{error}");
    assert_eq!(names(cache.path()), ["openml-61.json"]);
    assert_eq!(server.asked(PARQUET).len(), 1);

    let server = Server::start(|_, _| Reply::unmeasured(200, &[], &vec![b'['; 9 << 20]));
    let error = iris(&server, cache.path()).unwrap_err();
    assert!(matches!(error, FetchError::TooLong { longest, .. } if longest == 8 << 20), "{error}");
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
    let error =
        fetch(&patient, &request(None), cache.path(), &mut readable, &mut |_, _| {}).unwrap_err();
    assert!(matches!(error, FetchError::Unreachable { .. }), "{error}");
}

#[test]
fn what_cannot_be_a_digest_is_said_before_anybody_is_asked() {
    let server = parquet_server(|_, _| Reply::new(500, &[], b""));
    let cache = tempfile::tempdir().unwrap();
    let wanted = request(Some("abc"));
    let error =
        fetch(&source(&server), &wanted, cache.path(), &mut readable, &mut |_, _| {}).unwrap_err();
    assert!(matches!(error, FetchError::InvalidDigest { .. }), "{error}");
    assert!(server.asked(DESCRIPTION).is_empty());
}
