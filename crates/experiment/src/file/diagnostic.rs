//! Mistakes in an experiment, each one sentence with its place and what would be right.

use std::fmt;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use evaluation::Metric;
use strum::IntoEnumIterator;

use crate::file::source::Source;

/// One mistake.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnostic {
    /// Where, in the offsets of [`Source`].
    pub span: Range<usize>,
    /// What is wrong: lower case, no full stop.
    pub message: String,
    /// What would be right; shown at the caret.
    pub help: Option<String>,
}

impl Diagnostic {
    /// A mistake at `span`.
    pub fn new(span: Range<usize>, message: impl Into<String>) -> Self {
        Diagnostic { span, message: message.into(), help: None }
    }

    /// The same with a suggestion.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The mistake that `error` reports, with its position moved by `start` and a suggestion drawn
    /// from the names it expected.
    pub(crate) fn from_toml(error: &toml::de::Error, start: usize, fallback: Range<usize>) -> Self {
        let span = error.span().map_or(fallback, |s| s.start + start..s.end + start);
        let message = match error.message().lines().next().unwrap_or_default() {
            // Of tables that name one of several and are read without `named`.
            several if several.starts_with("wanted exactly 1 element") => {
                "an entry is one name with its parameters, and this has none or several".to_owned()
            }
            message => message.to_owned(),
        };
        let mut diagnostic = Diagnostic::new(span, plain(&message));
        diagnostic.help = suggestion(&message).or_else(|| hint(&message));
        diagnostic
    }
}

/// A mistake of TOML itself.
pub(crate) fn syntax(error: &toml::de::Error, start: usize) -> Diagnostic {
    let diagnostic = Diagnostic::from_toml(error, start, start..start);
    match (&diagnostic.help, diagnostic.message.split_once(", expected ")) {
        (None, Some((_, expected))) => {
            let help = format!("write {expected} here, or close what was opened before it");
            diagnostic.help(help)
        }
        (None, None) => diagnostic.help("this line is no TOML: write key = value"),
        _ => diagnostic,
    }
}

/// All mistakes of one experiment, shown with the lines they are on.
#[derive(Clone, Debug)]
pub struct Diagnostics {
    /// The text the mistakes are in.
    pub source: Source,
    /// The mistakes, in the order of the text.
    pub list: Vec<Diagnostic>,
}

impl Diagnostics {
    /// The mistakes as they are shown on a terminal that knows colours.
    pub fn coloured(&self) -> String {
        self.render(&Renderer::styled())
    }

    fn render(&self, renderer: &Renderer) -> String {
        let rendered: Vec<String> =
            self.list.iter().map(|diagnostic| self.render_one(renderer, diagnostic)).collect();
        rendered.join("\n\n")
    }

    fn render_one(&self, renderer: &Renderer, diagnostic: &Diagnostic) -> String {
        let (piece, span) = self.source.locate(&diagnostic.span);
        let annotation = AnnotationKind::Primary.span(visible(&piece.text, span));
        let annotation = annotation.label(diagnostic.help.as_deref());
        let snippet = Snippet::source(&piece.text).path(&piece.name).annotation(annotation);
        renderer.render(&[Level::ERROR.primary_title(diagnostic.message.as_str()).element(snippet)])
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(&Renderer::plain()))
    }
}

impl std::error::Error for Diagnostics {}

/// At most the first line of `span`: a caret under a whole table helps nobody.
fn visible(text: &str, span: Range<usize>) -> Range<usize> {
    let first_line = text[span.clone()].find('\n').map_or(span.end, |n| span.start + n);
    span.start..first_line.max(span.start)
}

/// How many names a sentence can hold.
const FEW: usize = 12;

/// serde's words for types, in the words of TOML, without lists that nobody reads.
fn plain(message: &str) -> String {
    let message = match message.split_once(", expected one of ") {
        Some((said, names)) if FEW < names.split('`').count() / 2 => said,
        _ => message,
    };
    let message = match message.split_once(", expected struct ") {
        Some((said, _)) => format!("{said}, expected parameters, as in {{ parameter = value }}"),
        None => message.to_owned(),
    };
    message
        .replace("invalid type: floating point", "invalid type: number")
        .replace("expected a nonzero usize", "expected a whole number of at least 1")
        .replace("expected f64", "expected a number")
        .replace("expected f32", "expected a number")
        .replace("expected usize", "expected a whole number")
        .replace("expected u64", "expected a whole number of at least 0")
        .replace("expected u32", "expected a whole number of at least 0")
        .replace("expected a sequence", "expected a list")
        .replace("invalid type: sequence", "invalid type: list")
        .replace("invalid type: map", "invalid type: table")
}

/// What to do about mistakes whose message names no alternatives.
fn hint(message: &str) -> Option<String> {
    if let Some(name) = message.strip_prefix("there is no metric `") {
        let known = || did_you_mean(name.trim_end_matches('`'), Metric::iter().map(Metric::name));
        let list = || "`longtail methods` lists the metrics".to_owned();
        return metric_meant(name.trim_end_matches('`')).or_else(known).or_else(|| Some(list()));
    }
    if message.starts_with("an entry is one ") {
        return Some("write one alone, as in { name.parameter = value }".to_owned());
    }
    if message.contains("is no formula of a loss") {
        return Some("`longtail methods expression` tells what a formula may hold".to_owned());
    }
    if message.contains("` is not finite at ") || message.contains("it is not smooth there") {
        return Some(
            "write a formula that is smooth and bounded wherever a network may come".to_owned(),
        );
    }
    // The range types say "-1 is not a number of at least 0".
    if let Some((_, allowed)) =
        [message.split_once(" is not "), message.split_once(" is too few: ")]
            .into_iter()
            .flatten()
            .next()
    {
        return Some(format!("write {allowed}"));
    }
    if message.contains("expected a nonzero") {
        return Some("write a whole number of at least 1".to_owned());
    }
    let hints = [
        ("duplicate key", "remove one of the two"),
        (
            "invalid type: sequence",
            "a list is a sweep; write a list as a value inside a second list",
        ),
        ("wanted string or table", "write a name, or { name.parameter = value }"),
        ("missing field", "add it"),
        ("invalid type", "change the type of this value"),
        ("invalid value", "change this value"),
    ];
    hints.iter().find(|(part, _)| message.contains(part)).map(|(_, hint)| (*hint).to_owned())
}

/// "did you mean" for messages of serde's form ``unknown x `given`, expected one of `a`, `b` ``.
fn suggestion(message: &str) -> Option<String> {
    let (given, expected) = message.split_once(", expected ")?;
    let given = given.strip_prefix("unknown ")?.split('`').nth(1)?;
    let known: Vec<&str> = expected.split('`').skip(1).step_by(2).collect();
    did_you_mean(given, known.iter().copied())
        .or_else(|| Some(format!("not known here; there {}", listed(&known))))
}

fn listed(names: &[&str]) -> String {
    match names {
        [] => "are no keys".to_owned(),
        [one] => format!("is only `{one}`"),
        many if FEW < many.len() => {
            format!("are {} others; `longtail methods` lists them", many.len())
        }
        many => format!("are {}", many.join(", ")),
    }
}

/// `did you mean ...?` if one of `known` is near enough to `given`.
pub fn did_you_mean<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let lower = given.to_lowercase().replace('-', "_");
    known
        .into_iter()
        .map(|name| {
            (strsim::damerau_levenshtein(&lower, &name.to_lowercase().replace('-', "_")), name)
        })
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, name)| *distance <= 1 + name.len() / 4)
        .map(|(_, name)| format!("did you mean `{name}`?"))
}

/// `did you mean ...?` if other programs and papers call a metric so.
pub fn metric_meant(name: &str) -> Option<String> {
    let meant: Vec<String> =
        Metric::meant_by(name).iter().map(|metric| format!("`{}`", metric.name())).collect();
    (!meant.is_empty()).then(|| format!("did you mean {}?", meant.join(" or ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_suggested() {
        let message = "unknown field `gama`, expected `gamma` or `alpha`";
        assert_eq!(suggestion(message).unwrap(), "did you mean `gamma`?");
        assert_eq!(
            did_you_mean("ecoli_4", ["ecoli4", "yeast4"]).unwrap(),
            "did you mean `ecoli4`?"
        );
    }

    #[test]
    fn a_far_name_lists_what_there_is() {
        let message = "unknown variant `transformer`, expected `linear` or `mlp`";
        assert_eq!(suggestion(message).unwrap(), "not known here; there are linear, mlp");
        assert_eq!(did_you_mean("transformer", ["linear", "mlp"]), None);
    }

    #[test]
    fn an_override_is_located_in_its_own_text() {
        let mut source = Source::default();
        source.add("grid.toml", "[experiment]\n");
        let start = source.add("--set", "training.epochs = \"x\"");
        let list = vec![Diagnostic::new(start + 18..start + 21, "not a number")];
        let shown = Diagnostics { source, list }.to_string();
        assert!(shown.contains("--set:1:19"), "{shown}");
    }
}
