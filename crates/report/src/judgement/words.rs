//! How numbers are written in sentences.

use crate::judgement::estimate::Estimate;

/// A difference: `+0.011`, `−0.006` with a minus sign, `±0.000`.
pub(crate) fn signed(value: f64, decimals: usize) -> String {
    let digits = format!("{:.decimals$}", value.abs());
    let is_zero = digits.bytes().all(|byte| byte == b'0' || byte == b'.');
    match (is_zero, value < 0.0) {
        (true, _) => format!("±{digits}"),
        (false, true) => format!("−{digits}"),
        (false, false) => format!("+{digits}"),
    }
}

/// Decimals of a probability, at the least: without any, it is not seen whether it is small.
const LEAST_P_DECIMALS: usize = 1;

/// A probability: three decimals below 0.0995, two above, never zero; and never more than `decimals`, unless these are too few
/// for any.
pub(crate) fn p(value: f64, decimals: usize) -> String {
    let shown = decimals.max(LEAST_P_DECIMALS).min(if value < 0.0995 { 3 } else { 2 });
    let text = format!("{value:.shown$}");
    if text.bytes().any(|byte| (b'1'..=b'9').contains(&byte)) {
        return format!("p = {text}");
    }
    format!("p < 0.{:0>shown$}", 1)
}

/// The same under a heading that says it is one: `0.47`, `< 0.001`.
pub(crate) fn bare_p(value: f64, decimals: usize) -> String {
    let text = p(value, decimals);
    let bare = text.strip_prefix("p = ").or(text.strip_prefix("p ")).unwrap_or(&text);
    bare.to_owned()
}

/// `p = 0.012`, after Holm; what could not be tested says so.
pub(crate) fn verdict(estimate: &Estimate, decimals: usize) -> String {
    estimate.p_holm.map_or_else(|| "not tested".to_owned(), |known| p(known, decimals))
}

/// A share as whole per cent.
pub(crate) fn percent(share: f64) -> String {
    format!("{:.0} %", 100.0 * share)
}

/// `1 family`, `2 families`.
pub(crate) fn families(n: usize) -> String {
    format!("{n} {}", if n == 1 { "family" } else { "families" })
}

/// `a`, `a and b`, `a, b and c`.
pub(crate) fn and(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_in_the_field() {
        assert_eq!(signed(0.0114, 3), "+0.011");
        assert_eq!(signed(-0.0064, 3), "−0.006");
        assert_eq!(signed(-0.0001, 3), "±0.000");
        let shown = [0.000_4, 0.0005, 0.0994, 0.0995, 1.0].map(|value| p(value, 4));
        assert_eq!(shown, ["p < 0.001", "p = 0.001", "p = 0.099", "p = 0.10", "p = 1.00"]);
        assert_eq!([0.012, 0.4, 0.001].map(|value| p(value, 0)), ["p < 0.1", "p = 0.4", "p < 0.1"]);
        assert_eq!(percent(0.9688), "97 %");
        assert_eq!(and(&["a".into(), "b".into(), "c".into()]), "a, b and c");
    }
}
