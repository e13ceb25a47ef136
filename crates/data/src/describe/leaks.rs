//! Columns that give the class away.
//!
//! A column does if one can tell the class by a look at its value: each of few values has one class, or each class
//! has a stretch of the numbers for itself. A few rows may be wrong, as they are in files that people fill in; but
//! what counts is every class. With one row in a hundred of the positive class, always saying "negative" is right in
//! 99 % of the rows and tells nothing.

use std::collections::HashMap;

use crate::describe::suspicions::FEW_ROWS;
use crate::describe::values;
use crate::{Column, Dataset};

/// Fewer rows of the other classes than this may lie together by chance.
const FEW_OTHERS: usize = 3;

/// In a sentence, how the class follows from the value, or from there being none.
pub(super) fn leak(column: &Column, dataset: &Dataset) -> Option<String> {
    from_the_value(column, dataset).or_else(|| from_the_gaps(column, dataset))
}

/// Rows that have no value are left aside.
fn from_the_value(column: &Column, dataset: &Dataset) -> Option<String> {
    let (values, targets): (Vec<u64>, Vec<u32>) = values(column)
        .into_iter()
        .zip(&dataset.targets)
        .filter(|(value, _)| *value != u64::MAX)
        .unzip();
    let n_known = targets.len();
    if n_known < FEW_ROWS {
        return None;
    }
    let n_classes = dataset.classes.len();
    let by_value = || mistakes(&common(&values)?, &targets, n_classes);
    let by_stretch = || match column {
        Column::Numeric { .. } => {
            let numbers: Vec<f64> = values.iter().map(|bits| f64::from_bits(*bits)).collect();
            mistakes(&stretches(&numbers, &targets, n_classes), &targets, n_classes)
        }
        Column::Categorical { .. } => None,
    };
    let n_wrong = by_value().into_iter().chain(by_stretch()).min()?;
    let n_right = n_known - n_wrong;
    let n_rows = dataset.targets.len();
    let rows = if n_known < n_rows {
        format!(" (in {n_right} of the {n_known} rows that have one)")
    } else if 0 < n_wrong {
        format!(" (in {n_right} of {n_rows} rows)")
    } else {
        String::new()
    };
    Some(format!("its value alone gives the class{rows}: does it come from the outcome?"))
}

/// The class whose rows, but for a few, are those without a value, or those with one.
fn from_the_gaps(column: &Column, dataset: &Dataset) -> Option<String> {
    let n_rows = dataset.targets.len();
    let mut missing = vec![0_usize; dataset.classes.len()];
    for (value, &target) in values(column).into_iter().zip(&dataset.targets) {
        missing[target as usize] += usize::from(value == u64::MAX);
    }
    let n_missing: usize = missing.iter().sum();
    let classes = || dataset.classes.iter().zip(dataset.class_counts()).zip(&missing);
    let finding = |how: &str, class: &str, n_class: usize, n_wrong: usize| {
        let smaller = n_class.min(n_rows - n_class);
        let is_told = FEW_ROWS <= n_rows && FEW_OTHERS <= smaller;
        let but = if n_wrong == 0 { String::new() } else { format!(", but for {n_wrong}") };
        (is_told && is_few(n_wrong, n_rows, smaller))
            .then(|| format!("it is {how} for just the rows of class `{class}`{but}"))
    };
    let without = classes().find_map(|((class, n), &missing)| {
        let n = n as usize;
        finding("missing", class, n, n - missing + n_missing - missing)
    });
    without.or_else(|| {
        classes().find_map(|((class, n), &missing)| {
            let n = n as usize;
            finding("filled", class, n, missing + (n_rows - n_missing) - (n - missing))
        })
    })
}

/// At most 2 % of all rows, and a tenth of those that are to be found.
fn is_few(n_wrong: usize, n_rows: usize, n_found: usize) -> bool {
    50 * n_wrong <= n_rows && 10 * n_wrong <= n_found
}

/// Rows of another class than most of their group, if they are few in all and in every class. A group of one row
/// tells nothing: it is taken for the most frequent class.
fn mistakes(groups: &[u64], targets: &[u32], n_classes: usize) -> Option<usize> {
    let mut counts = vec![0_usize; n_classes];
    targets.iter().for_each(|&target| counts[target as usize] += 1);
    let largest = (0..n_classes).max_by_key(|&class| counts[class])?;
    let mut rows: Vec<(u64, u32)> = groups.iter().copied().zip(targets.iter().copied()).collect();
    rows.sort_unstable();
    // Missed or wrongly taken for it.
    let mut wrong = vec![0_usize; n_classes];
    let mut n_wrong = 0;
    for group in rows.chunk_by(|a, b| a.0 == b.0) {
        let classes =
            group.chunk_by(|a, b| a.1 == b.1).map(|part| (part[0].1 as usize, part.len()));
        let most = classes.clone().max_by_key(|(_, n)| *n).map_or(largest, |(class, _)| class);
        let taken_for = if group.len() == 1 { largest } else { most };
        for (class, n) in classes.filter(|(class, _)| *class != taken_for) {
            wrong[class] += n;
            wrong[taken_for] += n;
            n_wrong += n;
        }
    }
    let n_others = targets.len() - counts[largest];
    // Of a class of less than ten rows, one may be wrong.
    let every_class = (0..n_classes).all(|class| 10 * wrong[class] <= counts[class].max(10));
    let is_told = FEW_OTHERS <= n_others && is_few(n_wrong, targets.len(), n_others);
    (is_told && every_class).then_some(n_wrong)
}

/// The values as groups, those that occur once as one; `None` if there are too many groups to tell anything.
fn common(values: &[u64]) -> Option<Vec<u64>> {
    let mut counts: HashMap<u64, usize> = HashMap::new();
    values.iter().for_each(|value| *counts.entry(*value).or_default() += 1);
    let n_common = counts.values().filter(|&&n| 1 < n).count();
    let group = |value: &u64| if counts[value] == 1 { u64::MAX } else { *value };
    (n_common <= values.len() / 5).then(|| values.iter().map(group).collect())
}

/// Of every number, the stretch that it is in. Classes follow each other by their medians, and the cut between two
/// neighbours is where it leaves the fewest of their rows on the wrong side.
fn stretches(numbers: &[f64], targets: &[u32], n_classes: usize) -> Vec<u64> {
    let mut order: Vec<usize> = (0..numbers.len()).collect();
    order.sort_unstable_by(|&a, &b| numbers[a].total_cmp(&numbers[b]));
    let mut of_class: Vec<Vec<f64>> = vec![Vec::new(); n_classes];
    order.iter().for_each(|&row| of_class[targets[row] as usize].push(numbers[row]));
    of_class.retain(|numbers| !numbers.is_empty());
    of_class.sort_by(|a, b| a[a.len() / 2].total_cmp(&b[b.len() / 2]));
    let cuts: Vec<f64> = of_class.windows(2).map(|pair| cut(&pair[0], &pair[1])).collect();
    numbers.iter().map(|x| cuts.iter().filter(|&cut| cut < x).count() as u64).collect()
}

/// The number up to which most are `low` and from which most are `high`; both are sorted.
fn cut(low: &[f64], high: &[f64]) -> f64 {
    let up_to = |numbers: &[f64], x: f64| numbers.partition_point(|number| *number <= x);
    let wrong = |x: f64| low.len() - up_to(low, x) + up_to(high, x);
    let best = low.iter().copied().min_by_key(|&x| wrong(x));
    best.expect("a class has rows")
}
