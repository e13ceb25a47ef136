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
    let examples = TrainingSet {
        n_features: 2,
        features: &features,
        targets: &targets,
        n_classes: 3,
        seed: 7,
    };
    spec.fit(&examples).unwrap().probabilities(&features).unwrap()
}

const FEW: Sizes = Sizes { train: 100.0, others: 50.0, inputs: 7.0, classes: 2.0 };

/// Whether it says something else of rows that are somewhere else; a dummy does not.
fn reads_features(spec: &BaselineSpec) -> bool {
    let (features, targets) = examples();
    let examples = TrainingSet {
        n_features: 2,
        features: &features,
        targets: &targets,
        n_classes: 3,
        seed: 7,
    };
    let learnt = spec.fit(&examples).unwrap();
    let elsewhere: Vec<f64> = features.iter().rev().copied().collect();
    learnt.probabilities(&features).unwrap() != learnt.probabilities(&elsewhere).unwrap()
}

#[test]
fn every_learner_that_costs_something_separates_two_clusters() {
    let (_, targets) = examples();
    for spec in BaselineSpec::iter().filter(|spec| 0.0 < spec.operations(&FEW)) {
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
fn the_dummies_know_the_frequencies_only() {
    let (features, targets) = examples();
    let examples = TrainingSet {
        n_features: 2,
        features: &features,
        targets: &targets,
        n_classes: 3,
        seed: 7,
    };
    let p = |spec: BaselineSpec| spec.fit(&examples).unwrap().probabilities(&features).unwrap();
    let prior = p(BaselineSpec::Prior(Prior {}));
    assert!(prior.chunks(3).all(|row| row == [50.0 / 60.0, 10.0 / 60.0, 0.0]), "{prior:?}");
    let many = vec![0.0; 2 * 6000];
    let drawn = BaselineSpec::Stratified(Stratified {}).fit(&examples).unwrap();
    let drawn = drawn.probabilities(&many).unwrap();
    let of_one: f64 = drawn.iter().skip(1).step_by(3).sum();
    // Five standard deviations of a binomial of 6000 draws with p = 1/6.
    assert!((of_one - 1000.0).abs() < 5.0 * (6000.0_f64 * 5.0 / 36.0).sqrt(), "{of_one}");
}

#[test]
fn neighbours_at_no_distance_decide_alone_when_distance_weighs() {
    let k = std::num::NonZeroUsize::new(3).unwrap();
    let spec = NearestNeighbors { k, weights: NeighborWeights::Distance };
    let (features, targets) = ([0.0, 1.0, 1.1, 9.0], [0, 1, 1, 1]);
    let examples = TrainingSet {
        n_features: 1,
        features: &features,
        targets: &targets,
        n_classes: 2,
        seed: 7,
    };
    let fitted = BaselineSpec::NearestNeighbors(spec).fit(&examples).unwrap();
    assert_eq!(fitted.probabilities(&[0.0]).unwrap(), [1.0, 0.0]);
    let between = fitted.probabilities(&[0.25]).unwrap();
    // 1 / 0.25 against 1 / 0.75 + 1 / 0.85.
    assert!((between[0] - 4.0 / (4.0 + 4.0 / 3.0 + 1.0 / 0.85)).abs() < 1e-12, "{between:?}");
}

#[test]
fn one_class_is_predicted_and_no_examples_are_an_error() {
    for spec in BaselineSpec::iter() {
        let one = TrainingSet {
            n_features: 1,
            features: &[1.0, 2.0],
            targets: &[1, 1],
            n_classes: 2,
            seed: 7,
        };
        assert_eq!(spec.fit(&one).unwrap().probabilities(&[5.0]).unwrap(), [0.0, 1.0]);
        let none =
            TrainingSet { n_features: 1, features: &[], targets: &[], n_classes: 2, seed: 7 };
        assert_eq!(spec.fit(&none).err(), Some(BaselineError::NoExamples));
    }
}

#[test]
fn constant_features_and_few_examples_are_no_panic() {
    for spec in BaselineSpec::iter() {
        let few = TrainingSet {
            n_features: 1,
            features: &[1.0, 1.0],
            targets: &[0, 1],
            n_classes: 2,
            seed: 7,
        };
        let p = spec.fit(&few).unwrap().probabilities(&[1.0]).unwrap();
        // Votes and draws fall to one of the two; everything else is undecided.
        let decides = matches!(spec, BaselineSpec::RandomForest(_) | BaselineSpec::Stratified(_));
        assert!(decides || (p[0] - 0.5).abs() < 1e-6, "{}: {p:?}", spec.name());
        assert_eq!(p[0] + p[1], 1.0, "{}: {p:?}", spec.name());
    }
}

#[test]
fn every_learner_has_a_page_with_a_source() {
    for spec in BaselineSpec::iter() {
        assert!(spec.code().contains("\n//! Source: "), "{}", spec.name());
    }
}

#[test]
fn more_of_anything_is_estimated_no_cheaper() {
    let more = [
        Sizes { train: 1e6, ..FEW },
        Sizes { others: 1e6, ..FEW },
        Sizes { inputs: 1e3, ..FEW },
        Sizes { classes: 10.0, ..FEW },
    ];
    for spec in BaselineSpec::iter() {
        for more in more {
            assert!(spec.operations(&FEW) <= spec.operations(&more), "{}: {more:?}", spec.name());
            assert!(spec.bytes(&FEW) < spec.bytes(&more), "{}: {more:?}", spec.name());
        }
        assert_eq!(0.0 < spec.operations(&FEW), reads_features(&spec), "{}", spec.name());
    }
}

#[test]
fn what_iterates_says_whether_it_converged() {
    let (features, targets) = examples();
    let examples = TrainingSet {
        n_features: 2,
        features: &features,
        targets: &targets,
        n_classes: 3,
        seed: 7,
    };
    let converged = |spec: &BaselineSpec| spec.fit(&examples).unwrap().converged();
    for spec in BaselineSpec::iter() {
        let iterates = matches!(spec, BaselineSpec::LogisticRegression(_) | BaselineSpec::Svm(_));
        assert_eq!(converged(&spec), iterates.then_some(true), "{}", spec.name());
    }
    let stopped = LogisticRegression {
        max_iterations: std::num::NonZeroU64::MIN,
        ..LogisticRegression::default()
    };
    assert_eq!(converged(&BaselineSpec::LogisticRegression(stopped)), Some(false));
}

#[test]
fn a_library_that_fails_is_named_by_its_learner() {
    let failure = error::Failure::from("no data");
    assert_eq!(failure.of("svm").to_string(), "svm failed: no data");
}
