//! LIBSVM and SVMlight: a label, then the features that are not zero.
//!
//! ```text
//! line    = label ["qid:" number] {index ":" value} [comment] | comment
//! comment = "#" ...
//! ```
//!
//! Labels are numbers: those that are equal are one class, called by their text (but for a leading `+`) if all rows
//! have the same, else by the number. They make the column `label`, the first one. Indices ascend and mostly begin at 1:
//! feature `i` is called `x<i>`, and there is an `x0` if index 0 occurs anywhere. Features that are absent are 0.
//! Groups (`qid`) are left out. Several labels a row are refused.
//!
//! Source: the README of LIBSVM (Chang, Lin); Joachims, *SVMlight* (svmlight.joachims.org).

use crate::column::{Column, Levels};
use crate::error::DataError;
use crate::formats::bounds::Bound;
use crate::formats::frame::Frame;
use crate::formats::kind::{Kind, Kinds};
use crate::formats::labels::numbers_as_one;
use crate::formats::lines::{
    Line, lines, number, pinned, shown, with_line_feeds, words, wrong_at_the_end,
};

/// The table is held in memory with its zeros, so that indices have to be below this.
const INDEX_BOUND: usize = 1 << 17;

/// The rows so far.
struct Rows {
    bound: Bound,
    /// `[n_rows]`, numbers of the texts.
    labels: Vec<u32>,
    texts: Levels,
    /// By index; the values end with the last that is not absent.
    features: Vec<Vec<f64>>,
    has_index_0: bool,
}

/// Reads `bytes`; `file` is named in errors.
pub(crate) fn read(
    file: &str,
    bytes: &[u8],
    kinds: &Kinds,
    bound: Bound,
) -> Result<Frame, DataError> {
    let mut rows = Rows {
        bound,
        labels: Vec::new(),
        texts: Levels::default(),
        features: Vec::new(),
        has_index_0: false,
    };
    let bytes = &with_line_feeds(bytes);
    for line in lines(file, bytes, Some(b'#')) {
        rows.push(&line?)?;
    }
    let Rows { labels, texts, features, has_index_0, .. } = rows;
    if labels.is_empty() {
        return Err(wrong_at_the_end(file, bytes, "the file has no rows"));
    }
    let first = usize::from(!has_index_0);
    let mut names = vec!["label".to_owned()];
    names.extend((first..features.len()).map(|index| format!("x{index}")));
    let pinned = pinned(&Line::first(file), &names, kinds)?;
    let target = (pinned[0] != Some(Kind::Ignored)).then_some(0);

    let n_rows = labels.len();
    let mut named = names.into_iter().zip(pinned);
    let mut columns = Vec::new();
    if let Some((name, kind)) = named.next() {
        columns.extend(label_column(name, kind, &labels, &texts.into_names()));
    }
    for ((name, kind), mut values) in named.zip(features.into_iter().skip(first)) {
        values.resize(n_rows, 0.0);
        columns.extend(match kind {
            Some(Kind::Ignored) => None,
            Some(Kind::Categorical) => Some(Column::from_numbers(name, &values)),
            Some(Kind::Numeric) | None => Some(Column::Numeric { name, values }),
        });
    }
    Ok(Frame::new(columns, target))
}

fn label_column(
    name: String,
    kind: Option<Kind>,
    labels: &[u32],
    texts: &[String],
) -> Option<Column> {
    let of_each = |texts: &[String]| -> Column {
        let mut levels = Levels::default();
        let known: Vec<u32> = texts.iter().map(|text| levels.code(text)).collect();
        let codes = labels.iter().map(|&label| Some(known[label as usize])).collect();
        Column::from_codes(name.clone(), levels.into_names(), codes)
    };
    match kind {
        Some(Kind::Ignored) => None,
        Some(Kind::Numeric) => {
            let numbers: Vec<f64> =
                texts.iter().map(|text| number(text).unwrap_or(f64::NAN)).collect();
            let values = labels.iter().map(|&label| numbers[label as usize]).collect();
            Some(Column::Numeric { name, values })
        }
        Some(Kind::Categorical) => Some(of_each(texts)),
        None => Some(of_each(&numbers_as_one(texts))),
    }
}

/// What is wrong with a label.
fn no_label(label: &str) -> String {
    let is_list = label.contains(',') && label.split(',').all(|part| number(part).is_some());
    let what = if is_list {
        "is several labels; one a row is supported"
    } else {
        "is no label; expected one number"
    };
    format!("{} {what}", shown(label))
}

/// What is wrong with a word that is no pair.
fn no_pair(word: &str) -> String {
    let why = match word.split_once(':') {
        Some((index, "")) if index.parse::<usize>().is_ok() => {
            ": its number is missing, or stands behind a blank".to_owned()
        }
        Some((index, value)) if index.parse::<usize>().is_ok() => {
            format!(": {} is no finite number", shown(value))
        }
        _ => String::new(),
    };
    format!("{}; expected an index, `:` and a number{why}", shown(word))
}

impl Rows {
    fn push(&mut self, line: &Line<'_>) -> Result<(), DataError> {
        let (row, _) = line.text.split_once('#').unwrap_or((line.text, ""));
        let mut words = words(row).peekable();
        if let Some((at, label)) = words.next() {
            if number(label).is_none() {
                return Err(line.wrong(at, no_label(label)));
            }
            self.labels.push(self.texts.code(label.strip_prefix('+').unwrap_or(label)));
            self.make_room(self.features.len()).map_err(|message| line.wrong(at, message))?;
        }
        words.next_if(|(_, word)| word.starts_with("qid:"));
        let mut next = 0;
        for (at, word) in words {
            let parts = word.split_once(':');
            let index = parts.and_then(|(index, _)| index.parse::<usize>().ok());
            let value = parts.and_then(|(_, value)| number(value));
            let (Some(index), Some(value)) = (index, value) else {
                return Err(line.wrong(at, no_pair(word)));
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

    /// Makes room for at least so many features: the table is held in memory with its zeros.
    fn make_room(&mut self, n_features: usize) -> Result<(), String> {
        let n_features = self.features.len().max(n_features);
        self.bound.check_rows(self.labels.len(), 1 + n_features)?;
        self.bound.check_texts(self.texts.len())?;
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
        read("t", text.as_bytes(), &Kinds::new(), Bound::of(0)).map_err(|error| error.to_string())
    }

    #[test]
    fn a_sample_has_the_rows_and_classes_that_are_in_it() {
        let frame = read(SAMPLE, &sample(SAMPLE), &Kinds::new(), Bound::of(0)).unwrap();
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
            let kinds = Kinds::from([(name.to_owned(), kind)]);
            read("t", b"1 1:1\n2 2:1.5\n", &kinds, Bound::of(0))
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
        let expected = "expected an index, `:` and a number";
        let nan = format!("t:1:3: `1:nan`; {expected}: `nan` is no finite number");
        assert_eq!(error("1 1:nan\n"), nan);
        let digit = format!("t:2:7: `2:0.5o`; {expected}: `0.5o` is no finite number");
        assert_eq!(error("1 1:1\n1 1:2 2:0.5o\n"), digit);
        let blank =
            format!("t:1:7: `2:`; {expected}: its number is missing, or stands behind a blank");
        assert_eq!(error("1 1:2 2: 0.5\n"), blank);
        assert_eq!(error("1 1:2 2 :0.5\n"), format!("t:1:7: `2`; {expected}"));
        assert_eq!(error("1,3 1:2\n"), "t:1:1: `1,3` is several labels; one a row is supported");
        assert_eq!(error("1 2:1 2:1\n"), "t:1:7: index 2 is not above 2, the one before it");
        assert_eq!(error("# none\n"), "t:1:1: the file has no rows");
    }

    #[test]
    fn labels_that_are_one_number_are_one_class() {
        let classes = |text: &str| {
            let frame = written(text).unwrap();
            let classes = class_counts(&frame);
            classes.into_iter().map(|(class, n)| format!("{class} {n}")).collect::<Vec<_>>()
        };
        let several = "+1 1:1\n1.0 1:1\n01\n-1 1:1\n-1.0\n-1e0\n0\n-0\n";
        assert_eq!(classes(several), ["-1 3", "0 2", "1 3"]);
        // A text that all rows share stays, and so do numbers that are one as floats alone.
        assert_eq!(classes("1.0 1:1\n2.0\n1.0\n"), ["1.0 2", "2.0 1"]);
        let large = "9007199254740993 1:1\n9007199254740992 1:1\n9007199254740994\n";
        assert_eq!(classes(large).len(), 3);
        let apart = Kinds::from([("label".to_owned(), Kind::Categorical)]);
        let frame = read("t", b"1 1:1\n1.0\n", &apart, Bound::of(0)).unwrap();
        assert_eq!(class_counts(&frame), [("1", 1), ("1.0", 1)]);
    }

    #[test]
    fn an_index_does_not_make_a_table_of_any_size() {
        let error = |text: &str| written(text).unwrap_err();
        assert!(error("1 4000000000:1\n").starts_with("t:1:3: index 4000000000; expected one"));
        assert!(error("1 99999999999999999999999:1\n").starts_with("t:1:3: `9999"));
        let tall = format!("{}1 131071:1\n", "1\n".repeat(1023));
        assert!(error(&tall).starts_with("t:1024:3: more than the 134217728 cells"));
        let tall = format!("1 131071:1\n{}", "1\n".repeat(1024));
        assert!(error(&tall).starts_with("t:1024:1: more than the 134217728 cells"));
    }

    proptest! {
        #![proptest_config(cases(200))]

        #[test]
        fn damage_is_an_error_or_another_table(bytes in damaged(&sample(SAMPLE))) {
            if let Ok(frame) = read("t", &bytes, &Kinds::new(), Bound::of(0)) {
                shape(&frame);
            }
        }
    }
}
