//! Numbers as the page writes them.

use crate::comparison::printed::number;
use crate::judgement::words;

/// Decimals of probabilities, at the most.
const P_DECIMALS: usize = 3;

/// A number with a minus that is one.
pub(crate) fn plain(value: f64, decimals: usize) -> String {
    number(value, decimals).replace('-', "−")
}

/// A probability in a sentence: `p = 0.47`, `p < 0.001`.
pub(crate) fn p(value: f64) -> String {
    words::p(value, P_DECIMALS)
}

/// A probability under the heading that says it is one: `0.47`, `< 0.001`.
pub(crate) fn bare_p(value: f64) -> String {
    words::bare_p(value, P_DECIMALS)
}

/// `1,440`.
pub(crate) fn counted(n: usize) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if 0 < i && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A share in percent, with a narrow space that does not break.
pub(crate) fn percent(share: f64) -> String {
    let percent = 100.0 * share;
    let decimals = usize::from(0.0 < percent && percent < 1.0);
    format!("{percent:.decimals$}\u{202f}%")
}

/// How many times as long: `1.49×`, `12×`, `2e7×`.
pub(crate) fn times(factor: f64) -> String {
    if 1e4 <= factor {
        return format!("{factor:.0e}×");
    }
    let decimals = if factor < 10.0 { 2 } else { 0 };
    format!("{factor:.decimals$}×")
}

/// A duration that a reader can take in at once.
pub(crate) fn seconds(seconds: f64) -> String {
    match seconds {
        s if s < 0.9995 => format!("{:.0} ms", 1000.0 * s),
        s if s < 90.0 => format!("{s:.1} s"),
        s if s < 5400.0 => format!("{:.1} minutes", s / 60.0),
        s => format!("{:.1} hours", s / 3600.0),
    }
}

/// Seconds since 1970 as a reader has them: `2026-11-27 02:31 UTC`.
pub(crate) fn utc(seconds: u64) -> String {
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    // Hinnant's days to a civil date: eras of 400 years that begin in March.
    let days = days + 719_468;
    let (era, day) = (days / 146_097, days % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let of_year = day - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let of_month = of_year - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    let year = era * 400 + year + next;
    format!("{year}-{month:02}-{of_month:02} {:02}:{:02} UTC", rest / 3600, rest % 3600 / 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_as_people_write_them() {
        assert_eq!(plain(-1.5, 1), "−1.5");
        assert_eq!(["999", "1,440", "1,234,567"], [999, 1440, 1_234_567].map(counted)[..]);
        assert_eq!([0.0001, 0.47].map(bare_p), ["< 0.001", "0.47"]);
        assert_eq!(percent(0.52), "52\u{202f}%");
        let days = [0, 951_782_400, 1_795_746_660].map(utc);
        let expected = ["1970-01-01 00:00 UTC", "2000-02-29 00:00 UTC", "2026-11-27 02:31 UTC"];
        assert_eq!(days, expected);
        assert_eq!([1.491, 9999.0, 22_840_809.0].map(times), ["1.49×", "9999×", "2e7×"]);
        assert_eq!(
            [0.005, 3.25, 120.0, 7200.0].map(seconds),
            ["5 ms", "3.2 s", "2.0 minutes", "2.0 hours"]
        );
    }
}
