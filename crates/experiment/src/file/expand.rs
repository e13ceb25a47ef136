//! A list is a sweep; a list inside a list is a value.
//!
//! `{ focal.gamma = [0.5, 2] }` stands for two losses, `hidden = [[64, 64], [128]]` for two
//! networks. Expansion happens before anything is typed, so that typed code never sees a list of
//! alternatives, and the spans of the parts still point into the text.

use toml::Spanned;
use toml::de::DeValue;

/// Every value `value` stands for; of several sweeps, the alphabetically first key varies slowest.
pub(crate) fn expand<'a>(value: &Spanned<DeValue<'a>>) -> Vec<Spanned<DeValue<'a>>> {
    match value.get_ref() {
        DeValue::Array(choices) => choices.iter().flat_map(element).collect(),
        DeValue::Table(table) => {
            let mut tables = vec![table.clone()];
            for (key, value) in table {
                let choices = expand(value);
                tables = tables
                    .into_iter()
                    .flat_map(|table| {
                        choices.iter().map(move |choice| {
                            let mut table = table.clone();
                            table.insert(key.clone(), choice.clone());
                            table
                        })
                    })
                    .collect();
            }
            let span = value.span();
            tables.into_iter().map(|t| Spanned::new(span.clone(), DeValue::Table(t))).collect()
        }
        _ => vec![value.clone()],
    }
}

/// How many values [`expand`] would give, without making them.
pub(crate) fn count(value: &Spanned<DeValue<'_>>) -> u128 {
    match value.get_ref() {
        DeValue::Array(choices) => {
            let of = |choice: &Spanned<DeValue<'_>>| match choice.get_ref() {
                DeValue::Array(_) => 1,
                _ => count(choice),
            };
            choices.iter().fold(0, |sum: u128, choice| sum.saturating_add(of(choice)))
        }
        DeValue::Table(table) => {
            table.iter().fold(1, |product: u128, (_, value)| product.saturating_mul(count(value)))
        }
        _ => 1,
    }
}

fn element<'a>(value: &Spanned<DeValue<'a>>) -> Vec<Spanned<DeValue<'a>>> {
    match value.get_ref() {
        DeValue::Array(_) => vec![value.clone()],
        _ => expand(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(text: &str) -> usize {
        let value = DeValue::parse(text).unwrap();
        let expanded = expand(&value).len();
        assert_eq!(super::count(&value), expanded as u128, "{text}");
        expanded
    }

    #[test]
    fn a_list_is_a_sweep_and_a_list_in_a_list_a_value() {
        assert_eq!(count("3"), 1);
        assert_eq!(count("[1, 2, 3]"), 3);
        assert_eq!(count("['none', { ohem.keep = [0.25, 0.5] }]"), 3);
        assert_eq!(count("{ mlp = { hidden = [[64, 64], [128]], dropout = [0, 0.1] } }"), 4);
        assert_eq!(count("[]"), 0);
    }
}
