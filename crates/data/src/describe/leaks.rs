//! Columns that give the class away.
//!
//! A column does if one can tell the class by a look at its value: each of few values has one class, or each class
//! has a stretch of the numbers for itself. A few rows may be wrong, as they are in files that people fill in; but
//! what counts is every class. With one row in a hundred of the positive class, always saying "negative" is right in
//! 99 % of the rows and tells nothing.

use crate::column::Column;
use crate::dataset::Dataset;
use crate::describe::suspicions::FEW_ROWS;

/// Fewer rows of the other classes than this may lie together by chance.
const FEW_OTHERS: usize = 3;

/// In a sentence, how the class follows from the value, or from there being none.
pub(super) fn leak(column: &Column, dataset: &Dataset) -> Option<String> {
    from_the_value(column, dataset).or_else(|| from_the_gaps(column, dataset))
}

/// Rows that have no value are left aside.
fn from_the_value(column: &Column, dataset: &Dataset) -> Option<String> {
    let values = column.keys();
    let class = |row: u32| dataset.targets[row as usize] as usize;
    let mut known: Vec<u32> =
        (0..).zip(&values).filter(|(_, value)| **value != u64::MAX).map(|(row, _)| row).collect();
    let (n_known, n_rows) = (known.len(), dataset.targets.len());
    if n_known < FEW_ROWS {
        return None;
    }
    let is_numeric = matches!(column, Column::Numeric { .. });
    let rank = |row: u32| {
        let value = values[row as usize];
        if is_numeric { order(value) } else { value }
    };
    known.sort_unstable_by_key(|&row| (rank(row), class(row)));
    let none = Mistakes::of(&known, class, dataset.classes.len())?;
    let by_value = by_value(&known, rank, class, none.clone());
    let by_stretch = || {
        let number = |row: u32| f64::from_bits(values[row as usize]);
        by_stretch(&mut known, number, class, none)
    };
    let by_stretch = if is_numeric { by_stretch() } else { None };
    let n_wrong = by_value.into_iter().chain(by_stretch).min()?;
    let n_right = n_known - n_wrong;
    let rows = if n_known < n_rows {
        format!(" (in {n_right} of the {n_known} rows that have one)")
    } else if 0 < n_wrong {
        format!(" (in {n_right} of {n_rows} rows)")
    } else {
        String::new()
    };
    Some(format!("its value alone gives the class{rows}: does it come from the outcome?"))
}

/// The bits of a number as one that is larger where the number is.
fn order(bits: u64) -> u64 {
    if bits >> 63 == 0 { bits | 1 << 63 } else { !bits }
}

/// The class whose rows, but for a few, are those without a value, or those with one.
fn from_the_gaps(column: &Column, dataset: &Dataset) -> Option<String> {
    let n_rows = dataset.targets.len();
    let mut missing = vec![0_usize; dataset.classes.len()];
    for (value, &target) in column.keys().into_iter().zip(&dataset.targets) {
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

/// Rows of another class than most of their group, all of them and those of every class. A group of one row tells
/// nothing: it is taken for the most frequent class.
#[derive(Clone)]
struct Mistakes {
    counts: Vec<usize>,
    largest: usize,
    /// Missed or wrongly taken for it.
    of_class: Vec<usize>,
    n: usize,
}

impl Mistakes {
    /// None yet.
    fn of(rows: &[u32], class: impl Fn(u32) -> usize, n_classes: usize) -> Option<Self> {
        let mut counts = vec![0_usize; n_classes];
        rows.iter().for_each(|&row| counts[class(row)] += 1);
        let largest = (0..n_classes).max_by_key(|&class| counts[class])?;
        Some(Mistakes { counts, largest, of_class: vec![0; n_classes], n: 0 })
    }

    /// Adds a group of so many rows of each class, the classes in their order.
    fn add(&mut self, classes: impl Iterator<Item = (usize, usize)> + Clone) {
        let n_rows: usize = classes.clone().map(|(_, n)| n).sum();
        let most = classes.clone().max_by_key(|(_, n)| *n).map_or(self.largest, |(class, _)| class);
        let taken_for = if n_rows == 1 { self.largest } else { most };
        for (class, n) in classes.filter(|(class, _)| *class != taken_for) {
            self.of_class[class] += n;
            self.of_class[taken_for] += n;
            self.n += n;
        }
    }

    /// How many there are, if they are few in all and in every class.
    fn few(&self) -> Option<usize> {
        let n_rows: usize = self.counts.iter().sum();
        let n_others = n_rows - self.counts[self.largest];
        // Of a class of less than ten rows, one may be wrong.
        let mut classes = self.of_class.iter().zip(&self.counts);
        let every_class = classes.all(|(wrong, n)| 10 * wrong <= (*n).max(10));
        let is_told = FEW_OTHERS <= n_others && is_few(self.n, n_rows, n_others);
        (is_told && every_class).then_some(self.n)
    }
}

/// The rows of each class among `rows`, in which those of one class follow each other.
fn classes_of(
    rows: &[u32],
    class: impl Fn(u32) -> usize + Copy,
) -> impl Iterator<Item = (usize, usize)> + Clone {
    rows.chunk_by(move |&a, &b| class(a) == class(b)).map(move |rows| (class(rows[0]), rows.len()))
}

/// The mistakes if every value has a class, those that occur once as one; `None` if there are too many to tell
/// anything. The rows are sorted by value and class.
fn by_value(
    rows: &[u32],
    value: impl Fn(u32) -> u64,
    class: impl Fn(u32) -> usize + Copy,
    mut mistakes: Mistakes,
) -> Option<usize> {
    let (mut n_common, mut once) = (0, vec![0_usize; mistakes.counts.len()]);
    for group in rows.chunk_by(|&a, &b| value(a) == value(b)) {
        if let [row] = group {
            once[class(*row)] += 1;
        } else {
            n_common += 1;
            mistakes.add(classes_of(group, class));
        }
    }
    mistakes.add(once.iter().copied().enumerate().filter(|(_, n)| 0 < *n));
    if n_common <= rows.len() / 5 { mistakes.few() } else { None }
}

/// The mistakes if every class has a stretch of the numbers. Classes follow each other by their medians, and the cut
/// between two neighbours is where it leaves the fewest of their rows on the wrong side. The rows are sorted by number.
fn by_stretch(
    rows: &mut [u32],
    number: impl Fn(u32) -> f64,
    class: impl Fn(u32) -> usize + Copy,
    mut mistakes: Mistakes,
) -> Option<usize> {
    let mut of_class: Vec<Vec<f64>> =
        mistakes.counts.iter().map(|n| Vec::with_capacity(*n)).collect();
    rows.iter().for_each(|&row| of_class[class(row)].push(number(row)));
    of_class.retain(|numbers| !numbers.is_empty());
    of_class.sort_by(|a, b| a[a.len() / 2].total_cmp(&b[b.len() / 2]));
    let mut cuts: Vec<f64> = of_class.windows(2).map(|pair| cut(&pair[0], &pair[1])).collect();
    cuts.sort_by(f64::total_cmp);
    let mut rest = rows;
    for end in cuts.into_iter().map(Some).chain([None]) {
        let n = end.map_or(rest.len(), |cut| rest.partition_point(|&row| number(row) <= cut));
        let (stretch, others) = rest.split_at_mut(n);
        stretch.sort_unstable_by_key(|&row| class(row));
        mistakes.add(classes_of(stretch, class));
        rest = others;
    }
    mistakes.few()
}

/// The number up to which most are `low` and from which most are `high`; both are sorted.
fn cut(low: &[f64], high: &[f64]) -> f64 {
    let up_to = |numbers: &[f64], x: f64| numbers.partition_point(|number| *number <= x);
    let wrong = |x: f64| low.len() - up_to(low, x) + up_to(high, x);
    let best = low.iter().copied().min_by_key(|&x| wrong(x));
    best.expect("a class has rows")
}
