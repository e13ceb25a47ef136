//! Sentences with emphasis, which each format gives its looks.

use serde::Serialize;

/// What a table answers.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Answer {
    /// Who leads, and what can be told from the baseline.
    pub answer: Vec<Paragraph>,
    /// What methods gain over their controls.
    pub methods: Vec<Paragraph>,
    /// What to mind.
    pub cautions: Vec<Paragraph>,
}

impl Answer {
    /// All paragraphs, in order.
    pub fn paragraphs(&self) -> impl Iterator<Item = &Paragraph> {
        self.said().chain(&self.cautions)
    }

    /// Who leads; what methods gain over their controls, which is what an experiment with controls asks; the rest.
    pub(crate) fn said(&self) -> impl Iterator<Item = &Paragraph> {
        let (leader, others) = self.answer.split_at(self.answer.len().min(1));
        leader.iter().chain(&self.methods).chain(others)
    }
}

/// Some sentences.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Paragraph {
    /// One after the other.
    pub spans: Vec<Span>,
}

/// Text of one weight.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Span {
    /// The text.
    pub text: String,
    /// Whether it is bold.
    pub strong: bool,
}

impl Paragraph {
    /// The same with more text.
    pub(crate) fn plain(mut self, text: &str) -> Self {
        self.spans.push(Span { text: text.to_owned(), strong: false });
        self
    }

    /// The same with more text in bold.
    pub(crate) fn strong(mut self, text: &str) -> Self {
        self.spans.push(Span { text: text.to_owned(), strong: true });
        self
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// The text alone.
    pub fn text(&self) -> String {
        self.spans.iter().map(|span| span.text.as_str()).collect()
    }
}
