//! A column of a data set, and its different values.

use std::collections::HashMap;

use foldhash::fast::FixedState;

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

/// The different values of a column, and which of them every row has.
pub(crate) struct DistinctValues {
    /// Their texts: in the order of the numbers that they are if all are numbers, else in byte order.
    pub(crate) names: Vec<String>,
    /// `[n_rows]`, indices into `names`.
    pub(crate) of_row: Vec<u32>,
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
    pub(crate) fn values(&self) -> Result<DistinctValues, String> {
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
        Ok(DistinctValues {
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
