//! LIBSVM and SVMlight: a label, then the features that are not zero.
//!
//! ```text
//! line    = label ["qid:" number] {index ":" value} [comment] | comment
//! comment = "#" ...
//! ```
//!
//! Labels are numbers and keep their text, but for a leading `+`; they make the column `label`, the
//! first one. Indices ascend and mostly begin at 1: feature `i` is called `x<i>`, and there is an `x0` if
//! index 0 occurs anywhere. Features that are absent are 0. Groups (`qid`) are left out.
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
    Ok(Frame::new(columns, target))
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
            self.make_room(self.features.len()).map_err(|message| line.wrong(at, message))?;
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
            self.make_room(index + 1).map_err(|message| line.wrong(at, message))?;
            self.has_index_0 |= index == 0;
            let values = &mut self.features[index];
            values.resize(self.labels.len() - 1, 0.0);
            values.push(value);
            next = index + 1;
        }
        Ok(())
    }

    /// Makes room for at least so many features.
    fn make_room(&mut self, n_features: usize) -> Result<(), String> {
        let n_features = self.features.len().max(n_features);
        let n_rows = self.labels.len();
        if n_rows.saturating_mul(n_features) > MOST_VALUES {
            return Err(format!(
                "{n_rows} rows of {n_features} features; expected at most {MOST_VALUES} values: \
                 the table is held in memory with its zeros"
            ));
        }
        self.features.resize(n_features, Vec::new());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::formats::testing::{
        cases, class_counts, counts, damaged, names, numbers, sample, shape,
    };

    const SAMPLE: &str = "libsvm_trailing_space_minus_one_label.libsvm";

    fn written(text: &str) -> Result<Frame, String> {
        read("t", text.as_bytes(), &Kinds::new()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_sample_has_the_rows_and_classes_that_are_in_it() {
        let frame = read(SAMPLE, &sample(SAMPLE), &Kinds::new()).unwrap();
        assert_eq!((shape(&frame), frame.target), ((80, 3), Some(0)));
        assert_eq!(class_counts(&frame), [("-1", 44), ("1", 36)]);
        assert_eq!(names(&frame), ["label", "[x1]", "[x2]"]);
        assert_eq!(numbers(&frame.columns[2])[1], 1.094_125);
    }

    #[test]
    fn absent_features_are_zero() {
        let frame = written("# all\r\n+1 qid:3 2:5 # one\r\n-1 1:.5e1\t4:-1 \n\n1\n").unwrap();
        assert_eq!(names(&frame), ["label", "[x1]", "[x2]", "[x3]", "[x4]"]);
        assert_eq!(class_counts(&frame), [("-1", 1), ("1", 2)]);
        let columns: Vec<_> = frame.columns[1..].iter().map(numbers).collect();
        assert_eq!(columns, [[0.0, 5.0, 0.0], [5.0, 0.0, 0.0], [0.0; 3], [0.0, -1.0, 0.0]]);
    }

    #[test]
    fn index_0_makes_a_feature_if_it_occurs() {
        assert_eq!(names(&written("1 1:1\n2 0:3\n").unwrap()), ["label", "[x0]", "[x1]"]);
    }

    #[test]
    fn pinned_kinds_hold() {
        let pinned = |name: &str, kind| {
            read("t", b"1 1:1\n2 2:1.5\n", &Kinds::from([(name.to_owned(), kind)]))
        };
        let frame = pinned("x2", Kind::Categorical).unwrap();
        assert_eq!(counts(&frame.columns[2]), [("0", 1), ("1.5", 1)]);
        let frame = pinned("label", Kind::Ignored).unwrap();
        assert_eq!((shape(&frame), frame.target), ((2, 2), None));
        assert_eq!(names(&pinned("label", Kind::Numeric).unwrap())[0], "[label]");
        let unknown = pinned("x3", Kind::Ignored).unwrap_err().to_string();
        assert!(unknown.starts_with("t:1:1: no column is called `x3`; did you mean `x"));
    }

    #[test]
    fn mistakes_are_located() {
        let error = |text: &str| written(text).unwrap_err();
        assert_eq!(error("a,b\n"), "t:1:1: `a,b` is no label; expected one number");
        assert_eq!(error("1:1\n"), "t:1:1: `1:1` is no label; expected one number");
        assert_eq!(error("1 1:1\n2 1\n"), "t:2:3: `1`; expected an index, `:` and a number");
        assert_eq!(error("1 -1:1\n"), "t:1:3: `-1:1`; expected an index, `:` and a number");
        assert_eq!(error("1 1:nan\n"), "t:1:3: `1:nan`; expected an index, `:` and a number");
        assert_eq!(error("1 2:1 2:1\n"), "t:1:7: index 2 is not above 2, the one before it");
        assert_eq!(error("# none\n"), "t:1:1: the file has no rows");
    }

    #[test]
    fn an_index_does_not_make_a_table_of_any_size() {
        let error = |text: &str| written(text).unwrap_err();
        assert!(error("1 4000000000:1\n").starts_with("t:1:3: index 4000000000; expected one"));
        assert!(error("1 99999999999999999999999:1\n").starts_with("t:1:3: `9999"));
        let tall = format!("{}1 131071:1\n", "1\n".repeat(1024));
        assert!(error(&tall).starts_with("t:1025:3: 1025 rows of 131072 features"));
        let tall = format!("1 131071:1\n{}", "1\n".repeat(1024));
        assert!(error(&tall).starts_with("t:1025:1: 1025 rows of 131072 features"));
    }

    proptest! {
        #![proptest_config(cases(200))]

        #[test]
        fn damage_is_an_error_or_another_table(bytes in damaged(&sample(SAMPLE))) {
            if let Ok(frame) = read("t", &bytes, &Kinds::new()) {
                shape(&frame);
            }
        }
    }
}
