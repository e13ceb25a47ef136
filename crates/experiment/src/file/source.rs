//! The text of an experiment: the file, then every `--set` override, each with its own name.
//!
//! Spans are offsets into all pieces laid end to end, so that a value that came from the command
//! line is located as exactly as one that came from the file.

use std::ops::Range;

/// All pieces of text that make up one experiment.
#[derive(Clone, Debug, Default)]
pub struct Source {
    pieces: Vec<Piece>,
}

/// One named piece: the file, or one override.
#[derive(Clone, Debug)]
pub(crate) struct Piece {
    pub(crate) name: String,
    pub(crate) text: String,
    pub(crate) start: usize,
}

impl Source {
    /// Appends a piece and returns the offset at which its spans begin.
    pub(crate) fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> usize {
        // One unused offset between pieces: an end-of-file span stays inside its own piece.
        let start = self.pieces.last().map_or(0, |last| last.start + last.text.len() + 1);
        self.pieces.push(Piece { name: name.into(), text: text.into(), start });
        start
    }

    /// The experiment file: its name as it was given, and its text.
    pub(crate) fn whole_file(&self) -> (&str, &str) {
        self.pieces.first().map_or(("", ""), |file| (&file.name, &file.text))
    }

    /// The piece that contains `span`, and the span within that piece.
    pub(crate) fn locate(&self, span: &Range<usize>) -> (&Piece, Range<usize>) {
        let piece = self
            .pieces
            .iter()
            .rfind(|piece| piece.start <= span.start)
            .expect("a source has at least one piece");
        let end = piece.text.len();
        let local = |at: usize| at.saturating_sub(piece.start).min(end);
        (piece, local(span.start)..local(span.end))
    }

    /// `file:line` of where `span` begins.
    pub(crate) fn place(&self, span: &Range<usize>) -> String {
        let (piece, local) = self.locate(span);
        let line = 1 + piece.text[..local.start].matches('\n').count();
        format!("{}:{line}", piece.name)
    }
}
