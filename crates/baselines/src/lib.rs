//! Classical learners from linfa and smartcore behind one small trait.
//!
//! They bring their own loss and their own optimiser: they take a sampling, and no loss, mining or
//! reweighting. They see the same splits, features and metrics as the networks.

mod logistic_regression;
mod nearest_neighbors;

use serde::{Deserialize, Serialize};
use strum::{EnumIter, IntoStaticStr};

pub use logistic_regression::LogisticRegression;
pub use nearest_neighbors::{NearestNeighbors, NeighborWeights};

/// Every classical learner, under the name it has in an experiment file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, EnumIter, IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum BaselineSpec {
    /// linfa's multinomial logistic regression.
    LogisticRegression(LogisticRegression),
    /// smartcore's k-nearest-neighbours classifier.
    NearestNeighbors(NearestNeighbors),
}

impl BaselineSpec {
    /// Fits the learner.
    ///
    /// # Errors
    /// If the library refuses the data.
    pub fn fit(&self, examples: &Examples<'_>) -> Result<Box<dyn Classifier>, BaselineError> {
        if examples.targets.is_empty() {
            return Err(BaselineError::NoExamples);
        }
        let labels = Labels::of(examples);
        if let [only] = labels.present[..] {
            return Ok(Box::new(Constant { class: only, examples: examples.shape() }));
        }
        match self {
            BaselineSpec::LogisticRegression(learner) => learner.fit(examples, labels),
            BaselineSpec::NearestNeighbors(learner) => learner.fit(examples, labels),
        }
    }

    /// The name in an experiment file.
    pub fn name(&self) -> &'static str {
        self.into()
    }

    /// Raised when the numbers of the learner change, as with another version of its library.
    pub fn version(&self) -> u32 {
        match self {
            BaselineSpec::LogisticRegression(_) | BaselineSpec::NearestNeighbors(_) => 1,
        }
    }

    /// Where the same cell gives the same bits.
    pub fn reproducible(&self) -> Reproducibility {
        match self {
            BaselineSpec::LogisticRegression(_) => Reproducibility::SamePlatform(
                "linfa takes exp and ln from the platform's mathematical library, so that its bits are \
                 promised on one platform only",
            ),
            BaselineSpec::NearestNeighbors(_) => Reproducibility::Everywhere,
        }
    }
}

/// Where the same cell gives the same bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reproducibility {
    /// On every machine.
    Everywhere,
    /// On machines with the same platform library; the reason in one sentence.
    SamePlatform(&'static str),
}

impl Reproducibility {
    /// Why bits are not promised everywhere, if they are not.
    pub fn reason(self) -> Option<&'static str> {
        match self {
            Reproducibility::Everywhere => None,
            Reproducibility::SamePlatform(reason) => Some(reason),
        }
    }
}

/// What a learner learns from.
#[derive(Clone, Copy, Debug)]
pub struct Examples<'a> {
    /// Columns of `features`.
    pub n_features: usize,
    /// `[n_examples, n_features]`, row by row, preprocessed.
    pub features: &'a [f64],
    /// `[n_examples]`, each below `n_classes`.
    pub targets: &'a [u32],
    /// Number of classes; some may be absent from the targets.
    pub n_classes: usize,
}

/// Columns and classes of the data a classifier was fitted to.
#[derive(Clone, Copy, Debug)]
struct DataShape {
    n_features: usize,
    n_classes: usize,
}

impl DataShape {
    fn n_rows(self, features: &[f64]) -> usize {
        features.len() / self.n_features.max(1)
    }

    /// Probabilities of the classes that were present, spread over all classes.
    fn spread(self, present: &[u32], rows: impl Iterator<Item = Vec<f64>>) -> Vec<f64> {
        let mut all = Vec::new();
        for row in rows {
            let start = all.len();
            all.resize(start + self.n_classes, 0.0);
            for (&class, p) in present.iter().zip(row) {
                all[start + class as usize] = p;
            }
        }
        all
    }
}

impl Examples<'_> {
    fn shape(&self) -> DataShape {
        DataShape { n_features: self.n_features, n_classes: self.n_classes }
    }
}

/// The libraries want labels without gaps: the classes that are present, numbered anew.
struct Labels {
    present: Vec<u32>,
    compact: Vec<usize>,
}

impl Labels {
    fn of(examples: &Examples<'_>) -> Self {
        let mut present = examples.targets.to_vec();
        present.sort_unstable();
        present.dedup();
        let position = |target| present.binary_search(target).expect("the target is present");
        let compact = examples.targets.iter().map(position).collect();
        Labels { present, compact }
    }
}

/// A fitted learner.
pub trait Classifier: Send {
    /// Class probabilities, `[n_examples, n_classes]` row by row; classes that were absent from the
    /// training data get 0.
    ///
    /// - `features`: `[n_examples, n_features]`, row by row
    ///
    /// # Errors
    /// If the library cannot predict.
    fn probabilities(&self, features: &[f64]) -> Result<Vec<f64>, BaselineError>;
}

/// What was learnt from examples of one class: that class.
struct Constant {
    class: u32,
    examples: DataShape,
}

impl Classifier for Constant {
    fn probabilities(&self, features: &[f64]) -> Result<Vec<f64>, BaselineError> {
        let certain = (0..self.examples.n_rows(features)).map(|_| vec![1.0]);
        Ok(self.examples.spread(&[self.class], certain))
    }
}

/// Why a learner could not be fitted or used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BaselineError {
    /// The training part is empty.
    #[error("there are no training examples")]
    NoExamples,
    /// The library refused.
    #[error("{learner} failed: {reason}")]
    Library {
        /// The learner.
        learner: &'static str,
        /// The library's words.
        reason: String,
    },
}

/// The page of a learner: the header of its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The name in an experiment file.
    pub name: &'static str,
    /// What the header of the learner's file says.
    pub text: String,
}

/// The pages of all learners.
pub fn pages() -> Vec<Page> {
    let page = |name, source: &str| {
        let lines = source.lines().map_while(|line| line.strip_prefix("//!"));
        let lines: Vec<&str> = lines.map(|line| line.strip_prefix(' ').unwrap_or(line)).collect();
        Page { name, text: lines.join("\n") }
    };
    vec![
        page("logistic_regression", include_str!("logistic_regression.rs")),
        page("nearest_neighbors", include_str!("nearest_neighbors.rs")),
    ]
}

#[cfg(test)]
mod tests {
    use strum::IntoEnumIterator;

    use super::*;

    /// Two clusters with many duplicates, class 2 of 3 absent.
    fn examples() -> (Vec<f64>, Vec<u32>) {
        let targets: Vec<u32> = (0..60).map(|i| u32::from(i % 6 == 0)).collect();
        let point = |(i, &target): (usize, &u32)| [f64::from(target) * 3.0, (i % 4) as f64 * 0.1];
        (targets.iter().enumerate().flat_map(point).collect(), targets)
    }

    fn fit(spec: &BaselineSpec) -> Vec<f64> {
        let (features, targets) = examples();
        let examples =
            Examples { n_features: 2, features: &features, targets: &targets, n_classes: 3 };
        spec.fit(&examples).unwrap().probabilities(&features).unwrap()
    }

    #[test]
    fn every_learner_separates_two_clusters() {
        let (_, targets) = examples();
        for spec in BaselineSpec::iter() {
            for (p, &target) in fit(&spec).chunks(3).zip(&targets) {
                assert!(0.5 < p[target as usize], "{}: {p:?} for {target}", spec.name());
                assert!((p.iter().sum::<f64>() - 1.0).abs() < 1e-9);
                assert_eq!(p[2], 0.0, "the absent class");
            }
        }
    }

    #[test]
    fn fitting_again_gives_the_same_bits() {
        for spec in BaselineSpec::iter() {
            let first = fit(&spec);
            assert!((0..5).all(|_| fit(&spec) == first), "{}", spec.name());
        }
    }

    #[test]
    fn neighbours_at_no_distance_decide_alone_when_distance_weighs() {
        let k = std::num::NonZeroUsize::new(3).unwrap();
        let spec = NearestNeighbors { k, weights: NeighborWeights::Distance };
        let (features, targets) = ([0.0, 1.0, 1.1, 9.0], [0, 1, 1, 1]);
        let examples =
            Examples { n_features: 1, features: &features, targets: &targets, n_classes: 2 };
        let fitted = BaselineSpec::NearestNeighbors(spec).fit(&examples).unwrap();
        assert_eq!(fitted.probabilities(&[0.0]).unwrap(), [1.0, 0.0]);
        let between = fitted.probabilities(&[0.25]).unwrap();
        // 1 / 0.25 against 1 / 0.75 + 1 / 0.85.
        assert!((between[0] - 4.0 / (4.0 + 4.0 / 3.0 + 1.0 / 0.85)).abs() < 1e-12, "{between:?}");
    }

    #[test]
    fn one_class_is_predicted_and_no_examples_are_an_error() {
        for spec in BaselineSpec::iter() {
            let one =
                Examples { n_features: 1, features: &[1.0, 2.0], targets: &[1, 1], n_classes: 2 };
            assert_eq!(spec.fit(&one).unwrap().probabilities(&[5.0]).unwrap(), [0.0, 1.0]);
            let none = Examples { n_features: 1, features: &[], targets: &[], n_classes: 2 };
            assert_eq!(spec.fit(&none).err(), Some(BaselineError::NoExamples));
        }
    }

    #[test]
    fn constant_features_and_few_examples_are_no_panic() {
        for spec in BaselineSpec::iter() {
            let few =
                Examples { n_features: 1, features: &[1.0, 1.0], targets: &[0, 1], n_classes: 2 };
            let p = spec.fit(&few).unwrap().probabilities(&[1.0]).unwrap();
            assert!((p[0] - 0.5).abs() < 1e-6, "{}: {p:?}", spec.name());
        }
    }

    #[test]
    fn every_learner_has_a_page_with_a_source() {
        for spec in BaselineSpec::iter() {
            let page = pages().into_iter().find(|page| page.name == spec.name()).unwrap();
            assert!(page.text.contains("Source:"), "{}", page.text);
        }
    }
}
