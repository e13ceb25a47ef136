//! Long names in several lines.

/// A long name in lines of at most `width` characters, if its punctuation lets it: what is added goes to another line before
/// anything is broken.
pub(crate) fn folded(name: &str, width: usize) -> Vec<String> {
    let length = |text: &str| text.trim_end().chars().count();
    let mut lines = vec![String::new()];
    let has_room = |line: &String, more: &str| length(&(line.clone() + more)) <= width;
    for term in terms(name) {
        let pieces = if length(term) <= width { vec![term] } else { pieces(term) };
        for piece in pieces {
            match lines.last_mut() {
                Some(line) if line.is_empty() || has_room(line, piece) => line.push_str(piece),
                _ => lines.push(piece.to_owned()),
            }
        }
    }
    lines.iter().map(|line| line.trim_end().to_owned()).collect()
}

/// The parts of a sum, but for the first with their sign.
fn terms(name: &str) -> Vec<&str> {
    let mut terms = Vec::new();
    let mut start = 0;
    for (i, _) in name.match_indices("+ ").filter(|(i, _)| name[..*i].ends_with(' ')) {
        terms.push(&name[start..i]);
        start = i;
    }
    terms.push(&name[start..]);
    terms
}

/// The parts between which a name may be broken: before `(`, after `-`, `_`, `,` and spaces, but for that behind a `+`.
fn pieces(name: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut start = 0;
    for (i, c) in name.char_indices() {
        let end = if c == '(' { i } else { i + c.len_utf8() };
        let goes_on = c != '(' && (name[end..].starts_with(' ') || &name[start..end] == "+ ");
        if start < end && "(-_, ".contains(c) && !goes_on {
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

    #[test]
    fn what_is_added_stands_behind_its_sign_and_no_line_is_empty() {
        assert_eq!(folded("focal + ohem", 8), ["focal", "+ ohem"]);
        assert_eq!(
            folded("ghm_c + ohem(keep=0.5) + l2rw", 12),
            ["ghm_c + ohem", "(keep=0.5)", "+ l2rw"]
        );
        assert_eq!(folded("f(mean, beta=9)", 6), ["f", "(mean,", "beta=9)"]);
    }
}
