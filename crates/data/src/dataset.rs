//! A data set in memory.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use crate::split::Rows;

/// Named columns of features, and a class for every row.
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset {
    /// The name in an experiment file.
    pub name: String,
    /// The features, each with a value for every row.
    pub columns: Vec<Column>,
    /// `[n_rows]`, indices into `classes`.
    pub targets: Vec<u32>,
    /// Names of the classes. Of two, the second is the positive one.
    pub classes: Vec<String>,
    /// Columns that are no features and that a split may name, as texts.
    pub asides: Vec<Column>,
    /// Of them, the one whose rows of the same value belong together.
    pub group: Option<String>,
    /// `[n_repeats][n_rows]`: the fold that each row is in, from 0; empty unless the set is published with folds.
    pub folds: Vec<Vec<u32>>,
}

/// The different values of a column, and which of them every row has.
pub(crate) struct Values {
    /// Their texts: in the order of the numbers that they are if all are numbers, else in byte order.
    pub(crate) names: Vec<String>,
    /// `[n_rows]`, indices into `names`.
    pub(crate) of_row: Vec<u32>,
}

/// One feature.
#[derive(Clone, Debug, PartialEq)]
pub enum Column {
    /// Numbers; NaN where missing.
    Numeric {
        /// The feature's name.
        name: String,
        /// `[n_rows]`.
        values: Vec<f64>,
    },
    /// One of several levels; `None` where missing.
    Categorical {
        /// The feature's name.
        name: String,
        /// Names of the levels, in byte order.
        levels: Vec<String>,
        /// `[n_rows]`, indices into `levels`.
        codes: Vec<Option<u32>>,
    },
}

/// The different texts of a column, numbered in the order in which they are met.
#[derive(Default)]
pub(crate) struct Levels {
    codes: HashMap<String, u32, FixedState>,
}

impl Levels {
    /// The number of `text`.
    pub(crate) fn code(&mut self, text: &str) -> u32 {
        if let Some(&code) = self.codes.get(text) {
            return code;
        }
        let code = self.codes.len() as u32;
        self.codes.insert(text.to_owned(), code);
        code
    }

    pub(crate) fn len(&self) -> usize {
        self.codes.len()
    }

    /// The texts by their numbers.
    pub(crate) fn into_names(self) -> Vec<String> {
        let mut names: Vec<(String, u32)> = self.codes.into_iter().collect();
        names.sort_unstable_by_key(|(_, code)| *code);
        names.into_iter().map(|(name, _)| name).collect()
    }
}

impl Column {
    /// Every value as a number that is equal for equal values; all missing values are one.
    pub(crate) fn keys(&self) -> Vec<u64> {
        match self {
            // Zero is added because -0 is 0.
            Column::Numeric { values, .. } => {
                let key = |x: &f64| if x.is_nan() { Column::MISSING } else { (x + 0.0).to_bits() };
                values.iter().map(key).collect()
            }
            Column::Categorical { codes, .. } => {
                codes.iter().map(|code| code.map_or(Column::MISSING, u64::from)).collect()
            }
        }
    }

    /// What [`Column::keys`] has for a missing value.
    pub(crate) const MISSING: u64 = u64::MAX;

    /// A categorical column from the text of every row.
    pub(crate) fn from_texts<'t>(
        name: String,
        texts: impl IntoIterator<Item = Option<&'t str>>,
    ) -> Self {
        let mut levels = Levels::default();
        let codes = texts.into_iter().map(|text| text.map(|text| levels.code(text))).collect();
        Column::from_codes(name, levels.into_names(), codes)
    }

    /// A categorical column of numbers, each a level; NaN is missing.
    pub(crate) fn from_numbers(name: String, numbers: &[f64]) -> Self {
        let mut levels = Levels::default();
        let code = |x: &f64| (!x.is_nan()).then(|| levels.code(&x.to_string()));
        let codes = numbers.iter().map(code).collect();
        Column::from_codes(name, levels.into_names(), codes)
    }

    /// A categorical column from different levels in any order and an index into them for every row; levels without a
    /// row are dropped.
    pub(crate) fn from_codes(
        name: String,
        levels: Vec<String>,
        mut codes: Vec<Option<u32>>,
    ) -> Self {
        let mut occurs = vec![false; levels.len()];
        codes.iter().flatten().for_each(|&code| occurs[code as usize] = true);
        let mut order: Vec<(String, u32)> = levels.into_iter().zip(0..).collect();
        order.retain(|(_, code)| occurs[*code as usize]);
        order.sort_unstable();
        let mut rank = vec![0; occurs.len()];
        order.iter().zip(0..).for_each(|((_, code), position)| rank[*code as usize] = position);
        codes.iter_mut().flatten().for_each(|code| *code = rank[*code as usize]);
        Column::Categorical {
            name,
            levels: order.into_iter().map(|(level, _)| level).collect(),
            codes,
        }
    }

    /// The same column with its numbers as texts.
    pub(crate) fn into_categorical(self) -> Self {
        match self {
            Column::Numeric { name, values } => Column::from_numbers(name, &values),
            texts @ Column::Categorical { .. } => texts,
        }
    }

    /// The feature's name.
    pub fn name(&self) -> &str {
        match self {
            Column::Numeric { name, .. } | Column::Categorical { name, .. } => name,
        }
    }

    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        match self {
            Column::Numeric { values, .. } => values.len(),
            Column::Categorical { codes, .. } => codes.len(),
        }
    }

    /// Number of missing values.
    pub fn n_missing(&self) -> usize {
        match self {
            Column::Numeric { values, .. } => values.iter().filter(|x| x.is_nan()).count(),
            Column::Categorical { codes, .. } => codes.iter().filter(|code| code.is_none()).count(),
        }
    }

    /// The rows that have no value.
    pub(crate) fn missing(&self) -> Vec<usize> {
        let is_missing = |&row: &usize| match self {
            Column::Numeric { values, .. } => values[row].is_nan(),
            Column::Categorical { codes, .. } => codes[row].is_none(),
        };
        (0..self.n_rows()).filter(is_missing).collect()
    }

    /// Leaves `rows` without a value.
    pub(crate) fn forget(&mut self, rows: &[usize]) {
        match self {
            Column::Numeric { values, .. } => rows.iter().for_each(|&row| values[row] = f64::NAN),
            Column::Categorical { codes, .. } => rows.iter().for_each(|&row| codes[row] = None),
        }
    }

    /// Its different values.
    ///
    /// # Errors
    /// If some row has none.
    pub(crate) fn values(&self) -> Result<Values, String> {
        let mut levels = Levels::default();
        let mut without = Vec::new();
        let codes: Vec<u32> = match self {
            Column::Numeric { values, .. } => {
                without.extend((0..values.len()).filter(|&row| values[row].is_nan()));
                // Zero is added because -0 is the same value as 0.
                values.iter().map(|x| levels.code(&(x + 0.0).to_string())).collect()
            }
            Column::Categorical { levels: names, codes, .. } => {
                without.extend((0..codes.len()).filter(|&row| codes[row].is_none()));
                let known = codes.iter().map(|code| code.unwrap_or_default() as usize);
                let mut numbers = vec![None; names.len().max(1)];
                known
                    .map(|code| {
                        *numbers[code].get_or_insert_with(|| {
                            levels.code(names.get(code).map_or("", String::as_str))
                        })
                    })
                    .collect()
            }
        };
        if let Some(first) = without.first() {
            let rows = match without.len() {
                1 => format!("row {first} (from 0)"),
                n => format!("{n} rows, row {first} (from 0) first"),
            };
            return Err(format!("the column `{}` has no value in {rows}", self.name()));
        }
        let names = levels.into_names();
        let mut order: Vec<usize> = (0..names.len()).collect();
        let number = |name: &String| name.parse().ok().filter(|x: &f64| x.is_finite());
        match names.iter().map(number).collect::<Option<Vec<f64>>>() {
            // `1` and `01` are different texts, and one number.
            Some(numbers) => order.sort_by(|&a, &b| {
                numbers[a].total_cmp(&numbers[b]).then_with(|| names[a].cmp(&names[b]))
            }),
            None => order.sort_by_key(|&code| &names[code]),
        }
        let mut rank = vec![0; order.len()];
        order.iter().zip(0..).for_each(|(&code, position)| rank[code] = position);
        Ok(Values {
            names: order.iter().map(|&code| names[code].clone()).collect(),
            of_row: codes.iter().map(|&code| rank[code as usize]).collect(),
        })
    }

    /// The same column with only some of its rows. Levels that no longer occur are dropped.
    pub(crate) fn keep(&self, rows: &[usize]) -> Self {
        match self {
            Column::Numeric { name, values } => Column::Numeric {
                name: name.clone(),
                values: rows.iter().map(|&row| values[row]).collect(),
            },
            Column::Categorical { name, levels, codes } => {
                let codes = rows.iter().map(|&row| codes[row]).collect();
                Column::from_codes(name.clone(), levels.clone(), codes)
            }
        }
    }
}

/// The class of every row.
#[derive(Debug)]
pub(crate) struct Labels {
    /// Names of the classes that occur, in byte order.
    pub(crate) levels: Vec<String>,
    /// `[n_rows]`, indices into `levels`.
    codes: Vec<u32>,
}

impl Labels {
    /// Labels from names in any order and an index into them for every row; names without a row are dropped.
    pub(crate) fn new(names: &[String], codes: &[u32]) -> Self {
        let mut occurs = vec![false; names.len()];
        codes.iter().for_each(|&code| occurs[code as usize] = true);
        let mut order: Vec<usize> = (0..names.len()).filter(|&code| occurs[code]).collect();
        order.sort_unstable_by_key(|&code| &names[code]);
        let mut rank = vec![0; names.len()];
        order.iter().zip(0..).for_each(|(&code, position)| rank[code] = position);
        Labels {
            levels: order.iter().map(|&code| names[code].clone()).collect(),
            codes: codes.iter().map(|&code| rank[code as usize]).collect(),
        }
    }

    /// Labels from the name of every row's class.
    pub(crate) fn of<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut levels = Levels::default();
        let codes: Vec<u32> = names.into_iter().map(|name| levels.code(name)).collect();
        Labels::new(&levels.into_names(), &codes)
    }
}

impl Dataset {
    /// A data set from the name of every row's class. Classes are in numeric order if all are whole
    /// numbers, else in byte order; but of two, `positive` comes second (or, if it is not named, the
    /// smaller one; of two of the same size, the last in that order, as in scikit-learn).
    pub(crate) fn new(
        name: &str,
        columns: Vec<Column>,
        labels: Labels,
        positive: Option<&str>,
    ) -> Self {
        let Labels { levels, codes } = labels;
        let mut order: Vec<usize> = (0..levels.len()).collect();
        if let Ok(numbers) = levels.iter().map(|l| l.parse()).collect::<Result<Vec<i64>, _>>() {
            order.sort_by_key(|&level| numbers[level]);
        }
        if let [first, second] = order[..] {
            let count = |level| codes.iter().filter(|code| **code == level as u32).count();
            let is_first = match positive {
                Some(positive) => levels[first] == positive,
                None => count(first) < count(second),
            };
            if is_first {
                order.swap(0, 1);
            }
        }
        let mut position = vec![0; levels.len()];
        order.iter().zip(0..).for_each(|(&level, at)| position[level] = at);
        let targets = codes.iter().map(|&code| position[code as usize]).collect();
        let classes = order.into_iter().map(|level| levels[level].clone()).collect();
        Dataset {
            name: name.to_owned(),
            columns,
            targets,
            classes,
            asides: Vec::new(),
            group: None,
            folds: Vec::new(),
        }
    }

    /// Of two classes, the one to be found.
    pub fn positive(&self) -> Option<&String> {
        self.classes.get(1).filter(|_| self.classes.len() == 2)
    }

    /// The same set with only some of its rows, which have all of its classes.
    pub(crate) fn keep(self, rows: &[usize]) -> Self {
        let of = |what: &[u32]| rows.iter().map(|&row| what[row]).collect();
        Dataset {
            columns: self.columns.iter().map(|column| column.keep(rows)).collect(),
            asides: self.asides.iter().map(|column| column.keep(rows)).collect(),
            targets: of(&self.targets),
            folds: self.folds.iter().map(|folds| of(folds)).collect(),
            ..self
        }
    }

    /// What a split is made from.
    pub fn rows(&self) -> Rows<'_> {
        Rows {
            targets: &self.targets,
            classes: &self.classes,
            folds: &self.folds,
            columns: self.asides.iter().chain(&self.columns).collect(),
            group: self.group.as_deref(),
        }
    }

    /// Number of official folds, those of all repeats together; 0 without.
    pub fn n_official_folds(&self) -> usize {
        let last = |folds: &Vec<u32>| folds.iter().max().map_or(0, |&last| last as usize + 1);
        self.folds.iter().map(last).sum()
    }

    /// Examples of each class.
    pub fn class_counts(&self) -> Vec<u32> {
        let mut counts = vec![0; self.classes.len()];
        self.targets.iter().for_each(|&target| counts[target as usize] += 1);
        counts
    }

    /// BLAKE3 of the content: names, values, levels, classes and targets. The data set's own name is
    /// not part of it.
    pub fn digest(&self) -> String {
        let mut hasher = blake3::Hasher::new_derive_key("longtail dataset v1");
        let mut bytes = Vec::new();
        let text = |bytes: &mut Vec<u8>, text: &str| {
            bytes.extend((text.len() as u64).to_le_bytes());
            bytes.extend(text.as_bytes());
        };
        for column in &self.columns {
            match column {
                Column::Numeric { name, values } => {
                    bytes.push(0);
                    text(&mut bytes, name);
                    // One NaN for all: a missing value has no bits of its own.
                    let bits = |x: &f64| if x.is_nan() { f64::NAN.to_bits() } else { x.to_bits() };
                    bytes.extend(values.iter().flat_map(|x| bits(x).to_le_bytes()));
                }
                Column::Categorical { name, levels, codes } => {
                    bytes.push(1);
                    text(&mut bytes, name);
                    bytes.extend((levels.len() as u64).to_le_bytes());
                    levels.iter().for_each(|level| text(&mut bytes, level));
                    bytes.extend(
                        codes.iter().flat_map(|code| code.unwrap_or(u32::MAX).to_le_bytes()),
                    );
                }
            }
            hasher.update(&bytes);
            bytes.clear();
        }
        self.classes.iter().for_each(|class| text(&mut bytes, class));
        bytes.extend(self.targets.iter().flat_map(|target| target.to_le_bytes()));
        hasher.update(&bytes);
        hasher.finalize().to_hex()[..32].to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn classes(labels: &[&str], positive: Option<&str>) -> Vec<String> {
        Dataset::new("t", Vec::new(), Labels::of(labels.iter().copied()), positive).classes
    }

    #[test]
    fn the_positive_class_is_the_second_of_two() {
        assert_eq!(classes(&["b", "a", "a"], None), ["a", "b"]);
        assert_eq!(classes(&["b", "b", "a"], None), ["b", "a"]);
        assert_eq!(classes(&["b", "b", "a"], Some("b")), ["a", "b"]);
        // Of two of the same size, the last.
        assert_eq!(classes(&["b", "a"], None), ["a", "b"]);
        assert_eq!(classes(&["10", "9"], None), ["9", "10"]);
        assert_eq!(classes(&["+1", "-1"], None), ["-1", "+1"]);
    }

    #[test]
    fn numbers_are_ordered_as_numbers() {
        assert_eq!(classes(&["10", "9", "1"], None), ["1", "9", "10"]);
        assert_eq!(classes(&["c10", "c9", "c1"], None), ["c1", "c10", "c9"]);
    }

    #[test]
    fn the_digest_sees_every_value() {
        let column = |x| Column::Numeric { name: "x".to_owned(), values: vec![1.0, x] };
        let digest = |x| Dataset::new("t", vec![column(x)], Labels::of(["a", "b"]), None).digest();
        assert_ne!(digest(2.0), digest(3.0));
        assert_eq!(digest(2.0), digest(2.0));
        assert_eq!(digest(f64::NAN), digest(-f64::NAN));
    }
}
