//! Numbers at the precision that a reader sees.

/// `value` with so many decimals; a zero has no sign.
pub(crate) fn number(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    match text.strip_prefix('-') {
        Some(digits) if digits.bytes().all(|byte| byte == b'0' || byte == b'.') => {
            digits.to_owned()
        }
        _ => text,
    }
}

/// `value` as it is read from what is printed.
pub(crate) fn rounded(value: f64, decimals: usize) -> f64 {
    number(value, decimals).parse().unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_its_decimals_and_zero_has_no_sign() {
        assert_eq!(number(0.123_456, 3), "0.123");
        assert_eq!(number(-0.000_01, 3), "0.000");
        assert_eq!(number(-0.25, 1), "-0.2");
        assert_eq!(number(12.0, 0), "12");
        assert_eq!(rounded(0.123_456, 3), 0.123);
        assert!(rounded(-0.000_01, 3).is_sign_positive());
    }
}
