//! LIBSVM and SVMlight: a label, then the features that are not zero.
//!
//! ```text
//! line    = label ["qid:" number] {index ":" value} [comment] | comment
//! comment = "#" ...
//! ```
//!
//! Labels are numbers and keep their text, but for a leading `+`; they make the column `label`, the
//! first
//! one. Indices ascend and mostly begin at 1: feature `i` is called `x<i>`, and there is an
//! `x0` if index 0 occurs anywhere. Features that are absent are 0. Groups (`qid`) are left out.
//!
//! Source: the README of LIBSVM (Chang, Lin); Joachims, *SVMlight* (svmlight.joachims.org).

use crate::formats::lines::{
    Line, MOST_VALUES, lines, number, pinned, shown, words, wrong_at_the_end,
};
use crate::formats::{Frame, Kind, Kinds};
use crate::{Column, DataError};

/// The table is held in memory with its zeros, so that indices have to be below this and rows times
/// features at most [`MOST_VALUES`].
const INDEX_BOUND: usize = 1 << 17;

/// The rows so far.
#[derive(Default)]
struct Rows {
    labels: Vec<String>,
    /// By index; the values end with the last that is not absent.
    features: Vec<Vec<f64>>,
    has_index_0: bool,
}

/// Reads `bytes`; `file` is named in errors.
pub(crate) fn read(file: &str, bytes: &[u8], kinds: &Kinds) -> Result<Frame, DataError> {
    let mut rows = Rows::default();
    for line in lines(file, bytes, Some(b'#')) {
        rows.push(&line?)?;
    }
    let Rows { labels, features, has_index_0 } = rows;
    if labels.is_empty() {
        return Err(wrong_at_the_end(file, bytes, "the file has no rows"));
    }
    let first = usize::from(!has_index_0);
    let mut names = vec!["label".to_owned()];
    names.extend((first..features.len()).map(|index| format!("x{index}")));
    let pinned = pinned(&Line::first(file), &names, kinds)?;
    let target = (pinned[0] != Some(Kind::Ignored)).then_some(0);

    let mut named = names.into_iter().zip(pinned);
    let mut columns = Vec::new();
    if let Some((name, kind)) = named.next() {
        columns.extend(label_column(name, kind, &labels));
    }
    for ((name, kind), mut values) in named.zip(features.into_iter().skip(first)) {
        values.resize(labels.len(), 0.0);
        columns.extend(feature_column(name, kind, values));
    }
    Ok(Frame { columns, target })
}

fn label_column(name: String, kind: Option<Kind>, labels: &[String]) -> Option<Column> {
    match kind {
        Some(Kind::Ignored) => None,
        Some(Kind::Numeric) => {
            let values = labels.iter().map(|label| number(label).unwrap_or(f64::NAN)).collect();
            Some(Column::Numeric { name, values })
        }
        Some(Kind::Categorical) | None => {
            let texts: Vec<_> = labels.iter().map(|label| Some(label.as_str())).collect();
            Some(Column::from_texts(name, &texts))
        }
    }
}

fn feature_column(name: String, kind: Option<Kind>, values: Vec<f64>) -> Option<Column> {
    match kind {
        Some(Kind::Ignored) => None,
        Some(Kind::Categorical) => {
            let texts: Vec<String> = values.iter().map(f64::to_string).collect();
            let texts: Vec<_> = texts.iter().map(|text| Some(text.as_str())).collect();
            Some(Column::from_texts(name, &texts))
        }
        Some(Kind::Numeric) | None => Some(Column::Numeric { name, values }),
    }
}

impl Rows {
    fn push(&mut self, line: &Line<'_>) -> Result<(), DataError> {
        let (row, _) = line.text.split_once('#').unwrap_or((line.text, ""));
        let mut words = words(row).peekable();
        if let Some((at, label)) = words.next() {
            if number(label).is_none() {
                let message = format!("{} is no label; expected one number", shown(label));
                return Err(line.wrong(at, message));
            }
            self.labels.push(label.strip_prefix('+').unwrap_or(label).to_owned());
        }
        words.next_if(|(_, word)| word.starts_with("qid:"));
        let mut next = 0;
        for (at, word) in words {
            let parts = word.split_once(':');
            let index = parts.and_then(|(index, _)| index.parse::<usize>().ok());
            let value = parts.and_then(|(_, value)| number(value));
            let (Some(index), Some(value)) = (index, value) else {
                let message = format!("{}; expected an index, `:` and a number", shown(word));
                return Err(line.wrong(at, message));
            };
            if index < next {
                let message = format!("index {index} is not above {}, the one before it", next - 1);
                return Err(line.wrong(at, message));
            }
            if index >= INDEX_BOUND {
                let message = format!(
                    "index {index}; expected one below {INDEX_BOUND}: \
                     the table is held in memory with its zeros"
                );
                return Err(line.wrong(at, message));
            }
            self.set(index, value).map_err(|message| line.wrong(at, message))?;
            next = index + 1;
        }
        Ok(())
    }

    /// Sets a feature of the last row.
    fn set(&mut self, index: usize, value: f64) -> Result<(), String> {
        let n_rows = self.labels.len();
        let n_features = self.features.len().max(index + 1);
        if n_rows.saturating_mul(n_features) > MOST_VALUES {
            return Err(format!(
                "{n_rows} rows of {n_features} features; expected at most {MOST_VALUES} values: \
                 the table is held in memory with its zeros"
            ));
        }
        self.has_index_0 |= index == 0;
        self.features.resize(n_features, Vec::new());
        let values = &mut self.features[index];
        values.resize(n_rows - 1, 0.0);
        values.push(value);
        Ok(())
    }
}
