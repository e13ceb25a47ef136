//! What the text of a cell looks like: a number, one in unusual dress, or something else.

/// What a text looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// What every reader takes for a number.
    Number,
    /// `0,07`.
    DecimalComma,
    /// `1,234`: of a decimal comma or of thousands.
    Either,
    /// `103,370.5`, `1.068,65`, `12'500`.
    Thousands,
    /// `1.3%`.
    Percentage,
    /// `$103.06`, `1.068,65 €`, and `(0.13)` for a loss.
    Money,
    /// `2024-01-31`, `31.01.2024`, `01/31/24`, with or without a time.
    Date,
    /// `1 - 10%`, `<5`, `65+`: a level, however many numbers it has.
    Interval,
    /// Nothing of these.
    Text,
}

const SIGNS: [char; 3] = ['-', '+', '−'];

impl Look {
    pub(super) fn of(text: &str) -> Self {
        if is_number(text) {
            return Look::Number;
        }
        let amount = text.strip_prefix('(').and_then(|loss| loss.strip_suffix(')')).unwrap_or(text);
        let is_mark = |c: char| "$€£¥".contains(c) || c.is_whitespace();
        let amount = amount.trim_start_matches(|c| is_mark(c) || SIGNS.contains(&c));
        let amount = amount.trim_end_matches(is_mark);
        let percentage = text.strip_suffix('%').map(str::trim_end);
        let unsigned = |text: &str| plain(text.trim_start_matches(SIGNS));
        if let Some(look) = unsigned(text) {
            look
        } else if percentage.is_some_and(|text| unsigned(text).is_some()) {
            Look::Percentage
        } else if plain(amount).is_some() {
            Look::Money
        } else if is_date(text) {
            Look::Date
        } else if is_interval(text) {
            Look::Interval
        } else {
            Look::Text
        }
    }
}

fn is_number(text: &str) -> bool {
    text.parse().is_ok_and(f64::is_finite)
}

/// The look of a number without its sign; `None` of anything else.
fn plain(text: &str) -> Option<Look> {
    if !text.starts_with(|c: char| c.is_ascii_digit() || ".,".contains(c)) {
        return None;
    }
    let has_commas = text.contains(',') && is_number(&text.replacen(',', ".", 1));
    match (has_thousands(text), has_commas) {
        (true, true) => Some(Look::Either),
        (true, false) => Some(Look::Thousands),
        (false, true) => Some(Look::DecimalComma),
        (false, false) => is_number(text).then_some(Look::Number),
    }
}

/// Whether a text is two numbers with a dash, `to` or `..` between them, the smaller first, or a bound.
fn is_interval(text: &str) -> bool {
    let number = |text: &str| {
        let digits = text.trim().trim_start_matches(['$', '€', '£', '¥']);
        let digits = digits.trim_end_matches(|c: char| "%$€£¥".contains(c) || c.is_whitespace());
        digits.replace(',', "").parse::<f64>().ok().filter(|x| x.is_finite())
    };
    let is_number = |text: &str| number(text).is_some();
    let bound = ["<=", ">=", "<", ">", "≤", "≥"].iter().find_map(|mark| text.strip_prefix(mark));
    if bound.is_some_and(is_number) || text.strip_suffix('+').is_some_and(is_number) {
        return true;
    }
    let inner = text.trim_start_matches(['[', '(']).trim_end_matches([']', ')']);
    let marks = ["-", "–", "—", "..", " to "].into_iter();
    let of_brackets = (inner.len() < text.len()).then_some([", ", ",", ";"]).into_iter().flatten();
    marks.chain(of_brackets).any(|mark| {
        // A minus may stand before the first number.
        inner.match_indices(mark).filter(|(at, _)| 0 < *at).any(|(at, _)| {
            let (low, high) = (number(&inner[..at]), number(&inner[at + mark.len()..]));
            low.zip(high).is_some_and(|(low, high)| low < high)
        })
    })
}

/// Whether a text is groups of three digits with one mark between them, and perhaps another before decimals.
fn has_thousands(text: &str) -> bool {
    let Some(mark) = text.chars().find(|c| !c.is_ascii_digit()) else { return false };
    let decimal = if mark != ',' && text.contains(',') || mark == '.' { ',' } else { '.' };
    let (whole, decimals) = text.split_once(decimal).unwrap_or((text, ""));
    let Some((first, groups)) = whole.split_once(mark) else { return false };
    let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    ",.' \u{a0}\u{202f}’".contains(mark)
        && (1..=3).contains(&first.len())
        && !first.starts_with('0')
        && groups.split(mark).all(|group| group.len() == 3 && are_digits(group))
        && are_digits(decimals)
}

/// Whether a text is a day, with the year first or last, perhaps followed by a time.
fn is_date(text: &str) -> bool {
    let (day, time) = text.split_once(['T', ' ']).unwrap_or((text, "0:"));
    let Some(mark) = day.chars().find(|c| "-./".contains(*c)) else { return false };
    let parts: Vec<&str> = day.split(mark).collect();
    let number = |part: &str| {
        let digits = part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse::<u32>().ok().filter(|_| digits)
    };
    let is_day =
        |part: &str| part.len() <= 2 && number(part).is_some_and(|n| (1..=31).contains(&n));
    let is_year = |part: &str| {
        (part.len() == 4 || (part.len() == 2 && mark == '/')) && number(part).is_some()
    };
    let is_time = time.starts_with(|c: char| c.is_ascii_digit()) && time.contains(':');
    match parts[..] {
        [a, b, c] => {
            is_time && is_day(b) && ((is_year(a) && is_day(c)) || (is_day(a) && is_year(c)))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_unusual_dress_are_told_from_texts() {
        for (look, texts) in [
            (Look::Number, &["1", "-1.5", "1e5", "190.643"][..]),
            (Look::DecimalComma, &["0,07", "-1,50", ",5", "0,125", "1234,567"]),
            (Look::Either, &["1,234", "-103,370"]),
            (
                Look::Thousands,
                &[
                    "1.068,65",
                    "1,068.65",
                    "1,234,567",
                    "1.234.567",
                    "12'500",
                    "12'500.5",
                    "1 234,5",
                    "−1,234.5",
                ],
            ),
            (Look::Percentage, &["1.3%", "-1,3 %", "100%"]),
            (Look::Money, &["$103.06", "-$5", "$-5", "(0.13)", "($1,000)", "1.068,65 €", "£ 3"]),
            (
                Look::Date,
                &[
                    "2024-01-31",
                    "31.01.2024",
                    "01/31/2024",
                    "1/2/24",
                    "2024-01-31T10:00:00Z",
                    "2024/1/2 9:30",
                ],
            ),
            (
                Look::Interval,
                &[
                    "1 - 10%",
                    "1-2",
                    "11–20 %",
                    "18 to 25",
                    "-5 - -1",
                    "$1,000 - $2,000",
                    "<5",
                    "≥ 10.5",
                    "65+",
                    "[1, 5)",
                    "(0.5,1.5]",
                ],
            ),
            (
                Look::Text,
                &[
                    "",
                    "-",
                    "a",
                    "%",
                    "$",
                    "()",
                    "1,2,3",
                    "1.2.3",
                    "0.123.456",
                    "12 34",
                    "Meier, Hans",
                    "2-1",
                    "a-2",
                    "2024-01",
                    "12345-01-01",
                    "2024-01-31 x",
                    "1.2.24",
                    "5more",
                    "inf",
                    "é1,5",
                    "1,5é",
                    "T",
                    "(a)",
                    "#N/A",
                ],
            ),
        ] {
            for text in texts {
                assert_eq!(Look::of(text), look, "{text:?}");
            }
        }
    }
}
