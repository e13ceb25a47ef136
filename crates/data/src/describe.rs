//! What is in a file, and what in it should make one suspicious.

use std::collections::{BTreeSet, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};

use serde::Serialize;

use crate::{Column, Dataset};

/// What is in a data set.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// Number of rows.
    pub n_rows: usize,
    /// The features.
    pub columns: Vec<ColumnSummary>,
    /// The classes with their rows; of two, the second is the positive one.
    pub classes: Vec<(String, u32)>,
    /// Rows of the largest class for each of the smallest.
    pub imbalance_ratio: f64,
    /// Missing values.
    pub n_missing: usize,
    /// Rows that have a twin with the same features: a split may learn from one and test the other.
    pub n_duplicates: usize,
    /// Of them, rows with a twin of another class.
    pub n_contradictions: usize,
}

/// What is in a column.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ColumnSummary {
    /// Its name.
    pub name: String,
    /// `numeric` or `categorical`.
    pub kind: &'static str,
    /// Missing values.
    pub n_missing: usize,
    /// Different values.
    pub n_distinct: usize,
    /// Smallest, mean and largest number; `None` of a categorical column, or without any value.
    pub range: Option<[f64; 3]>,
    /// The most frequent levels with their rows; none of a numeric column.
    pub levels: Vec<(String, usize)>,
    /// Whether it seems to say which row it is, and nothing of the row.
    pub is_identifier: bool,
    /// What to look at, in sentences.
    pub suspicions: Vec<String>,
}

/// Levels that are shown.
const SHOWN_LEVELS: usize = 6;
/// Below so many rows, a column of different values is nothing special.
const FEW_ROWS: usize = 20;
/// Whole numbers with no more different values than this may be codes.
const FEW_VALUES: usize = 10;
/// Numbers from here on are whole whatever was measured: 2^53.
const ALL_WHOLE: f64 = 9_007_199_254_740_992.0;

impl Summary {
    /// Summarises `dataset`.
    pub fn of(dataset: &Dataset) -> Self {
        let counts = dataset.class_counts();
        let extreme = |pick: fn(u32, u32) -> u32| counts.iter().copied().reduce(pick).unwrap_or(1);
        let ratio = f64::from(extreme(u32::max)) / f64::from(extreme(u32::min).max(1));
        let (n_duplicates, n_contradictions) = twins(dataset);
        Summary {
            n_rows: dataset.targets.len(),
            columns: dataset.columns.iter().map(|column| summary(column, dataset)).collect(),
            classes: dataset.classes.iter().cloned().zip(counts.iter().copied()).collect(),
            imbalance_ratio: ratio,
            n_missing: dataset.columns.iter().map(Column::n_missing).sum(),
            n_duplicates,
            n_contradictions,
        }
    }
}

/// Rows with a twin, and rows with a twin of another class.
fn twins(dataset: &Dataset) -> (usize, usize) {
    let mut hashes = vec![0_u64; dataset.targets.len()];
    for column in &dataset.columns {
        for (hash, value) in hashes.iter_mut().zip(values(column)) {
            let mut hasher = DefaultHasher::new();
            (*hash, value).hash(&mut hasher);
            *hash = hasher.finish();
        }
    }
    // Rows of each group, and its class if it has only one.
    let mut groups: HashMap<u64, (usize, Option<u32>)> = HashMap::new();
    for (&hash, &target) in hashes.iter().zip(&dataset.targets) {
        let (n, class) = groups.entry(hash).or_insert((0, Some(target)));
        *n += 1;
        *class = class.filter(|&class| class == target);
    }
    let shared = groups.values().filter(|(n, _)| 1 < *n);
    let n_duplicates = shared.clone().map(|(n, _)| n).sum();
    (n_duplicates, shared.filter(|(_, class)| class.is_none()).map(|(n, _)| n).sum())
}

/// Every value as a number that is equal for equal values.
fn values(column: &Column) -> Vec<u64> {
    match column {
        // Zero is added because -0 is 0; all missing values are one.
        Column::Numeric { values, .. } => {
            values.iter().map(|x| if x.is_nan() { u64::MAX } else { (x + 0.0).to_bits() }).collect()
        }
        Column::Categorical { codes, .. } => {
            codes.iter().map(|code| code.map_or(u64::MAX, u64::from)).collect()
        }
    }
}

fn summary(column: &Column, dataset: &Dataset) -> ColumnSummary {
    let distinct: BTreeSet<u64> =
        values(column).into_iter().filter(|&value| value != u64::MAX).collect();
    let (kind, range, levels) = match column {
        Column::Numeric { values, .. } => ("numeric", range(values), Vec::new()),
        Column::Categorical { levels, codes, .. } => {
            ("categorical", None, most_frequent(levels, codes))
        }
    };
    let mut summary = ColumnSummary {
        name: column.name().to_owned(),
        kind,
        n_missing: column.n_missing(),
        n_distinct: distinct.len(),
        range,
        levels,
        is_identifier: false,
        suspicions: Vec::new(),
    };
    summary.is_identifier = is_identifier(column, &summary, dataset);
    summary.suspicions = suspicions(column, &summary, dataset);
    summary
}

fn range(values: &[f64]) -> Option<[f64; 3]> {
    let known = values.iter().copied().filter(|x| !x.is_nan());
    let n = known.clone().count();
    let smallest = known.clone().reduce(f64::min)?;
    let largest = known.clone().reduce(f64::max)?;
    Some([smallest, known.sum::<f64>() / n as f64, largest])
}

fn most_frequent(levels: &[String], codes: &[Option<u32>]) -> Vec<(String, usize)> {
    let mut counts = vec![0; levels.len()];
    codes.iter().flatten().for_each(|&code| counts[code as usize] += 1);
    let mut order: Vec<usize> = (0..levels.len()).collect();
    order.sort_by_key(|&level| std::cmp::Reverse(counts[level]));
    let shown = order.into_iter().take(SHOWN_LEVELS);
    shown.map(|level| (levels[level].clone(), counts[level])).collect()
}

fn suspicions(column: &Column, summary: &ColumnSummary, dataset: &Dataset) -> Vec<String> {
    let n_rows = dataset.targets.len();
    let mut found = Vec::new();
    found.extend(stray_texts(column));
    if summary.is_identifier {
        found.push("every row has a value of its own: an identifier?".to_owned());
    }
    match summary.n_distinct {
        0 => found.push("it holds nothing".to_owned()),
        1 => found.push("it never changes".to_owned()),
        2.. if gives_the_class_away(column, dataset) => {
            found
                .push("its value alone gives the class: does it come from the outcome?".to_owned());
        }
        n if n <= FEW_VALUES && 2 < n && is_whole(column) => {
            found.push(format!("{n} different whole numbers: codes of categories?"));
        }
        _ => {}
    }
    if n_rows < 2 * summary.n_missing {
        found.push("more than half of it is missing".to_owned());
    }
    found
}

/// Every row has another text, or another whole number; but numbers may be an income: they have to follow each other
/// in some order, or the name has to say it.
fn is_identifier(column: &Column, summary: &ColumnSummary, dataset: &Dataset) -> bool {
    let n_rows = dataset.targets.len();
    if n_rows < FEW_ROWS || summary.n_distinct < n_rows {
        return false;
    }
    match summary.range {
        None => true,
        Some([smallest, _, largest]) => {
            let follow_each_other = largest - smallest + 1.0 == n_rows as f64;
            is_whole(column) && (follow_each_other || names_a_row(&summary.name))
        }
    }
}

/// `id`, `customer_id`, `customerId`, `index`, `row`.
fn names_a_row(name: &str) -> bool {
    let lower = name.to_lowercase();
    let word = lower.rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    let before_id = name.strip_suffix("Id").or(name.strip_suffix("ID"));
    word == "id"
        || ["index", "row"].contains(&lower.as_str())
        || before_id.is_some_and(|before| before.ends_with(char::is_lowercase))
}

fn is_whole(column: &Column) -> bool {
    let whole = |x: &f64| x.is_nan() || (x.fract() == 0.0 && x.abs() < ALL_WHOLE);
    match column {
        Column::Numeric { values, .. } => values.iter().all(whole),
        Column::Categorical { .. } => false,
    }
}

/// Of a column that would be numeric without a few of its cells: how many they are, and the first.
fn stray_texts(column: &Column) -> Option<String> {
    let Column::Categorical { levels, codes, .. } = column else { return None };
    let is_number = |text: &String| text.replacen(',', ".", 1).parse().is_ok_and(f64::is_finite);
    let is_number: Vec<bool> = levels.iter().map(is_number).collect();
    let known: Vec<usize> = codes.iter().flatten().map(|&code| code as usize).collect();
    let mut strays = known.iter().filter(|&&level| !is_number[level]);
    let first = &levels[*strays.next()?];
    let (n, n_known) = (1 + strays.count(), known.len());
    let verb = if n == 1 { "is no number" } else { "are no numbers" };
    (10 * n <= n_known).then(|| {
        format!("{n} of {n_known} cells {verb}, the first is `{first}`: a mark of a missing value?")
    })
}

/// Whether the class follows from the value: each of few values has one class, or each class has a stretch of
/// the numbers for itself.
fn gives_the_class_away(column: &Column, dataset: &Dataset) -> bool {
    let n_classes = dataset.classes.len();
    if dataset.targets.len() < FEW_ROWS || n_classes < 2 || 0 < column.n_missing() {
        return false;
    }
    let mut class_of: HashMap<u64, u32> = HashMap::new();
    let mut pure = true;
    for (value, &target) in values(column).into_iter().zip(&dataset.targets) {
        pure &= *class_of.entry(value).or_insert(target) == target;
    }
    if !pure {
        return false;
    }
    if class_of.len() <= dataset.targets.len() / 5 {
        return true;
    }
    let Column::Numeric { values, .. } = column else { return false };
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let changes =
        order.windows(2).filter(|pair| dataset.targets[pair[0]] != dataset.targets[pair[1]]);
    changes.count() < n_classes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::Labels;

    fn numeric(name: &str, values: impl IntoIterator<Item = f64>) -> Column {
        Column::Numeric { name: name.to_owned(), values: values.into_iter().collect() }
    }

    fn dataset(columns: Vec<Column>) -> Dataset {
        let labels: Vec<&str> = (0..40).map(|i| if i < 30 { "a" } else { "b" }).collect();
        Dataset::new("t", columns, Labels::of(labels), None)
    }

    fn suspicions_of(column: Column) -> String {
        Summary::of(&dataset(vec![column])).columns[0].suspicions.join("; ")
    }

    #[test]
    fn twins_are_counted_with_those_of_another_class() {
        // Rows 0 to 9 are alike, and so are 29 and 30, which are of two classes.
        let x = (0..40).map(|i| {
            f64::from(if i < 10 {
                0
            } else if i == 30 {
                29
            } else {
                i
            })
        });
        let summary = Summary::of(&dataset(vec![numeric("x", x)]));
        assert_eq!((summary.n_duplicates, summary.n_contradictions), (12, 2));
        assert_eq!(summary.imbalance_ratio, 3.0);
    }

    #[test]
    fn identifiers_leaks_codes_and_constants_are_suspicious() {
        let scrambled = |i: i32| f64::from(i * 7 % 40);
        assert!(suspicions_of(numeric("id", (0..40).map(scrambled))).contains("an identifier?"));
        let leak = numeric("x", (0..40).map(|i| f64::from(i) + 0.5));
        assert!(suspicions_of(leak).contains("gives the class"));
        let texts: Vec<Option<&str>> =
            (0..40).map(|i| Some(if i < 30 { "n" } else { "y" })).collect();
        assert!(suspicions_of(Column::from_texts("c".into(), &texts)).contains("gives the class"));
        assert!(suspicions_of(numeric("x", (0..40).map(|i| f64::from(i % 4)))).contains("codes"));
        assert!(suspicions_of(numeric("x", [1.0; 40])).contains("never changes"));
        let stray = |i: i32| if i == 7 { "oops".to_owned() } else { format!("{}.5", i % 9) };
        let texts: Vec<String> = (0..40).map(stray).collect();
        let texts: Vec<Option<&str>> = texts.iter().map(|text| Some(text.as_str())).collect();
        let mixed = suspicions_of(Column::from_texts("c".into(), &texts));
        assert!(mixed.contains("1 of 40 cells is no number, the first is `oops`"), "{mixed}");
        let honest = numeric("x", (0..40).map(|i| f64::from(i * 7 % 40) / 3.0));
        assert_eq!(suspicions_of(honest), "");
    }

    #[test]
    fn numbers_are_identifiers_only_if_they_follow_each_other_or_are_called_so() {
        let is_identifier = |name: &str, f: fn(i32) -> f64| {
            let column = numeric(name, (0..40).map(f));
            Summary::of(&dataset(vec![column])).columns[0].is_identifier
        };
        let income = |i: i32| f64::from(i * 7 % 40) * 317.0 + 20_000.0;
        for name in ["id", "ID", "customer_id", "PassengerId", "index", "row"] {
            assert!(is_identifier(name, income), "{name}");
        }
        for name in ["income", "paid", "rows_read", "acid"] {
            assert!(!is_identifier(name, income), "{name}");
        }
        assert!(is_identifier("x", |i| f64::from(1000 - i)));
        assert!(
            !is_identifier("id", |i| f64::from(i) * 1e17),
            "all doubles of that size are whole"
        );
    }

    #[test]
    fn numbers_and_levels_are_summarised() {
        let x = (0..40).map(|i| if i == 0 { f64::NAN } else { f64::from(i) });
        let summary = Summary::of(&dataset(vec![numeric("x", x)]));
        assert_eq!(summary.columns[0].range, Some([1.0, 20.0, 39.0]));
        assert_eq!((summary.n_missing, summary.columns[0].n_distinct), (1, 39));
    }
}
