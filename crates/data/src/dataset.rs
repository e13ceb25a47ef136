//! A data set in memory.

use crate::column::{Column, Levels};
use crate::image_shape::ImageShape;
use crate::regions::Proposed;
use crate::split::given::{PART, TESTED};
use crate::split::rows::Rows;

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
    /// How the columns are the pixels of an image, if every row is one.
    pub image: Option<ImageShape>,
    /// Where the rows lie, if they are proposals of a detector. The first class is the background then.
    pub proposed: Option<Proposed>,
}

/// The class of every row.
#[derive(Debug)]
pub(crate) struct ClassLabels {
    /// Names of the classes that occur, in byte order.
    pub(crate) levels: Vec<String>,
    /// `[n_rows]`, indices into `levels`.
    codes: Vec<u32>,
}

impl ClassLabels {
    /// Labels from names in any order and an index into them for every row; names without a row are dropped.
    pub(crate) fn new(names: &[String], codes: &[u32]) -> Self {
        let mut occurs = vec![false; names.len()];
        codes.iter().for_each(|&code| occurs[code as usize] = true);
        let mut order: Vec<usize> = (0..names.len()).filter(|&code| occurs[code]).collect();
        order.sort_unstable_by_key(|&code| &names[code]);
        let mut rank = vec![0; names.len()];
        order.iter().zip(0..).for_each(|(&code, position)| rank[code] = position);
        ClassLabels {
            levels: order.iter().map(|&code| names[code].clone()).collect(),
            codes: codes.iter().map(|&code| rank[code as usize]).collect(),
        }
    }

    /// `[n_rows]`, indices into `levels`.
    pub(crate) fn codes(&self) -> &[u32] {
        &self.codes
    }

    /// Labels from the name of every row's class.
    pub(crate) fn of<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut levels = Levels::default();
        let codes: Vec<u32> = names.into_iter().map(|name| levels.code(name)).collect();
        ClassLabels::new(&levels.into_names(), &codes)
    }
}

impl Dataset {
    /// A data set from the name of every row's class. Classes are in numeric order if all are whole
    /// numbers, else in byte order; but of two, `positive` comes second (or, if it is not named, the
    /// smaller one; of two of the same size, the last in that order, as in scikit-learn).
    pub(crate) fn new(
        name: &str,
        columns: Vec<Column>,
        labels: ClassLabels,
        positive: Option<&str>,
    ) -> Self {
        let ClassLabels { levels, codes } = labels;
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
            image: None,
            proposed: None,
        }
    }

    /// The same set with the class `name` as its first; the others keep their order.
    pub(crate) fn with_first(mut self, name: &str) -> Self {
        if let Some(at) = self.classes.iter().position(|class| class == name) {
            self.classes[..=at].rotate_right(1);
            let moved = |target: &mut u32| match *target as usize {
                before if before < at => *target += 1,
                own if own == at => *target = 0,
                _ => {}
            };
            self.targets.iter_mut().for_each(moved);
        }
        self
    }

    /// The same set, whose columns are pixels of this shape; of any other number of columns, or of other columns than
    /// numbers, they are none.
    pub(crate) fn with_image(self, image: Option<ImageShape>) -> Self {
        let numeric = |column: &Column| matches!(column, Column::Numeric { .. });
        let are_pixels = |image: &ImageShape| {
            image.n_columns() == Some(self.columns.len()) && self.columns.iter().all(numeric)
        };
        Dataset { image: image.filter(are_pixels), ..self }
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
            ignored: self.proposed.as_ref().map_or(&[], |proposed| &proposed.ignored),
        }
    }

    /// Number of official folds, those of all repeats together; 0 without.
    pub fn n_official_folds(&self) -> usize {
        let last = |folds: &Vec<u32>| folds.iter().max().map_or(0, |&last| last as usize + 1);
        self.folds.iter().map(last).sum()
    }

    /// Examples of each class; a row that is none is not counted.
    pub fn class_counts(&self) -> Vec<u32> {
        let mut counts = vec![0; self.classes.len()];
        let ignored = self.proposed.as_ref().map(|proposed| &proposed.ignored);
        for (row, &target) in self.targets.iter().enumerate() {
            if ignored.is_none_or(|ignored| !ignored[row]) {
                counts[target as usize] += 1;
            }
        }
        counts
    }

    /// Examples of each class in the published test part; `None` of a set without one.
    pub fn tested_counts(&self) -> Option<Vec<u32>> {
        let parts = self.asides.iter().find(|column| column.name() == PART)?.values().ok()?;
        let tested = parts.names.iter().position(|name| name == TESTED)? as u32;
        let mut counts = vec![0; self.classes.len()];
        let rows = self.targets.iter().zip(&parts.of_row);
        rows.filter(|(_, part)| **part == tested)
            .for_each(|(&target, _)| counts[target as usize] += 1);
        Some(counts)
    }

    /// BLAKE3 of the content: names, values, levels, classes and targets. The data set's own name is
    /// not part of it, nor is the shape of images.
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
        if let Some(proposed) = &self.proposed {
            proposed.hash(&mut hasher);
        }
        hasher.finalize().to_hex()[..32].to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn classes(labels: &[&str], positive: Option<&str>) -> Vec<String> {
        Dataset::new("t", Vec::new(), ClassLabels::of(labels.iter().copied()), positive).classes
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
    fn columns_are_pixels_if_all_are_numbers_and_as_many() {
        let number = |i: usize| Column::Numeric { name: format!("x{i}"), values: vec![0.0, 1.0] };
        let set = |columns| Dataset::new("t", columns, ClassLabels::of(["a", "b"]), None);
        let shape = ImageShape::of_item(&[2, 2, 3]);
        let image = |columns| set(columns).with_image(shape).image;
        assert_eq!(image((0..12).map(number).collect()), shape);
        assert_eq!(image((0..11).map(number).collect()), None);
        let text = Column::from_texts("x".to_owned(), [Some("u"), Some("v")]);
        assert_eq!(image((0..11).map(number).chain([text]).collect()), None);
        let plain = set((0..12).map(number).collect());
        assert_eq!(plain.clone().with_image(shape).digest(), plain.digest());
    }

    #[test]
    fn the_digest_sees_every_value() {
        let column = |x| Column::Numeric { name: "x".to_owned(), values: vec![1.0, x] };
        let digest =
            |x| Dataset::new("t", vec![column(x)], ClassLabels::of(["a", "b"]), None).digest();
        assert_ne!(digest(2.0), digest(3.0));
        assert_eq!(digest(2.0), digest(2.0));
        assert_eq!(digest(f64::NAN), digest(-f64::NAN));
    }
}
