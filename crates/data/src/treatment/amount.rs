//! Numbers in a dress: marks between thousands, decimal commas, currencies, percentages.
//!
//! ```text
//! amount = [sign] [currency] [sign] number [currency] ["%"] | "(" amount ")"
//! number = digits {thousands 3 digits} [decimal digits]
//! ```
//!
//! Nothing is guessed: a group of other than three digits, another currency and a percentage without its sign are errors.

/// How numbers of a column are dressed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Amount {
    /// The mark between groups of three digits.
    pub thousands: Option<char>,
    /// The mark before decimals; `None` is that of the file's format.
    pub decimal: Option<char>,
    /// What stands before or behind amounts; nothing, where losses alone are marked, by brackets.
    pub currency: Option<String>,
    /// Whether every number is a percentage: 7.5% is 0.075.
    pub percent: bool,
}

const SIGNS: [char; 3] = ['-', '+', '−'];

impl Amount {
    pub(super) fn check(&self) -> Result<(), String> {
        let is_mark =
            |c: char| !c.is_ascii_alphanumeric() && !SIGNS.contains(&c) && !c.is_control();
        for (key, mark) in [("thousands", self.thousands), ("decimal", self.decimal)] {
            if let Some(mark) = mark.filter(|&mark| !is_mark(mark)) {
                return Err(format!("{key}: {mark:?} is no mark between digits"));
            }
        }
        if self.thousands.is_some() && self.thousands == Some(self.decimal.unwrap_or('.')) {
            let mark = self.thousands.unwrap_or_default();
            let help = if self.decimal.is_none() { "; add decimal = \",\"" } else { "" };
            return Err(format!(
                "`{mark}` cannot stand both between thousands and before decimals{help}"
            ));
        }
        match &self.currency {
            Some(currency)
                if currency.contains(|c: char| c.is_ascii_digit() || ".,()%".contains(c)) =>
            {
                Err(format!("currency: {currency:?} could be a part of a number"))
            }
            _ => Ok(()),
        }
    }

    /// The number that a cell holds; an error says what it is not.
    pub(crate) fn read(&self, cell: &str, decimal: char) -> Result<f64, String> {
        let wrong = |what: String| format!("`{cell}` is {what}");
        let mut rest = cell.trim();
        let mut is_negative = false;
        if let Some(loss) = rest.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'))
            && self.currency.is_some()
        {
            rest = loss.trim();
            is_negative = true;
        }
        if self.percent {
            let number = rest.strip_suffix('%');
            rest = number.ok_or_else(|| wrong("no percentage".to_owned()))?.trim_end();
        }
        let mut sign = |rest: &mut &str| {
            if let Some(unsigned) = rest.strip_prefix(SIGNS) {
                is_negative ^= !rest.starts_with('+');
                *rest = unsigned.trim_start();
            }
        };
        sign(&mut rest);
        if let Some(currency) = self.currency.as_deref().filter(|currency| !currency.is_empty()) {
            if let Some(amount) = rest.strip_prefix(currency) {
                rest = amount.trim_start();
                sign(&mut rest);
            } else {
                rest = rest.strip_suffix(currency).unwrap_or(rest).trim_end();
            }
        }
        let decimal = self.decimal.unwrap_or(decimal);
        let number = self.number(rest, decimal).ok_or_else(|| wrong(self.what(decimal)))?;
        let number = if self.percent { number / 100.0 } else { number };
        Ok(if is_negative { -number } else { number })
    }

    /// A number without a sign.
    fn number(&self, text: &str, decimal: char) -> Option<f64> {
        let (whole, decimals) = match text.split_once(decimal) {
            Some((whole, decimals)) => (whole, decimals),
            None => (text, ""),
        };
        let are_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let groups: Vec<&str> = match self.thousands {
            Some(mark) => whole.split(mark).collect(),
            None => vec![whole],
        };
        let (first, others) = groups.split_first()?;
        let is_grouped = others.iter().all(|group| group.len() == 3)
            && (others.is_empty() || (1..=3).contains(&first.len()));
        let plain = groups.concat() + "." + decimals;
        let is_number = is_grouped
            && 1 < plain.len()
            && groups.iter().all(|group| are_digits(group))
            && are_digits(decimals);
        is_number.then(|| plain.parse().ok()).flatten().filter(|x: &f64| x.is_finite())
    }

    /// What a cell would have to be.
    fn what(&self, decimal: char) -> String {
        let mut what = match &self.currency {
            Some(currency) if !currency.is_empty() => format!("no amount in {currency}"),
            _ if self.percent => "no percentage".to_owned(),
            _ => "no number".to_owned(),
        };
        if let Some(mark) = self.thousands {
            what += &format!(" with `{mark}` between thousands");
        }
        if decimal != '.' {
            let with = if self.thousands.is_some() { " and" } else { " with" };
            what += &format!("{with} `{decimal}` before decimals");
        }
        what
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn amount(thousands: Option<char>, decimal: char, currency: Option<&str>) -> Amount {
        let currency = currency.map(str::to_owned);
        Amount { thousands, decimal: Some(decimal), currency, percent: false }
    }

    #[test]
    fn numbers_are_undressed() {
        for (dress, cell, number) in [
            (amount(Some(','), '.', None), "1,234,567.5", 1_234_567.5),
            (amount(Some(','), '.', None), "-12", -12.0),
            (amount(Some('.'), ',', None), "1.068,65", 1068.65),
            (amount(Some('\''), '.', None), "−12'500", -12_500.0),
            (amount(Some('\u{202f}'), ',', None), "12\u{202f}500,25", 12_500.25),
            (amount(None, ',', None), ",5", 0.5),
            (amount(Some(','), '.', Some("$")), "-$1,000.25", -1000.25),
            (amount(Some(','), '.', Some("$")), "$-5", -5.0),
            (amount(Some(','), '.', Some("$")), "($1,000)", -1000.0),
            (amount(None, '.', Some("$")), "7", 7.0),
            (amount(Some('.'), ',', Some("€")), "1.068,65 €", 1068.65),
            (amount(None, '.', Some("EUR")), "EUR 3", 3.0),
            (amount(None, '.', Some("")), "(0.13)", -0.13),
        ] {
            dress.check().unwrap();
            assert_eq!(dress.read(cell, '.'), Ok(number), "{cell}");
        }
        let percent = Amount { percent: true, ..Amount::default() };
        assert_eq!(percent.read("12.5%", '.'), Ok(0.125));
        assert_eq!(percent.read("-3 %", '.'), Ok(-0.03));
        assert_eq!(percent.read("1,5%", ','), Ok(0.015));
    }

    #[test]
    fn what_is_not_what_it_is_said_to_be_is_no_number() {
        let commas = amount(Some(','), '.', None);
        for cell in
            ["1,23", ",234", "1234,567", "1,234,5", "1.2.3", "", "-", "1,234.5,6", "1e5", "$1"]
        {
            let error = commas.read(cell, '.').unwrap_err();
            assert_eq!(error, format!("`{cell}` is no number with `,` between thousands"));
        }
        let dollars = amount(None, '.', Some("$"));
        assert_eq!(dollars.read("€5", '.').unwrap_err(), "`€5` is no amount in $");
        let percent = Amount { percent: true, ..Amount::default() };
        assert_eq!(percent.read("0.5", '.').unwrap_err(), "`0.5` is no percentage");
        assert!(percent.read("1 - 10%", '.').is_err());
    }

    #[test]
    fn a_dress_that_could_be_a_part_of_the_number_is_refused() {
        assert!(amount(Some('.'), '.', None).check().unwrap_err().contains("both between"));
        let alone = Amount { thousands: Some('.'), ..Amount::default() };
        assert!(alone.check().unwrap_err().ends_with("add decimal = \",\""));
        assert!(amount(Some('1'), '.', None).check().unwrap_err().contains("is no mark"));
        assert!(amount(None, '.', Some("5")).check().unwrap_err().contains("part of a number"));
    }
}
