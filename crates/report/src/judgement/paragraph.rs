//! Sentences with emphasis, which each format gives its looks.

use serde::Serialize;

/// Methods that stand before what can be told from the baseline.
const FEW: usize = 2;

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

    /// Who leads; what one or two methods gain over their controls, which is what an experiment with controls asks; the rest. More
    /// methods come behind it.
    pub(crate) fn said(&self) -> impl Iterator<Item = &Paragraph> {
        let (leader, others) = self.answer.split_at(self.answer.len().min(1));
        let (few, many) = if self.methods.len() <= FEW {
            (&self.methods[..], &[][..])
        } else {
            (&[][..], &self.methods[..])
        };
        leader.iter().chain(few).chain(others).chain(many)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_methods_stand_behind_what_can_be_told_from_the_baseline() {
        let said = |text: &str| Paragraph::default().plain(text);
        let order = |n: usize| -> Vec<String> {
            let methods = (0..n).map(|i| said(&i.to_string())).collect();
            let answer = vec![said("leader"), said("differs")];
            Answer { answer, methods, cautions: Vec::new() }.said().map(Paragraph::text).collect()
        };
        assert_eq!(order(2), ["leader", "0", "1", "differs"]);
        assert_eq!(order(3), ["leader", "differs", "0", "1", "2"]);
        assert!(Answer::default().said().next().is_none());
    }
}
