//! A cell that holds a number, or nothing.

use crate::formats::bounds::Bound;

/// How cells are read.
#[derive(Clone, Debug)]
pub(crate) struct CellReading<'a> {
    /// Cells that stand for a missing value.
    pub(crate) missing: &'a [String],
    /// Whether `1,5` is one and a half.
    pub(crate) decimal_comma: bool,
    /// How many are read.
    pub(crate) bound: Bound,
}

/// Cells that stand for a missing value in most files.
pub(crate) fn missing_by_default() -> Vec<String> {
    ["", "?", "NA", "N/A", "NaN", "nan", "null", "NULL", "<null>"].map(str::to_owned).to_vec()
}

impl CellReading<'_> {
    pub(super) fn is_missing(&self, cell: &str) -> bool {
        self.missing.iter().any(|missing| missing == cell)
    }

    /// The finite number that a cell holds, NaN if it is missing, `None` if it is something else.
    pub(super) fn number(&self, cell: &str) -> Option<f64> {
        let missing = || self.is_missing(cell).then_some(f64::NAN);
        number(cell, self.decimal_comma).or_else(missing)
    }
}

/// The finite number that a cell holds, perhaps with a decimal comma.
pub(crate) fn number(cell: &str, decimal_comma: bool) -> Option<f64> {
    if let Some(number) = plain_number(cell) {
        return Some(number);
    }
    let number = if decimal_comma && cell.contains(',') {
        cell.replacen(',', ".", 1).parse()
    } else {
        cell.parse()
    };
    number.ok().filter(|number: &f64| number.is_finite())
}

/// A number written plainly, as nearly all of a table are: a sign, at most 15 digits, a point among them. The digits
/// are a whole number below 2^53 and the power of ten is exact as well, so that their quotient is rounded once and has
/// the bits that `parse` gives, at a third of its cost.
fn plain_number(cell: &str) -> Option<f64> {
    const POWERS: [f64; 16] =
        [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];
    let (is_negative, digits) = match cell.as_bytes() {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    if digits.len() > 16 {
        return None;
    }
    let (mut whole, mut n_digits, mut point) = (0_u64, 0, None);
    for &byte in digits {
        match byte {
            b'0'..=b'9' => {
                whole = whole * 10 + u64::from(byte - b'0');
                n_digits += 1;
            }
            b'.' if point.is_none() => point = Some(n_digits),
            _ => return None,
        }
    }
    if n_digits == 0 || n_digits > 15 {
        return None;
    }
    let number = whole as f64 / POWERS[n_digits - point.unwrap_or(n_digits)];
    Some(if is_negative { -number } else { number })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::formats::testing::cases;

    #[test]
    fn plain_numbers_have_the_bits_that_parse_gives() {
        let plain = "0 -0 -0.0 .5 5. 00.10 999999999999999 0.00000000000001 1.005";
        for cell in plain.split(' ') {
            let number = plain_number(cell).map(f64::to_bits);
            assert_eq!(number, Some(cell.parse::<f64>().unwrap().to_bits()), "{cell}");
        }
        let others = " - . -. 1.2.3 --1 +1 1e5 1,5 1000000000000000 0.000000000000001";
        for cell in others.split(' ') {
            assert_eq!(plain_number(cell), None, "{cell}");
        }
    }

    proptest! {
        #![proptest_config(cases(1000))]

        #[test]
        fn what_is_a_plain_number_is_one_for_parse(cell in "-?[0-9.]{0,17}") {
            if let Some(number) = plain_number(&cell) {
                prop_assert_eq!(Ok(number.to_bits()), cell.parse::<f64>().map(f64::to_bits));
            }
        }

        #[test]
        fn plain_numbers_are_rounded_once(cell in "-?[0-9]{1,8}\\.[0-9]{0,7}") {
            let number = plain_number(&cell).map(f64::to_bits);
            prop_assert_eq!(number, Some(cell.parse::<f64>().unwrap().to_bits()));
        }
    }
}
