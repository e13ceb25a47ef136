//! The texts of cells, and where they are.

/// Texts, one after the other.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Texts {
    text: String,
    /// Where each ends in `text`.
    ends: Vec<usize>,
}

/// Where cells are in a text.
pub(crate) struct Places<'t> {
    text: &'t str,
    /// Where each begins and ends in `text`, or beyond it in `mended`.
    spans: Vec<(u32, u32)>,
    /// Cells in which something stands for something else.
    mended: String,
}

impl Texts {
    pub(crate) fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.ends.push(self.text.len());
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(crate) fn get(&self, i: usize) -> &str {
        let start = if i == 0 { 0 } else { self.ends[i - 1] };
        &self.text[start..self.ends[i]]
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|i| self.get(i))
    }
}

impl<'t> Places<'t> {
    /// Of a longer text, places would not be told apart.
    pub(crate) const MOST_BYTES: usize = 1 << 31;

    pub(crate) fn of(text: &'t str) -> Self {
        Places { text, spans: Vec::with_capacity(text.len() / 4), mended: String::new() }
    }

    pub(crate) fn len(&self) -> usize {
        self.spans.len()
    }

    pub(crate) fn get(&self, i: usize) -> &str {
        let (start, end) = self.spans[i];
        let (start, end) = (start as usize, end as usize);
        match self.text.get(start..end) {
            Some(cell) => cell,
            None => &self.mended[start - self.text.len()..end - self.text.len()],
        }
    }

    /// Adds the bytes `start..end` of the text, without the blanks around them.
    pub(crate) fn push(&mut self, start: usize, end: usize) {
        let bytes = &self.text.as_bytes()[start..end];
        let is_plain = |byte: &u8| byte.is_ascii_graphic();
        let (start, end) =
            if bytes.first().is_none_or(is_plain) && bytes.last().is_none_or(is_plain) {
                (start, end)
            } else {
                let cell = &self.text[start..end];
                let start = start + cell.len() - cell.trim_start().len();
                (start, start + cell.trim().len())
            };
        self.spans.push((start as u32, end as u32));
    }

    /// Adds the bytes `start..end` of the text, which were between quotation marks: two of them are one.
    pub(crate) fn push_quoted(&mut self, start: usize, end: usize) {
        let cell = &self.text[start..end];
        if !cell.contains('"') {
            return self.push(start, end);
        }
        let start = self.text.len() + self.mended.len();
        self.mended += cell.trim().replace("\"\"", "\"").trim();
        self.spans.push((start as u32, (self.text.len() + self.mended.len()) as u32));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_where_their_text_is_or_where_it_was_mended() {
        let mut places = Places::of(" a ,b \"\"c\"\" ,é");
        places.push(0, 3);
        places.push_quoted(4, 12);
        places.push(12, 12);
        places.push(13, 15);
        places.push_quoted(0, 3);
        let cells: Vec<&str> = (0..places.len()).map(|i| places.get(i)).collect();
        assert_eq!(cells, ["a", "b \"c\"", "", "é", "a"]);
    }
}
