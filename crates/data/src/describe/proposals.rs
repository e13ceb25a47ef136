//! How a column could be treated, from what its cells look like.

use serde::Serialize;

use crate::formats::format::Format;
use crate::treatment::amount::Amount;
use crate::treatment::date::Order;
use crate::treatment::keys::{ReadAs, Treatment};
use crate::treatment::mark::Mark;

/// A treatment of a column.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Proposal {
    /// The treatment.
    pub treatment: Treatment,
    /// Another way to read the same cells.
    pub alternative: Option<Treatment>,
    /// Whether nothing else can be meant; else it is for the reader to judge.
    pub is_certain: bool,
    /// What was found, in a sentence.
    pub why: String,
}

/// Marks between thousands, the most frequent ones first.
const THOUSANDS: [Option<char>; 8] = [
    None,
    Some(','),
    Some('.'),
    Some('\''),
    Some(' '),
    Some('\u{a0}'),
    Some('\u{202f}'),
    Some('’'),
];
const CURRENCIES: [char; 4] = ['$', '€', '£', '¥'];

/// How the cells `texts` can be read as numbers or dates, while `strays` stand for missing values.
pub(super) fn dressed(
    texts: &[&str],
    strays: &[&str],
    format: Option<&Format>,
) -> Option<Proposal> {
    let with = |reading: ReadAs| Treatment {
        missing: strays.iter().map(|text| Mark::new(*text)).collect(),
        reading: Some(reading),
        ..Treatment::default()
    };
    let orders = Order::ALL.into_iter().filter(|order| texts.iter().all(|text| order.reads(text)));
    let mut dates = orders.map(|order| with(ReadAs::Days(order, None)));
    if let Some(treatment) = dates.next() {
        // Whether time is a feature is for the reader to judge.
        let alternative = dates.next();
        return Some(Proposal { treatment, alternative, is_certain: false, why: String::new() });
    }
    let mut ways = amounts(texts, decimal(format))?.into_iter();
    let treatment = with(ReadAs::Amount(ways.next()?));
    let alternative = ways.next().map(|amount| with(ReadAs::Amount(amount)));
    let is_certain = alternative.is_none() && strays.is_empty();
    Some(Proposal { treatment, alternative, is_certain, why: String::new() })
}

/// Cells that stand for missing values among numbers without a dress.
pub(super) fn marks(strays: &[&str]) -> Proposal {
    let missing = strays.iter().map(|text| Mark::new(*text)).collect();
    let treatment = Treatment { missing, ..Treatment::default() };
    Proposal { treatment, alternative: None, is_certain: false, why: String::new() }
}

fn decimal(format: Option<&Format>) -> char {
    match format {
        Some(Format::Csv(csv)) if csv.decimal_comma => ',',
        _ => '.',
    }
}

/// The dresses in which all `texts` are numbers; those that give the same numbers are one. One that needs no marks
/// between thousands and no other decimals is the only one.
fn amounts(texts: &[&str], decimal: char) -> Option<Vec<Amount>> {
    let percent = match texts.iter().filter(|text| text.ends_with('%')).count() {
        0 => false,
        n if n == texts.len() => true,
        _ => return None,
    };
    let currency = currency(texts).ok()?;
    let mut ways: Vec<(Amount, Vec<u64>)> = Vec::new();
    for other in [None, Some(if decimal == ',' { '.' } else { ',' })] {
        for thousands in THOUSANDS {
            let amount = Amount { thousands, decimal: other, currency: currency.clone(), percent };
            let point = other.unwrap_or(decimal);
            if thousands == Some(point) {
                continue;
            }
            let read = |text: &&str| amount.read(text, decimal).ok().map(f64::to_bits);
            let Some(values) = texts.iter().map(read).collect::<Option<Vec<u64>>>() else {
                continue;
            };
            if thousands.is_none() && other.is_none() {
                return Some(vec![amount]);
            }
            if ways.iter().all(|(_, known)| *known != values) {
                ways.push((amount, values));
            }
        }
    }
    Some(ways.into_iter().map(|(amount, _)| amount).collect())
}

/// The sign that stands beside the numbers, nothing where they have brackets alone.
///
/// # Errors
/// If there are several.
fn currency(texts: &[&str]) -> Result<Option<String>, ()> {
    let mut signs = CURRENCIES.into_iter().filter(|sign| texts.iter().any(|t| t.contains(*sign)));
    match (signs.next(), signs.next()) {
        (Some(_), Some(_)) => Err(()),
        (Some(sign), None) => Ok(Some(sign.to_string())),
        (None, _) => {
            let has_brackets = texts.iter().any(|text| text.starts_with('('));
            Ok(has_brackets.then(String::new))
        }
    }
}
