//! Mistakes in an experiment, each one sentence with its place and what would be right.

use std::fmt;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use evaluation::Metric;

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
}

/// A mistake of TOML itself, in the words of its parser; `start` is where the text begins.
pub(crate) fn syntax(error: &toml::de::Error, start: usize) -> Diagnostic {
    let span = error.span().map_or(start..start, |span| span.start + start..span.end + start);
    let message = error.message().lines().next().unwrap_or_default();
    if message.contains("recur") {
        let message = "tables and lists stand in one another more than 80 deep";
        return Diagnostic::new(span, message).help("nothing in an experiment is that deep");
    }
    let help = match message.split_once(", expected ") {
        Some((_, expected)) => {
            format!("write {expected} here, or close what was opened before it")
        }
        None if message == "duplicate key" => "remove one of the two".to_owned(),
        None => "this line is no TOML: write key = value".to_owned(),
    };
    Diagnostic::new(span, message).help(help)
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
    fn the_nearest_name_is_suggested_if_it_is_near() {
        let nearest = |given, known: [&str; 2]| did_you_mean(given, known);
        assert_eq!(nearest("gama", ["gamma", "alpha"]).unwrap(), "did you mean `gamma`?");
        assert_eq!(nearest("ecoli_4", ["ecoli4", "yeast4"]).unwrap(), "did you mean `ecoli4`?");
        assert_eq!(nearest("transformer", ["linear", "mlp"]), None);
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
