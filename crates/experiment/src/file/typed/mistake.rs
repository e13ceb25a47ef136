//! What a type refuses, and the sentence for it.

use std::fmt;
use std::ops::Range;

use evaluation::Metric;
use serde::de::{Error, Expected, Unexpected};
use strum::IntoEnumIterator;
use toml::Spanned;
use toml::de::DeString;

use crate::file::axis_name::axis_meant;
use crate::file::diagnostic::{Diagnostic, did_you_mean, metric_meant};

/// A mistake, and what is known of its place so far.
#[derive(Debug)]
pub(super) struct Mistake {
    span: Option<Range<usize>>,
    what: What,
}

#[derive(Debug)]
enum What {
    /// A name that is none of `known`, and what it should be the name of.
    Name { given: String, known: &'static [&'static str], of: Option<String> },
    /// A key that is none of `known`, and what it should be a key of.
    Key { given: String, known: &'static [&'static str], of: Option<String> },
    /// A key that has to be there, and where.
    Missing { key: &'static str, of: Option<String> },
    /// Something of another kind.
    Kind { wanted: String, found: String },
    /// Several names where one is wanted, or none.
    Several { names: Vec<String> },
    /// A sentence of ours.
    Said(String),
}

/// How many names a sentence can hold.
const FEW: usize = 12;

impl Mistake {
    pub(super) fn wanted(wanted: &str, found: &str) -> Self {
        What::Kind { wanted: wanted.to_owned(), found: found.to_owned() }.into()
    }

    pub(super) fn several<'a, 'k: 'a>(
        names: impl Iterator<Item = &'a Spanned<DeString<'k>>>,
    ) -> Self {
        What::Several { names: names.map(|name| name.get_ref().to_string()).collect() }.into()
    }

    /// At `span`, unless a part of it is known to be the place.
    pub(super) fn at(mut self, span: &Range<usize>) -> Self {
        self.span.get_or_insert_with(|| span.clone());
        self
    }

    /// In what stands for `key`, unless something nearer is known.
    pub(super) fn of(mut self, key: &str) -> Self {
        if let What::Name { of, .. } | What::Key { of, .. } | What::Missing { of, .. } =
            &mut self.what
        {
            of.get_or_insert_with(|| key.to_owned());
        }
        self
    }

    /// A name of the type `name`, as in `AucSurrogate`, unless something nearer is known.
    pub(super) fn of_type(mut self, name: &str) -> Self {
        if let What::Name { of, .. } = &mut self.what {
            let words = name.strip_suffix("Spec").unwrap_or(name).chars();
            let lower = |c: char| [c.is_uppercase().then_some(' '), Some(c.to_ascii_lowercase())];
            let words: String = words.flat_map(lower).flatten().collect();
            of.get_or_insert_with(|| words.trim_start().to_owned());
        }
        self
    }

    /// What the user reads.
    pub(super) fn told(self) -> Diagnostic {
        let span = self.span.unwrap_or_default();
        let told =
            |message: String, help: String| Diagnostic::new(span.clone(), message).help(help);
        match self.what {
            What::Name { given, known, of } => {
                let message = format!("unknown {} `{given}`", of.as_deref().unwrap_or("name"));
                let help = did_you_mean(&given, known.iter().copied());
                told(message, help.unwrap_or_else(|| format!("there {}", listed(known))))
            }
            What::Key { given, known, of } => {
                let whose = of.map_or(String::new(), |of| format!(" of `{of}`"));
                let help = did_you_mean(&given, known.iter().copied());
                let help = help.unwrap_or_else(|| format!("there {}", listed(known)));
                told(format!("unknown key `{given}`{whose}"), help)
            }
            What::Missing { key, of } => {
                let whose = of.map_or(String::new(), |of| format!(" of `{of}`"));
                told(format!("`{key}`{whose} is missing"), format!("add {key} = ..."))
            }
            What::Kind { wanted, found } => {
                let help = if found == in_words(&Unexpected::Seq) {
                    "a list is a sweep; write a list as a value inside a second list".to_owned()
                } else {
                    format!("write {wanted}")
                };
                told(format!("{wanted} is wanted here, and this is {found}"), help)
            }
            What::Several { names } if names.is_empty() => told(
                "an entry is one name with its parameters, and this has none".to_owned(),
                "write { name.parameter = value }".to_owned(),
            ),
            What::Several { names } => told(
                format!(
                    "an entry is one name with its parameters, and this has {}: {}",
                    names.len(),
                    names.join(", ")
                ),
                "write one alone, as in { name.parameter = value }".to_owned(),
            ),
            What::Said(sentence) => {
                let help = hint(&sentence);
                let diagnostic = Diagnostic::new(span, sentence);
                match help {
                    Some(help) => diagnostic.help(help),
                    None => diagnostic,
                }
            }
        }
    }
}

impl From<What> for Mistake {
    fn from(what: What) -> Self {
        Mistake { span: None, what }
    }
}

impl Error for Mistake {
    fn custom<T: fmt::Display>(sentence: T) -> Self {
        What::Said(sentence.to_string()).into()
    }

    fn invalid_type(found: Unexpected<'_>, wanted: &dyn Expected) -> Self {
        Mistake::wanted(&wanted.to_string(), &in_words(&found))
    }

    fn invalid_value(found: Unexpected<'_>, wanted: &dyn Expected) -> Self {
        Mistake::invalid_type(found, wanted)
    }

    fn invalid_length(length: usize, wanted: &dyn Expected) -> Self {
        Mistake::wanted(&wanted.to_string(), &format!("a list of {length}"))
    }

    fn unknown_variant(given: &str, known: &'static [&'static str]) -> Self {
        What::Name { given: given.to_owned(), known, of: None }.into()
    }

    fn unknown_field(given: &str, known: &'static [&'static str]) -> Self {
        What::Key { given: given.to_owned(), known, of: None }.into()
    }

    fn missing_field(key: &'static str) -> Self {
        What::Missing { key, of: None }.into()
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.what)
    }
}

impl std::error::Error for Mistake {}

/// What was found, as a sentence names it.
pub(super) fn in_words(found: &Unexpected<'_>) -> String {
    match found {
        Unexpected::Bool(truth) => truth.to_string(),
        Unexpected::Unsigned(n) => n.to_string(),
        Unexpected::Signed(n) => n.to_string(),
        Unexpected::Float(x) => x.to_string(),
        Unexpected::Char(c) => format!("the text {:?}", c.to_string()),
        Unexpected::Str(text) => format!("the text {text:?}"),
        Unexpected::Seq => "a list".to_owned(),
        Unexpected::Map => "a table".to_owned(),
        _ => "something else".to_owned(),
    }
}

fn listed(names: &[&str]) -> String {
    match names {
        [] => "are none".to_owned(),
        [one] => format!("is only `{one}`"),
        many if FEW < many.len() => format!("are {}; `longtail methods` lists them", many.len()),
        many => format!("are {}", many.join(", ")),
    }
}

/// What to do about mistakes that are sentences of ours.
fn hint(sentence: &str) -> Option<String> {
    if let Some(name) = sentence.strip_prefix("there is no metric `") {
        let name = name.trim_end_matches('`');
        let known = || did_you_mean(name, Metric::iter().map(Metric::name));
        let list = || "`longtail methods` lists the metrics".to_owned();
        return metric_meant(name).or_else(known).or_else(|| Some(list()));
    }
    if let Some(name) = sentence.strip_prefix("there is no axis `") {
        return Some(axis_meant(name.trim_end_matches('`')));
    }
    if sentence.ends_with("names no parameter, as `loss.gamma` does") {
        let help = "write the axis and the parameter, with a dot between them; a path that is a key stands in quotes";
        return Some(help.to_owned());
    }
    if sentence.ends_with("and nothing that could be chosen by it") {
        return Some("leave it out; a list where it stands shows what it does".to_owned());
    }
    if sentence.starts_with("an entry is one ") {
        return Some("write one alone, as in { name.parameter = value }".to_owned());
    }
    if sentence.contains("is no formula of a loss") {
        return Some("`longtail methods expression` tells what a formula may hold".to_owned());
    }
    if sentence.contains("` is not finite at ") || sentence.contains("it is not smooth there") {
        return Some(
            "write a formula that is smooth and bounded wherever a network may come".to_owned(),
        );
    }
    if sentence.ends_with(", and this has both") {
        return Some("leave one of them out".to_owned());
    }
    // The range types say "-1 is not a number of at least 0".
    let ranges = [" is not ", " is too few: ", " is no imbalance ratio: "];
    let allowed = ranges.iter().find_map(|between| sentence.split_once(between));
    allowed.map(|(_, allowed)| format!("write {allowed}"))
}
