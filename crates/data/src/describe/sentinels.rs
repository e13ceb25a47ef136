//! Numbers that stand for a missing value.
//!
//! Somebody wrote 999, -99 or -1 where nothing was known. A number is suspected if several rows have it, no other is
//! smaller (or none is larger), and it is written in nines and farther from all others than they are from each other;
//! or if it is -1 where no other is negative and they are many.

use crate::column::Column;
use crate::describe::proposals::Proposal;
use crate::treatment::keys::Treatment;
use crate::treatment::mark::Mark;

/// So many different numbers are no codes, of which -1 may be one.
const MANY: usize = 10;

/// How the column would be treated, if numbers in it are suspected.
pub(super) fn sentinel(column: &Column) -> Option<Proposal> {
    let Column::Numeric { values, .. } = column else { return None };
    let mut sorted: Vec<f64> = values.iter().copied().filter(|x| !x.is_nan()).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let (mut missing, mut n_rows) = (Vec::new(), 0);
    // What is found no longer hides another: -999 and 9999 may both be there.
    while let Some((number, n)) = at_an_end(&sorted) {
        sorted.retain(|x| *x != number);
        missing.push(Mark::new(number.to_string()));
        n_rows += n;
    }
    let (last, others) = missing.split_last()?;
    let others: Vec<&str> = others.iter().map(Mark::text).collect();
    let and = if others.is_empty() { "" } else { " and " };
    let numbers = format!("{}{and}{}", others.join(", "), last.text());
    let why = format!("{numbers} in {n_rows} of {} rows, far from all others", values.len());
    let treatment = Treatment { missing, ..Treatment::default() };
    Some(Proposal { treatment, alternative: None, is_certain: false, why })
}

/// The smallest or the largest number, if it is suspected, and how many rows have it.
fn at_an_end(sorted: &[f64]) -> Option<(f64, usize)> {
    let (smallest, largest) = (*sorted.first()?, *sorted.last()?);
    let n_smallest = sorted.partition_point(|x| *x <= smallest);
    let n_below = sorted.partition_point(|x| *x < largest);
    if suspected(smallest, n_smallest, &sorted[n_smallest..]) {
        return Some((smallest, n_smallest));
    }
    let n = sorted.len() - n_below;
    suspected(largest, n, &sorted[..n_below]).then_some((largest, n))
}

/// Whether `number`, which `n` rows have, stands for a missing value among `others`, which are sorted.
fn suspected(number: f64, n: usize, others: &[f64]) -> bool {
    let (Some(&first), Some(&last)) = (others.first(), others.last()) else { return false };
    let distance = if number < first { first - number } else { number - last };
    let is_far = first < last && last - first <= distance;
    let is_unknown =
        || number == -1.0 && 0.0 <= first && MANY <= others.chunk_by(|a, b| a == b).count();
    2 <= n && (is_nines(number) && is_far || is_unknown())
}

/// `99`, `-999` and so on.
fn is_nines(number: f64) -> bool {
    let digits = number.abs().to_string();
    2 <= digits.len() && digits.bytes().all(|digit| digit == b'9')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn missing(values: &[f64]) -> Option<String> {
        let column = Column::Numeric { name: "x".to_owned(), values: values.to_vec() };
        sentinel(&column).map(|proposal| proposal.treatment.lines().concat())
    }

    #[test]
    fn a_number_in_nines_that_is_far_from_all_others_is_suspected() {
        let said = |number: i32| Some(format!("missing = [{number}]"));
        assert_eq!(missing(&[-999.0, 1.0, 5.5, -999.0, 80.0, f64::NAN]), said(-999));
        assert_eq!(missing(&[99.0, 1.0, 5.0, 99.0, 7.0]), said(99));
        assert_eq!(missing(&[9999.0, 1.0, 5.0, 9999.0, -7.0]), said(9999));
        let both = [-99.0, 9999.0, 1.0, 5.0, 9999.0, -99.0, 7.5];
        assert_eq!(missing(&both), Some("missing = [9999, -99]".to_owned()));
        // Once is a value like any other, and near others too.
        assert_eq!(missing(&[-999.0, 1.0, 5.0, 80.0]), None);
        assert_eq!(missing(&[99.0, 1.0, 99.0, 50.5]), None);
        assert_eq!(missing(&[-998.0, 1.0, 5.0, -998.0]), None);
        assert_eq!(missing(&[-999.0, 1.0, -999.0, 1.0]), None);
    }

    #[test]
    fn a_minus_one_among_many_that_are_not_negative_is_suspected() {
        let with = |others: std::ops::Range<i32>| -> Vec<f64> {
            others.map(f64::from).chain([-1.0, -1.0]).collect()
        };
        assert_eq!(missing(&with(0..40)), Some("missing = [-1]".to_owned()));
        assert_eq!(missing(&with(-3..40)), None);
        // Codes, of which it may be one.
        assert_eq!(missing(&with(0..3)), None);
    }
}
