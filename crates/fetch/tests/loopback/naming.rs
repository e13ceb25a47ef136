//! Names, and the data sets that have them.

use fetch::{FetchError, Named, named};

use crate::server::{Reply, Server};
use crate::source;

const LIST: &str = "/json/data/list/data_name/iris/status/active";

fn answers(status: u16, answer: &'static str) -> Result<Vec<Named>, FetchError> {
    let server = Server::start(move |asked, _| match asked.path.as_str() {
        LIST => Reply::new(status, &[], answer.as_bytes()),
        _ => Reply::new(500, &[], b""),
    });
    named(&source(&server), "iris")
}

#[test]
fn all_versions_of_a_name_are_found_in_the_order_of_their_numbers() {
    let list = r#"{"data": {"dataset": [
        {"did": 969, "name": "iris", "version": 3, "status": "active"},
        {"did": 61, "name": "Iris", "version": 1, "status": "active"},
        {"did": 9, "name": "irises", "version": 1, "status": "active"}]}}"#;
    let found = answers(200, list).unwrap();
    assert_eq!(found, [Named { id: 61, version: 1 }, Named { id: 969, version: 3 }]);
}

#[test]
fn a_name_that_nothing_has_is_said_in_one_sentence() {
    let none = r#"{"error": {"code": "372", "message": "No results"}}"#;
    for (status, answer) in [(412, none), (404, none), (200, r#"{"data": {"dataset": []}}"#)] {
        let text = answers(status, answer).unwrap_err().to_string();
        assert!(text.starts_with("OpenML has no active data set called `iris`"), "{text}");
    }
}

#[test]
fn a_server_that_fails_or_talks_nonsense_is_named() {
    assert!(answers(500, "oops").unwrap_err().to_string().contains("answers 500"));
    assert!(answers(403, "").unwrap_err().to_string().contains("answers 403"));
    assert!(answers(200, "<html>").unwrap_err().to_string().contains("it is no JSON"));
}
