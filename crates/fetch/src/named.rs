//! Which data sets of OpenML have a name.
//!
//! ```text
//! GET {base}/json/data/list/data_name/{name}/status/active
//! {"data": {"dataset": [{"did": 61, "name": "iris", "version": 1, "status": "active", ...}, ...]}}
//! {"error": {"code": "372", "message": "No results"}}            with the status 412
//! ```
//!
//! Source: <https://docs.openml.org/ecosystem/Rest/>.

use serde_json::Value;

use crate::client::Client;
use crate::description::address;
use crate::error::FetchError;
use crate::request::Source;

/// A data set of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The number that identifies it.
    pub id: u32,
    /// Its version among those of the same name.
    pub version: u32,
}

/// The active data sets called `name`, in the order of their numbers; at least one.
pub fn named(source: &Source, name: &str) -> Result<Vec<Named>, FetchError> {
    let base = source.base.trim_end_matches('/');
    let url = format!("{base}/json/data/list/data_name/{}/status/active", segment(name));
    let answer = Client::new(source).list(&url, name)?;
    let unknown = || FetchError::UnknownName { name: name.to_owned(), url: url.clone() };
    let mut found = parse(&answer)
        .map_err(|message| FetchError::Description { url: url.clone(), message })?
        .into_iter()
        // The server may compare without regard to case.
        .filter_map(|(found, named)| found.eq_ignore_ascii_case(name).then_some(named))
        .collect::<Vec<Named>>();
    found.sort_by_key(|named| named.id);
    if found.is_empty() { Err(unknown()) } else { Ok(found) }
}

/// One segment of a path, with everything in percent-encoding that could end it.
fn segment(name: &str) -> String {
    name.chars()
        .map(|c| match c {
            '/' | '?' | '#' | '%' => format!("%{:02X}", c as u32),
            c => address(c.encode_utf8(&mut [0; 4])),
        })
        .collect()
}

fn parse(answer: &[u8]) -> Result<Vec<(String, Named)>, String> {
    let answer: Value =
        serde_json::from_slice(answer).map_err(|error| format!("it is no JSON ({error})"))?;
    let list = answer["data"]["dataset"].as_array().ok_or("it has no `data.dataset`")?;
    let number = |value: &Value| {
        let number = value.as_u64().or_else(|| value.as_str()?.parse().ok());
        number.and_then(|number| u32::try_from(number).ok())
    };
    let entry = |value: &Value| {
        let name = value["name"].as_str()?.to_owned();
        Some((name, Named { id: number(&value["did"])?, version: number(&value["version"])? }))
    };
    let entries = list.iter().map(entry).collect::<Option<Vec<_>>>();
    entries.ok_or_else(|| "an entry lacks its `did`, `name` or `version`".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_segment_of_the_address() {
        assert_eq!(segment("credit-g"), "credit-g");
        assert_eq!(segment("a b/c?d#é%"), "a%20b%2Fc%3Fd%23%C3%A9%25");
    }

    #[test]
    fn numbers_may_be_texts_and_nonsense_is_named() {
        let answer = br#"{"data": {"dataset": [{"did": "61", "name": "iris", "version": 1}]}}"#;
        assert_eq!(parse(answer), Ok(vec![("iris".to_owned(), Named { id: 61, version: 1 })]));
        let wrong = |text: &str| parse(text.as_bytes()).unwrap_err();
        assert!(wrong("<html>").starts_with("it is no JSON"));
        assert_eq!(wrong("{}"), "it has no `data.dataset`");
        assert!(
            wrong(r#"{"data": {"dataset": [{"name": "iris"}]}}"#).starts_with("an entry lacks")
        );
    }
}
