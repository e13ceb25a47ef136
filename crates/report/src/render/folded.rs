//! Long names in several lines.

/// A long name in lines of at most `width` characters, if its punctuation lets it.
pub(crate) fn folded(name: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut length = 0;
    for piece in pieces(name) {
        let piece_length = piece.chars().count();
        if 0 < length && width < length + piece_length {
            lines.push(String::new());
            length = 0;
        }
        length += piece_length;
        lines.last_mut().expect("there is a line").push_str(piece);
    }
    lines.iter().map(|line| line.trim_end().to_owned()).collect()
}

/// The parts between which a name may be broken: before `(`, after `-`, `_`, `,` and spaces.
fn pieces(name: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut start = 0;
    for (i, c) in name.char_indices() {
        let end = if c == '(' { i } else { i + c.len_utf8() };
        if start < end && "(-_, ".contains(c) {
            pieces.push(&name[start..end]);
            start = end;
        }
    }
    pieces.push(&name[start..]);
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_folded_at_punctuation() {
        assert_eq!(folded("yeast-0-5-6_vs_4", 8), ["yeast-0-", "5-6_vs_4"]);
        assert_eq!(
            folded("weighted_cross_entropy(scheme=inverse)", 24),
            ["weighted_cross_entropy", "(scheme=inverse)"]
        );
        assert_eq!(folded("haberman", 4), ["haberman"]);
    }
}
