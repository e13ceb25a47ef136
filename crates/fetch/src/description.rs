//! What OpenML says of a data set.
//!
//! ```text
//! GET {base}/json/data/{id}
//! {"data_set_description": {"id": "61", "name": "iris", "version": "1", "format": "ARFF", ...}}
//! {"error": {"code": "111", "message": "Unknown dataset"}}       with the status 412
//! ```
//!
//! Understood: numbers as strings or as numbers; a field of names as a string with commas or as a
//! list; `null`, `""` and `[]` for what is absent; `minio_url`, the older name of `parquet_url`;
//! addresses with blanks; and the errors of OpenML's second server, `{"detail": {...}}` or RFC 9457, with the status 404.
//!
//! Source: <https://docs.openml.org/ecosystem/Rest/>, <https://docs.openml.org/apiv2/migration>.

use serde_json::Value;

/// What OpenML says of a data set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    /// The number that identifies this version of this data set.
    pub id: u32,
    /// Its name, which other data sets may share.
    pub name: String,
    /// Its version among those of the same name.
    pub version: u32,
    /// The format of the file behind `url`, such as `ARFF` or `Sparse_ARFF`.
    pub format: String,
    /// The licence, in whatever words the uploader chose.
    pub licence: Option<String>,
    /// The address of the original file.
    pub url: Option<String>,
    /// The address of the same data as Parquet.
    pub parquet_url: Option<String>,
    /// The MD5 of the file behind `url`, in small hexadecimal digits.
    pub md5_checksum: Option<String>,
    /// The columns to predict, any of which.
    pub default_target_attribute: Vec<String>,
    /// The columns that are not to be learnt from.
    pub ignore_attribute: Vec<String>,
    /// The column that numbers the rows.
    pub row_id_attribute: Option<String>,
}

/// A file that holds the data.
pub(crate) struct Remote<'a> {
    pub(crate) url: &'a str,
    pub(crate) format: RemoteFormat,
    /// The MD5 that OpenML promises; it promises none of its Parquet files.
    pub(crate) md5: Option<&'a str>,
}

impl Remote<'_> {
    /// Whether a file that is not another than was expected can only be the right one.
    pub(crate) fn is_vouched_for(&self, digest: Option<&str>) -> bool {
        digest.is_some() || self.md5.is_some()
    }
}

/// The formats that are fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RemoteFormat {
    Parquet,
    Arff,
}

impl RemoteFormat {
    pub(crate) fn extension(self) -> &'static str {
        match self {
            Self::Parquet => "parquet",
            Self::Arff => "arff",
        }
    }
}

impl Description {
    /// Reads the server's answer; an error says what was found and what was expected.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, String> {
        let answer: Value =
            serde_json::from_slice(bytes).map_err(|error| format!("it is no JSON ({error})"))?;
        let fields = &answer["data_set_description"];
        if !fields.is_object() {
            return Err("it has no `data_set_description`".to_owned());
        }
        let needed =
            |name: &str| text(&fields[name]).ok_or_else(|| format!("its `{name}` is missing"));
        let number = |name: &str| {
            let text = needed(name)?;
            text.parse().map_err(|_| format!("its `{name}` is `{}`, no number", one_line(&text)))
        };
        let parquet =
            ["parquet_url", "minio_url"].map(|name| text(&fields[name]).as_deref().map(address));
        Ok(Self {
            id: number("id")?,
            name: needed("name")?,
            version: number("version")?,
            format: needed("format")?,
            licence: text(&fields["licence"]),
            url: text(&fields["url"]).as_deref().map(address),
            parquet_url: parquet.into_iter().flatten().find(|url| is_parquet(url)),
            md5_checksum: text(&fields["md5_checksum"]).map(|md5| md5.to_ascii_lowercase()),
            default_target_attribute: names(&fields["default_target_attribute"]),
            ignore_attribute: names(&fields["ignore_attribute"]),
            row_id_attribute: text(&fields["row_id_attribute"]),
        })
    }

    /// The files that hold the data, the best first.
    pub(crate) fn files(&self) -> Vec<Remote<'_>> {
        let mut files = Vec::new();
        if let Some(url) = &self.parquet_url {
            files.push(Remote { url, format: RemoteFormat::Parquet, md5: None });
        }
        if let Some(url) = &self.url {
            if is_parquet(url) {
                files.push(Remote { url, format: RemoteFormat::Parquet, md5: None });
            } else if self.format.to_ascii_lowercase().contains("arff") || ends_in(url, &[".arff"])
            {
                files.push(Remote {
                    url,
                    format: RemoteFormat::Arff,
                    md5: self.md5_checksum.as_deref(),
                });
            }
        }
        files.retain(|file| file.url.starts_with("https://") || file.url.starts_with("http://"));
        files
    }
}

/// The code and the message of the server's error document.
pub(crate) fn complaint(bytes: &[u8]) -> Option<(String, String)> {
    let answer: Value = serde_json::from_slice(bytes).ok()?;
    let error = ["error", "detail"].into_iter().map(|name| &answer[name]).find(|e| e.is_object());
    let error = error.unwrap_or(&answer);
    let message = ["message", "detail", "title"].into_iter().find_map(|name| text(&error[name]))?;
    Some((text(&error["code"]).unwrap_or_default(), one_line(&message)))
}

/// A server's words, fit for a line of a terminal.
pub(crate) fn one_line(text: &str) -> String {
    let printable = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    printable.take(200).collect::<String>().trim().to_owned()
}

fn text(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Array(values) => values.iter().filter_map(text).collect::<Vec<_>>().join(","),
        _ => return None,
    };
    Some(text).filter(|text| !text.is_empty())
}

/// An address with its blanks, letters beyond ASCII and control characters in percent-encoding.
pub(crate) fn address(text: &str) -> String {
    let mut address = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_graphic() {
            address.push(char::from(byte));
        } else {
            address += &format!("%{byte:02X}");
        }
    }
    address
}

fn names(value: &Value) -> Vec<String> {
    // A name in a list is whole, whatever it contains.
    if let Value::Array(values) = value {
        return values.iter().filter_map(text).collect();
    }
    let text = text(value).unwrap_or_default();
    // A comma between quotation marks is part of a name.
    let (mut quote, mut is_beginning) = (None, true);
    let names = text.split(|c: char| {
        let is_comma = c == ',' && quote.is_none();
        if quote == Some(c) {
            quote = None;
        } else if is_beginning && quote.is_none() && matches!(c, '\'' | '"') {
            quote = Some(c);
        }
        is_beginning = is_comma || is_beginning && c.is_whitespace();
        is_comma
    });
    let names = names.map(|name| name.trim().to_owned());
    names.filter(|name| !name.is_empty()).collect()
}

fn is_parquet(url: &str) -> bool {
    ends_in(url, &[".pq", ".parquet"])
}

fn ends_in(url: &str, endings: &[&str]) -> bool {
    let path = url.split(['?', '#']).next().unwrap_or_default().to_ascii_lowercase();
    endings.iter().any(|ending| path.ends_with(ending))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const IRIS: &str = r#"{"data_set_description": {"id": "61", "name": "iris", "version": "1",
        "description": "**Author**: R.A. Fisher", "format": "ARFF", "creator": "R.A. Fisher",
        "licence": "Public", "url": "https://api.openml.org/data/v1/download/61/iris.arff",
        "parquet_url": "https://data.openml.org/datasets/0000/0061/dataset_61.pq",
        "default_target_attribute": "class", "ignore_attribute": "Id, sepal area",
        "row_id_attribute": [], "tag": ["study_1", "uci"], "status": "active",
        "md5_checksum": "AD484452702105cbf3d30f8deaba39a9"}}"#;

    fn with(name: &str, value: &str) -> Description {
        let mut answer: Value = serde_json::from_str(IRIS).unwrap();
        answer["data_set_description"][name] = serde_json::from_str(value).unwrap();
        Description::parse(answer.to_string().as_bytes()).unwrap()
    }

    #[test]
    fn every_field_is_read() {
        let iris = Description::parse(IRIS.as_bytes()).unwrap();
        assert_eq!((iris.id, iris.name.as_str(), iris.version), (61, "iris", 1));
        assert_eq!((iris.format.as_str(), iris.licence.as_deref()), ("ARFF", Some("Public")));
        assert_eq!(iris.md5_checksum.as_deref(), Some("ad484452702105cbf3d30f8deaba39a9"));
        assert_eq!(iris.default_target_attribute, ["class"]);
        assert_eq!(iris.ignore_attribute, ["Id", "sepal area"]);
        assert_eq!(iris.row_id_attribute, None);
    }

    #[test]
    fn a_string_and_a_list_say_the_same() {
        assert_eq!(with("ignore_attribute", r#"["a", "b"]"#).ignore_attribute, ["a", "b"]);
        assert_eq!(with("ignore_attribute", r#"["a, b"]"#).ignore_attribute, ["a, b"]);
        assert!(with("ignore_attribute", "null").ignore_attribute.is_empty());
        assert_eq!(with("licence", r#"["Public"]"#).licence.as_deref(), Some("Public"));
        let targets = with("default_target_attribute", r#"["y1", "y2"]"#);
        assert_eq!(targets.default_target_attribute, ["y1", "y2"]);
        let names = with("ignore_attribute", r#""'a, b', \"c\", it's, d""#).ignore_attribute;
        assert_eq!(names, ["'a, b'", "\"c\"", "it's", "d"]);
        assert_eq!(with("version", "3").version, 3);
        assert_eq!(with("licence", r#""""#).licence, None);
    }

    #[test]
    fn parquet_comes_before_arff() {
        let found = |d: &Description| d.files().iter().map(|f| f.format).collect::<Vec<_>>();
        assert_eq!(found(&with("name", r#""x""#)), [RemoteFormat::Parquet, RemoteFormat::Arff]);
        assert_eq!(found(&with("parquet_url", r#""https://o.org/d.zip""#)), [RemoteFormat::Arff]);
        assert_eq!(found(&with("parquet_url", r#""file:///etc/d.pq""#)), [RemoteFormat::Arff]);
        let mut older = with("parquet_url", "null");
        assert_eq!(found(&older), [RemoteFormat::Arff]);
        older = with("minio_url", r#""http://o.org/dataset.PARQUET?x=1""#);
        older.format = "csv".to_owned();
        older.url = Some("https://o.org/d.csv".to_owned());
        assert_eq!(found(&older), [RemoteFormat::Parquet]);
    }

    #[test]
    fn an_address_is_fit_for_a_request_and_for_a_terminal() {
        let url = with("url", r#""https://o.org/é b\u001b.arff""#).url;
        assert_eq!(url.as_deref(), Some("https://o.org/%C3%A9%20b%1B.arff"));
    }

    #[test]
    fn what_is_wrong_is_said() {
        let wrong = |text: &str| Description::parse(text.as_bytes()).unwrap_err();
        assert!(wrong("<html>").starts_with("it is no JSON"));
        assert_eq!(wrong("[]"), "it has no `data_set_description`");
        assert_eq!(wrong(r#"{"data_set_description": {}}"#), "its `id` is missing");
        let id = r#"{"data_set_description": {"id": "six\n"}}"#;
        assert_eq!(wrong(id), "its `id` is `six`, no number");
    }

    #[test]
    fn errors_of_both_servers_are_understood() {
        let said = |text: &str| complaint(text.as_bytes());
        let unknown = Some(("111".to_owned(), "Unknown dataset".to_owned()));
        assert_eq!(said(r#"{"error": {"code": "111", "message": "Unknown dataset"}}"#), unknown);
        assert_eq!(said(r#"{"detail": {"code": 111, "message": "Unknown dataset"}}"#), unknown);
        assert_eq!(said(r#"{"title": "x", "detail": "Unknown dataset", "code": "111"}"#), unknown);
        assert_eq!(said("<html>"), None);
    }

    proptest! {
        #[test]
        fn no_answer_makes_it_panic(at in 0..IRIS.len(), remove in 0..40_usize, insert: Vec<u8>) {
            let mut bytes = IRIS.as_bytes().to_vec();
            let end = (at + remove).min(bytes.len());
            bytes.splice(at..end, insert);
            if let Ok(description) = Description::parse(&bytes) {
                let _ = description.files();
            }
            let _ = complaint(&bytes);
        }
    }
}
