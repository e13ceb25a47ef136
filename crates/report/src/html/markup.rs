//! HTML and SVG as text: whatever comes from a file is escaped on its way in.

use std::fmt::{self, Display, Write};

/// Names and values of an element's attributes.
pub(crate) type Attributes<'a> = &'a [(&'static str, &'a dyn Display)];

/// Markup that is being written. What is not a literal of this crate goes through [`Markup::text`] or an attribute.
#[derive(Debug, Default)]
pub(crate) struct Markup(String);

impl Markup {
    /// Markup of ours, word for word.
    pub(crate) fn literal(&mut self, markup: &'static str) {
        self.0.push_str(markup);
    }

    /// Text, escaped.
    pub(crate) fn text(&mut self, text: impl Display) {
        write!(Escaped(&mut self.0), "{text}").expect("text can be written");
    }

    /// A name that may be broken behind its underscores and where its parameters begin, where there is no room for it.
    pub(crate) fn name(&mut self, name: &str) {
        const BEHIND: [char; 2] = ['_', '('];
        for part in name.split_inclusive(BEHIND) {
            self.text(part);
            if part.ends_with(BEHIND) {
                self.literal("<wbr/>");
            }
        }
    }

    /// An element with what `inside` writes.
    pub(crate) fn element(
        &mut self,
        name: &'static str,
        attributes: Attributes<'_>,
        inside: impl FnOnce(&mut Markup),
    ) {
        self.open(name, attributes);
        inside(self);
        self.0.push_str("</");
        self.0.push_str(name);
        self.0.push('>');
    }

    /// An element with text alone.
    pub(crate) fn phrase(
        &mut self,
        name: &'static str,
        attributes: Attributes<'_>,
        text: impl Display,
    ) {
        self.element(name, attributes, |inside| inside.text(text));
    }

    /// An element that never has an end: `<input>`, or a shape within `<svg>`.
    pub(crate) fn void(&mut self, name: &'static str, attributes: Attributes<'_>) {
        self.open(name, attributes);
        // Shapes need the slash, and HTML does not mind it.
        self.0.pop();
        self.0.push_str("/>");
    }

    /// What was written elsewhere.
    pub(crate) fn append(&mut self, other: &Markup) {
        self.0.push_str(&other.0);
    }

    pub(crate) fn into_string(self) -> String {
        self.0
    }

    fn open(&mut self, name: &'static str, attributes: Attributes<'_>) {
        self.0.push('<');
        self.0.push_str(name);
        for (name, value) in attributes {
            write!(self.0, " {name}=\"").expect("text can be written");
            write!(Escaped(&mut self.0), "{value}").expect("text can be written");
            self.0.push('"');
        }
        self.0.push('>');
    }
}

/// Writes what would be read as markup as what it looks like.
struct Escaped<'a>(&'a mut String);

impl Write for Escaped<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for letter in text.chars() {
            match letter {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\n' | '\t' => self.0.push(letter),
                control if control.is_control() => self.0.push('\u{fffd}'),
                letter => self.0.push(letter),
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_from_a_file_is_never_markup() {
        let mut page = Markup::default();
        let evil = "</td><script>alert(1)</script>\u{1b}";
        page.element("td", &[("title", &"\"><b>"), ("class", &"a")], |td| td.text(evil));
        page.void("circle", &[("r", &3)]);
        assert_eq!(
            page.into_string(),
            "<td title=\"&quot;&gt;&lt;b&gt;\" class=\"a\">&lt;/td&gt;&lt;script&gt;alert(1)&lt;/script&gt;\u{fffd}</td>\
             <circle r=\"3\"/>"
        );
    }
}
